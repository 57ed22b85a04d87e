"""One self-contained HTML page: no script, no network, light and dark, and fit for print.

All text passes through `escape`; what is not escaped is markup of ours. A Content-Security-Policy forbids the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from importlib.metadata import version

from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.formats.curves import CURVES, Curve, figure
from workbench.diagnostics.formats.style import STYLE
from workbench.diagnostics.output import counted, finite, in_a_line, proof, run_in_words, where
from workbench.diagnostics.rule import Rule, rules
from workbench.diagnostics.trace import Place, Trace

AROUND = 3  # lines of source before and after
LONGEST = 2000  # characters of one piece of evidence


def page(report: Report) -> str:
    """The whole file."""
    title = escape(f"workbench diagnose: {report.target}")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in _parts(report) if part)
        + f"\n</main>\n<footer>workbench {escape(version('workbench'))}</footer>\n</body>\n</html>\n"
    )


def _parts(report: Report) -> Iterator[str]:
    trace = report.trace
    state = "error" if report.errors else "warning" if report.findings else "passed"
    torch = f" torch {escape(trace.torch)}." if trace.torch else ""
    yield (
        f'<header><h1>{escape(report.target)}</h1><p class="result {state}">{escape(counted(report))}</p>'
        f"<p>{escape(run_in_words(report))}.{torch}</p></header>"
    )
    yield from (f"<p>{escape(note)}</p>" for note in report.notes)
    yield figure(_curves(report))
    if report.findings:
        pages = {each.name: each for each in rules()}
        yield "<h2>Findings</h2>"
        yield from (_finding(trace, finding, pages.get(finding.rule)) for finding in report.findings)
    yield _layers(report)
    enqueued = [
        (name, "; ".join(in_a_line(one) for one in findings) or "no fault found")
        for name, findings in report.enqueued.items()
    ]
    yield _list("Enqueued points", enqueued, "enqueued")
    tried = [(check.name, f"{check.outcome}: {check.detail}") for check in report.tried]
    tried += [(probe.name, f"{probe.outcome}: {probe.detail}") for probe in trace.probes]
    yield _list("Experiments", tried, "tried")
    checks = {"passed": "Passed: looked for and not seen", "skipped": "Could not be checked"}
    for outcome, heading in checks.items():
        rows = [(check.name, check.detail) for check in report.checks if check.outcome == outcome]
        yield _list(heading, rows, outcome)
    if trace.skipped:
        items = "".join(f"<li><code>{escape(note)}</code></li>" for note in trace.skipped)
        yield f"<section><h2>Not run</h2><ul>{items}</ul></section>"


def _curves(report: Report) -> list[Curve]:
    repaired = [
        Curve(f"with {finding.rule} repaired ({where(finding.place)})", finding.curve)
        for finding in report.findings
        if finding.curve
    ]
    recorded = tuple(call.value for call in report.trace.backwards)
    return [Curve("as it is", recorded), *repaired[: CURVES - 1]]


def _finding(trace: Trace, finding: Finding, rule: Rule | None) -> str:
    rows = [("Seen", escape(finding.message))]
    if finding.proof is not None and finding.verdict == "proven":
        rows.append(("Proof", escape(proof(finding))))
    rows.append(("Do", escape(finding.hint)))
    if finding.related:
        rows.append(("Related", "".join(_related(trace, each.place, each.message) for each in finding.related)))
    if finding.evidence:
        rows.append(("Evidence", _evidence(finding.evidence.items())))
    more = (
        f"<details><summary>About {escape(rule.name)}</summary><pre>{escape(rule.page)}</pre></details>"
        if rule is not None
        else ""
    )
    severity = escape(finding.severity or "error")
    return (
        f'<article class="{severity}">'
        f"<h3>{severity}: {escape(finding.rule)} <small>{escape(finding.verdict)}</small></h3>"
        f"<p>{escape(where(finding.place))}</p>{_excerpt(trace, finding.place)}"
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in rows)}</dl>{more}</article>"
    )


def _excerpt(trace: Trace, place: Place | None) -> str:
    source = trace.source(place) if place is not None else None
    if source is None or place is None:
        return ""
    lines = source.text.splitlines()
    first, last = max(1, place.line - AROUND), min(len(lines), place.line + AROUND)
    width = len(str(last))
    shown = []
    for number in range(first, last + 1):
        text = escape(f"{number:>{width}}  {lines[number - 1]}")
        shown.append(f"<mark>{text}</mark>" if number == place.line else text)
    return f'<pre class="source">{chr(10).join(shown)}</pre>'


def _related(trace: Trace, place: Place, message: str) -> str:
    line = trace.line(place)
    code = f"<br><code>{escape(line)}</code>" if line else ""
    return f"<p>{escape(where(place))}: {escape(message)}{code}</p>"


def _evidence(items: Iterable[tuple[str, object]]) -> str:
    texts = [(name, json.dumps(finite(value), ensure_ascii=False)[:LONGEST]) for name, value in items]
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in texts)
    return f'<div class="wide"><table>{rows}</table></div>'


def _layers(report: Report) -> str:
    if not report.layers:
        return ""
    names = ("layer", "kind", "input", "output", "parameters", "dead", "activations", "gradients")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = []
    for layer in report.layers:
        shapes = ["×".join(map(str, shape)) if shape is not None else "" for shape in (layer.input, layer.output)]
        dead = "" if layer.dead is None else f"{100 * layer.dead:.0f} %"
        scales = ["" if value is None else f"{value:.2g}" for value in (layer.activation, layer.gradient)]
        cells = [layer.name, layer.kind, *shapes, f"{layer.parameters:,}", dead, *scales]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return (
        f'<section><h2>Layers</h2><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _list(heading: str, rows: list[tuple[str, str]], kind: str) -> str:
    if not rows:
        return ""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(detail)}</dd>" for name, detail in rows)
    return f'<section class="{kind}"><h2>{heading} ({len(rows)})</h2><dl class="checks">{items}</dl></section>'
