"""Each verdict on a study made for it, and on one beside it where it must be silent."""

from __future__ import annotations

import math
import random
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from workbench.reporting import page, reading
from workbench.store.history import History, Row
from workbench.store.importance import importances
from workbench.study.load import load
from workbench.study.trial import Epoch

SPACE: dict[str, Any] = {
    "depth": {"int": [1, 6]},
    "activation": {"choice": ["relu", "tanh", "gelu"]},
    "lr": {"float": [0.001, 0.1], "log": True},
    "dropout": {"float": [0.0, 0.5]},
    "epochs": 10,
}

Accuracy = Callable[[dict[str, Any]], float]


def levelled(best: float, epochs: int = 10) -> tuple[Epoch, ...]:
    """A sound curve: it has long stopped falling, and the training part is known as well as the validation part."""
    shape = [1 - 0.5**epoch for epoch in range(1, epochs + 1)]
    return tuple(
        Epoch(i, 2.5 - 2 * part, best * part, 2.5 - 2 * part, best * part) for i, part in enumerate(shape, 1)
    )


def study(
    accuracy: Accuracy,
    trials: int = 60,
    *,
    curve: Callable[[float], tuple[Epoch, ...]] = levelled,
    change: Callable[[Row], Row] = lambda row: row,
    seed: int = 1,
    **facts: Any,
) -> History:
    """So many points drawn evenly, with the accuracy that `accuracy` gives to them."""
    draw = random.Random(seed)
    rows = []
    for number in range(trials):
        point = {
            "depth": draw.randint(1, 6),
            "activation": draw.choice(["relu", "tanh", "gelu"]),
            "lr": 0.001 * 100 ** draw.random(),
            "dropout": 0.5 * draw.random(),
            "epochs": 10,
        }
        epochs = curve(accuracy(point) + 0.004 * draw.random())
        row = Row(
            number=number, state="complete", value=max(each.validation_accuracy for each in epochs),
            point=point, curve=epochs, ended="complete", reason="", seconds=1.0, parameters=1000, duplicate_of=None,
            started=None, finished=None,
        )  # fmt: skip
        rows.append(change(row))
    spec = {
        "name": "made", "task": "multiclass", "data": {"source": "digits"}, "model": {"family": "mlp"},
        "space": SPACE, "budget": {"trials": trials}, "search": {"sampler": "random", "pruner": "none", "seed": 0},
    }  # fmt: skip
    data = {
        "name": "digits", "task": "multiclass", "validation": 1000, "test": 1000, "train": 5000,
        "input_shape": [64], "mean": None, "md5": "0" * 32,
    }  # fmt: skip
    return History("made", 1, spec, {"data": data, **facts}, tuple(rows))


def verdicts(history: History) -> dict[str, reading.Verdict]:
    return {verdict.name: verdict for verdict in reading.read(history, importances(history))}


def hill(centre: float) -> Accuracy:
    """Best where the learning rate is `centre`, a tenth of the accuracy lost a decade beside it."""
    return lambda point: 0.9 - 0.1 * abs(math.log10(point["lr"] / centre))


def wild(point: dict[str, Any]) -> float:
    """Nothing but the learning rate matters, and the best of it is within its range."""
    return hill(0.01)(point)


# -- the space ------------------------------------------------------------------------------------------------


def test_best_values_at_the_edge_are_to_be_widened():
    verdict = verdicts(study(hill(0.3)))["edge-of-range"]
    assert "lr at the upper end" in verdict.sentence
    assert verdict.changes == ("space.lr.float=[0.001, 1.0]",)
    lower = verdicts(study(hill(0.0003)))["edge-of-range"]
    assert lower.changes == ("space.lr.float=[0.0001, 0.1]",)


def test_best_values_inside_of_the_range_are_no_edge():
    assert "edge-of-range" not in verdicts(study(hill(0.01)))


def test_an_edge_that_is_the_end_of_the_world_is_kept_instead():
    verdict = verdicts(study(lambda point: 0.9 - 0.3 * point["dropout"]))["edge-of-range"]
    assert verdict.changes == ("space.dropout=0.0",)
    assert "cannot go further" in verdict.advice


