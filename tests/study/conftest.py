"""Study files for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]

TOP = 'name = "tried"\ntask = "multiclass"\n'
DATA = '[data]\nsource = "digits"\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a study file: `write(space="depth = 2")` with the rest sound, or `write(text=...)` as it is."""

    def write(
        space: str = "", *, top: str = TOP, data: str = DATA, more: str = "", text: str | None = None
    ) -> Path:
        path = tmp_path / "tried.toml"
        path.write_text(f"{top}{data}[space]\n{space}\n{more}\n" if text is None else text, encoding="utf-8")
        return path

    return write
