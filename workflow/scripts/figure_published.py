from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.experience.published_figure import draw
from nurture.running.script import step

with step(snakemake):
    table = read_table(snakemake.input.published, "published_tables")
    style = complete("published", snakemake.params.style)
    params = snakemake.params
    figure = draw(table, params.architectures, rendered=params.rendered, style=style)
    save(figure, snakemake.output)
