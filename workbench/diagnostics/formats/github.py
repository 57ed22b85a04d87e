"""Annotations of GitHub Actions: one workflow command a finding, shown on its line in a pull request.

A notebook's lines are not lines of its file: the annotation names the file, the message the cell.
Format: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.formats import in_repository
from workbench.diagnostics.output import proof, where


def commands(report: Report) -> str:
    """`::error file=train.py,line=14,title=...::message`, a line each; nothing where nothing was found."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    place = finding.place
    properties = {"title": f"{finding.rule} ({finding.verdict})"}
    if place is not None:
        line = {"line": str(place.line)} if place.cell is None else {}
        properties = {"file": in_repository(place.path), **line, **properties}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{finding.severity} {told}::{_data(chr(10).join(_message(finding)))}"


def _message(finding: Finding) -> Iterator[str]:
    place = finding.place
    cell = f"cell {place.cell}, line {place.line}: " if place is not None and place.cell is not None else ""
    yield f"{cell}{finding.message}"
    for related in finding.related:
        yield f"{where(related.place)}: {related.message}"
    if finding.verdict == "proven" and finding.proof is not None:
        yield f"proof: {proof(finding)}"
    yield f"do: {finding.hint}"
    yield f"more: workbench rules {finding.rule}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
