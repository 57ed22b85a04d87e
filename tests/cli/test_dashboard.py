"""workbench dashboard as a user meets it: its address, its end, its messages."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workbench.cli.main import main
from workbench.store.trials import StudyStore
from workbench.study.identity import identity
from workbench.study.load import load
from workbench.study.trial import Epoch, Outcome


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose journal holds the study circles, with one trial."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("WORKBENCH_STORAGE", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    spec = load("circles")
    store = StudyStore.open(None, spec, identity=identity(spec))
    [trial] = store.ask(1)
    store.tell([Outcome(trial.number, "complete", (Epoch(1, 0.5, 0.5, 0.5, 0.5),), 0.1, 3)])
    store.flush()
    return tmp_path


@contextmanager
def serving(*arguments: str, before: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command, and what it printed first."""
    code = f"import sys\n{before}\nfrom workbench.cli.main import main\nraise SystemExit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, "dashboard", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def end(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """What it said on stderr, after it ended by this signal as it should."""
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    return said


def test_it_serves_a_study_until_it_is_told_to_stop_and_never_loads_torch(here: Path) -> None:
    at_exit = "import atexit; atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr))"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving("--study", "circles", "--port", str(port), before=at_exit) as (process, address):
            found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/dashboard/studies/0", address)
            assert found
            base = address.partition("/dashboard")[0]
            for path in ("/api/studies", "/api/studies/0?after=0", "/api/studies/0/plot/slice"):
                with urllib.request.urlopen(f"{base}{path}", timeout=30) as answer:
                    assert json.load(answer)
            said = end(process, signal.SIGINT)
    assert f"port {port} is in use: serving on {found[1]}\n" in said
    assert "warning" not in said
    assert said.splitlines()[-1] == "False"


def test_a_host_that_others_reach_is_warned_of_unless_nothing_can_be_written(here: Path) -> None:
    with serving("--host", "0.0.0.0", "--port", "0") as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/dashboard", address)
        assert "no login" in end(process, signal.SIGTERM)
    with serving("--host", "0.0.0.0", "--port", "0", "--read-only") as (process, address):
        base = address.partition("/dashboard")[0]
        with pytest.raises(urllib.error.HTTPError, match="405"):
            urllib.request.urlopen(urllib.request.Request(f"{base}/api/studies/0", method="DELETE"), timeout=30)
        said = end(process, signal.SIGTERM)
    assert "no login" not in said
    assert "workbench.journal, read-only;" in said


WRONG = {
    "no storage": (["--storage", "other.journal"], "workbench tune"),
    "an unknown study": (["--study", "circels"], "did you mean circles?"),
    "a study that was never run": (["--study", "mnist"], "workbench tune --study mnist"),
    "a generation that there is not": (["--study", "circles@3"], "no generation 3"),
    "a port that is none": (["--port", "70000"], "--port"),
    "a port that is no number": (["--port", "web"], "--port"),
    "a host that is not ours": (["--host", "192.0.2.1"], "--host 192.0.2.1"),
    "a storage that is a folder": (["--storage", "."], "folder"),
    "a database that is not there": (["--storage", "sqlite:///no.db"], "workbench tune"),
}


@pytest.mark.parametrize(("arguments", "expected"), WRONG.values(), ids=WRONG)
def test_bad_input_is_one_clear_message_and_a_2(
    arguments: list[str], expected: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path for path in here.rglob("*") if "state" not in path.parts}
    try:
        code = main(["dashboard", *arguments])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    printed = capsys.readouterr()
    assert expected in printed.err
    assert "Traceback" not in printed.err
    assert {path for path in here.rglob("*") if "state" not in path.parts} == before
