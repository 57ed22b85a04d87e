from __future__ import annotations

import pytest
import torch

from workbench.data.minibatches import minibatches, order
from workbench.data.splits import Part


def part(n: int) -> Part:
    return Part(torch.arange(n * 3.0).reshape(n, 3), torch.arange(n))


def test_the_order_is_a_permutation_that_seed_and_epoch_determine() -> None:
    orders = [order(100, seed, epoch) for seed in (0, 1, 2**31 - 1) for epoch in (1, 2)]
    assert all(sorted(one.tolist()) == list(range(100)) for one in orders)
    assert len({tuple(one.tolist()) for one in orders}) == len(orders)
    assert torch.equal(order(100, 1, 2), orders[3])


def test_the_order_does_not_ask_torchs_own_generator() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        one = order(50, 7, 3)
        torch.manual_seed(2)
        assert torch.equal(one, order(50, 7, 3))


@pytest.mark.parametrize(
    ("n", "size", "sizes"),
    [
        (10, 5, [5, 5]),
        (10, 4, [4, 4, 2]),
        (9, 4, [4, 4]),  # batch norm cannot train on a single example
        (3, 1, [1, 1, 1]),
        (3, 64, [3]),
        (1, 64, [1]),
    ],
)
def test_an_epoch_shows_each_example_once_but_for_a_remainder_of_one(n: int, size: int, sizes: list[int]) -> None:
    batches = list(minibatches(part(n), size, seed=5, epoch=1))
    assert [len(y) for _, y in batches] == sizes
    seen = torch.cat([y for _, y in batches])
    assert torch.equal(seen, order(n, 5, 1)[: sum(sizes)])
    assert torch.equal(torch.cat([x for x, _ in batches]), part(n).x[seen])


def test_the_example_left_out_is_another_one_in_another_epoch() -> None:
    left_out = {
        (set(range(9)) - set(torch.cat([y for _, y in minibatches(part(9), 4, 0, epoch)]).tolist())).pop()
        for epoch in range(1, 20)
    }
    assert len(left_out) > 3
