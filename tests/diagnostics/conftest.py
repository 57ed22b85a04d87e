"""Runs every fixture script once, two at a time, while the tests that look at the results wait for theirs."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.diagnostics.engine import judge, probes_of
from workbench.diagnostics.findings import Check, Finding
from workbench.diagnostics.rule import rules
from workbench.diagnostics.runner import Run, Runner

Judged = tuple[Run, list[Finding], list[Check]]
WORKERS = 2


@pytest.fixture(scope="session")
def diagnosed(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], Judged]]:
    """path -> what all rules at once say of it. The scripts of all collected tests are run ahead."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    runners: queue.SimpleQueue[Runner] = queue.SimpleQueue()
    opened = [Runner() for _ in range(WORKERS)]
    for runner in opened:
        runners.put(runner)

    def run(path: Path) -> Judged:
        runner = runners.get()
        try:
            result = runner.run(path, seconds=20.0, probes=probes_of(rules()), cwd=str(path.parent))
        finally:
            runners.put(runner)
        return result, *judge(result.trace)

    with ThreadPoolExecutor(WORKERS) as pool:
        futures: dict[Path, Future[Judged]] = {}
        for item in request.session.items:
            path = getattr(getattr(item, "callspec", None), "params", {}).get("script")
            if isinstance(path, Path) and path not in futures:
                futures[path] = pool.submit(run, path)
        try:
            yield lambda path: (futures.get(path) or pool.submit(run, path)).result()
        finally:
            pool.shutdown(cancel_futures=True)
            for runner in opened:
                runner.__exit__(None, None, None)


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """One warm child process for tests that run scripts of their own."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with Runner() as opened:
        yield opened
