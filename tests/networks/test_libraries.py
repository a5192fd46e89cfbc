"""Models of torchvision and timm as the packages themselves make, show and run them.

Where both can be imported: `make libraries-test`. Nothing is fetched, so weights are random.
"""

from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from nurture.activations.extraction import extract
from nurture.core.errors import NurtureError
from nurture.networks.forward import unit_shapes
from nurture.networks.libraries import library_input, library_module
from nurture.networks.preprocess import preprocess
from nurture.networks.reading import list_layers, obtain_network, read_network
from nurture.networks.tracing import layer_table
from nurture.networks.weights import save

FACE = slice(0, 300), slice(70, 370)

MODELS = {
    "resnet18": {"layer4.1": "after ReLU", "layer4.1.bn2": "none"},
    "efficientnet_b0": {"features.8": "after SiLU", "features.7.0": "none"},
    "resnet10t.c3_in1k": {"act1": "after ReLU", "layer4": "after ReLU", "layer4.0.bn2": "none"},
    "vit_tiny_patch16_224.augreg_in21k_ft_in1k": {
        "blocks.11.mlp.act": "after GELU", "blocks.11": "none",
    },
}  # fmt: skip
"""Two of torchvision, two of timm, and what some of their layers end with."""


@pytest.fixture(scope="module", autouse=True)
def libraries():
    try:
        import timm
        import torchvision
    except Exception as error:
        pytest.skip(f"the packages do not import: {str(error).splitlines()[0]}")
    return SimpleNamespace(timm=timm, torchvision=torchvision)


@pytest.fixture(scope="module", params=MODELS)
def case(request, libraries, tmp_path_factory):
    """A model as its library makes it, and the same as the workflow keeps it."""
    name, folder = request.param, tmp_path_factory.mktemp("network")
    library = "timm" if "." in name else "torchvision"
    make = libraries.timm.create_model if library == "timm" else libraries.torchvision.models
    torch.manual_seed(7)
    model = make(name) if library == "timm" else make.get_model(name)
    _unsettle(model)
    row = {"architecture": {library: name}, "weights": str(folder / "own.pth")}
    torch.save(model.state_dict(), row["weights"])
    state, provenance = obtain_network(row)
    save(state, folder / "network.safetensors", provenance)
    return SimpleNamespace(
        **{"name": name, "library": library, "model": model.eval(), "row": row},
        **{"stored": folder / "network.safetensors", "seen": provenance["input"]},
    )


def _unsettle(model):
    """Take running means, and whatever else starts out equal, away from there."""
    for value in model.state_dict().values():
        if value.is_floating_point() and (value == value.flatten()[0]).all():
            value.add_(0.1 * torch.rand_like(value))


@pytest.fixture
def transform(case, libraries):
    """The library's own preprocessing for a model, without the crop."""
    if case.library == "timm":
        settings = libraries.timm.data.resolve_data_config(model=case.model)
        settings |= {"crop_pct": 1}
        return libraries.timm.data.create_transform(**settings)
    published = libraries.torchvision.models.get_model_weights(case.name).DEFAULT
    (size,) = published.transforms().crop_size
    return published.transforms(resize_size=size)


def _face(size):
    return np.array(Image.fromarray(astronaut()[FACE]).resize((size, size)))


@pytest.fixture
def shown(case, transform):
    """A face of the size that the model sees, as its library shows it."""
    return transform(Image.fromarray(_face(case.seen["size"])))[None]


def test_an_image_of_the_size_that_is_seen_is_shown_as_by_the_library(case, shown):
    ours = preprocess(_face(case.seen["size"])[None], case.seen)
    torch.testing.assert_close(ours, shown, rtol=0, atol=1e-5)


def test_an_image_of_another_size_is_shown_as_by_the_library_uncropped(case, transform):
    ours = preprocess(_face(300)[None], case.seen)
    apart = (ours - transform(Image.fromarray(_face(300)))).abs()
    levels = apart * torch.tensor(case.seen["scale"]).reshape(3, 1, 1)
    # The library rounds to levels of grey twice, after rows and after columns, and cuts off what a
    # bicubic step puts beyond black and white. Resized in the other way, a quarter would differ.
    assert (levels > 1).float().mean() < 0.001


def test_the_network_puts_out_what_the_library_s_does(case, shown):
    network, _ = read_network(case.stored, case.row, [])
    with torch.inference_mode():
        expected = case.model(shown)
        assert expected.shape == (1, 1000)
        assert expected.std() > 0
        torch.testing.assert_close(network(shown), expected)


