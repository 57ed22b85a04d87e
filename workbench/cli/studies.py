"""workbench studies: what can be tuned here. Without a name it is quick: no torch, no Optuna, no pydantic."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """The arguments of `workbench studies`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "studies",
        help="list the studies, or show one",
        description="List the studies in ./studies and those that come with workbench, or show one as resolved.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="show this one in full, defaults filled in")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, or show one."""
    import json
    from dataclasses import asdict

    from workbench.reporting import terminal

    if options.name is None:
        from workbench.study.shelf import summaries

        found = summaries()
        if options.json:
            print(json.dumps([asdict(summary) for summary in found]))  # noqa: T201 - the result
        else:
            terminal.studies_table(found)
        return 0
    from workbench.study.load import load

    resolved = load(options.name).resolved()
    if options.json:
        print(json.dumps(resolved))  # noqa: T201 - the result
    else:
        terminal.study_page(resolved)
    return 0
