"""The layer in front of optuna-dashboard: what it refuses, what it serves, where it listens."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.dashboard import server
from workbench.errors import WorkbenchError
from workbench.store import artifacts
from workbench.store.storage import open_storage

Ask = Callable[..., Any]


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """The study, for a test to spoil."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


def site(home: Path, *, read_only: bool = False) -> Any:
    where = str(home / "workbench.journal")
    out = home / "reports"
    return server.application(
        open_storage(where, reading=True),
        artifacts=artifacts.chosen(None, where, out),
        out=out,
        read_only=read_only,
    )


def detail(application: Any, ask: Ask) -> Any:
    [study] = json.loads(ask(application, "/api/studies").body)["study_summaries"]
    return json.loads(ask(application, f"/api/studies/{study['study_id']}").body)


WRITES = [
    ("DELETE", "/api/studies/0", b""),
    ("PUT", "/api/studies/0/note", b'{"version": 2, "body": "vandals"}'),
    ("POST", "/api/studies", b'{"study_name": "x", "directions": ["minimize"]}'),
    ("POST", "/api/studies/0/rename", b'{"study_name": "x"}'),
    ("POST", "/api/trials/0/user-attrs", b'{"user_attrs": {"a": 1}}'),
    ("DELETE", "/report/small/", b""),
    ("PATCH", "/", b""),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_read_only_refuses_whatever_changes_something(
    method: str, path: str, body: bytes, copy: Path, ask: Ask
) -> None:
    before = (copy / "workbench.journal").read_bytes()
    said = ask(site(copy, read_only=True), path, method, body, CONTENT_TYPE="application/json")
    assert said.status == 405
    assert "read-only" in json.loads(said.body)["reason"]
    assert (copy / "workbench.journal").read_bytes() == before


def test_without_read_only_a_note_can_be_written_and_a_study_deleted(copy: Path, ask: Ask) -> None:
    application = site(copy)
    version = detail(application, ask)["note"]["version"] + 1
    note = json.dumps({"version": version, "body": "mine"}).encode()
    said = ask(application, "/api/studies/0/note", "PUT", note, CONTENT_TYPE="application/json")
    assert said.status == 204
    assert detail(site(copy), ask)["note"]["body"] == "mine"
    assert ask(application, "/api/studies/0", "DELETE", b"{}", CONTENT_TYPE="application/json").status == 204
    assert json.loads(ask(site(copy), "/api/studies").body)["study_summaries"] == []


def test_read_only_hides_nothing(home: Path, ask: Ask) -> None:
    application = site(home, read_only=True)
    shown = detail(application, ask)
    assert len(shown["trials"]) == 4
    kept = json.loads((home / "reports" / "small" / "best.json").read_text())["trial"]
    [trial] = [one for one in shown["trials"] if one["number"] == kept]
    assert {one["filename"] for one in trial["artifacts"]} == {"curves.csv", "curves.png", "best.pt"}
    for one in trial["artifacts"]:
        got = ask(application, f"/artifacts/0/{trial['trial_id']}/{one['artifact_id']}")
        assert got.status == 200
        if one["filename"] == "curves.png":
            assert got.headers["Content-Type"] == "image/png"
            assert got.body.startswith(b"\x89PNG")
        if one["filename"] == "best.pt":
            assert got.body == (home / "reports" / "small" / "best.pt").read_bytes()
        if one["filename"] == "curves.csv":
            head, *lines = got.body.decode().splitlines()
            assert head.startswith("epoch,train_loss")
            assert len(lines) == 2


def test_the_notes_say_the_result_and_where_the_report_is(home: Path, ask: Ask) -> None:
    shown = detail(site(home), ask)
    assert "](/report/small/)" in shown["note"]["body"]
    assert "validation" in shown["note"]["body"]
    notes = {one["note"]["body"].partition("\n")[0] for one in shown["trials"]}
    assert notes == {f"**Rank {rank}** of 4 trials." for rank in (1, 2, 3, 4)}
    for trial in shown["trials"]:
        assert f"| units | {trial['params'][0]['param_external_value']} |" in trial["note"]["body"]
    figures = {one["id"]: json.loads(one["graph_object"]) for one in shown["plotly_graph_objects"]}
    assert {"learning-curves", "loss-curves"} <= set(figures)
    assert all(figure["layout"]["title"]["text"] and "@" not in json.dumps(figure) for figure in figures.values())


def test_the_report_is_served_beside_it(home: Path, ask: Ask) -> None:
    application = site(home)
    folder = home / "reports" / "small"
    page = ask(application, "/report/small/")
    shown = folder / "report.html" if (folder / "report.html").exists() else folder / "report.md"
    assert (page.status, page.body) == (200, shown.read_bytes())
    markdown = ask(application, "/report/small/report.md")
    assert markdown.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert ask(application, "/report/small/ranking.csv").body == (folder / "ranking.csv").read_bytes()
    head = ask(application, "/report/small/", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(page.body))
    assert b'href="/report/small/"' in ask(application, "/report/").body
    for path in ("/report", "/report/small"):
        moved = ask(application, path)
        assert (moved.status, moved.headers["Location"]) == (302, f"{path}/")


@pytest.mark.parametrize(
    "path",
    [
        "/report/../workbench.journal",
        "/report/small/../../workbench.journal",
        "/report/small/..",
        "/report/./small/report.md",
        "/report/small//report.md",
        "/report//etc/passwd",
        "/report/small//etc/passwd",
        "/report/small/..\\report.md",
        "/report/small/.hidden",
        "/report/small/link",
        "/report/small/report.md\0.html",
        "/report/" + "a" * 5000 + "/",
        "/report/small/" + "a" * 5000,
        "/report/nobody/",
        "/report/small/none.md",
    ],
)
def test_nothing_but_a_reports_files_is_served(path: str, copy: Path, ask: Ask) -> None:
    folder = copy / "reports" / "small"
    (folder / ".hidden").write_text("secret")
    (folder / "link").symlink_to(copy / "workbench.journal")
    assert ask(site(copy), path).status == 404


@pytest.mark.parametrize("what", ["a file", "nothing in it"])
def test_a_study_without_a_report_is_told_how_to_get_one(what: str, copy: Path, ask: Ask) -> None:
    shutil.rmtree(copy / "reports" / "small")
    (copy / "reports" / "small").touch() if what == "a file" else (copy / "reports" / "small").mkdir()
    said = ask(site(copy), "/report/small/")
    assert said.status == 404
    assert b"workbench report --study" in said.body
    assert b"small" not in ask(site(copy), "/report/").body


def test_a_file_that_is_gone_is_told_so(copy: Path, ask: Ask) -> None:
    application = site(copy)
    [best] = detail(application, ask)["best_trials"]
    [artifact, *_] = best["artifacts"]
    (copy / "workbench.journal.artifacts" / artifact["artifact_id"]).unlink()
    said = ask(application, f"/artifacts/0/{best['trial_id']}/{artifact['artifact_id']}")
    assert (said.status, b"gone" in said.body) == (404, True)


def test_pages_ask_for_news_soon_and_are_not_kept_by_the_browser(home: Path, ask: Ask) -> None:
    application = site(home)
    page = ask(application, "/dashboard/studies/0", HTTP_IF_MODIFIED_SINCE="Sat, 21 Nov 2099 00:00:00 GMT")
    assert page.status == 200
    assert page.body.index(b"/workbench/live.js") < page.body.index(b"/static/bundle.js")
    assert page.headers["Content-Length"] == str(len(page.body))
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Last-Modified" not in page.headers
    assert b"setInterval" in ask(application, "/workbench/live.js").body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("192.168.1.5", 200),
        ("evil.example:8080", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("[", 403),
    ],
)
def test_a_name_that_is_not_ours_is_refused(host: str, status: int, home: Path, ask: Ask) -> None:
    said = ask(site(home), "/api/studies", HTTP_HOST=host)
    assert said.status == status
    assert (b"small" in said.body) == (status == 200)


