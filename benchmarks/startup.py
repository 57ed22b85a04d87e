"""How long a command takes to start: medians of whole processes, beside `python -c pass` in the same run.

    python benchmarks/startup.py [--repeats 15]

The bound: `workbench --help` and `workbench studies` take at most three times `python -c pass`, plus 0.15 s.
The last row is the time from `workbench tune --study digits` to the first finished trial on the screen; aim: 5 s.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

PYTHON = [sys.executable, "-c", "pass"]
WORKBENCH = [sys.executable, "-m", "workbench"]


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def until_the_first_trial() -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [*WORKBENCH, "tune", "--study", "digits", "--trials", "3", "--device", "cpu"]
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if "best" in line:
                break
        took = time.perf_counter() - started
        process.communicate()
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=15)
    repeats = options.parse_args().repeats
    commands = {"python -c pass": PYTHON, "--help": [*WORKBENCH, "--help"], "studies": [*WORKBENCH, "studies"]}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        seconds(command)  # files into the cache
    for _ in range(repeats):
        for name, command in commands.items():
            taken[name].append(seconds(command))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    bound = 3 * medians["python -c pass"] + 0.15
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, medians of {repeats}")
    for name, median in medians.items():
        print(f"{name:16} {median:6.3f} s   (bound {bound:.3f} s)")
    first = statistics.median(until_the_first_trial() for _ in range(3))
    print(f"{'first trial':16} {first:6.2f} s   (aim 5 s; median of 3)")


if __name__ == "__main__":
    main()
