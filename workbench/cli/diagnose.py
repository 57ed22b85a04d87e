"""workbench diagnose: run a script, say why it does not learn, name the line. Torch is loaded for studies alone."""

from __future__ import annotations

import argparse
import contextlib
import math
import signal
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING, Any

from workbench.diagnostics.formats import NAMES
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.cli.diagnose_progress import Progress
    from workbench.diagnostics.engine import Report
    from workbench.diagnostics.runner import Runner

CALM = 2.0  # seconds after a Ctrl-C in which another one is the same
FOR_SCRIPTS = ("steps", "memory", "show_output", "data", "input_shape", "criterion", "task", "arg")


def add_to(commands: Any) -> None:
    """The arguments of `workbench diagnose`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "diagnose",
        help="find out why a network does not learn",
        description="Run a script or notebook, watch it train, and name what keeps it from learning. Or look at a "
        "network by itself, or at a study; without a target, at every study there is.",
        epilog="the script's own arguments follow --: workbench diagnose train.py -- --epochs 3. "
        "Exit code: 0 no error found, 1 at least one, 2 could not look, 130 interrupted.",
    )
    parser.add_argument(
        "target", metavar="TARGET", nargs="?",
        help="a .py file, an .ipynb notebook, or FILE.py:NAME, a class or function giving an nn.Module",
    )  # fmt: skip
    parser.add_argument("--study", metavar="NAME", help="a study: the middle and the corners of its space")
    parser.add_argument("--steps", type=_positive, metavar="N", help="optimizer steps to watch (200)")
    parser.add_argument("--seconds", type=_seconds, metavar="S", help="time to watch (60)")
    parser.add_argument("--memory", type=_positive, metavar="MB", help="memory the script may use")
    parser.add_argument("--select", action="append", default=[], metavar="RULE", help="only these rules")
    parser.add_argument("--ignore", action="append", default=[], metavar="RULE", help="all but these rules")
    strict = argparse.BooleanOptionalAction
    parser.add_argument("--strict", action=strict, default=None, help="warnings make exit code 1, too")
    parser.add_argument("--no-proof", action="store_true", help="do not rerun with the faults repaired")
    parser.add_argument("--quiet", action="store_true", help="no progress on the way")
    parser.add_argument("--show-output", action="store_true", help="show what the script printed, on stderr")
    repair = parser.add_mutually_exclusive_group()
    repair.add_argument(
        "--diff", action="store_true", help="print the repairs that are safe as text as a diff; change nothing"
    )
    repair.add_argument("--fix", action="store_true", help="write the proven repairs to the file, and look again")
    parser.add_argument("--format", choices=NAMES, default="text", help="how to print the result (text)")
    network = parser.add_argument_group("for FILE.py:NAME")
    network.add_argument(
        "--data", metavar="SOURCE", help="digits, mnist, circles, iris, another data set, or FILE.py:NAME"
    )
    network.add_argument("--input-shape", type=_shape, metavar="1,28,28", help="random examples of this shape")
    network.add_argument("--criterion", metavar="NAME", help="for example CrossEntropyLoss (default: as data ask)")
    network.add_argument("--task", metavar="TASK", help="binary, multiclass, multilabel or regression")
    network.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="an argument of NAME")
    parser.set_defaults(run=run, script_arguments=())


def run(options: argparse.Namespace) -> int:
    """Look, print, and say by the exit code whether an error was found."""
    with _interrupted_once():
        if options.diff or options.fix:
            return _repair(options)
        if options.target is None and options.study is None:
            return _every(options)
        from workbench.diagnostics.engine import Interrupted
        from workbench.diagnostics.formats import render

        try:
            report, strict = _look(options)
        except Interrupted as stop:
            if options.format == "text":
                from workbench.diagnostics.output import told

                sys.stdout.write(told(stop.report))
            raise
        sys.stdout.write(render(report, options.format))
        return _code(report, strict=strict)


@contextlib.contextmanager
def _interrupted_once() -> Iterator[None]:
    """The first Ctrl-C interrupts, and the command ends; another one at once must not disturb that."""
    last = -math.inf

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal last
        if time.monotonic() - last > CALM:
            last = time.monotonic()
            raise KeyboardInterrupt

    ours = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not ours or before is signal.SIG_IGN:  # nohup, a job in the background
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        raise  # what is left of the command is its last words
    except BaseException:
        signal.signal(signal.SIGINT, before)
        raise
    signal.signal(signal.SIGINT, before)


def _every(options: argparse.Namespace) -> int:
    """Every study, with the settings of the project in the current folder."""
    from workbench.cli import diagnose_study
    from workbench.diagnostics.settings import settings

    _without_scripts(options)
    if options.format not in ("text", "json"):
        raise WorkbenchError(
            f"without a target there is no {options.format} format", hint="take text or json, or name a target"
        )
    wanted = settings(
        None,
        select=_names(options.select),
        ignore=_names(options.ignore),
        seconds=options.seconds,
        strict=options.strict,
    )
    rules = {"select": wanted.select, "ignore": wanted.ignore, "seconds": wanted.seconds}
    return diagnose_study.every(strict=wanted.strict, as_json=options.format == "json", **rules)


def _without_scripts(options: argparse.Namespace) -> None:
    """Refuse what means nothing to studies."""
    values = {name: getattr(options, name) for name in FOR_SCRIPTS}
    given = [f"--{name.replace('_', '-')}" for name, value in values.items() if value not in (None, False, [])]
    given += ["an argument after --"] if options.script_arguments else []
    if given:
        hint = "workbench diagnose train.py; without a target, studies are looked at"
        raise WorkbenchError(f"{given[0]} is for a script or a network, not for studies", hint=hint)


def _repair(options: argparse.Namespace) -> int:
    from workbench.cli import diagnose_fix

    diagnose_fix.check(diff=options.diff, target=options.target, style=options.format)
    act = diagnose_fix.show if options.diff else diagnose_fix.fix
    return act(lambda runner: _look(options, runner, announce=False), options.target, options.format)


def _look(
    options: argparse.Namespace, runner: Runner | None = None, *, announce: bool = True
) -> tuple[Report, bool]:
    """The report, if anything can be said; the script's output where that is asked for."""
    from workbench.cli.diagnose_progress import Progress
    from workbench.diagnostics.unseen import unseen

    with Progress(options.target or options.study, quiet=options.quiet, announce=announce) as progress:
        report, strict = _report(options, runner, progress)
    if options.show_output:
        sys.stderr.write(report.stdout + report.stderr)
    problem = unseen(report)
    if problem is not None:
        raise problem
    return report, strict


