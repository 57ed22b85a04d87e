"""Diagnoses a study: the network in the middle and at two corners of its space, on its data. Needs torch.

A study is meant to hold bad points, so what is found at one point alone (a rate too high, a network too small) does
not stand against it. An error of the study is what is found at every point, or what lies in the user's own
network both in the middle and at the largest point.

Enqueued points are looked at one by one, without experiments: an error in one of them is that point's, and it is
not trained. Symptoms are told but do not keep it from that: how well it learns, its trial says.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

import workbench
from workbench.data.splits import Splits
from workbench.diagnostics.engine import Report, chosen, probes_of, ranked
from workbench.diagnostics.examine import Examined, examine
from workbench.diagnostics.findings import Check, Finding
from workbench.diagnostics.network import verdict
from workbench.diagnostics.output import shown
from workbench.diagnostics.rule import Rule
from workbench.diagnostics.subject import Subject
from workbench.diagnostics.trace import Place, Source
from workbench.models import family, task
from workbench.models.threads import threads
from workbench.study.identity import identity
from workbench.study.space import Choice, FloatRange, IntRange, Point, Searched, Space, Value, draw, middle
from workbench.study.spec import StudySpec
from workbench.study.user_code import locate
from workbench.study.vocabulary import FAMILIES, TRAINER, settings

MakeOptimizer = Callable[[nn.Module, dict[str, Any]], torch.optim.Optimizer]

STEPS = 24  # of the recorded training at each point
PATIENCE = 1.5  # seconds for an experiment at each point
BATCH = 256  # at most: larger ones show no more


def points(space: Space) -> dict[str, Point]:
    """The points that are looked at, the one that tells most first; equal ones once."""
    found = {
        "middle": middle(space),
        "largest": draw(space, partial(_extreme, largest=True)),
        "smallest": draw(space, partial(_extreme, largest=False)),
    }
    return {name: point for name, point in found.items() if name == _first(found, point)}


def _first(found: dict[str, Point], point: Point) -> str:
    return next(name for name, other in found.items() if other == point)


def _extreme(_name: str, parameter: Searched, *, largest: bool) -> Value:
    match parameter:
        case Choice(options=options):
            numbers = [each for each in options if isinstance(each, int | float) and not isinstance(each, bool)]
            if len(numbers) == len(options):
                return max(numbers) if largest else min(numbers)
            return options[-1 if largest else 0]
        case IntRange() | FloatRange():
            return parameter.high if largest else parameter.low


def diagnose_study(
    spec: StudySpec,
    data: Splits,
    make_optimizer: MakeOptimizer,
    *,
    file: Path | None = None,
    seconds: float = 60.0,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
) -> Report:
    """Look at the points of `points` while there is time, the middle and the enqueued ones always."""
    importlib.import_module("torch._dynamo")  # an optimizer's first step would, and it takes a second
    began = time.monotonic()
    applied = chosen(select, ignore)
    wanted = points(spec.space)
    place, source = _stand_in(spec, file)
    sources = tuple(_sources(spec, source))

    def look(point: Point, probes: Collection[str]) -> tuple[Examined, list[Finding], list[Check]]:
        subject = _subject(spec, data, point, make_optimizer, place)
        with threads(1 if spec.model.family in FAMILIES else None):
            seen = examine(subject, probes=probes, steps=STEPS, patience=PATIENCE)
        seen = replace(seen, trace=replace(seen.trace, sources=sources))
        return seen, *verdict(seen.trace, applied, seen.misfit, place)

    looked: dict[str, tuple[Examined, list[Finding], list[Check]]] = {}
    left_out = []
    for name, point in wanted.items():
        if looked and time.monotonic() - began > seconds:
            left_out.append(name)
            continue
        looked[name] = look(point, probes_of(applied))
    enqueued = {one.name: tuple(ranked(look(one.point, ())[1])) for one in spec.enqueue}
    by_point = {name: findings for name, (_, findings, _) in looked.items()}
    findings, partly = _combined(by_point, len(wanted), place, applied)
    first = next(iter(looked.values()))
    notes = [f"looked at the {', '.join(looked)} point{'s' if len(looked) > 1 else ''} of its space"]
    notes += [f"no time for the {' and '.join(left_out)} point"] if left_out else []
    tried = [
        replace(check, name=f"{name}: {check.name}")
        for name, (seen, _, _) in looked.items()
        for check in seen.checks
    ]
    trace = replace(first[0].trace, seconds=time.monotonic() - began)
    return Report(
        f"study {spec.name}",
        trace,
        tuple(ranked(findings)),
        tuple(first[2]),
        tried=(*tried, *partly),
        layers=first[0].layers,
        notes=tuple(notes),
        enqueued=enqueued,
    )


def _subject(
    spec: StudySpec, data: Splits, point: Point, make_optimizer: MakeOptimizer, place: Place | None
) -> Subject:
    said: dict[str, Any] = settings(TRAINER, point)
    about = data.info
    return Subject(
        name=spec.name,
        build=lambda: family.build(
            spec.model.family, point, about.input_shape, about.outputs, folder=spec.folder, loss=spec.loss
        ),
        x=data.train.x,
        y=data.train.y,
        criterion=lambda logits, y: task.loss(spec.task, logits, y, said["label_smoothing"], spec.loss),
        optimizer=lambda module: make_optimizer(module, said),
        said=f"{spec.task} loss, {said['optimizer']}",
        task=spec.task,
        outputs=about.outputs,
        validation=data.validation.x,
        batch=min(said["batch_size"], BATCH),
        place=place,
    )


# -- what is found where ---------------------------------------------------------------------------------------


def _combined(
    found: dict[str, list[Finding]], wanted: int, loop: Place | None, applied: Collection[Rule]
) -> tuple[list[Finding], list[Check]]:
    """The study's findings, and what holds for some of its points only."""
    symptoms = {each.name for each in applied if each.symptom}
    where: dict[Any, dict[str, Finding]] = {}
    for name, findings in found.items():
        for finding in findings:
            at = finding.place
            where.setdefault((finding.rule, at and (at.path, at.line)), {})[name] = finding
    kept, partly = [], []
    for by_point in where.values():
        finding = next(iter(by_point.values()))
        own = finding.place is not None and not finding.place.same_line(loop) and finding.rule not in symptoms
        # Points that there was no time for may be sound, but for what lies in the user's own lines.
        if len(by_point) == wanted or (own and set(found) - {"smallest"} <= set(by_point)):
            kept.append(finding)
        elif own:
            kept.append(replace(finding, severity="warning", message=f"{finding.message} ({_at(by_point)})"))
        else:
            partly.append(Check(finding.rule, "failed", f"{_at(by_point)}: {finding.message}"))
    return kept, partly


