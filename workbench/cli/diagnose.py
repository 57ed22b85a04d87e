"""workbench diagnose: run a script, say why it does not learn, name the line. Torch is not loaded here."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.diagnostics.engine import Report


def add_to(commands: Any) -> None:
    """The arguments of `workbench diagnose`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "diagnose",
        help="find out why a training script does not learn",
        description="Run a script or notebook, watch it train, and name what keeps it from learning.",
        epilog="the script's own arguments follow --: workbench diagnose train.py -- --epochs 3. "
        "Exit code: 0 no error found, 1 at least one, 2 could not look, 130 interrupted.",
    )
    parser.add_argument("target", metavar="SCRIPT", help="a .py file or an .ipynb notebook")
    parser.add_argument("--steps", type=_positive, default=200, metavar="N", help="optimizer steps to watch (200)")
    parser.add_argument("--seconds", type=_seconds, default=60.0, metavar="S", help="time to watch (60)")
    parser.add_argument("--memory", type=_positive, metavar="MB", help="memory the script may use")
    parser.add_argument("--select", action="append", default=[], metavar="RULE", help="only these rules")
    parser.add_argument("--ignore", action="append", default=[], metavar="RULE", help="all but these rules")
    parser.add_argument("--strict", action="store_true", help="warnings make exit code 1, too")
    parser.add_argument("--no-proof", action="store_true", help="do not rerun with the faults repaired")
    parser.add_argument("--show-output", action="store_true", help="show what the script printed, on stderr")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the result (text)")
    parser.set_defaults(run=run, script_arguments=())


def run(options: argparse.Namespace) -> int:
    """Look, print, and say by the exit code whether an error was found."""
    from pathlib import Path

    from workbench.diagnostics import output
    from workbench.diagnostics.engine import diagnose, unseen

    target = Path(options.target)
    report = diagnose(
        target,
        args=tuple(options.script_arguments),
        steps=options.steps,
        seconds=options.seconds,
        memory=options.memory,
        select=_names(options.select),
        ignore=_names(options.ignore),
        prove=not options.no_proof,
    )
    if options.show_output:
        sys.stderr.write(report.stdout + report.stderr)
    problem = unseen(report)
    if problem is not None:
        raise problem
    sys.stdout.write(output.as_json(report) + "\n" if options.format == "json" else output.text(report))
    return _code(report, strict=options.strict)


def _code(report: Report, *, strict: bool) -> int:
    return 1 if report.errors or (strict and report.findings) else 0


def _names(given: list[str]) -> list[str]:
    return [name for item in given for name in item.replace(",", " ").split()]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be more than 0, got {text}")
    return number
