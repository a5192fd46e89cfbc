from nurture.core.files import read_table
from nurture.core.shown import fewest_shown
from nurture.core.style import complete, save
from nurture.rearing.childhoods_figure import draw
from nurture.running.script import step

with step(snakemake):
    values = read_table(snakemake.input.values, "childhoods")
    compared = read_table(snakemake.input.compared, "childhoods")
    style = complete("childhoods", snakemake.params.style)
    n_shown = fewest_shown(read_table(snakemake.input.scores, "confusion_tables"))
    figure = draw(values, compared, snakemake.params.readout, n_shown, style=style)
    save(figure, snakemake.output)
