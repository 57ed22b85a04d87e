"""Processes that train: the same numbers as here, a file of data shared, and none that outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from workbench.data import splits
from workbench.data.splits import Splits
from workbench.store.history import Row
from workbench.study.load import load
from workbench.study.trial import Epoch
from workbench.tuning import engine, workers
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.trainer import Lane

SETTING = workers.Setting(task="multiclass", family="mlp", folder=Path(), order_seed=3, judged=False)
POINT = {"depth": 1, "units": 16, "optimizer": "adam", "lr": 0.01, "batch_size": 64, "epochs": 2}
LANES = [Lane(number, POINT | {"units": 8 + number}, number) for number in range(3)]


class Recorder:
    """An observer that remembers what it was told in words."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None: ...

    def message(self, text: str) -> None:
        self.messages.append(text)

    def stage(self, text: str, done: int, total: int) -> None: ...


@pytest.fixture(scope="module")
def digits() -> Splits:
    return splits.load("digits", task="multiclass", train=400, validation=100, test=None, standardize=True)[0]


@pytest.fixture
def crew(digits: Splits) -> Iterator[workers.Crew]:
    with workers.Crew(SETTING, digits, 2) as crew:
        yield crew


def heard(crew: workers.Crew, until: Callable[[workers.Message], bool]) -> list[workers.Message]:
    """What the workers say until this is said. Nobody joins, nobody is dropped."""
    said: list[workers.Message] = []
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for worker, message in crew.messages(1.0):
            said.append(message)
            if isinstance(message, workers.Vacant):
                worker.join([])
            if until(message):
                return said
    raise AssertionError(f"not heard, but {said}")


def test_data_in_a_file_are_the_same_data(digits: Splits, tmp_path: Path) -> None:
    again = workers.Mapped.written(digits, tmp_path / "data").open()
    for part, other in ((digits.train, again.train), (digits.validation, again.validation)):
        assert torch.equal(part.x, other.x)
        assert torch.equal(part.y, other.y)
        assert (part.x.dtype, part.y.dtype) == (other.x.dtype, other.y.dtype)
    assert again.info == digits.info


def test_a_worker_learns_what_is_learned_here_and_is_replaced_when_it_dies(
    crew: workers.Crew, digits: Splits
) -> None:
    here = FusedTrainer(task="multiclass", order_seed=3, device="cpu")
    ours = {each.outcome.number: each for each in here.train(LANES, digits, lambda _: ())}
    first, second = crew.workers
    first.train(LANES, fused=True)
    said = heard(crew, lambda message: isinstance(message, workers.Done))
    left = [workers.as_tensors(message.trained) for message in said if isinstance(message, workers.Left)]
    assert sorted(each.outcome.number for each in left) == [0, 1, 2]
    for theirs in left:
        mine = ours[theirs.outcome.number]
        assert theirs.outcome.curve == mine.outcome.curve
    [best] = [each for each in left if each.weights is not None][-1:]
    mine = ours[best.outcome.number]
    assert mine.weights is not None
    assert best.weights is not None
    assert all(torch.equal(best.weights[name], mine.weights[name]) for name in mine.weights)

    second.train(LANES, fused=True)
    assert second.process.pid is not None
    os.kill(second.process.pid, signal.SIGKILL)
    said = heard(crew, lambda message: isinstance(message, workers.Broken))
    assert said[-1] == workers.Broken("its process was ended by SIGKILL")
    assert crew.workers[0] is first
    replaced = crew.workers[1]
    assert replaced is not second
    replaced.train(LANES[:1], fused=False)
    heard(crew, lambda message: isinstance(message, workers.Done))


def test_cores_and_threads_are_divided_among_the_workers_of_a_cpu() -> None:
    def told(count: int, cores: int) -> list[tuple[tuple[int, ...], int]]:
        return [(place.cores, place.threads) for place in workers.places(count, there=range(10, 10 + cores))]

    assert told(2, 2) == [((10,), 1), ((11,), 1)]
    assert told(2, 5) == [((10, 11), 2), ((12, 13), 2)]
    assert told(1, 4) == [((10, 11, 12, 13), 4)]
    assert told(3, 2) == [((), 1)] * 3, "more than there are cores: wherever there is room"
    assert all(place.environment() == {} for place in workers.places(3))


