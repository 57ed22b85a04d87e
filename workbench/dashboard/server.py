"""optuna-dashboard over one storage, with the reports beside it: a WSGI application, and a server for it.

optuna-dashboard has no login, serves nothing of ours, and asks for news every two to ten seconds: this layer in
front of it refuses writes where that is wanted, serves the reports' folders, and lets a new trial be seen in five
seconds on every page.
"""

from __future__ import annotations

import contextlib
import errno
import html
import ipaddress
import json
import logging
import mimetypes
import socket
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from workbench.errors import WorkbenchError
from workbench.store.artifacts import is_name
from workbench.store.storage import quiet, storage_errors
from workbench.store.trials import find

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from optuna.storages import BaseStorage

    from workbench.store.artifacts import Artifacts

PORTS = 50  # how many are tried, from the one that was asked for
LOCAL = "127.0.0.1 is this machine alone, 0.0.0.0 every address it has"
LISTEN = 2**20  # bytes of what is refused
READ = ("GET", "HEAD")
REPORTS = ("report.html", "report.md")  # what a report's folder shows, the first that is there
TEXT = {".md": "text/plain", ".jsonl": "text/plain", ".toml": "text/plain"}  # browsers would save them

ALONE = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}
# A page of a folder of reports, and a file that a storage names, are not pages of the dashboard's: a sandbox gives
# them an origin of their own, from which nothing here can be asked for or changed.
REPORT = {"Content-Security-Policy": "sandbox allow-scripts allow-downloads allow-modals; connect-src 'none'"}
FILE = {"Content-Security-Policy": "sandbox", **ALONE}

# Pages of optuna-dashboard ask again every 10, 5 or 2 seconds, by their kind and the number of trials.
LIVE = b"""const every = window.setInterval
window.setInterval = (what, ms, ...rest) => every(what, ms === 10000 || ms === 5000 ? 2500 : ms, ...rest)
"""


def application(
    storage: BaseStorage, *, artifacts: Artifacts, out: Path, read_only: bool, host: str = "127.0.0.1"
) -> WSGIApplication:
    """optuna-dashboard on this storage, with our layer in front of it. `out` holds the reports' folders, `host` is
    the address that it is served on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is experimental
        import optuna_dashboard

        logging.getLogger("optuna_dashboard").setLevel(logging.ERROR)  # no importances yet: every few seconds

        inner = optuna_dashboard.wsgi(storage, artifact_store=_Files(artifacts))
    # It keeps trials for up to ten seconds; ours are read anew in milliseconds.
    inner._inmemory_cache._trials_last_fetched_at = _Forgetful()
    return Layer(inner, artifacts, out, read_only=read_only, host=host)


class _Files:
    """The files of trials as optuna-dashboard asks for them: its words for an artifact store."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    def open_reader(self, artifact_id: str) -> IO[bytes]:
        from optuna.artifacts.exceptions import ArtifactNotFound

        file = self._artifacts.open(artifact_id)
        if file is None:
            raise ArtifactNotFound(artifact_id)
        return file

    def write(self, artifact_id: str, content_body: IO[bytes]) -> None:
        self._artifacts.write(artifact_id, content_body.read())

    def remove(self, artifact_id: str) -> None:
        with contextlib.suppress(WorkbenchError):  # a file that cannot be removed keeps no study
            self._artifacts.remove(artifact_id)


class _Forgetful(dict[int, Any]):
    def get(self, _key: int, default: Any = None) -> Any:
        return default


