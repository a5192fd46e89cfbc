from nurture.figures.childhoods import draw
from nurture.figures.style import complete, save
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    values = read_table(snakemake.input.values, "childhoods")
    compared = read_table(snakemake.input.compared, "childhoods")
    style = complete("childhoods", snakemake.params.style)
    save(draw(values, compared, snakemake.params.readout, style=style), snakemake.output)
