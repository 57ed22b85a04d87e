"""Who rides with whom: counted, cut and cached. The speed itself is the benchmark's."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.data.splits import DataInfo
from workbench.errors import WorkbenchError
from workbench.models import family
from workbench.study.load import load
from workbench.study.spec import StudySpec
from workbench.study.trial import Trial
from workbench.tuning import choice, cohorts

INFO = DataInfo("noise", "multiclass", True, (1, 28, 28), 10, 4096, 1024, 0, None, None, "")
CPU = torch.device("cpu")
SPACE = """
name = "small"
task = "multiclass"
data = {{ source = "digits" }}
[space]
depth = {{ int = [0, 3] }}
units = {{ int = [4, {widest}], log = true, per = "depth" }}
activation = {{ choice = ["relu", "tanh"] }}
batch_norm = {{ choice = [true, false] }}
dropout = {{ choice = [0.0, 0.2] }}
optimizer = {{ choice = ["sgd", "adam"] }}
batch_size = {{ choice = [32, 64] }}
epochs = 5
[budget]
trials = 50
"""


def study(folder: Path, text: str = SPACE, widest: int = 128) -> StudySpec:
    (folder / "small.toml").write_text(text.format(widest=widest))
    return load(str(folder / "small.toml"), [])


@pytest.fixture
def points(tmp_path: Path) -> list[dict[str, Any]]:
    return choice.sample(study(tmp_path).space)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> cohorts.Machine:
    """One whose figures are known, found in the cache."""
    known = cohorts.Machine(overhead=2e-4, work=1.5e-10, serial=4e-4, numbers=1_700_000)
    monkeypatch.setattr(cohorts, "machine", lambda _device: known)
    return known


def test_weights_are_counted_as_torch_counts_them(points: list[dict[str, Any]]) -> None:
    for point in points:
        with torch.random.fork_rng():
            net = family.build("mlp", point, INFO.input_shape, INFO.outputs, folder=Path())
        assert cohorts.weights(point, INFO) == family.parameter_count(net)


@pytest.mark.parametrize(("room", "most"), [(1_700_000, 10), (100_000, 64), (1, 3), (10**9, 5)])
def test_each_trial_is_in_one_cohort_that_fits(room: int, most: int, points: list[dict[str, Any]]) -> None:
    stock = [Trial(number, point) for number, point in enumerate(points)]
    seen: list[int] = []
    while stock:
        cohort = cohorts.plan(stock, INFO, room, most)
        assert min(trial.number for trial in stock) in {trial.number for trial in cohort}, "the oldest waits"
        assert len({trial.point["batch_size"] for trial in cohort}) == 1
        assert len(cohort) <= most
        assert len(cohort) == 1 or sum(cohorts.size(trial.point, INFO) for trial in cohort) <= room
        seen += [trial.number for trial in cohort]
        stock = [trial for trial in stock if trial not in cohort]
    assert sorted(seen) == list(range(len(points)))


def test_a_cohort_is_more_alike_than_chance(points: list[dict[str, Any]]) -> None:
    """Lanes of one update rule share a program: planned cohorts of four hold fewer kinds than those as asked."""
    stock = [Trial(number, point) for number, point in enumerate(points) if point["batch_size"] == 64]

    def kinds(trials: list[Trial]) -> int:
        return len({cohorts._program(trial) for trial in trials})

    planned, asked, rest = 0, 0, list(stock)
    while rest:
        cohort = cohorts.plan(rest, INFO, 10**9, 4)
        planned += kinds(cohort)
        rest = [trial for trial in rest if trial not in cohort]
    for start in range(0, len(stock), 4):
        asked += kinds(stock[start : start + 4])
    assert planned < asked


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The work that each calibration is to find, next last; an empty cache, and nobody else at work."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cohorts, "busy", lambda: False)
    coming = [1e-10] * 20
    monkeypatch.setattr(cohorts, "calibrate", lambda _: cohorts.Machine(1e-4, coming.pop(), 1e-4, 10**6))
    return coming


def test_the_measurement_is_made_once_and_kept(measured: list[float]) -> None:
    first = cohorts.machine(CPU)
    assert cohorts.machine(CPU) == first
    assert len(measured) == 19


SOUND = {"overhead": 1e-4, "work": 2e-10, "serial": 1e-4, "numbers": 10**6, "quiet": True}


@pytest.mark.parametrize(
    "entry",
    [
        None, 3, {}, [], {"odd": 1}, SOUND, SOUND | {"when": "today"}, SOUND | {"when": 0}, SOUND | {"when": 1e12},
        *({"when": None, **SOUND, **wrong} for wrong in (
            {"work": "fast"}, {"work": 0}, {"work": -1.0}, {"work": float("nan")}, {"work": 1.0}, {"overhead": 1e9},
            {"numbers": 0}, {"numbers": 1e6}, {"numbers": 10**15}, {"serial": None}, {"more": 1},
        )),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_cache_cannot_know_is_measured_anew(entry: Any, measured: list[float], tmp_path: Path) -> None:
    cohorts.machine(CPU)
    [file] = tmp_path.rglob("machines.json")
    if isinstance(entry, dict) and entry.get("when", 0) is None:
        entry["when"] = time.time()
    file.write_text(json.dumps(dict.fromkeys(json.loads(file.read_text()), entry)))
    assert cohorts.machine(CPU).work == 1e-10
    assert len(measured) == 18
    assert cohorts.machine(CPU).work == 1e-10, "what was measured is not kept"
    assert len(measured) == 18


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_broken_cache_is_written_anew(text: str, measured: list[float], tmp_path: Path) -> None:
    cohorts.machine(CPU)
    [file] = tmp_path.rglob("machines.json")
    file.write_text(text)
    assert cohorts.machine(CPU) == cohorts.machine(CPU)
    assert len(measured) == 18


def test_what_was_measured_beside_other_work_is_measured_again_and_the_quicker_counts(
    measured: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohorts, "busy", lambda: True)
    measured[:] = [5e-10, 1e-10, 3e-10, 2e-10, 4e-10]
    assert [cohorts.machine(CPU).work for _ in range(3)] == [4e-10, 2e-10, 2e-10]
    monkeypatch.setattr(cohorts, "busy", lambda: False)
    assert [cohorts.machine(CPU).work for _ in range(3)] == [1e-10] * 3
    assert measured == [5e-10], "measured again on a quiet machine, and then no more"


def test_a_calibration_finds_figures_that_can_be(tmp_path: Path) -> None:
    found = cohorts.calibrate(CPU)
    point = {"depth": 1, "units": 64, "batch_size": 64}
    assert found.numbers // cohorts.size(point, cohorts._examples(8, CPU).info) in cohorts.TRIED["cpu"]
    assert 1e-12 < found.work < 1e-7
    assert found.overhead >= 0
    assert found.serial >= 0
    assert found.believable


# -- which engine -----------------------------------------------------------------------------------------


def test_small_networks_are_fused_and_large_ones_are_not(machine: cohorts.Machine, tmp_path: Path) -> None:
    small = choice.choose("auto", study(tmp_path), INFO, [CPU], 50)
    assert (small.name, small.why) == ("fused", "")
    assert small.lanes > 2
    large = study(tmp_path, SPACE.replace("[0, 3]", "[2, 3]").replace("[4,", "[4000,"), 4096)
    serial = choice.choose("auto", large, INFO, [CPU], 50, 1)
    assert serial.name == "serial"
    assert "fill the machine alone" in serial.why
    assert choice.choose("fused", large, INFO, [CPU], 50).name == "fused"
    assert choice.choose("serial", study(tmp_path), INFO, [CPU], 50).name == "serial"


def test_a_process_for_each_core_must_pay_for_its_start(
    machine: cohorts.Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice.workers, "cores", lambda: [0, 1, 2, 3])
    assert choice.choose("auto", study(tmp_path), INFO, [CPU], 4).workers == 1
    assert choice.choose("auto", study(tmp_path), INFO, [CPU], 1000).workers == 4
    assert choice.choose("auto", study(tmp_path), INFO, [CPU], 1000, 2).workers == 2
    assert choice.choose("auto", study(tmp_path), INFO, [CPU], 4, 3).workers == 2  # no process for one trial


def test_a_sampler_that_learns_is_told_something_before_all_is_drawn(
    machine: cohorts.Machine, tmp_path: Path
) -> None:
    lanes = {
        (sampler, trials): choice.choose(
            "fused", load(str(tmp_path / "small.toml"), [f"search.sampler={sampler}"]), INFO, [CPU], trials, 2
        ).lanes
        for sampler in ("tpe", "random")
        for trials in (20, 80, 1000)
        if study(tmp_path)
    }
    assert [lanes["random", trials] for trials in (20, 80, 1000)] == [10, 24, 24]
    assert [lanes["tpe", trials] for trials in (20, 80, 1000)] == [4, 10, 24]


def test_what_cannot_be_fused_is_serial_and_says_why(machine: cohorts.Machine, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("def build(outputs): ...\n")
    own = study(tmp_path, SPACE.split("[space]")[0] + '[model]\nfamily = "net.py:build"\n[space]\nlr = 0.1\n')
    chosen = choice.choose("auto", own, INFO, [CPU], 50)
    assert (chosen.name, chosen.workers) == ("serial", 1)
    assert "net.py:build" in chosen.why
    with pytest.raises(WorkbenchError, match=r"--engine fused: this study cannot be fused: net\.py:build"):
        choice.choose("fused", own, INFO, [CPU], 50)
