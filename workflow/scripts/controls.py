from contextlib import ExitStack

from nurture.core.files import open_dataset, write_dataset
from nurture.decoding.controls import controls
from nurture.running.script import step

with step(snakemake), ExitStack() as stack:
    training, upright, *altered = (
        stack.enter_context(open_dataset(path, "activations", ["activation"]))
        for path in (snakemake.input.train, snakemake.input.upright, *snakemake.input.altered)
    )
    units = stack.enter_context(
        open_dataset(snakemake.input.selectivity, "selectivity", ["selective"])
    )
    params = snakemake.params
    result = controls(
        units,
        training,
        upright,
        altered,
        n_components=params.components,
        C=params.C,
        min_units=params.min_units,
    )
    write_dataset(result, snakemake.output[0])
