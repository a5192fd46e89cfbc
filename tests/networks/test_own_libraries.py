"""Models of timm and torchvision, neither of which this project needs.

Stand-ins that have no more than the used part of each show what is made of what they state. Where
the real ones can be imported, they are asked too.
"""

import importlib
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from nurture.errors import NurtureError
from nurture.networks.libraries import library_input, library_module
from nurture.networks.reading import list_layers, obtain_network, read_network
from nurture.networks.weights import save

IMAGENET = {
    "size": 224, "colour": "rgb", "mean": [123.675, 116.28, 103.53],
    "scale": [58.395, 57.12, 57.375],
}  # fmt: skip


def _entry(name, mean, std):
    seen = SimpleNamespace(crop_size=[224], mean=mean, std=std)
    return SimpleNamespace(url=f"https://example.org/models/{name}", transforms=lambda: seen)


class Published(list):
    """Published weights of a model, one of them the default."""

    def __init__(self, *entries):
        super().__init__(entries)
        if entries:
            self.DEFAULT = entries[-1]


@pytest.fixture
def torchvision(monkeypatch):
    caffe = _entry("vgg16_features.pth", [0.5, 0.4, 0.3], [1 / 255] * 3)
    usual = _entry("vgg16.pth", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    published = {"vgg16": Published(caffe, usual), "bare": Published()}
    made = []

    def get_model(name, weights, **arguments):
        made.append((name, weights, arguments))
        return nn.Conv2d(3, 4, 3)

    module = ModuleType("torchvision")
    module.models = SimpleNamespace(
        list_models=lambda: list(published),
        get_model=get_model,
        get_model_builder=lambda name: (
            (lambda weights=None, weights_backbone="default": None) if name == "bare" else get_model
        ),
        get_model_weights=lambda name: published[name],
    )
    monkeypatch.setitem(sys.modules, "torchvision", module)
    return made


@pytest.fixture
def timm(monkeypatch):
    stated = {
        "resnet18": {
            "input_size": (3, 224, 224), "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)
        },
        "grey": {"input_size": (1, 32, 32), "mean": (0.5,), "std": (0.5,)},
    }  # fmt: skip
    made = []

    def create_model(name, pretrained, **arguments):
        made.append((name, pretrained, arguments))
        return nn.Conv2d(3, 4, 3)

    module = ModuleType("timm")
    module.list_models = lambda: list(stated)
    module.create_model = create_model
    module.get_pretrained_cfg = lambda name: SimpleNamespace(
        to_dict=lambda: stated[name.split(".")[0]]
    )
    monkeypatch.setitem(sys.modules, "timm", module)
    return made


def test_what_timm_states_becomes_the_input(timm):
    assert library_input({"timm": "resnet18.a1_in1k"}, "resnet18.safetensors") == IMAGENET


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        pytest.param("my.pth", IMAGENET, id="default"),
        pytest.param(
            "brought/vgg16_features.pth",
            {
                "size": 224, "colour": "rgb", "mean": [127.5, 102.0, 76.5],
                "scale": [1.0, 1.0, 1.0],
            },
            id="by name of the file",
        ),
    ],
)  # fmt: skip
def test_what_torchvision_states_becomes_the_input(torchvision, weights, expected):
    assert library_input({"torchvision": "vgg16"}, weights) == expected


def test_nothing_is_fetched(timm, torchvision):
    library_module({"timm": "resnet18", "arguments": {"num_classes": 7}})
    library_module({"torchvision": "vgg16"})
    library_module({"torchvision": "bare"})
    assert timm == [("resnet18", False, {"num_classes": 7})]
    assert torchvision == [("vgg16", None, {}), ("bare", None, {"weights_backbone": None})]


WRONG = [
    pytest.param({"timm": "resnet81"}, "timm has no model 'resnet81'; did you mean", id="timm"),
    pytest.param({"torchvision": "vgg61"}, "torchvision has no model 'vgg61'; did", id="vision"),
    pytest.param({"timm": "grey"}, "timm does not state the input of grey as one", id="grey"),
    pytest.param({"torchvision": "bare"}, "does not state the input of bare", id="unstated"),
]


@pytest.mark.parametrize(("architecture", "message"), WRONG)
def test_a_model_that_will_not_do_is_one_line(timm, torchvision, architecture, message):
    with pytest.raises(NurtureError, match=message) as caught:
        library_input(architecture, "x.pth")
    assert "\n" not in str(caught.value)


def test_a_library_for_another_torch_is_one_line(monkeypatch, tmp_path):
    (tmp_path / "timm.py").write_text("raise RuntimeError('operator x does not exist\\nand more')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    with pytest.raises(NurtureError) as caught:
        library_module({"timm": "resnet18"})
    assert str(caught.value) == (
        "package timm does not import (operator x does not exist); install the version that fits "
        "this torch"
    )


def test_an_absent_library_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(NurtureError, match="package timm is not installed; install it where"):
        library_module({"timm": "resnet18"})


@pytest.fixture(params=["timm", "torchvision"])
def real(request):
    """A library that is really there."""
    try:
        importlib.import_module(request.param)
    except Exception as error:
        pytest.skip(f"{request.param}: {error}")
    return request.param


def test_the_real_library_gives_the_same_network_and_input(real, tmp_path):
    library = importlib.import_module(real)
    settings = {
        "architecture": {real: "resnet18"},
        "training": "objects",
        "weights": str(tmp_path / "resnet18.pth"),
    }
    make = library.create_model if real == "timm" else library.models.get_model
    reference = make("resnet18")
    torch.save(reference.state_dict(), settings["weights"])
    state, provenance = obtain_network(settings)
    torch.testing.assert_close(state, dict(reference.state_dict()))
    assert provenance["input"] == IMAGENET
    layers = list_layers(settings)
    assert layers["layer4.1"].shape == (512, 7, 7)
    assert layers["layer4.1"].nonlinearity == "after ReLU"
    blocks = [n for n in layers if n.count(".") == 1 and n.startswith("layer")]
    assert blocks == [f"layer{i}.{k}" for i in (1, 2, 3, 4) for k in (0, 1)]
    save(state, tmp_path / "network.safetensors", provenance)
    module, _ = read_network(tmp_path / "network.safetensors", settings, ["layer4"])
    module.get_submodule("layer4").register_forward_hook(lambda *seen: outputs.append(seen[2]))
    images, outputs = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64), []
    with torch.inference_mode():
        module(images)
        expected = _features(real, reference.eval(), images)
    torch.testing.assert_close(outputs[0], expected)


def _features(real, network, images):
    """What the library itself calls the network's last features."""
    if real == "timm":
        return network.forward_features(images)
    extraction = importlib.import_module("torchvision.models.feature_extraction")
    return extraction.create_feature_extractor(network, ["layer4"])(images)["layer4"]
