"""The published layouts of VGG-Face and VGG-16, and what each network was trained to see."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nurture.core.errors import NurtureError
from nurture.networks.catalogue import ARCHITECTURES

logger = logging.getLogger(__name__)

LAYERS = tuple(n for n in ARCHITECTURES["vgg16"].layers if not n.startswith("pool"))
"""Layers with weights, by the names of the paper, from ``conv1_1`` to ``fc8``."""

N_CONVOLUTIONS = 13
SIZE = 224

FACES = (129.1863, 104.7624, 93.5940)
"""Mean red, green and blue of the faces on which VGG-Face was trained."""

OBJECTS = (123.68, 116.779, 103.939)
"""Mean red, green and blue of ImageNet, as VGG-16 was trained on it."""

IN_TORCHVISION = (
    *(f"features.{i}" for i in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)),
    *(f"classifier.{i}" for i in (0, 3, 6)),
)
IN_KERAS = (
    *(n.replace("conv", "block").replace("_", "_conv") for n in LAYERS[:N_CONVOLUTIONS]),
    *("fc1", "fc2", "predictions"),
)


@dataclass(frozen=True)
class Input:
    """How pixels of 0 to 255 become what a network sees: ``(pixel - mean) / scale``.

    The colour, ``"rgb"`` or ``"bgr"``, is the order of the channels, also of mean and scale; the
    note is what speaks for it where a layout leaves a choice.
    """

    colour: str
    mean: tuple[float, ...]
    scale: float | tuple[float, ...] = 1
    note: str = ""

    def settings(self) -> dict:
        """Give the network's ``input`` in the configuration."""
        scale = list(self.scale) if isinstance(self.scale, tuple) else self.scale
        return {"size": SIZE, "colour": self.colour, "mean": list(self.mean), "scale": scale}

    def describe(self) -> str:
        """Give the same in one line, as it is written in a configuration file."""
        settings = (f"{key}: {value}" for key, value in self.settings().items())
        return f"{{{', '.join(settings)}}}"

    def agrees(self, settings: Mapping) -> bool:
        """Test whether a configured ``input`` is this one, to half a grey level."""
        return (
            settings["colour"] == self.colour
            and np.allclose(_three(settings["mean"]), _three(self.mean), rtol=0, atol=0.5)
            and np.allclose(_three(settings["scale"]), _three(self.scale), rtol=0.01)
        )


def _three(values: float | Sequence[float]) -> np.ndarray:
    return np.broadcast_to(np.asarray(values, dtype=float), 3)


