import itertools

import pytest
import torch

from workbench.data.splits import DataInfo, Part, Splits
from workbench.fused import network
from workbench.fused.layout import FEW_INPUTS, GRAIN, Layout, Slab, padded

WIDTHS = [[], [5], [5, 3], [17, 30], [5, 3], [6, 3], [17]]


@pytest.mark.parametrize("inputs", [2, FEW_INPUTS, 784])
def test_padding_is_a_multiple_of_four_rows_and_never_much(inputs):
    for width in range(1, 1000):
        height = padded(width, inputs)
        assert height % GRAIN == 0
        assert 0 <= height - width < (GRAIN if inputs >= FEW_INPUTS else max(GRAIN, width / 4 + 1))


def layout(norm, inputs=7):
    info = DataInfo("none", "multiclass", False, (inputs,), 3, 10, 10, 0, None, None, "")
    part = Part(torch.zeros(10, inputs), torch.zeros(10, dtype=torch.int64))
    data = Splits(part, part, info)
    points = [
        {"depth": len(units), "units": units, "batch_norm": norm, "activation": activation}
        for units, activation in zip(WIDTHS[1:], itertools.cycle(["tanh", "relu"]), strict=False)
    ]
    return Layout([network.build(point, 0, data, 1, 0) for point in points], inputs, 3)


@pytest.mark.parametrize("norm", [False, True])
def test_every_weight_of_every_lane_has_a_place_of_its_own_and_the_owner_of_it(norm):
    slab = Slab(layout(norm), norm, torch.zeros(()))
    first, rest = slab.owners()
    for lane, own in enumerate(slab.lanes()):
        trainable = {
            name for name in slab.layout.networks[lane].tensors if "running" not in name and "num_" not in name
        }
        assert own.keys() == trainable
        for name, view in own.items():
            assert view.shape == slab.layout.networks[lane].tensors[name].shape
            assert not view.any(), name
            view.fill_(lane + 1)
    expected = slab.layout.networks
    assert (slab.first != 0).sum() + (slab.rest != 0).sum() == sum(network.parameters for network in expected)
    used = slab.first != 0
    assert torch.equal((first + 1)[:, None].expand_as(slab.first)[used].float(), slab.first[used])
    assert torch.equal((rest + 1)[slab.rest != 0].float(), slab.rest[slab.rest != 0])


def test_lanes_of_equal_heights_and_activation_share_a_bucket():
    assert [(b.activation, b.count, b.heights) for b in layout(False).buckets] == [
        ("relu", 2, (8, 4)), ("relu", 1, (20,)), ("tanh", 1, (8,)), ("tanh", 1, (8, 4)), ("tanh", 1, (20, 32)),
    ]  # fmt: skip
