"""Notes, figures and files of a study, read back through optuna-dashboard, which is meant to show them."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from optuna_dashboard._custom_plot_data import get_plotly_graph_objects
from optuna_dashboard._note import get_note_from_system_attrs
from optuna_dashboard.artifact._backend import get_trial_artifact_meta, list_trial_artifacts

from workbench.store.artifacts import Folder
from workbench.store.shown import LONGEST, Shown, show
from workbench.store.storage import open_storage

LONG = "a *long* note, ü\n" * LONGEST


@pytest.fixture
def study(where: str, fake: ModuleType) -> str:
    store = fake.open_store(where, fake.spec())
    fake.tune(store, 4)
    return where


class Seen:
    """A stored study with the eyes of optuna-dashboard."""

    def __init__(self, where: str) -> None:
        self.storage = open_storage(where, reading=True)
        self.id = self.storage.get_study_id_from_name("fake")
        self.attributes = self.storage.get_study_system_attrs(self.id)
        self.trials = self.storage.get_all_trials(self.id)

    def note(self, number: int | None = None) -> dict[str, Any]:
        trial_id = None if number is None else self.trials[number]._trial_id
        return dict(get_note_from_system_attrs(self.attributes, trial_id))

    def figures(self) -> dict[str, Any]:
        return {name: json.loads(text) for name, text in get_plotly_graph_objects(self.attributes).items()}

    def files(self, number: int) -> dict[str, str]:
        trial = self.trials[number]
        found = list_trial_artifacts(self.attributes, trial.system_attrs, trial)
        for one in found:
            assert get_trial_artifact_meta(self.storage, self.id, trial._trial_id, one["artifact_id"]) == one
        return {one["filename"]: one["artifact_id"] for one in found}


def test_optuna_dashboard_reads_what_was_written(study: str, tmp_path: Path) -> None:
    figure = {"data": [{"x": list(range(2000)), "name": "größe"}], "layout": {}}
    shown = Shown(LONG, {"learning-curves": figure}, {1: "rank 1", 3: LONG}, {1: {"curves.csv": b"1,2\n"}})
    show(study, "fake", shown, Folder(tmp_path / "files"))
    seen = Seen(study)
    assert seen.note() == {"version": 1, "body": LONG}
    assert seen.note(1) == {"version": 1, "body": "rank 1"}
    assert seen.note(3) == {"version": 1, "body": LONG}
    assert seen.note(0) == {"version": 0, "body": ""}
    assert seen.figures() == {"learning-curves": figure}
    [(name, artifact)] = seen.files(1).items()
    assert name == "curves.csv"
    assert (tmp_path / "files" / artifact).read_bytes() == b"1,2\n"
    assert seen.files(0) == {}


def test_what_is_newer_takes_the_place_of_what_was_there(study: str, tmp_path: Path) -> None:
    show(study, "fake", Shown(LONG, {"a": {"data": [LONG]}}, {1: LONG}, {1: {"c.csv": b"old"}}), Folder(tmp_path))
    show(study, "fake", Shown("short", {"a": {"data": []}}, {1: "x"}, {1: {"c.csv": b"new"}}), Folder(tmp_path))
    seen = Seen(study)
    assert seen.note() == {"version": 2, "body": "short"}
    assert seen.note(1) == {"version": 2, "body": "x"}
    assert seen.figures() == {"a": {"data": []}}
    assert (tmp_path / seen.files(1)["c.csv"]).read_bytes() == b"new"


def test_the_same_again_writes_nothing(study: str, tmp_path: Path) -> None:
    shown = Shown(LONG, {"a": {"data": []}}, {1: "x"}, {1: {"c.csv": b"1"}})
    show(study, "fake", shown, Folder(tmp_path))
    before = Seen(study).attributes
    show(study, "fake", shown, Folder(tmp_path))
    assert Seen(study).attributes == before  # the notes' versions too


def test_files_of_a_trial_that_leads_no_more_go_and_those_of_people_stay(study: str, tmp_path: Path) -> None:
    show(study, "fake", Shown("", files={1: {"best.pt": b"1", "c.csv": b"1"}}), Folder(tmp_path))
    first = Seen(study)
    weights = first.files(1)["best.pt"]
    theirs = "0a0a0a0a-0000-4000-8000-000000000000"
    about = {"artifact_id": theirs, "filename": "photo.png", "mimetype": "image/png", "encoding": None}
    key = f"dashboard:artifacts:{first.trials[1]._trial_id}:{theirs}"
    first.storage.set_study_system_attr(first.id, key, json.dumps(about))
    (tmp_path / theirs).write_bytes(b"theirs")

    show(study, "fake", Shown("", files={1: {"c.csv": b"1"}, 2: {"best.pt": b"2"}}), Folder(tmp_path))

    seen = Seen(study)
    assert set(seen.files(1)) == {"c.csv", "photo.png"}
    assert set(seen.files(2)) == {"best.pt"}
    assert not (tmp_path / weights).exists()
    assert (tmp_path / theirs).read_bytes() == b"theirs"
    show(study, "fake", Shown("", files={1: {"best.pt": b"3"}}), Folder(tmp_path))  # and back
    assert set(Seen(study).files(1)) == {"best.pt", "photo.png"}


def test_all_of_it_is_one_append_to_a_journal(fake: ModuleType, tmp_path: Path, monkeypatch: Any) -> None:
    where = str(tmp_path / "a.journal")
    fake.tune(fake.open_store(where, fake.spec()), 2)
    from workbench.store import storage

    appends: list[int] = []
    plain = storage._Journal._append
    monkeypatch.setattr(
        storage._Journal, "_append", lambda self, logs: (appends.append(len(logs)), plain(self, logs))[1]
    )
    show(
        where,
        "fake",
        Shown(LONG, {"a": {"data": [LONG]}}, {0: LONG}, {0: {"c.csv": b"1"}}),
        Folder(tmp_path / "files"),
    )
    [records] = appends
    assert records > 20


def test_a_note_holds_no_html(study: str, tmp_path: Path) -> None:
    text = "class <img src=x onerror=alert(1)>, </script>, <!-- and <?php; lr < 0.1, a<1"
    show(study, "fake", Shown(text, notes={1: text}), Folder(tmp_path / "files"))
    told = "class &lt;img src=x onerror=alert(1)>, &lt;/script>, &lt;!-- and &lt;?php; lr < 0.1, a<1"
    assert (Seen(study).note()["body"], Seen(study).note(1)["body"]) == (told, told)


@pytest.mark.parametrize(
    "stored", ['{"filename": "a.csv", "artifact_id": "../keep"}', "{", "[]", '{"filename": 1}']
)
def test_what_a_storage_says_of_a_file_deletes_no_other(stored: str, study: str, tmp_path: Path) -> None:
    show(study, "fake", Shown("", files={1: {"a.csv": b"1\n"}}), Folder(tmp_path / "files"))
    (tmp_path / "keep").write_text("dear")
    seen = Seen(study)
    [key] = [name for name in seen.attributes if name.startswith("dashboard:artifacts:")]
    seen.storage.set_study_system_attr(seen.id, key, stored)
    show(study, "fake", Shown(""), Folder(tmp_path / "files"))
    assert (tmp_path / "keep").read_text() == "dear"
