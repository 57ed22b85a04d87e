"""What makes two runs the same study, so that their trials may stand in one ranking.

Budget, sampler, pruner, name and description may change between runs; how many trials there are and how points
are proposed does not change what a trial's number means. Where the data lie does not either. Enqueued points are
the first trials: one more of them would be tried never, or under another's number; what they are called is free.
"""

from __future__ import annotations

from typing import Any

from workbench.study import source, user_code
from workbench.study.space import same
from workbench.study.spec import StudySpec
from workbench.study.toml import shown

_ABSENT = object()


def identity(spec: StudySpec) -> dict[str, Any]:
    """JSON values; equal for two specs if and only if trials of one may continue the other."""
    table = spec.resolved()
    data, model = dict(table["data"]), dict(table["model"])
    data.pop("root", None)
    for section, reference in ((data, spec.data.source), (model, spec.model.family)):
        if user_code.is_reference(reference):
            section["code"] = user_code.digest(reference, spec.folder)[:16]
    if source.kind(spec.data.source) in ("table", "arrays"):
        data["md5"] = source.md5(spec.data.source, spec.folder)
    points = {str(place): one.point for place, one in enumerate(spec.enqueue, 1)}  # trials 0, 1, ... are theirs
    return {
        "task": table["task"],
        "metric": table["metric"],
        **({"loss": spec.loss} if spec.loss == "nll" else {}),
        "data": data,
        "model": model,
        "space": table["space"],
        **({"enqueue": points} if points else {}),
        "search": {"seed": table["search"]["seed"]},
    }


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line for each change: "space.lr.float: [0.001, 0.1] -> [0.0001, 0.1]"."""
    return _differences(old, new, "")


def _differences(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*old, *(name for name in new if name not in old)]
        prefix = f"{path}." if path else ""
        found = (_differences(old.get(n, _ABSENT), new.get(n, _ABSENT), f"{prefix}{n}") for n in names)
        return [line for lines in found for line in lines]
    return [] if _equal(old, new) else [f"{path}: {_told(old)} -> {_told(new)}"]


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_equal(a, b) for a, b in zip(old, new, strict=True))
    return same(old, new)


def _told(value: Any) -> str:
    return "(not set)" if value is _ABSENT else shown(value)
