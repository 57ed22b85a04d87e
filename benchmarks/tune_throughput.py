"""`workbench tune` as a whole command beside the usual hand-written objective and beside its own serial engine.

    python benchmarks/tune_throughput.py --data FOLDER [--only ROW ...] [--hand 12] [--repeats 1]

FOLDER holds MNIST/raw/*.gz and may be written to (torchvision unpacks there). Rows:

mnist-small-200   studies/mnist-small.toml, TPE, no pruning, 200 trials, from the shell's prompt to the reports
mnist-small-1000  the same, 1,000 trials
digits-200        studies/digits.toml, no pruning, 200 trials: fused against --engine serial
pruning           mnist-small with 9 epochs and halving, 300 trials: places of pruned trials refilled, and not
memory            the most memory that mnist-small's command and its processes hold at once, against --engine serial

The hand-written objective (benchmarks/serial_throughput.py: nn.Sequential, DataLoader, study.optimize) is timed on
`--hand` points drawn at random, before the workbench command or after it, and counted as many times as there are
trials: 1,000 of them would take a quarter of an hour. Optuna's own work for them is left out, which favours the
hand-written side. A command's time includes Python's start, torch's import, the diagnosis and the reports.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NOBODY_JOINS = (
    "from workbench.tuning.search import Search; Search._join = lambda *_: []"  # the comparison's other side
)
ROWS = ("mnist-small-200", "mnist-small-1000", "digits-200", "pruning", "memory")


class Command:
    """One run of `workbench tune` in a new folder: its wall time, what it said, and the most memory it held."""

    def __init__(self, data: Path, study: str, *options: str, before: str = "pass") -> None:
        code = f"{before}; from workbench.cli.main import main; raise SystemExit(main())"
        command = [sys.executable, "-c", code, "tune", "--study", study, "--json", "--quiet", *options]
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            process = subprocess.Popen(
                [*command, "--timeout", "10h"],
                cwd=folder,
                env={**os.environ, "WORKBENCH_DATA": str(data)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            memory = _Memory(process.pid)
            said, complained = process.communicate()
            self.seconds = time.perf_counter() - started
            self.memory = memory.end()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{complained}")
        self.result: dict[str, Any] = json.loads(said)

    def shares(self) -> str:
        """Where the time went, as the command says itself."""
        took = self.result["seconds"]
        return ", ".join(f"{name} {took[name]:.1f} s" for name in ("total", "train", "ask", "store"))


class _Memory(threading.Thread):
    """Looks five times a second at a process and its children; shared pages count once (PSS). MB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._most, self._over = pid, 0.0, threading.Event()
        if Path("/proc/self/smaps_rollup").exists():
            self.start()

    def run(self) -> None:
        while not self._over.wait(0.2):
            self._most = max(self._most, sum(map(_held, _family(self._pid))))

    def end(self) -> float:
        self._over.set()
        return self._most


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _held(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def by_hand(data: Path, count: int) -> list[float]:
    """Seconds of hand-written trials. In a process of its own, for torchvision and DataLoader leave much behind."""
    code = (
        "import sys, json; from pathlib import Path; sys.path.insert(0, sys.argv[1]); "
        "import serial_throughput as s; "
        "import optuna; optuna.logging.set_verbosity(optuna.logging.WARNING); "
        "hand = s.by_hand(Path(sys.argv[2])); points = s.draw(int(sys.argv[3]) + 1); "
        "print(json.dumps([s.measure(hand, point)[0] for point in points][1:]))"  # the first warms up
    )
    here = str(Path(__file__).parent)
    arguments = [sys.executable, "-c", code, here, str(data), str(count)]
    return [float(each) for each in json.loads(subprocess.run(arguments, capture_output=True, check=True).stdout)]


def against_hand(data: Path, trials: int, hand: int, repeats: int) -> None:
    """The whole command, and the hand-written objective before or after it."""
    ratios, commands = [], []
    for repeat in range(repeats):
        seconds: list[float] = []
        for side in ("hand", "command")[:: 1 if repeat % 2 else -1]:
            if side == "hand":
                seconds = by_hand(data, hand)
            else:
                commands.append(Command(data, "mnist-small", "--trials", str(trials), "--pruner", "none"))
        each, took = statistics.mean(seconds), commands[-1].seconds
        ratios.append(each * trials / took)
        print(
            f"  {took:.1f} s ({took / trials * 1000:.1f} ms a trial; {commands[-1].shares()}); "
            f"by hand {each:.3f} s a trial, mean of {len(seconds)}; ratio {ratios[-1]:.1f}"
        )
    print(f"mnist-small-{trials}: {statistics.median(ratios):.1f}× ({commands[0].result['engine']})\n")


def against_each_other(name: str, repeats: int, sides: dict[str, tuple[Sequence[str], str]], data: Path) -> None:
    """Two commands that take turns at going first; the ratio of their seconds, slower to quicker."""
    ratios = []
    for repeat in range(repeats):
        took = {}
        for side in list(sides)[:: 1 if repeat % 2 else -1]:
            options, before = sides[side]
            command = Command(data, *options, before=before)
            took[side] = command.seconds
            counts = command.result["trials"]
            print(
                f"  {side}: {command.seconds:.1f} s ({command.shares()}); {counts['pruned']} of {counts['total']} "
                f"pruned, best {command.result['best']['value']:.4f}; {command.result['engine']}"
            )
        quick, slow = (took[side] for side in sides)
        ratios.append(slow / quick)
    print(f"{name}: {statistics.median(ratios):.1f}×\n")


def memory(data: Path) -> None:
    """Of the whole command, all its processes together."""
    held = {}
    for engine in ("fused", "serial"):
        held[engine] = Command(data, "mnist-small", "--trials", "60", "--pruner", "none", "--engine", engine).memory
        print(f"  {engine}: {held[engine]:.0f} MB at most")
    print(f"memory: {held['fused'] / held['serial']:.2f}× that of the serial engine\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds MNIST/raw/*.gz")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS)
    parser.add_argument("--hand", type=int, default=12, help="hand-written trials that are timed")
    parser.add_argument("--repeats", type=int, default=1)
    said = parser.parse_args()
    data = said.data.resolve()
    for row in said.only:
        if row.startswith("mnist-small-"):
            against_hand(data, int(row.rpartition("-")[2]), said.hand, said.repeats)
        elif row == "digits-200":
            digits = ("digits", "--trials", "200", "--pruner", "none", "--engine")
            sides = {name: ((*digits, name), "pass") for name in ("fused", "serial")}
            against_each_other(row, said.repeats, sides, data)
        elif row == "pruning":
            study = ("mnist-small", "--trials", "300", "--pruner", "halving", "--engine", "fused")
            study += ("--set", "space.epochs=9")
            sides = {"refilled": (study, "pass"), "left empty": (study, NOBODY_JOINS)}
            against_each_other(row, said.repeats, sides, data)
        else:
            memory(data)
    import optuna
    import torch

    print(
        f"{platform.machine()}, {os.cpu_count()} cores, python {platform.python_version()}, "
        f"torch {torch.__version__}, optuna {optuna.__version__}"
    )


if __name__ == "__main__":
    main()