@pytest.mark.parametrize(
    ("origin", "status"),
    [(None, 204), ("http://localhost:8080", 204), ("http://evil.example", 403), ("null", 403),
     ("http://localhost:9999", 403)],
)  # fmt: skip
def test_a_page_of_another_site_changes_nothing(origin: str | None, status: int, copy: Path, ask: Ask) -> None:
    more = {} if origin is None else {"HTTP_ORIGIN": origin}
    said = ask(
        site(copy), "/api/studies/0", "DELETE", b"{}", CONTENT_TYPE="application/json",
        HTTP_HOST="localhost:8080", **more,
    )  # fmt: skip
    assert said.status == status
    left = json.loads(ask(site(copy), "/api/studies").body)["study_summaries"]
    assert len(left) == (1 if status == 403 else 0)


def test_reports_and_files_have_an_origin_of_their_own(home: Path, ask: Ask) -> None:
    application = site(home)
    assert ask(application, "/report/small/").headers["Content-Security-Policy"].startswith("sandbox allow-scripts")
    [best] = detail(application, ask)["best_trials"]
    for one in best["artifacts"]:
        got = ask(application, f"/artifacts/0/{best['trial_id']}/{one['artifact_id']}")
        assert (got.status, got.headers["Content-Security-Policy"]) == (200, "sandbox")


