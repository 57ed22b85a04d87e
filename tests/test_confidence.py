"""The statistics, on studies that are made up of known means and known noise."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest
from scipy import stats

from workbench import confidence
from workbench.store.history import History, Row
from workbench.study.trial import Epoch

STUDIES = 2000


@dataclass(frozen=True)
class World:
    """What is true: each leader's mean accuracy and noise; `shared` is the noise that a seed brings to all."""

    means: tuple[float, ...]
    noise: tuple[float, ...]
    shared: float = 0.004
    examples: int = 100_000  # of the validation part

    def accuracy(self, leader: int, seed_luck: float, chance: random.Random) -> float:
        drawn = self.means[leader] + seed_luck + chance.gauss(0, self.noise[leader])
        return round(drawn * self.examples) / self.examples


GRADED = World((0.8, 0.79, 0.78, 0.77, 0.76), (0.02, 0.001, 0.01, 0.003, 0.03))
WORLDS = {
    "all equal": World((0.8,) * 5, (0.01,) * 5),
    "ten equal": World((0.8,) * 10, (0.01,) * 10),
    "one better": World((0.82, *(0.8,) * 4), (0.01,) * 5),
    "unequal noise": World((0.8,) * 5, (0.001, 0.003, 0.01, 0.02, 0.03)),
    "few examples": World((0.8,) * 5, (0.01,) * 5, examples=200),
}


def study(world: World, seeds: int, chance: random.Random) -> History:
    """Leaders as the search hands them on (its own values are noise), repeated; the earlier, the larger."""
    rows, runs = [], []
    luck = [chance.gauss(0, world.shared) for _ in range(2 * seeds)]
    for number in range(len(world.means)):
        value = world.accuracy(number, 0.0, chance)
        curve = (Epoch(1, 0.1, 0.9, 0.1, value),)
        rows.append(Row(number, "complete", value, {}, curve, "complete", "", 1.0, 99 - number, None, None, None))
        for repeat in range(2 * seeds):
            accuracy = world.accuracy(number, luck[repeat], chance)
            runs.append({"trial": number, "repeat": repeat, "ended": "complete", "epoch": 1, "accuracy": accuracy})
    facts: dict[str, Any] = {"confirm": {"top": len(rows), "seeds": seeds, "runs": runs}}
    return History("made-up", 1, {}, facts | {"data": {"validation": world.examples}}, tuple(rows))


@pytest.fixture(scope="module", params=[*((name, 5) for name in WORLDS), ("all equal", 3)], ids=str)
def simulated(request: pytest.FixtureRequest) -> tuple[World, list[list[confidence.Leader]]]:
    name, seeds = request.param
    world, chance = WORLDS[name], random.Random(f"{name} {seeds}")
    return world, [confidence.leaders(study(world, seeds, chance)) for _ in range(STUDIES)]


def test_the_interval_of_the_recommended_one_covers_the_truth_in_95_of_100_studies(
    simulated: tuple[World, list[list[confidence.Leader]]],
) -> None:
    world, studies = simulated
    hit = 0
    for leaders in studies:
        [taken] = [leader for leader in leaders if leader.recommended]
        assert taken.interval is not None
        hit += taken.interval.low <= world.means[taken.row.number] <= taken.interval.high
    assert 0.93 <= hit / STUDIES <= 0.97


def test_in_at_most_5_of_100_studies_a_leader_is_wrongly_said_to_be_behind(
    simulated: tuple[World, list[list[confidence.Leader]]],
) -> None:
    world, studies = simulated
    wrong = 0
    for leaders in studies:
        highest = max(leaders, key=lambda one: one.compared_mean)
        reached = world.means[highest.row.number]
        wrong += any(not one.tied_with_best and world.means[one.row.number] >= reached for one in leaders)
    assert wrong / STUDIES <= 0.05


def test_what_is_clearly_behind_is_said_to_be() -> None:
    world, chance = World((0.9, 0.8, 0.8), (0.01,) * 3), random.Random(0)
    studies = [confidence.leaders(study(world, 5, chance)) for _ in range(100)]
    assert sum(not one.tied_with_best for leaders in studies for one in leaders) > 190


def test_a_small_network_that_fails_now_and_then_is_tied_by_its_noise_but_not_recommended() -> None:
    shaky = World((0.95, 0.94, 0.85), (0.0, 0.001, 0.08), examples=1000)
    tied = 0
    for leaders in (confidence.leaders(study(shaky, 5, random.Random(n))) for n in range(20)):
        [unsteady] = [one for one in leaders if one.row.number == 2]
        assert not unsteady.recommended
        tied += unsteady.tied_with_best
    assert tied >= 10


