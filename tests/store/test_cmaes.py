"""What is stored of CMA-ES is numbers: a storage that others may write to runs nothing here."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from workbench.errors import WorkbenchError
from workbench.study.space import Fixed, FloatRange

pytest.importorskip("cmaes")

from workbench.store import cmaes, integrity


def advanced() -> Any:
    from cmaes import CMA

    optimizer = CMA(mean=np.full(2, 0.5), sigma=0.2, bounds=np.array([[0.0, 1.0]] * 2), n_max_resampling=20, seed=1)
    for _ in range(2):
        optimizer.tell([(x, float(x @ x)) for x in (optimizer.ask() for _ in range(optimizer.population_size))])
    return optimizer


def test_an_optimizer_comes_back_to_the_last_bit() -> None:
    before = advanced()
    after = cmaes._AsJson.loads(cmaes._AsJson.dumps(before))
    before._rng.seed(3)
    after._rng.seed(3)
    for _ in range(3):
        np.testing.assert_array_equal(before.ask(), after.ask())
    told = before.__getstate__()
    for name, value in after.__getstate__().items():
        np.testing.assert_array_equal(value, told[name])


PLANE = {
    "lr": FloatRange(bounds=(1e-3, 0.2), log=True),
    "dropout": FloatRange(bounds=(0.0, 0.5)),
    "epochs": Fixed(value=2),
}
ENOUGH = 16  # trials after which a generation of six has been told


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch pwned",)


def spoiled(**changes: Any) -> bytes:
    return json.dumps(json.loads(cmaes._AsJson.dumps(advanced())) | changes).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        pickle.dumps({"_mean": [1.0]}),
        spoiled(_popsize=10**9),
        spoiled(_sigma=None),
        spoiled(_pc={"array": [1.0], "shape": [1]}),
        spoiled(_pc={"array": [1.0, 2.0], "shape": [3]}),
        spoiled(_pc={"array": ["x", "y"], "shape": [2]}),
        spoiled(more=1),
    ],
)
def test_what_is_no_state_is_an_error_with_a_way_out(content: bytes) -> None:
    with pytest.raises(WorkbenchError, match="what is stored of cmaes cannot be read") as caught:
        cmaes._AsJson.loads(content)
    assert "--fresh" in str(caught.value)


def test_a_pickle_in_the_storage_is_not_run(tmp_path: Path, fake: ModuleType) -> None:
    where, study = str(tmp_path / "a.journal"), fake.spec(PLANE, sampler="cmaes", pruner="none")
    fake.tune(fake.open_store(where, study), ENOUGH)
    text, found = (tmp_path / "a.journal").read_text(), 0
    lines = []
    for line in text.splitlines():
        record = json.loads(line)
        for name in record.get("system_attrs", {}):
            if name.startswith("cma:optimizer:"):
                record["system_attrs"][name] = pickle.dumps(Evil()).hex() if name.endswith(":0") else ""
                found += 1
        record.pop(integrity.SUM, None)
        lines.append(integrity.line(record))
    assert found, "the study is long enough for cmaes to keep its state"
    (tmp_path / "a.journal").write_text("".join(lines))
    with pytest.raises(WorkbenchError, match="cmaes"):
        fake.open_store(where, study).ask(1)
    assert not Path("pwned").exists()


def test_a_study_goes_on_with_the_state_that_it_stored(tmp_path: Path, fake: ModuleType) -> None:
    study = fake.spec(PLANE, sampler="cmaes", pruner="none")
    whole = fake.tune(fake.open_store(str(tmp_path / "whole.journal"), study), ENOUGH + 6)
    parts = str(tmp_path / "parts.journal")
    fake.tune(fake.open_store(parts, study), ENOUGH)
    resumed = fake.tune(fake.open_store(parts, study), ENOUGH + 6)
    assert [row.point for row in resumed.rows] == [row.point for row in whole.rows]