def test_a_few_whole_numbers_are_an_edge_only_where_chance_is_unlikely():
    deep = verdicts(study(lambda point: 0.8 + 0.02 * point["depth"]))["edge-of-range"]
    assert deep.changes == ("space.depth.int=[1, 9]",)


def test_pure_noise_has_no_edges_and_nothing_that_is_idle_by_accident():
    said = [
        verdict.name
        for seed in range(100)
        for verdict in reading._edges(study(lambda point: 0.9, 60, seed=seed), {})
    ]
    assert len(said) <= 1  # of 600 ends of ranges; none seen


def test_a_parameter_that_does_not_matter_is_to_be_fixed():
    history = study(lambda point: hill(0.01)(point) if abs(math.log10(point["lr"] / 0.01)) > 0.4 else 0.9, 120)
    shares = {"lr": 0.97, "dropout": 0.01, "activation": 0.02, "depth": 0.0}
    verdict = next(one for one in reading._idle(history, shares) if "dropout" in one.sentence)
    best = max(history.rows, key=lambda row: row.value or 0)
    assert verdict.changes[0].startswith("space.dropout=")
    assert float(verdict.changes[0].partition("=")[2]) == pytest.approx(best.point["dropout"], rel=0.05)


def test_a_number_that_decides_is_to_be_searched_more_finely():
    history = study(hill(0.01))
    [verdict] = reading._decisive(history, {"lr": 0.8, "dropout": 0.2})
    [change] = verdict.changes
    low, high = (float(text) for text in change.partition("=[")[2].rstrip("]").split(", "))
    best = sorted(history.rows, key=lambda row: -(row.value or 0))[:6]
    assert 0.001 <= low < min(row.point["lr"] for row in best) < max(row.point["lr"] for row in best) < high <= 0.1
    assert high / low < 50  # of 100
    load("digits", [change])


@pytest.mark.parametrize(
    ("accuracy", "shares", "trials"),
    [
        (hill(0.01), {"lr": 0.3}, 60),
        (lambda point: 0.9, {"lr": 0.8}, 60),
        (hill(0.3), {"lr": 0.8}, 60),
        (hill(0.01), {"lr": 0.8}, 30),
    ],
    ids=["it is one of many", "the best have all values", "at the edge", "few trials"],
)
def test_a_number_does_not_decide_where(accuracy, shares, trials):
    assert list(reading._decisive(study(accuracy, trials), shares)) == []


@pytest.mark.parametrize("shares", [{"dropout": 0.2}, {}], ids=["it matters", "nothing is known"])
def test_a_parameter_is_not_idle_where(shares):
    assert [
        one for one in reading.read(study(lambda point: 0.9, 120), shares) if one.name == "idle-parameter"
    ] == []


def test_a_parameter_whose_good_values_lie_close_together_is_not_idle():
    history = study(lambda point: 0.9 if point["dropout"] < 0.2 else 0.8, 120)
    assert list(reading._idle(history, {"dropout": 0.001})) == []


# -- curves ---------------------------------------------------------------------------------------------------


def rising(best: float) -> tuple[Epoch, ...]:
    return tuple(
        Epoch(n, 2.0 * 0.8**n, best * (1 - 0.8**n), 2.0 * 0.8**n, best * (1 - 0.8**n)) for n in range(1, 11)
    )


def test_leaders_that_still_improve_are_to_be_trained_longer():
    verdict = verdicts(study(wild, curve=rising))["still-improving"]
    assert verdict.changes == ("space.epochs=20",)
    assert "their 10 epochs" in verdict.sentence


def test_leaders_whose_rate_was_made_to_end_are_not():
    cosine = study(
        wild, curve=rising, change=lambda row: replace(row, point={**row.point, "lr_schedule": "cosine"})
    )
    assert "still-improving" not in verdicts(cosine)
    assert "still-improving" not in verdicts(study(wild))


def turning(best: float) -> tuple[Epoch, ...]:
    """Validation loss is lowest in epoch 5 and then rises by a tenth an epoch."""
    return tuple(Epoch(n, 1.0 / n, 0.99, 0.3 + 0.03 * abs(n - 5), best - 0.001 * abs(n - 5)) for n in range(1, 11))


