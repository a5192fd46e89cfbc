"""Which layers are read for which stimuli, and what stands beside the networks."""

from collections.abc import Mapping
from itertools import product

from nurture.core.names import BASELINE
from nurture.networks.settings import compared
from nurture.stimuli.settings import RENDERED, SHOWN, used_stimuli

BASELINES = {"pixels": "grey", "action-units": "recipe"}
"""What stands beside the networks, with the name of its one layer; see
`nurture.activations.baselines`."""


def extracted_layers(config: Mapping, network: str, stimuli: str) -> list[str]:
    """Layers of a network that are kept for a stimulus set.

    Units are selected in every layer; confusion matrices and identification curves are read from
    one, so the other layers of those sets are not written.
    """
    if stimuli == config["experiment"]["select_on"]:
        return list(config["networks"][network]["layers"])
    return [config["networks"][network]["readout"]]


def baseline_layers(config: Mapping) -> list[tuple[str, str]]:
    """Each baseline with its one layer, but for those that these stimuli cannot have."""
    names = config["experiment"]["baselines"]
    return [(name, BASELINES[name]) for name in names if not _why_left_out(config, name)]


def left_out_baselines(config: Mapping) -> list[str]:
    """Return why a baseline that is asked for cannot be had, for each of them."""
    reasons = (_why_left_out(config, name) for name in config["experiment"]["baselines"])
    return list(filter(None, reasons))


def _why_left_out(config: Mapping, baseline: str) -> str:
    kinds = {role: config["stimuli"][config["experiment"][role]]["kind"] for role in SHOWN}
    foreign = [role for role, kind in kinds.items() if kind not in RENDERED]
    if baseline == "action-units" and foreign:
        return (
            "Baseline action-units left out: intensities of action units are known of rendered "
            f"faces only, not of {', '.join(foreign)}."
        )
    return ""


def picked(config: Mapping, *roles: str) -> dict[str, dict[str, str]]:
    """Training and readout layer of the networks that have any of these roles.

    See `nurture.networks.settings.Compared`; baselines have the role ``baseline``, stand last and
    are read from all of their units.
    """
    found = {
        name: {"training": one.training, "readout": one.readout}
        for name, one in compared(config).items()
        if set(roles) & set(one.roles)
    }
    if "baseline" in roles:
        for name, layer in baseline_layers(config):
            found[name] = {"training": BASELINE, "population": "all", "readout": layer}
    return found


def extractions(config: Mapping) -> list[tuple[str, str]]:
    """Each compared network with each stimulus set that it is shown."""
    return list(product(config["experiment"]["networks"], used_stimuli(config)))
