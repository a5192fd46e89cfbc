from nurture.confusion.confusion import confusion
from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step

with (
    step(snakemake),
    open_dataset(snakemake.input.train, "activations", ["activation"]) as train,
    open_dataset(snakemake.input.test, "activations", ["activation"]) as test,
    open_dataset(snakemake.input.selectivity, "selectivity", ["selective"]) as units,
):
    result = confusion(
        train,
        test,
        units,
        n_components=snakemake.params.n_components,
        C=snakemake.params.C,
        min_units=snakemake.params.min_units,
        retrainings=snakemake.params.retrainings,
        draws=snakemake.params.draws,
        folds=snakemake.params.folds,
        noise_draws=snakemake.params.noise_draws,
        seed=snakemake.params.seed,
    )
    compressed = {"noisy": {"zlib": True, "complevel": 1}}
    write_dataset(result, snakemake.output[0], compressed)
