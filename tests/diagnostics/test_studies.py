"""Studies: no fault is found in those that are shipped, and what is found at one point alone is no error."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from workbench.diagnostics.studies import diagnose_study, outcome, points
from workbench.study import shelf
from workbench.study.load import load
from workbench.tuning import examples
from workbench.tuning.serial_trainer import make_optimizer

SMALL = ["blobs", "circles", "digits"]


@pytest.mark.parametrize("name", SMALL)
def test_a_shipped_study_is_clean(name: str) -> None:
    (file,) = [path for path in shelf.shipped() if path.stem == name]
    spec = load(str(file))
    data, _ = examples.load(spec, "cpu")
    hooks = len(torch.nn.modules.module._global_forward_hooks)
    report = diagnose_study(spec, data, make_optimizer, file=file)
    assert report.findings == ()
    assert outcome(report, spec)["outcome"] == "clean"
    assert len(torch.nn.modules.module._global_forward_hooks) == hooks


def test_mnist_small_is_clean(image_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(image_data))
    spec = load("mnist-small")
    data, _ = examples.load(spec, "cpu")
    assert diagnose_study(spec, data, make_optimizer).findings == ()


@pytest.mark.parametrize("activation", ["relu", "none"])
def test_a_network_that_ends_in_log_softmax_is_no_fault_of_a_study_by_nll(activation: str) -> None:
    spec = load("wine", ['loss="nll"', f'space.activation="{activation}"', "space.depth=2"])
    data, _ = examples.load(spec, "cpu")
    report = diagnose_study(spec, data, make_optimizer, file=shelf.resolve("wine"))
    found = [(one.rule, one.severity) for one in report.findings]
    assert found == ([("missing-nonlinearity", "error")] if activation == "none" else [])


def test_the_corners_and_the_middle_of_a_space() -> None:
    found = points(load("blobs").space)
    assert list(found) == ["middle", "largest", "smallest"]
    assert (found["largest"]["depth"], found["largest"]["units"], found["largest"]["lr"]) == (2, 16, 0.1)
    assert (found["smallest"]["depth"], found["smallest"]["units"], found["smallest"]["lr"]) == (0, 4, 0.001)
    assert list(points({})) == ["middle"]


DEPTH = """
name = "depth"
task = "binary"
[data]
source = "circles"
[model]
family = "net.py:build"
[space]
linear = { int = [0, 1] }
lr = 0.01
epochs = 2
"""
NET = """
from torch import nn
def build(linear, outputs):
    return nn.Sequential(nn.Linear(2, 8), nn.Identity() if CONDITION else nn.ReLU(), nn.Linear(8, outputs))
"""


@pytest.mark.parametrize(
    ("condition", "severity"), [("linear == 1", "warning"), ("linear < 2", "error")], ids=["a corner", "everywhere"]
)
def test_what_is_wrong_at_one_corner_only_is_a_warning(condition: str, severity: str, tmp_path: Path) -> None:
    (tmp_path / "depth.toml").write_text(DEPTH)
    (tmp_path / "net.py").write_text(NET.replace("CONDITION", condition))
    spec = load(str(tmp_path / "depth.toml"))
    data, _ = examples.load(spec, "cpu")
    report = diagnose_study(spec, data, make_optimizer)
    assert [(finding.rule, finding.severity) for finding in report.findings] == [("missing-nonlinearity", severity)]


def test_without_time_only_the_middle_is_looked_at_and_a_symptom_there_is_no_error() -> None:
    spec = load("circles")
    data, _ = examples.load(spec, "cpu")
    report = diagnose_study(spec, data, make_optimizer, seconds=0.0)
    assert "no time for the largest and smallest point" in " ".join(report.notes)
    assert report.errors == 0