class Layer:
    """What stands in front of optuna-dashboard."""

    def __init__(
        self, inner: WSGIApplication, artifacts: Artifacts, out: Path, *, read_only: bool, host: str = "127.0.0.1"
    ) -> None:
        self._inner, self._artifacts, self._out, self._read_only = inner, artifacts, out, read_only
        self._names = {"localhost", host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        answer = self._from_elsewhere(environ) or self._answer(environ["REQUEST_METHOD"], path)
        if answer is not None:
            return answer.send(environ, start)
        if path.startswith("/artifacts/"):
            start = _with_headers(start, FILE)
        if environ["REQUEST_METHOD"] in READ and (path == "/dashboard" or path.startswith("/dashboard/")):
            return self._with_news(environ, start)
        return self._inner(environ, start)

    def _from_elsewhere(self, environ: WSGIEnvironment) -> Answer | None:
        """The refusal of a request that a page of another site makes, from this machine, with its user's rights.

        Such a page can have its own name lead here (DNS rebinding), so a name must be one of this machine's; an
        address leads nowhere else. Without that trick its browser says from which page a change was asked for.
        """
        host = str(environ.get("HTTP_HOST", ""))
        name = urlsplit(f"//{host}").hostname if _well_formed(host) else None
        if host and (name is None or not (name in self._names or _is_address(name))):
            said = "ask for it as localhost or by its address; --host NAME serves it under another name."
            return _page(HTTPStatus.FORBIDDEN, f"{host} is not this dashboard", said)
        origin = environ.get("HTTP_ORIGIN")
        if environ["REQUEST_METHOD"] not in READ and origin is not None and urlsplit(origin).netloc != host:
            return _page(HTTPStatus.FORBIDDEN, "Refused", f"A page of {origin} may change nothing here.")
        return None

    def _answer(self, method: str, path: str) -> Answer | None:
        """Ours; None where it is optuna-dashboard's."""
        if self._read_only and method not in READ:
            refusal = json.dumps({"reason": "this dashboard is read-only (workbench dashboard --read-only)"})
            return Answer(
                HTTPStatus.METHOD_NOT_ALLOWED, refusal.encode(), "application/json", {"Allow": "GET, HEAD"}
            )
        if path == "/workbench/live.js":
            return Answer(HTTPStatus.OK, LIVE, "text/javascript")
        first, _, rest = path.lstrip("/").partition("/")
        if first == "report":
            return self._report(path, rest.split("/"))
        if first == "artifacts" and method in READ:
            return self._missing(Path(path).name)
        return None

    def _missing(self, name: str) -> Answer | None:
        """What is said of a file of a trial that is not there; None where it is."""
        try:
            there = self._artifacts.has(name)
        except WorkbenchError as error:
            return _page(HTTPStatus.BAD_GATEWAY, "This file cannot be had", str(error))
        return None if there else _page(HTTPStatus.NOT_FOUND, "This file is gone", f"It lay in {self._artifacts}.")

    def _with_news(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """optuna-dashboard's page, with our script before its own."""
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def started(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            said.append((status, headers))
            return lambda _: None  # a way to write that nobody uses

        whole = {key: value for key, value in environ.items() if not key.startswith("HTTP_IF_")}
        parts = self._inner(whole | {"REQUEST_METHOD": "GET"}, started)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):  # an open file, by the words of WSGI
                parts.close()
        body = body.replace(b"<script", b'<script src="/workbench/live.js"></script><script', 1)
        status, headers = said[-1]
        stale = ("content-length", "etag", "last-modified")
        kept = [(name, value) for name, value in headers if name.lower() not in stale]
        start(status, [*kept, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    # -- reports --------------------------------------------------------------------------------------------

    def _report(self, path: str, parts: list[str]) -> Answer:
        """/report/ lists the reports, /report/STUDY/ shows one, /report/STUDY/FILE any file of its folder."""
        if parts == [""]:
            return self._index() if path.endswith("/") else _moved(path + "/")
        study, *inside = parts
        folder = self._out / study
        if not all(map(is_name, [study, *filter(None, inside)])) or not _holds(folder.is_dir):
            return self._no_report(study)
        if not inside:
            return _moved(path + "/")
        if inside == [""]:
            shown = next((name for name in REPORTS if (folder / name).is_file()), None)
            return self._no_report(study) if shown is None else _file(folder / shown)
        file = folder.joinpath(*inside).resolve()
        if "" in inside or not file.is_relative_to(folder.resolve()) or not _holds(file.is_file):
            return _page(HTTPStatus.NOT_FOUND, "There is no such file", f"in the report of {study}.")
        return _file(file)

    def _index(self) -> Answer:
        folders = sorted(self._out.iterdir()) if self._out.is_dir() else []
        names = [
            one.name for one in folders if is_name(one.name) and any((one / file).is_file() for file in REPORTS)
        ]
        links = "".join(f'<li><a href="/report/{quote(name)}/">{html.escape(name)}</a></li>' for name in names)
        return _page(HTTPStatus.OK, "Reports", f"in {self._out}", f"<ul>{links}</ul>")

    def _no_report(self, study: str) -> Answer:
        what = f"{study}: there is no report in {self._out}"
        command = "workbench report --study NAME writes one; --out names the folder that it goes to."
        return _page(HTTPStatus.NOT_FOUND, what, command)


def _with_headers(start: StartResponse, more: Mapping[str, str]) -> StartResponse:
    def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
        return start(status, [*headers, *more.items()], *rest)

    return started


def _well_formed(host: str) -> bool:
    try:
        urlsplit(f"//{host}")
    except ValueError:
        return False
    return not set(host) & {"/", "@", "?", "#", "\\"}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Answer:
    """A whole answer."""

    def __init__(self, status: HTTPStatus, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self._status, self._body = status, body
        self._headers = {
            "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-cache",
            **ALONE,
            **(headers or {}),
        }

    def send(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        with contextlib.suppress(ValueError):  # a browser that is still sending does not hear the answer
            environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), LISTEN))
        start(f"{self._status.value} {self._status.phrase}", list(self._headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self._body]


def _page(status: HTTPStatus, title: str, text: str, more: str = "") -> Answer:
    title, text = html.escape(title), html.escape(text)
    document = f'<!DOCTYPE html><html lang="en"><title>{title}</title><h1>{title}</h1><p>{text}</p>{more}</html>'
    return Answer(status, document.encode(), "text/html")


def _moved(path: str) -> Answer:
    return Answer(HTTPStatus.FOUND, b"", "text/plain", {"Location": quote(path)})


def _file(file: Path) -> Answer:
    """A file of a report. A page may have come from others: its scripts run apart from the dashboard."""
    kind = TEXT.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Answer(HTTPStatus.OK, file.read_bytes(), kind, REPORT)


def _holds(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except (OSError, ValueError):  # a name that is too long
        return False


def first_page(storage: BaseStorage, where: str | None, study: str | None) -> str:
    """The path that a browser begins with. WorkbenchError where there is no such study."""
    if study is None:
        return "/dashboard"
    with storage_errors(where), quiet():
        return f"/dashboard/studies/{storage.get_study_id_from_name(find(storage, where, study))}"


# -- the server -------------------------------------------------------------------------------------------------


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a request; one that is under way does not keep the process."""

    daemon_threads = True

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), port  # as it is: asking for its full name can take seconds
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a page that was closed
            super().handle_error(request, client_address)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def listen(application: WSGIApplication, host: str, port: int) -> WSGIServer:
    """A server on the first free port from `port` on (0: any); `serve_forever` is the caller's.

    WorkbenchError where the host is not this machine's, or no port is free.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise WorkbenchError(f"--host {host}: {error.strerror}", hint=LOCAL) from error
    kind = _Server6 if family == socket.AF_INET6 else _Server
    last = min(port + PORTS, 65536) if port else 1
    for candidate in range(port, last):
        try:
            return make_server(host, candidate, application, server_class=kind, handler_class=_Quiet)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                continue
            if error.errno == errno.EACCES:
                hint = "ports below 1024 are the system's: choose a higher one with --port"
                raise WorkbenchError(f"--port {candidate}: {error.strerror}", hint=hint) from error
            raise WorkbenchError(f"--host {host}: {error.strerror}", hint=LOCAL) from error
    raise WorkbenchError(
        f"--port {port}: this and the next {last - port - 1} are in use", hint="choose another one"
    )


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    seen = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{seen}]:{port}" if ":" in seen else f"http://{seen}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
