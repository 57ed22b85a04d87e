"""best.json and best.pt: whatever byte of them is not what was written, it is an error or changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.models import saved

ABOUT = {
    "study": "digits", "family": "mlp", "point": {"units": [4, 3], "lr": 0.0125, "name": "ünit"}, "outputs": 3,
    "standardize": {"mean": [0.5, -0.25], "deviation": [1.0, 2.0]}, "validation": {"accuracy": 0.93}, "test": None,
}  # fmt: skip
WEIGHTS = {"0.weight": torch.arange(8.0).reshape(4, 2), "1.num_batches_tracked": torch.tensor(4)}


@pytest.mark.parametrize("name", ["best.json", "best.pt"])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_and_any_missing_end_is_an_error_or_changes_nothing(
    name: str, tmp_path: Path, data: st.DataObject
) -> None:
    said, weights = saved.written(ABOUT, WEIGHTS)
    (tmp_path / "best.json").write_bytes(said)
    (tmp_path / "best.pt").write_bytes(weights)
    about, _ = saved.read(tmp_path / "best.json")
    whole = (tmp_path / name).read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    for content in (flipped, whole[:place]):
        (tmp_path / name).write_bytes(content)
        try:
            found, there = saved.read(tmp_path / "best.json")
        except WorkbenchError:
            continue
        assert name == "best.json", "not a byte of the weights is anything else"
        mine = {key: found.get(key) for key in about if key != saved.OWN}  # the name of the digest may be damaged
        assert mine == {key: value for key, value in about.items() if key != saved.OWN}
        assert all(torch.equal(there[key], value) for key, value in WEIGHTS.items())
