"""What may change between two runs of one study, and what may not."""

from __future__ import annotations

import json

import pytest

from workbench.study.identity import differences, identity
from workbench.study.load import load

SPACE = "lr = { float = [1e-3, 1e-1], log = true }\ndepth = { int = [1, 3] }\nbatch_norm = true"


@pytest.mark.parametrize(
    "override",
    ["budget.trials=99", "budget.timeout=5s", "search.sampler=random", "search.pruner=none", "data.root=/x",
     "description=other", "name=other"],
)  # fmt: skip
def test_budget_search_and_place_may_change(write, override):
    path = str(write(SPACE))
    assert identity(load(path)) == identity(load(path, [override]))


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("space.lr.float=[1e-4,1e-1]", "space.lr.float: [0.001, 0.1] -> [0.0001, 0.1]"),
        ("space.lr.log=false", "space.lr.log: true -> (not set)"),
        ("space.lr=0.1", "space.lr: { float = [0.001, 0.1], log = true } -> 0.1"),
        ("space.dropout=0.1", "space.dropout: (not set) -> 0.1"),
        ("data.train=100", "data.train: (not set) -> 100"),
        ("data.standardize=false", "data.standardize: true -> false"),
        ("task=binary", 'task: "multiclass" -> "binary"'),
        ("search.seed=1", "search.seed: 0 -> 1"),
    ],
)
def test_a_change_of_what_is_measured_is_told_in_one_line(write, override, line):
    path = str(write(SPACE))
    old, new = identity(load(path)), identity(load(path, [override]))
    assert differences(old, new) == [line]
    assert differences(old, old) == []


def test_an_identity_survives_json(write):
    old = identity(load(str(write(SPACE))))
    assert differences(json.loads(json.dumps(old)), old) == []


def test_true_is_not_one():
    assert differences({"a": True, "b": [1]}, {"a": 1, "b": [True]}) == ["a: true -> 1", "b: [1] -> [true]"]
    assert differences({"a": 1}, {"a": 1.0}) == []


def test_the_users_code_is_part_of_the_study_but_its_comments_are_not(write, tmp_path):
    code = tmp_path / "net.py"
    path = str(write(SPACE, data='[data]\nsource = "net.py:data"\n', more='[model]\nfamily = "net.py:build"\n'))

    def now(text: str) -> dict[str, object]:
        code.write_text(text, encoding="utf-8")
        return identity(load(path))

    before = now("def build(): return 1\n")
    assert now("# a remark\n\n\ndef build():\n    return 1  # why\n") == before
    changes = differences(before, now("def build(): return 2\n"))
    assert [change.partition(":")[0] for change in changes] == ["data.code", "model.code"]
