from nurture.networks.layouts.known import check_settings
from nurture.networks.reading import obtain_network
from nurture.networks.reared import check_rearing
from nurture.networks.weights import save
from nurture.running.script import step

with step(snakemake):
    settings = snakemake.params.network
    state, provenance = obtain_network(settings)
    check_settings(provenance, settings)
    check_rearing(provenance, settings)
    save(state, snakemake.output[0], {**provenance, "training": settings["training"]})
