from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.rearing.rearing_figure import draw
from nurture.running.script import step

with step(snakemake):
    proof = read_table(snakemake.input.proof, "childhood_proof")
    curves = read_table(snakemake.input.curves, "childhood_proof")
    style = complete("rearing", snakemake.params.style)
    save(draw(proof, curves, style=style), snakemake.output)
