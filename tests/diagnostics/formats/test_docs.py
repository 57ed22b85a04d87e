"""docs/diagnose.md says what is so: its example, its options, its fields, its settings."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

from workbench.cli.main import parser
from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Check, Finding, Related
from workbench.diagnostics.formats import NAMES
from workbench.diagnostics.output import as_dict
from workbench.diagnostics.proof import BETTER, COST, MINIMUM
from workbench.diagnostics.settings import Settings, settings
from workbench.diagnostics.trace import Ended, Place, Trace

PAGE = (Path(__file__).parents[3] / "docs" / "diagnose.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def block(title: str, language: str) -> str:
    return section(title).split(f"```{language}\n")[1].split("```")[0]


def without_numbers(text: str) -> str:
    """Losses differ in the last digits from machine to machine."""
    return re.sub(r"\d+\.\d+", "N", text)


def test_the_example_prints_what_the_page_shows(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(block("An example", "python"), encoding="utf-8")
    command, told = section("An example").split("```\n$ ")[1].split("```")[0].split("\n", 1)
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--select", "softmax-before-cross-entropy"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 1, done.stderr
    assert without_numbers(done.stdout).startswith(without_numbers(told))
    assert re.search(
        r"^1 error, 0 warnings in 100 steps \(\d+\.\d s; the script ran to its end\)$", done.stdout, re.M
    )


def test_every_option_is_in_the_table_and_none_that_is_not() -> None:
    [commands] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    real = {name for action in commands.choices["diagnose"]._actions for name in action.option_strings}
    assert set(re.findall(r"--[a-z][a-z-]*", section("Options"))) - {"--help"} <= real
    assert real - {"-h", "--help"} <= set(re.findall(r"--[a-z][a-z-]*", PAGE))


def test_every_format_is_named() -> None:
    [row] = re.findall(r"^\| `--format NAME` \|.*$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == set(NAMES)


def test_the_json_table_names_every_field_and_no_other() -> None:
    place = Place("train.py", 1)
    found = Finding(place, "m", "h", related=(Related(place, "r"),), severity="error", rule="x", proof={"steps": 1})
    told = as_dict(Report("train.py", Trace("train.py", Ended("finished")), (found,), (Check("x", "failed"),)))
    names = {*told, "findings[].evidence.proof"}
    names |= {f"findings[].{key}" for key in told["findings"][0]} | {f"checks[].{key}" for key in told["checks"][0]}
    assert set(re.findall(r"^\| `([\w.\[\]]+)` \|", section("JSON"), re.MULTILINE)) == names


def test_the_settings_table_has_the_keys_and_defaults(tmp_path: Path) -> None:
    text = section("Settings of a project")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [field.name for field in fields(Settings)]
    for name in ("steps", "seconds"):
        assert f"| {getattr(Settings(), name):g} |" in re.findall(rf"^\| `{name}` \|.*$", text, re.MULTILINE)[0]
    example = block("Settings of a project", "toml")
    (tmp_path / "pyproject.toml").write_text(example, encoding="utf-8")
    told = settings(tmp_path / "train.py")
    table = tomllib.loads(example)["tool"]["workbench"]
    assert (told.steps, told.seconds, told.strict, list(told.ignore)) == (
        table["steps"], table["seconds"], table["strict"], table["ignore"],
    )  # fmt: skip


def test_what_proven_means_is_what_the_code_does() -> None:
    text = " ".join(section("Proof").split())
    assert f"at most {BETTER} of what it was" in text
    assert f"{COST:.0f}" == "3"
    assert "at most three times as long as the recording" in text
    assert f"or {MINIMUM:.0f} seconds" in text