def _report(options: argparse.Namespace, runner: Runner | None, progress: Progress) -> tuple[Report, bool]:
    """Look at whatever the target is; also, whether warnings count."""
    from pathlib import Path

    from workbench.diagnostics.settings import settings

    target = options.target or options.study
    if options.study is not None and options.target is not None:
        raise WorkbenchError("a target and --study exclude one another", hint="leave one of them out")
    wanted = settings(
        Path(target.partition(".py:")[0]).parent / "any.py" if ".py:" in target else Path(target),
        select=_names(options.select),
        ignore=_names(options.ignore),
        steps=options.steps,
        seconds=options.seconds,
        strict=options.strict,
    )
    rules: dict[str, Any] = {"select": wanted.select, "ignore": wanted.ignore, "seconds": wanted.seconds}
    if options.study is not None:
        from workbench.cli import diagnose_study

        _without_scripts(options)
        return diagnose_study.one(options.study, **rules), wanted.strict
    rules |= {"steps": wanted.steps, "memory": options.memory, "prove": not options.no_proof, "runner": runner}
    rules["observer"] = progress
    if ".py:" in target:
        from workbench.diagnostics.network import diagnose_network

        report = diagnose_network(
            target,
            data=options.data,
            input_shape=options.input_shape,
            criterion=options.criterion,
            task=options.task,
            arguments=tuple(options.arg),
            **rules,
        )
        return report, wanted.strict
    from workbench.diagnostics.engine import diagnose

    report = diagnose(Path(target), args=tuple(options.script_arguments), **rules)
    return report, wanted.strict


def _shape(text: str) -> tuple[int, ...]:
    sizes = [part.strip() for part in text.replace("x", ",").split(",")]
    if not all(size.isdecimal() and int(size) for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape of an example, such as 1,28,28")
    return tuple(map(int, sizes))


def _code(report: Report, *, strict: bool) -> int:
    return 1 if report.errors or (strict and report.findings) else 0


def _names(given: list[str]) -> list[str]:
    return [name for item in given for name in item.replace(",", " ").split()]


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, got {text!r}")
    return number
