"""Files of trials in a folder, and in a bucket of a server that speaks S3: moto's, on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from workbench.cli.main import main
from workbench.errors import WorkbenchError
from workbench.store import artifacts, trials
from workbench.store.artifacts import Artifacts

KEYS = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "hush-hush", "AWS_DEFAULT_REGION": "eu-central-1"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server's address; in it a bucket "bench"."""
    port, log = free_port(), tmp_path_factory.mktemp("moto") / "log"
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            while True:
                assert process.poll() is None, log.read_text()
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    found = boto3.resource("s3").Bucket("bench")
    found.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield found
    found.objects.delete()
    found.delete()


@pytest.fixture(params=["folder", "bucket", "bucket and prefix"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Artifacts:
    if request.param == "folder":
        return artifacts.chosen(str(tmp_path / "files"), None, tmp_path)
    request.getfixturevalue("bucket")
    return artifacts.chosen("s3://bench" + "/some/where" * ("prefix" in request.param), None, tmp_path)


def content(place: Artifacts, name: str) -> bytes | None:
    file = place.open(name)
    if file is None:
        return None
    try:
        return file.read()
    finally:
        file.close()


def test_a_file_is_there_until_it_is_removed_and_the_last_one_written_counts(place: Artifacts) -> None:
    place.check()
    assert (place.has("a"), content(place, "a")) == (False, None)
    place.write("a", b"first")
    place.write("a", b"second")
    place.write("b", b"")
    assert (place.has("a"), content(place, "a"), content(place, "b")) == (True, b"second", b"")
    place.remove("a")
    place.remove("a")
    assert (place.has("a"), content(place, "a"), place.has("b")) == (False, None, True)


def test_a_check_leaves_nothing(bucket: Any, tmp_path: Path) -> None:
    for given in (str(tmp_path / "files"), "s3://bench/x"):
        artifacts.chosen(given, None, tmp_path).check()
    assert list(tmp_path.iterdir()) == []
    assert list(bucket.objects.all()) == []


@pytest.mark.parametrize("name", ["", ".", "..", ".b", "../a", "/etc/passwd", "a/b", "a\\b", "a\0"])
def test_a_name_leads_nowhere_else(name: str, place: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("not ours")
    place.write("b", b"")
    assert (place.has(name), content(place, name)) == (False, None)
    place.remove(name)
    with pytest.raises(WorkbenchError, match="is not a file's name"):
        place.write(name, b"")
    assert (tmp_path / "a").read_text() == "not ours"


def test_the_option_goes_before_the_environment_and_that_before_the_storages_neighbour(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(given: str | None, where: str | None) -> str:
        return str(artifacts.chosen(given, where, tmp_path / "reports"))

    assert told(None, f"{tmp_path}/a.journal") == f"{tmp_path}/a.journal.artifacts"
    assert told(None, "postgresql://host/db") == f"{tmp_path}/reports/.artifacts"
    monkeypatch.setenv("WORKBENCH_ARTIFACTS", "s3://bench/x/")
    assert told(None, f"{tmp_path}/a.journal") == "s3://bench/x"
    assert told(f"{tmp_path}/here", None) == f"{tmp_path}/here"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("s3://", "the name of a bucket is missing"),
        ("gs://bench", "cannot be kept there"),
        ("FILE/below", "cannot be written to: Not a directory"),
        ("s3://other", "s3://other: .*NoSuchBucket"),
    ],
)
def test_a_place_that_cannot_be_had_is_told_before_anything_is_trained(
    given: str, said: str, bucket: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").touch()
    assert main(["tune", "--study", "iris", "--artifacts", given, "--quiet"]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert "hush" not in error
    assert "hint: " in error
    with pytest.raises(WorkbenchError, match=said):
        artifacts.chosen(given, None, tmp_path).check()
    assert [path.name for path in tmp_path.iterdir()] == ["FILE"]


def test_a_server_that_is_away_is_told_so(bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(WorkbenchError, match="s3://bench: Could not connect to the endpoint URL"):
        artifacts.chosen("s3://bench", None, tmp_path).check()


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(WorkbenchError, match="s3://bench needs boto3") as refusal:
        artifacts.chosen("s3://bench", None, tmp_path)
    assert refusal.value.hint == 'pip install "workbench[s3]"'


def test_a_study_keeps_its_files_in_a_bucket_and_the_dashboard_shows_them(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_ARTIFACTS", "s3://bench/iris")
    command = ["tune", "--study", "iris", "--trials", "3", "--no-confirm", "--no-diagnose", "--device", "cpu"]
    assert main([*command, "--quiet", "--set", "search.sampler=random"]) == 0
    assert not (tmp_path / "workbench.journal.artifacts").exists()
    best = trials.read(None, "iris").facts["final"]["trial"]

    from workbench.dashboard import server
    from workbench.store.storage import open_storage

    place, out = artifacts.chosen(None, None, tmp_path), tmp_path / "reports"
    site = server.application(open_storage(None, reading=True), artifacts=place, out=out, read_only=True)
    studies = json.loads(asked(site, "/api/studies/0")[1])
    [trial] = [one for one in studies["trials"] if one["number"] == best]
    kept = {one["filename"]: one["artifact_id"] for one in trial["artifacts"]}
    status, weights = asked(site, f"/artifacts/0/{trial['trial_id']}/{kept['best.pt']}")
    assert (status, weights) == (200, (out / "iris" / "best.pt").read_bytes())
    bucket.Object(f"iris/{kept['best.pt']}").delete()
    assert asked(site, f"/artifacts/0/{trial['trial_id']}/{kept['best.pt']}")[0] == 404
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    away = server.application(
        open_storage(None, reading=True), artifacts=artifacts.chosen(None, None, out), out=out, read_only=True
    )
    status, said = asked(away, f"/artifacts/0/{trial['trial_id']}/{kept['curves.csv']}")
    assert (status, b"Could not connect" in said) == (502, True)


def asked(site: Callable[..., Any], path: str) -> tuple[int, bytes]:
    from wsgiref.util import setup_testing_defaults

    environ: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    begun: list[str] = []
    parts = site(environ, lambda status, headers, *_: begun.append(status))
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return int(begun[0].split()[0]), body
