from nurture.figures.style import complete, save
from nurture.figures.validity import draw
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    table = read_table(snakemake.input.validity, "validity")
    style = complete("validity", snakemake.params.style)
    save(draw(table, snakemake.params.rendered, style=style), snakemake.output)
