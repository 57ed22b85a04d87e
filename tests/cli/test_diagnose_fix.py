"""`workbench diagnose --diff` and `--fix`, from the command to the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(120) % 3
x = torch.randn(120, 8) + nn.functional.one_hot(y, 8) * 3.0
model = nn.Sequential(
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 3),
    nn.Softmax(dim=1),  # probabilities
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(60):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
"""
ALONE = ("--select", "softmax-before-cross-entropy")  # makes no experiments: faster
FIXED = SCRIPT.replace("    nn.Softmax(dim=1),  # probabilities\n", "")


def workbench(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_the_diff_alone_goes_to_stdout_and_the_file_stays(train: Path) -> None:
    done = workbench("diagnose", "train.py", "--diff", "--no-proof", *ALONE, cwd=train.parent)
    assert done.returncode == 1
    assert done.stdout.startswith("--- train.py\n+++ train.py\n@@")
    assert "\n-    nn.Softmax(dim=1),  # probabilities\n" in done.stdout
    assert done.stderr.splitlines()[-1] == "softmax-before-cross-entropy (likely)  train.py:12: repaired"
    assert train.read_text(encoding="utf-8") == SCRIPT


def test_what_is_proven_is_fixed_and_looked_at_again(train: Path) -> None:
    done = workbench("diagnose", "train.py", "--fix", cwd=train.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("fixed: softmax-before-cross-entropy (proven)  train.py:12\n")
    assert done.stdout.endswith("\nfixed 1, now: no errors\n")
    assert train.read_text(encoding="utf-8") == FIXED


def test_nothing_is_fixed_that_was_not_proven(train: Path) -> None:
    done = workbench("diagnose", "train.py", "--fix", "--no-proof", *ALONE, cwd=train.parent)
    assert done.returncode == 1
    assert "not fixed: softmax-before-cross-entropy (likely)  train.py:12: it is not proven\n" in done.stdout
    assert done.stdout.endswith("\nfixed nothing, now: 1 error\n")
    assert train.read_text(encoding="utf-8") == SCRIPT


def test_a_notebook_is_fixed_in_its_cell_and_json_tells_it(tmp_path: Path) -> None:
    head, _, body = SCRIPT.partition("optimizer =")
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source.splitlines(keepends=True)}
        for source in (head, "optimizer =" + body)
    ]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    done = workbench("diagnose", path, "--fix", "--format", "json", *ALONE, cwd=tmp_path)
    told = json.loads(done.stdout)
    assert told["findings"] == []
    fixed = {"rule": "softmax-before-cross-entropy", "path": "lesson.ipynb", "line": 12, "cell": 1}
    assert (told["fixed"], told["not_fixed"]) == ([fixed], [])
    assert "".join(json.loads(path.read_text())["cells"][0]["source"]) == FIXED.partition("optimizer =")[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--diff", "--fix", "train.py"), "not allowed with argument --diff"),
        (("--diff", "train.py", "--format", "sarif"), "--diff has no sarif format"),
        (("--fix",), "--fix needs a script"),
        (("--fix", "--study", "digits"), "--fix needs a script"),
    ],
)
def test_what_cannot_be_repaired_is_said(train: Path, arguments: tuple[str, ...], told: str) -> None:
    done = workbench("diagnose", *arguments, cwd=train.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "hint:" in done.stderr
