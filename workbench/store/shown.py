"""What optuna-dashboard shows beside the trials: notes, figures and files, written as it reads them.

They are attributes of the study, in optuna-dashboard's own words: its functions would write the same, one call
each, after two seconds of imports, and Optuna gives no file to a trial that has ended. A test reads all of it back
through optuna-dashboard.
"""

from __future__ import annotations

import json
import mimetypes
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage

from workbench.store.artifacts import Artifacts
from workbench.store.storage import open_storage, quiet, storage_errors, together

LONGEST = 2045  # characters of one attribute: what the narrowest database takes
SEEN = (".csv", ".png", ".svg", ".jsonl")  # what optuna-dashboard shows; the rest it offers to save
_OURS = uuid.UUID("8a7cf00c-2d3f-5a53-9d4e-0b1d3f5c1f0a")  # files with an id of this family are ours to replace


@dataclass(frozen=True)
class Shown:
    """What is to be seen of a study. Trials go by number; figures are plotly's, as plain tables."""

    note: str
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    files: Mapping[int, Mapping[str, bytes]] = field(default_factory=dict)  # trial -> file name -> content


def show(where: str | None, study: str, shown: Shown, artifacts: Artifacts) -> None:
    """Write what has changed, as one append or one transaction; files go to `artifacts`.

    Files that an earlier call gave to a trial and this one does not are taken away. What people have added stays.
    """
    storage = open_storage(where, reading=True)
    with storage_errors(where), quiet():
        study_id = storage.get_study_id_from_name(study)
        ids = {trial.number: trial._trial_id for trial in storage.get_all_trials(study_id, deepcopy=False)}
        before = storage.get_study_system_attrs(study_id)
        after = dict(_note(before, None, shown.note))
        for number, text in shown.notes.items():
            after |= _note(before, ids[number], text)
        for name, figure in shown.figures.items():
            after |= _pieces(before, f"dashboard:plot_data:{name}:", json.dumps(figure, separators=(",", ":")))
        for number, files in shown.files.items():
            for name, content in files.items():
                key, about = _file(study, number, ids[number], name)
                artifacts.write(about["artifact_id"], content)
                after[key] = json.dumps(about)
        gone = dict(_withdrawn(before, after, study, {trial_id: number for number, trial_id in ids.items()}))
        _write(storage, study_id, before, after | dict.fromkeys(gone, json.dumps(None)))
        for artifact in gone.values():
            artifacts.remove(artifact)


def describe(storage: BaseStorage, study_id: int, markdown: str) -> None:
    """The study's note alone."""
    before = storage.get_study_system_attrs(study_id)
    _write(storage, study_id, before, dict(_note(before, None, markdown)))


def _write(storage: BaseStorage, study_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    changes = {key: value for key, value in after.items() if before.get(key) != value}
    if not changes:
        return
    with together(storage):
        for key, value in changes.items():
            storage.set_study_system_attr(study_id, key, value)


def _note(before: Mapping[str, Any], trial_id: int | None, text: str) -> Iterator[tuple[str, Any]]:
    """A note's pieces, and its version where it is another than before: that is how an open page notices."""
    place = "dashboard:" if trial_id is None else f"dashboard:{trial_id}:"
    pieces = _pieces(before, f"{place}note_str:", _without_html(text))
    yield from pieces.items()
    if any(before.get(key) != piece for key, piece in pieces.items()):
        yield f"{place}note_ver", before.get(f"{place}note_ver", 0) + 1


def _without_html(text: str) -> str:
    """Markdown in which nothing is HTML: optuna-dashboard's pages would take it for a part of themselves."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def _pieces(before: Mapping[str, Any], prefix: str, text: str) -> dict[str, str]:
    """Text cut to the length of an attribute; what was longer before ends in empty pieces."""
    many = max(len(range(0, len(text), LONGEST)), sum(key.startswith(prefix) for key in before))
    return {f"{prefix}{i}": text[i * LONGEST : (i + 1) * LONGEST] for i in range(many)}


def _file(study: str, number: int, trial_id: int, name: str) -> tuple[str, dict[str, Any]]:
    """The attribute's key and what it says of a file. The id follows from study, trial and name: a newer one
    takes the place of an older one."""
    # Other kinds are a matter of the machine: Debian's list takes .pt for a part of a game.
    kind, encoding = mimetypes.guess_type(name) if Path(name).suffix in SEEN else (None, None)
    about = {
        "artifact_id": str(uuid.uuid5(_OURS, f"{study}\n{number}\n{name}")),
        "filename": name,
        "mimetype": kind or "application/octet-stream",
        "encoding": encoding,
    }
    return f"dashboard:artifacts:{trial_id}:{about['artifact_id']}", about


def _withdrawn(
    before: Mapping[str, Any], after: Mapping[str, Any], study: str, numbers: Mapping[int, int]
) -> Iterator[tuple[str, str]]:
    """(key, artifact id) of files that we gave to a trial and that are no longer wanted."""
    prefix = "dashboard:artifacts:"
    for key, value in before.items():
        if not key.startswith(prefix) or key in after:
            continue
        name, trial_id = _file_name(value), key.removeprefix(prefix).partition(":")[0]
        if name is None or not trial_id.isdecimal() or int(trial_id) not in numbers:
            continue
        ours, about = _file(study, numbers[int(trial_id)], int(trial_id), name)
        if (
            ours == key
        ):  # what a file is called follows from its key; what the storage says of it may lead elsewhere
            yield key, about["artifact_id"]


def _file_name(stored: Any) -> str | None:
    """The name in what is stored of a file; None where it was withdrawn, or is something else."""
    try:
        name = json.loads(stored)["filename"]
    except (ValueError, TypeError, KeyError):
        return None
    return name if isinstance(name, str) else None
