"""Every script beside a rule is found guilty of exactly the lines it marks, by all rules at once; the pages ran."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.diagnostics.notebook import cells
from workbench.diagnostics.rule import SECTIONS, Rule, find, rules

FOLDER = Path(__file__).parent / "rules"
PROGRAMS = ("programs", "lessons", "clean")  # whole programs of many kinds: nearly all are sound
SCRIPTS = sorted(
    path
    for folder in (FOLDER, *(FOLDER.parent / name for name in PROGRAMS))
    for path in folder.rglob("*")
    if path.suffix in (".py", ".ipynb")
)
MARK = re.compile(r"#\s*finds:\s*([\w\-, ]+)")


def marks(path: Path) -> list[tuple[str, int | None, int]]:
    """(rule, cell, line) for each `# finds: RULE` of a script or notebook."""
    if path.suffix == ".ipynb":
        texts = [(cell.number, cell.text) for cell in cells(path)[0]]
    else:
        texts = [(None, path.read_text(encoding="utf-8"))]
    found = []
    for cell, text in texts:
        for number, line in enumerate(text.splitlines(), start=1):
            match = MARK.search(line)
            if match:
                found += [(name, cell, number) for name in re.split(r"[,\s]+", match.group(1).strip())]
    return sorted(found, key=str)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_script_is_found_guilty_of_exactly_the_lines_it_marks(
    script: Path, diagnosed: Callable[..., Any]
) -> None:
    run, findings, _ = diagnosed(script)
    found = [
        (finding.rule, finding.place.cell if finding.place else None, finding.place.line if finding.place else 0)
        for finding in findings
    ]
    assert run.trace.failures == ()
    told = "\n".join(f"{f.rule} at {f.place}: {f.message}" for f in findings)
    crash = f"\n{run.trace.crash.traceback}" if run.trace.crash else ""
    assert sorted(found, key=str) == marks(script), f"{told}\nended: {run.trace.ended}{crash}\n{run.stderr[-2000:]}"


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_a_finding_names_only_remedies_that_its_page_tells_of(script: Path, diagnosed: Callable[..., Any]) -> None:
    for finding in diagnosed(script)[1]:
        remedy = finding.remedy or {}
        told = find(finding.rule).proof
        for each in (remedy, *remedy.get("or", ())):
            assert not each or each["name"] in told


def test_the_marks_name_rules_that_exist() -> None:
    known = {rule.name for rule in rules()}
    assert {name for path in SCRIPTS for name, *_ in marks(path)} <= known


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_page_has_every_section_and_its_examples_ran(rule: Rule) -> None:
    assert len(rule.summary) < 110
    assert all(rule.section(name) for name in SECTIONS), [name for name in SECTIONS if not rule.section(name)]
    folder = FOLDER / rule.name.replace("-", "_")
    for section, stem in (("Example", "bad"), ("Use instead", "good")):
        script = (folder / f"{stem}.py").read_text(encoding="utf-8")
        lines = {re.sub(r"\s*# finds:.*", "", line).strip() for line in script.splitlines()}
        for line in rule.section(section).splitlines():
            assert not line.strip() or line.strip() in lines, f"{line.strip()!r} does not stand in {stem}.py"
    assert list(folder.glob("near_miss*")), "no near_miss script guards the rule's precision"