def test_a_validation_loss_that_turns_up_is_overfitting():
    history = study(wild, curve=turning)
    verdict = verdicts(history)["overfitting"]
    assert "lowest about epoch 5 and ends 50 % higher" in verdict.sentence
    assert verdict.changes[0] == "space.weight_decay.float=[1e-06, 0.01]"  # dropout is searched already
    bare = {name: entry for name, entry in SPACE.items() if name != "dropout"}
    assert verdicts(replace(history, spec={**history.spec, "space": bare}))["overfitting"].changes == (
        "space.dropout.float=[0.0, 0.5]",
    )


def test_knowing_the_training_part_better_is_overfitting():
    def known(best: float) -> tuple[Epoch, ...]:
        return tuple(replace(epoch, train_accuracy=1.0) for epoch in levelled(best))

    assert "points more of the training part" in verdicts(study(wild, curve=known))["overfitting"].sentence
    assert "overfitting" not in verdicts(study(wild))


def test_leaders_that_know_neither_part_underfit():
    def steady(best: float) -> tuple[Epoch, ...]:
        return tuple(Epoch(n, 0.5, best - 0.2, 0.5, best - 0.2) for n in range(1, 11))

    plain = study(wild, curve=steady, change=lambda row: replace(row, point={**row.point, "dropout": 0.0}))
    assert "of the training part right" in verdicts(plain)["underfitting"].sentence
    assert "underfitting" not in verdicts(study(wild, curve=steady))  # dropout holds the training accuracy down
    held = study(
        lambda point: 1.18 - 0.01 * point["dropout"],
        curve=steady,
        change=lambda row: replace(row, point={**row.point, "dropout": 0.0}),
    )
    assert "underfitting" not in verdicts(held)  # 98 % is no underfitting


# -- trials lost ----------------------------------------------------------------------------------------------


def blown(border: float, share: float = 1.0) -> Callable[[Row], Row]:
    """Trials above this learning rate diverge."""

    def change(row: Row) -> Row:
        if row.point["lr"] <= border or (row.number * 7919 % 100) / 100 >= share:
            return row
        return replace(row, state="pruned", ended="diverged", value=0.1, curve=row.curve[:1])

    return change


def test_a_cliff_of_the_learning_rate_is_found():
    history = study(wild, change=blown(0.03))
    verdict = verdicts(history)["diverged"]
    rates = sorted(row.point["lr"] for row in history.rows)
    count = sum(rate > 0.03 for rate in rates)
    told = f"{count} of 60 trials diverged, {count} of them among the {count} with lr above"
    assert verdict.sentence.startswith(told)
    [change] = verdict.changes
    border = float(change.partition(", ")[2].rstrip("]"))
    assert rates[-count - 1] < border < rates[-count]


def test_divergence_without_a_border_is_told_without_one():
    verdict = verdicts(study(wild, change=blown(0.0, share=0.3)))["diverged"]
    assert verdict.changes == ()
    assert "lr above" not in verdict.sentence


def test_a_few_that_diverged_are_no_news():
    assert "diverged" not in verdicts(study(wild, change=blown(0.095)))


def cut(number: int, value: float) -> Callable[[Row], Row]:
    def change(row: Row) -> Row:
        if row.number != number:
            return row
        return replace(row, state="pruned", ended="pruned", value=value, curve=levelled(value, 3))

    return change


def runs(**scores: list[float]) -> dict[str, Any]:
    told = [
        {
            "trial": int(name[1:]),
            "repeat": i,
            "seed": i,
            "ended": "complete",
            "epoch": 9,
            "accuracy": one,
            "loss": 0.1,
        }
        for name, values in scores.items()
        for i, one in enumerate(values)
    ]
    return {"top": len(scores), "seeds": 5, "runs": told}


def test_a_pruned_trial_that_was_ahead_of_the_winner_was_cut_too_soon():
    verdict = verdicts(study(wild, change=cut(7, 0.96)))["pruned-winner"]
    assert "trial 7: 96.00 % after 3 epochs" in verdict.sentence
    assert "pruned-winner" not in verdicts(study(wild, change=cut(7, 0.905)))  # within the noise