def _features(case, libraries, images):
    """Outputs by the name of their layer, read with the library's own means."""
    if case.library == "torchvision":
        names = [n for n, _ in case.model.named_modules() if n.startswith(("layer", "features."))]
        blocks = [n for n in names if n.count(".") <= 1]
        extraction = libraries.torchvision.models.feature_extraction
        return extraction.create_feature_extractor(case.model, blocks)(images)
    settings, tokens = {"norm": False, "intermediates_only": True}, "vit" in case.name
    if tokens:
        settings |= {"output_fmt": "NLC", "return_prefix_tokens": True}
    found = case.model.forward_intermediates(images, **settings)
    if tokens:
        # The class token is apart, and stands before the others; channels come first here.
        found = [torch.cat([prefix, rest], dim=1).transpose(1, 2) for rest, prefix in found]
    names = [feature["module"] for feature in case.model.feature_info]
    return dict(zip(names, found, strict=True))


def test_layers_are_listed_and_read_as_the_library_has_them(case, libraries, shown):
    with torch.inference_mode():
        expected = _features(case, libraries, shown)
    assert len(expected) >= 5
    layers = list_layers(case.row)
    lines = {line.split()[0]: line for line in layer_table(layers).splitlines()}
    network, _ = read_network(case.stored, case.row, list(expected))
    orders = {name: layer.order for name, layer in layers.items() if layer.order}
    shapes, read = unit_shapes(network, list(expected), tuple(shown.shape[1:]), orders), {}

    def keep(name, _first, value):
        read[name] = value

    extract(network, list(expected), [shown], keep, orders=orders)
    for name, value in expected.items():
        shape = tuple(value.shape[1:])
        assert layers[name].shape == shape, name
        assert f"  {' x '.join(map(str, shape))}  " in lines[name]
        assert f"  {prod(shape):,}  " in lines[name]
        assert shapes[name] == (*shape, 1)[:3]
        apart = (read[name] - value).abs().max() / value.abs().max()
        assert apart < 1e-5, name
    assert {n: layers[n].nonlinearity for n in MODELS[case.name]} == MODELS[case.name]


def test_a_model_that_scales_images_is_given_what_it_scales_them_to(libraries):
    """torchvision has it scale them only where it loads the weights itself."""
    models = libraries.torchvision.models
    plain = {"init_weights": False}
    reference = models.get_model("googlenet", transform_input=True, **plain).eval()
    transform = models.get_model_weights("googlenet").DEFAULT.transforms(resize_size=224)
    face = _face(224)
    for arguments in (plain, plain | {"transform_input": True}):
        architecture = {"torchvision": "googlenet", "arguments": arguments}
        network = library_module(architecture).eval()
        network.load_state_dict(reference.state_dict())
        with torch.inference_mode():
            ours = network(preprocess(face[None], library_input(architecture, "own.pth")))
            expected = reference(transform(Image.fromarray(face))[None])
        torch.testing.assert_close(ours, expected)


IMAGENET = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
HALVES = ([127.5] * 3, [127.5] * 3)
STATED = [
    pytest.param({"torchvision": "efficientnet_b3"}, "x.pth", 300, IMAGENET, "bicubic", id="size"),
    pytest.param({"torchvision": "vit_b_16"}, "own.pth", 224, IMAGENET, "bilinear", id="default"),
    pytest.param(
        {"torchvision": "vit_b_16"}, "vit_b_16_swag-9ac1b537.pth", 384, IMAGENET, "bicubic",
        id="by file",
    ),
    pytest.param(
        {"torchvision": "vgg16"}, "vgg16_features-amdegroot-88682ab5.pth", 224,
        ([122.99925, 116.9991, 103.9992], [1.0] * 3), "bilinear", id="by file, other means",
    ),
    pytest.param({"torchvision": "inception_v3"}, "own.pth", 299, HALVES, "bilinear", id="scales"),
    pytest.param({"timm": "inception_v3.tf_in1k"}, "own.pth", 299, HALVES, "bicubic", id="by tag"),
]  # fmt: skip


@pytest.mark.parametrize(("architecture", "weights", "size", "values", "how"), STATED)
def test_what_is_stated_for_weights_becomes_the_input(architecture, weights, size, values, how):
    assert library_input(architecture, weights) == {
        "size": size, "colour": "rgb", "mean": values[0], "scale": values[1], "interpolation": how
    }  # fmt: skip


UNEXPECTED = "TypeError: ResNet.__init__() got an unexpected keyword argument 'num_clases'"
WRONG = [
    pytest.param(
        {"timm": "resnet18.a1_in2k"},
        "timm has no model 'resnet18.a1_in2k'; did you mean 'resnet18.a1_in1k'?",
        id="tag",
    ),
    *(
        pytest.param(
            {library: "resnet18", "arguments": {"num_clases": 7}},
            f"{library} cannot make resnet18: {UNEXPECTED}; see its arguments",
            id=f"argument of {library}",
        )
        for library in ("timm", "torchvision")
    ),
]


@pytest.mark.parametrize(("architecture", "message"), WRONG)
def test_what_a_library_refuses_is_one_line(architecture, message):
    with pytest.raises(NurtureError) as caught:
        library_module(architecture)
    assert str(caught.value) == message
