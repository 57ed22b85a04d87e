"""Workers on a Ray cluster: actors with a CPU or a GPU each, on nodes that may come and go.

This process is their parent, as it is of `workers`, and what is said is the same. Each actor trains in a thread of
its own, while another waits for what it has to say. The data are put into Ray's object store once, and each node
has one copy that all of its actors read. An actor that is gone, with its node or alone, is a worker that has died:
another is asked for where there is room, and where a node has joined, too.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

import workbench
from workbench.data.splits import Splits
from workbench.errors import WorkbenchError
from workbench.tuning.interruption import SIGNALS
from workbench.tuning.memory import USED, Room
from workbench.tuning.workers import Broken, Mapped, Message, Setting, Trainee, Worker, cores

LOOK = 2.0  # seconds between two looks at what nodes there are
REACHED = 10.0  # seconds within which an address must answer
REFUSALS = 3  # so many actors that could not start, none that could: another will not either
READY = 120.0  # seconds within which the first worker must be there


def check() -> None:
    """WorkbenchError where Ray is not installed."""
    try:
        import ray  # noqa: F401 - its import is the check
    except ImportError as error:
        raise WorkbenchError(
            "--cluster needs Ray, which is not installed", hint='pip install "workbench[ray]"'
        ) from error


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """A connection for as long as the context is open.

    "auto" is the cluster of which this machine is a node, else a Ray of this machine's own, which ends with it.
    WorkbenchError where none can be had.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers of every start
    check()
    import ray

    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        _answers(address)
        _connect(address)
    except WorkbenchError:
        raise
    except Exception as error:
        raise WorkbenchError(f"--cluster {address}: {_line(error)}", hint=_way_out(error)) from error
    finally:
        for number, handler in handlers.items():  # Ray takes SIGTERM for itself
            signal.signal(number, handler)
    try:
        yield Cluster(gpus=bool(ray.cluster_resources().get("GPU")))
    except Exception as error:
        if not type(error).__module__.startswith("ray."):
            raise
        raise WorkbenchError(
            f"--cluster {address}: the cluster is gone: {_line(error)}",
            hint="nothing that was told is lost: the same command goes on from here",
        ) from error
    finally:
        ray.shutdown()


def _answers(address: str) -> None:
    """WorkbenchError where nobody listens: Ray would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address in ("auto", "local"):
        return
    if not host or not port.isdecimal():
        raise WorkbenchError(
            f"--cluster {address}: this is no address",
            hint="write auto, ray://HOST:10001, or HOST:6379 on one of its nodes",
        )
    try:
        socket.create_connection((host, int(port)), timeout=REACHED).close()
    except OSError as error:
        raise WorkbenchError(
            f"--cluster {address}: {host} does not answer on port {port} ({error.strerror or error})",
            hint="`ray status` on the head node says whether it runs; Ray's client listens on port 10001",
        ) from error


def _connect(address: str) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == "auto":
        with suppress(ConnectionError):
            ray.init("auto", **quiet)
            return
        address = "local"
    if address == "local":
        quiet |= {"include_dashboard": False, "num_cpus": len(cores())}
    ray.init(address, **quiet)


def _way_out(error: Exception) -> str:
    if "ersion mismatch" in str(error):
        return "install the cluster's versions of Ray and Python here, or these there"
    return "`ray status` on the head node says whether the cluster is well"


@dataclass(frozen=True)
class Cluster:
    """A cluster that this process is connected to."""

    gpus: bool

    def slots(self) -> int:
        """Workers that it has room for now: one for each GPU, without GPUs one for each CPU."""
        import ray

        return int(ray.cluster_resources().get("GPU" if self.gpus else "CPU", 0))

    def room(self) -> Room:
        """What each worker's cohort may hold of the nodes' memory, as Ray counts it; a GPU's it does not know."""
        import ray

        there = ray.cluster_resources().get("memory", 0)
        return Room(USED * there / max(1, self.slots())) if there and not self.gpus else Room()

    def crew(self, most: int | None, setting: Setting, data: Splits, _count: int) -> RayCrew:
        """Workers on all there is room for, at most so many."""
        return RayCrew(self, setting, data, most)


class RayWorker(Worker):
    """One actor. `hearing` is its answer to what it says next."""

    def __init__(self, actor: Any) -> None:
        super().__init__()
        self.actor = actor
        self.hearing = actor.hear.remote()

    def send(self, what: object) -> None:
        """To an actor that has died it says nothing: `RayCrew.messages` will tell."""
        self.actor.tell.remote(what)


