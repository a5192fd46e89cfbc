from nurture.core.files import open_dataset, write_dataset
from nurture.report.examples import examples
from nurture.running.script import step

with (
    step(snakemake),
    open_dataset(snakemake.input.activations, "activations", ["activation"]) as activations,
    open_dataset(snakemake.input.selectivity, "selectivity", ["selective"]) as units,
):
    params = snakemake.params
    result = examples(activations, units, params.units, params.others, params.faces)
    write_dataset(result, snakemake.output[0])
