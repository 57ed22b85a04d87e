"""workbench tune: search a study's hyperparameters, rank what was found, keep the best network."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli import INTERRUPTED

if TYPE_CHECKING:
    from workbench.cli.diagnose_study import Gate
    from workbench.store.artifacts import Artifacts
    from workbench.store.history import History

ENDED_WITHOUT_ONE = 1  # or after too many failures
FAULTY = 1

OVERRIDES = {  # option -> what it replaces in the study file
    "trials": "budget.trials",
    "timeout": "budget.timeout",
    "sampler": "search.sampler",
    "pruner": "search.pruner",
    "seed": "search.seed",
}
TEXTS = ("budget.timeout", "search.sampler", "search.pruner")  # `--timeout 90` is meant as "90"


def add_to(commands: Any) -> None:
    """The arguments of `workbench tune`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "tune",
        help="search a study's hyperparameters",
        description="Search a study's hyperparameters. The same command again goes on where it stopped.",
    )
    parser.add_argument(
        "--study", required=True, metavar="NAME", help="a study's name, or the path of its .toml file"
    )
    budget = parser.add_argument_group("instead of what the study file says")
    budget.add_argument("--trials", metavar="N", help="finished trials in all, earlier runs included")
    budget.add_argument("--timeout", metavar="TIME", help='wall time of this command: "90s", "30m", "2h"')
    budget.add_argument("--sampler", metavar="NAME", help="tpe, random, qmc, gp, cmaes, grid or nsga2")
    budget.add_argument("--pruner", metavar="NAME", help="hyperband, median, halving or none")
    budget.add_argument("--seed", metavar="N", help="all randomness follows from it")
    budget.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments",
        help="any other key, e.g. --set space.lr.float='[1e-4,1e-2]' (may be repeated)",
    )  # fmt: skip
    where = parser.add_argument_group("where")
    where.add_argument(
        "--storage", metavar="URL",
        help="a journal file, sqlite:///FILE, postgresql://… or mysql://… (default: $WORKBENCH_STORAGE, "
        "else workbench.journal in this folder)",
    )  # fmt: skip
    where.add_argument("--out", metavar="DIR", default="reports", help="reports go to DIR/STUDY (default: reports)")
    where.add_argument(
        "--artifacts", metavar="PLACE",
        help="files that the dashboard shows go to this folder, or to s3://BUCKET/PREFIX (default: "
        "$WORKBENCH_ARTIFACTS, else beside the storage)",
    )  # fmt: skip
    where.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--engine", default="auto", choices=("auto", "fused", "serial"),
        help="fused: many trials as one program; serial: one at a time; auto: what is quicker (default)",
    )  # fmt: skip
    how.add_argument(
        "--workers", type=_workers, metavar="N|auto",
        help="train in so many processes (default, auto: one for each GPU, else one a core, where that pays)",
    )  # fmt: skip
    how.add_argument(
        "--cluster", metavar="ADDRESS",
        help='train on a Ray cluster: "auto", ray://HOST:10001 or HOST:6379 (needs workbench[ray])',
    )  # fmt: skip
    how.add_argument(
        "--max-failures", type=_count, metavar="N", help="stop when so many trials of this command have failed"
    )
    how.add_argument("--fresh", action="store_true", help="start anew beside the earlier results, which are kept")
    how.add_argument("--require-data", action="store_true", help="no stand-in where the real data set is missing")
    how.add_argument("--no-diagnose", action="store_true", help="do not look for faults before the first trial")
    how.add_argument(
        "--no-confirm", action="store_true", help="do not train the leaders again with fresh seeds (confirm.top)"
    )
    how.add_argument("--quiet", action="store_true", help="no progress on the way")
    how.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Load, tune, report. SIGTERM and a closed terminal are what Ctrl-C is, from the first import on."""
    from workbench.tuning.interruption import Interruption

    with Interruption():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    from workbench.cli.diagnose_study import Gate
    from workbench.study.load import load, resolve

    given = {key: getattr(options, name) for name, key in OVERRIDES.items() if getattr(options, name) is not None}
    overrides = [f"{key}={json.dumps(text) if key in TEXTS else text}" for key, text in given.items()]
    spec = load(options.study, [*overrides, *options.assignments])

    from workbench.reporting import files, page, summary, terminal
    from workbench.store import artifacts
    from workbench.store.storage import chosen, display

    storage = chosen(options.storage)
    out = Path(options.out)
    place = artifacts.chosen(options.artifacts, storage, out)
    place.check()
    # What a user's own network or data prints must not stand beside the one JSON object.
    apart = redirect_stdout(sys.stderr) if options.json else nullcontext()
    gate = Gate(resolve(options.study), wanted=not options.no_diagnose)
    with apart, terminal.Progress(quiet=options.quiet) as progress:
        from workbench.tuning import engine

        ending = engine.tune(
            spec,
            engine.Options(
                storage=storage,
                out=out,
                device=options.device,
                engine=options.engine,
                workers=options.workers,
                max_failures=options.max_failures,
                cluster=options.cluster,
                fresh=options.fresh,
                require_data=options.require_data,
                confirm=not options.no_confirm,
                command=tuple(options.command),
            ),
            progress,
            note=page.note,
            gate=gate,
        )
    history = ending.history
    if ending.why == "diagnosis":
        return _stopped(options, gate, history)
    paths = files.write_reports(history, ending.folder, seconds=ending.seconds)
    if options.json:
        result = summary.result(history, seconds=ending.seconds, reports=paths)
        print(json.dumps(result, allow_nan=False))  # noqa: T201 - the result
    else:
        again = _again([display(word) for word in options.command])
        terminal.print_ending(history, ending.why, paths, again=again)
    _publish(storage, history, ending.folder, place)
    if ending.why == "interrupted":
        return INTERRUPTED
    return 0 if summary.best(history) is not None and ending.why != "failures" else ENDED_WITHOUT_ONE


def _publish(storage: str | None, history: History, folder: Path, place: Artifacts) -> None:
    """What the dashboard shows. The result is told by now; where this fails, it is no less a result."""
    from workbench.dashboard import contents
    from workbench.errors import WorkbenchError

    sys.stdout.flush()
    try:
        contents.publish(storage, history, folder, place)
    except WorkbenchError as error:
        print(f"workbench: the dashboard shows nothing new: {error}", file=sys.stderr)  # noqa: T201


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _workers(text: str) -> int | None:
    return None if text == "auto" else _count(text)


def _stopped(options: argparse.Namespace, gate: Gate, history: History) -> int:
    """The study has a fault that no hyperparameter mends."""
    from workbench.diagnostics import output
    from workbench.reporting import summary

    assert gate.report is not None
    if options.json:
        result = summary.result(history, seconds={"total": gate.report.trace.seconds}, reports={})
        result["diagnosis"] = history.facts["diagnosis"]
        print(json.dumps(result, allow_nan=False))  # noqa: T201 - the result
    else:
        sys.stdout.write(output.told(gate.report))
    sys.stderr.write(
        f"workbench: {history.study} was not started: the fault above would spoil every trial\n"
        f"  hint: workbench diagnose --study {options.study} says more; --no-diagnose goes on all the same\n"
    )
    return FAULTY


def _again(command: list[str]) -> str:
    """The command that goes on from here, ready for another `--trials`."""
    words = iter(command)
    kept: list[str] = []
    for word in words:
        if word == "--trials":
            next(words, None)
        elif word not in ("--fresh", "--json", "--quiet") and not word.startswith("--trials="):
            kept.append(word)
    return shlex.join(kept)
