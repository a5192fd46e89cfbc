from nurture.figures.experience import draw
from nurture.figures.style import complete, save
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    table = read_table(snakemake.input.experience, "experience")
    style = complete("experience", snakemake.params.style)
    figure = draw(table, snakemake.params.networks, snakemake.params.twins, style=style)
    save(figure, snakemake.output)
