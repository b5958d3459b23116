import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from reid_mot.models.compact import CompactReID
from reid_mot.models.cost import complexity
from reid_mot.models.hacnn import HACNN
from reid_mot.models.resnet import StrongBaseline


class Twice(nn.Module):
    """One layer used twice, and one set of weights under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.again = nn.Conv2d(3, 3, 1)
        self.again.weight = self.conv.weight

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.again(self.conv(self.conv(x)))
        return result


def test_shared_weights_count_once_and_every_use_costs() -> None:
    assert complexity(Twice(), (5, 4)) == (9 + 3 + 3, 3 * 9 * 20)


def test_depthwise_convolutions_cost_one_channel_each() -> None:
    layer = nn.Conv2d(3, 3, 3, padding=1, groups=3, bias=False)
    assert complexity(layer, (5, 4)) == (27, 27 * 20)


def test_networks_equal_torchs_own_counter() -> None:
    for network in (HACNN(), CompactReID(), StrongBaseline(5, backbone="resnet18")):
        size = network.input_size
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network.eval()(torch.zeros(1, 3, *size))
        assert complexity(network, size).macs * 2 == counter.get_total_flops()


def test_mode_and_hooks_are_as_before() -> None:
    conv, norm = nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)
    network = nn.Sequential(conv, norm)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    complexity(network, (4, 4))
    assert network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not conv._forward_hooks
