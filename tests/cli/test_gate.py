"""A study is looked at before it costs anything: what stops it, what does not, what is remembered and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import workbench
from workbench.cli.main import main
from workbench.store import trials

STUDY = """
name = "rings"
task = "binary"
[data]
source = "circles"
train = 200
validation = 100
[model]
family = "net.py:build"
[space]
hidden = { int = [5, 8] }
lr = { float = [1e-3, 1e-1], log = true }
epochs = 1
[budget]
trials = 2
[search]
pruner = "none"
"""
LINEAR = """
from torch import nn
def build(hidden, outputs):
    return nn.Sequential(
        nn.Linear(2, hidden),
        nn.Linear(hidden, outputs),
    )
"""
SOUND = LINEAR.replace("hidden),", "hidden), nn.ReLU(),")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "rings.toml").write_text(STUDY)
    (tmp_path / "studies" / "net.py").write_text(LINEAR)
    return tmp_path


def tune(*more: str) -> int:
    return main(["tune", "--study", "rings", "--quiet", "--device", "cpu", *more])


def test_a_network_without_nonlinearity_stops_the_study_before_its_first_trial(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune() == 1
    told = capsys.readouterr()
    assert "error: missing-nonlinearity" in told.out
    assert "net.py:5" in told.out
    assert "--no-diagnose goes on" in told.err
    history = trials.read(None, "rings")
    assert history.rows == ()
    assert history.facts["diagnosis"]["outcome"] == "stopped"


def test_the_stop_is_one_object_where_json_is_wanted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune("--json") == 1
    findings = json.loads(capsys.readouterr().out)["diagnosis"]["findings"]
    found = [(each["rule"], each["path"], each["line"]) for each in findings]
    assert ("missing-nonlinearity", "studies/net.py", 5) in found


def test_no_diagnose_goes_on_and_the_report_says_so(here: Path) -> None:
    assert tune("--no-diagnose") == 0
    assert "`--no-diagnose`" in (here / "reports" / "rings" / "report.md").read_text()


def test_a_sound_study_is_looked_at_once_and_again_when_its_code_has_changed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.diagnostics import studies

    looks = []
    look = studies.diagnose_study
    monkeypatch.setattr(studies, "diagnose_study", lambda *a, **k: looks.append(1) or look(*a, **k))
    (here / "studies" / "net.py").write_text(SOUND)
    assert tune() == 0
    assert tune("--trials", "3") == 0
    assert looks == [1]
    page = (here / "reports" / "rings" / "report.md").read_text()
    assert "## Diagnosed beforehand" in page
    assert "middle" in page
    (here / "studies" / "net.py").write_text(SOUND.replace("ReLU", "Tanh"))
    assert tune("--fresh") == 0
    assert looks == [1, 1]


def test_the_mended_network_goes_on_under_the_same_name(here: Path) -> None:
    assert tune() == 1
    (here / "studies" / "net.py").write_text(SOUND)
    assert tune() == 0
    assert trials.read(None, "rings").facts["diagnosis"]["outcome"] == "clean"


def test_diagnose_study_tells_the_points_and_gives_the_exit_code(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose", "--study", "rings"]) == 1
    told = capsys.readouterr().out
    assert "missing-nonlinearity" in told
    assert all(f"{point}: initial-loss" in told for point in ("middle", "largest", "smallest"))


def test_diagnose_alone_has_a_line_for_each_own_study_and_one_for_the_environment(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "studies" / "broken.toml").write_text("name = 3")
    assert main(["diagnose"]) == 2
    broken, rings, environment = capsys.readouterr().out.splitlines()[-3:]
    assert rings.startswith("rings   error: missing-nonlinearity")
    assert broken.startswith("broken  could not be looked at: ")
    assert environment.startswith(f"workbench {workbench.__version__}, python 3.")


def test_without_a_target_every_study_gets_a_line_and_the_environment_the_last(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose"]) == 1
    study, environment = capsys.readouterr().out.splitlines()
    assert study.startswith("rings  error: missing-nonlinearity: ")
    assert environment.startswith(f"workbench {workbench.__version__}, python 3.")
    assert f"torch {torch.__version__.partition('+')[0]}" in environment
    assert "threads; data: digits, circles, blobs, " in environment


def test_without_a_target_the_projects_settings_count_and_json_is_one_object(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["missing-nonlinearity", "overfit-batch-failed", "initial-loss-off"]
    (here / "pyproject.toml").write_text(f"[tool.workbench]\nselect = {names}\nignore = ['missing-nonlinearity']\n")
    code = main(["diagnose", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    (study,) = told["studies"]
    assert (study["study"], study["code"], study["reason"]) == ("rings", code, None)
    checked = {check["name"] for check in study["report"]["checks"] if ":" not in check["name"]}
    assert checked == {"overfit-batch-failed", "initial-loss-off"}
    assert told["environment"]["torch"].startswith(torch.__version__.partition("+")[0])
    assert told["environment"]["device"]
    assert told["environment"]["data"]["digits"] is True


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--format", "sarif"], "there is no sarif format"),
        (["--steps", "9"], "--steps is for a script or a network"),
        (["--", "--epochs", "3"], "an argument after -- is for a script"),
        (["--study", "rings", "--memory", "900"], "--memory is for a script"),
        (["--select", "no-such-rule"], "no rule named 'no-such-rule'"),
    ],
)
def test_what_means_nothing_to_studies_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert main(["diagnose", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


POINTS = """
name = "points"
task = "binary"
[data]
source = "circles"
train = 200
validation = 100
test = 100
[space]
depth = { int = [1, 2] }
units = { choice = [4, 8] }
lr = { float = [1e-2, 1e-1], log = true }
epochs = 2
[budget]
trials = 7
[confirm]
top = 2
seeds = 2
[[enqueue]]
name = "no nonlinearity"
units = 5
activation = "none"
[[enqueue]]
name = "nor here"
depth = 1
units = 3
activation = "none"
[[enqueue]]
name = "the lesson's"
units = [10, 10]
optimizer = "sgd"
lr = 0.5
batch_size = 20
epochs = 3
"""
REASON = "refused by the diagnosis: missing-nonlinearity: nothing nonlinear between"


@pytest.fixture
def points(here: Path) -> Path:
    (here / "studies" / "points.toml").write_text(POINTS)
    return here


def tune_points(*more: str) -> int:
    return main(["tune", "--study", "points", "--quiet", "--device", "cpu", *more])


@pytest.mark.parametrize("engine", ["serial", "fused"])
def test_an_enqueued_point_that_cannot_learn_is_refused_and_the_search_goes_on(
    engine: str, points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune_points("--engine", engine, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    history = trials.read(None, "points")
    assert [row.state for row in history.rows[:3]] == ["failed", "failed", "complete"]
    assert all(row.reason.startswith(REASON) for row in history.rows[:2])
    assert len(history.rows) == 7
    assert [row.state for row in history.rows].count("failed") == 2
    assert history.facts["diagnosis"]["outcome"] == "clean"
    assert history.rows[2].point["batch_size"] == 20
    assert len(history.rows[2].curve) == 3
    [none, nor, lesson] = said["enqueued"]
    assert (none["name"], none["trial"], none["test"]) == ("no nonlinearity", 0, None)
    assert nor["reason"].startswith(REASON)
    if said["best"]["trial"] != 2:
        assert lesson["test"]["epochs"] == 3
        assert lesson["behind"]["low"] < lesson["behind"]["mean"] < lesson["behind"]["high"]
    [opening] = history.facts["openings"]
    assert opening["enqueued"] == ([] if said["best"]["trial"] == 2 else [2])
    report = (points / "reports" / "points" / "report.md").read_text()
    assert "## The enqueued networks and the search's" in report
    assert f"- no nonlinearity (trial 0): {REASON}" in report
    assert "- no nonlinearity: error: missing-nonlinearity: nothing nonlinear" in report
    page = (points / "reports" / "points" / "report.html").read_text()
    assert '<th scope="row">nor here</th>' in page
    ranking = (points / "reports" / "points" / "ranking.csv").read_text()
    assert ",the lesson's," in ranking


def test_a_study_goes_on_after_two_refused_points_and_one_that_fails(points: Path) -> None:
    """Three failures in a row, none sound before, end a study; refused points are none."""
    text = POINTS.replace('[[enqueue]]\nname = "the lesson', '[[enqueue]]\nname = "third"\nunits = 2\n'
                          'activation = "none"\n[[enqueue]]\nname = "the lesson')  # fmt: skip
    (points / "studies" / "points.toml").write_text(text)
    assert tune_points("--no-confirm") == 0
    assert [row.state for row in trials.read(None, "points").rows[:4]] == ["failed"] * 3 + ["complete"]


def test_what_was_refused_stays_so_when_the_study_goes_on(points: Path) -> None:
    assert tune_points("--trials", "1", "--no-confirm") == 1  # no trial completed
    assert tune_points("--trials", "3", "--no-confirm") == 0
    rows = trials.read(None, "points").rows
    assert [(row.enqueued, row.state) for row in rows] == [
        ("no nonlinearity", "failed"),
        ("nor here", "failed"),
        ("the lesson's", "complete"),
    ]


def test_without_the_diagnosis_every_enqueued_point_is_trained(points: Path) -> None:
    assert tune_points("--no-diagnose", "--no-confirm", "--trials", "3") == 0
    assert [row.state for row in trials.read(None, "points").rows] == ["complete"] * 3


def test_a_fault_of_the_space_stops_the_study_whatever_is_enqueued(
    points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixed = ["space.depth=2", "space.units=4", "space.lr=0.05", 'space.activation="none"']
    assert tune_points(*(word for change in fixed for word in ("--set", change))) == 1
    assert "missing-nonlinearity" in capsys.readouterr().out
    assert trials.read(None, "points").rows == ()


def test_diagnose_shows_the_enqueued_points_with_what_was_found(
    points: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose", "--study", "points"]) == 0  # they are no fault of the study
    told = capsys.readouterr().out
    assert "  no nonlinearity: error: missing-nonlinearity: nothing nonlinear between" in told
    assert "  the lesson's: no fault found" in told
    assert main(["diagnose", "--study", "points", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(one["name"], len(one["findings"])) for one in said["enqueued"]] == [
        ("no nonlinearity", 1),
        ("nor here", 1),
        ("the lesson's", 0),
    ]
