from __future__ import annotations

import json
import sqlite3
from importlib import metadata
from pathlib import Path

import pytest

import workbench
from workbench.cli import doctor
from workbench.cli.main import main


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """The exit code, and the lines by their names."""
    code = main(["doctor", "--json", *words])
    by_name: dict[str, list[dict[str, str]]] = {}
    for line in json.loads(capsys.readouterr().out)["checks"]:
        by_name.setdefault(line["name"], []).append(line)
    return code, by_name


def test_a_sound_installation_has_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    code, lines = told(capsys)
    assert code == 0, lines
    assert workbench.__version__ in lines["workbench"][0]["said"]
    assert f"optuna {metadata.version('optuna')}" in lines["packages"][-1]["said"]
    assert torch.__version__ in lines["torch"][0]["said"]
    assert "workbench.journal: not there yet" in lines["storage"][0]["said"]
    assert {line["state"] for line in lines["data"]} == {"warning"}
    assert list(Path.cwd().iterdir()) == []  # looking makes nothing


def test_text_has_the_way_out_under_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, line in enumerate(lines) if "FashionMNIST is not here" in line)
    assert lines[at].startswith("warning  data")
    assert "-> a study that needs it downloads it" in lines[at + 1]


def test_a_server_that_is_down_is_a_problem_and_keeps_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = told(capsys, "--storage", "postgresql://ann:secret@127.0.0.1:1/db")
    assert code == 1
    [line] = lines["storage"]
    assert line["state"] == "problem"
    assert "is the server running" in line["hint"]
    assert "secret" not in str(lines)


def test_a_file_that_is_no_storage_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    Path("workbench.journal").write_bytes(b"not a journal\n")
    code, lines = told(capsys)
    assert (code, lines["storage"][0]["state"]) == (1, "problem")


def test_an_empty_database_is_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    sqlite3.connect("a.db").close()
    code, lines = told(capsys, "--storage", "sqlite:///a.db")
    assert code == 0, lines["storage"]


def test_a_damaged_data_file_is_a_problem(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"half of it")
    code, lines = told(capsys)
    assert code == 1
    assert "truncated or damaged" in lines["data"][0]["said"]
    assert lines["data"][0]["hint"] == "delete it and run again"


def test_whole_data_are_named_with_their_folder(
    capsys: pytest.CaptureFixture[str], image_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(image_data))
    _, lines = told(capsys)
    assert [line["state"] for line in lines["data"]] == ["ok", "ok"]
    assert str(image_data / "MNIST" / "raw") in lines["data"][0]["said"]


def test_packages_that_are_missing_or_untried_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["no-such-package>=2", "optuna<1", 'rare-one>=1; extra == "rare"']
    real = metadata.requires
    monkeypatch.setattr(metadata, "requires", lambda name: asked if name == "workbench" else real(name))
    code, lines = told(capsys)
    assert code == 1
    missing, untried, _ = lines["packages"]
    assert (missing["state"], missing["hint"]) == ("problem", 'pip install "no-such-package>=2"')
    assert untried["state"] == "warning"
    assert "rare-one" not in str(lines["packages"])


def test_torchvision_of_another_torch_is_a_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = metadata.requires
    monkeypatch.setattr(metadata, "requires", lambda name: ["torch==1.0"] if name == "torchvision" else real(name))
    code, lines = told(capsys)
    assert (code, lines["torch"][0]["state"]) == (1, "problem")
    assert "which wants torch==1.0" in lines["torch"][0]["said"]


@pytest.mark.parametrize(("free", "state"), [(5 << 30, "ok"), (500 << 20, "warning"), (50 << 20, "problem")])
def test_scarcity(free: int, state: str) -> None:
    assert doctor._scarcity(free) == state
