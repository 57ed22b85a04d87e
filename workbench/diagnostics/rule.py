"""A rule: one file in rules/, whose docstring is its page and whose one decorated function judges a trace.

The file being there registers it. The page has a summary line and the sections of `SECTIONS`, each under its name
followed by a line of dashes, as in rules/missing_zero_grad.py; the last, "Proof", is made of the remedies it names.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from workbench.diagnostics.catalog import sentences
from workbench.diagnostics.findings import Finding, Severity
from workbench.diagnostics.trace import Trace
from workbench.errors import WorkbenchError

SECTIONS = ("What it does", "Why is this bad", "Example", "Use instead", "Sources", "Proof")
WIDTH = 100  # of a page
Judge = Callable[[Trace], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """A rule as the engine knows it."""

    name: str
    severity: Severity
    judge: Judge
    text: str  # the module's docstring
    needs: tuple[str, ...]  # fields of the trace that must hold something, else there was nothing to check
    probes: tuple[str, ...]  # experiments it reads
    symptom: bool  # drop its findings where another rule's error explains them
    explains: tuple[str, ...]  # rules whose findings come of the same fault: where it finds, theirs are dropped
    aids: tuple[str, ...]  # experiments that its hints name where they were made
    early: bool  # what it finds in the first steps stands, whatever the script does later
    proof: tuple[str, ...] | str = ()  # the remedies by which its findings are proven, or why there is none

    @functools.cached_property
    def page(self) -> str:
        """All there is to read on it."""
        return f"{self.text}\n\nProof\n-----\n{self._proof()}"

    def _proof(self) -> str:
        if isinstance(self.proof, str):
            return textwrap.fill(f"Not proven: {self.proof}.", WIDTH)
        told = (f"{name}: {sentences()[name]}" for name in self.proof)
        each = "\n".join(textwrap.fill(line, WIDTH, initial_indent="- ", subsequent_indent="  ") for line in told)
        many = "one of these repairs" if len(self.proof) > 1 else "this repair"
        return f"The same steps again, with {many} in memory:\n\n{each}"

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.text.splitlines()[0]

    def section(self, name: str) -> str:
        """The text of one section of the page; "" where it is missing."""
        lines = self.page.splitlines()
        titles = [n for n, line in enumerate(lines[1:]) if line and set(line) == {"-"} and lines[n].strip()]
        for position, start in enumerate(titles):
            if lines[start].strip() == name:
                end = titles[position + 1] if position + 1 < len(titles) else len(lines)
                return "\n".join(lines[start + 2 : end]).strip("\n")
        return ""

    def check(self, trace: Trace) -> list[Finding]:
        """Its findings, one a line."""
        found: dict[object, Finding] = {}
        for finding in self.judge(trace):
            place = finding.place
            key = (place.path, place.cell, place.line) if place else None
            found.setdefault(key, _signed(finding, self))
        return list(found.values())

    def blind(self, trace: Trace) -> str | None:
        """Why it could not look, or None."""
        missing = [name for name in self.needs if not getattr(trace, name)]
        if missing:
            return f"the run showed no {', no '.join(missing)}"
        for name in self.probes:
            probe = trace.probe(name)
            if probe is None or probe.outcome == "skipped":
                return probe.detail if probe is not None else f"the experiment {name!r} was not made"
        return None


def _signed(finding: Finding, rule: Rule) -> Finding:
    return replace(finding, rule=rule.name, severity=finding.severity or rule.severity)


def rule(
    *,
    severity: Severity,
    needs: tuple[str, ...] = (),
    probes: tuple[str, ...] = (),
    symptom: bool = False,
    explains: tuple[str, ...] = (),
    aids: tuple[str, ...] = (),
    early: bool = False,
    proof: tuple[str, ...] | str,
) -> Callable[[Judge], Rule]:
    """Make a Rule of a function over the trace. Its name is the function's; its page is its module's docstring."""

    def made(judge: Judge) -> Rule:
        text = textwrap.dedent(inspect.getmodule(judge).__doc__ or "").strip()
        name = judge.__name__.replace("_", "-")
        return Rule(name, severity, judge, text, needs, probes, symptom, explains, aids, early, proof)

    return made


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Every rule there is, by name."""
    return tuple(sorted(_load(), key=lambda each: each.name))


def _load() -> Iterator[Rule]:
    from workbench.diagnostics import rules as folder

    for module in pkgutil.iter_modules(folder.__path__):
        loaded = importlib.import_module(f"{folder.__name__}.{module.name}")
        own = [value for value in vars(loaded).values() if isinstance(value, Rule)]
        if len(own) != 1:
            raise ImportError(f"{loaded.__file__} must define one rule, it defines {len(own)}")
        yield own[0]


def find(name: str) -> Rule:
    """A rule by its name."""
    for each in rules():
        if each.name == name:
            return each
    import difflib

    close = difflib.get_close_matches(name, [each.name for each in rules()], n=1)
    hint = f"did you mean {close[0]}?" if close else "list them: workbench rules"
    raise WorkbenchError(f"there is no rule named {name!r}", hint=hint)
