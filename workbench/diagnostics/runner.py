"""Runs targets in child processes and brings back what was seen. Needs no torch.

A `Runner` keeps one child that has imported torch and forks it for each run, so that only the first run waits
for the import. Whatever a target does - crash, hang, exit, segfault, eat memory - is a result.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from workbench.diagnostics import trace as traces
from workbench.diagnostics.request import Request
from workbench.diagnostics.trace import Ended, Trace
from workbench.errors import WorkbenchError

GRACE = 10.0  # seconds to stop after the limit: longest single torch call, and the last snapshot
PROBING = 60.0  # seconds for experiments after the recording
STARTING = 120.0  # seconds for the import of torch
TICK = 0.2  # seconds between two looks at a run
READING = 0.1  # share of the time in which the trace is read while the run goes on
OUTPUT = 32 * 2**20  # bytes kept of what a target prints; beyond that, the tail
TAIL = 200_000

# Told at each look at a run what was asked for, and the trace so far where it has grown.
Watcher = Callable[[Request, Trace | None], None]


@dataclass(frozen=True)
class Run:
    """What came of a request."""

    trace: Trace
    stdout: str
    stderr: str
    results: dict[str, Any] = field(default_factory=dict)  # of a replay


class Runner:
    """A warm child process. Use it as a context manager."""

    def __init__(self) -> None:
        self.watcher: Watcher | None = None
        self._child: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[dict[str, int]] = queue.Queue()
        self._running: int | None = None  # pid
        self._number = 0
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True)

    def __enter__(self) -> Runner:
        """The child begins to import torch, while the caller does something else."""
        self._start_child()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._end_child()
        self._folder.cleanup()

    def run(self, target: Path, **wishes: Any) -> Run:
        """Run `target` as the fields of Request ask; blocks until it has ended, one way or another."""
        self._number += 1
        folder = Path(self._folder.name, str(self._number))
        folder.mkdir()
        wishes.setdefault("cwd", str(Path.cwd()))
        request = Request(target=str(target.resolve()), folder=str(folder), **wishes)
        began = time.monotonic()
        status = self._ask(request)
        return _collect(request, status, time.monotonic() - began)

    def _ask(self, request: Request) -> int | None:
        """The exit status, or None where it had to be killed for not stopping."""
        child = self._start_child()
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has not come up: told below
            child.stdin.write(request.to_json() + "\n")
            child.stdin.flush()
        glimpses = _Glimpses(request, self.watcher)
        try:
            self._running = self._started(child, glimpses)
            limit = request.seconds + GRACE + (PROBING if request.probes else 0.0)
            return self._watch(self._running, limit, glimpses)
        except BaseException:
            self._end_child()
            raise
        finally:
            self._running = None

    def _started(self, child: subprocess.Popen[str], glimpses: _Glimpses) -> int:
        """The pid of the run."""
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline:
            ended = child.poll() is not None
            answer = self._answer()
            if answer is not None:
                return answer["pid"]
            if ended:
                break
            glimpses.look()
        raise WorkbenchError("the child process for diagnoses did not start", hint="does `import torch` work?")

    def _watch(self, pid: int, limit: float, glimpses: _Glimpses) -> int | None:
        deadline = time.monotonic() + limit
        stuck = False
        while True:
            answer = self._answer()
            if answer is not None:
                _kill(pid)  # its workers, if any are left
                status = answer.get("status")
                return None if stuck else status
            for name in ("stdout", "stderr"):
                _cut(Path(glimpses.request.folder, name))
            if time.monotonic() > deadline and not stuck:
                stuck = True
                _kill(pid)
            if self._child is not None and self._child.poll() is not None:
                self._child = None
                _kill(pid)
                return None
            glimpses.look()

    def _answer(self) -> dict[str, int] | None:
        try:
            return self._answers.get(timeout=TICK)
        except queue.Empty:
            return None

    def _start_child(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            # A thread that waits actively takes the processor from its neighbour: 26 s instead of 0.9 s were seen
            # on a busy machine. How threads wait changes no number.
            environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "PYTHONUNBUFFERED": "1"}
            self._child = subprocess.Popen(
                [sys.executable, "-m", "workbench.diagnostics.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                start_new_session=True,
            )
            self._answers = queue.Queue()
            threading.Thread(target=_listen, args=(self._child, self._answers), daemon=True).start()
        return self._child

    def _end_child(self) -> None:
        """End it at once, and what runs in it; it has nothing to lose."""
        child, self._child = self._child, None
        if self._running is not None:
            _kill(self._running)
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()


class _Glimpses:
    """What a run has written of itself so far, for a watcher."""

    def __init__(self, request: Request, watcher: Watcher | None) -> None:
        self.request, self._watcher = request, watcher
        self._path = Path(request.folder, "trace.json")
        self._seen = 0  # the file's time of change, in nanoseconds
        self._next = 0.0

    def look(self) -> None:
        """Tell the watcher, with the trace where it has changed."""
        if self._watcher is not None:
            self._watcher(self.request, self._trace())

    def _trace(self) -> Trace | None:
        began = time.monotonic()
        if began < self._next:
            return None
        try:
            written = self._path.stat().st_mtime_ns
            if written == self._seen:
                return None
            trace = traces.read(self._path)
        except (OSError, ValueError):
            return None
        self._seen = written
        now = time.monotonic()
        self._next = now + (now - began) / READING
        return trace


def _listen(child: subprocess.Popen[str], answers: queue.Queue[dict[str, int]]) -> None:
    assert child.stdout is not None
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in child.stdout:
            with contextlib.suppress(ValueError):
                answers.put(json.loads(line))


def _kill(pid: int) -> None:
    """End a run and all that it started."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def _cut(path: Path) -> None:
    """Keep a file of output from growing without end: beyond the limit only its tail stays."""
    try:
        size = path.stat().st_size
    except OSError:
        return
    if size > OUTPUT:
        with path.open("r+b") as file:
            file.seek(-TAIL, os.SEEK_END)
            tail = file.read()
            file.truncate(0)
            file.seek(0)
            file.write(b"[...]\n" + tail)


def _collect(request: Request, status: int | None, seconds: float) -> Run:
    folder = Path(request.folder)
    ours = folder / "ours"
    if ours.exists():
        raise RuntimeError(f"workbench's own error while running {request.target}:\n{ours.read_text()}")
    stdout, stderr = _text(folder / "stdout"), _text(folder / "stderr")
    results: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    try:
        trace = traces.read(folder / "trace.json")
    except (OSError, ValueError):
        trace = Trace(request.target, Ended("killed"), seconds)
    if trace.ended.how == "killed":  # the last snapshot, not the end
        how = "stuck" if status is None else "killed"
        trace = replace(trace, ended=Ended(how, signal=-status if status is not None and status < 0 else None))
    return Run(trace, stdout, stderr, results)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    return data[-TAIL:].decode("utf-8", errors="replace")
