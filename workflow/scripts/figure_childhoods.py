from nurture.figures.childhoods import draw
from nurture.figures.style import complete, save
from nurture.files import read_table
from nurture.script import step
from nurture.shown import fewest_shown

with step(snakemake):
    values = read_table(snakemake.input.values, "childhoods")
    compared = read_table(snakemake.input.compared, "childhoods")
    style = complete("childhoods", snakemake.params.style)
    n_shown = fewest_shown(read_table(snakemake.input.scores, "confusion_tables"))
    figure = draw(values, compared, snakemake.params.readout, n_shown, style=style)
    save(figure, snakemake.output)
