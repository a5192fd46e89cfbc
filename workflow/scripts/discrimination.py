from nurture.categorical.discrimination import unit_distances
from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step

with (
    step(snakemake),
    open_dataset(snakemake.input.train, "activations", ["activation"]) as train,
    open_dataset(snakemake.input.morphs, "activations", ["activation"]) as morphs,
    open_dataset(snakemake.input.selectivity, "selectivity", ["selective"]) as units,
):
    result = unit_distances(train, morphs, units, min_units=snakemake.params.min_units)
    write_dataset(result, snakemake.output[0])
