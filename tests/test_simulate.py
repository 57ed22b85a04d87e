"""The simulator of large studies: nothing is lost or double, and its clock adds up."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def simulate() -> ModuleType:
    file = Path(__file__).parents[1] / "benchmarks" / "simulate.py"
    spec = importlib.util.spec_from_file_location("simulate", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulate"] = module  # dataclasses and pickles look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(simulate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A simulation in a new folder. It ends with an error where a trial is missing, double or without an end."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folders = (tmp_path / str(i) for i in range(9))

    def one(**words: Any) -> dict[str, Any]:
        folder = next(folders)
        folder.mkdir()
        found: dict[str, Any] = simulate.simulate(simulate.Setting(**words), folder)
        return found

    return one


def test_one_worker_is_never_kept_waiting_by_a_parent_that_costs_nothing(run: Any) -> None:
    found = run(workers=1, trials=40, seconds=0.5, parent="free")
    assert found["efficiency"] == pytest.approx(1, abs=1e-3)  # the store rounds a trial's seconds; 8e-5 seen
    assert found["hours"] * 3600 == pytest.approx(40 * 0.5, rel=0.2)  # a trial's seconds spread by a third
    assert found["parent_busy"] == 0


def test_what_the_parent_does_keeps_workers_waiting(run: Any) -> None:
    free = run(workers=8, trials=60, seconds=0.005, parent="free")
    measured = run(workers=8, trials=60, seconds=0.005)
    assert measured["efficiency"] < 0.7 * free["efficiency"]
    assert measured["hours"] > free["hours"]
    assert measured["parent_busy"] > 0.5
    parts = sum(measured[f"{part}_ms"] for part in ("ask", "report", "judging", "tell", "flush", "rest"))
    assert parts == pytest.approx(measured["parent_ms"])
    assert measured["fingerprint"] == free["fingerprint"], "random points and no pruner: the same study at any pace"


def test_the_same_seed_gives_the_same_study_and_another_one_another(run: Any) -> None:
    words = {"workers": 40, "lanes": 2, "trials": 60, "sampler": "tpe", "pruner": "halving", "parent": "free"}
    assert run(**words)["fingerprint"] == run(**words)["fingerprint"] != run(**words, seed=1)["fingerprint"]


def test_a_region_that_is_lost_costs_what_it_was_training(run: Any) -> None:
    words = {"workers": 8, "trials": 120, "seconds": 1.0, "parent": "free", "lanes": 4}
    whole, lost = run(**words), run(**words, lose=0.5, lose_at=5.0)
    assert lost["messages"] == 4, "one for each cohort that was in training"
    assert lost["hours"] > 1.4 * whole["hours"]
    assert 0 < lost["lost_share"] < 0.3
    assert whole["lost_share"] == pytest.approx(0, abs=1e-3)
    assert lost["fingerprint"] == whole["fingerprint"], "what was lost is trained again to the same curves"
    back = run(**words, lose=0.5, lose_at=5.0, back_after=2.0)
    assert whole["hours"] < back["hours"] < lost["hours"]
