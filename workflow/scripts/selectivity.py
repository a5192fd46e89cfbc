from nurture.files import open_dataset, write_dataset
from nurture.script import step
from nurture.selectivity import selectivity

with (
    step(snakemake),
    open_dataset(snakemake.input[0], "activations", ["activation"]) as activations,
):
    write_dataset(selectivity(activations, snakemake.params.alpha), snakemake.output[0])
