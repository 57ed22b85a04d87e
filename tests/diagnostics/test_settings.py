"""`[tool.workbench]`: the nearest table counts, the command wins, and what is wrong in it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.cli.main import main
from workbench.diagnostics.settings import Settings, settings
from workbench.errors import WorkbenchError


def project(folder: Path, text: str) -> Path:
    """A pyproject.toml with this table, and a script beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder / "train.py"


FULL = """
[tool.workbench]
select = ["lr-too-low", "non-finite"]
ignore = ["non-finite"]
steps = 50
seconds = 7
strict = true
"""


def test_every_key_of_the_table_counts(tmp_path: Path) -> None:
    told = settings(project(tmp_path, FULL))
    assert told == Settings(("lr-too-low", "non-finite"), ("non-finite",), 50, 7, strict=True)


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"steps": 3}, {"steps": 3}),
        ({"seconds": 1.5}, {"seconds": 1.5}),
        ({"strict": False}, {"strict": False}),
        ({"ignore": ["lr-too-high"]}, {"ignore": ("lr-too-high",)}),
        ({"select": ["non-finite"]}, {"select": ("non-finite",), "ignore": ()}),
    ],
    ids=str,
)
def test_the_command_wins(given: dict[str, Any], changed: dict[str, Any], tmp_path: Path) -> None:
    target = project(tmp_path, FULL)
    kept = vars(settings(target))
    assert vars(settings(target, **given)) == {**kept, **changed}


def test_the_nearest_table_above_the_script_counts_and_files_without_one_are_passed_over(tmp_path: Path) -> None:
    project(tmp_path, "[tool.workbench]\nsteps = 1\n")
    project(tmp_path / "a", "[tool.workbench]\nsteps = 2\n")
    inner = project(tmp_path / "a" / "b", "[tool.ruff]\nline-length = 9\n")
    assert settings(inner).steps == 2
    assert settings(tmp_path / "train.py").steps == 1


def test_without_a_target_the_current_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, "[tool.workbench]\nsteps = 2\n")
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    assert settings(None).steps == 2


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    assert settings(project(tmp_path, "[project]\nname = 'x'\n[tool.workbench]\n")) == Settings()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("step = 3", "did you mean steps?"),
        ("colour = 1", "known keys: select, ignore, steps, seconds, strict"),
        ("steps = 0", "steps must be a whole number of at least 1, got 0"),
        ("steps = true", "steps must be a whole number of at least 1, got True"),
        ("steps = 2.5", "steps must be a whole number"),
        ("seconds = -1", "seconds must be a number above 0"),
        ("seconds = nan", "seconds must be a number above 0"),
        ("seconds = inf", "seconds must be a number above 0"),
        ("strict = 1", "strict must be true or false"),
        ('select = "non-finite"', "select must be a list of rules' names"),
        ("ignore = [1]", "ignore must be a list of rules' names"),
        ("steps = ", "cannot be read"),
    ],
)
def test_a_mistake_in_the_table_is_named_with_its_file(line: str, told: str, tmp_path: Path) -> None:
    target = project(tmp_path, f"[tool.workbench]\n{line}\n")
    with pytest.raises(WorkbenchError) as caught:
        settings(target)
    assert told in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"tool.workbench is not a table"):
        settings(project(tmp_path, "[tool]\nworkbench = 3\n"))


@pytest.mark.parametrize(
    ("line", "told"), [("step = 3", "did you mean steps?"), ('ignore = ["non-finit"]', "did you mean non-finite?")]
)
def test_diagnose_reads_the_table_and_a_mistake_in_it_gives_exit_code_2(
    line: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = project(tmp_path, f"[tool.workbench]\n{line}\n")
    target.write_text("print('hello')\n", encoding="utf-8")
    assert main(["diagnose", str(target)]) == 2
    assert told in capsys.readouterr().err


def test_rules_and_steps_of_the_table_are_those_of_the_diagnosis(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Path(__file__).parent / "rules" / "missing_zero_grad" / "bad.py"
    target = project(tmp_path, '[tool.workbench]\nselect = ["missing-zero-grad"]\nsteps = 12\n')
    target.write_text(bad.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["diagnose", str(target), "--no-proof"]) == 1
    assert "1 error, 0 warnings in 12 steps" in capsys.readouterr().out
