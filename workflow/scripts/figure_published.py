from nurture.figures.published import draw
from nurture.figures.style import complete, save
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    table = read_table(snakemake.input.published, "published_tables")
    style = complete("published", snakemake.params.style)
    params = snakemake.params
    figure = draw(table, params.architectures, rendered=params.rendered, style=style)
    save(figure, snakemake.output)
