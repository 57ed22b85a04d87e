from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.reporting import files
from workbench.store.history import from_jsonl, to_jsonl
from workbench.study.metric import METRICS


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_report_is_written_and_nothing_else(history, tmp_path):
    paths = files.write_reports(history, tmp_path, seconds={"total": 3.0})
    drawn = ["pictures/learning-curves.svg", "pictures/optimization.png"]
    told = ["history.jsonl", "ranking.csv", "report.html", "report.md", "summary.json"]
    assert sorted(read(tmp_path)) == sorted(drawn + told)
    assert sorted(path.name for path in paths.values()) == told
    assert all(f"]({name})" in (tmp_path / "report.md").read_text() for name in drawn)
    assert all(path.parent == tmp_path for path in paths.values())


def test_the_ranking_has_a_line_a_trial_and_a_column_a_hyperparameter(history, tmp_path):
    files.write_reports(history, tmp_path, seconds={"total": 3.0})
    with (tmp_path / "ranking.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == [
        "rank", "trial", "state", "value", "confirmed_mean", "confirmed_low", "confirmed_high", "tied_with_best",
        "recommended", "best_epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
        "folds_deviation", "seconds", "parameters", "duplicate_of", "reason", "enqueued",
        *(f"metric.{name}" for name in METRICS if name != "f1-micro"),
        "depth", "units_1", "units_2", "optimizer", "momentum", "nesterov", "lr", "batch_size", "epochs",
    ]  # fmt: skip
    assert [(line["rank"], line["trial"]) for line in table[:4]] == [("1", "8"), ("2", "2"), ("", "6"), ("3", "7")]
    first, by_trial = table[0], {line["trial"]: line for line in table}
    assert (first["best_epoch"], first["validation_loss"], first["train_accuracy"]) == ("2", "0.28", "0.91")
    assert (first["seconds"], first["lr"], first["nesterov"]) == ("12.3457", "0.111111", "true")
    assert (by_trial["0"]["units_1"], by_trial["0"]["units_2"], by_trial["0"]["momentum"]) == ("30", "", "")
    assert (by_trial["5"]["value"], by_trial["5"]["reason"]) == ("", "RuntimeError: too big")
    assert by_trial["6"]["duplicate_of"] == "2"
    assert "9" not in by_trial  # still running


def test_the_ranking_says_what_was_confirmed(confirmed, tmp_path):
    files.write_reports(confirmed, tmp_path, seconds={"total": 3.0})
    with (tmp_path / "ranking.csv").open(newline="") as file:
        told = {line["trial"]: line for line in csv.DictReader(file)}
    names = ("confirmed_mean", "confirmed_low", "confirmed_high", "tied_with_best")
    assert told["1"]["confirmed_mean"] == "0.92"
    assert [told[trial]["tied_with_best"] for trial in "1278"] == ["true", "true", "false", "false"]
    assert [told[trial]["recommended"] for trial in "12780"] == ["true", "false", "false", "false", ""]
    assert [told["0"][name] for name in names] == ["", "", "", ""]
    assert float(told["2"]["confirmed_low"]) < 0.927 < float(told["2"]["confirmed_high"])


def test_a_hyperparameter_named_like_a_result_keeps_a_column_of_its_own(history, tmp_path):
    row = replace(history.rows[0], point={"value": 3})
    one = replace(history, spec={**history.spec, "space": {"value": {"int": [1, 5]}}}, rows=(row,))
    files.write_reports(one, tmp_path, seconds={"total": 3.0})
    with (tmp_path / "ranking.csv").open(newline="") as file:
        [line] = csv.DictReader(file)
    assert (line["value"], line["space.value"]) == ("0.85", "3")


