"""What of a notebook is Python, and what is IPython's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.diagnostics.notebook import cells


def read(tmp_path: Path, *texts: str) -> tuple[list[str], list[str]]:
    path = tmp_path / "lesson.ipynb"
    made = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in texts]
    path.write_text(json.dumps({"cells": made}), encoding="utf-8")
    found, skipped = cells(path)
    return [cell.text.rstrip("\n") for cell in found], skipped


@pytest.mark.parametrize(
    "text",
    [
        "print('%d of %d'\n      %(3,\n        4))",
        "share = 7 \\\n    % 4",
        'text = """\n!important\nwhat is it?\n"""',
        "same = 3 != 4",
    ],
    ids=["a tuple to format", "a remainder", "a text in three quotes", "a comparison"],
)
def test_a_line_that_goes_on_is_no_magic(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == ([text], [])


@pytest.mark.parametrize("line", ["%matplotlib inline", "!pip install x", "nn.Linear?", "files = !ls", "?print"])
def test_what_ipython_alone_understands_is_left_out_and_told(tmp_path: Path, line: str) -> None:
    kept, skipped = read(tmp_path, f"a = 1\n{line}\nb = 2", "c = 3")
    assert kept == ["a = 1\n\nb = 2", "c = 3"]
    assert skipped == [f"cell 1, line 2: {line}"]


def test_a_cell_may_be_indented_as_a_whole(tmp_path: Path) -> None:
    kept, skipped = read(tmp_path, "\n  a = 1\n\n  if a:\n    b = 2\n  !ls")
    assert kept == ["\na = 1\n\nif a:\n  b = 2"]
    assert skipped == ["cell 1, line 6: !ls"]


def test_a_mistake_in_the_user_s_python_stays_for_python_to_tell(tmp_path: Path) -> None:
    text = "print('a'\n%time\nb = )"
    assert read(tmp_path, text)[0] == [text]
