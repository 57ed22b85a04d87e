import pytest
import torch

from workbench.models import linear, mlp


@pytest.mark.parametrize("weight_init", ["default", "xavier-normal"])
@pytest.mark.parametrize("shape", [(4,), (1, 8, 8)])
def test_the_linear_model_is_the_mlp_of_depth_0(shape, weight_init):
    point = {"weight_init": weight_init, "lr": 0.1}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        mine = linear.build(point, shape, 3)
        torch.manual_seed(0)
        theirs = mlp.build(point | {"depth": 0}, shape, 3)
    assert str(mine) == str(theirs)
    for name, weight in theirs.state_dict().items():
        assert torch.equal(mine.state_dict()[name], weight), name
