"""Why nothing could be said of a target: it crashed, left, hung, or trained nothing; and what to do about it."""

from __future__ import annotations

from workbench.diagnostics.engine import Report
from workbench.diagnostics.trace import Crash
from workbench.errors import WorkbenchError


def unseen(report: Report) -> WorkbenchError | None:
    """Why nothing could be said of the target, where that is so."""
    trace = report.trace
    if report.findings:
        return None
    if trace.crash is not None:
        return _crashed(report, trace.crash)
    if trace.backwards:
        return None
    if trace.calls_of("process"):
        return _elsewhere(report)
    what, hint = _never_trained(report)
    return WorkbenchError(f"{report.target} {what}", hint=f"{hint}{_tail(report)}")


def _crashed(report: Report, crash: Crash) -> WorkbenchError:
    steps = len(report.trace.steps)
    when = "before anything could be said of its training"
    if steps:
        when = f"after {steps} step{'s' if steps > 1 else ''} of training, in which no fault was found"
    at = f"line {crash.place.line}: " if crash.place else ""
    cell = f"cell {crash.place.cell}, " if crash.place and crash.place.cell else ""
    told = next(iter(crash.message.splitlines()), "")
    return WorkbenchError(
        f"{report.target} crashed {when}: {cell}{at}{crash.type}{f': {told}' if told else ''}",
        hint=_crash_hint(report, crash),
    )


def _crash_hint(report: Report, crash: Crash) -> str:
    line = report.trace.line(crash.place) if crash.place else ""
    if crash.type == "ModuleNotFoundError":
        return "install what it imports, in the environment that workbench runs in"
    if crash.type == "EOFError":
        return "it waits for input, which a diagnosis cannot give: pass values as arguments after --"
    if crash.type == "IndexError" and "argv" in line:
        return _arguments(report)
    if crash.type == "MemoryError" or "allocate memory" in crash.message or "out of memory" in crash.message:
        return (
            "it needs more memory than it may have: smaller batches, or more than --memory gives it, if that is set"
        )
    if crash.type == "TclError" or "headless" in crash.message:
        return "it opens a window, which a diagnosis cannot: leave that out, or draw with matplotlib's Agg"
    if crash.type == "FileNotFoundError":
        return f"it runs in the current folder: start workbench where you would start the script{_tail(report)}"
    return f"mend that first{_tail(report)}"


def _arguments(report: Report) -> str:
    return f"does it need arguments? they follow --: workbench diagnose {report.target} -- ARGUMENTS"


def _elsewhere(report: Report) -> WorkbenchError:
    """For a script whose training goes on in other processes, if anywhere."""
    calls = report.trace.calls_of("process")
    number = sum(call.count for call in calls)
    started = f"{number} processes" if number > 1 else "a process"
    function = calls[0].detail.get("function")
    run = f" to run {function}" if function else ""
    line = f" at line {calls[0].place.line}" if calls[0].place else ""
    what = f"trains nothing itself: it started {started}{line}{run}, and only its own process is watched"
    way_out = f"while you diagnose it, let it call {function or 'what trains'} itself"
    return WorkbenchError(f"{report.target} {what}", hint=f"{way_out}{_tail(report)}")


def _never_trained(report: Report) -> tuple[str, str]:
    """How a run without training ended, and what to do."""
    ended, alone = report.trace.ended, "does it run on its own?"
    if ended.how == "exited":
        hint = {0: "name the script that trains", 2: _arguments(report)}.get(ended.code or 0, alone)
        return f"left with exit code {ended.code} before it trained", hint
    if ended.how == "killed" and ended.signal:
        return f"was ended by signal {ended.signal} before it trained", alone
    if ended.how in ("seconds", "stuck"):
        waited = f"did not come to train within {report.trace.seconds:.0f} seconds"
        return waited, "give it more time: --seconds 300"
    return "never called backward: there is no training to look at", "name the script that trains"


def _tail(report: Report) -> str:
    lines = (report.stderr or report.stdout).rstrip().splitlines()[-6:]
    return "\n  its last lines:" + "".join(f"\n    {line[:160]}" for line in lines) if lines else ""