def test_each_worker_sees_one_gpu_as_this_process_was_told_to_call_it() -> None:
    def told(count: int, devices: list[str], visible: str | None) -> list[str]:
        found = workers.places(count, devices, range(8), visible)
        assert {(place.device, place.cores) for place in found} == {("cuda", ())}
        return [place.environment()["CUDA_VISIBLE_DEVICES"] for place in found]

    two = ["cuda:0", "cuda:1"]
    assert told(2, two, None) == ["0", "1"]
    assert told(3, two, "") == ["0", "1", "0"], "more workers than GPUs: they share"
    assert told(2, two, "5, GPU-8a7b") == ["5", "GPU-8a7b"]
    assert told(1, ["cuda:1"], "5,7") == ["7"]
    assert [place.threads for place in workers.places(2, two, range(8))] == [4, 4]


def test_a_death_is_told_by_its_cause() -> None:
    def told(code: int | None, *, for_memory: bool) -> tuple[str, bool]:
        broken = workers.cause_of_death(code, for_memory=for_memory)
        return broken.reason, broken.memory

    assert told(-9, for_memory=False) == ("its process was ended by SIGKILL", False)
    assert told(-9, for_memory=True) == ("the system ran out of memory and killed its process", True)
    assert told(-11, for_memory=True) == ("its process was ended by SIGSEGV", False)
    assert told(3, for_memory=False) == ("its process ended with exit code 3", False)


KILLERS = """
import ctypes, multiprocessing, os, signal, sys
import torch
from torch import nn

class Net(nn.Sequential):
    def __init__(self, outputs, how):
        super().__init__(nn.Flatten(), nn.Linear(64, outputs))
        self.how = how

    def forward(self, x):
        if self.training and multiprocessing.parent_process() is not None:
            assert sys.stdout is sys.stderr, "what is printed here would stand within the result of --json"
            match self.how:
                case "null pointer": ctypes.string_at(0)
                case "signal": os.kill(os.getpid(), signal.SIGSEGV)
                case "kill": os.kill(os.getpid(), signal.SIGKILL)
                case "exit": os._exit(3)
                case "memory": torch.empty(1 << 50)
                case "error": raise MemoryError("no room")
        return super().forward(x)

def build(outputs, how):
    return Net(outputs, how)
"""
DEATHS = {
    "sound": "",
    "null pointer": "its process was ended by SIGSEGV",
    "signal": "its process was ended by SIGSEGV",
    "kill": "its process was ended by SIGKILL",
    "exit": "its process ended with exit code 3",
    "memory": "DefaultCPUAllocator",
    "error": "MemoryError: no room",
}
STUDY = f"""
name = "killers"
task = "multiclass"
data = {{ source = "digits", train = 400, validation = 100, test = 100 }}
[model]
family = "net.py:build"
[space]
how = {{ choice = {list(DEATHS)} }}
lr = 0.01
epochs = 1
[budget]
trials = {len(DEATHS)}
[search]
pruner = "none"
""" + "".join(f'[[enqueue]]\nname = "{how}"\nhow = "{how}"\n' for how in DEATHS)


@pytest.mark.skipif(sys.platform != "linux", reason="signals of Linux")
def test_what_kills_a_worker_has_failed_with_its_reason_and_the_study_goes_on(
    tmp_path: Path,
) -> None:
    (tmp_path / "net.py").write_text(KILLERS)
    (tmp_path / "killers.toml").write_text(STUDY)
    options = engine.Options(
        storage=str(tmp_path / "j.journal"), out=tmp_path, device="cpu", workers=2, confirm=False
    )
    ending = engine.tune(load(str(tmp_path / "killers.toml")), options, Recorder())
    assert ending.why == "budget"
    assert {row.point["how"]: row.state for row in ending.history.rows} == {
        how: "failed" if reason else "complete" for how, reason in DEATHS.items()
    }
    for row in ending.history.rows:
        assert DEATHS[row.point["how"]] in (row.reason or "")


ORPHANS = """
import sys, time
from pathlib import Path
from workbench.data import splits
from workbench.tuning import workers
if __name__ == "__main__":
    data, _ = splits.load("digits", task="multiclass", train=400, validation=100, test=None, standardize=True)
    setting = workers.Setting(task="multiclass", family="mlp", folder=Path(), order_seed=3, judged=True)
    with workers.Crew(setting, data, 2) as crew:
        from workbench.tuning.trainer import Lane
        for worker in crew.workers:
            worker.train([Lane(0, {"epochs": 10**6, "units": 8}, 0)], fused=True)
        next(crew.messages(100))
        print(*(worker.process.pid for worker in crew.workers), flush=True)
        time.sleep(100)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_no_worker_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(_lives(pid) for pid in pids):
        time.sleep(0.05)
    assert not any(_lives(pid) for pid in pids)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
