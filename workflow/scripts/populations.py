from nurture.core.files import open_dataset, write_dataset
from nurture.decoding.ablation import ablation
from nurture.decoding.populations import decode_populations
from nurture.decoding.readout import check_identities
from nurture.running.script import step

with (
    step(snakemake),
    open_dataset(snakemake.input.select, "activations", ["activation"]) as select,
    open_dataset(snakemake.input.train, "activations", ["activation"]) as train,
    open_dataset(snakemake.input.test, "activations", ["activation"]) as test,
    open_dataset(snakemake.input.selectivity, "selectivity", ["selective"]) as units,
):
    settings = snakemake.params
    check_identities(settings.apart, select_on=select, train_on=train, test_on=test)
    shared = {name: settings[name] for name in ("n_components", "C", "min_units", "seed")}
    decoded = decode_populations(train, test, units, draws=settings.draws, **shared)
    write_dataset(decoded, snakemake.output.populations)
    ablated = ablation(train, test, units, ablations=settings.ablations, **shared)
    write_dataset(ablated, snakemake.output.ablation)
