from nurture.confusion.accuracy_figure import draw
from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.running.script import step

with step(snakemake):
    tables = [read_table(path, "accuracy_tables") for path in snakemake.input]
    style = complete("accuracy", snakemake.params.style)
    networks, twins = snakemake.params.networks, snakemake.params.twins
    save(draw(*tables, networks, twins, style=style), snakemake.output)
