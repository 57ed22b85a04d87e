from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.reporting import page

STORED = Path(__file__).with_name("report.md")


def write(history, *, network=False):
    return page.page(history, folder=Path("reports/mnist-small"), network=network)


def test_the_whole_page_is_the_stored_one(history):
    """After a wanted change: read the difference, then store the new page."""
    assert write(history, network=True) == STORED.read_text(encoding="utf-8")


def test_a_stand_in_is_told_before_any_number(stand_in):
    lines = write(stand_in).splitlines()
    assert lines[2] == "> **STAND-IN DATA: these are not results on mnist, but on digits at 28x28.**"
    assert lines[4] == "> Place the four .gz files in MNIST/raw/ and run again."
    assert "%" not in "".join(lines[:3])
    assert "> **STAND-IN DATA" in page.note(stand_in)


def test_real_data_carries_no_banner(history):
    assert "STAND-IN" not in write(history)


def test_a_study_without_a_completed_trial_says_why(nothing_completed):
    text = write(nothing_completed)
    assert "No trial was completed." in text
    assert "Trial 5: RuntimeError: too big." in text
    assert "## The best trials" not in text
    assert "## How far to trust this" not in text


def test_a_common_reason_is_told_once(history):
    failed = [replace(history.rows[5], number=number) for number in range(3)]
    assert page.reasons(replace(history, rows=tuple(failed))) == ["3 trials, trial 0 first: RuntimeError: too big."]


def test_a_page_holds_ten_trials_however_many_there_are(history):
    rows = tuple(replace(history.rows[8], number=number) for number in range(15))
    table = [line for line in write(replace(history, rows=rows)).splitlines() if line.startswith("| ")]
    assert sum(" | 92.00 % | " in line for line in table) == 10


@pytest.mark.parametrize(
    ("validation", "said"),
    [
        (1024, "4 of 5 ranked trials, the best included, lie within one standard error (± 0.85 points)"),
        (10, "5 of 5 ranked trials, the best included, lie within one standard error (± 8.58 points)"),
    ],
    ids=["many examples", "few examples"],
)
def test_the_fewer_validation_examples_the_less_the_order_means(history, validation, said):
    data = {**history.facts["data"], "validation": validation}
    [sentence] = page.doubts(replace(history, facts={**history.facts, "data": data}))
    assert said in sentence


def test_opening_the_test_part_again_is_told(history):
    [once] = history.facts["openings"]
    twice = [once | {"trial": 2, "when": "2026-11-20T10:00:00+00:00"}, once]
    assert "The test part was opened once (2026-11-21T10:00:00+00:00, trial 8, workbench" in write(history)
    text = write(replace(history, facts={**history.facts, "openings": twice}))
    assert "The test part was opened 2 times" in text
    assert "2026-11-20T10:00:00+00:00, trial 2, workbench 0.1.0 (1a2b3c4); 2026-11-21" in text
    assert "The test part was opened" not in write(replace(history, facts={**history.facts, "openings": []}))


def head(history):
    """The first paragraph with a result."""
    return next(line for line in write(history).splitlines() if "accuracy:" in line or "Recommended:" in line)


def test_the_first_paragraph_begins_with_the_test_accuracy_and_its_interval(confirmed):
    text = head(confirmed)
    assert text.startswith("Test accuracy: 91.20 % (95 % interval 90.63 to 91.74, 10,000 examples). ")
    assert "SVM with an RBF kernel 91.01 % (fitted to 4,000 of 5,120 examples)." in text
    assert "Recommended: trial 1 (1,000 parameters), confirmed at 92.00 % of the validation part" in text
    assert "the mean of 3 fresh seeds (95 % interval 89.51 to 94.49)" in text
    assert "Tied, for 3 paired seeds cannot tell them apart: trials 1 and 2; trial 1 is the smallest" in text
    assert "over the same seeds 0.70 points below the highest, trial 2" in text
    assert "Of trial 8's 3 repeats 1 diverged or failed." in text


@pytest.mark.parametrize(
    ("network", "baseline", "said"),
    [(221, 221, "A linear model ties the network"), (200, 260, "A linear model is better than the network")],
)
def test_a_linear_model_that_does_as_well_is_told_in_the_first_paragraph(history, network, baseline, said):
    told = [
        one | ({"only_network": network, "only_baseline": baseline} if one["linear"] else {})
        for one in history.facts["baselines"]
    ]
    assert "A linear model" not in head(history)
    assert said in head(replace(history, facts={**history.facts, "baselines": told}))


