import pytest
import torch
from torch import nn

from workbench.errors import WorkbenchError
from workbench.models import mlp


@pytest.fixture(autouse=True)
def _own_generator():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def shapes(module):
    return [type(layer).__name__ for layer in module]


def test_the_net_of_the_lesson_is_the_same_net_written_by_hand():
    built = mlp.build({"depth": 2, "units": [50, 20], "activation": "relu"}, (1, 28, 28), 10)
    torch.manual_seed(0)
    by_hand = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 20), nn.ReLU(), nn.Linear(20, 10)
    )
    assert str(built) == str(by_hand)
    for name, weight in by_hand.state_dict().items():
        assert torch.equal(built.state_dict()[name], weight), name


def test_every_word_has_its_place():
    built = mlp.build({"depth": 2, "units": 8, "activation": "tanh", "batch_norm": True, "dropout": 0.25}, (4,), 3)
    block = ["Linear", "BatchNorm1d", "Tanh", "Dropout"]
    assert shapes(built) == [*block, *block, "Linear"]
    assert built[3].p == 0.25
    assert [layer.out_features for layer in built if isinstance(layer, nn.Linear)] == [8, 8, 3]


def test_depth_0_is_a_linear_model():
    assert shapes(mlp.build({"depth": 0}, (4,), 1)) == ["Linear"]


@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "elu", "gelu", "silu", "tanh", "sigmoid"])
def test_every_activation_is_built(activation):
    built = mlp.build({"depth": 1, "activation": activation}, (4,), 1)
    assert shapes(built)[1].lower() == activation.replace("-", "")


@pytest.mark.parametrize(
    ("weight_init", "deviation"),
    [
        ("kaiming-normal", (2 / 400) ** 0.5),
        ("kaiming-uniform", (2 / 400) ** 0.5),
        ("xavier-normal", (2 / 600) ** 0.5),
        ("xavier-uniform", (2 / 600) ** 0.5),
        ("orthogonal", (1 / 400) ** 0.5),
        ("default", (1 / 1200) ** 0.5),
    ],
)
def test_initial_weights_have_the_deviation_their_name_promises(weight_init, deviation):
    first = mlp.build({"depth": 1, "units": 200, "weight_init": weight_init}, (400,), 10)[0]
    assert first.weight.std().item() == pytest.approx(deviation, rel=0.02)  # 80,000 weights; 0.3 % seen
    assert (first.bias.count_nonzero() == 0) == (weight_init != "default")


def test_orthogonal_weights_are_orthogonal():
    first = mlp.build({"depth": 1, "units": 8, "weight_init": "orthogonal"}, (20,), 3)[0]
    torch.testing.assert_close(first.weight @ first.weight.T, torch.eye(8), rtol=0, atol=1e-5)


def test_as_many_units_as_layers_or_an_error():
    with pytest.raises(WorkbenchError, match=r"space\.units: 2 values \[50, 20\] for depth = 3"):
        mlp.build({"depth": 3, "units": [50, 20]}, (4,), 3)


def test_without_an_activation_linear_follows_upon_linear():
    built = mlp.build({"depth": 2, "units": [10, 10], "activation": "none"}, (2,), 1)
    assert [type(layer) for layer in built] == [nn.Linear, nn.Linear, nn.Linear]
    x = torch.randn(5, 2)
    assert torch.allclose(built(x + 1) - built(x), (built(x[:1] + 1) - built(x[:1])).expand(5, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("units", "depth", "outputs", "widths"),
    [
        (100, 3, 10, [100, 70, 40]),
        (128, 2, 10, [128, 69]),
        (64, 1, 10, [64]),
        (8, 3, 10, [8, 8, 8]),
        (10, 4, 1, [10, 8, 6, 4]),
    ],
)
def test_a_funnel_falls_evenly_to_the_outputs(units, depth, outputs, widths):
    built = mlp.build({"shape": "funnel", "units": units, "depth": depth}, (4,), outputs)
    assert [layer.out_features for layer in built if isinstance(layer, nn.Linear)] == [*widths, outputs]
