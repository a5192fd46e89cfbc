from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step
from nurture.selectivity.anova import selectivity

with (
    step(snakemake),
    open_dataset(snakemake.input[0], "activations", ["activation"]) as activations,
):
    write_dataset(selectivity(activations, snakemake.params.alpha), snakemake.output[0])
