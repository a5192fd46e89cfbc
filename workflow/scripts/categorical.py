from nurture.categorical.categorical import categorical
from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step

with (
    step(snakemake),
    open_dataset(snakemake.input.train, "activations", ["activation"]) as train,
    open_dataset(snakemake.input.morphs, "activations", ["activation"]) as morphs,
    open_dataset(snakemake.input.selectivity, "selectivity", ["selective"]) as units,
):
    result = categorical(
        train,
        morphs,
        units,
        n_components=snakemake.params.components,
        C=snakemake.params.C,
        min_units=snakemake.params.min_units,
        resamples=snakemake.params.resamples,
        seed=snakemake.params.seed,
    )
    write_dataset(result, snakemake.output[0])
