"""A study's trials, asked for and told: Optuna's ask-and-tell, with what Optuna leaves to its users.

A trial is running, or it has ended and never changes. One whose process died, or that was released, waits, and is
the next to be asked for: the same number, the same point, so with the trainer's seeds the same curve. What the
pruner said before the death is found out again from the stored reports, so that it holds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from pydantic import TypeAdapter

from workbench.errors import WorkbenchError
from workbench.store import samplers
from workbench.store.history import History, Row, from_columns, strict, to_columns
from workbench.store.storage import display, open_storage, quiet, storage_errors
from workbench.study.identity import differences
from workbench.study.mistakes import did_you_mean
from workbench.study.space import Fixed, Parameter, Point, Searched, Space, Value, draw
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Outcome, Trial

METRIC = "validation accuracy"
DEATHS = 20  # of the process, while it trained one and the same trial: then it is what the process dies of
PREFIX = "workbench:"  # of what we note at a study, beside what others note there
STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
FINISHED = ("complete", "pruned", "failed")


@dataclass(frozen=True)
class Counts:
    """How many trials have ended, and how. A duplicate counts as what it is a duplicate of."""

    complete: int = 0
    pruned: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.complete + self.pruned + self.failed

    def as_dict(self) -> dict[str, int]:
        return {"total": self.total, **asdict(self)}

    def plus(self, state: str) -> Counts:
        return replace(self, **{state: getattr(self, state) + 1})


class StudyStore:
    """One generation of one study, opened to be continued. Not for two processes at once: see `exclusive`."""

    def __init__(
        self,
        where: str | None,
        spec: StudySpec,
        study: optuna.Study,
        storage: BaseStorage,
        propose: samplers.Propose,
    ) -> None:
        self.name = study.study_name
        self.generation = _split(self.name)[1]
        self._where, self._spec, self._study, self._storage = where, spec, study, storage
        self._id = storage.get_study_id_from_name(self.name)
        self._propose = propose
        self._asked: dict[int, _Asked] = {}
        self._counts = Counts()
        self._twins: dict[str, Row] = {}
        self._take_back_what_was_running()
        for trial in study.get_trials(deepcopy=False):
            self._learn(_row(trial, spec.space))
        self.resumed = self._counts  # what there was before this command

    @classmethod
    def open(
        cls,
        where: str | None,
        spec: StudySpec,
        *,
        identity: dict[str, Any],
        fresh: bool = False,
    ) -> StudyStore:
        """The study's newest generation, or with `fresh` a new one. WorkbenchError where it is another study's."""
        identity = json.loads(json.dumps(identity))
        with quiet():
            propose = samplers.proposals(spec.search, spec.space)  # refused, if at all, before a file is made
        storage = open_storage(where)
        with storage_errors(where), quiet():
            newest = max(_generations(storage, spec.name), default=1)
            if fresh and _trials_in(storage, _join(spec.name, newest)):
                newest += 1
            full_name = _join(spec.name, newest)
            if _trials_in(storage, full_name):
                _check_identity(storage, where, full_name, identity)
            pruner = samplers.pruner(spec.search, samplers.largest_epochs(spec.space))
            try:
                study = optuna.load_study(study_name=full_name, storage=storage, pruner=pruner)
            except KeyError:
                study = optuna.create_study(
                    study_name=full_name, storage=storage, pruner=pruner, direction=StudyDirection.MAXIMIZE
                )
            if study.metric_names is None:
                study.set_metric_names([METRIC])
            store = cls(where, spec, study, storage, propose)
            store._note("identity", identity)
            store._note("spec", spec.resolved())
            return store

    # -- one trial after another ------------------------------------------------------------------------------

    def counts(self) -> Counts:
        return self._counts

    def ask(self) -> Trial | None:
        """The next trial; None when a grid has been gone through. A waiting trial comes first."""
        with self._storing():
            trials = self._study.get_trials(deepcopy=False)
            waiting = next((trial for trial in trials if trial.state == TrialState.WAITING), None)
            number = len(trials) if waiting is None else waiting.number
            sampler = self._propose(number)
            if sampler is None:
                return None
            self._study.sampler = sampler
            trial = self._study.ask()
            point = draw(self._spec.space, lambda name, parameter: samplers.suggest(trial, name, parameter))
            asked = _Asked(trial, samplers.epochs_of(point))
            if waiting is not None and waiting.intermediate_values:
                asked.steps.update(waiting.intermediate_values)
                asked.reported = max(asked.steps)
                asked.pruned = self._pruned_before(waiting)
            self._asked[number] = asked
            return Trial(number, point)

    def twin(self, trial: Trial) -> Row | None:
        """An earlier trial of exactly this point that was trained, to its end or until it was pruned."""
        return self._twins.get(_key(trial.point))

    def report(self, trial: Trial, epoch: Epoch) -> bool:
        """Note the epoch's validation accuracy; True if the trial is not worth going on with."""
        asked = self._asked[trial.number]
        if epoch.epoch < asked.reported:
            return False
        with self._storing():
            asked.note(epoch)
            # Asked after the last epoch, too, for rungs compare all that reach them. But that trial is complete.
            prune = asked.trial.should_prune()
        if epoch.epoch == asked.reported:
            prune = asked.pruned
        return prune and epoch.epoch < asked.epochs

    def tell(self, outcome: Outcome) -> Row:
        """The trial has ended. Nothing is final before the last line of this."""
        asked = self._asked[outcome.number]
        best = outcome.best
        sound = best is not None and math.isfinite(best.validation_accuracy)
        with self._storing():
            for epoch in outcome.curve:  # those of a duplicate were never reported
                asked.note(epoch)
            for name, value in _attributes(outcome).items():
                asked.trial.set_user_attr(name, strict(value))
            if outcome.ended == "failed":
                told = self._study.tell(asked.trial, state=TrialState.FAIL)
            elif outcome.ended == "complete" and best is not None and sound:
                told = self._study.tell(asked.trial, best.validation_accuracy, state=TrialState.COMPLETE)
            else:  # diverged, too: samplers learn nothing from a failed trial, and would go there again
                told = self._study.tell(asked.trial, state=TrialState.PRUNED)
        del self._asked[outcome.number]
        row = _row(told, self._spec.space)
        self._learn(row)
        return row

    def release(self, trial: Trial) -> None:
        """The trial was cut short and has no outcome: the next `ask` gives it again. A told one stays told."""
        if trial.number not in self._asked:
            return
        with self._storing():
            self._storage.set_trial_state_values(self._trial_id(trial.number), TrialState.WAITING)
        del self._asked[trial.number]

    # -- what is remembered -----------------------------------------------------------------------------------

    def history(self) -> History:
        with self._storing():
            return _history(self._study.study_name, self._attributes(), self._study.get_trials(deepcopy=False))

    def remember(self, name: str, value: Any) -> None:
        """A fact about the study, any JSON value; the newest one counts."""
        with self._storing():
            self._note(name, value)

    def recall(self, name: str) -> Any:
        """The fact that was remembered last, or None."""
        with self._storing():
            return self._attributes().get(PREFIX + name)

    def describe(self, markdown: str) -> None:
        """The note that optuna-dashboard shows beside the study."""
        with self._storing():
            import optuna_dashboard  # two seconds

            optuna_dashboard.save_note(self._study, markdown)

    # -- inside -----------------------------------------------------------------------------------------------

    @contextmanager
    def _storing(self) -> Iterator[None]:
        with storage_errors(self._where), quiet():
            yield

    def _attributes(self) -> dict[str, Any]:
        return self._storage.get_study_user_attrs(self._id)

    def _note(self, name: str, value: Any) -> None:
        value = strict(value)
        if self._attributes().get(PREFIX + name) != value:
            self._study.set_user_attr(PREFIX + name, value)

    def _trial_id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._id, number)

    def _learn(self, row: Row) -> None:
        if row.state not in FINISHED:
            return
        self._counts = self._counts.plus(row.state)
        if row.state != "failed" and row.duplicate_of is None:
            self._twins.setdefault(_key(row.point), row)

    def _take_back_what_was_running(self) -> None:
        """Trials whose process died wait to be trained again, unless they are what it dies of."""
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            trial_id, deaths = self._trial_id(trial.number), trial.user_attrs.get("deaths", 0) + 1
            self._storage.set_trial_user_attr(trial_id, "deaths", deaths)
            if deaths < DEATHS:
                self._storage.set_trial_state_values(trial_id, TrialState.WAITING)
                continue
            reason = f"the process ended {deaths} times while training this trial"
            for name, value in (("ended", "failed"), ("reason", reason)):
                self._storage.set_trial_user_attr(trial_id, name, value)
            self._storage.set_trial_state_values(trial_id, TrialState.FAIL)

    def _pruned_before(self, trial: FrozenTrial) -> bool:
        """What the pruner said after the last stored report.

        The trial's reports are made again in a copy of the study as it was then. Asking the pruner about the
        trial itself would not do: it has noted there that this report was judged, but not how.
        """
        copy = optuna.create_study(
            study_name=self.name, direction=StudyDirection.MAXIMIZE, pruner=self._study.pruner
        )
        for earlier in self._study.get_trials(deepcopy=False)[: trial.number]:
            copy.add_trial(earlier)
        again, prune = copy.ask(), False
        for step, value in sorted(trial.intermediate_values.items()):
            again.report(value, step)
            prune = again.should_prune()
        return prune


