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
from workbench.tuning import workers
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.trainer import Lane

SETTING = workers.Setting(task="multiclass", family="mlp", folder=Path(), order_seed=3, judged=False)
POINT = {"depth": 1, "units": 16, "optimizer": "adam", "lr": 0.01, "batch_size": 64, "epochs": 2}
LANES = [Lane(number, POINT | {"units": 8 + number}, number) for number in range(3)]


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
