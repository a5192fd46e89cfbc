"""What does not belong to the image is found, and what is rounded otherwise is let pass."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from nurture.core.errors import NurtureError
from nurture.networks.probing import CHANCE, NUMBER, OTHERS, STATE, probe, probe_images
from nurture.networks.tracing import trace

SEEN = {"size": 16, "colour": "rgb", "mean": 127.5, "scale": 127.5}


class Net(nn.Module):
    """A convolution, and a layer that does something to it."""

    def __init__(self, does, *parts):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.layer = Does(does)
        self.parts = nn.ModuleList(parts)
        self.n = 0

    def forward(self, x):
        self.n += 1
        return self.layer(self.conv(x), self)


class Does(nn.Module):
    def __init__(self, does):
        super().__init__()
        self.does = does

    def forward(self, x, net):
        return self.does(x, net)


def _kept(x, net):
    net.parts[0].running_mean.mul_(0.9).add_(x.mean((0, 2, 3)), alpha=0.1)
    return x - net.parts[0].running_mean[:, None, None]


def _similarities(x, _):
    rows = functional.normalize(x.flatten(1), dim=1)
    return rows @ rows.T


def _own_generator(x, _):
    return x + torch.from_numpy(np.random.default_rng().normal(size=x.shape)).float()


def _own_statistics(x, _):
    return functional.batch_norm(x, None, None, training=True)


def _tokens_first(x, _):
    return x.flatten(2).permute(2, 0, 1)


def _put_out(shape, images):
    return f"{NUMBER}: it puts out shape {shape} for {images}"


def _one_feature_of_the_batch(x, _):
    return torch.cat([x, x.var(0, correction=0).mean().expand(len(x), 1, *x.shape[2:])], 1)


UNSOUND = {
    "functional dropout": (lambda x, _: functional.dropout(x, 0.1), CHANCE),
    "noise": (lambda x, _: x + 1e-4 * torch.rand_like(x), CHANCE),
    "stochastic depth": (lambda x, _: x * (torch.rand(len(x), 1, 1, 1) > 0.1), CHANCE),
    "a generator of its own": (_own_generator, STATE),
    "a counter": (lambda x, net: x + 0.01 * net.n, STATE),
    "running statistics": (_kept, STATE),
    "batch statistics": (_own_statistics, OTHERS),
    "batch mean": (lambda x, _: x - 0.05 * x.mean(0), OTHERS),
    "rolled": (lambda x, _: x + 0.1 * x.roll(1, 0), OTHERS),
    "softmax over the batch": (lambda x, _: x.softmax(0), NUMBER),
    "sum over the batch": (lambda x, _: x + x.sum(0), NUMBER),
    "one channel of batch statistics": (_one_feature_of_the_batch, OTHERS),
    "as many as there are": (lambda x, _: x / len(x), NUMBER),
    "similarities": (_similarities, _put_out((8, 8), "8 images")),
    "squeezed": (lambda x, _: x.mean((2, 3)).squeeze(), _put_out((4,), "1 image")),
    "not images first": (_tokens_first, _put_out((196, 1, 4), "1 image")),
    "channels first": (lambda x, _: x.transpose(0, 1), _put_out((4, 1, 14, 14), "1 image")),
}  # fmt: skip


def _probe(net, layers, sizes=(8, 7, 3), seen=SEEN):
    return probe(net.eval().requires_grad_(False), layers, probe_images(seen), sizes)


@pytest.mark.parametrize("does", UNSOUND)
def test_what_does_not_belong_to_the_image_is_named(does):
    torch.manual_seed(0)
    function, fault = UNSOUND[does]
    assert _probe(Net(function, nn.BatchNorm2d(4)), ["conv", "layer"]) == {"layer": fault}


def test_not_a_number_beside_numbers_is_a_difference():
    found = _probe(Net(lambda x, net: x if net.n < 5 else x * float("nan")), ["layer"])
    assert list(found) == ["layer"]


def test_a_network_that_takes_no_single_image_is_refused():
    net = Net(
        lambda x, net: net.parts[0](x.mean((2, 3))), nn.BatchNorm1d(4, track_running_stats=False)
    )
    with pytest.raises(
        NurtureError, match=r"fails on a single image of shape .*: Expected more than 1 value"
    ):
        _probe(net, ["conv"])


def test_a_network_that_takes_no_odd_batch_is_refused():
    net = Net(lambda x, _: x.unflatten(0, (2, -1)) if len(x) > 1 else x)
    with pytest.raises(NurtureError, match=r"fails on 7 images of .*any number of images"):
        _probe(net, ["conv"])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 4, 4)
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        self.fc = nn.Linear(32, 5)

    def forward(self, x):
        return self.fc(self.encoder(self.patches(x).flatten(2).transpose(1, 2)).mean(1))


class Half(nn.Module):
    """Brain floats within, as some publish their weights."""

    def __init__(self):
        super().__init__()
        self.net = Attending().bfloat16()

    def forward(self, x):
        return self.net(x.bfloat16()).float()


def _residual():
    blocks = [
        nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        for _ in range(12)
    ]
    return nn.Sequential(nn.Conv2d(3, 16, 7, 2), *blocks, nn.Flatten(), nn.Linear(16 * 25, 9))


def _offset():
    """Responses that hardly differ between images beside their size."""
    net = nn.Sequential(nn.Conv2d(3, 64, 3), nn.Flatten(), nn.Linear(64 * 14 * 14, 7))
    with torch.no_grad():
        net[2].bias.fill_(1e4)
    return net


SOUND = {
    "attention": Attending,
    "brain floats": Half,
    "a deep network": _residual,
    "offset": _offset,
    "a buffer that nothing depends on": lambda: Net(
        lambda x, net: net.parts[0](x) * 1, nn.BatchNorm2d(4)
    ),
    "the same storage": lambda: Net(_in_one_place),
    "one number for all": lambda: Net(lambda x, _: x * 0 + 3),
    "not a number": lambda: Net(lambda x, _: x * float("nan")),
}


def _in_one_place(x, net):
    net.place = getattr(net, "place", torch.empty(8, *x.shape[1:]))
    return net.place[: len(x)].copy_(x)


@pytest.mark.parametrize("make", SOUND)
@pytest.mark.parametrize("seed", [0, 1])
def test_sound_networks_pass(make, seed):
    torch.manual_seed(seed)
    net = SOUND[make]()
    layers = [name for name, layer in trace(net.eval(), (3, 16, 16)).items() if not layer.fault]
    assert "conv" in layers or len(layers) > 2
    assert _probe(net, layers) == {}


def test_the_generator_is_left_alone():
    net = Net(UNSOUND["noise"][0])
    before = torch.get_rng_state()
    _probe(net, ["layer"])
    assert torch.equal(before, torch.get_rng_state())


def test_images_are_four_different_ones():
    images = probe_images(SEEN)
    assert images.shape == (4, 3, 16, 16)
    assert all(not torch.equal(a, b) for i, a in enumerate(images) for b in images[:i])
    assert images.abs().max() <= 1
    assert probe_images({**SEEN, "colour": "grey"}).shape == (4, 1, 16, 16)
