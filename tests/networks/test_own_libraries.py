"""Models of timm and torchvision, neither of which this project needs.

Stand-ins that have no more than the used part of each show what is made of what they state. The
packages themselves are asked in test_libraries.py.
"""

import sys
from types import ModuleType, SimpleNamespace

import pytest
from torch import nn

from nurture.core.errors import NurtureError
from nurture.networks.libraries import library_input, library_module

IMAGENET = {
    "size": 224, "colour": "rgb", "mean": [123.675, 116.28, 103.53],
    "scale": [58.395, 57.12, 57.375], "interpolation": "bilinear",
}  # fmt: skip


def _entry(name, mean, std, how):
    interpolation = SimpleNamespace(value=how)
    seen = SimpleNamespace(crop_size=[224], mean=mean, std=std, interpolation=interpolation)
    return SimpleNamespace(url=f"https://example.org/models/{name}", transforms=lambda: seen)


class Published(list):
    """Published weights of a model, one of them the default."""

    def __init__(self, *entries):
        super().__init__(entries)
        if entries:
            self.DEFAULT = entries[-1]


@pytest.fixture
def torchvision(monkeypatch):
    caffe = _entry("vgg16_features.pth", [0.5, 0.4, 0.3], [1 / 255] * 3, "bicubic")
    usual = _entry("vgg16.pth", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "bilinear")
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
        "cubic": {
            "input_size": (3, 32, 32), "mean": (0, 0, 0), "std": (1, 1, 1),
            "interpolation": "bicubic",
        },
        "odd": {
            "input_size": (3, 32, 32), "mean": (0, 0, 0), "std": (1, 1, 1),
            "interpolation": "lanczos",
        },
        "grey": {"input_size": (1, 32, 32), "mean": (0.5,), "std": (0.5,)},
    }  # fmt: skip
    made = []

    def create_model(name, pretrained, num_classes=1000):
        arguments = {"num_classes": num_classes}
        made.append((name, pretrained, arguments))
        return nn.Conv2d(3, 4, 3)

    module = ModuleType("timm")
    module.list_models = lambda include_tags=False: (
        ["resnet18.a1_in1k"] if include_tags else list(stated)
    )
    module.create_model = create_model
    module.get_pretrained_cfg = lambda name: SimpleNamespace(
        to_dict=lambda: stated[name.split(".")[0]]
    )
    monkeypatch.setitem(sys.modules, "timm", module)
    return made


def test_what_timm_states_becomes_the_input(timm):
    assert library_input({"timm": "resnet18.a1_in1k"}, "resnet18.safetensors") == IMAGENET
    assert library_input({"timm": "cubic"}, "cubic.pth")["interpolation"] == "bicubic"


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        pytest.param("my.pth", IMAGENET, id="default"),
        pytest.param(
            "brought/vgg16_features.pth",
            {
                "size": 224, "colour": "rgb", "mean": [127.5, 102.0, 76.5],
                "scale": [1.0, 1.0, 1.0], "interpolation": "bicubic",
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
    pytest.param(
        {"timm": "resnet18.a2_in1k"}, "timm has no model 'resnet18.a2_in1k'; did", id="tag"
    ),
    pytest.param({"torchvision": "vgg61"}, "torchvision has no model 'vgg61'; did", id="vision"),
    pytest.param({"timm": "grey"}, "timm does not state the input of grey as one", id="grey"),
    pytest.param({"torchvision": "bare"}, "does not state the input of bare", id="unstated"),
    pytest.param(
        {"timm": "odd"},
        "odd are resized by lanczos, and this project does so by bilinear or bicubic; give the net",
        id="resizing",
    ),
]


@pytest.mark.parametrize(("architecture", "message"), WRONG)
def test_a_model_that_will_not_do_is_one_line(timm, torchvision, architecture, message):
    with pytest.raises(NurtureError, match=message) as caught:
        library_input(architecture, "x.pth")
    assert "\n" not in str(caught.value)


def test_an_argument_that_a_model_does_not_have_is_one_line(timm):
    with pytest.raises(NurtureError) as caught:
        library_module({"timm": "resnet18", "arguments": {"num_clases": 7}})
    assert str(caught.value).startswith("timm cannot make resnet18: TypeError: ")
    assert str(caught.value).endswith(" argument 'num_clases'; see its arguments")


def test_a_library_for_another_torch_is_one_line(monkeypatch, tmp_path):
    (tmp_path / "timm.py").write_text("raise RuntimeError('operator x does not exist\\nand more')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    with pytest.raises(NurtureError) as caught:
        library_module({"timm": "resnet18"})
    assert str(caught.value) == (
        "package timm does not import (operator x does not exist); install the version that fits "
        "this torch, with all that it needs"
    )


def test_what_a_library_lacks_is_named(monkeypatch, tmp_path):
    (tmp_path / "timm.py").write_text("import a_hub_that_is_not_there")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    with pytest.raises(NurtureError, match="'a_hub_that_is_not_there'"):
        library_module({"timm": "resnet18"})


def test_an_absent_library_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(NurtureError, match="package timm is not installed; install it where"):
        library_module({"timm": "resnet18"})
