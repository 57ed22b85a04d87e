"""The process a target runs in: `python -m workbench.diagnostics.child`, requests in, one forked process for each.

Torch is imported once, before the forks: a run starts in milliseconds. Results go through files in the request's
folder, written again and again, so that a crash of the interpreter keeps what had been seen. Where a process cannot
fork, the request runs here and the process ends with it.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import json
import linecache
import os
import random
import select
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401 - an optimizer's first step would import it, in every fork

from workbench.diagnostics import request as requests
from workbench.diagnostics.notebook import cells
from workbench.diagnostics.recorder import crashes, places
from workbench.diagnostics.recorder.session import Recorder, Stop
from workbench.diagnostics.request import Request
from workbench.diagnostics.trace import Crash, Ended, Source, Trace, to_json, to_plain
from workbench.errors import WorkbenchError

# Libraries whose import takes long and starts no thread.
SLOW = frozenset({"joblib", "numpy", "pandas", "scipy", "sklearn", "threadpoolctl", "torch", "torchvision"})
FORKS = hasattr(os, "fork")


def serve() -> None:
    """Answer requests, a line of JSON each: {"pid": …} when it runs, {"status": …} when it has ended."""
    channel = os.fdopen(os.dup(1), "w")
    woken = _wake_up() if FORKS else 0
    for line in sys.stdin:
        request = requests.from_json(line)
        _preload(request.preload)
        if not FORKS:
            _tell(channel, {"pid": os.getpid()})
            run(request)
        pid = os.fork()
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                run(request)
            finally:
                os._exit(70)
        _tell(channel, {"pid": pid})
        _tell(channel, {"status": _end_of(pid, woken)})


def _wake_up() -> int:
    """A pipe that has something to read when a run has ended."""
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return woken


def _end_of(pid: int, woken: int) -> int:
    """Wait for a run; its exit code. Should the parent die, however it may, stdin ends, and the run with it."""
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        ready, _, _ = select.select([0, woken], [], [])
        if 0 in ready:  # while a run goes on nothing is asked for
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.killpg(pid, signal.SIGKILL)
            os._exit(0)
        with contextlib.suppress(OSError):
            os.read(woken, 1000)


def _tell(channel: Any, message: dict[str, int]) -> None:
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def _preload(names: tuple[str, ...]) -> None:
    """Import what the target will import: scikit-learn, imported in every run, takes seconds each time."""
    path = sys.path[:]
    del sys.path[:1]  # the current folder: what lies there is the user's
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    sys.path[:] = path


def _imported(before: set[str]) -> list[str]:
    """Well-known installed modules that the target has imported."""
    return sorted(name for name in set(sys.modules) - before if name.partition(".")[0] in SLOW)


def run(request: Request) -> None:
    """Run one request and end the process."""
    with contextlib.suppress(OSError):
        os.setsid()  # so that its workers can be ended with it
    _redirect(request)
    _limit(request)
    _surroundings(request)
    try:
        if request.mode == "bare":
            from workbench.diagnostics.replay import replay

            run_it = execute if request.network is None else train
            with alarm(request.seconds, run_it):
                replay(request, run_it)
        elif request.network is not None:
            inspect(request)
        else:
            record(request)
    except BaseException:  # noqa: BLE001 - ours: the parent shows it
        Path(request.folder, "ours").write_text(traceback.format_exc(), encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)


def _redirect(request: Request) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(Path(request.folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdout = open(1, "w", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin  # type: ignore[misc]


def _limit(request: Request) -> None:
    if request.memory is not None:
        import resource

        limit = request.memory * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _surroundings(request: Request) -> None:
    """As `python target args` would find them; generators seeded, so that a second run is the same run."""
    os.environ.update({"MPLBACKEND": "Agg", "TORCHDYNAMO_DISABLE": "1", "TQDM_DISABLE": "1"})
    sys.meta_path.insert(0, _WithoutWindows())
    os.chdir(request.cwd)
    sys.argv = [request.target, *request.args]
    sys.path[0] = str(Path(request.target).parent)
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)


class _WithoutWindows(importlib.abc.MetaPathFinder):
    """matplotlib draws in memory, as MPLBACKEND says, whatever backend the script asks for."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Once, and only for matplotlib itself."""
        if name != "matplotlib":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader = spec.loader if spec is not None else None
        if loader is not None:
            load = loader.exec_module

            def then(module: types.ModuleType) -> None:
                load(module)
                module.use = lambda *_, **__: None  # type: ignore[attr-defined]

            loader.exec_module = then  # type: ignore[method-assign]
        return spec


def record(request: Request) -> None:
    """Run the target under the recorder and write the trace."""
    sources = Sources(request)
    before = set(sys.modules)

    def save(trace: Trace) -> None:
        sources.gather()
        _write(Path(request.folder, "trace.json"), replace(trace, sources=sources.all(), skipped=sources.skipped))

    wanted = bool(request.probes)
    recorder = Recorder(request.target, steps=request.steps, seconds=request.seconds, snapshot=save, capture=wanted)
    with recorder, alarm(request.seconds, execute):
        ended, crash = attempt(request, recorder)
    trace = replace(recorder.trace(ended), crash=crash)
    save(trace)
    imported = json.dumps({"modules": _imported(before)})
    Path(request.folder, "results.json").write_text(imported, encoding="utf-8")
    if request.probes and crash is None:
        from workbench.diagnostics.probes import probe

        save(replace(trace, probes=probe(recorder, request.probes)))


