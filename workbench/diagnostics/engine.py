"""Record, judge, drop what the user allows, prove, sort. Needs no torch: that is the child's."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.diagnostics.findings import Check, Finding, Layer
from workbench.diagnostics.notebook import cells
from workbench.diagnostics.proof import proven
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

    @property
    def errors(self) -> int:
        """Number of error-level findings."""
        return sum(finding.severity == "error" for finding in self.findings)


def chosen(select: Collection[str] = (), ignore: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules to apply; a name that no rule has is a mistake."""
    wanted = [find(name) for name in select] or list(rules())
    unwanted = {find(name).name for name in ignore}
    return tuple(each for each in wanted if each.name not in unwanted)


def judge(trace: Trace, applied: Iterable[Rule] | None = None) -> tuple[list[Finding], list[Check]]:
    """Apply rules to a trace."""
    found: list[Finding] = []
    checks: list[Check] = []
    symptoms = set()
    for each in rules() if applied is None else applied:
        findings = [finding for finding in each.check(trace) if not allowed(trace, finding)]
        blind = None if findings else each.blind(trace)
        if findings:
            checks.append(Check(each.name, "failed", findings[0].message))
        elif blind is not None:
            checks.append(Check(each.name, "skipped", blind))
        else:
            checks.append(Check(each.name, "passed", each.summary))
        if each.symptom:
            symptoms.add(each.name)
        found += findings
    return ranked(_causes(found, symptoms)), checks


def _causes(found: list[Finding], symptoms: set[str]) -> list[Finding]:
    """Without the symptoms, where an error explains them."""
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
    return tuple(sorted({name for each in applied for name in each.probes}))


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
    before_proof: Callable[[list[Finding]], None] | None = None,
) -> Report:
    """Run a script or notebook, watch it, judge it. `runner` serves several diagnoses with one import of torch.

    `before_proof` is told what was found while the repairs are still to be tried.
    """
    check_target(target)
    applied = chosen(select, ignore)
    with contextlib.ExitStack() as stack:
        runner = runner or stack.enter_context(Runner())
        wishes = {"args": args, "steps": steps, "seconds": seconds, "memory": memory}
        run = runner.run(target, probes=probes_of(applied), **wishes)
        findings, checks = judge(run.trace, applied)
        if prove:
            if before_proof is not None and findings:
                before_proof(findings)
            imported = tuple(run.results.get("modules", ()))
            findings = proven(runner, target, run.trace, findings, {**wishes, "preload": imported})
    return Report(str(target), run.trace, tuple(ranked(findings)), tuple(checks), run.stdout, run.stderr)


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


def unseen(report: Report) -> WorkbenchError | None:
    """Why nothing could be said of the target, where that is so."""
    trace = report.trace
    crash, how = trace.crash, trace.ended.how
    if report.findings:
        return None
    if crash is not None:
        at = f"line {crash.place.line}: " if crash.place else ""
        cell = f"cell {crash.place.cell}, " if crash.place and crash.place.cell else ""
        return WorkbenchError(
            f"{report.target} crashed before anything could be said of its training: {cell}{at}{crash.type}: "
            f"{crash.message.splitlines()[0] if crash.message else ''}",
            hint=_crash_hint(report),
        )
    if trace.backwards:
        return None
    tail = _tail(report)
    if how == "exited":
        hint = f"does it need arguments? they follow --: workbench diagnose {report.target} -- ARGUMENTS{tail}"
        return WorkbenchError(
            f"{report.target} left with exit code {trace.ended.code} before it trained", hint=hint
        )
    if how == "killed" and trace.ended.signal:
        what = f"was ended by signal {trace.ended.signal} before it trained"
        return WorkbenchError(f"{report.target} {what}", hint=f"does it run on its own?{tail}")
    if how in ("seconds", "stuck"):
        what = f"did not come to train within {trace.seconds:.0f} seconds"
        return WorkbenchError(f"{report.target} {what}", hint=f"give it more time: --seconds 300{tail}")
    what = "never called backward: there is no training to look at"
    return WorkbenchError(f"{report.target} {what}", hint=f"name the script that trains{tail}")


def _crash_hint(report: Report) -> str:
    crash = report.trace.crash
    assert crash is not None
    if crash.type == "ModuleNotFoundError":
        return "install what it imports, in the environment that workbench runs in"
    if crash.type == "EOFError":
        return "it waits for input, which a diagnosis cannot give: pass values as arguments after --"
    return f"mend that first{_tail(report)}"


def _tail(report: Report) -> str:
    lines = (report.stderr or report.stdout).rstrip().splitlines()[-6:]
    return "\n  its last lines:" + "".join(f"\n    {line[:160]}" for line in lines) if lines else ""