def _at(by_point: Collection[str]) -> str:
    return f"at the {' and '.join(by_point)} point only"


# -- places ----------------------------------------------------------------------------------------------------


def _stand_in(spec: StudySpec, file: Path | None) -> tuple[Place | None, Source | None]:
    """What stands for the training loop, which is ours: the user's function, else the study file."""
    if spec.model.family not in FAMILIES:
        path, name = locate(spec.model.family, spec.folder)
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = [
            node.lineno
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
        ]
        return Place(str(path), lines[0] if lines else 1), Source(str(path), text)
    if file is None:
        return None, None
    text = file.read_text(encoding="utf-8", errors="replace")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() in ("[model]", "[space]")]
    return Place(str(file), lines[0] if lines else 1), Source(str(file), text)


def _sources(spec: StudySpec, source: Source | None) -> Iterator[Source]:
    if source is not None:
        yield source
    if spec.model.family not in FAMILIES:
        for path in sorted(spec.folder.glob("*.py")):
            if source is None or str(path) != source.path:
                yield Source(str(path), path.read_text(encoding="utf-8", errors="replace"))


# -- before a study is run -------------------------------------------------------------------------------------


def key(spec: StudySpec) -> str:
    """Changes with whatever a diagnosis depends on."""
    said = json.dumps([workbench.__version__, identity(spec)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def outcome(report: Report, spec: StudySpec) -> dict[str, Any]:
    """What is remembered of a diagnosis, as JSON."""
    word = "stopped" if report.errors else "warnings" if report.findings else "clean"
    return {
        "outcome": word,
        "key": key(spec),
        "looked": list(report.notes),
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "message": finding.message,
                "hint": finding.hint,
                "path": shown(finding.place.path) if finding.place else None,
                "line": finding.place.line if finding.place else None,
            }
            for finding in report.findings
        ],
        "enqueued": [
            {
                "name": name,
                "refused": _refused(findings),
                "findings": [
                    {"rule": one.rule, "severity": one.severity, "message": one.message} for one in findings
                ],
            }
            for name, findings in report.enqueued.items()
        ],
        "seconds": round(report.trace.seconds, 2),
    }


def _refused(findings: Collection[Finding]) -> str | None:
    """Why an enqueued point is not trained; None where it is."""
    symptoms = {each.name for each in chosen() if each.symptom}
    errors = [one for one in findings if one.severity == "error" and one.rule not in symptoms]
    return f"refused by the diagnosis: {errors[0].rule}: {errors[0].message}" if errors else None
