"""A network by itself, "nets.py:Net": what is found, what is measured, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.diagnostics import output
from workbench.diagnostics.engine import Report
from workbench.diagnostics.network import diagnose_network
from workbench.diagnostics.runner import Runner
from workbench.errors import WorkbenchError

NETS = """
import torch
from torch import nn

class Digits(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.first = nn.Linear(64, hidden)
        self.second = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))

class Needy(Digits):
    def __init__(self, hidden, other):
        super().__init__(hidden)

def log_probabilities():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10), nn.LogSoftmax(1))

def probability():
    return nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid())

def soft():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10), nn.Softmax(1))

def linear():
    return nn.Sequential(
        nn.Linear(2, 5),
        nn.Linear(5, 1),
    )

def five():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 5))

def misjoined():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 30), nn.ReLU(), nn.Linear(20, 10))

class Mixing(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.last = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        hidden = torch.relu(self.hidden(x.flatten(1)))
        return self.last(hidden - hidden.mean(0))

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(50, 8), nn.Linear(8, 4)

    def forward(self, x):
        return self.last(self.table(x).mean(1))

class Idle(Digits):
    def __init__(self):
        super().__init__()
        self.forgotten = nn.Linear(3, 3)

def nothing():
    return 3
"""


@pytest.fixture(scope="module")
def look(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("nets") / "nets.py"
    path.write_text(NETS)

    def look(name: str, data: str | None = "digits", **wishes: Any) -> Report:
        wishes = {"prove": False, "steps": 30, **wishes}
        return diagnose_network(f"{path}:{name}", data=data, runner=runner, **wishes)

    return look


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(NETS.splitlines(), 1) if text in line)


def outcomes(report: Report) -> dict[str, str]:
    return {check.name: check.outcome for check in report.tried}


def test_a_sound_network_has_no_findings_and_a_table_of_its_layers(look: Any) -> None:
    report = look("Digits")
    assert report.findings == ()
    assert set(outcomes(report).values()) == {"passed"}
    assert {"initial-loss", "overfit", "samples-independent", "parameters-move"} <= set(outcomes(report))
    assert [(layer.name, layer.input, layer.output, layer.parameters) for layer in report.layers] == [
        ("first", (64,), (32,), 64 * 32 + 32),
        ("second", (32,), (10,), 32 * 10 + 10),
    ]
    assert all(layer.gradient and layer.activation for layer in report.layers)
    assert "flattened to [64]" in " ".join(report.notes)  # as it takes them, and the data are images
    assert "first" in output.text(report)


@pytest.mark.parametrize(
    ("name", "data", "criterion"),
    [("log_probabilities", "digits", "nll_loss"), ("probability", "circles", "binary_cross_entropy")],
)
def test_the_criterion_fits_what_the_network_gives(name: str, data: str, criterion: str, look: Any) -> None:
    report = look(name, data)
    assert [finding.rule for finding in report.findings if finding.severity == "error"] == []
    assert report.notes[0].startswith(f"{criterion}, ")


@pytest.mark.parametrize(
    ("name", "data", "rule", "line"),
    [
        ("soft", "digits", "softmax-before-cross-entropy", "nn.Softmax(1)"),
        ("linear", "circles", "missing-nonlinearity", "nn.Linear(2, 5)"),
        ("five", "digits", "shape-mismatch", "def five"),
        ("misjoined", "digits", "shape-mismatch", "nn.Linear(20, 10)"),
    ],
)
def test_a_fault_is_found_by_its_rule_on_its_line(name: str, data: str, rule: str, line: str, look: Any) -> None:
    report = look(name, data)
    found = {(finding.rule, finding.place.line): finding.severity for finding in report.findings}
    assert found.get((rule, line_of(line))) == "error"


def test_a_linear_network_cannot_learn_64_points_of_circles(look: Any) -> None:
    assert outcomes(look("linear", "circles"))["overfit"] == "failed"


def test_examples_that_know_of_one_another_are_seen(look: Any) -> None:
    assert outcomes(look("Mixing"))["samples-independent"] == "failed"


def test_a_learning_rate_is_suggested_between_standing_still_and_running_away(look: Any) -> None:
    (check,) = [check for check in look("Digits").tried if check.name == "learning-rate"]
    suggested = float(check.detail.split("begin near ")[1].split()[0])
    assert 1e-4 < suggested < 0.1  # for Adam on the digits
    assert "here it is 0.001" in check.detail


def test_a_network_of_words_is_given_whole_numbers_that_its_table_knows(look: Any) -> None:
    report = look("Words", None, input_shape=(7,))
    assert "random whole numbers below 50" in " ".join(report.notes)
    assert report.layers[0].output == (7, 8)
    assert report.findings == ()


def test_a_parameter_without_gradient_is_named(look: Any) -> None:
    (check,) = [check for check in look("Idle").tried if check.name == "parameters-get-gradients"]
    assert check.outcome == "failed"
    assert "forgotten.weight" in check.detail


def test_random_examples_of_a_shape_do_where_there_is_no_data(look: Any) -> None:
    report = look("soft", None, input_shape=(8, 8))
    assert [finding.rule for finding in report.findings][:1] == ["softmax-before-cross-entropy"]
    assert look("Digits", None, input_shape=(64,)).errors == 0


@pytest.mark.parametrize(
    ("name", "wishes", "told", "hint"),
    [
        ("Needy", {}, "needs the arguments hidden, other", "--arg hidden=30 --arg other=30"),
        ("Needy", {"arguments": ("hidden=8", "othr=1")}, "no argument othr", "did you mean other"),
        ("Digit", {}, "no function Digit", "did you mean Digits"),
        ("nothing", {}, "gives a int, not a torch.nn.Module", "returns one"),
        ("Digits", {"data": None}, "what shall Digits be given?", "--data mnist"),
        ("Digits", {"data": "digit"}, "is not a data set", "digits"),
        ("Digits", {"criterion": "CrossEntropi"}, "no criterion", "cross_entropy"),
        ("Digits", {"task": "multi"}, "--task multi", "multi"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(name: str, wishes: Any, told: str, hint: str, look: Any) -> None:
    with pytest.raises(WorkbenchError) as caught:
        look(name, **wishes)
    assert told in caught.value.message
    assert hint in (caught.value.hint or "")


def test_arguments_reach_the_class(look: Any) -> None:
    report = look("Needy", arguments=("hidden=7", "other=text"))
    assert report.layers[0].output == (7,)


def test_a_file_that_trains_for_ever_when_it_is_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop.py").write_text("while True: pass\nclass Net: pass\n")
    with pytest.raises(WorkbenchError, match="did not come to an end"):
        diagnose_network(f"{tmp_path}/loop.py:Net", data="digits", seconds=2)
