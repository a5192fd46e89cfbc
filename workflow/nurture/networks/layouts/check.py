"""What a user's file of weights is."""

from collections.abc import Mapping
from pathlib import Path

import torch
from skimage.data import astronaut
from torch import Tensor, nn

from nurture.core.file_digest import file_digest
from nurture.networks.layouts.containers import container_of
from nurture.networks.layouts.convert import convert
from nurture.networks.layouts.known import BY_NAME, FACES, LAYERS, OBJECTS, OWN, Input, Layout
from nurture.networks.preprocess import preprocess
from nurture.networks.weights import build

FACE = (slice(0, 240), slice(105, 345))
"""Rows and columns of the astronaut's head, as loosely cut as the faces of VGG-Face."""

PUBLISHED = {
    True: "a published file",
    False: "not the published file, though of its layout: trained further, or damaged",
    None: "no digest of the published file is known",
}


def weights_check(path: str | Path) -> str:
    """Describe a file of weights, and try both orders of colour channels on a photograph.

    A network that is given red for blue knows less well what it sees, so the order that leaves it
    more certain of its first answer to NASA's portrait of Eileen Collins is likely the right one.
    """
    state, facts = convert(path)
    layout = BY_NAME.get(facts["layout"], OWN)
    lines = [
        f"{path}",
        f"  kind     {container_of(path)}",
        f"  layout   {layout.title}",
        f"  network  {_describe_network(state, layout)}",
        *_describe_inputs(layout),
        *([f"  as read by {layout.source}"] if layout.source else []),
        f"  sha256   {file_digest(path)}",
        f"           {PUBLISHED[facts['published']]}",
    ]
    if facts["top"]:
        lines += _compare(state, layout)
    else:
        lines += ["Without fully connected layers it names nothing: its colours cannot be tried."]
    lines += ["For grey images the order of the channels matters little."]
    return "\n".join(lines)


def _describe_network(state: Mapping[str, Tensor], layout: Layout) -> str:
    outputs = state["fc8.bias"].numel() if "fc8.bias" in state else None
    top = f"{outputs} outputs" if outputs else "convolutional layers only"
    full = build("vgg16", outputs if outputs in (1000, 2622) else None, outputs is not None)
    shapes = {name: tensor.shape for name, tensor in full.state_dict().items()}
    sizes = "" if shapes == {name: tensor.shape for name, tensor in state.items()} else ", reduced"
    return f"vgg16{sizes}, {top}, trained on {layout.training or 'something unknown'}"


def _describe_inputs(layout: Layout) -> list[str]:
    if not layout.inputs:
        return ["  input    unknown"]
    lines = [f"  input    {layout.inputs[0].describe()}"]
    lines += [f"  or       {choice.describe()}" for choice in layout.inputs[1:]]
    notes = [f"  # {choice.note}" if choice.note else "" for choice in layout.inputs]
    return [line + note for line, note in zip(lines, notes, strict=True)]


def _compare(state: Mapping[str, Tensor], layout: Layout) -> list[str]:
    """Probability of the first answer to the photograph with each order of the channels."""
    faces = state["fc8.bias"].numel() != 1000
    image = astronaut()[FACE] if faces else astronaut()
    choices = layout.inputs or (Input("rgb", FACES if faces else OBJECTS),)
    choices = list(dict.fromkeys([*choices, *map(_other_order, choices)]))
    network, lines, certain = _network(state), [], {}
    for choice in choices:
        with torch.inference_mode():
            answers = network(preprocess(image[None], choice.settings())).softmax(dim=1)[0]
        certain[choice] = float(answers.max())
        answer = f"output {int(answers.argmax()):4d}"
        lines.append(f"  {certain[choice]:.4f}  {answer}  {choice.describe()}")
    best = max(certain, key=certain.get).colour
    stated = (
        f"its layout usually needs {layout.inputs[0].colour}" if layout.inputs else "no layout says"
    )
    return [
        "Probability of the first answer to the astronaut photograph:",
        *lines,
        f"The most certain answer is with {best}; {stated}.",
    ]


def _other_order(choice: Input) -> Input:
    scale = choice.scale[::-1] if isinstance(choice.scale, tuple) else choice.scale
    return Input("bgr" if choice.colour == "rgb" else "rgb", choice.mean[::-1], scale)


def _network(state: Mapping[str, Tensor]) -> nn.Module:
    """Give the architecture weights of any width: its layers take sizes from their weights."""
    network = build("vgg16", top=True)
    for name in LAYERS:
        layer = network.get_submodule(name)
        layer.weight = nn.Parameter(state[f"{name}.weight"], requires_grad=False)
        layer.bias = nn.Parameter(state[f"{name}.bias"], requires_grad=False)
    return network
