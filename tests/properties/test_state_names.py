"""Names of tensors as any wrapper, container or trainer may change them."""

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import nn

from nurture.core.errors import NurtureError
from nurture.networks.states import Stored, fit_state, flattened

PARTS = st.sampled_from(
    ["module", "model", "net", "backbone", "_orig_mod", "conv", "fc", "ema", "0", "n_averaged"]
)
NETWORKS = st.recursive(
    st.just({}), lambda inner: st.dictionaries(PARTS, inner, min_size=1, max_size=3), max_leaves=6
).filter(bool)
PREFIXES = st.lists(PARTS, max_size=4).map(lambda parts: "".join(f"{part}." for part in parts))
QUIET = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def build(tree):
    """A network whose modules are named as the keys of nested dictionaries are."""
    if not tree:
        return nn.Linear(1, 1, bias=False)
    module = nn.Module()
    for name, inner in tree.items():
        module.add_module(name, build(inner))
    return module


def numbered(module):
    """A state dict with another number in each tensor."""
    return {name: torch.full((1, 1), i + 2.0) for i, name in enumerate(module.state_dict())}


def fitted(tree, tensors):
    module = build(tree)
    fit_state(module, Stored(tensors, {}), "w.pth")
    return {name: value.item() for name, value in module.state_dict().items()}


@QUIET
@given(NETWORKS, PREFIXES)
@example({"net": {}, "module": {"net": {}}}, "module.")  # also fits with a wrapper left out
def test_a_prefix_of_all_names_is_stripped(tree, prefix):
    state = numbered(build(tree))
    found = fitted(tree, {prefix + name: value for name, value in state.items()})
    assert found == {name: value.item() for name, value in state.items()}


@QUIET
@given(NETWORKS, PREFIXES, st.dictionaries(st.sampled_from("abc"), st.just(torch.ones(2, 2))))
def test_a_network_inside_a_checkpoint_is_found(tree, prefix, beside):
    state = numbered(build(tree))
    held = {**state}
    for key in reversed(prefix.split(".")[:-1]):
        held = {key: held, "epoch": 3, 7: "seven", **beside}
    tensors = flattened(held).tensors
    assert fitted(tree, tensors) == {name: value.item() for name, value in state.items()}


@QUIET
@given(NETWORKS, PREFIXES, st.data())
def test_no_tensor_is_left_as_it_was(tree, prefix, data):
    """With one renamed, another may be taken for it where wrappers' names allow, or none is."""
    state = numbered(build(tree))
    renamed = data.draw(st.sampled_from(list(state)))
    tensors = {prefix + n: v for n, v in state.items() if n != renamed}
    tensors[prefix + renamed.replace("weight", "wieght")] = state[renamed]
    with pytest.raises(NurtureError, match=r"w.pth: does not fit"):
        fitted(tree, tensors)


@QUIET
@given(NETWORKS, st.data())
def test_wrappers_of_parts_are_looked_through(tree, data):
    state = numbered(build(tree))
    taken = {"module", "_orig_mod"}
    if any(taken & set(name.split(".")) for name in state):
        return
    wrapped = data.draw(st.sampled_from(sorted(taken)))
    part = data.draw(st.sampled_from([name.split(".")[0] for name in state]))
    tensors = {
        name.replace(f"{part}.", f"{part}.{wrapped}.", 1)
        if name.startswith(f"{part}.")
        else name: v
        for name, v in state.items()
    }
    assert fitted(tree, tensors) == {name: value.item() for name, value in state.items()}
