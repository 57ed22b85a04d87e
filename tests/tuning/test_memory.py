"""Bytes of a cohort before it starts, beside the peak that torch's profiler counts while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from workbench.data.splits import DataInfo, Part, Splits
from workbench.study.load import load
from workbench.study.trial import Trial
from workbench.tuning import cohorts, memory
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

SGD: dict[str, Any] = {"depth": 1, "optimizer": "sgd", "momentum": 0.9, "lr": 0.001, "batch_size": 64, "epochs": 2}
ADAM = {name: value for name, value in SGD.items() if name != "momentum"} | {"optimizer": "adam"}
INFO = DataInfo("noise", "multiclass", True, (784,), 10, 512, 256, 0, None, None, "")


def data(info: DataInfo = INFO, device: str = "cpu") -> Splits:
    generator = torch.Generator().manual_seed(0)
    count = info.train + info.validation
    x = torch.randn(count, *info.input_shape, generator=generator).to(device)
    y = torch.randint(info.outputs, (count,), generator=generator).to(device)
    return Splits(Part(x[: info.train], y[: info.train]), Part(x[info.train :], y[info.train :]), info)


def peak(work: Callable[[], object]) -> int:
    """Bytes that torch holds at most beyond what it held before."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        work()
    held = most = 0
    for event in watched.profiler.kineto_results.events():  # type: ignore[union-attr]
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    return most


def gpu_peak(work: Callable[[], object]) -> int:
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    work()
    return torch.cuda.max_memory_allocated() - before


def fused(point: dict[str, Any], count: int, joining: int, on: Splits) -> Callable[[], object]:
    """Trains so many lanes, of which some end after an epoch for others."""
    trainer = FusedTrainer(task="multiclass", order_seed=0, device=on.train.x.device)
    lanes = [Lane(i, point | {"epochs": 1 if i < joining else 2}, i) for i in range(count)]
    waiting = [Lane(count + i, point, i) for i in range(joining)]

    def refill(_left: int) -> Sequence[Lane]:
        joined, waiting[:] = list(waiting), []
        return joined

    return lambda: list(trainer.train(lanes, on, lambda _: (), refill))


FUSED = [
    pytest.param(SGD | {"units": 256}, 8, 0, id="wide"),
    pytest.param(ADAM | {"units": 256, "weight_decay": 0.01}, 8, 4, id="adam, and others join"),
    pytest.param(SGD | {"units": 128, "depth": 4}, 8, 4, id="deep, and others join"),
    pytest.param(ADAM | {"units": 16}, 24, 0, id="narrow"),
    pytest.param(
        SGD | {"units": 256, "batch_norm": True, "dropout": 0.2, "batch_size": 512}, 8, 0, id="large batch"
    ),
]


@pytest.mark.parametrize(("point", "count", "joining"), FUSED)
def test_a_fused_cohort_holds_what_was_estimated(point: dict[str, Any], count: int, joining: int) -> None:
    measured = peak(fused(point, count, joining, data()))
    assert measured == pytest.approx(count * memory.fused(point, INFO, joined=joining > 0), rel=0.25)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(("point", "count", "joining"), FUSED)
def test_on_a_gpu_too(point: dict[str, Any], count: int, joining: int) -> None:
    measured = gpu_peak(fused(point, count, joining, data(device="cuda")))
    assert measured == pytest.approx(count * memory.fused(point, INFO, joined=joining > 0), rel=0.25)


SERIAL = [
    pytest.param("mlp", SGD | {"units": 1024, "depth": 2}, INFO, id="wide"),
    pytest.param(
        "mlp", ADAM | {"units": 256, "depth": 6, "activation": "gelu", "batch_size": 512}, INFO, id="deep"
    ),
    pytest.param(
        "cnn",
        ADAM | {"blocks": 2, "channels": 16, "depth": 1, "units": 64, "batch_size": 128},
        replace(INFO, input_shape=(1, 28, 28), train=256, validation=64),
        id="convolutions",
    ),
]


@pytest.mark.parametrize(("family", "point", "info"), SERIAL)
def test_a_network_by_itself_holds_what_was_estimated(
    family: str, point: dict[str, Any], info: DataInfo, tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text(
        f'name = "small"\ntask = "multiclass"\ndata = {{ source = "digits" }}\nmodel = {{ family = "{family}" }}\n'
        "[space]\nlr = { float = [0.01, 0.1] }\n[budget]\ntrials = 1\n"
    )
    spec = load(str(tmp_path / "small.toml"))
    trainer = SerialTrainer(task="multiclass", family=family, folder=tmp_path, order_seed=0, device="cpu")
    measured = peak(lambda: list(trainer.train([Lane(0, point, 0)], data(info), lambda _: ())))
    assert measured == pytest.approx(memory.serial(spec, point, info), rel=0.25)


def test_a_cohort_is_no_larger_than_the_memory_that_there_is() -> None:
    stock = [Trial(number, SGD | {"units": 64}) for number in range(20)]
    one = memory.fused(stock[0].point, INFO)
    for lanes in (1, 5, 24):
        cohort = cohorts.plan(stock, INFO, 10**12, 24, lanes * one + one / 2)
        assert len(cohort) == min(lanes, 20)
    assert len(cohorts.plan(stock, INFO, 10**12, 24, 0.0)) == 1, "the oldest is tried, whatever it takes"


def test_what_was_too_much_is_remembered_and_never_forgotten() -> None:
    room = memory.Room(1000.0)
    for held, left in ((3000, 1000), (800, 400), (900, 400)):
        room.was_too_much(held)
        assert room.bytes == left


def test_what_is_free_is_shared_among_the_workers() -> None:
    there = memory.free()
    assert there is None or 1 << 20 < there < 1 << 50
    one, four = (memory.Room.shared(("cpu",), workers).bytes for workers in (1, 4))
    assert four == pytest.approx(one / 4, rel=0.2)  # others take and give meanwhile


@pytest.mark.parametrize(
    "allocate", [lambda: torch.empty(1 << 50), lambda: bytearray(1 << 60)], ids=["torch", "python"]
)
def test_too_little_memory_is_known_by_its_errors(allocate: Callable[[], object]) -> None:
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        allocate()
    assert memory.short(caught.value)
    assert not memory.short(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
