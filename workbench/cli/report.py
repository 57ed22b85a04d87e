"""workbench report: write a study's reports again from its storage. Needs no torch."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """The arguments of `workbench report`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "report",
        help="write a study's reports again from its storage",
        description="Write a study's ranking, summary and page again from what its storage remembers.",
    )
    parser.add_argument(
        "--study", required=True, metavar="NAME", help="the study's name, as `workbench tune` used it"
    )
    parser.add_argument(
        "--generation", type=int, metavar="N", help="an earlier one, before --fresh (default: newest)"
    )
    parser.add_argument(
        "--storage", metavar="URL", help="where it is stored (default: $WORKBENCH_STORAGE, else workbench.journal)"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="reports", help="reports go to DIR/STUDY (default: reports)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, rank, write."""
    import json

    from workbench import atomic
    from workbench.reporting import drawing, files, summary, terminal

    with drawing.beside() as begin:
        from workbench.store import trials
        from workbench.store.history import as_stored
        from workbench.store.storage import chosen

        history = trials.read(chosen(options.storage), stored_name(options.study), options.generation)
        folder = Path(options.out) / history.spec["name"]
        atomic.check_folder(folder)
        with as_stored(history.study):
            seconds = {"total": float(history.facts.get("seconds") or 0.0)}
            paths = files.write_reports(history, folder, seconds=seconds, begin=begin)
    with as_stored(history.study):
        if options.json:
            result = summary.result(history, seconds=seconds, reports=paths)
            print(json.dumps(result, allow_nan=False))  # noqa: T201
        else:
            terminal.print_ending(history, "report", paths, again=None)
    return 0


def stored_name(study: str) -> str:
    """The name that a study is stored under: a file may be stored under another name than its own."""
    if study.endswith(".toml") or "/" in study:
        from workbench.study.load import load

        return load(study).name
    return study
