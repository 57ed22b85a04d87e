"""The document: sections in the order in which someone who was not there asks.

What the user named (studies, hyperparameters, labels, messages) is escaped wherever it is written.
"""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.reporting import figures
from workbench.reporting.figures import Figure
from workbench.reporting.html import sections
from workbench.reporting.html.parts import Section
from workbench.reporting.reading import Verdict
from workbench.store.history import History

HERE = Path(__file__).parent
OPTIMIZED = 6  # gzip's level: 9 takes a quarter longer for a five hundredth less


def document(history: History, verdicts: Sequence[Verdict], shown: Mapping[str, Figure]) -> str:
    """The whole file. `shown`: the figures of `figures.every`."""
    made = [part for part in sections.every(history, verdicts, shown) if part]
    return assemble(f"{history.study}: a study by workbench", made, shown, sections.origin(history))


def assemble(title: str, made: Sequence[Section], shown: Mapping[str, Figure], origin: str) -> str:
    """A page of these sections; `origin` (HTML) is its last line."""
    menu = "".join(f'<li><a href="#{part.name}">{escape(part.menu)}</a></li>' for part in made if part.menu)
    return (
        f'<!doctype html>\n<html lang="en" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f'<link rel="icon" href="data:,">\n<style>{_file("style.css")}</style>\n</head>\n<body>\n'
        f'<a class="skip" href="#main">To the result</a>\n'
        f'<nav aria-label="Sections"><div class="row"><ul>{menu}</ul>'
        f'<button type="button" id="theme">Dark</button></div></nav>\n'
        f'<main id="main">\n{"".join(part.text for part in made)}</main>\n'
        f"<footer>{origin}</footer>\n"
        f"{_data('figures', shown)}{_data('palettes', figures.PALETTES)}"
        f'<script type="text/plain" id="plotly">{pack().result()}</script>\n'
        f"<script>{_file('script.js')}</script>\n</body>\n</html>\n"
    )


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _data(name: str, value: Any) -> str:
    """JSON that a script reads; no text in it can end the element it stands in."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return f'<script type="application/json" id="{name}">{text.replace("<", chr(92) + "u003c")}</script>\n'


@cache
def pack() -> Future[str]:
    """Plotly's script, packed in a thread of its own: gzip leaves Python to others for that fifth of a second."""
    pool = ThreadPoolExecutor(1)
    packed = pool.submit(_plotly)
    pool.shutdown(wait=False)
    return packed


def _plotly() -> str:
    """The script as pip installed it, packed: 4.8 MB become 2.0 MB. The browser unpacks it."""
    package = importlib.util.find_spec("plotly")  # not imported: that takes half a second
    places = [] if package is None else package.submodule_search_locations or []
    for place in places:
        script = Path(place) / "package_data" / "plotly.min.js"
        if script.is_file():
            return base64.b64encode(gzip.compress(script.read_bytes(), OPTIMIZED, mtime=0)).decode("ascii")
    raise WorkbenchError("report.html needs plotly's script, which is not there", hint="pip install plotly")
