from nurture.figures.populations import draw
from nurture.figures.style import complete, save
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    tables = [read_table(path, "populations_tables") for path in snakemake.input]
    style = complete("populations", snakemake.params.style)
    save(draw(*tables, snakemake.params.networks, style=style), snakemake.output)
