"""Folders are proven before anything depends on them; files are whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import atomic
from workbench.errors import WorkbenchError


def test_the_check_of_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    atomic.check_folder(tmp_path / "reports" / "mnist")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "mnist"], ids=["the folder is a file", "its parent is a file"])
def test_a_file_in_the_way_is_told_before_anything_is_trained(tmp_path: Path, below: str) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(WorkbenchError, match="this is a file, and the reports need a folder") as caught:
        atomic.check_folder(tmp_path / "reports" / below)
    assert "--out" in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write to")
def test_a_folder_that_is_there_must_take_a_file() -> None:
    with pytest.raises(WorkbenchError, match="/proc/self: reports cannot be written there"):
        atomic.check_folder(Path("/proc/self"))
