from __future__ import annotations

import json
import math

import pytest

from workbench.errors import WorkbenchError
from workbench.store.history import History, Row, from_jsonl, to_jsonl
from workbench.study.trial import Epoch

GOOD = Epoch(1, 0.1 + 0.2, 0.5, 1e-17, 0.75)
BAD = Epoch(2, math.inf, 0.1, math.nan, 0.1)
STARTED, FINISHED = "2026-11-21T08:00:00.000+00:00", "2026-11-21T08:00:01.500+00:00"
FIRST = {"units": [50, 20], "lr": 0.1, "nesterov": True}
SECOND = {"units": [], "name": "Ö\u2028\n\x85"}
ROWS = (
    Row(0, "complete", 0.75, FIRST, (GOOD,), "complete", "", 1.5, 39760, None, STARTED, FINISHED),
    Row(1, "pruned", 0.75, SECOND, (GOOD, BAD), "diverged", "the loss is not a number", 0.5, 7, 0, None, None),
    Row(2, "waiting", None, {}, (), None, "", 0.0, 0, None, None, None),
)
HISTORY = History("mnist@2", 2, {"name": "mnist", "space": {"lr": {"float": [0.1, 1.0]}}}, {"data": {"n": 3}}, ROWS)


def test_a_history_comes_back_from_its_file_to_the_last_digit() -> None:
    back = from_jsonl(to_jsonl(HISTORY))
    assert back.rows[0] == HISTORY.rows[0]
    assert repr(back) == repr(HISTORY)  # NaN equals nothing, but it prints


def test_each_line_is_json_that_any_language_reads() -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    lines = to_jsonl(HISTORY).splitlines()
    assert len(lines) == 4
    for line in lines:
        json.loads(line, parse_constant=refuse)


def test_the_best_epoch_is_the_earliest_of_the_highest() -> None:
    later = Epoch(3, 0.1, 0.9, 0.1, GOOD.validation_accuracy)
    assert Row(0, "complete", 1, {}, (BAD, later, GOOD), None, "", 0, 0, None, None, None).best == GOOD
    assert ROWS[2].best is None


@pytest.mark.parametrize("cut", ["last line", "half a line", "all"])
def test_a_history_that_was_cut_off_is_refused(cut: str) -> None:
    text = to_jsonl(HISTORY)
    shorter = {"last line": "".join(text.splitlines(keepends=True)[:-1]), "half a line": text[:-9], "all": ""}[cut]
    with pytest.raises(WorkbenchError, match=r"not a whole history\.jsonl"):
        from_jsonl(shorter)
