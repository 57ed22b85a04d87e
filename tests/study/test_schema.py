"""The schema that editors complete from says what the loader takes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from workbench.study.load import StudyFileError, load, shipped
from workbench.study.schema import json_schema, text
from workbench.study.toml import inline, key
from workbench.study.vocabulary import CNN, MLP, TRAINER

STUDIES = Path(__file__).resolve().parents[2] / "studies"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def places(table: object) -> list[str]:
    return sorted({".".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(table)})


def test_the_schema_beside_the_studies_is_the_generated_one():
    again = "python -m workbench.study.schema > studies/schema.json"
    assert (STUDIES / "schema.json").read_text(encoding="utf-8") == text(), f"stale: {again}"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_shipped_studies_fit_the_schema_and_name_it(path):
    content = path.read_text(encoding="utf-8")
    assert content.startswith("#:schema ./schema.json\n")
    assert places(tomllib.loads(content)) == []


def test_every_word_is_described():
    described = json_schema()["properties"]["space"]["properties"]
    meanings = {name: word.meaning for name, word in (TRAINER | MLP | CNN).items()}
    meanings["depth"] = f"{MLP['depth'].meaning}; or {CNN['depth'].meaning}"
    assert {name: each["description"] for name, each in described.items()} == meanings


def test_a_word_of_two_families_has_a_default_only_where_they_agree():
    described = json_schema()["properties"]["space"]["properties"]
    assert "default" not in described["depth"]
    assert described["units"]["default"] == 64


WRONG = [
    ("[spaces]", ""),
    ('task = "multi"', "task"),
    ('name = "a/b"', "name"),
    ("data.train = 0", "data.train"),
    ("data.tain = 3", "data"),
    ('search.sampler = "tpee"', "search.sampler"),
    ("budget.trials = 1.5", "budget.trials"),
    ("space.depth.int = [1, 2, 3]", "space.depth"),
    ('space.optimizer = "sdg"', "space.optimizer"),
    ("space.lr.float = [0.0, 1.0]", "space.lr"),
    ("space.lr.floats = [0.1, 1.0]", "space.lr"),
    ("space.lr = { float = [0.1, 1.0], logg = true }", "space.lr"),
    ("space.dropout = 1.0", "space.dropout"),
    ('space.activation.choice = ["relu", "tan"]', "space.activation"),
    ("space.kernel = {}", "space.kernel"),
    ('"space"."a b" = 1', "space"),
]


@pytest.mark.parametrize(("line", "place"), WRONG)
def test_a_wrong_line_fails_in_the_editor_and_when_loaded(write, line, place):
    table = {"name": "x", "task": "multiclass", "data": {"source": "digits"}, "space": {}}
    assert places(table) == []
    for name, value in tomllib.loads(line).items():
        table[name] = table[name] | value if isinstance(table.get(name), dict) else value
    assert places(table) == [place]
    path = write(text="\n".join(f"{key(name)} = {inline(value)}" for name, value in table.items()))
    with pytest.raises(StudyFileError):
        load(str(path))


def test_names_of_the_users_own_are_allowed_in_every_form():
    space = {
        "kernel": {"choice": [3, 5]},
        "stride": 2,
        "names": ["a", "b"],
        "gain": {"float": [0, 1], "log": False},
    }
    assert places({"name": "x", "task": "binary", "data": {"source": "net.py:data"}, "space": space}) == []


def test_the_schema_is_json_without_this_machine_in_it():
    assert json.loads(text()) == json_schema()
    assert "folder" not in json_schema()["properties"]
