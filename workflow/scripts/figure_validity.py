from nurture.figures.style import complete, save
from nurture.figures.validity import draw
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    tables = [read_table(path, "validity") for path in snakemake.input]
    style = complete("validity", snakemake.params.style)
    save(draw(*tables, style=style), snakemake.output)