def test_what_was_not_confirmed_is_marked_so(history):
    assert "of a single run: not confirmed with fresh seeds." in head(history)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (lambda run: run["repeat"] < 2, "Only 2 of 3 repeats are done: the same command goes on."),
        (lambda run: run["repeat"] < 5, "Only 2 of 3 fresh seeds of trial 1 are done: the same command goes on."),
        (lambda run: run["repeat"] < 1, "not confirmed with fresh seeds (4 repeats done so far)."),
    ],
)
def test_what_was_left_out_of_the_confirmation_is_told(confirmed, done, said):
    confirm = confirmed.facts["confirm"]
    runs = [run for run in confirm["runs"] if done(run)]
    facts = {**confirmed.facts, "confirm": {**confirm, "runs": runs}}
    assert said in head(replace(confirmed, facts=facts))


def test_a_value_cannot_break_the_table(history):
    space = {**history.spec["space"], "activation": {"choice": ["a|b", "<i>\n"]}}
    point = {**history.rows[8].point, "activation": "a|b"}
    odd = replace(history, spec={**history.spec, "space": space}, rows=(replace(history.rows[8], point=point),))
    text = write(odd)
    assert "| activation | a\\|b, &lt;i> |" in text
    assert text.count("| 0.111 | a\\|b |") == 1


@pytest.mark.parametrize(
    ("storage", "command"),
    [
        ("workbench.journal", "workbench dashboard --study mnist-small"),
        ("my studies/a.journal", "workbench dashboard --study mnist-small --storage 'my studies/a.journal'"),
        ("sqlite:///study.db", "workbench dashboard --study mnist-small --storage sqlite:///study.db"),
        (
            "postgresql://me:***@host/db",  # the password is not known here
            "workbench dashboard --study mnist-small --storage 'postgresql://me:***@host/db'",
        ),
    ],
)
def test_the_page_says_how_to_open_the_dashboard(history, storage, command):
    stored = replace(history, facts={**history.facts, "storage": storage})
    assert page.dashboard(stored, Path("reports/mnist-small")) == command
    assert f"\n{command}\n" in write(stored)


@pytest.mark.parametrize(
    ("storage", "folder", "command"),
    [
        ("workbench.journal", "reports/x", "workbench report --study mnist-small"),
        ("a.journal", "reports/x", "workbench report --study mnist-small --storage a.journal"),
        (
            "mysql://ann:***@host/db",
            "reports/x",
            "workbench report --study mnist-small --storage 'mysql://ann:***@host/db'",
        ),
        ("workbench.journal", "/tmp/my out/x", "workbench report --study mnist-small --out '/tmp/my out'"),
    ],
)
def test_the_command_that_repeats_the_reports_names_what_is_not_usual(history, storage, folder, command):
    stored = replace(history, facts={**history.facts, "storage": storage})
    assert page.report(stored, Path(folder)) == command


def test_data_without_standardization_says_so(history):
    data = {**history.facts["data"], "mean": None, "deviation": None}
    text = write(replace(history, facts={**history.facts, "data": data}), network=True)
    assert "Inputs are not standardized." in text
    assert "It expects inputs standardized" not in text


def test_a_history_without_facts_still_has_a_page(history):
    text = write(replace(history, facts={}))
    assert "92.00 %" in text
    assert "## The data" not in text


def test_a_fence_in_the_command_does_not_end_its_block(history):
    text = write(replace(history, facts={**history.facts, "command": ["workbench", "```"]}))
    assert "````sh\nworkbench '```'\n````" in text


@pytest.mark.parametrize(("perfect", "said"), [(1, "Only the best trial gets all"), (2, "2 of 3 ranked trials")])
def test_a_perfect_trial_is_a_tie_only_in_company(history, perfect, said):
    row = history.rows[8]
    accuracies = [1.0] * perfect + [0.9] * (3 - perfect)
    rows = tuple(
        replace(row, number=n, value=a, curve=tuple(replace(e, validation_accuracy=a) for e in row.curve))
        for n, a in enumerate(accuracies)
    )
    [sentence] = page.doubts(replace(history, rows=rows))
    assert said in sentence
