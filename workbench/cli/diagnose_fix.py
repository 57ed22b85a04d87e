"""The part of `workbench diagnose` that repairs: --diff shows the repairs as text, --fix writes the proven ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.diagnostics.engine import Report
    from workbench.diagnostics.repairs.plan import Plan, Repair
    from workbench.diagnostics.runner import Runner

Look = Callable[["Runner"], "tuple[Report, bool]"]


def check(*, diff: bool, target: str | None, style: str) -> None:
    """Whether repairs can be shown or made of what was asked for."""
    option = "--diff" if diff else "--fix"
    if target is None:
        raise WorkbenchError(
            f"{option} needs a script, a notebook or FILE.py:NAME", hint=f"workbench diagnose train.py {option}"
        )
    if diff and style not in ("text", "json"):
        raise WorkbenchError(
            f"--diff has no {style} format", hint="leave --format out for the diff itself, or take --format json"
        )


def file_of(target: str) -> Path:
    """The file of a target: nets.py for "nets.py:Net"."""
    stem, colon, _ = target.partition(".py:")
    return Path(f"{stem}.py" if colon else target)


def show(look: Look, target: str, style: str) -> int:
    """Print all repairs that are safe as text as one diff. Nothing is written."""
    from workbench.diagnostics.repairs.plan import plan
    from workbench.diagnostics.runner import Runner

    with Runner() as runner:
        report, strict = look(runner)
    made = plan(report, file_of(target))
    if style == "json":
        sys.stdout.write(_diff_as_json(report, made))
    else:
        for repair in made.repairs:
            said = "repaired" if repair.changes else f"no repair as text: {repair.why}"
            sys.stderr.write(f"{_named(repair)}: {said}\n")
        sys.stdout.flush()
        sys.stdout.buffer.write(made.encoded())
        sys.stdout.buffer.flush()
    return _code(report, strict=strict)


def fix(look: Look, target: str, style: str) -> int:
    """Write the proven repairs, look again, and print what is found then; that gives the exit code."""
    from workbench.diagnostics.formats import render
    from workbench.diagnostics.repairs.plan import plan
    from workbench.diagnostics.runner import Runner

    with Runner() as runner:
        report, strict = look(runner)
        made = plan(report, file_of(target), only_proven=True)
        fixed = [repair for repair in made.repairs if repair.changes]
        left = [repair for repair in made.repairs if not repair.changes]
        if fixed:
            made.write(fixed)
            report, strict = _again(look, runner, made, before=report)
    if style == "json":
        sys.stdout.write(_fix_as_json(report, fixed, left))
        return _code(report, strict=strict)
    lines = [f"fixed: {_named(repair)}" for repair in fixed]
    lines += [f"not fixed: {_named(repair)}: {_reason(repair)}" for repair in left]
    told = "".join(f"{line}\n" for line in lines)
    if style == "text":
        sys.stdout.write(f"{told}\n{render(report, style)}{_closing(report, len(fixed))}\n")
    else:
        sys.stderr.write(f"{told}{_closing(report, len(fixed))}\n")
        sys.stdout.write(render(report, style))
    return _code(report, strict=strict)


def _again(look: Look, runner: Runner, made: Plan, *, before: Report) -> tuple[Report, bool]:
    """The second look. A script that the repairs have broken is put back as it was."""
    try:
        report, strict = look(runner)
        crash = report.trace.crash if before.trace.crash is None else None
        if crash is not None:
            raise WorkbenchError(f"{crash.type}: {crash.message.splitlines()[0] if crash.message else ''}")
    except WorkbenchError as error:
        made.undo()
        raise WorkbenchError(
            f"with its repairs it cannot be looked at: {error.message}",
            hint="the file is as it was; --diff shows the repairs",
        ) from None
    except BaseException:
        made.undo()
        raise
    return report, strict


def _named(repair: Repair) -> str:
    from workbench.diagnostics.output import where

    return f"{repair.finding.rule} ({repair.finding.verdict})  {where(repair.finding.place)}"


def _reason(repair: Repair) -> str:
    return repair.why if repair.finding.verdict != "proven" else f"no repair as text: {repair.why}"


def _closing(report: Report, fixed: int) -> str:
    """ "fixed 2, now: no errors, 1 warning"."""
    warnings = len(report.findings) - report.errors
    errors = "no errors" if not report.errors else f"{report.errors} error{'s' if report.errors > 1 else ''}"
    more = f", {warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""
    return f"fixed {fixed or 'nothing'}, now: {errors}{more}"


def _diff_as_json(report: Report, made: Plan) -> str:
    from workbench.diagnostics.output import as_dict, finite

    told = as_dict(report)
    for finding, repair in zip(told["findings"], made.repairs, strict=True):
        finding["diff"] = made.diff([repair]) if repair.changes else None
        finding["no_diff"] = None if repair.changes else repair.why
    return json.dumps(finite({**told, "diff": made.diff()}), allow_nan=False) + "\n"


def _fix_as_json(report: Report, fixed: list[Repair], left: list[Repair]) -> str:
    from workbench.diagnostics.output import as_dict, finite

    more = {
        "fixed": [_place(each) for each in fixed],
        "not_fixed": [{**_place(each), "why": each.why} for each in left],
    }
    return json.dumps(finite({**as_dict(report), **more}), allow_nan=False) + "\n"


def _place(repair: Repair) -> dict[str, Any]:
    from workbench.diagnostics.output import shown

    place = repair.finding.place
    return {
        "rule": repair.finding.rule,
        "path": shown(place.path) if place else None,
        "line": place.line if place else None,
        "cell": place.cell if place else None,
    }


def _code(report: Report, *, strict: bool) -> int:
    return 1 if report.errors or (strict and report.findings) else 0