def test_the_summary_is_strict_json_with_the_study_and_the_facts(history, tmp_path):
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    odd = replace(history, facts={**history.facts, "slowest": math.inf})
    files.write_reports(odd, tmp_path, seconds={"total": 3.0})
    table = json.loads((tmp_path / "summary.json").read_text(), parse_constant=refuse)
    assert table["best"]["trial"] == 8
    assert table["counts"]["diverged"] == 1
    assert table["spec"]["search"]["seed"] == 7
    assert table["facts"]["versions"] == {"workbench": "0.1.0", "torch": "2.15.0"}
    assert table["seconds"] == {"total": 3.0}


def test_the_history_file_gives_the_history_back(history, tmp_path):
    files.write_reports(history, tmp_path, seconds={"total": 3.0})
    text = (tmp_path / "history.jsonl").read_text()
    assert to_jsonl(from_jsonl(text)) == text == to_jsonl(history)


def test_the_same_history_gives_the_same_bytes(history, tmp_path):
    files.write_reports(history, tmp_path, seconds={"total": 3.0})
    before = read(tmp_path)
    files.write_reports(history, tmp_path, seconds={"total": 3.0})
    assert read(tmp_path) == before


@pytest.mark.parametrize(
    ("about", "named"),
    [
        ({"study": "mnist-small", "trial": 8}, True),
        ({"study": "mnist-small", "trial": 2}, False),
        ({"study": "mnist-small@2", "trial": 8}, False),
        ([], False),
    ],
    ids=["of the best", "of another trial", "of another generation", "broken"],
)
def test_the_network_is_named_only_where_it_is_the_best_one(history, tmp_path, about, named):
    (tmp_path / "best.pt").write_bytes(b"weights")
    (tmp_path / "best.json").write_text(json.dumps(about))
    paths = files.write_reports(history, tmp_path, seconds={"total": 3.0})
    assert (paths.get("weights") == tmp_path / "best.pt") is named
    assert ("## The recommended network" in (tmp_path / "report.md").read_text()) is named
    assert ("weights" in json.loads((tmp_path / "summary.json").read_text())["reports"]) is named


def test_a_file_that_cannot_be_replaced_is_an_error_with_a_way_out(history, tmp_path):
    (tmp_path / "ranking.csv").mkdir()  # a folder of that name: os.replace fails
    with pytest.raises(WorkbenchError, match=r"ranking\.csv") as caught:
        files.write_reports(history, tmp_path, seconds={"total": 3.0})
    assert "--out" in caught.value.hint
    assert list(tmp_path.glob(".*")) == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from workbench.errors import WorkbenchError
from workbench.reporting import files
from workbench.store.history import from_jsonl

history = from_jsonl(Path(sys.argv[1]).read_text())
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    files.write_reports(history, Path(sys.argv[2]), seconds={"total": 9.0})
except WorkbenchError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on file sizes to set")
def test_a_full_disk_leaves_the_old_reports_whole_and_no_rests(history, tmp_path):
    source, folder = tmp_path / "history.jsonl", tmp_path / "reports"
    source.write_text(to_jsonl(history))
    folder.mkdir()
    files.write_reports(history, folder, seconds={"total": 3.0})
    before = read(folder)
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, source, folder], capture_output=True, text=True, check=True
    )
    assert str(folder) in child.stdout
    assert "hint:" in child.stdout
    assert read(folder) == before


NO_TORCH = """
import sys
from pathlib import Path
from workbench.reporting import files, page, summary, terminal
from workbench.store.history import from_jsonl

history = from_jsonl(Path(sys.argv[1]).read_text())
paths = files.write_reports(history, Path(sys.argv[2]), seconds={"total": 3.0})
terminal.print_ending(history, "report", paths, again=None)
print(sorted({"torch", "optuna", "pandas", "sklearn"} & set(sys.modules)), file=sys.stderr)
"""


def test_reports_are_written_without_torch_and_optuna(history, tmp_path):
    source = tmp_path / "history.jsonl"
    source.write_text(to_jsonl(history))
    child = subprocess.run(
        [sys.executable, "-c", NO_TORCH, source, tmp_path], capture_output=True, text=True, check=True
    )
    assert child.stderr.strip() == "[]"
    assert "Test accuracy: 91.20 %" in child.stdout
