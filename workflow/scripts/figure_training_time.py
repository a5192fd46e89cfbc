from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.rearing.training_time_figure import draw
from nurture.running.script import step

with step(snakemake):
    values = read_table(snakemake.input.values, "childhoods")
    style = complete("training_time", snakemake.params.style)
    save(draw(values, snakemake.params.readout, style=style), snakemake.output)
