"""SARIF 2.1.0, for code scanning: the rules with their pages, and the findings as results.

A notebook's lines are not lines of its file: its results have the file, and the cell as a logical location.
Places are relative to %SRCROOT%, which whoever reads the log knows. Fingerprints hold the text of the line, not
its number, so that a finding stays the same one when lines are put in above it.
Specification: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Check, Finding
from workbench.diagnostics.formats import in_repository
from workbench.diagnostics.output import finite, proof
from workbench.diagnostics.rule import SECTIONS, Rule, rules
from workbench.diagnostics.trace import Place, Trace

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "workbenchRuleAndLine/v1"


def log(report: Report) -> str:
    """One log with one run."""
    return (
        json.dumps(finite({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}), allow_nan=False) + "\n"
    )


def _run(report: Report) -> dict[str, Any]:
    known = {each.name: number for number, each in enumerate(rules())}
    told: Counter[str] = Counter()
    driver = {
        "name": "workbench",
        "version": version("workbench"),
        "shortDescription": {"text": "Finds out why a PyTorch training script does not learn."},
        "rules": [_rule(each) for each in rules()],
    }
    unchecked = [_notification(check, known) for check in report.checks if check.outcome == "skipped"]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"workbench/{in_repository(report.target)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": unchecked}],
        "results": [_result(finding, report.trace, known, told) for finding in report.findings],
        "properties": {"steps": len(report.trace.steps), "seconds": round(report.trace.seconds, 3)},
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _one_line(rule.section("Why is this bad")) or rule.summary},
        "help": {"text": rule.page, "markdown": _markdown(rule)},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["pytorch", "training"], "problem.severity": rule.severity},
    }


def _markdown(rule: Rule) -> str:
    parts = [rule.summary]
    for name in SECTIONS:
        text = rule.section(name)
        if name in ("Example", "Use instead"):
            text = f"```python\n{text}\n```"
        parts.append(f"**{name}**\n\n{text}")
    return "\n\n".join(parts)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _notification(check: Check, known: dict[str, int]) -> dict[str, Any]:
    rule = {"associatedRule": {"id": check.name, "index": known[check.name]}} if check.name in known else {}
    return {"level": "note", "message": {"text": f"{check.name} could not be checked: {check.detail}"}, **rule}


def _result(finding: Finding, trace: Trace, known: dict[str, int], told: Counter[str]) -> dict[str, Any]:
    place = finding.place
    cell = f"cell {place.cell}, line {place.line}: " if place is not None and place.cell is not None else ""
    sentences = [f"{cell}{finding.message}", f"To do: {finding.hint}"]
    if finding.verdict == "proven" and finding.proof is not None:
        sentences.insert(1, f"Proof: {proof(finding)}")
    properties = {"verdict": finding.verdict, "evidence": finding.evidence, "hint": finding.hint}
    if finding.proof is not None:
        properties["proof"] = finding.proof
    return {
        "ruleId": finding.rule,
        "ruleIndex": known.get(finding.rule, -1),
        "level": finding.severity,
        "message": {"text": "\n".join(sentences)},
        "locations": [_location(place, trace)] if place is not None else [],
        "relatedLocations": [
            {"id": number, **_location(related.place, trace), "message": {"text": related.message}}
            for number, related in enumerate(finding.related, start=1)
        ],
        "partialFingerprints": {FINGERPRINT: _fingerprint(finding, trace, told)},
        "properties": properties,
    }


def _location(place: Place, trace: Trace) -> dict[str, Any]:
    path = in_repository(place.path)
    inside = not Path(path).is_absolute()
    artifact = {"uri": quote(path), "uriBaseId": "%SRCROOT%"} if inside else {"uri": Path(path).as_uri()}
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact}}
    if place.cell is None:
        region: dict[str, Any] = {"startLine": max(1, place.line)}
        line = trace.line(place)
        if line:
            region["snippet"] = {"text": line}
        location["physicalLocation"]["region"] = region
    else:
        properties = {"cell": place.cell, "line": place.line, "text": trace.line(place)}
        location["logicalLocations"] = [{"name": f"cell {place.cell}", "properties": properties}]
    if place.function:
        location.setdefault("logicalLocations", []).append({"name": place.function, "kind": "function"})
    return location


def _fingerprint(finding: Finding, trace: Trace, told: Counter[str]) -> str:
    """Of rule, file and the text of the line; the same line once more in a file counts up."""
    place = finding.place
    parts = [finding.rule] if place is None else [finding.rule, in_repository(place.path), trace.line(place)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    told[digest] += 1
    return f"{digest}:{told[digest]}"
