"""Study files: a name or a path -> a checked StudySpec, or all that is wrong with the file.

Importing this module is quick (the list of studies needs it); pydantic is loaded when a study is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.study import overrides as overriding
from workbench.study import user_code
from workbench.study.mistakes import Mistake, StudyFileError
from workbench.study.shelf import Summary, available, read, resolve, shipped, summaries

if TYPE_CHECKING:
    from workbench.study.spec import StudySpec

__all__ = ["Mistake", "StudyFileError", "Summary", "available", "load", "resolve", "shipped", "summaries"]


def load(name_or_path: str, overrides: Sequence[str] = ()) -> StudySpec:
    """The study as the file and then the overrides ("space.lr.float=[1e-4,1e-2]") say it."""
    from workbench.study.check import check

    path = resolve(name_or_path)
    table = read(path)
    overriding.apply(table, overrides)
    spec, mistakes = check(table, path.resolve().parent)
    if spec is None:
        raise StudyFileError([replace(one, source=_source(one.path, str(path), overrides)) for one in mistakes])
    user_code.named_by_a_study_file(spec.code, spec.folder)
    return spec


def _source(path: str, file: str, overrides: Sequence[str]) -> str:
    """The override that set what is wrong, or else the file."""
    for override in reversed(overrides):
        key = ".".join(overriding.split(override)[0])
        if f"{path}.".startswith(f"{key}.") or f"{key}.".startswith(f"{path}."):
            return f"--set {override}"
    return file