def test_the_smallest_of_the_tied_within_a_standard_error_is_recommended() -> None:
    for leaders in (confidence.leaders(study(GRADED, 5, random.Random(n))) for n in range(20)):
        highest = max(one.compared_mean for one in leaders)
        near = highest - confidence.margin(highest, GRADED.examples)
        good = [one for one in leaders if one.tied_with_best and one.compared_mean >= near]
        smallest = min(good, key=lambda one: one.row.parameters)
        assert [one for one in leaders if one.recommended] == [smallest]
        assert {len(one.fresh) for one in leaders if one.recommended} == {5}
        assert not any(one.fresh for one in leaders if not one.recommended)
        means = [one.interval.mean for one in leaders if one.interval]
        assert means == sorted(means, reverse=True)


def test_five_equal_repeats_are_not_certainty() -> None:
    assert confidence.compare([[0.9] * 3, [0.9 - 1 / 200] * 3], step=1 / 200) == [False, False]
    assert confidence.compare([[0.9] * 3, [0.7] * 3], step=1 / 200) == [False, True]
    found = confidence.interval([0.9] * 5, step=1 / 200)
    assert found is not None
    assert found.low < 0.9 < found.high


def test_intervals_are_those_of_the_books() -> None:
    values = [0.91, 0.93, 0.9, 0.94, 0.92]
    found = confidence.interval(values)
    low, high = stats.t.interval(0.95, 4, loc=0.92, scale=stats.sem(values))
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    wilson = stats.binomtest(97, 100).proportion_ci(method="wilson")
    told = confidence.wilson(0.97, 100)
    assert (told.low, told.high) == (pytest.approx(wilson.low), pytest.approx(wilson.high))
    assert confidence.mcnemar(3, 12) == pytest.approx(stats.binomtest(3, 15).pvalue)
    assert confidence.mcnemar(0, 0) == 1
    assert confidence.margin(0.9, 10**6) == pytest.approx((0.9 * 0.1 / 10**6) ** 0.5, rel=1e-4)
    assert confidence.margin(1.0, 160) > 1 / 160
    assert confidence.holm([0.01, 0.04, 0.03]) == [0.03, pytest.approx(0.06), pytest.approx(0.06)]


def changed(history: History, **of_first: Any) -> History:
    """The first run of trial 0 is another one."""
    known = history.facts["confirm"]
    runs = [known["runs"][0] | of_first, *known["runs"][1:]]
    return History("made-up", 1, {}, history.facts | {"confirm": known | {"runs": runs}}, history.rows)


def test_a_leader_that_diverged_once_is_neither_tied_nor_recommended() -> None:
    world = World((0.9, 0.8), (0.001, 0.001))
    whole = study(world, 3, random.Random(0))
    assert confidence.leaders(whole)[0].row.number == 0
    leaders = confidence.leaders(changed(whole, ended="diverged", accuracy=None, epoch=None))
    assert [one.row.number for one in leaders] == [1, 0]
    assert (leaders[1].lost, leaders[1].tied_with_best) == (1, False)


def test_a_round_that_is_not_whole_does_not_count() -> None:
    whole = study(WORLDS["all equal"], 3, random.Random(0))
    runs = whole.facts["confirm"]["runs"]
    for gone, left in ((1, 2), (2, 0)):
        kept = [run for run in runs if not (run["trial"] == 4 and run["repeat"] in range(gone))]
        facts = whole.facts | {"confirm": whole.facts["confirm"] | {"runs": kept}}
        leaders = confidence.leaders(History("made-up", 1, {}, facts, whole.rows))
        assert [len(one.runs) for one in leaders] == [left] * (5 if left else 0)


def test_one_leader_alone_needs_no_further_runs() -> None:
    [only] = confidence.leaders(study(World((0.8,), (0.01,)), 3, random.Random(0)))
    assert only.recommended
    assert only.interval is not None


def test_what_was_not_confirmed_is_recommended_by_the_search() -> None:
    history = study(GRADED, 3, random.Random(0))
    bare = History("made-up", 1, {}, {}, history.rows)
    assert confidence.leaders(bare) == []
    taken = confidence.recommended(bare)
    assert taken is confidence.by_search(bare)[0]
    assert confidence.recommended(History("made-up", 1, {}, {}, ())) is None


def test_the_final_training_ends_at_the_middle_of_the_best_epochs() -> None:
    history = study(World((0.8,), (0.01,)), 2, random.Random(0))
    runs = [
        run | {"epoch": epoch} for run, epoch in zip(history.facts["confirm"]["runs"], (9, 4, 7, 5), strict=True)
    ]
    facts = history.facts | {"confirm": history.facts["confirm"] | {"runs": runs}}
    assert confidence.epochs(History("made-up", 1, {}, facts, history.rows), history.rows[0]) == 5  # 1 4 5 7 9
