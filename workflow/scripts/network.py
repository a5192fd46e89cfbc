from nurture.networks.layouts.known import check_settings
from nurture.networks.weights import obtain, save
from nurture.script import step

with step(snakemake):
    settings = snakemake.params.network
    state, provenance = obtain(
        settings["architecture"], settings["weights"], settings.get("seed"), settings.get("outputs")
    )
    check_settings(provenance, settings)
    save(state, snakemake.output[0], {**provenance, "training": settings["training"]})