@dataclass(frozen=True)
class Layout:
    """A published file, or all files that are written as it is.

    Attributes
    ----------
    name : str
        Short name, kept with the converted weights.
    title : str
        For users.
    container : str
        Kind of file; see `nurture.networks.layouts.containers`.
    training : str
        What the network has learned to distinguish: ``"identity"`` or ``"objects"``.
    inputs : tuple of Input
        The first is what the network was trained with; published code also uses the others.
    names : tuple of str
        Names of `LAYERS` in the file; empty where only their order identifies them.
    all_convolutions : bool
        Whether ``fc6`` to ``fc8`` are written as convolutions too.
    without_top : bool
        Whether the file is also published without ``fc6`` to ``fc8``.
    source : str
        Public code that reads the file in this way, and what rests on memory alone.
    digests : tuple of str
        Known digests of the published files, ``"sha256:"`` or ``"md5:"`` and at least the first
        eight digits.
    """

    name: str
    title: str
    container: str
    training: str
    inputs: tuple[Input, ...]
    names: tuple[str, ...] = ()
    all_convolutions: bool = False
    without_top: bool = False
    source: str = ""
    digests: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Units of ``fc8``; 0 for any number."""
        return {"identity": 2622, "objects": 1000}.get(self.training, 0)


_FACES_RGB = Input("rgb", FACES)
_FACES_BGR = Input("bgr", FACES[::-1])
_OBJECTS_BGR = Input("bgr", OBJECTS[::-1])

FEATURES_ONLY = Layout(
    "vgg16-features",
    "VGG-16 without its top, PyTorch (vgg16_features-amdegroot-88682ab5.pth)",
    "PyTorch",
    "objects",
    # torchvision states the mean and a standard deviation of 1/255 for pixels of 0 to 1.
    (Input("rgb", (122.99925, 116.9991, 103.9992)),),
    IN_TORCHVISION,
    without_top=True,
    source="github.com/pytorch/vision",
    digests=("sha256:88682ab5",),
)
"""Its file has a classifier, in which there are no values to use."""

LAYOUTS = (
    Layout(
        "vgg-face-pytorch",
        "VGG-Face, PyTorch (vgg_face_dag.pth)",
        "PyTorch",
        "identity",
        (_FACES_RGB,),
        LAYERS,
        source="github.com/ProgramComputer/VGGFace-pytorch and BNUCNL/dnnbrain",
    ),
    Layout(
        "vgg-face-torch7",
        "VGG-Face, Torch7 (VGG_FACE.t7)",
        "Torch7",
        "identity",
        (
            Input("bgr", FACES[::-1], note="each mean from its own channel, as for Caffe"),
            Input("bgr", FACES, note="as in the published Torch7 demonstration: red's from blue"),
        ),
        source="github.com/prlz77/vgg-face.pytorch; its means are subtracted in both orders",
    ),
    Layout(
        "vgg-face-caffe",
        "VGG-Face, Caffe (VGG_FACE.caffemodel)",
        "Caffe",
        "identity",
        (_FACES_BGR,),
        LAYERS,
        source="bob.ip.caffe_extractor; recalled: the axes, as Caffe writes them",
    ),
    Layout(
        "vgg-face-matconvnet",
        "VGG-Face, MatConvNet (vgg_face.mat or vgg-face.mat)",
        "MatConvNet",
        "identity",
        (_FACES_RGB,),
        source="github.com/ZZUTK/Tensorflow-VGG-face and cnn_vgg_faces.m of MatConvNet",
        digests=("md5:3d6cd504bf9c98af4a561aad059565d1",),
    ),
    Layout(
        "vgg-face-keras",
        "VGG-Face, Keras (rcmalli_vggface_tf_vgg16.h5)",
        "Keras",
        "identity",
        (_FACES_BGR,),
        LAYERS,
        without_top=True,
        source="github.com/rcmalli/keras-vggface",
    ),
    Layout(
        "vgg-face-deepface",
        "VGG-Face, Keras (vgg_face_weights.h5 of deepface)",
        "Keras",
        "identity",
        (
            Input("bgr", FACES[::-1], note='deepface\'s normalization "VGGFace"'),
            Input("bgr", (0, 0, 0), 255, note="deepface's default, no mean and values of 0 to 1"),
        ),
        all_convolutions=True,
        source="github.com/serengil/deepface",
    ),
    FEATURES_ONLY,
    Layout(
        "vgg16-torchvision",
        "VGG-16, PyTorch (vgg16-397923af.pth of torchvision)",
        "PyTorch",
        "objects",
        (Input("rgb", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),),
        IN_TORCHVISION,
        source="github.com/pytorch/vision",
        digests=("sha256:397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",),
    ),
    Layout(
        "vgg16-keras",
        "VGG-16, Keras (vgg16_weights_tf_dim_ordering_tf_kernels.h5)",
        "Keras",
        "objects",
        (_OBJECTS_BGR,),
        IN_KERAS,
        without_top=True,
        source="github.com/keras-team/keras-applications; recalled: the order of channels",
        digests=("md5:64373286793e3c8b2b4e3219cbf3544b", "md5:6d6bbae143d832006294945121d1f1fc"),
    ),
    Layout(
        "vgg16-caffe",
        "VGG-16, Caffe (VGG_ILSVRC_16_layers.caffemodel)",
        "Caffe",
        "objects",
        (_OBJECTS_BGR,),
        LAYERS,
        source="its published prototxt",
    ),
)
"""All published layouts."""

_TITLE = "VGG-16 in this project's own form, of unknown origin"
OWN = Layout("nurture", _TITLE, "safetensors", "", (), LAYERS, without_top=True)
"""Of any number of outputs; nothing says the order of its channels."""

BY_NAME = {layout.name: layout for layout in LAYOUTS}


def check_settings(provenance: Mapping, settings: Mapping) -> None:
    """Compare what the configuration says of a network with what its file is.

    A published file is known by its digest, and how its network was trained with it: where they
    disagree it is refused. Any other file may have the names of one and the weights of another:
    what is stated holds, and what its layout usually needs is logged. Of grey images, a wrong order
    of channels changes ``conv1_1`` only by a constant for each filter, and little after it; of
    colour images it makes another network. The provenance is that of
    `nurture.networks.weights.obtain`; weights without a ``layout`` are not checked.
    """
    layout, wrong = BY_NAME.get(provenance.get("layout")), {}
    if layout is None:
        return
    if settings["training"] != layout.training:
        wrong["training"] = layout.training
    if not any(choice.agrees(settings["input"]) for choice in layout.inputs):
        wrong["input"] = " or ".join(choice.describe() for choice in layout.inputs)
    if wrong and provenance.get("published"):
        key, value = next(iter(wrong.items()))
        raise NurtureError(
            f"{provenance['source']}: is {layout.title}; set the network's {key} to {value}"
        )
    for key, value in wrong.items():
        logger.warning(
            "%s: has the layout of %s, which usually needs %s %s; what the configuration states "
            "was taken, since this is not known to be the published file",
            provenance["source"],
            layout.title,
            key,
            value,
        )
