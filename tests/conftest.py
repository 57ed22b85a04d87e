"""Shared fixtures. A test leaves the process as it found it: generators, default dtype, grad mode, threads."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So a shell without job control starts what it puts into the background; our own processes would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2` a process takes whole files, for fixtures are dear, and all of diagnostics, whose files look
    at what the same scripts gave, each run once and two at a time."""
    from xdist.scheduler import LoadScopeScheduling

    class WholeFiles(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "diagnostics" if file.startswith("tests/diagnostics/") else file

    return WholeFiles(config, log)


@pytest.fixture(autouse=True)
def _process_is_left_as_found() -> Iterator[None]:
    before = (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads())
    state = torch.random.get_rng_state()
    yield
    assert before == (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads())
    assert torch.equal(state, torch.random.get_rng_state()), "the test, or what it called, moved torch's generator"


def image_data_folder() -> Path | None:
    """The folder with the real MNIST and Fashion-MNIST files, where $WORKBENCH_DATA names one."""
    folder = Path(os.environ.get("WORKBENCH_DATA") or "nowhere")
    return folder if (folder / "MNIST" / "raw").is_dir() else None


@pytest.fixture(scope="session")
def image_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writable folder with links to the real .gz files. Skips where there are none, except in CI."""
    source = image_data_folder()
    if source is None:
        message = "needs the real MNIST files: set WORKBENCH_DATA to a folder that holds MNIST/raw/*.gz"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    root = tmp_path_factory.mktemp("image-data")
    for name in ("MNIST", "FashionMNIST"):
        raw = root / name / "raw"
        raw.mkdir(parents=True)
        for file in (source / name / "raw").glob("*.gz"):
            (raw / file.name).symlink_to(file.resolve())
    return root


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No data set can be had: nothing in the cache, and a network that refuses at once."""
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise OSError("there is no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
