"""optuna-dashboard over a file that our store wrote: through its REST interface, and in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NOTE = "# Why this study\n\nfinds a *needle* in a haystack"
TRIALS = 7


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, fake: ModuleType) -> Iterator[str]:
    """Of a dashboard that serves a journal with one study."""
    where = str(tmp_path_factory.mktemp("dashboard") / "workbench.journal")
    store = fake.open_store(where, fake.spec(name="needle", pruner="halving"))
    fake.tune(store, TRIALS)
    store.describe(NOTE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("optuna-dashboard")), where, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 60
            while not _answers(f"http://127.0.0.1:{port}/api/studies"):
                assert process.poll() is None, "optuna-dashboard ended"
                assert time.monotonic() < deadline, "optuna-dashboard does not answer"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        _get(url)
    except urllib.error.URLError:
        return False
    return True


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def test_the_dashboard_has_names_curves_and_the_note(address: str) -> None:
    [study] = _get(f"{address}/api/studies")["study_summaries"]
    assert study["study_name"] == "needle"
    detail = _get(f"{address}/api/studies/{study['study_id']}?after=0")
    assert detail["objective_names"] == ["validation accuracy"]
    assert detail["directions"] == ["maximize"]
    assert detail["note"]["body"] == NOTE
    assert len(detail["trials"]) == TRIALS
    for trial in detail["trials"]:
        steps = [value["step"] for value in trial["intermediate_values"]]
        assert steps == list(range(1, len(steps) + 1))
        attributes = {one["key"]: one["value"] for one in trial["user_attrs"]}
        assert json.loads(attributes["curve"])["epoch"][: len(steps)] == steps
        assert attributes["parameters"] == "1234"
    names = {one["name"] for one in detail["trials"][0]["params"]}
    assert {"depth", "units_1", "optimizer", "lr"} <= names


def test_a_browser_shows_the_study_and_its_trials(address: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        message = "needs Chromium: apt-get install chromium fonts-dejavu-core"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    [study] = _get(f"{address}/api/studies")["study_summaries"]
    detail = _get(f"{address}/api/studies/{study['study_id']}?after=0")
    best = max(
        (trial for trial in detail["trials"] if trial["state"] == "Complete"), key=lambda one: one["values"][0]
    )
    page = f"{address}/dashboard/studies/{study['study_id']}"

    overview = _dom(chromium, page, tmp_path)
    assert "needle" in overview
    assert f"(number={best['number']})" in overview  # the best trial
    assert str(best["values"][0]) in overview
    assert "validation accuracy" in overview
    listed = _dom(chromium, f"{page}/trials", tmp_path)
    assert f"{TRIALS} Trials" in listed
    for trial in detail["trials"]:
        assert f"Trial {trial['number']}" in listed
    for value in detail["trials"][0]["intermediate_values"]:
        assert str(value["value"]) in listed
    assert "<em>needle</em>" in _dom(chromium, f"{page}/note", tmp_path)


def _dom(chromium: str, url: str, profile: Path) -> str:
    """The page's document after its scripts have run."""
    flags = (
        "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --virtual-time-budget=15000 --window-size=1500,2600"
    )
    command = [chromium, *flags.split(), f"--user-data-dir={profile / 'chromium'}", "--dump-dom", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
