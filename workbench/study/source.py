"""What a study's data.source is: a registered name, a user's function, or a path; told from its text alone.

Paths are relative to the study file. What is read there, `tuning.examples` knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

from workbench.errors import WorkbenchError
from workbench.study import user_code
from workbench.study.mistakes import Mistake
from workbench.study.toml import inline

Kind = Literal["name", "function", "table", "arrays", "images"]

TABLES = (".csv", ".tsv", ".parquet")
_OTHERS = {  # endings of files that hold data, and how they come to us
    ".npy": 'put x and y into one file: numpy.savez("{stem}.npz", x=x, y=y)',
    ".xlsx": "save the sheet as {stem}.csv",
    ".xls": "save the sheet as {stem}.csv",
    ".json": 'read it in a function of your own: "my_data.py:load"',
    ".pt": 'read it in a function of your own: "my_data.py:load"',
    ".pkl": 'read it in a function of your own: "my_data.py:load"',
    ".zip": 'unpack it, and name the folder with a / at its end: "{stem}/"',
}
WORDS: Mapping[str, tuple[Kind, ...]] = {  # words of [data] that count only for these
    "root": ("name",),
    "size": ("images",),
    "channels": ("images",),
    "target": ("table",),
    "impute": ("table",),
    "features": ("table",),
}


def kind(source: str) -> Kind:
    """What the text means, whether or not it is there."""
    suffix = PurePath(source).suffix.lower()
    if suffix in TABLES:
        return "table"
    if suffix == ".npz":
        return "arrays"
    if user_code.is_reference(source):
        return "function"
    return "images" if "/" in source or "\\" in source else "name"


def locate(source: str, folder: Path) -> Path:
    """The file, or the folder of images. WorkbenchError where it is not there, or is the other of the two."""
    path = folder / Path(source).expanduser()
    looked_for = f'"{source}" is looked for in the folder of the study file, {folder}'
    if kind(source) == "images":
        if path.is_file():
            raise WorkbenchError(f"{path} is a file, not a folder", hint=_readable(path))
        if not path.is_dir():
            raise WorkbenchError(f"{path}: there is no such folder", hint=looked_for)
    elif not path.is_file():
        what = " is a folder, not a file" if path.is_dir() else ": there is no such file"
        raise WorkbenchError(f"{path}{what}", hint=looked_for)
    return path


def md5(source: str, folder: Path) -> str:
    """Of the file's bytes."""
    with locate(source, folder).open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def check(data: Mapping[str, Any], folder: Path) -> Iterator[Mistake]:
    """What is wrong with [data] as far as its source alone decides."""
    source = data.get("source")
    if not isinstance(source, str):
        return
    what = kind(source)
    try:
        if what == "function":
            user_code.locate(source, folder)
        elif what != "name":
            locate(source, folder)
        else:
            yield from _no_name(source)
    except WorkbenchError as error:
        yield Mistake("data.source", error.message, error.hint)
    for word, kinds in WORDS.items():
        if word in data and what not in kinds:
            yield Mistake(
                f"data.{word}", f"does nothing for {inline(source)}", f"drop it; it is for {_listed(kinds)}"
            )


def _no_name(source: str) -> Iterator[Mistake]:
    """A registered name has no ending."""
    if PurePath(source).suffix.lower() in _OTHERS:
        yield Mistake(
            "data.source", f"{inline(source)}: files of this kind are not read here", _readable(PurePath(source))
        )


def _readable(path: PurePath) -> str:
    said = _OTHERS.get(path.suffix.lower(), "a path is that of a .csv, .parquet or .npz file, or of a folder")
    return said.format(stem=path.stem)


def _listed(kinds: tuple[Kind, ...]) -> str:
    said = {
        "name": "registered data sets",
        "function": "functions",
        "table": "tables",
        "arrays": ".npz files",
        "images": "folders of images",
    }
    assert set(said) == set(get_args(Kind))
    return " and ".join(said[one] for one in kinds)