@pytest.mark.parametrize("artifact", ["../secret", "..", ".", "/etc/passwd", ""])
def test_a_file_that_a_storage_names_lies_in_its_folder(artifact: str, copy: Path, ask: Ask) -> None:
    (copy / "secret").write_text("secret")
    storage = open_storage(str(copy / "workbench.journal"))
    study = storage.get_study_id_from_name("small")
    about = {"artifact_id": artifact, "filename": "x", "mimetype": "text/html", "encoding": None}
    storage.set_study_system_attr(study, f"dashboard:artifacts:0:{artifact}", json.dumps(about))
    said = ask(site(copy), f"/artifacts/0/0/{artifact}")
    assert said.status == 404
    assert b"secret" not in said.body.replace(b"secret</", b"")
    assert ask(site(copy), "/api/studies/0", "DELETE", b"{}", CONTENT_TYPE="application/json").status == 204
    assert (copy / "secret").read_text() == "secret"


# -- the server -------------------------------------------------------------------------------------------------


def get(listening: Any, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*listening.server_address[:2], timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def slow(until: threading.Event) -> Any:
    def application(environ: Any, start: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            assert until.wait(30)
        start("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    return application


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_one_slow_request_keeps_nobody_waiting(host: str) -> None:
    if host == "::1" and not _has_ipv6():
        pytest.skip("no IPv6 here")
    release = threading.Event()
    with server.listen(slow(release), host, 0) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        waiting: list[tuple[int, bytes]] = []
        first = threading.Thread(target=lambda: waiting.append(get(listening, "/slow")))
        first.start()
        assert get(listening, "/quick") == (200, b"/quick")
        assert not waiting
        release.set()
        first.join()
        assert waiting == [(200, b"/slow")]
        listening.shutdown()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_a_port_in_use_is_passed_over() -> None:
    nobody = slow(threading.Event())
    with (
        server.listen(nobody, "127.0.0.1", 0) as first,
        server.listen(nobody, "127.0.0.1", first.server_port) as second,
    ):
        assert first.server_port < second.server_port < first.server_port + server.PORTS


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [("no.such.host.invalid", 8080, "no.such.host.invalid"), ("192.0.2.1", 8080, "192.0.2.1")],
)
def test_a_host_that_is_not_ours_is_one_message(host: str, port: int, said: str) -> None:
    with pytest.raises(WorkbenchError, match=said):
        server.listen(slow(threading.Event()), host, port)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
    ],
)
def test_who_can_reach_it(host: str, alone: bool) -> None:
    assert server.is_loopback(host) is alone


def test_addresses_can_be_typed() -> None:
    assert server.address("0.0.0.0", 8080) == "http://127.0.0.1:8080"
    assert server.address("::", 80) == "http://[::1]:80"
    assert server.address("localhost", 8081) == "http://localhost:8081"
