"""Whatever a file says, it is a study or a list of mistakes with places: never a traceback, never a hang."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.study.load import StudyFileError, load
from workbench.study.toml import inline, key
from workbench.study.vocabulary import MLP, TRAINER

WORDS = [*TRAINER, *MLP, "int", "float", "choice", "log", "step", "per", "when", "name", "task", "data", "space"]
TEXTS = st.sampled_from(
    ["sgd", "adam", "depth", "mlp", "grid", "digits", "multiclass", "accuracy", "1h", "x.py:f"]
) | st.text(st.characters(codec="utf-8"), max_size=8)
PLAIN = st.booleans() | st.integers(-(2**70), 2**70) | st.integers(-2, 5) | st.floats() | st.floats(0, 1) | TEXTS
KEYS = st.sampled_from(WORDS) | TEXTS
VALUES = st.recursive(
    PLAIN, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3), max_leaves=6
)
PAIRS = st.lists(st.integers(-2, 9) | st.floats(0, 1), min_size=2, max_size=2)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "int": PAIRS, "float": PAIRS, "choice": st.lists(PLAIN, max_size=3), "log": st.booleans(), "step": PLAIN,
        "per": TEXTS, "when": st.dictionaries(KEYS, PLAIN | st.lists(PLAIN, max_size=2), max_size=2),
    },
)  # fmt: skip
SPACES = st.dictionaries(KEYS, PARAMETERS | PLAIN | VALUES, max_size=6)
SECTIONS = st.dictionaries(KEYS, VALUES, max_size=3)
TABLES = st.fixed_dictionaries(
    {"space": SPACES},
    optional={
        "name": TEXTS, "task": TEXTS, "data": SECTIONS | st.just({"source": "digits"}), "model": SECTIONS,
        "search": SECTIONS | st.just({"sampler": "grid"}), "budget": SECTIONS, "else": VALUES,
    },
) | st.dictionaries(KEYS, VALUES, max_size=5)  # fmt: skip

FEW = settings(max_examples=200, derandomize=True, deadline=None, database=None)


def judged(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.toml"
        path.write_bytes(text.encode())
        try:
            load(str(path))
            return
        except StudyFileError as error:
            found, told = error.mistakes, str(error)
        assert found
        assert all(mistake.path and mistake.message for mistake in found)
        assert all(f"{path}: {mistake.path}: " in told for mistake in found)


@FEW
@given(st.text(st.characters(codec="utf-8")) | st.text("[]{}=\"'.,#\n ab1"))
def test_any_text_is_a_study_or_a_list_of_mistakes(text):
    judged(text)


@FEW
@given(TABLES)
def test_any_table_is_a_study_or_a_list_of_mistakes(table: dict[str, Any]):
    judged("\n".join(f"{key(name)} = {inline(value)}" for name, value in table.items()))


@FEW
@given(SPACES)
def test_any_space_in_a_sound_study_is_sound_or_a_list_of_mistakes(space: dict[str, Any]):
    table = {"name": "x", "task": "multiclass", "data": {"source": "digits"}, "space": space}
    judged("\n".join(f"{key(name)} = {inline(value)}" for name, value in table.items()))


def test_a_key_of_a_thousand_parts_is_a_list_of_mistakes():
    judged("space.lr.int" + ".a" * 3000 + " = 1")
