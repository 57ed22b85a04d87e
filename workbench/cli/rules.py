"""workbench rules: all checks, or the page of one."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_to(commands: Any) -> None:
    """The arguments of `workbench rules`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "rules",
        help="list what diagnose checks, or explain one check",
        description="List the rules of `workbench diagnose`, or print the page of one.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this rule's page")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, or print a page."""
    from workbench.diagnostics.rule import find, rules

    if options.name is not None:
        rule = find(options.name)
        sys.stdout.write(f"{rule.name} ({rule.severity})\n\n{rule.page}\n")
        return 0
    width = max(len(rule.name) for rule in rules())
    for rule in rules():
        sys.stdout.write(f"{rule.name:<{width}}  {rule.severity:<7}  {rule.summary}\n")
    return 0
