"""The range test on losses whose best rates are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest
import torch
from torch import Tensor

from workbench.diagnostics.findings import Check, Finding
from workbench.diagnostics.rates import Range, range_test
from workbench.diagnostics.runner import Run


def tried(loss: Callable[[Tensor], Tensor], make: Callable[[list[Tensor]], torch.optim.Optimizer]) -> Range:
    weight = torch.full((1,), 3.0, requires_grad=True)
    batches: Iterator[Callable[[], Tensor]] = repeat(lambda: loss(weight))
    return range_test(make([weight]), batches, seconds=60.0)


@pytest.mark.parametrize("curvature", [5.0, 50.0, 1000.0])
def test_gradient_descent_on_a_parabola_runs_away_beyond_two_over_its_curvature(curvature: float) -> None:
    edge = 2 / curvature  # longer steps land farther from the minimum than they began
    seen = tried(lambda w: (0.5 * curvature * w * w).sum(), lambda held: torch.optim.SGD(held, lr=1.0))
    assert seen.diverges is not None
    assert edge <= seen.diverges < 10 * edge
    assert seen.suggestion is not None
    assert 0.003 * edge < seen.suggestion < 0.3 * edge


def test_where_no_rate_makes_the_loss_fall_nothing_is_suggested() -> None:
    seen = tried(lambda w: 5.0 + 0.0 * w.sum(), lambda held: torch.optim.SGD(held, lr=1.0))
    assert seen.suggestion is None
    assert len(seen.rates) == len(seen.losses) == 100


def test_it_ends_when_the_time_is_over() -> None:
    weight = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    seen = range_test(optimizer, repeat((weight * weight).sum), seconds=0.0)
    assert len(seen.rates) == 1
    assert seen.suggestion is None


@pytest.mark.parametrize("rule", ["lr-too-high", "lr-too-low"])
def test_a_wrong_rate_is_told_with_the_one_that_a_range_test_suggests(
    rule: str, diagnosed: Callable[[Path], tuple[Run, list[Finding], list[Check]]]
) -> None:
    folder = Path(__file__).parent / "rules" / rule.replace("-", "_")
    _, findings, _ = diagnosed(folder / "bad.py")
    (finding,) = (finding for finding in findings if finding.rule == rule)
    suggested = finding.evidence["range_test"]
    assert finding.hint.endswith(f"; a range test on 64 examples suggests {suggested:g}")
    assert (suggested < finding.evidence["lr"]) == (rule == "lr-too-high")
    good = diagnosed(folder / "good.py")[0].trace.probe("learning_rate")
    assert good is not None
    assert (good.outcome, good.detail) == ("skipped", "the loss falls at the rate that is set")
