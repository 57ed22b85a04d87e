"""The command line: arguments, one call, an exit code.

0 done · 1 the study ended without a completed trial · 2 usage or input · 130 interrupted.
Commands import what they need inside their own function: `--help` must not wait for torch.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import workbench
from workbench.cli import (
    INTERRUPTED,
    compare,
    dashboard,
    diagnose,
    doctor,
    export,
    new,
    predict,
    report,
    rules,
    studies,
    train,
    tune,
)
from workbench.errors import WorkbenchError
from workbench.reporting.harmless import printing


class Parser(argparse.ArgumentParser):
    """argparse, with a way out in its messages."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n  hint: {self.prog} --help\n")


def parser() -> Parser:
    """Every command and option there is."""
    top = Parser(
        prog="workbench",
        description="Why does my network not learn, and which hyperparameters are best: a workbench for PyTorch.",
        epilog="start with: workbench tune --study digits",
    )
    top.add_argument("--version", action="version", version=f"workbench {workbench.__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for command in (
        diagnose,
        rules,
        new,
        tune,
        train,
        studies,
        report,
        compare,
        dashboard,
        export,
        predict,
        doctor,
    ):
        command.add_to(commands)
    return top


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """`diagnose SCRIPT -- ARGUMENTS`: what follows -- is the script's."""
    given = list(arguments)
    if given[:1] == ["diagnose"] and "--" in given:
        at = given.index("--")
        return given[:at], given[at + 1 :]
    return given, []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every mistake of the user's is one message and a 2, never a traceback."""
    with printing():
        return _main(sys.argv[1:] if arguments is None else arguments)


def _main(arguments: Sequence[str]) -> int:
    try:
        own, after = _split(arguments)
        options = parser().parse_args(own)
        if after:
            options.script_arguments = after
        options.command = ["workbench", *arguments]
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except WorkbenchError as error:
        print(f"workbench: error: {error}", file=sys.stderr)  # noqa: T201 - the CLI speaks here
        return 2
    except KeyboardInterrupt:
        print("workbench: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`workbench studies | head -1`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
