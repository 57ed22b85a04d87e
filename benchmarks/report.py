"""`workbench report`, `compare` and `studies` beside studies of many trials: seconds and memory of whole commands.

    python benchmarks/report.py [--trials 1000] [--repeats 5] [--nothing-but report] [--keep FOLDER]

The study is circles: a dozen trials are trained, the leaders confirmed and tested, so that all that a report can
show is there. The other trials are made up, for 10,000 would train for an hour: drawn at random, with a curve of
ten epochs that rises with noise, two of five pruned, and told to the storage as a search tells its own. `compare`
puts the study beside a copy of itself. Printed are medians of whole processes: wall time, processor time (which
other work on the machine changes less), the most memory that one of them held, and how large report.html is. The
aim: a report of 1,000 trials within 5 s on two cores, without importing torch; no more than n log n beyond.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from workbench.store.trials import StudyStore, read
from workbench.study.identity import identity
from workbench.study.load import load
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Outcome, Trial

WORKBENCH = [sys.executable, "-m", "workbench"]
CHANGES = ["enqueue=[]", "space.depth=1", "space.epochs=10", 'search.sampler="random"', "confirm.seeds=3"]
TRAINED = 12
LEADERS = 5  # that are confirmed: nothing made up may come before them
AT_ONCE = 250  # trials told together
EXAMPLES = 160  # of the validation part
ONE, TWO = "one.journal", "two.journal"
COMMANDS = {
    "report": ["report", "--study", "circles", "--storage", ONE],
    "compare": ["compare", "circles", "--storage", ONE, "--storage", TWO, "--html", "compared.html"],
    "studies": ["studies"],
}


@dataclass(frozen=True)
class Run:
    seconds: float
    processor: float  # seconds
    memory: float  # MB, the most that the process, or one that it waited for, held at once


def run(command: list[str], folder: Path) -> Run:
    """One whole process; what it says goes nowhere."""
    started = time.perf_counter()
    process = subprocess.Popen([*WORKBENCH, *command], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"workbench {' '.join(command)} ended with {process.returncode}")
    memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6  # macOS counts bytes
    return Run(seconds, used.ru_utime + used.ru_stime, memory)


def make(folder: Path, trials: int) -> None:
    """A study of so many trials in one.journal, and a copy of it in two.journal."""
    sets = [word for change in CHANGES for word in ("--set", change)]
    tune = [*WORKBENCH, "tune", "--study", "circles", "--trials", f"{TRAINED}", "--storage", ONE, "--quiet", *sets]
    subprocess.run(tune, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    invent(folder, trials)


def invent(folder: Path, trials: int) -> None:
    """More trials, until there are so many."""
    where = str(folder / ONE)
    reached = sorted((row.value or 0.0 for row in read(where, "circles").rows), reverse=True)
    highest = min(reached[:LEADERS]) - 2 / EXAMPLES
    spec = load("circles", CHANGES)
    store = StudyStore.open(where, spec, identity=identity(spec))
    while store.counts().total < trials:
        asked = store.ask(min(AT_ONCE, trials - store.counts().total))
        store.tell([invented(trial, spec, highest) for trial in asked])
        store.flush()
    shutil.copy(where, folder / TWO)


def invented(trial: Trial, spec: StudySpec, highest: float) -> Outcome:
    """A curve that rises with noise; the same for the same number."""
    draw = random.Random(trial.number)
    top = 0.5 + (highest - 0.5) * draw.random() ** 2
    pruned = draw.random() < 0.4
    epochs = draw.randrange(1, 10) if pruned else 10
    curve = tuple(_epoch(epoch, top, highest, draw) for epoch in range(1, epochs + 1))
    size = int(trial.point["units"]) * 4 + 1
    why = "below the median" if pruned else ""
    return Outcome(
        trial.number, "pruned" if pruned else "complete", curve, 0.3, size, why, metric=spec.objective.name
    )


def _epoch(epoch: int, top: float, highest: float, draw: random.Random) -> Epoch:
    reached = min(highest, top - (top - 0.45) * 0.6**epoch + draw.gauss(0, 0.01))
    accuracy = round(reached * EXAMPLES) / EXAMPLES
    loss = 1.2 - accuracy
    return Epoch(epoch, loss - 0.02, accuracy + 0.004, loss + draw.gauss(0, 0.01), accuracy)


def main() -> None:
    """Make the study, run each command, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", type=int, default=1000)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--nothing-but", choices=COMMANDS, action="append", help="may be repeated")
    options.add_argument("--keep", type=Path, help="make the study here, or take the one that lies here")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / TWO).exists():
            make(folder, chosen.trials)
        load_average = "/".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load_average}")
        size = (folder / ONE).stat().st_size / 1e6
        print(f"{chosen.trials:,} trials, journal of {size:.1f} MB, {chosen.repeats} runs")
        for name in chosen.nothing_but or COMMANDS:
            runs = [run(COMMANDS[name], folder) for _ in range(chosen.repeats)]
            seconds, processor, memory = (
                statistics.median(getattr(one, what) for one in runs) for what in ("seconds", "processor", "memory")
            )
            print(f"{name:8} {seconds:7.2f} s   {processor:7.2f} s of processor   {memory:6.0f} MB")
        page = folder / "reports" / "circles" / "report.html"
        if page.exists():
            print(f"report.html: {page.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
