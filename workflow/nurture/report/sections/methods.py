"""Methods in words, written from the configuration."""

from collections.abc import Mapping

from nurture.networks.catalogue import describe_network
from nurture.report.page import Section, render
from nurture.report.parts import listing
from nurture.report.run import Run

LOOKS = {
    "paper": "Every face is shown in grey, cut to the outline of the face on black, with equal "
    "mean and contrast, as in Zhou et al. (2022).",
    "colour": "Faces are shown in colour, as they were rendered or photographed.",
}
WEIGHTS = {
    "package": "with the pretrained weights of the package {source}",
    "untrained": "with random weights (Xavier normal, seed {seed})",
}
VARIED = {"yaw": "yaw", "pitch": "pitch", "light": "direction of the light", "gaze": "gaze"}


def methods(run: Run) -> Section:
    """Describe what was done, with the numbers of this run."""
    config = run.config
    parts = [
        ("Faces", _faces(run)),
        ("Networks", _networks(run)),
        ("Selective units", _selectivity(config)),
        ("Confusions", _confusion(config) if "confusion" in run.tables else []),
        ("Categories", _categories(config) if "identification" in run.tables else []),
        ("Observers", _observers(run)),
        ("Seeds", _seeds(config)),
    ]
    parts = [(title, sentences) for title, sentences in parts if sentences]
    return Section("methods", "Methods", render("methods", parts=parts))


def _faces(run: Run) -> list[str]:
    faces = run.config["faces"]
    sentences = [_set(name, run.config["stimuli"][name]) for name in run.stimuli]
    size = f"Pictures are {faces['size']} by {faces['size']} pixels."
    return [*sentences, LOOKS.get(faces["look"], ""), size]


def _set(name: str, spec: Mapping) -> str:
    """Describe one stimulus set in a sentence."""
    kind, start = spec["kind"], f"The set “{name}”"
    if kind == "expressions":
        shown = listing(spec.get("expressions", ["the six basic expressions"]))
        varied = [f"{VARIED[key]} within ±{spec[key]:g}°" for key in VARIED if spec.get(key)]
        if isinstance(spec.get("intensity"), list):
            low, high = spec["intensity"]
            varied.append(f"intensity of the expression between {low:g} and {high:g}")
        more = f"; random in each picture: {listing(varied)}" if varied else ""
        return f"{start} has {spec['identities']} rendered identities with {shown} each{more}."
    if kind == "continua":
        return (
            f"{start} has {spec['identities']} rendered identities that change from one expression "
            f"to another in {spec['levels']} equal steps of their action units, along "
            f"{listing(spec['continua'])}."
        )
    if kind == "photographs":
        return f"{start} has photographs from {listing([p['set'] for p in spec['sets']])}."
    if kind == "photograph-continua":
        return (
            f"{start} has photographs of up to {spec['identities']} identities morphed in "
            f"{spec['levels']} steps along {listing(spec['continua'])}."
        )
    if kind == "control":
        controls = spec["control"] if isinstance(spec["control"], list) else [spec["control"]]
        return f"{start} has faces of the set “{spec['of']}”, {listing(controls)}."
    return f"{start} is of the kind {kind}."


def _networks(run: Run) -> list[str]:
    sentences = []
    for name in run.networks:
        settings = run.config["networks"][name]
        source = run.weights[name]["source"]
        how = WEIGHTS.get(settings["weights"], "with the weights of the file {source}")
        how = how.format(source=source, seed=settings.get("seed"))
        sentences.append(f"“{name}” is {describe_network(settings)} {how}.")
    sentences.append(
        "Units are read at the output of a layer, after its nonlinearity where it has one. "
        "Confusions and identification curves are read from one layer of each network, the readout."
    )
    if run.config["activations"]["precision"] == "half":
        sentences.append("Responses are rounded to the precision of float16.")
    return sentences


def _selectivity(config: Mapping) -> list[str]:
    s = config["selectivity"]
    return [
        "The responses of each unit to the faces of the set "
        f"“{config['experiment']['select_on']}” enter an additive two-way analysis of variance "
        "with the factors expression and identity (type II sums of squares).",
        f"A unit is selective for expression when p < {s['alpha']:g} for expression and "
        f"p > {s['alpha']:g} for identity.",
        f"What chance gives is counted by shuffling the expression labels within each identity "
        f"{s['permutations']} times; p is the share of shuffles with as many units, the data "
        "themselves counted in (Phipson & Smyth, 2010).",
        f"How far tuning repeats is the correlation of tuning curves between halves of the "
        f"identities, over {s['splits']} random splits.",
    ]


def _confusion(config: Mapping) -> list[str]:
    c, roles = config["confusion"], config["experiment"]
    return [
        f"A linear support vector classifier (C = {c['C']:g}) on up to {c['components']} "
        f"standardised principal components learns the expressions from the set "
        f"“{roles['train_on']}” and answers the faces of the set “{roles['test_on']}”.",
        f"Populations of fewer than {c['min_units']} units are not classified.",
        "Two confusion matrices are alike as far as their off-diagonal cells correlate.",
    ]


def _categories(config: Mapping) -> list[str]:
    return [
        "For each continuum a classifier of the same kind learns its two end expressions and "
        f"answers the morphs of the set “{config['experiment']['morphs']}” with one of them.",
        "The share of answers at each morph level is the identification curve; it is fitted by a "
        "line, a quadratic and a four-parameter logistic.",
    ]


def _observers(run: Run) -> list[str]:
    sets = run.human.get("confusion", {})
    if not sets:
        return []
    known = [f"{name} ({entry['source']})" for name, entry in sets.items()]
    return [f"Confusions of observers come from {len(sets)} human sets: {'; '.join(known)}."]


def _seeds(config: Mapping) -> list[str]:
    return [
        f"All random draws of faces, shuffles and samples start from the seed {config['seed']}; "
        "untrained networks from their own, above. The same configuration gives the same files."
    ]
