"""The pictures of a report, drawn in a process of their own while this one reads the storage and writes the pages.

They are half of a report's time, a third of it matplotlib's import. The process lives on what it is sent: with this
one's end, however it ends, its input ends, and so does it. Where there is one core only, nothing is won, and where
it fails for whatever reason, nothing is lost: the pictures are drawn here.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from subprocess import DEVNULL, PIPE

from workbench.reporting import pictures
from workbench.store.history import History, from_jsonl

Pictures = dict[str, bytes]  # by file name
Begin = Callable[[History, str], Callable[[], Pictures]]  # a history, and the same as text -> what ends the drawing

# Not -m, which would look for modules in the current folder first.
CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); import workbench.reporting.drawing as it; it.main()"
)


def here(history: History, _text: str) -> Callable[[], Pictures]:
    """Drawn in this process, when they are asked for."""
    return partial(pictures.draw, history)


@contextmanager
def beside() -> Iterator[Begin]:
    """Starts a process that is ready to draw once a history is there."""
    command = [sys.executable, "-c", CODE, json.dumps(sys.path)]
    try:
        process = None if _cores() < 2 else subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    except OSError:  # too many processes, too little memory
        process = None
    if process is None:
        yield here
        return

    def begin(history: History, text: str) -> Callable[[], Pictures]:
        answer = thread.submit(process.communicate, text.encode())
        return lambda: _read(answer.result()[0], process.returncode) or pictures.draw(history)

    # The thread, for a history is longer than what a pipe takes in before it is read.
    with process, ThreadPoolExecutor(1) as thread:
        try:
            yield begin
        finally:
            process.kill()


def _read(answer: bytes, code: int) -> Pictures:
    """What `main` wrote; nothing where it did not come to its end."""
    if code != 0:
        return {}
    return {name: base64.b64decode(content) for name, content in json.loads(answer).items()}


def main() -> None:
    """The process: a history.jsonl on stdin, an object of pictures in base64 on stdout."""
    pictures.load()
    text = sys.stdin.buffer.read().decode()
    if not text:
        return
    drawn = pictures.draw(from_jsonl(text))
    print(json.dumps({name: base64.b64encode(content).decode() for name, content in drawn.items()}))  # noqa: T201


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
