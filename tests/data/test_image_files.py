from __future__ import annotations

import contextlib
import gzip
import http.server
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision.datasets

from workbench.data import image_files
from workbench.data.image_files import FILES, DataMissing, obtain, read
from workbench.errors import WorkbenchError

TRAIN_X, TRAIN_Y, TEST_X, TEST_Y = (file.name for file in FILES["MNIST"])
UNPACKED = sorted([TRAIN_X, TRAIN_Y, TEST_X, TEST_Y])
PACKED = [f"{name}.gz" for name in UNPACKED]


@pytest.fixture
def root(tmp_path: Path, image_data: Path) -> Path:
    """A folder of the test's own with links to MNIST's real .gz files."""
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in PACKED:
        (raw / name).symlink_to((image_data / "MNIST" / "raw" / name).resolve())
    return tmp_path / "data"


@pytest.fixture(scope="module")
def unpacked(image_data: Path) -> Path:
    """MNIST's four files as they are when unpacked."""
    for packed in (image_data / "MNIST" / "raw").glob("*.gz"):
        if not packed.with_suffix("").exists():
            packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    return image_data / "MNIST" / "raw"


def names(raw: Path) -> list[str]:
    return sorted(path.name for path in raw.iterdir())


def damage(path: Path, *, keep: int) -> None:
    """The file's first bytes, in a file of its own."""
    content = path.read_bytes()[:keep]
    path.unlink()
    path.write_bytes(content)


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class Mirror(http.server.BaseHTTPRequestHandler):
    """Delivers the files of `folder`; subclasses go wrong in one way or another."""

    folder: Path

    def do_GET(self) -> None:
        content = (self.folder / self.path.strip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.deliver(content)

    def deliver(self, content: bytes) -> None:
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def use(monkeypatch: pytest.MonkeyPatch, *mirrors: str) -> None:
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", list(mirrors))


def test_the_md5s_of_the_packed_files_are_torchvisions() -> None:
    for dataset, files in FILES.items():
        published = getattr(torchvision.datasets, dataset).resources
        assert {(file.gz, file.gz_md5) for file in files} == set(published)


@pytest.mark.parametrize("dataset", ["MNIST", "FashionMNIST"])
def test_packed_files_are_unpacked_without_network_and_read_as_images_in_0_to_1(
    dataset: str, image_data: Path
) -> None:
    x, y, test_x, test_y = read(dataset, image_data)
    assert (x.shape, x.dtype) == ((60_000, 1, 28, 28), torch.float32)
    assert (test_x.shape, test_y.shape, test_y.dtype) == ((10_000, 1, 28, 28), (10_000,), torch.int64)
    assert (x.min(), x.max()) == (0, 1)
    assert y.bincount().sum() == 60_000
    assert test_y.bincount().tolist()[:3] == {"MNIST": [980, 1135, 1032], "FashionMNIST": [1000] * 3}[dataset]


def test_workbench_data_comes_before_the_studys_root_and_that_before_the_cache(
    root: Path, tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert obtain("MNIST", root) == root
    monkeypatch.setenv("WORKBENCH_DATA", str(elsewhere))
    with pytest.raises(DataMissing, match="elsewhere/MNIST/raw"):
        obtain("MNIST", root)
    monkeypatch.delenv("WORKBENCH_DATA")
    shutil.copytree(root / "MNIST" / "raw", cached)
    assert obtain("MNIST", None) == cached.parents[1]
    assert not elsewhere.exists()


@pytest.mark.parametrize("name", [f"{TRAIN_X}.gz", f"{TEST_Y}.gz"])
@pytest.mark.parametrize("keep", [0, 4000])
def test_a_damaged_packed_file_is_named_and_left_alone(name: str, keep: int, root: Path) -> None:
    path = root / "MNIST" / "raw" / name
    damage(path, keep=keep)
    with pytest.raises(WorkbenchError, match=f"{name}: truncated or damaged: {keep:,} bytes") as caught:
        obtain("MNIST", root)
    assert not isinstance(caught.value, DataMissing)
    assert caught.value.hint == "delete it and run again"
    assert path.stat().st_size == keep
    assert name.removesuffix(".gz") not in names(path.parent)


def test_a_damaged_unpacked_file_is_an_error_although_the_packed_one_is_there(root: Path) -> None:
    obtain("MNIST", root)
    path = root / "MNIST" / "raw" / TRAIN_Y
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WorkbenchError, match=f"{TRAIN_Y}: truncated or damaged: 60,008 bytes"):
        obtain("MNIST", root)
    assert path.read_bytes() == content
    path.unlink()
    assert obtain("MNIST", root) == root


@pytest.mark.parametrize("form", ["packed", "unpacked", "mixed"])
def test_a_shared_folder_that_is_marked_read_only_is_read_from_and_not_changed(
    form: str, root: Path, unpacked: Path, cached: Path
) -> None:
    raw = root / "MNIST" / "raw"
    for name in UNPACKED if form == "unpacked" else [TRAIN_X] if form == "mixed" else []:
        (raw / f"{name}.gz").unlink()
        os.link(unpacked / name, raw / name)
    before = names(raw)
    raw.chmod(0o555)  # does not bind root: the code itself must keep its hands off
    homes = [obtain("MNIST", root) for _ in range(2)]
    assert homes == [root if form == "unpacked" else cached.parents[1]] * 2
    assert names(raw) == before
    if form != "unpacked":
        assert names(cached) == UNPACKED


def test_a_folder_that_permissions_close_is_read_from_as_well(
    root: Path, cached: Path, obeying_permissions: Any
) -> None:
    raw = root / "MNIST" / "raw"
    raw.chmod(0o577)  # writable for others, not for the owner
    with obeying_permissions():
        with pytest.raises(PermissionError):
            (raw / "trial").touch()
        assert obtain("MNIST", root) == cached.parents[1]
    assert names(raw) == PACKED


@pytest.mark.parametrize("why", ["no permission", "a file where the folder should be"])
def test_a_cache_folder_that_cannot_be_written_is_named(
    why: str, root: Path, cached: Path, obeying_permissions: Any
) -> None:
    raw = root / "MNIST" / "raw"
    raw.chmod(0o555)
    blocked = cached.parents[3]
    if why == "no permission":
        blocked.mkdir()
        blocked.chmod(0o555)
    else:
        blocked.touch()
    with obeying_permissions(), pytest.raises(WorkbenchError, match=f"cannot read or write {blocked}") as caught:
        obtain("MNIST", root)
    assert "WORKBENCH_DATA" in str(caught.value.hint)


def test_missing_files_are_downloaded_from_the_first_mirror_that_delivers(
    root: Path, image_data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    raw = root / "MNIST" / "raw"
    seen: list[list[str]] = []

    class Good(Mirror):
        folder = image_data / "MNIST" / "raw"

        def deliver(self, content: bytes) -> None:
            self.wfile.write(content[:1000])
            self.wfile.flush()
            time.sleep(0.05)
            seen.append([name for name in names(raw) if not name.startswith(".")])
            self.wfile.write(content[1000:])

    class Portal(Mirror):
        folder = image_data / "MNIST" / "raw"

        def deliver(self, content: bytes) -> None:
            self.wfile.write(b"<html>please log in".ljust(len(content)))

    (raw / f"{TEST_X}.gz").unlink()
    (raw / f"{TEST_Y}.gz").unlink()
    with serving(Portal) as portal, serving(Good) as good:
        use(monkeypatch, portal, good)
        assert obtain("MNIST", root) == root
    assert names(raw) == sorted(UNPACKED + PACKED)
    assert [TEST_X in some or f"{TEST_X}.gz" in some for some in seen[:2]] == [False, False]  # only once whole
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("fault", ["stalls", "ends early"])
def test_a_download_that_fails_leaves_nothing_behind(
    fault: str, tmp_path: Path, image_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(Mirror):
        folder = image_data / "MNIST" / "raw"

        def deliver(self, content: bytes) -> None:
            self.wfile.write(content[:100_000])  # the labels of the test part fit
            if fault == "stalls" and len(content) > 100_000:
                over.wait(300)

    over = threading.Event()
    monkeypatch.setattr(image_files, "STALLED", 0.3)
    start = time.monotonic()
    with serving(Faulty) as mirror:
        use(monkeypatch, mirror)
        with pytest.raises(DataMissing, match=f"downloading {mirror}{TRAIN_X}.gz failed: .*(timed out|corrupted)"):
            obtain("MNIST", tmp_path)
        over.set()
    assert time.monotonic() - start < 100
    assert names(tmp_path / "MNIST" / "raw") == []
    assert socket.getdefaulttimeout() is None


@contextlib.contextmanager
def swallowing(how: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server from which nothing ever comes."""
    over = threading.Event()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)  # accepts one connection that nobody serves, then drops what knocks
        if how == "packets are dropped":
            for _ in range(3):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(server.getsockname())
        if how == "names are never resolved":
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(300) or [])
            stack.callback(over.set)
        yield f"http://localhost:{server.getsockname()[1]}/"


@pytest.mark.parametrize("how", ["requests are not answered", "packets are dropped", "names are never resolved"])
def test_a_network_that_swallows_everything_is_given_up_in_time(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert image_files.PATIENCE <= 8  # and imports take their share of 10
    monkeypatch.setattr(image_files, "PATIENCE", 0.5)
    with swallowing(how, monkeypatch) as mirror:
        use(monkeypatch, *[mirror] * 100)  # 50 s, if they were waited for in turn
        start = time.monotonic()
        with pytest.raises(DataMissing, match=r"no server delivered it within 0\.5 s"):
            obtain("MNIST", tmp_path)
        assert 0.4 < time.monotonic() - start < 25
    assert names(tmp_path) == []


def test_missing_data_says_which_files_belong_where(tmp_path: Path) -> None:
    with pytest.raises(DataMissing) as caught:
        obtain("FashionMNIST", tmp_path)
    assert f"{tmp_path}/FashionMNIST/raw (4 of its 4 files missing)" in caught.value.message
    assert all(name in str(caught.value.hint) for name in (*PACKED, "WORKBENCH_DATA", "FashionMNIST/raw"))
