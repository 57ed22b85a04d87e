"""Where the files that belong to trials lie: in a folder, or in a bucket of a store that speaks S3.

The storage says which files a trial has, by ids; they are plain names, and lead nowhere else.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from workbench import atomic
from workbench.errors import WorkbenchError
from workbench.store.storage import beside

ELSEWHERE = "name another place with --artifacts: a folder, or s3://BUCKET/PREFIX"
PROBE = "workbench-was-here"  # written and removed at once
CONNECT, READ, TRIES = 10, 60, 3  # seconds, seconds, times; boto3 would try for minutes


class Artifacts(Protocol):
    """Files by name. Whatever refuses one is a WorkbenchError; `str` is the place, for people."""

    def check(self) -> None:
        """Prove that files can be written there, before hours of training depend on it. Leaves nothing."""

    def has(self, name: str) -> bool: ...

    def open(self, name: str) -> IO[bytes] | None:
        """To be read and closed; None where there is no such file."""

    def write(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None:
        """Is there none, nothing happens."""


def chosen(given: str | None, where: str | None, out: Path) -> Artifacts:
    """What --artifacts says, else $WORKBENCH_ARTIFACTS, else a folder beside the storage at `where` or in `out`."""
    place = given or os.environ.get("WORKBENCH_ARTIFACTS") or None
    if place is None:
        return Folder(beside(where, out).absolute())
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").strip("/").partition("/")
        if not bucket:
            raise WorkbenchError(f"{place}: the name of a bucket is missing", hint="write s3://BUCKET/PREFIX")
        return Bucket(bucket, prefix)
    if "://" in place:
        raise WorkbenchError(f"{place}: files of trials cannot be kept there", hint=ELSEWHERE)
    return Folder(Path(place).expanduser().absolute())


class Folder:
    """On this machine, or a shared one that it has mounted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def check(self) -> None:
        there = next(each for each in (self._path, *self._path.parents) if each.exists())
        try:
            tempfile.TemporaryFile(dir=there).close()
        except OSError as error:
            raise WorkbenchError(f"{self}: cannot be written to: {error.strerror}", hint=ELSEWHERE) from error

    def has(self, name: str) -> bool:
        return is_name(name) and (self._path / name).is_file()

    def open(self, name: str) -> IO[bytes] | None:
        try:
            return (self._path / name).open("rb") if self.has(name) else None
        except OSError as error:
            raise WorkbenchError(f"{self._path / name}: cannot be read: {error.strerror}") from error

    def write(self, name: str, content: bytes) -> None:
        atomic.write(self._path / _checked(name), content, hint=ELSEWHERE)

    def remove(self, name: str) -> None:
        if is_name(name):
            with contextlib.suppress(OSError):
                (self._path / name).unlink(missing_ok=True)


class Bucket:
    """S3, or what speaks it: $AWS_ENDPOINT_URL names the server, boto3 finds the credentials."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        try:
            import boto3  # noqa: F401 - Optuna's store says only at its first use that it is missing
        except ImportError:
            raise WorkbenchError(
                f"{self} needs boto3, which is not installed", hint='pip install "workbench[s3]"'
            ) from None
        self._opened: Any = None

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    @property
    def _store(self) -> Any:
        if self._opened is None:
            import boto3
            from botocore.config import Config

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what is experimental
                from optuna.artifacts import Boto3ArtifactStore

                retries = {"mode": "standard", "total_max_attempts": TRIES}
                config = Config(connect_timeout=CONNECT, read_timeout=READ, retries=retries)
                self._opened = Boto3ArtifactStore(self._bucket, boto3.client("s3", config=config))
        return self._opened

    def check(self) -> None:
        self.write(PROBE, b"")
        self.remove(PROBE)

    def has(self, name: str) -> bool:
        file = self.open(name)
        if file is not None:
            file.close()
        return file is not None

    def open(self, name: str) -> IO[bytes] | None:
        from optuna.artifacts.exceptions import ArtifactNotFound

        if not is_name(name):
            return None
        with self._errors():
            try:
                found: IO[bytes] = self._store.open_reader(self._prefix + name)
            except ArtifactNotFound:
                return None
        return found

    def write(self, name: str, content: bytes) -> None:
        with self._errors():
            self._store.write(self._prefix + _checked(name), io.BytesIO(content))

    def remove(self, name: str) -> None:
        if is_name(name):
            with self._errors():
                self._store.remove(self._prefix + name)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
            said = " ".join(str(error).split())
            raise WorkbenchError(
                f"{self}: {said}",
                hint="the bucket must be there, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or a profile) allow "
                "writing into it, and AWS_ENDPOINT_URL is its server's where that is not Amazon's",
            ) from error


def is_name(name: str) -> bool:
    """Whether it names something in its folder that is not hidden."""
    return bool(name) and not name.startswith(".") and not set(name) & {"/", "\\", "\0"}


def _checked(name: str) -> str:
    if not is_name(name):
        raise WorkbenchError(f"{name!r} is not a file's name")
    return name
