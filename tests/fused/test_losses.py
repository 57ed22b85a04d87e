import pytest
import torch

from workbench.fused import losses
from workbench.models import task as tasks

S, K, B = 3, 2, 5


def example(task, outputs, values):
    """Logits [S, K, C, B] drawn from few values, so that many are equal, and y [S, B] or [S, B, L]."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(len(values), (S, K, outputs, B), generator=generator)
    logits = torch.tensor(values, dtype=torch.float64)[drawn]
    y = torch.randint(outputs if task == "multiclass" else 2, (S, B, outputs), generator=generator)
    return logits, y if task == "multilabel" else y[..., 0]


@pytest.mark.parametrize(
    ("task", "outputs", "smoothing"),
    [
        ("multiclass", 4, None), ("multiclass", 300, None), ("multiclass", 4, [0.0, 0.2]),
        ("binary", 1, None), ("multilabel", 3, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("values", [[-1.0, 0.0, 2.0], [0.5]], ids=["many ties", "all equal"])
def test_sums_are_those_of_the_task_example_by_example(task, outputs, smoothing, values):
    logits, y = example(task, outputs, values)
    y = y if task == "multiclass" else y.double()
    each = None if smoothing is None else torch.tensor(smoothing, dtype=torch.float64)[:, None]
    loss, right = losses.sums(task, logits, y[:, None], each)
    of_each_lane = losses.sums(task, logits, y[:, None].expand(S, K, *y.shape[1:]), each)
    assert all(torch.equal(a, b) for a, b in zip((loss, right), of_each_lane, strict=True))
    for lane in range(K):
        share = smoothing[lane] if smoothing else 0.0
        alone = [(logits[step, lane].T, y[step]) for step in range(S)]
        expected = sum(tasks.loss(task, z, wanted, share) * B for z, wanted in alone)
        torch.testing.assert_close(loss[:, lane].sum(), expected, rtol=1e-13, atol=0)  # 2e-16 seen
        assert right[:, lane].sum() == sum(tasks.correct(task, z, wanted) for z, wanted in alone)


@pytest.mark.parametrize(("task", "outputs"), [("multiclass", 4), ("binary", 1), ("multilabel", 3)])
def test_the_gradient_is_that_of_the_mean_loss(task, outputs):
    logits, y = example(task, outputs, [-1.0, 0.3, 2.0])
    y = y if task == "multiclass" else y.double()
    d = torch.empty_like(logits[0])
    losses.gradient(task, logits[0], losses.targets(task, y, outputs, logits)[0], d)
    for lane in range(K):
        z = logits[0, lane].T.clone().requires_grad_()
        tasks.loss(task, z, y[0]).backward()
        torch.testing.assert_close(d[lane].T, z.grad, rtol=1e-13, atol=1e-17)


def test_a_logit_that_is_no_number_counts_as_the_largest_as_in_argmax():
    logits = torch.full((1, 1, 3, 2), torch.nan)
    _, right = losses.sums("multiclass", logits, torch.tensor([[[0, 1]]]))
    assert right.tolist() == [[1]]
