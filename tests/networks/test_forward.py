import torch

from nurture.networks.forward import unit_shapes, up_to
from nurture.networks.vgg import VGG16


def test_layers_before_the_fully_connected_ones_are_read_at_any_size():
    torch.manual_seed(0)
    network = VGG16(outputs=3, width=0.0625).eval()
    images = torch.rand(2, 3, 112, 112)
    part = up_to(network, ["conv1_2", "conv5_3"])
    assert unit_shapes(part, ["conv5_3"], (3, 112, 112))["conv5_3"][1:] == (7, 7)
    expected = images
    for name, module in network.named_children():
        expected = module(expected)
        if name == "conv5_3":
            break
    assert [name for name, _ in part.named_children()][-1] == "conv5_3"
    assert torch.equal(part(images), expected)


def test_what_is_no_sequence_stays_as_it_is():
    network = torch.nn.Linear(2, 2)
    assert up_to(network, [""]) is network
