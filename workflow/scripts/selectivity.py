from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step
from nurture.selectivity.anova import SELECTING, selectivity

with (
    step(snakemake),
    open_dataset(snakemake.input[0], "activations", ["activation"]) as activations,
):
    params = snakemake.params
    write_dataset(
        selectivity(activations, params.alpha, SELECTING[params.rule]), snakemake.output[0]
    )
