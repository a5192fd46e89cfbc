from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.experience.experience_figure import draw
from nurture.running.script import step

with step(snakemake):
    table = read_table(snakemake.input.experience, "experience")
    style = complete("experience", snakemake.params.style)
    figure = draw(table, snakemake.params.networks, snakemake.params.twins, style=style)
    save(figure, snakemake.output)
