from nurture.confusion.validity_figure import draw
from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.running.script import step

with step(snakemake):
    table = read_table(snakemake.input.validity, "validity")
    style = complete("validity", snakemake.params.style)
    save(draw(table, snakemake.params.rendered, style=style), snakemake.output)
