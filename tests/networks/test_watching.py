"""What a layer ends with and where its units are, followed through the pass."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from nurture.activations.extraction import extract, unit_rows
from nurture.networks.forward import unit_shapes
from nurture.networks.tracing import trace


class Does(nn.Module):
    def __init__(self, does):
        super().__init__()
        self.does = does

    def forward(self, x):
        return self.does(x)


def _half_cut(x):
    x = x.clone()
    x[:, :2].relu_()
    return x


ENDS = {
    "relu": (functional.relu, "after ReLU"),
    "clamp": (lambda x: x.clamp(min=0), "after ReLU"),
    "clamp to six": (lambda x: x.clamp(0, 6), "after ReLU6"),
    "clamp to one": (lambda x: x.clamp(-1, 1), "unknown"),
    "clip": (lambda x: x.clip(max=1), "unknown"),
    "threshold": (lambda x: functional.threshold(x, 0.0, 0.0), "after ReLU"),
    "quick gelu": (lambda x: x * torch.sigmoid(1.702 * x), "unknown"),
    "selu": (functional.selu, "after SELU"),
    "celu": (functional.celu, "after CELU"),
    "gelu": (lambda x: functional.gelu(x, approximate="tanh"), "after GELU"),
    "softsign": (functional.softsign, "unknown"),
    "where": (lambda x: torch.where(x > 0, x, 0.1 * x), "unknown"),
    "maximum": (lambda x: torch.maximum(x, torch.zeros(())), "unknown"),
    "stretched sigmoid": (lambda x: torch.sigmoid(x) * 2 - 1, "unknown"),
    "square": (lambda x: x**2, "unknown"),
    "inverse": (lambda x: 1 / (x + 9), "unknown"),
    "gate": (lambda x: x * x.mean((2, 3), keepdim=True), "unknown"),
    "unit length": (functional.normalize, "unknown"),
    "half of it": (_half_cut, "unknown"),
    "beside relu": (lambda x: torch.cat([x[:, :2], functional.relu(x[:, 2:])], 1), "unknown"),
    "all relu": (lambda x: functional.relu(x).chunk(2, 1)[0], "after ReLU"),
    "sum with relu": (lambda x: functional.relu(x) + x, "unknown"),
    "sum": (lambda x: x + 2 * x, "none"),
    "convolution after relu": (
        lambda x: functional.conv2d(functional.relu(x), torch.ones(1, 4, 1, 1)),
        "none",
    ),
    "flat": (lambda x: functional.relu(x).flatten(1), "after ReLU"),
    "mean": (lambda x: functional.relu(x).mean((2, 3)), "after ReLU"),
    "average": (lambda x: functional.avg_pool2d(functional.relu(x), 2), "after ReLU"),
    "maximum of relu": (lambda x: functional.max_pool2d(functional.relu(x), 2), "after ReLU"),
    "maximum of all": (lambda x: functional.max_pool2d(x, 2), "after max pooling"),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_layer_ends_with(end):
    does, label = ENDS[end]
    network = nn.Sequential(nn.Conv2d(3, 4, 3), Does(does)).eval()
    layers = trace(network, (3, 8, 8))
    assert (layers["0"].nonlinearity, layers["1"].nonlinearity) == ("none", label)


class Windows(nn.Module):
    """Attention within windows of 3 x 3, as in Swin."""

    def forward(self, x):
        n, rows, columns, channels = x.shape
        w = (
            x.view(n, rows // 3, 3, columns // 3, 3, channels)
            .transpose(2, 3)
            .reshape(-1, 9, channels)
        )
        w = functional.scaled_dot_product_attention(w, w, w)
        w = w.view(n, rows // 3, columns // 3, 3, 3, channels).transpose(2, 3)
        return w.reshape(n, rows, columns, channels)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.windows, self.fc = nn.LayerNorm(4), Windows(), nn.Linear(4, 4)

    def forward(self, x):
        x = x + self.windows(self.norm(x))
        return x + self.fc(self.norm(x))


AXES = {
    "channels last": (lambda x: x.permute(0, 2, 3, 1), (4, 6, 12), lambda y: y.permute(0, 3, 1, 2)),
    "columns first": (lambda x: x.permute(0, 3, 2, 1), (4, 6, 12), lambda y: y.permute(0, 3, 2, 1)),
    "transposed": (lambda x: x.mT, (4, 6, 12), lambda y: y.mT),
    "moved": (
        lambda x: x.movedim(1, -1).swapaxes(1, 2),
        (4, 6, 12),
        lambda y: y.permute(0, 3, 2, 1),
    ),
    "strided": (lambda x: x.as_strided(x.shape, x.stride()), None, None),
    "tokens": (lambda x: x.flatten(2).mT, (4, 72, 1), lambda y: y.mT),
    "tokens last": (lambda x: x.flatten(2), (4, 72, 1), lambda y: y),
    "tokens with a class": (
        lambda x: torch.cat([torch.zeros(len(x), 1, 4), x.flatten(2).transpose(1, 2)], 1),
        (4, 73, 1),
        lambda y: y.transpose(1, 2),
    ),
    "a map again": (
        lambda x: x.flatten(2).transpose(1, 2).unflatten(1, (6, 12)),
        (4, 6, 12),
        lambda y: y.permute(0, 3, 1, 2),
    ),
    "every other": (
        lambda x: x.permute(0, 2, 3, 1)[:, ::2, 1::2],
        (4, 3, 6),
        lambda y: y.permute(0, 3, 1, 2),
    ),
    "features": (
        lambda x: functional.linear(x.permute(0, 2, 3, 1), torch.eye(7, 4)),
        (7, 6, 12),
        lambda y: y.permute(0, 3, 1, 2),
    ),
}


@pytest.mark.parametrize("case", AXES)
def test_units_are_at_their_channel_row_and_column(case):
    does, shape, back = AXES[case]
    network = nn.Sequential(nn.Conv2d(3, 4, 3), Does(does)).eval()
    if shape is None:
        assert "which is that of channels is unknown" in trace(network, (3, 8, 14))["1"].fault
        return
    _check(network, "1", shape, lambda x: back(does(network[0](x))))


def test_blocks_that_look_through_windows_keep_their_axes():
    torch.manual_seed(0)
    last = Does(lambda x: x.permute(0, 2, 3, 1))
    network = nn.Sequential(nn.Conv2d(3, 4, 3), last, Block(), Block()).eval()
    _check(network, "3", (4, 6, 12), lambda x: network(x).permute(0, 3, 1, 2))
    windows = trace(network, (3, 8, 14))["2.windows"]
    assert windows.fault == "has axes (6, 12, 4), and which is that of channels is unknown"


def test_a_block_of_a_transformer_ends_with_a_sum_of_tokens():
    tokens = Does(lambda x: x.flatten(2).transpose(1, 2))
    block = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, norm_first=True)
    layers = trace(nn.Sequential(nn.Conv2d(3, 4, 3), tokens, block).eval(), (3, 8, 14))
    for name, label in {"2": "none", "2.dropout1": "none", "2.dropout": "after ReLU"}.items():
        assert (layers[name].nonlinearity, layers[name].order) == (label, (0, 2, 1))
    assert layers["2"].shape == (4, 72)


def _check(network, name, shape, expected):
    layer = trace(network, (3, 8, 14))[name]
    orders = {name: layer.order} if layer.order else {}
    assert layer.shape + (1,) * (3 - len(layer.shape)) == shape
    assert unit_shapes(network, [name], (3, 8, 14), orders) == {name: shape}
    x, found = torch.randn(4, 3, 8, 14), []
    keep = lambda _layer, _first, out: found.append(unit_rows(out).copy())  # noqa: E731
    extract(network, [name], x.split(2), keep, "cpu", orders=orders)
    with torch.inference_mode():
        values = expected(x).flatten(1)
    np.testing.assert_allclose(np.concatenate(found), values, rtol=1e-5, atol=1e-6)