def inspect(request: Request) -> None:
    """Examine the network that the target defines; write the trace, and the rest as results."""
    from workbench.diagnostics import examine, subject

    sources = Sources(request)
    results: dict[str, Any] = {}
    trace = Trace(request.target, Ended("finished", 0))
    try:
        with alarm(request.seconds, subject.from_reference):
            found = subject.from_reference(_wish(request))
        limits = {"steps": request.steps, "seconds": request.seconds}
        seen = examine.examine(found, probes=request.probes, **limits)  # type: ignore[arg-type]
        trace = seen.trace
        results = {
            "misfit": seen.misfit and to_plain(seen.misfit),
            "checks": to_plain(seen.checks),
            "layers": to_plain(seen.layers),
            "place": found.place and to_plain(found.place),
            "notes": [found.said, *found.notes],
        }
    except WorkbenchError as error:
        results["mistake"] = {"message": error.message, "hint": error.hint}
    except Stop:
        results["mistake"] = {
            "message": f"{request.target} did not come to an end within the time given",
            "hint": 'is there a training loop outside of `if __name__ == "__main__":`?',
        }
    sources.gather()
    _write(Path(request.folder, "trace.json"), replace(trace, sources=sources.all()))
    Path(request.folder, "results.json").write_text(json.dumps(results), encoding="utf-8")


def train(request: Request) -> None:
    """The examination's training alone: what a replay repeats."""
    from workbench.diagnostics import examine, subject

    found = subject.from_reference(_wish(request))
    with places.standing_in(found.place, train.__code__):
        examine.training(found, request.steps)


def _wish(request: Request) -> dict[str, Any]:
    return {**(request.network or {}), "path": request.target}


@contextlib.contextmanager
def alarm(seconds: float, function: Callable[..., Any]) -> Iterator[None]:
    """Stop `function`, which runs the script, when its time is over, whatever it is doing in Python.

    It rings again and again, for a script may catch the first. Outside of `function` it says nothing: what a script
    leaves behind, a long graph, say, may take seconds to be freed.
    """

    def ring(_: int, frame: types.FrameType | None) -> None:
        while frame is not None:
            if frame.f_code is function.__code__:
                raise Stop("seconds")
            frame = frame.f_back

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds + 0.5, 1.0)
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def attempt(request: Request, recorder: Recorder | None) -> tuple[Ended, Crash | None]:
    """Run the target; say how it ended."""
    try:
        execute(request)
    except Stop as stop:
        return Ended(stop.how), None
    except SystemExit as left:
        if left.code is None or isinstance(left.code, int):
            return Ended("exited", left.code or 0), None
        sys.stderr.write(f"{left.code}\n")  # as the interpreter does
        return Ended("exited", 1), None
    except KeyboardInterrupt:
        return Ended("interrupted"), None
    except BaseException as error:  # noqa: BLE001 - the crash of a target is a result
        if recorder is not None and recorder.coasting:
            return Ended("steps"), None  # it had been led astray by passes cut short
        crashes.forget_us(error)
        traceback.print_exception(error)
        return Ended("crashed", 1), crashes.describe(error, recorder)
    return Ended("steps" if recorder is not None and recorder.coasting else "finished", 0), None


def execute(request: Request) -> None:
    """The target as `__main__`: a script at once, a notebook cell by cell in one namespace."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=request.target, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    path = Path(request.target)
    if path.suffix == ".ipynb":
        main.__dict__["display"] = print
        for cell in cells(path)[0]:
            name = f"{path}{places.CELL}{cell.number}"
            linecache.cache[name] = (len(cell.text), None, cell.text.splitlines(keepends=True), name)
            exec(compile(cell.text, name, "exec"), main.__dict__)
    else:
        exec(compile(path.read_bytes(), str(path), "exec"), main.__dict__)


class Sources:
    """The text of the user's files, read before the script can delete them."""

    def __init__(self, request: Request) -> None:
        self._texts: dict[tuple[str, int | None], str] = {}
        self.skipped: tuple[str, ...] = ()
        path = Path(request.target)
        if path.suffix == ".ipynb":
            found, skipped = cells(path)
            self.skipped = tuple(skipped)
            self._texts.update({(str(path), cell.number): cell.text for cell in found})
        else:
            self._texts[str(path), None] = path.read_text(encoding="utf-8", errors="replace")

    def gather(self) -> None:
        """Add the files whose code has run."""
        for file in places.files_seen():
            if (file, None) not in self._texts and places.CELL not in file:
                with contextlib.suppress(OSError):
                    self._texts[file, None] = Path(file).read_text(encoding="utf-8", errors="replace")

    def all(self) -> tuple[Source, ...]:
        """Every file and cell."""
        return tuple(Source(path, text, cell) for (path, cell), text in self._texts.items())


def _write(path: Path, trace: Trace) -> None:
    waiting = path.with_suffix(".new")
    waiting.write_text(to_json(trace), encoding="utf-8")
    waiting.replace(path)


if __name__ == "__main__":
    serve()
