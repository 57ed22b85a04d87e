"""The command line as a user meets it: exit codes, one message a mistake, one JSON object, quick starts."""

from __future__ import annotations

import csv
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.cli.main import main

SMALL = """
name = "small"
task = "multiclass"
[data]
source = "digits"
train = 300
validation = 150
[space]
units = { int = [8, 32], log = true }
lr = { float = [1e-3, 1e-1], log = true }
epochs = 2
[budget]
trials = 3
[search]
pruner = "none"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "small.toml").write_text(SMALL)
    return tmp_path


def test_tune_writes_everything_and_prints_one_object(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--study", "small", "--json", "--device", "cpu"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"study", "dataset", "stand_in", "storage", "trials", "best", "seconds", "device", "reports"} <= set(
        result
    )
    assert result["study"] == "small"
    assert result["trials"] == {"total": 3, "complete": 3, "pruned": 0, "failed": 0}
    assert set(result["best"]) >= {"trial", "value", "epoch", "params", "test"}
    assert set(result["best"]["test"]) >= {"accuracy", "loss"}
    for path in result["reports"].values():
        assert Path(path).is_file()
    folder = here / "reports" / "small"
    expected = {
        "ranking.csv", "summary.json", "report.md", "report.html", "pictures", "best.pt", "best.json",
        "history.jsonl",
    }  # fmt: skip
    assert {path.name for path in folder.iterdir()} == expected
    ranking = list(csv.DictReader((folder / "ranking.csv").read_text().splitlines()))
    assert [row["rank"] for row in ranking] == ["1", "2", "3"]
    assert float(ranking[0]["value"]) == pytest.approx(result["best"]["value"], rel=1e-5)
    assert {"units", "lr"} <= set(ranking[0])


def test_report_writes_the_same_again_without_torch(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--study", "small", "--device", "cpu", "--quiet"]) == 0
    folder = here / "reports" / "small"
    before = {name: (folder / name).read_text() for name in ("ranking.csv", "history.jsonl", "report.md")}
    for name in before:
        (folder / name).unlink()
    code = (
        "import sys; from workbench.cli.main import main; code = main(['report', '--study', 'small'])\n"
        "assert 'torch' not in sys.modules and 'sklearn' not in sys.modules; raise SystemExit(code)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here, stdout=subprocess.DEVNULL)
    assert {name: (folder / name).read_text() for name in before} == before
    capsys.readouterr()


def test_the_same_command_goes_on_and_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["tune", "--study", "small", "--device", "cpu", "--trials", "1"])
    capsys.readouterr()
    assert main(["tune", "--study", "small", "--device", "cpu", "--trials", "2"]) == 0
    assert "1" in capsys.readouterr().err.splitlines()[0]
    assert main(["tune", "--study", "small", "--device", "cpu", "--trials", "2"]) == 0
    both = "".join(capsys.readouterr())
    assert "--trials" in both


@pytest.mark.parametrize("arguments", [["--help"], ["tune", "--help"], ["studies"], ["--version"]])
def test_quick_commands_import_nothing_heavy(arguments: list[str], here: Path) -> None:
    code = (
        "import sys\nfrom workbench.cli.main import main\n"
        f"try:\n    code = main({arguments!r})\nexcept SystemExit as end:\n    code = end.code\n"
        "slow = {'torch', 'torchvision', 'optuna', 'sklearn', 'numpy', 'pydantic', 'rich'}\n"
        "slow |= {'importlib.metadata', 'webbrowser'}\n"
        "heavy = slow & set(sys.modules)\n"
        "assert not heavy, heavy\nassert not code, code\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here, stdout=subprocess.DEVNULL)


def test_studies_lists_own_and_shipped(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["studies"]) == 0
    listed = capsys.readouterr().out
    for name in ("small", "digits", "mnist", "mnist-small", "fashion-mnist", "circles", "blobs"):
        assert f"{name} " in listed
    assert main(["studies", "small"]) == 0
    page = capsys.readouterr().out
    assert "batch_size" in page or "lr" in page
    assert main(["studies", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) >= 7


BROKEN = SMALL.replace("units = { int = [8, 32]", "units = { int = [32, 8]")
WRONG = {
    "an unknown study": (["tune", "--study", "smal"], "did you mean small"),
    "a file that is not there": (["tune", "--study", "no/such.toml"], "no such file"),
    "a folder": (["tune", "--study", "studies/"], "folder"),
    "an inverted range": (["tune", "--study", "broken.toml"], "space.units"),
    "a bad number of trials": (["tune", "--study", "small", "--trials", "many"], "budget.trials"),
    "no trials": (["tune", "--study", "small", "--trials", "0"], "budget.trials"),
    "a bad time": (["tune", "--study", "small", "--timeout", "soon"], "budget.timeout"),
    "an unknown sampler": (["tune", "--study", "small", "--sampler", "tpee"], "did you mean tpe"),
    "a bad override": (["tune", "--study", "small", "--set", "space.lr"], "KEY=VALUE"),
    "an unknown key": (["tune", "--study", "small", "--set", "data.validaton=3"], "did you mean validation"),
    "an unknown device": (["tune", "--study", "small", "--device", "tpu"], "--device"),
    "a batch larger than the data": (["tune", "--study", "small", "--set", "space.batch_size=301"], "batch_size"),
    "more validation than data": (["tune", "--study", "small", "--set", "data.validation=5000"], "data.validation"),
    "a storage without its folder": (["tune", "--study", "small", "--storage", "no/such/a.journal"], "no folder"),
    "a storage that is a folder": (["tune", "--study", "small", "--storage", "studies"], "folder"),
    "a storage of an unknown kind": (["tune", "--study", "small", "--storage", "sqllite:///a.db"], "did you mean"),
    "a storage that is no database": (["tune", "--study", "small", "--storage", "sqlite:///broken.toml"], "SQLite"),
    "reports where a file is": (["tune", "--study", "small", "--out", "broken.toml"], "broken.toml"),
    "a report of nothing": (["report", "--study", "small"], "workbench tune"),
    "missing data": (["tune", "--study", "fashion-mnist"], "FashionMNIST"),
}


@pytest.mark.parametrize(("arguments", "expected"), WRONG.values(), ids=WRONG)
def test_bad_input_is_one_clear_message_and_a_2(
    arguments: list[str], expected: str, here: Path, capsys: pytest.CaptureFixture[str], no_network: None
) -> None:
    (here / "broken.toml").write_text(BROKEN)
    before = {path for path in here.rglob("*") if "state" not in path.parts}
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert expected in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""
    after = {path for path in here.rglob("*") if "state" not in path.parts}
    assert after == before, "something half-written was left"


def test_cuda_where_there_is_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert main(["tune", "--study", "small", "--device", "cuda"]) == 2
    assert "sees no CUDA device" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["tun"], ["tune"], ["tune", "--study", "small", "--nonsense"]])
def test_a_wrong_command_line_is_a_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "--help" in capsys.readouterr().err


def test_a_study_without_one_completed_trial_is_a_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["tune", "--study", "small", "--device", "cpu", "--set", "space.lr=1e30", "--json", "--no-diagnose"])
        == 1
    )
    result = json.loads(capsys.readouterr().out)
    assert result["best"] is None
    assert result["trials"]["pruned"] == 3


def test_a_bare_number_of_seconds_is_a_time(here: Path) -> None:
    assert main(["tune", "--study", "small", "--device", "cpu", "--timeout", "500", "--trials", "1"]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_prints_the_ranking_and_exits_130(here: Path, number: int) -> None:
    arguments = ["tune", "--study", "small", "--device", "cpu", "--trials", "5000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = here / "workbench.journal"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (
        journal.exists() and journal.read_text().count("datetime_complete") > 3
    ):
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "1" in out
    assert (here / "reports" / "small" / "ranking.csv").is_file()


INTERRUPTED_AT_A_BAD_MOMENT = """
import os, runpy, signal, sys
from workbench.cli import tune
from workbench.tuning.interruption import Interruption

