"""Which file a name means."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.study import shelf
from workbench.study.load import available, load, resolve, shipped, summaries

OWN = """
name = "own"
description = "mine"
task = "binary"
data.source = "circles"
space.lr.float = [0.1, 1]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").mkdir()
    return tmp_path


def test_the_users_own_studies_come_first(here):
    assert resolve("digits").is_absolute()
    own = here / "studies" / "digits.toml"
    own.write_text(OWN, encoding="utf-8")
    assert resolve("digits").resolve() == own.resolve()
    assert available()["digits"].resolve() == own.resolve()
    assert load("digits").data.source == "circles"


@pytest.mark.parametrize("spelling", ["mine.toml", "./mine.toml", "sub/mine.toml", "sub/mine"])
def test_a_path_is_taken_as_a_path(here, spelling):
    path = here / spelling
    path.parent.mkdir(exist_ok=True)
    path.write_text(OWN, encoding="utf-8")
    assert resolve(spelling).resolve() == path.resolve()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mnits", "did you mean mnist?"),
        ("DIGITS", "did you mean digits?"),
        ("zzz", "studies: blobs, breast-cancer, circles, digits, fashion-mnist, fashion-mnist-cnn, iris, "),
    ],
)
@pytest.mark.usefixtures("here")
def test_an_unknown_name_is_answered_with_the_nearest_and_the_list(name, hint):
    with pytest.raises(WorkbenchError, match=f"there is no study '{name}'") as caught:
        resolve(name)
    assert hint in caught.value.hint
    assert "mnist-small" in caught.value.hint


def test_a_file_of_that_name_outside_studies_is_pointed_out(here):
    (here / "mine.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(WorkbenchError) as caught:
        resolve("mine")
    assert caught.value.hint == "did you mean the file mine.toml?"


def test_an_installed_package_brings_its_studies_along(tmp_path, monkeypatch):
    """In a wheel the studies lie inside the package, in a checkout beside it."""
    (tmp_path / "workbench" / "study").mkdir(parents=True)
    (tmp_path / "workbench" / "studies").mkdir()
    (tmp_path / "workbench" / "studies" / "wheel.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "stranger.toml").write_text(OWN, encoding="utf-8")
    monkeypatch.setattr(shelf, "__file__", str(tmp_path / "workbench" / "study" / "shelf.py"))
    assert [path.stem for path in shipped()] == ["wheel"]


def test_summaries_say_what_is_searched(here):
    (here / "studies" / "own.toml").write_text(OWN, encoding="utf-8")
    first, *others = summaries()
    assert (first.name, first.source, first.task, first.family) == ("own", "circles", "binary", "mlp")
    assert (first.searched, first.description, first.error) == (("lr",), "mine", None)
    assert [one.name for one in others] == [path.stem for path in shipped()]


@pytest.mark.parametrize("text", ["name = ", "name = 1\ndata = 3\nmodel = []\nspace = 'x'", "\xff"])
def test_a_broken_file_does_not_break_the_list(here, text):
    (here / "studies" / "own.toml").write_bytes(text.encode("latin-1"))
    (here / "studies" / "folder.toml").mkdir()
    listed = {one.name: one for one in summaries()}
    assert listed.keys() == {"own", *(path.stem for path in shipped())}
    assert (listed["own"].error is None) == text.startswith("name = 1")