@dataclass
class _Asked:
    """A trial under way, and what was stored of it before its process died."""

    trial: optuna.Trial
    epochs: int
    steps: set[int] = field(default_factory=set)  # epochs that are stored
    reported: int = 0  # the last one before the death
    pruned: bool = False  # what the pruner said to it

    def note(self, epoch: Epoch) -> None:
        if epoch.epoch not in self.steps and math.isfinite(epoch.validation_accuracy):
            self.trial.report(epoch.validation_accuracy, epoch.epoch)
            self.steps.add(epoch.epoch)


def names(where: str | None) -> list[str]:
    """Every study stored there, each generation of it."""
    storage = open_storage(where, reading=True)
    with storage_errors(where), quiet():
        return sorted(_stored(storage), key=_split)


def read(where: str | None, name: str, generation: int | None = None) -> History:
    """All that is stored of a study: its newest generation unless told otherwise. Writes nothing."""
    storage = open_storage(where, reading=True)
    with storage_errors(where), quiet():
        stored = _stored(storage)
        base, named = _split(name)
        there = _generations(storage, base)
        if not there:
            raise WorkbenchError(
                f"there is no study {base!r} in {display(where)}",
                hint=did_you_mean(base, {_split(one)[0] for one in stored})
                or f"run it first: workbench tune --study {base}",
            )
        wanted = generation or (named if "@" in name else max(there))
        if wanted not in there:
            raise WorkbenchError(
                f"study {base!r} in {display(where)} has no generation {wanted}",
                hint=f"there {'is' if len(there) == 1 else 'are'}: {', '.join(map(str, sorted(there)))}",
            )
        study_id = storage.get_study_id_from_name(_join(base, wanted))
        trials = storage.get_all_trials(study_id, deepcopy=False)
        return _history(_join(base, wanted), storage.get_study_user_attrs(study_id), trials)


