"""`workbench diagnose`: its output, its exit codes, and what it makes of scripts that misbehave."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RULES = Path(__file__).parent.parent / "diagnostics" / "rules"
TRAINING = """
import torch
torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
"""


def workbench(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_error_is_named_with_line_caret_proof_and_way_out_and_gives_exit_code_1() -> None:
    done = workbench("diagnose", RULES / "softmax_before_cross_entropy" / "bad.py")
    assert done.returncode == 1, done.stderr
    found, proving = (line for line in done.stderr.splitlines() if not re.search(r", \d+ s$", line))
    assert re.fullmatch(r"found: softmax-before-cross-entropy  \S*bad\.py:15", found)
    assert proving == "trying the repairs ..."
    assert "error: softmax-before-cross-entropy (proven)" in done.stdout
    assert "bad.py:15" in done.stdout
    assert "     ^^^^^^^^^^^^^^^^^^\n" in done.stdout
    assert "with this one change" in done.stdout
    assert "workbench rules softmax-before-cross-entropy" in done.stdout
    assert "missing-zero-grad" in done.stdout.partition("passed")[2]


def test_json_has_the_documented_fields() -> None:
    done = workbench("diagnose", RULES / "missing_zero_grad" / "bad.py", "--format", "json", "--no-proof")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"target", "findings", "checks", "steps", "seconds"}
    assert told["steps"] == 40
    (finding,) = told["findings"]
    assert list(finding) == [
        "rule", "severity", "verdict", "path", "line", "cell", "message", "hint", "evidence", "related",
    ]  # fmt: skip
    assert (finding["rule"], finding["line"], finding["cell"]) == ("missing-zero-grad", 17, None)
    assert {check["outcome"] for check in told["checks"]} <= {"passed", "failed", "skipped"}


def test_a_sound_script_gives_exit_code_0_and_its_own_output_is_kept(tmp_path: Path) -> None:
    path = script(tmp_path, TRAINING + "train(5)\nprint('done here')\n")
    done = workbench("diagnose", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "done here" not in done.stdout + done.stderr
    assert "done here" in workbench("diagnose", path, "--show-output", "--no-proof").stderr


def test_arguments_after_two_dashes_are_the_scripts(tmp_path: Path) -> None:
    text = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--steps', type=int, required=True)\n"
    path = script(tmp_path, text + "n = p.parse_args().steps\n" + TRAINING + "train(n)\n")
    without = workbench("diagnose", path)
    assert without.returncode == 2
    assert "-- ARGUMENTS" in without.stderr
    told = json.loads(workbench("diagnose", path, "--format", "json", "--", "--steps", "7").stdout)
    assert told["steps"] == 7


def test_an_allowed_line_an_ignored_rule_and_a_selection_are_respected(tmp_path: Path) -> None:
    text = (RULES / "missing_zero_grad" / "bad.py").read_text(encoding="utf-8")
    path = script(tmp_path, text)
    assert workbench("diagnose", path, "--ignore", "missing-zero-grad").returncode == 0
    assert workbench("diagnose", path, "--select", "loss-broadcast").returncode == 0
    script(tmp_path, text.replace("# finds: ", "# workbench: allow "))
    assert workbench("diagnose", path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["nowhere.py"], "does not exist"), (["."], "is a folder"), (["x.py", "--steps", "0"], "at least 1")],
)
def test_a_mistake_in_the_command_gives_exit_code_2_and_a_hint(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = workbench("diagnose", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "hint: " in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--input-shape", "abc", "such as 1,28,28"),
        ("--steps", "few", "whole number"),
        ("--seconds", "long", "above 0"),
    ],
)
def test_a_value_of_no_use_is_told_in_the_users_words(option: str, value: str, told: str, tmp_path: Path) -> None:
    done = workbench("diagnose", option, value, "train.py", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert f"'{value}'" in done.stderr
    assert "_" not in done.stderr  # no name of a function of ours


def test_warnings_count_when_strict() -> None:
    path = RULES / "wrong_criterion" / "bad_numbers.py"
    assert workbench("diagnose", path, "--no-proof").returncode == 0
    assert workbench("diagnose", path, "--no-proof", "--strict").returncode == 1


def test_a_notebook_is_run_cell_by_cell_without_its_magics(tmp_path: Path) -> None:
    loop = "for _ in range(6):\n    loss = torch.nn.functional.cross_entropy(net(x), y)\n"
    loop += "    loss.backward()\n    optimizer.step()"
    sources = ["# a title", "%matplotlib inline\n!ls\n" + TRAINING, loop]
    kinds = ["markdown", "code", "code"]
    cells = [{"cell_type": kind, "source": text} for kind, text in zip(kinds, sources, strict=True)]
    path = script(tmp_path, json.dumps({"cells": cells, "nbformat": 4}), "lesson.ipynb")
    done = workbench("diagnose", path, "--no-proof", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "lesson.ipynb, cell 3, line 4" in done.stdout
    assert "not run: cell 2, line 1: %matplotlib inline" in done.stdout


def test_a_rules_page_is_printed_and_an_unknown_name_gets_a_suggestion() -> None:
    page = workbench("rules", "missing-zero-grad")
    assert page.returncode == 0
    assert "Why is this bad" in page.stdout
    unknown = workbench("rules", "missing-zero-grads")
    assert unknown.returncode == 2
    assert "did you mean missing-zero-grad?" in unknown.stderr


def test_the_parent_process_does_not_load_torch() -> None:
    code = (
        "import sys; from workbench.cli.main import main; main(['rules']); "
        "import workbench.diagnostics.engine, workbench.diagnostics.runner, workbench.diagnostics.proof; "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


SLOW = """
import os, time
import torch
torch.manual_seed(0)
y = torch.arange(60) % 3
x = torch.randn(60, 8) + torch.nn.functional.one_hot(y, 8) * 3.0
model = torch.nn.Sequential(
    torch.nn.Linear(8, 32),
    torch.nn.Softmax(dim=1),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
open("pid", "w").write(f"{os.getpid()}.")
for step in range(1000):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    time.sleep(0.3)
"""


def test_ctrl_c_twice_ends_the_run_shows_what_is_known_and_gives_130(tmp_path: Path) -> None:
    script(tmp_path, SLOW)
    command = [sys.executable, "-m", "workbench", "diagnose", "train.py"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stderr is not None
        found = next(line for line in process.stderr if line.startswith("found: "))  # while the script runs
        for _ in range(2):
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert found == "found: softmax-before-cross-entropy  train.py:9\n"
    assert stderr == "workbench: interrupted\n"
    assert process.returncode == 130
    assert stdout.startswith("error: softmax-before-cross-entropy (likely)  train.py:9\n")
    status = Path("/proc") / (tmp_path / "pid").read_text().rstrip(".") / "stat"
    # Gone, or dead and waiting for the system to notice.
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"
