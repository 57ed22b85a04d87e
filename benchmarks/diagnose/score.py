"""Score `workbench diagnose --no-proof` on the corpus beside this file.

    python benchmarks/diagnose/score.py [--corpus unseen] [--only 03] [--jobs 2] [--proof | --fix]

`corpus/` was there while the rules were written; `unseen/`, `blind/`, `fresh/`, `fifth/` and `sixth/` were written
by someone who had not looked at them. Each folder of these holds a faulty script `bad.py` and its repaired twin
`good.py`; a folder without `bad.py` is a sound script in an unusual style. In `bad.py` the lines that a person
would mend (for something left out: the lines beside which it belongs) end in `# fault: RULE`. A fault is *found*
when a finding of its rule stands on one of these lines, *elsewhere* when the rule fired on another line only,
*missed* otherwise. Every finding of severity error or warning on a `good.py` is a false alarm of its rule. Nothing
is written there; the table goes to stdout. `--fix` repairs copies of the faulty scripts instead, as `workbench
diagnose --fix` does.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from workbench.diagnostics import engine
from workbench.diagnostics.engine import Report
from workbench.diagnostics.formats import render
from workbench.diagnostics.repairs.plan import plan
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.unseen import unseen
from workbench.errors import WorkbenchError

HERE = Path(__file__).parent
MARK = re.compile(r"# fault: (\S+)\s*$")
# One thread a script: the nets are tiny, and beside other work two threads wait for one another (30 x slower).
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}


@dataclass
class Repaired:
    """What `--fix` made of a faulty script."""

    fixed: set[str]  # rules
    left: dict[str, str]  # rule -> why nothing was written
    after: list[str]  # rules that are found in the result

    @property
    def clean(self) -> bool:
        """Whether something was written, and the result is sound."""
        return bool(self.fixed) and not self.after


@dataclass
class Outcome:
    """What one run of `workbench diagnose` said about one script."""

    script: Path
    findings: list[dict[str, Any]]
    seconds: float
    trouble: str = ""  # why there is no answer
    repaired: Repaired | None = None

    @property
    def name(self) -> str:
        return f"{self.script.parent.name}/{self.script.name}"


@dataclass
class Score:
    """Counts per rule, and one line for each fault that was not found and each false alarm."""

    faults: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    proven: Counter[str] = field(default_factory=Counter)
    false_errors: Counter[str] = field(default_factory=Counter)
    false_warnings: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    besides: list[str] = field(default_factory=list)  # further findings on faulty scripts: right or wrong, look


def marks(script: Path) -> dict[str, set[int]]:
    """{rule: lines} of the fault marks in a script."""
    lines: dict[str, set[int]] = {}
    for number, text in enumerate(script.read_text(encoding="utf-8").splitlines(), 1):
        if hit := MARK.search(text):
            lines.setdefault(hit[1], set()).add(number)
    return lines


def repaired(script: Path, report: Report, runner: Runner) -> Repaired:
    """Write the proven repairs into the script, and look again."""
    made = plan(report, script, only_proven=True)
    fixed = [repair for repair in made.repairs if repair.changes]
    left = {repair.finding.rule: repair.why for repair in made.repairs if not repair.changes}
    after: list[str] = []
    if fixed:
        made.write(fixed)
        again = engine.diagnose(script, prove=False, runner=runner)
        after = [finding.rule for finding in again.findings]
        if again.trace.crash is not None and report.trace.crash is None:
            after.append("a crash")
    return Repaired({repair.finding.rule for repair in fixed}, left, after)


def fixed(script: Path, runner: Runner) -> Outcome:
    """Diagnose a copy with proofs, repair it, and diagnose it again."""
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(script.parent, Path(folder, script.parent.name)), script.name)
        outcome = diagnose(copy, runner, proof=True, mend=True)
    return replace(outcome, script=script)


def diagnose(script: Path, runner: Runner, proof: bool, mend: bool = False) -> Outcome:
    """What the command does; but one warm runner serves many scripts, which saves importing torch for each."""
    start = time.perf_counter()
    try:
        report = engine.diagnose(script, prove=proof, runner=runner)
    except WorkbenchError as error:
        return Outcome(script, [], time.perf_counter() - start, str(error))
    seconds = time.perf_counter() - start
    problem = unseen(report)
    findings = json.loads(render(report, "json"))["findings"]
    trouble = str(problem).splitlines()[0].removeprefix(f"{script} ") if problem else ""
    return Outcome(script, findings, seconds, trouble, repaired(script, report, runner) if mend else None)


def outcomes_of(scripts: Sequence[Path], jobs: int, proof: bool, fix: bool) -> list[Outcome]:
    """In the order of `scripts`; each job keeps a runner."""
    with ExitStack() as stack:
        runners: SimpleQueue[Runner] = SimpleQueue()
        for _ in range(jobs):
            runners.put(stack.enter_context(Runner()))

        def one(script: Path) -> Outcome:
            runner = runners.get()
            try:
                return fixed(script, runner) if fix else diagnose(script, runner, proof)
            finally:
                runners.put(runner)

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(one, scripts))


def shown(finding: dict[str, Any]) -> str:
    return f"{finding['rule']} ({finding['severity']}) on line {finding['line']}: {finding['message']}"


def judge_bad(outcome: Outcome, score: Score) -> None:
    here = [f for f in outcome.findings if Path(f["path"] or "").name == outcome.script.name]
    faults = marks(outcome.script)
    for rule, lines in faults.items():
        score.faults[rule] += 1
        same_rule = [f for f in outcome.findings if f["rule"] == rule]
        hits = [f for f in here if f["rule"] == rule and f["line"] in lines]
        if hits:
            score.found[rule] += 1
            score.proven[rule] += any(f["verdict"] == "proven" for f in hits)
        elif same_rule:
            score.elsewhere[rule] += 1
            places = ", ".join(f"{Path(f['path'] or '').name}:{f['line']}" for f in same_rule)
            score.notes.append(f"elsewhere  {outcome.name}: {rule} at {places}, expected line {sorted(lines)}")
        else:
            score.missed[rule] += 1
            others = ", ".join(sorted({f["rule"] for f in outcome.findings})) or outcome.trouble or "nothing"
            score.notes.append(f"missed     {outcome.name}: {rule} (line {min(lines)}); said: {others}")
    for finding in outcome.findings:
        if finding["rule"] not in faults and finding["severity"] in ("error", "warning"):
            score.besides.append(f"{outcome.name}: {shown(finding)}")


def judge_good(outcome: Outcome, score: Score) -> None:
    if outcome.trouble:
        score.notes.append(f"not seen   {outcome.name}: {outcome.trouble}")
    for finding in outcome.findings:
        if finding["severity"] == "error":
            score.false_errors[finding["rule"]] += 1
            score.notes.append(f"FALSE      {outcome.name}: {shown(finding)}")
        elif finding["severity"] == "warning":
            score.false_warnings[finding["rule"]] += 1
            score.notes.append(f"false      {outcome.name}: {shown(finding)}")


def table(score: Score) -> Iterator[str]:
    columns = (
        ("faults", score.faults),
        ("found", score.found),
        ("elsewhere", score.elsewhere),
        ("missed", score.missed),
        ("proven", score.proven),
        ("false errors", score.false_errors),
        ("false warnings", score.false_warnings),
    )
    rules = sorted(set(score.faults) | set(score.false_errors) | set(score.false_warnings))
    yield "| rule | " + " | ".join(title for title, _ in columns) + " |"
    yield "|--|" + "--:|" * len(columns)
    for rule in rules:
        yield f"| {rule} | " + " | ".join(str(counts[rule]) for _, counts in columns) + " |"
    yield "| **all** | " + " | ".join(str(counts.total()) for _, counts in columns) + " |"


def mended(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """By rule: faults, those repaired, and those whose script is sound then; and why the others are not."""
    faults: Counter[str] = Counter()
    written: Counter[str] = Counter()
    sound: Counter[str] = Counter()
    notes = []
    for outcome in outcomes:
        done = outcome.repaired
        for rule in marks(outcome.script):
            faults[rule] += 1
            if done is None or rule not in done.fixed:
                why = (done.left.get(rule) if done is not None else outcome.trouble) or "not found"
                notes.append(f"not written  {outcome.name}: {rule}: {why}")
                continue
            written[rule] += 1
            sound[rule] += done.clean
            if not done.clean:
                notes.append(f"not sound    {outcome.name}: {rule} repaired; then: {', '.join(done.after)}")
    yield "| rule | faults | repaired | then sound |"
    yield "|--|--:|--:|--:|"
    yield from (f"| {rule} | {faults[rule]} | {written[rule]} | {sound[rule]} |" for rule in sorted(faults))
    yield f"| **all** | {faults.total()} | {written.total()} | {sound.total()} |"
    yield from ("", *notes)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", default="corpus", metavar="FOLDER", help="beside this file (corpus)")
    parser.add_argument("--only", default="", metavar="PATTERN", help="folders whose name matches this expression")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="scripts at a time (1)")
    parser.add_argument("--proof", action="store_true", help="let each finding be proven, too: slower")
    parser.add_argument("--fix", action="store_true", help="repair copies of the faulty scripts, and look again")
    options = parser.parse_args(arguments)
    corpus = HERE / options.corpus
    if not corpus.is_dir():
        parser.error(f"{corpus}: no such folder")
    scripts = [
        script
        for folder in sorted(corpus.iterdir())
        if folder.is_dir() and re.search(options.only, folder.name)
        for script in (folder / "bad.py", *([] if options.fix else [folder / "good.py"]))
        if script.exists()
    ]
    if not scripts:
        parser.error(f"no folder of {corpus} matches {options.only!r}")
    os.environ |= ENVIRONMENT
    outcomes = outcomes_of(scripts, options.jobs, options.proof, options.fix)
    if options.fix:
        print(*mended(outcomes), sep="\n")
        return 0
    score = Score()
    for outcome in outcomes:
        (judge_bad if outcome.script.name == "bad.py" else judge_good)(outcome, score)
    print(*table(score), sep="\n")
    sound = sum(outcome.script.name == "good.py" for outcome in outcomes)
    alarmed = {n.split(":")[0].split()[-1] for n in score.notes if n.startswith("FALSE")}
    faults, found = score.faults.total(), score.found.total()
    seconds = [outcome.seconds for outcome in outcomes]
    print(f"\nfound {found} of {faults} faults ({found / max(faults, 1):.1%}) by the right rule on a right line")
    print(f"sound scripts with a false error: {len(alarmed)} of {sound}")
    if options.proof:
        print(f"proven {score.proven.total()} of the {found} found ({score.proven.total() / max(found, 1):.1%})")
    print(f"seconds per script: median {statistics.median(seconds):.1f}, longest {max(seconds):.1f}")
    for title, lines in (
        ("Not found, and false alarms", score.notes),
        ("Further findings in bad.py", score.besides),
    ):
        if lines:
            print(f"\n{title}:", *lines, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
