"""Repairs in files: what is kept of them, and which are never written. Reports are made by hand; nothing runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Finding, Verdict
from workbench.diagnostics.notebook import cells
from workbench.diagnostics.repairs.plan import Plan, plan
from workbench.diagnostics.repairs.texts import as_recorded, changes
from workbench.diagnostics.trace import Ended, Place, Source, Trace
from workbench.errors import WorkbenchError

SCRIPT = "for x in data:\n    loss = net(x)\n    loss.backward()\n    opt.step()\nprint('Größe')\n"
FIXED = SCRIPT.replace("    loss.backward()", "    opt.zero_grad()\n    loss.backward()")


def finding(
    path: Path, line: int, rule: str = "missing-zero-grad", cell: int | None = None, **about: Any
) -> Finding:
    verdict: Verdict = about.pop("verdict", "proven")
    hint = about.pop("hint", "")
    return Finding(
        Place(str(path), line, cell), "seen", hint, severity="error", rule=rule, verdict=verdict, **about
    )


def reported(path: Path, *findings: Finding) -> Report:
    """What a diagnosis of the files as they are now would give."""
    sources = []
    for each in dict.fromkeys([str(path), *(one.place.path for one in findings if one.place)]):
        if each.endswith(".ipynb"):
            sources += [Source(each, cell.text, cell.number) for cell in cells(Path(each))[0]]
        else:
            sources.append(Source(each, as_recorded(Path(each).read_bytes())))
    return Report(str(path), Trace(str(path), Ended("finished"), sources=tuple(sources)), findings, ())


def fixed(path: Path, *findings: Finding) -> Plan:
    made = plan(reported(path, *findings), path, only_proven=True)
    made.write(made.repairs)
    return made


def written(folder: Path, content: str | bytes, name: str = "train.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SCRIPT.encode(), FIXED.encode()),
        (SCRIPT.replace("\n", "\r\n").encode(), FIXED.replace("\n", "\r\n").encode()),
        (SCRIPT.replace("    ", "\t").encode(), FIXED.replace("    ", "\t").encode()),
        (b"\xef\xbb\xbf" + SCRIPT.encode(), b"\xef\xbb\xbf" + FIXED.encode()),
        (("\n# coding: latin-1\n" + SCRIPT).encode("latin-1"), ("\n# coding: latin-1\n" + FIXED).encode("latin-1")),
        (SCRIPT.rstrip("\n").encode(), FIXED.rstrip("\n").encode()),
    ],
    ids=["plain", "line ends of Windows", "tabs", "byte order mark", "latin-1", "no newline at the end"],
)
def test_all_but_the_repaired_lines_stays_byte_for_byte(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = written(tmp_path, before)
    line = next(n for n, text in enumerate(before.splitlines(), 1) if b"step()" in text)
    fixed(path, finding(path, line))
    assert path.read_bytes() == after


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path = written(tmp_path, SCRIPT, "real/train.py")
    path.chmod(0o750)
    link = tmp_path / "link.py"
    link.symlink_to(path)
    fixed(link, finding(path, 4))
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == FIXED
    assert path.stat().st_mode & 0o777 == 0o750


def test_a_likely_finding_is_shown_and_never_written(tmp_path: Path) -> None:
    path = written(tmp_path, SCRIPT)
    likely = finding(path, 4, verdict="likely")
    (repair,) = fixed(path, likely).repairs
    assert repair.why == "it is not proven"
    assert path.read_text(encoding="utf-8") == SCRIPT
    assert "+    opt.zero_grad()" in plan(reported(path, likely), path).diff()


def test_a_file_that_changed_since_it_was_diagnosed_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SCRIPT)
    report = reported(path, finding(path, 4))
    early = plan(report, path)
    path.write_text("# mine\n" + SCRIPT, encoding="utf-8")
    with pytest.raises(WorkbenchError, match="has changed since it was diagnosed"):
        plan(report, path)
    with pytest.raises(WorkbenchError, match="has changed since it was diagnosed"):
        early.write(early.repairs)
    assert path.read_text(encoding="utf-8") == "# mine\n" + SCRIPT


def test_a_file_that_is_read_only_is_refused_and_no_other_is_written(tmp_path: Path) -> None:
    path, part = written(tmp_path, SCRIPT), written(tmp_path, SCRIPT, "part.py")
    part.chmod(0o444)
    with pytest.raises(WorkbenchError, match="read-only"):
        fixed(path, finding(path, 4), finding(part, 4))
    assert path.read_text(encoding="utf-8") == SCRIPT


def test_an_imported_file_of_the_project_is_repaired_and_one_outside_never(tmp_path: Path) -> None:
    path = written(tmp_path, SCRIPT, "project/train.py")
    part = written(tmp_path, SCRIPT, "project/parts/loop.py")
    outside = written(tmp_path, SCRIPT, "library/loop.py")
    installed = written(tmp_path, SCRIPT, "project/.venv/lib/site-packages/loop.py")
    link = tmp_path / "project" / "linked.py"
    link.symlink_to(outside)
    made = fixed(path, *(finding(each, 4) for each in (part, outside, installed, link)))
    assert [bool(repair.changes) for repair in made.repairs] == [True, False, False, False]
    assert all("lies outside" in repair.why for repair in made.repairs[1:])
    assert part.read_text(encoding="utf-8") == FIXED
    assert {each.read_text(encoding="utf-8") for each in (outside, installed)} == {SCRIPT}


def test_repairs_of_the_same_lines_are_not_mixed(tmp_path: Path) -> None:
    text = "import torch.nn.functional as F\nloss = F.nll_loss(net(x).log_softmax(1), y)\n"
    path = written(tmp_path, text)
    first = finding(path, 2, "nll-without-log-softmax", evidence={"input": "Addmm"})
    other = finding(path, 2, "log-softmax-before-cross-entropy")
    made = plan(reported(path, first, other), path)
    assert [bool(repair.changes) for repair in made.repairs] == [True, False]
    assert "same lines" in made.repairs[1].why


def test_a_rule_without_a_repair_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, SCRIPT)
    (repair,) = plan(reported(path, finding(path, 2, "non-finite")), path).repairs
    assert repair.why == "there is more than one way, and the choice is yours"


@pytest.mark.parametrize("tool", [["patch", "-p0"], ["git", "apply", "-p0"]], ids=["patch", "git"])
@pytest.mark.parametrize("text", [SCRIPT, SCRIPT.rstrip("\n").replace("print('Größe')", "opt.step()")])
def test_the_diff_can_be_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: list[str], text: str
) -> None:
    if shutil.which(tool[0]) is None:
        pytest.skip(f"{tool[0]} is not there")
    path = written(tmp_path, text, "parts/train.py")
    monkeypatch.chdir(tmp_path)
    made = plan(reported(path, finding(path, 4)), path)
    subprocess.run(tool, input=made.encoded(), cwd=tmp_path, check=True, capture_output=True)
    new = path.read_bytes()
    path.write_text(text, encoding="utf-8")
    fixed(path, finding(path, 4))
    assert new == path.read_bytes() != text.encode()


# -- notebooks -------------------------------------------------------------------------------------------------

CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": ["# Größe\n"]},
    {
        "cell_type": "code",
        "execution_count": 3,
        "metadata": {},
        "source": ["%matplotlib inline\n", "import torch.nn as nn"],
        "outputs": [{"data": {"text/plain": ["1.50"]}, "output_type": "display_data"}],
    },
    {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "source": ["net = nn.Sequential(\n", "    nn.Linear(2, 2),\n", "    nn.Softmax(1),\n", ")\n", "!ls"],
    },
]
NOTEBOOK = {"cells": CELLS, "metadata": {"v": 1.0}, "nbformat": 4, "nbformat_minor": 5}
LAYOUTS = [{"indent": 1, "ensure_ascii": False}, {"indent": 2}, {"indent": None}, {"indent": "\t"}]


@pytest.mark.parametrize("layout", LAYOUTS, ids=["Jupyter", "Colab", "one line", "tabs"])
def test_of_a_notebook_only_the_source_of_the_cell_is_written_anew(tmp_path: Path, layout: dict[str, Any]) -> None:
    text = json.dumps(NOTEBOOK, **layout) + "\n"
    path = written(tmp_path, text, "lesson.ipynb")
    made = fixed(path, finding(path, 3, "softmax-before-cross-entropy", cell=3))
    wanted = json.loads(text)
    del wanted["cells"][2]["source"][2]
    assert path.read_text(encoding="utf-8") == json.dumps(wanted, **layout) + "\n"
    assert made.diff().startswith(f"--- {path}, cell 3\n")
    assert "-    nn.Softmax(1),\n" in made.diff()


def test_a_cell_whose_source_is_one_text_stays_one(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": SCRIPT}
    path = written(tmp_path, json.dumps({**NOTEBOOK, "cells": [cell]}), "lesson.ipynb")
    fixed(path, finding(path, 4, cell=1))
    assert json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"] == FIXED


def test_names_that_another_cell_imports_are_known(tmp_path: Path) -> None:
    head = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "from torch import nn"}
    body = {**head, "source": "net = nn.Sequential(nn.Linear(2, 9), nn.Linear(9, 1))"}
    path = written(tmp_path, json.dumps({**NOTEBOOK, "cells": [head, body]}), "lesson.ipynb")
    remedy = {"after": [{"path": str(path), "cell": 2, "line": 1}]}
    fixed(path, finding(path, 1, "missing-nonlinearity", cell=2, remedy=remedy))
    source = json.loads(path.read_text(encoding="utf-8"))["cells"][1]["source"]
    assert source == "net = nn.Sequential(nn.Linear(2, 9), nn.ReLU(), nn.Linear(9, 1))"


def test_changes_are_lines() -> None:
    (change,) = changes("a\nb\nc\n", "a\nx\ny\nc\n")
    assert (change.first, change.last, change.lines) == (1, 2, ("x\n", "y\n"))


def test_libcst_is_loaded_only_when_a_repair_is_wanted() -> None:
    code = (
        "import sys, workbench.cli.diagnose_fix, workbench.diagnostics.repairs.plan, workbench.cli.main\n"
        "sys.exit(any(name in sys.modules for name in ('libcst', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