class RayCrew:
    """As many actors as the cluster has room for. As a context, for they must end. See `workers.Crew`."""

    def __init__(self, cluster: Cluster, setting: Setting, data: Splits, most: int | None) -> None:
        import ray

        self.data, self.workers = data, list[RayWorker]()
        self._cluster, self._most = cluster, most
        self._coming: dict[Any, Any] = {}  # what an actor will say of itself -> the actor
        self._looked = -LOOK
        self._refused = 0
        self._waited_since: float | None = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            mapped = Mapped.written(data, Path(folder) / "data")
            whole = ray.put(np.fromfile(mapped.file, dtype=np.uint8))
        device = "cuda" if cluster.gpus else "cpu"
        setting = replace(setting, folder=setting.folder.resolve())
        options = {"num_cpus": 1, "num_gpus": int(cluster.gpus), "max_concurrency": 2, "max_restarts": 0}
        self._start = partial(ray.remote(_Actor).options(**options).remote, setting, mapped, whole, device)

    def __enter__(self) -> RayCrew:
        self._look()
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        for actor in [*self._coming.values(), *(worker.actor for worker in self.workers)]:
            with suppress(Exception):  # one that is gone
                ray.kill(actor)

    def messages(self, timeout: float) -> Iterator[tuple[Worker, Message]]:
        """What the workers have said, waiting for the first for so many seconds at most.

        One that has died says that it is `Broken`, and is not among `workers` any more; one that has started is.
        WorkbenchError where none can start.
        """
        import ray

        if time.monotonic() > self._looked + LOOK:
            self._look()
        said = {worker.hearing: worker for worker in self.workers}
        awaited = [*said, *self._coming]
        if not awaited:
            time.sleep(timeout)
            return
        ray.wait(awaited, num_returns=1, timeout=timeout)
        ready, _ = ray.wait(awaited, num_returns=len(awaited), timeout=0)
        for answer in ready:
            if answer in self._coming:
                self._welcome(answer)
            else:
                for message in self._heard(said[answer]):
                    yield said[answer], message

    def _heard(self, worker: RayWorker) -> list[Message]:
        import ray

        try:
            messages: list[Message] = ray.get(worker.hearing)
        except Exception as error:  # noqa: BLE001 - Ray has many names for an actor that is gone
            self.workers.remove(worker)
            self._looked = -LOOK
            return [_cause_of_death(error)]
        worker.hearing = worker.actor.hear.remote()
        return messages

    def _welcome(self, answer: Any) -> None:
        """One has started, or it could not."""
        import ray

        actor = self._coming.pop(answer)
        try:
            theirs = ray.get(answer)
        except Exception as error:
            self._refused += 1
            if self._refused >= REFUSALS and not self.workers:
                raise WorkbenchError(
                    f"--cluster: no worker could start: {_line(error)}",
                    hint="workbench and the study's folder must be on every node, where they are here",
                ) from error
            return
        if theirs != versions():
            raise WorkbenchError(
                f"--cluster: a node has {_told(theirs)}, here are {_told(versions())}",
                hint="install the same versions on every node",
            )
        self._waited_since = None
        self.workers.append(RayWorker(actor))

    def _look(self) -> None:
        """Ask for an actor wherever there is room."""
        self._looked = time.monotonic()
        wanted = self._most or self._cluster.slots()
        for _ in range(wanted - len(self.workers) - len(self._coming)):
            actor = self._start()
            self._coming[actor.versions.remote()] = actor
        if self._waited_since is not None and time.monotonic() > self._waited_since + READY:
            raise WorkbenchError(
                f"--cluster: no worker was there within {READY:.0f} seconds",
                hint="`ray status` says what others hold of the cluster's CPUs and GPUs",
            )


def versions() -> dict[str, str]:
    """What must be the same on every node, for the numbers to be."""
    return {"workbench": workbench.__version__, "torch": torch.__version__}


def _told(theirs: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in theirs.items())


def _cause_of_death(error: Exception) -> Broken:
    text = str(error)
    memory = "out of memory" in text.lower() or "OOM" in type(error).__name__ or "OutOfMemory" in text
    return Broken(f"its actor is gone: {_line(error)}", memory)


def _line(error: Exception) -> str:
    """The line of Ray's many that says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if "Error: " in line or line.startswith("The actor")]
    return (causes or lines or [type(error).__name__])[-1]


# -- on the nodes -----------------------------------------------------------------------------------------


class _Actor:
    """Trains in a thread of its own; the methods are what its parent calls."""

    def __init__(self, setting: Setting, data: Mapped, whole: Any, device: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it may not be written to, nor is it
            splits = data.over(torch.from_numpy(whole), device)
        self._orders: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        pipe = _Pipe(self._orders, self._said)
        threading.Thread(target=_train, args=(pipe, setting, splits, device), daemon=True).start()

    def versions(self) -> dict[str, str]:
        return versions()

    def tell(self, what: object) -> None:
        self._orders.put(what)

    def hear(self) -> list[Any]:
        """What it has said since; waits for the first."""
        found = [self._said.get()]
        with suppress(queue.Empty):
            while True:
                found.append(self._said.get_nowait())
        return found


@dataclass(frozen=True)
class _Pipe:
    orders: queue.SimpleQueue[Any]
    said: queue.SimpleQueue[Any]

    def send(self, what: Any, /) -> None:
        self.said.put(what)

    def recv(self) -> Any:
        return self.orders.get()


def _train(pipe: _Pipe, setting: Setting, data: Splits, device: str) -> None:
    torch.set_num_threads(1)
    try:
        Trainee(pipe, setting, data, device).serve()
    finally:
        os._exit(1)  # nothing would be said any more
