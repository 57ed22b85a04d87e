"""README's words are true: its commands exist, its blocks run, the wheel holds what it needs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench.cli.main import parser
from workbench.study.shelf import available

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def block(heading: str) -> list[str]:
    """The commands of the first fenced block under a heading."""
    section = README.split(f"\n## {heading}\n")[1]
    return section.split("```sh\n")[1].split("```")[0].splitlines()


def test_the_main_block_ends_with_the_main_job() -> None:
    *setup, job = block("Use it")
    assert setup == ["python3 -m venv .venv", ". .venv/bin/activate", "pip install ."]
    assert job == "workbench tune --study mnist"


def test_the_test_block_installs_and_tests() -> None:
    assert block("Test it")[-2:] == ['pip install -e ".[test]"', "python -m pytest -n 2"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_is_one_that_exists(page: Path) -> None:
    for line in re.findall(r"^workbench .*$", page.read_text(encoding="utf-8"), re.MULTILINE):
        words = shlex.split(line.partition("  #")[0].replace("[", "").replace("]", ""))[1:]
        options = parser().parse_args(words)
        assert options.run


def test_every_relative_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_word_of_a_space_is_documented() -> None:
    from workbench.study.vocabulary import FAMILIES, TRAINER

    text = (ROOT / "docs" / "study-files.md").read_text(encoding="utf-8")
    for words in (TRAINER, *FAMILIES.values()):
        for name, word in words.items():
            rows = re.findall(rf"^\| `{name}` \|.*$", text, re.MULTILINE)
            assert any(all(f"`{choice}`" in row for choice in word.names) for row in rows), name


def test_the_wheel_works_from_any_folder(tmp_path: Path) -> None:
    """Built as pip builds it; the studies are inside, and a copy outside the checkout finds them."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True, timeout=120)
    [wheel] = tmp_path.glob("workbench-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    listed = subprocess.run(
        [sys.executable, "-m", "workbench", "studies"],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in available():
        assert f"{name} " in listed
    assert (site / "workbench" / "studies" / "schema.json").is_file()
