from nurture.figures.style import complete, save
from nurture.figures.training_time import draw
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    values = read_table(snakemake.input.values, "childhoods")
    style = complete("training_time", snakemake.params.style)
    save(draw(values, snakemake.params.readout, style=style), snakemake.output)
