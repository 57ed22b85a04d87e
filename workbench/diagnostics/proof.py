"""Whether a finding is proven: the same seeded steps again with its remedy, and what the loss does then.

Proven: the loss over the last tenth of the steps is at most `BETTER` of that of the recorded run. A finding is
never dropped for a repair that does not help within the steps seen, unless its remedy says that it may be
("refutable").
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import Trace

BETTER = 0.8  # own choice: two seeds of one sound script differ by less
COST = 3.0  # replays may take this many times the recorded run, and at least MINIMUM seconds
MINIMUM = 6.0


def proven(
    runner: Runner, target: Path, trace: Trace, findings: list[Finding], wishes: dict[str, Any]
) -> list[Finding]:
    """The findings with their verdicts; refuted ones are left out."""
    recorded = [call.value for call in trace.backwards]
    until = time.monotonic() + max(MINIMUM, COST * trace.seconds)
    judged: dict[int, Finding | None] = {}
    for number, finding in enumerate(findings):
        left = until - time.monotonic()
        if finding.remedy is None or finding.place is None or len(recorded) < 3 or left < 1:
            continue
        wish = _wish(finding)
        again = {**wishes, "steps": len(recorded), "seconds": left}
        run = runner.run(target, mode="bare", remedies=(wish,), **again)
        judged[number] = _verdict(finding, recorded, run.results)
    kept = (judged.get(number, finding) for number, finding in enumerate(findings))
    return [finding for finding in kept if finding is not None]


def _wish(finding: Finding) -> dict[str, Any]:
    """The remedy with the place it applies to."""
    assert finding.remedy is not None
    assert finding.place is not None
    return {"place": asdict(finding.place), **finding.remedy}


def _verdict(finding: Finding, recorded: list[float | None], results: dict[str, Any]) -> Finding | None:
    repaired = results.get("losses") or []
    if results.get("ended") == "crashed" or len(repaired) < len(recorded):
        return finding
    before, after, start = _last(recorded), _last(repaired), _first(repaired)
    if before is None and after is not None:
        before = float("inf")
    if before is None or after is None or start is None:
        return finding
    proof = {"steps": len(recorded), "recorded": before, "repaired": after, "repaired_start": start}
    finding = replace(finding, proof=proof, curve=tuple(repaired))
    if after <= BETTER * before and after < start:
        return replace(finding, verdict="proven")
    assert finding.remedy is not None
    return None if finding.remedy.get("refutable") else finding


def _last(values: Iterable[float | None]) -> float | None:
    """Mean of the last tenth; None where a value is missing or not finite."""
    listed = list(values)
    tail = listed[-max(1, len(listed) // 10) :]
    known = [value for value in tail if value is not None and isfinite(value)]
    return fmean(known) if len(known) == len(tail) else None


def _first(values: list[float | None]) -> float | None:
    return values[0] if values and values[0] is not None and isfinite(values[0]) else None
