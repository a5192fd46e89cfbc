"""State dicts as users save them, beside a plain load."""

import copy
import logging
from argparse import Namespace
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file, save_model
from torch import nn
from torch.optim.swa_utils import AveragedModel

from nurture.core.errors import NurtureError
from nurture.networks.states import fit_state, read_state

IMAGE = torch.linspace(-1, 1, 2 * 3 * 12 * 12).reshape(2, 3, 12, 12)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.bn(self.conv(x)).mean((2, 3)))


def drawn(seed, network=Network):
    """A network with weights that none has at first, in batch normalisation too."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = network()
        for value in module.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.rand_like(value) + 0.1)
        return module.eval()


TRAINED = drawn(1)
OTHER = drawn(2)
STATE = TRAINED.state_dict()


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fitted(path="w.pth", network=Network, part=None):
    """A new network with the weights of a file."""
    module = network().eval()
    fit_state(module, read_state(path), path, part)
    return module


def assert_same(module, reference=TRAINED):
    expected = reference.state_dict()
    for name, value in module.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            torch.testing.assert_close(value, expected[name], rtol=0, atol=0)
    with torch.inference_mode():
        torch.testing.assert_close(module(IMAGE), reference(IMAGE), rtol=0, atol=0)


def under(prefix, state=STATE):
    return {prefix + name: value for name, value in state.items()}


def averaged():
    model = AveragedModel(TRAINED)
    model.update_parameters(TRAINED)
    return model.state_dict()


def uncounted():
    return {n: v for n, v in STATE.items() if not n.endswith("num_batches_tracked")}


SAVED = {
    "plain": lambda: STATE,
    "DataParallel": lambda: nn.DataParallel(TRAINED).state_dict(),
    "compiled": lambda: under("_orig_mod."),
    "DataParallel of compiled": lambda: under("module._orig_mod.module."),
    "AveragedModel": averaged,
    "AveragedModel in a checkpoint": lambda: {"epoch": 1, "swa": averaged()},
    "a part wrapped": lambda: {n.replace("conv.", "conv.module."): v for n, v in STATE.items()},
    "parts wrapped in a wrapped one": lambda: {
        "module." + n.replace("bn.", "bn._orig_mod."): v for n, v in STATE.items()
    },
    "model.": lambda: under("model."),
    "net.": lambda: under("net."),
    "backbone.": lambda: under("backbone."),
    "backbone with a head": lambda: under("backbone.") | {"head.weight": torch.ones(3, 3)},
    "Lightning": lambda: {
        "pytorch-lightning_version": "2.5.0",
        "state_dict": {**under("model."), "loss.weight": torch.ones(2)},
        "hyper_parameters": Namespace(lr=0.1),
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(4)}}}],
    },
    "checkpoint": lambda: {"epoch": 3, "state_dict": STATE, 0: "integer"},
    "model": lambda: {"model": STATE, "optimizer": {"state": {0: {"step": torch.tensor(1)}}}},
    "net inside": lambda: {"checkpoint": {"net": under("module.")}},
    "params_ema alone": lambda: {"params_ema": STATE},
    "numpy scalars": lambda: {"accuracy": np.float64(0.5), "top": {1: np.int64(1)}, "w": STATE},
    "beside the weights": lambda: {**STATE, "epoch": np.int64(3), 5: "five", "arch": "mine"},
    "uncounted": uncounted,
    "parameters": lambda: dict(TRAINED.named_parameters()) | dict(TRAINED.named_buffers()),
    "twice the same": lambda: {"state_dict": STATE, "model": copy.deepcopy(STATE)},
    "double": lambda: {n: v.double() if v.is_floating_point() else v for n, v in STATE.items()},
}


@pytest.mark.parametrize("held", SAVED.values(), ids=SAVED)
def test_is_the_network_that_was_saved(held, caplog):
    torch.save(held(), "w.pth")
    assert_same(fitted())
    assert not caplog.records


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("path", ["w.pth", "w.safetensors", "w.bin"])
def test_numbers_of_any_precision_become_single(dtype, path):
    state = {n: v.to(dtype) for n, v in STATE.items()}  # what is counted too
    save_file(state, path) if path != "w.pth" else torch.save(state, path)
    expected = copy.deepcopy(TRAINED).to(dtype).float()
    module = fitted(path)
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert_same(module, expected)


class WithModule(nn.Module):
    """Its own attribute is called as a wrapper calls its one."""

    def __init__(self):
        super().__init__()
        self.module = nn.Linear(4, 4)
        self.bn = Network()

    def forward(self, x):
        return self.module(x.mean((2, 3)).repeat(1, 2)[:, :4]) + self.bn(x).mean()


class OnlyModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.module = Network()

    def forward(self, x):
        return self.module(x)


@pytest.mark.parametrize("network", [WithModule, OnlyModule])
@pytest.mark.parametrize("prefix", ["", "module.", "module.module.", "model.", "_orig_mod."])
def test_an_attribute_that_is_called_module_stays(network, prefix):
    trained = drawn(3, network)
    torch.save(under(prefix, trained.state_dict()), "w.pth")
    assert_same(fitted(network=network), trained)


class Tied(nn.Module):
    def __init__(self, tied=True):
        super().__init__()
        self.encode, self.decode = nn.Linear(12, 12, bias=False), nn.Linear(12, 12, bias=False)
        if tied:
            self.decode.weight = self.encode.weight

    def forward(self, x):
        return self.decode(self.encode(x).relu())


def test_tied_weights_that_are_kept_once():
    trained = drawn(4, Tied)
    save_model(trained, "w.safetensors")
    assert len(read_state("w.safetensors").tensors) == 1
    assert_same(fitted("w.safetensors", Tied), trained)
    with pytest.raises(NurtureError, match=r"1 missing, the first '..code.weight'"):
        fitted("w.safetensors", lambda: Tied(tied=False))


def test_tied_weights_that_differ_in_the_file():
    torch.save(drawn(4, lambda: Tied(tied=False)).state_dict(), "w.pth")
    with pytest.raises(
        NurtureError, match=r"'decode.weight' are one tensor in the network and two"
    ):
        fitted(network=Tied)


SEVERAL = [
    pytest.param({"state_dict": STATE, "state_dict_ema": OTHER.state_dict()}, "state_dict",
                 "state_dict_ema", id="averages after"),
    pytest.param({"model_ema": OTHER.state_dict(), "model": STATE}, "model", "model_ema",
                 id="averages before"),
    pytest.param({"ema": {"module": OTHER.state_dict(), "decay": 0.9}, "net": under("module.")},
                 "net.module", "ema.module", id="inside"),
    pytest.param({"state_dict": under("student.") | under("teacher.", OTHER.state_dict())},
                 "state_dict.student", "state_dict.teacher", id="prefixes"),
]  # fmt: skip


@pytest.mark.parametrize(("held", "taken", "other"), SEVERAL)
def test_which_of_several_was_taken_is_said_and_may_be_chosen(held, taken, other, caplog):
    torch.save(held, "w.pth")
    assert_same(fitted())
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        f"w.pth: the weights under {taken!r} were taken; the network's state may be {other!r} "
        "instead"
    )
    caplog.clear()
    assert_same(fitted(part=other), OTHER)
    assert_same(fitted(part=other.removesuffix(".module")), OTHER)
    assert not caplog.records


@pytest.mark.filterwarnings("ignore:.*quantize_per_tensor", "ignore:TypedStorage")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda v: v.to(torch.int8), "'fc.weight' holds torch.int8 and the network "
                     "torch.float32: quantised weights are not read", id="integers"),
        pytest.param(lambda v: v.to(torch.complex64), "'fc.weight' is complex", id="complex"),
        pytest.param(lambda v: torch.quantize_per_tensor(v, 0.1, 0, torch.qint8),
                     "'fc.weight' is quantised", id="quantised"),
        pytest.param(lambda v: v.to_sparse(), "'fc.weight' is sparse", id="sparse"),
        pytest.param(lambda v: v.to("meta"), "'fc.weight' is without values", id="meta"),
        pytest.param(lambda v: v[:1], r"1 of 8 tensors have another shape than the network's, the "
                     r"first 'fc.weight': \(1, 4\) and not \(2, 4\)", id="shape"),
    ],
)  # fmt: skip
def test_other_numbers_are_refused_in_one_line(change, message):
    torch.save({**STATE, "fc.weight": change(STATE["fc.weight"])}, "w.pth")
    with pytest.raises(NurtureError, match=f"^w.pth: {message}") as caught:
        fitted()
    assert "\n" not in str(caught.value)


class Indexed(nn.Module):
    def __init__(self, index):
        super().__init__()
        self.register_buffer("index", index)


def test_whole_numbers_that_were_rounded_are_refused():
    index = torch.arange(4000)
    torch.save({"index": index[:2000].half()}, "w.pth")
    module = fitted(network=lambda: Indexed(torch.zeros(2000, dtype=torch.int64)))
    assert torch.equal(module.index, index[:2000])
    torch.save({"index": index.half()}, "w.pth")
    with pytest.raises(NurtureError, match=r"'index' holds torch.float16 .* were rounded"):
        fitted(network=lambda: Indexed(torch.zeros(4000, dtype=torch.int64)))


MISFITS = {
    "names": (
        {"conv.wieght": STATE["conv.weight"], **under("", {n: STATE[n] for n in [*STATE][1:]})},
        "w.pth: does not fit the network's 8 tensors: 1 missing, the first 'conv.weight'; 1 left "
        "over, the first 'conv.wieght'",
    ),
    "inside": (
        {"epoch": 1, "net": {**under("module."), "module.head.bias": torch.ones(1)}},
        "w.pth: does not fit the network's 8 tensors under 'net.module': 1 left over, the first "
        "'head.bias'",
    ),
    "half wrapped": (
        {("module." if "bn" in n else "net.") + n: v for n, v in STATE.items()},
        "w.pth: does not fit the network's 8 tensors under 'module': 3 missing, the first "
        "'conv.weight'",
    ),
    "another network": (
        {"a.weight": torch.ones(2), "b.weight": torch.ones(2)},
        "w.pth: does not fit the network's 8 tensors: 7 missing, the first 'conv.weight'; 2 left "
        "over, the first 'a.weight'",
    ),
    "nothing": ({"epoch": 1}, "w.pth: holds no state dict; save the network's state_dict(), from "
                "names to tensors"),
}  # fmt: skip


@pytest.mark.parametrize(("held", "message"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_named(held, message):
    torch.save(held, "w.pth")
    with pytest.raises(NurtureError) as caught:
        fitted()
    assert str(caught.value) == message


def test_a_state_that_is_not_there():
    torch.save({"model": STATE, "ema": OTHER.state_dict()}, "w.pth")
    with pytest.raises(NurtureError) as caught:
        fitted(part="swa")
    assert str(caught.value) == "w.pth: holds no state 'swa'; its names begin with ema, model"


def test_a_file_that_goes_round_in_circles():
    held = {"state_dict": STATE}
    held["self"] = held
    torch.save(held, "w.pth")
    assert_same(fitted())


def test_a_whole_network_is_no_state_dict():
    torch.save(nn.Linear(2, 2), "w.pth")
    with pytest.raises(NurtureError, match=r"w.pth: holds no state dict"):
        read_state("w.pth")


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "before 2020"])
def test_what_cannot_be_read_is_one_plain_line(zipped):
    torch.save({"w": STATE, "by": np.float64(1)}, "w.pth", _use_new_zipfile_serialization=zipped)
    if zipped:
        data = Path("w.pth").read_bytes()
        Path("w.pth").write_bytes(data[: len(data) // 2])
    with pytest.raises(NurtureError, match=r"w.pth: not a state dict that can be read") as caught:
        read_state("w.pth")
    assert str(caught.value).isprintable()
    assert zipped or "it holds numpy" in str(caught.value)


class Versioned(nn.Linear):
    """As torch's own modules do, it reads what older versions of it wrote."""

    _version = 3

    def _load_from_state_dict(self, state, prefix, metadata, *rest):
        if metadata.get("version", 1) < 3:
            state[prefix + "bias"] = state[prefix + "bias"] - 1
        super()._load_from_state_dict(state, prefix, metadata, *rest)


@pytest.mark.parametrize("prefix", ["", "module.", "net.module."])
@pytest.mark.parametrize("version", [2, 3])
def test_modules_are_told_the_version_of_their_weights(prefix, version):
    def build():
        return nn.Sequential(OrderedDict(first=Versioned(12, 12)))

    state = OrderedDict(under(prefix, build().state_dict()))
    state._metadata = OrderedDict({f"{prefix}first": {"version": version}})
    torch.save({"state_dict": state}, "w.pth")
    reference = build()
    plain = OrderedDict((n.removeprefix(prefix), v) for n, v in state.items())
    plain._metadata = OrderedDict({"first": {"version": version}})
    reference.load_state_dict(plain)
    assert_same(fitted(network=build), reference)
