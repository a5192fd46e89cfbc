"""The networks that were compared."""

from nurture.networks.catalogue import describe_network
from nurture.report.page import Section, render
from nurture.report.parts import number, training
from nurture.report.run import Run


def networks(run: Run) -> Section | None:
    """List architecture, training, weights, input and layers of each network."""
    if not run.networks:
        return None
    rows = [_row(run, name) for name in run.networks]
    return Section("networks", "The networks", render("networks", rows=rows))


def _row(run: Run, name: str) -> dict:
    settings = run.config["networks"][name]
    units, seed = run.units_of(name), settings.get("seed")
    sizes = {layer.attrs["layer"]: number(int(layer.attrs["n_units"])) for layer in units}
    seen = units[0].attrs.get("preprocessing", "") if units else ""
    return {
        "name": name,
        "training": settings["training"],
        "trained": training(run, name),
        "architecture": describe_network(settings),
        "weights": run.weights[name]["source"],
        "seed": "" if seed is None else str(seed),
        "input": seen.split(" (")[0],
        "layers": [(layer, sizes.get(layer, "")) for layer in settings["layers"]],
        "readout": settings["readout"],
    }
