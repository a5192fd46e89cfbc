from nurture.categorical.identification_figure import draw
from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.running.script import step

with step(snakemake):
    tables = [read_table(path, "categorical_tables") for path in snakemake.input]
    style = complete("identification", snakemake.params.style)
    save(draw(*tables, snakemake.params.networks, style=style), snakemake.output)