def in_an_import(options):  # dataclasses make their methods so
    with Interruption():
        exec("os.kill(os.getpid(), signal.SIGINT); [None for _ in range(10**7)]")

def in_a_library(options):
    with Interruption():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            [None for _ in range(10**7)]
        except KeyboardInterrupt as error:
            raise ValueError("could not build the validator: KeyboardInterrupt") from None

tune.run = {"import": in_an_import, "library": in_a_library}[sys.argv.pop()]
runpy.run_module("workbench", run_name="__main__")
"""


@pytest.mark.parametrize("moment", ["import", "library"])
def test_a_signal_at_a_bad_moment_is_an_interruption_all_the_same(moment: str, tmp_path: Path) -> None:
    """In the first case Python ended itself by SIGINT, in the second there was a traceback."""
    (tmp_path / "moment.py").write_text(INTERRUPTED_AT_A_BAD_MOMENT)
    command = [sys.executable, "-m", "moment", "tune", "--study", "digits", moment]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (130, "workbench: interrupted\n")


def seconds_to_import() -> float:
    """Of the libraries that any such program imports."""
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "import torch.optim, torch._dynamo, optuna, sklearn.datasets"], check=True
    )
    return time.monotonic() - started


def seconds_to_first_trial(here: Path) -> float:
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "workbench", "tune", "--study", "digits", "--device", "cpu", "--fresh"],
        cwd=here, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        lines = list(itertools.takewhile(lambda line: "best" not in line, process.stderr))
        took = time.monotonic() - started
        assert process.poll() is None, lines
        process.kill()
    return took


def test_first_trial_of_digits_is_on_screen_soon_after_what_must_be_imported(here: Path) -> None:
    """Beside the imports, for seconds alone would measure who else is at work; thrice, for others come and go."""
    ratios = (seconds_to_first_trial(here) / seconds_to_import() for _ in range(3))
    assert any(ratio < 3 for ratio in ratios)


OWN_NETWORK = """
print("imported")
from torch import nn

def build(units, outputs):
    print("built")
    if units == 9:
        raise SystemExit(4)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, units), nn.ReLU(), nn.Linear(units, outputs))
"""


def _with_own_network(here: Path, units: str) -> None:
    text = SMALL.replace("[space]", '[model]\nfamily = "net.py:build"\n[space]')
    (here / "own.toml").write_text(text.replace("{ int = [8, 32], log = true }", units))
    (here / "net.py").write_text(OWN_NETWORK)


def test_what_the_users_code_prints_is_not_mixed_with_the_json(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_own_network(here, "8")
    assert main(["tune", "--study", "own.toml", "--json", "--trials", "1", "--device", "cpu"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["trials"]["complete"] == 1
    assert "imported" in printed.err
    assert "built" in printed.err


def test_a_trial_whose_network_exits_the_process_is_a_failed_trial(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_own_network(here, "{ choice = [8, 9] }")
    main(["tune", "--study", "own.toml", "--json", "--sampler", "grid", "--trials", "4", "--device", "cpu",
          "--set", "space.lr.choice=[0.01, 0.02]"])  # fmt: skip
    assert json.loads(capsys.readouterr().out)["trials"]["failed"] == 2


def test_an_empty_option_is_not_taken_for_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--study", "small", "--trials", ""]) == 2
    assert "budget.trials" in capsys.readouterr().err
