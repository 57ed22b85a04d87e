"""A real study of four quick trials, tuned once, and the layer over it without a network."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from workbench.cli.main import main

STUDY = """
name = "small"
description = "made for a test"
task = "multiclass"
[data]
source = "digits"
train = 300
validation = 150
[space]
units = { int = [8, 32], log = true }
lr = { float = [1e-3, 1e-1], log = true }
epochs = 2
[budget]
trials = 4
[search]
pruner = "none"
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with workbench.journal and reports/small, as `workbench tune` leaves it."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "studies").mkdir()
    (folder / "studies" / "small.toml").write_text(STUDY)
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.delenv("WORKBENCH_STORAGE", raising=False)
        os.chdir(folder)
        try:
            quick = ["--device", "cpu", "--quiet", "--no-diagnose", "--no-confirm"]
            assert main(["tune", "--study", "small", *quick]) == 0
        finally:
            os.chdir(before)
    return folder


@dataclass(frozen=True)
class Said:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="session")
def ask() -> Callable[..., Said]:
    """One request, without a network."""
    return _ask


def _ask(application: Any, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Said:
    """One request; `path` as it is after unquoting."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **headers,
    }
    setup_testing_defaults(environ)
    got: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        got.extend([int(status.split()[0]), dict(headers)])
        return lambda _: None

    parts = application(environ, start)
    text = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return Said(got[0], got[1], text)