def test_a_pruned_trial_that_wins_when_it_is_trained_again_was_cut_too_soon():
    ahead = runs(t7=[0.93, 0.94], t8=[0.9, 0.91])
    behind = runs(t7=[0.9, 0.91], t8=[0.93, 0.94])
    assert "trial 7" in verdicts(study(wild, change=cut(7, 0.8), confirm=ahead))["pruned-winner"].sentence
    assert "pruned-winner" not in verdicts(study(wild, change=cut(7, 0.8), confirm=behind))


def test_seeds_that_move_more_than_the_leaders_lie_apart_are_told():
    noisy = runs(t1=[0.90, 0.94, 0.92], t2=[0.91, 0.93, 0.93], t3=[0.90, 0.93, 0.94])
    clear = runs(t1=[0.901, 0.902, 0.903], t2=[0.921, 0.922, 0.923], t3=[0.941, 0.942, 0.943])
    few = runs(t1=[0.90, 0.94], t2=[0.91, 0.93], t3=[0.90, 0.93])
    assert "± 1.80 points" in verdicts(study(wild, confirm=noisy))["seed-noise"].sentence
    assert "seed-noise" not in verdicts(study(wild, confirm=clear))
    assert "seed-noise" not in verdicts(study(wild, confirm=few))
    assert "seed-noise" not in verdicts(study(wild))


def test_a_search_that_found_nothing_more_for_half_its_trials_went_flat():
    early = study(lambda point: 0.9, change=lambda row: replace(row, value=0.9 if row.number > 5 else 0.85))
    verdict = verdicts(early)["flat"]
    assert "after trial 6" in verdict.sentence
    late = study(lambda point: 0.9, change=lambda row: replace(row, value=0.8 + 0.002 * row.number))
    assert "flat" not in verdicts(late)


def test_points_proposed_again_and_again_are_told():
    def copy(row: Row) -> Row:
        return replace(row, duplicate_of=0) if row.number % 4 == 3 else row

    assert "15 of 60" in verdicts(study(wild, change=copy))["duplicates"].sentence
    assert "duplicates" not in verdicts(study(wild))


# -- all together ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trials", [0, 1, 3])
@pytest.mark.parametrize("curve", [rising, turning, levelled])
def test_a_handful_of_trials_says_nothing_of_the_space(trials, curve):
    said = verdicts(study(hill(0.3), trials, curve=curve))
    assert set(said) <= {"still-improving", "overfitting"}  # three leaders' curves can say that much
    assert trials == 3 or said == {}


def test_a_sound_study_of_random_points_is_silent():
    history = study(wild, 40, curve=levelled)
    assert set(verdicts(history)) <= {"flat"}


def test_the_command_holds_every_change_and_starts_beside_what_there_is():
    command = ["workbench", "tune", "--study", "digits", "--trials", "40", "--quiet", "--set", "space.epochs=10"]
    history = study(wild, curve=rising, command=command)
    told = reading.command(history, ["space.epochs=20", "space.lr.float=[0.001, 1.0]"])
    assert shlex.split(told) == [
        "workbench", "tune", "--study", "digits", "--set", "space.epochs=10",
        "--fresh", "--set", "space.epochs=20", "--set", "space.lr.float=[0.001, 1.0]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "name"),
    [
        (study(hill(0.3)), "edge-of-range"),
        (study(lambda point: 0.9 - 0.3 * point["dropout"]), "edge-of-range"),
        (study(lambda point: 0.8 + 0.02 * point["depth"]), "edge-of-range"),
        (study(wild, curve=rising), "still-improving"),
        (study(wild, curve=turning), "overfitting"),
        (study(wild, change=blown(0.03)), "diverged"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_study_file_accepts_every_change_as_it_is_told(history, name):
    changes = verdicts(history)[name].changes
    assert changes
    load("digits", changes)


def test_the_page_and_its_commands_follow_the_verdicts(tmp_path):
    history = study(hill(0.3), command=["workbench", "tune", "--study", "made"])
    said = reading.read(history, importances(history))
    text = page.page(history, folder=tmp_path, network=False, verdicts=said)
    assert "## What the study says" in text
    assert "workbench tune --study made --fresh --set 'space.lr.float=[0.001, 1.0]'" in text
