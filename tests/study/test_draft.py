from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.study.check import check
from workbench.study.draft import Facts, parts, text
from workbench.study.space import largest
from workbench.study.spec import StudySpec

FACTS = Facts(source="digits", task="multiclass", rows=1000, shape=(8,), features=8, classes=3, rarest=300)


def drafted(folder: Path, **said: Any) -> StudySpec:
    spec, mistakes = check(tomllib.loads(text("mine", replace(FACTS, **said))), folder)
    assert mistakes == []
    assert spec is not None
    return spec


@pytest.mark.parametrize("rows", [8, 40, 150, 1000, 2000, 5000, 20_000, 300_000])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_a_file_for_any_number_of_examples_is_without_a_mistake_and_fits_its_parts(
    tmp_path: Path, rows: int, task: str
) -> None:
    spec = drafted(tmp_path, rows=rows, task=task)
    test, _, train = parts(replace(FACTS, rows=rows))
    assert (spec.data.test, spec.data.validation == "5-fold") == (test, rows < 2000)
    assert largest(spec.space["batch_size"]) <= train


def test_more_examples_make_for_wider_networks_and_fewer_epochs(tmp_path: Path) -> None:
    small, large = drafted(tmp_path, rows=200), drafted(tmp_path, rows=20_000)
    assert largest(small.space["units"]) < largest(large.space["units"])
    assert largest(small.space["epochs"]) > largest(large.space["epochs"])


def test_a_class_too_rare_for_folds_gets_a_validation_part(tmp_path: Path) -> None:
    assert [drafted(tmp_path, rows=200, rarest=n).data.validation for n in (9, 10)] == [32, "5-fold"]


def test_where_a_class_is_rare_the_metric_that_weighs_it_is_named(tmp_path: Path) -> None:
    found = {rarest: text("mine", replace(FACTS, rarest=rarest)) for rarest in (100, 300)}
    assert ["balanced-accuracy" in said for said in found.values()] == [True, False]
    assert "the rarest class, 10.0%, counts" in found[100]


def test_images_are_for_convolutions_where_they_are_large_enough(tmp_path: Path) -> None:
    found = {side: drafted(tmp_path, shape=(3, side, side)) for side in (8, 12, 32)}
    assert [spec.model.family for spec in found.values()] == ["mlp", "cnn", "cnn"]
    assert [largest(found[side].space["blocks"]) for side in (12, 32)] == [2, 3]


def test_what_is_known_of_the_data_stands_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "my data.csv").touch()
    (tmp_path / "pictures").mkdir()
    spec = drafted(
        tmp_path, source="my data.csv", target=("a label",), missing=7, columns=(("day of birth", "drop"),)
    )
    assert (spec.data.source, spec.data.target, spec.data.impute) == ("my data.csv", "a label", "median")
    assert spec.data.features == {"day of birth": "drop"}
    spec = drafted(tmp_path, source="pictures/", size=(32, 48), channels=3, test_rows=200)
    assert (spec.data.size, spec.data.channels, spec.data.test) == ([32, 48], 3, None)
    assert drafted(tmp_path, source="pictures/", size=(32, 32)).data.size == 32
