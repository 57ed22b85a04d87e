"""Record, judge, drop what the user allows, prove, sort. Needs no torch: that is the child's."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from workbench.diagnostics.findings import Check, Finding, Layer
from workbench.diagnostics.notebook import cells
from workbench.diagnostics.proof import proven
from workbench.diagnostics.request import Request
from workbench.diagnostics.rule import Rule, find, rules
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import Place, Trace
from workbench.errors import WorkbenchError

ALLOW = re.compile(r"#\s*workbench:\s*allow\s+([\w\-, ]+)")


@dataclass(frozen=True)
class Report:
    """What a diagnosis came to."""

    target: str
    trace: Trace
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    stdout: str = ""
    stderr: str = ""
    tried: tuple[Check, ...] = ()  # on a network examined by itself
    layers: tuple[Layer, ...] = ()
    notes: tuple[str, ...] = ()  # what was taken for granted there
    enqueued: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)  # of a study's points, by their names

    @property
    def errors(self) -> int:
        """Number of error-level findings."""
        return sum(finding.severity == "error" for finding in self.findings)


class Observer(Protocol):
    """Who wants to know how far a diagnosis has come."""

    def going_on(self, request: Request, trace: Trace | None) -> None:
        """Some five times a second: what runs now, and what it has shown so far where that is more than before."""

    def found(self, findings: list[Finding]) -> None:
        """What is found so far, in full; told again when there is more."""

    def proving(self, findings: list[Finding]) -> None:
        """The repairs of these are about to be tried."""

    def settled(self, findings: list[Finding]) -> None:
        """These are left in the end."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with what was known by then."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def chosen(select: Collection[str] = (), ignore: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules to apply; a name that no rule has is a mistake."""
    wanted = [find(name) for name in select] or list(rules())
    unwanted = {find(name).name for name in ignore}
    return tuple(each for each in wanted if each.name not in unwanted)


def judge(trace: Trace, applied: Iterable[Rule] | None = None) -> tuple[list[Finding], list[Check]]:
    """Apply rules to a trace."""
    found: list[Finding] = []
    checks: list[Check] = []
    applied = rules() if applied is None else tuple(applied)
    for each in applied:
        findings = [finding for finding in each.check(trace) if not allowed(trace, finding)]
        blind = None if findings else each.blind(trace)
        if findings:
            checks.append(Check(each.name, "failed", findings[0].message))
        elif blind is not None:
            checks.append(Check(each.name, "skipped", blind))
        else:
            made = [probe.detail for name in each.probes if (probe := trace.probe(name)) is not None]
            checks.append(Check(each.name, "passed", "; ".join(made) or each.summary))
        found += findings
    if trace.failures:
        checks.append(Check("recording", "skipped", f"could not look at {'; '.join(trace.failures)}"))
    return ranked(_causes(found, applied)), checks


def _causes(found: list[Finding], applied: Iterable[Rule]) -> list[Finding]:
    """Without the symptoms, where an error explains them, and without what another finding is known to bring about.

    What brings about an error is one.
    """
    by_name = {each.name: each for each in applied}
    errors = {finding.rule for finding in found if finding.severity == "error"}
    known = {name for finding in found for name in by_name[finding.rule].explains}
    found = [
        replace(finding, severity="error") if errors.intersection(by_name[finding.rule].explains) else finding
        for finding in found
        if finding.rule not in known
    ]
    symptoms = {name for name, each in by_name.items() if each.symptom}
    explained = any(finding.severity == "error" and finding.rule not in symptoms for finding in found)
    return [finding for finding in found if not (explained and finding.rule in symptoms)]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, proven before likely, then by place."""

    def key(finding: Finding) -> tuple[bool, bool, str, int, int, str]:
        place = finding.place or Place("", 0)
        return (
            finding.severity != "error",
            finding.verdict != "proven",
            place.path,
            place.cell or 0,
            place.line,
            finding.rule,
        )

    return sorted(findings, key=key)


def allowed(trace: Trace, finding: Finding) -> bool:
    """Whether the line says `# workbench: allow RULE`."""
    if finding.place is None:
        return False
    match = ALLOW.search(trace.line(finding.place))
    return match is not None and finding.rule in re.split(r"[,\s]+", match.group(1).strip())


def probes_of(applied: Iterable[Rule]) -> tuple[str, ...]:
    """The experiments that these rules read."""
    return tuple(sorted({name for each in applied for name in (*each.probes, *each.aids)}))


def diagnose(
    target: Path,
    *,
    args: tuple[str, ...] = (),
    steps: int = 200,
    seconds: float = 60.0,
    memory: int | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    prove: bool = True,
    runner: Runner | None = None,
    observer: Observer | None = None,
) -> Report:
    """Run a script or notebook, watch it, judge it. `runner` serves several diagnoses with one import of torch.

    Raises Interrupted at Ctrl-C, where something had been seen by then.
    """
    check_target(target)
    with contextlib.ExitStack() as stack:
        runner = runner or stack.enter_context(Runner())  # torch is being imported while the rules are read
        applied = chosen(select, ignore)
        wishes = {"args": args, "steps": steps, "seconds": seconds, "memory": memory}
        known = _Known(target, applied, observer)
        stack.enter_context(known.of(runner))
        run = runner.run(target, probes=probes_of(applied), **wishes)
        findings, checks = judge(run.trace, applied)
        report = known.report = Report(
            str(target), run.trace, tuple(findings), tuple(checks), run.stdout, run.stderr
        )
        if observer is not None:
            observer.found(findings)
        if prove:
            if observer is not None:
                observer.proving(findings)
            imported = tuple(run.results.get("modules", ()))
            findings = proven(runner, target, run.trace, findings, {**wishes, "preload": imported})
            report = replace(report, findings=tuple(ranked(findings)))
        if observer is not None:
            observer.settled(findings)
    return report


class _Known:
    """What is known of a target while it is looked at: judged whenever the run has shown more."""

    def __init__(self, target: Path, applied: Collection[Rule], observer: Observer | None) -> None:
        self.target, self.applied, self.observer = target, applied, observer
        self.report: Report | None = None

    @contextlib.contextmanager
    def of(self, runner: Runner) -> Iterator[None]:
        """While entered, look at what the runner runs, and let no Ctrl-C take it away."""
        before, runner.watcher = runner.watcher, self._look
        try:
            yield
        except KeyboardInterrupt:
            if self.report is not None:
                raise Interrupted(self.report) from None
            raise
        finally:
            runner.watcher = before

    def _look(self, request: Request, trace: Trace | None) -> None:
        if trace is not None and request.mode == "record":
            findings, checks = judge(trace, self._certain(trace))
            self.report = Report(str(self.target), trace, tuple(findings), tuple(checks))
            if self.observer is not None:
                self.observer.found(findings)
        if self.observer is not None:
            self.observer.going_on(request, trace)

    def _certain(self, trace: Trace) -> list[Rule]:
        """The rules whose findings neither an experiment can take back nor, while the script runs, another step."""
        over = trace.ended.how != "killed"
        return [each for each in self.applied if not (each.probes or each.symptom) and (over or each.early)]


def check_target(target: Path) -> None:
    """Whether there is something to run; a mistake of the user's otherwise."""
    if target.is_dir():
        raise WorkbenchError(f"{target} is a folder", hint="name the script in it: workbench diagnose train.py")
    if not target.exists():
        raise WorkbenchError(
            f"{target} does not exist", hint="workbench diagnose takes the path of a script or notebook"
        )
    if target.suffix not in (".py", ".ipynb"):
        raise WorkbenchError(
            f"{target} is neither a .py nor an .ipynb file", hint="name a Python script or a notebook"
        )
    if target.suffix == ".ipynb":
        cells(target)
