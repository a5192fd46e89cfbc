from nurture.confusion.confusion_figure import draw
from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.running.script import step

with step(snakemake):
    tables = [read_table(path, "confusion_tables") for path in snakemake.input]
    style = complete("confusion", snakemake.params.style)
    save(draw(*tables, snakemake.params.networks, style=style), snakemake.output)
