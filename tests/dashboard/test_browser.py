"""The dashboard in a real browser beside a tune that runs: its pages, and how soon a trial is seen."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SLOW = """
name = "slow"
description = "a trial takes about half a second"
task = "multiclass"
[data]
source = "digits"
train = 64
validation = 64
[model]
family = "net.py:build"
[space]
width = { int = [4, 64] }
lr = { float = [1e-3, 1e-1], log = true }
batch_size = 32
epochs = 2
[budget]
trials = 5000
[search]
sampler = "random"
pruner = "none"
"""
NET = """
import time
from torch import nn

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))

    def forward(self, x):
        time.sleep(0.05)
        return self.layers(x)

def build(width):
    return Net(width)
"""
SOON = 5.0  # seconds in which a trial that has ended is to be seen


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("live")
    (home / "studies").mkdir()
    (home / "studies" / "slow.toml").write_text(SLOW)
    (home / "studies" / "net.py").write_text(NET)
    return home


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"XDG_STATE_HOME": str(folder / "state"), "PYTHONUNBUFFERED": "1"}
    environment.pop("WORKBENCH_STORAGE", None)
    return subprocess.Popen(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tune(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Under way, its first trial told."""
    with started(folder, "tune", "--study", "slow", "--device", "cpu", "--no-diagnose") as process:
        try:
            journal = folder / "workbench.journal"
            wait(lambda: process.poll() is not None or (journal.exists() and told(folder) > 0), "first trial", 150)
            assert process.poll() is None, process.communicate()
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def address(folder: Path, tune: subprocess.Popen[str]) -> Iterator[str]:
    with started(folder, "dashboard", "--study", "slow", "--port", "0", "--no-browser") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/dashboard/studies/\d+", url)
        yield url
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
        assert "Traceback" not in process.stderr.read()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        message = "needs Chromium: apt-get install chromium fonts-dejavu-core"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page; the test fails where anything went wrong in it that a developer would see."""
    page, wrong = browser.new_page(viewport={"width": 1280, "height": 1400}), []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    page.set_default_timeout(90_000)
    yield page
    page.close()
    assert wrong == []


def wait(holds: Callable[[], bool], what: str, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"no {what} within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def told(folder: Path) -> int:
    """Trials that have ended, as the journal has them."""
    return (folder / "workbench.journal").read_bytes().count(b'"curve"')


def seen_in_the_list(page: Any) -> int:
    return int(re.findall(r"(\d+) Trials", page.locator("body").inner_text())[0])


def seen_in_the_plot(page: Any) -> int:
    lengths = "[...document.querySelectorAll('.js-plotly-plot')].flatMap(p => p.data.map(d => (d.x || []).length))"
    return max(page.evaluate(lengths), default=0)


def test_a_trial_is_seen_soon_while_the_study_runs(
    page: Any, address: str, folder: Path, tune: subprocess.Popen[str]
) -> None:
    page.goto(f"{address}/trials")
    page.get_by_text("Trial 0", exact=True).wait_for()
    for look, url in ((seen_in_the_list, f"{address}/trials"), (seen_in_the_plot, address)):
        if page.url != url:
            page.goto(url)
            page.locator(".js-plotly-plot").first.wait_for()
        took = [90.0]
        while min(took) > SOON and len(took) < 5:  # what else the machine does comes and goes
            ended = told(folder) + 1
            wait(lambda ended=ended: told(folder) >= ended, "next trial", 90)
            took.append(wait(lambda look=look, ended=ended: look(page) >= ended, "trial on the page", 90))
        assert min(took) <= SOON, took


def test_people_write_a_note_while_the_study_runs_and_both_go_on(
    address: str, folder: Path, tune: subprocess.Popen[str]
) -> None:
    base, study = address.split("/dashboard/studies/")
    body = json.dumps({"version": 1, "body": "looked at"}).encode()
    request = urllib.request.Request(
        f"{base}/api/studies/{study}/0/note", body, {"Content-Type": "application/json"}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 204
    ended = told(folder)
    wait(lambda: told(folder) > ended + 1, "trial after the note", 90)
    tune.send_signal(signal.SIGINT)
    out, err = tune.communicate(timeout=60)
    assert (tune.returncode, "Traceback" in err, "Interrupted" in out) == (130, False, True), err


def test_the_pages_show_what_is_ours(page: Any, address: str, folder: Path, tune: subprocess.Popen[str]) -> None:
    assert tune.wait(60) == 130
    summary = json.loads((folder / "reports" / "slow" / "summary.json").read_text())
    best = summary["best"]["trial"]

    page.goto(f"{address}/note")
    page.get_by_role("heading", name="slow", exact=True).wait_for()
    assert "Best validation accuracy" in page.locator("body").inner_text()
    page.get_by_role("link", name="The report").click()
    page.wait_for_url("**/report/slow/")
    assert "a trial takes about half a second" in page.locator("body").inner_text()

    page.goto(f"{address}/trials?numbers={best}")
    page.get_by_text(re.compile("Rank 1")).wait_for()
    assert "best.pt" in page.locator("body").inner_text()
    page.get_by_text("curves.csv").wait_for()
    page.get_by_label("show artifact table").click()
    page.get_by_role("columnheader", name="validation_accuracy").wait_for()
