from nurture.figures.style import complete, save
from nurture.figures.tuning import draw
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    tables = [read_table(path, "selectivity_tables") for path in snakemake.input]
    style = complete("tuning", snakemake.params.style)
    save(draw(*tables, snakemake.params.networks, style=style), snakemake.output)
