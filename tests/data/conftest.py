"""No test of this folder reaches the network: the mirrors are servers on this machine, or none."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torchvision.datasets


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for dataset in (torchvision.datasets.MNIST, torchvision.datasets.FashionMNIST):
        monkeypatch.setattr(dataset, "mirrors", [])
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    """Where the files of MNIST lie when nothing names a folder."""
    if sys.platform != "linux":
        pytest.skip("the cache folder is moved by XDG_CACHE_HOME on Linux only")
    return tmp_path / "cache" / "workbench" / "data" / "MNIST" / "raw"


@pytest.fixture
def obeying_permissions() -> Callable[[], AbstractContextManager[None]]:
    """A context in which permission bits bind root, too: this thread gives up the capability to ignore them."""
    if sys.platform == "win32":
        pytest.skip("needs permission bits")
    if os.geteuid() != 0:
        return contextlib.nullcontext
    if sys.platform != "linux":
        pytest.skip("root ignores permission bits here")
    return _without_override


@contextlib.contextmanager
def _without_override() -> Iterator[None]:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # capabilities, version 3; this thread
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the upper 32 bits of each
    if libc.capget(header, held) != 0:
        pytest.skip("capabilities cannot be read here")
    reduced = (ctypes.c_uint32 * 6)(*held)
    reduced[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if libc.capset(header, reduced) != 0:
        pytest.skip("capabilities cannot be given up here")
    try:
        yield
    finally:
        assert libc.capset(header, held) == 0
