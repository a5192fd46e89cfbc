from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.decoding.populations_figure import draw
from nurture.running.script import step

with step(snakemake):
    tables = [read_table(path, "populations_tables") for path in snakemake.input]
    style = complete("populations", snakemake.params.style)
    save(draw(*tables, snakemake.params.networks, style=style), snakemake.output)