def _stored(storage: BaseStorage) -> list[str]:
    """The names of the studies that are ours."""
    return [study.study_name for study in storage.get_all_studies() if f"{PREFIX}spec" in study.user_attrs]


def _join(name: str, generation: int) -> str:
    return name if generation == 1 else f"{name}@{generation}"


def _split(name: str) -> tuple[str, int]:
    base, at, generation = name.rpartition("@")
    return (base, int(generation)) if at and generation.isdecimal() else (name, 1)


def _generations(storage: BaseStorage, name: str) -> list[int]:
    return [generation for base, generation in map(_split, _stored(storage)) if base == name]


def _trials_in(storage: BaseStorage, full_name: str) -> int:
    try:
        return storage.get_n_trials(storage.get_study_id_from_name(full_name))
    except KeyError:
        return 0


def _check_identity(storage: BaseStorage, where: str | None, full_name: str, identity: dict[str, Any]) -> None:
    attributes = storage.get_study_user_attrs(storage.get_study_id_from_name(full_name))
    if f"{PREFIX}identity" not in attributes:
        raise WorkbenchError(
            f"{display(where)} holds a study {full_name!r} that workbench did not make",
            hint="give your study another name, or choose another place with --storage",
        )
    changes = differences(attributes[f"{PREFIX}identity"], identity)
    if changes:
        raise WorkbenchError(
            f"study {full_name!r} in {display(where)} holds {_trials_in(storage, full_name)} trials that were made "
            f"with other settings:\n" + "\n".join(f"  {change}" for change in changes),
            hint="start a new generation with --fresh (the old trials stay where they are); "
            "or, to go on with these, undo the change; or give the study another name",
        )


def _history(name: str, attributes: Mapping[str, Any], trials: list[FrozenTrial]) -> History:
    ours = {key.removeprefix(PREFIX): value for key, value in attributes.items() if key.startswith(PREFIX)}
    spec = ours.pop("spec")
    ours.pop("identity", None)
    space = _space(spec["space"])
    return History(name, _split(name)[1], spec, ours, tuple(_row(trial, space) for trial in trials))


def _space(table: Mapping[str, Any]) -> Space:
    """The parameters as `StudySpec.resolved` wrote them."""
    searched: TypeAdapter[Searched] = TypeAdapter(Searched)
    parameters: dict[str, Parameter] = {}
    for name, entry in table.items():
        if isinstance(entry, dict):
            parameters[name] = searched.validate_json(json.dumps(entry))
        else:
            parameters[name] = Fixed(value=entry)
    return parameters


def _attributes(outcome: Outcome) -> dict[str, Any]:
    """What a trial's page in the dashboard shows, and what `_row` reads."""
    best = outcome.best
    return {
        "ended": outcome.ended,
        **({"reason": outcome.reason} if outcome.reason else {}),
        **({"duplicate_of": outcome.duplicate_of} if outcome.duplicate_of is not None else {}),
        **(
            {f"best_{name}" if name == "epoch" else name: value for name, value in asdict(best).items()}
            if best
            else {}
        ),
        "parameters": outcome.parameters,
        "seconds": round(outcome.seconds, 3),
        "curve": to_columns(outcome.curve),
    }


def _row(trial: FrozenTrial, space: Space) -> Row:
    said = trial.user_attrs
    row = Row(
        number=trial.number,
        state=STATES[trial.state],
        value=None,
        point=_point(trial.params, space),
        curve=from_columns(said["curve"]) if "curve" in said else (),
        ended=said.get("ended"),
        reason=said.get("reason", ""),
        seconds=float(said.get("seconds", 0.0)),
        parameters=said.get("parameters", 0),
        duplicate_of=said.get("duplicate_of"),
        started=_utc(trial.datetime_start),
        finished=_utc(trial.datetime_complete),
    )
    return replace(row, value=row.best.validation_accuracy if row.best else None)


def _point(flat: Mapping[str, Value], space: Space) -> Point:
    try:
        return draw(space, lambda name, _: flat[name])
    except KeyError:  # the process died while the point was drawn
        return {}


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
