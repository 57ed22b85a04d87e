"""workbench new: a study file for data of one's own, with ranges that suit them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def add_to(commands: Any) -> None:
    """The arguments of `workbench new`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "new",
        help="write a study file for data of your own",
        description="Look at data and write a commented study file with ranges that suit them. It goes into "
        "studies/ where there is such a folder, else into this one.",
    )
    parser.add_argument("name", metavar="NAME", help="the study's name; the file is NAME.toml")
    parser.add_argument(
        "--data", required=True, metavar="SOURCE",
        help="a .csv, .parquet or .npz file, a folder of images, file.py:function, or a registered data set",
    )  # fmt: skip
    parser.add_argument(
        "--target", action="append", default=[], metavar="COLUMN",
        help="a table's column that holds the label (several times: labels that do not exclude one another)",
    )  # fmt: skip
    parser.add_argument(
        "--task", metavar="TASK", help="binary, multiclass or multilabel (default: as the labels are)"
    )
    parser.add_argument("--force", action="store_true", help="write over a file of that name")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look, write, check that it can be run, say how."""
    from pathlib import Path

    from workbench import atomic
    from workbench.study import shelf
    from workbench.study.draft import text
    from workbench.tuning.seen import see

    folder = shelf.OWN if shelf.OWN.is_dir() else Path()
    path = folder / f"{options.name}.toml"
    _check(options, path)
    seen = see(_from(folder, options.data), folder, tuple(options.target), options.task)
    for word, what in seen.told:
        print(f"{word:<10}{what}")  # noqa: T201 - the result
    content = text(options.name, seen.facts)
    _try(content, path)
    atomic.write(path, content.encode())
    print(f"wrote {path}\nnext:\n  workbench tune --study {options.name if folder == shelf.OWN else path}")  # noqa: T201
    return 0


def _check(options: argparse.Namespace, path: Path) -> None:
    """What is wrong before anything is read."""
    import re

    from workbench.errors import WorkbenchError
    from workbench.study.mistakes import did_you_mean

    tasks = ("binary", "multiclass", "multilabel")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", options.name) or options.name.endswith(".toml"):
        raise WorkbenchError(
            f"{options.name!r} is no name for a study",
            hint="letters, digits, dots, _ and -, without an ending; the file goes to NAME.toml",
        )
    if options.task is not None and options.task not in tasks:
        raise WorkbenchError(
            f"--task {options.task}: there are {', '.join(tasks)}",
            hint=did_you_mean(options.task, tasks)
            or ("regression is not supported: make classes of the numbers" if "regr" in options.task else None),
        )
    if path.exists() and not options.force:
        raise WorkbenchError(f"{path} is there already", hint="--force writes over it; or take another name")


def _from(folder: Path, source: str) -> str:
    """A path as the study file in `folder` has to say it."""
    import os
    from pathlib import Path

    from workbench.study.source import kind

    if kind(source) == "name" and not Path(source).is_dir():
        return source
    file, colon, function = source.rpartition(":") if kind(source) == "function" else (source, "", "")
    path = Path(file).expanduser()
    said = path if path.is_absolute() else Path(os.path.relpath(path, folder))
    slash = "/" if path.is_dir() else ""
    return f"{said.as_posix()}{slash}{colon}{function}"


def _try(content: str, path: Path) -> None:
    """Read the data as a run will. WorkbenchError where that would end with one."""
    import tomllib

    from workbench.study.check import check
    from workbench.study.mistakes import StudyFileError
    from workbench.tuning import examples

    spec, mistakes = check(tomllib.loads(content), path.resolve().parent)
    if spec is None:
        raise StudyFileError(mistakes)
    for note in examples.load(spec, "cpu")[0].info.notes:
        print(f"{'note':<10}{note}")  # noqa: T201 - the result
