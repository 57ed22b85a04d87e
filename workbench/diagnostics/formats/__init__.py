"""A report in the format that was asked for, by its name. A format's module is loaded when it is wanted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.diagnostics.engine import Report

NAMES = ("text", "json", "github", "sarif", "html")


def render(report: Report, name: str) -> str:
    """What goes to stdout, with its last newline."""
    if name == "github":
        from workbench.diagnostics.formats import github

        return github.commands(report)
    if name == "sarif":
        from workbench.diagnostics.formats import sarif

        return sarif.log(report)
    if name == "html":
        from workbench.diagnostics.formats import page

        return page.page(report)
    from workbench.diagnostics import output

    return output.as_json(report) + "\n" if name == "json" else output.text(report)


def in_repository(path: str) -> str:
    """A path as GitHub wants it: from the top of the checkout, where an action runs; else from the current folder.

    Absolute where it lies outside.
    """
    top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    full = Path(path).resolve()
    return full.relative_to(top).as_posix() if full.is_relative_to(top) else full.as_posix()
