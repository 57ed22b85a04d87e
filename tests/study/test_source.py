from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.study.source import check, kind


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mnist", "name"),
        ("breast-cancer", "name"),
        ("my_data.py:load", "function"),
        ("my_data.py", "function"),
        ("my.csv", "table"),
        ("C:\\data\\my.csv", "table"),
        ("../data/My.Parquet", "table"),
        ("my.npz", "arrays"),
        ("deep/my.NPZ", "arrays"),
        ("pictures/", "images"),
        ("../pictures", "images"),
        ("my.csv:load", "function"),
        ("my.npy", "name"),
    ],
)
def test_the_text_tells_what_a_source_is(source: str, expected: str) -> None:
    assert kind(source) == expected


def said(folder: Path, **data: Any) -> list[str]:
    return [f"{each.path}: {each.message} ({each.hint})" for each in check(data, folder)]


def test_sources_that_are_there_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for name in ("my.csv", "my.npz", "my_data.py"):
        (tmp_path / name).touch()
    for source in ("my.csv", "my.npz", "my_data.py:load", "pictures/", "./pictures", str(tmp_path / "my.npz")):
        assert said(tmp_path, source=source) == []


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("none.csv", "none.csv: there is no such file", '"none.csv" is looked for in the folder of the study file'),
        ("none/", "none: there is no such folder", '"none/" is looked for in the folder of the study file'),
        ("here.npz", "here.npz is a folder, not a file", "looked for"),
        ("./file.txt", "file.txt is a file, not a folder", "a .csv, .parquet or .npz file, or of a folder"),
        ("my.npy", '"my.npy": files of this kind are not read here', 'numpy.savez("my.npz", x=x, y=y)'),
        ("my.xlsx", '"my.xlsx": files of this kind are not read here', "save the sheet as my.csv"),
        ("my.zip", '"my.zip": files of this kind are not read here', '"my/"'),
        ("none.py:load", "none.py: there is no such file", "looked for"),
        ("my.csv:load", "'my.csv:load' does not name a function in a file", "file.py:function"),
    ],
)
def test_a_source_that_cannot_be_read_is_told_with_the_way_out(
    tmp_path: Path, source: str, message: str, hint: str
) -> None:
    (tmp_path / "here.npz").mkdir()
    (tmp_path / "file.txt").touch()
    [told] = said(tmp_path, source=source)
    assert told.startswith("data.source: ")
    assert message in told
    assert hint in told


def test_a_word_that_does_nothing_for_a_source_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "my.npz").touch()
    assert said(tmp_path, source="mnist", root="data") == []
    assert said(tmp_path, source="my.npz", root="data") == [
        'data.root: does nothing for "my.npz" (drop it; it is for registered data sets)'
    ]
