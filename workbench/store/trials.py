"""A study's trials, asked for and told: Optuna's ask-and-tell, with what Optuna leaves to its users.

Samplers work on a copy of the study in memory. What is asked for, reported and told is written from there to the
storage by `flush`, as one append or one transaction whatever its size: a trial of 25 ms must not wait for twenty
transactions. The copy is the truth while the command runs, for a study is tuned by one process at a time.

A trial is running, or it has ended and never changes. One whose process died, or that was released, waits, and is
the next to be asked for: the same number, the same point, so with the trainer's seeds the same curve. What is told
again of it is judged again, and as the reports are the same, so is the verdict.

Points that the study file enqueues are the first trials, each by its number: nothing is noted of what is still to
be tried, so no kill can lose a point or give it twice. They are never stopped early, for the rest is compared with
them. One that could not have been drawn from the space is hidden from samplers and from the judging of others:
Optuna's TPE would lose the parameters that it lacks, and its epochs need not be like those of the space.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial
from pydantic import TypeAdapter

from workbench.errors import WorkbenchError
from workbench.store import integrity, pruning, samplers, shown
from workbench.store.history import MEASURED, History, Row, as_stored, from_columns, strict, to_columns
from workbench.store.storage import display, open_storage, quiet, storage_errors, together
from workbench.store.writing import Change, write
from workbench.study.identity import differences
from workbench.study.metric import PARAMETERS, objective
from workbench.study.mistakes import did_you_mean
from workbench.study.space import (
    Fixed,
    Parameter,
    Point,
    Searched,
    Space,
    Value,
    allows,
    draw,
    inside,
    searched,
)
from workbench.study.spec import NAME, Enqueued, StudySpec
from workbench.study.trial import Epoch, Outcome, Trial

DELAY = 1.0  # seconds that what is told may wait for a `flush`
DEATHS = 20  # of the process, at one and the same epoch of a trial: then it is what the process dies of
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

    def plus(self, state: str, many: int = 1) -> Counts:
        return replace(self, **{state: getattr(self, state) + many})


@dataclass(frozen=True)
class Elsewhere:
    """Trials that keep a study from being over, and that this command does not have."""

    running: int = 0  # on other hosts
    free: int = 0  # to be asked for: a host released them, or has died


class StudyStore:
    """One generation of one study, opened to be continued. Not for two processes at once: see `exclusive`."""

    def __init__(
        self,
        where: str | None,
        spec: StudySpec,
        name: str,
        storage: BaseStorage,
        propose: samplers.Propose,
    ) -> None:
        self.name = name
        self.generation = _split(name)[1]
        self._where, self._spec, self._storage, self._propose = where, spec, storage, propose
        self._id = storage.get_study_id_from_name(name)
        self._enqueued = spec.enqueue
        self._outside = {number for number, one in enumerate(spec.enqueue) if not inside(spec.space, one.point)}
        self._copy = _Copy(self._outside)
        pruner, self._rule = samplers.pruner(spec.search, samplers.largest_epochs(spec.space))
        self._study = optuna.create_study(
            study_name=name, storage=self._copy, pruner=pruner, directions=_directions(spec)
        )
        self._reports = pruning.Reports()
        self._asked: dict[int, _Asked] = {}
        self._counts = Counts()
        self._twins: dict[str, int] = {}  # a point -> the first trial of it
        self._ids: dict[int, int] = {}  # a trial's number -> its id in the storage
        self._written: dict[int, FrozenTrial] = {}  # those that have not ended, as they are in the storage
        self._changed: dict[int, float] = {}  # what is not there yet, and since when; the oldest first
        self.clock: Callable[[], float] = time.monotonic  # what DELAY is measured by
        self.seconds = {"ask": 0.0, "store": 0.0}  # what was spent on drawing points, and on everything else
        self._take_back_what_was_running()
        with as_stored(name):
            trials = storage.get_all_trials(self._id, deepcopy=False)
        for trial in trials:
            self._load(trial)
        samplers.know(pruner, self._study)
        self.resumed = self._counts  # what there was before this command

    @classmethod
    def open(
        cls,
        where: str | None,
        spec: StudySpec,
        *,
        identity: dict[str, Any],
        fresh: bool = False,
    ) -> Self:
        """The study's newest generation, or with `fresh` a new one. WorkbenchError where it is another study's."""
        identity = json.loads(json.dumps(identity))
        with quiet():
            points = [one.point for one in spec.enqueue]
            propose = samplers.proposals(
                spec.search, spec.space, points
            )  # refused, if at all, before a file is made
        storage = open_storage(where)
        with storage_errors(where), quiet():
            newest = max(_generations(storage, spec.name), default=1)
            if fresh and _trials_in(storage, _join(spec.name, newest)):
                newest += 1
            full_name = _join(spec.name, newest)
            if _trials_in(storage, full_name):
                _check_identity(storage, where, full_name, identity)
            try:
                study = optuna.load_study(study_name=full_name, storage=storage)
            except KeyError:
                study = optuna.create_study(
                    study_name=full_name, storage=storage, directions=_directions(spec), load_if_exists=True
                )
            if study.metric_names is None:
                names = [f"validation {spec.objective.words}", PARAMETERS]
                study.set_metric_names(names[: 1 + spec.by_size_too])
            store = cls(where, spec, full_name, storage, propose)
            store._settle(identity)
            store._note("spec", spec.resolved())
            return store

    def close(self) -> None:
        """Leave the study."""

    def _settle(self, identity: dict[str, Any]) -> None:
        self._note("identity", identity)

    # -- beside others, see `shared` --------------------------------------------------------------------------

    @property
    def away(self) -> bool:
        """Whether the storage cannot be reached for the time being: what is told waits in memory."""
        return False

    def elsewhere(self) -> Elsewhere:
        """What others have under way."""
        return Elsewhere()

    def may_finish(self) -> str | None:
        """Why this command is not the one that does what comes after the search; None where it is, from now on."""
        return None

    def finished(self) -> None:
        """What comes after the search has been done."""

    # -- rounds of trials -------------------------------------------------------------------------------------

    def counts(self) -> Counts:
        return self._counts

    @property
    def under_way(self) -> int:
        """How many trials have been asked for and not told."""
        return len(self._asked)

    def ask(self, count: int) -> list[Trial]:
        """The next trials, those that wait first; fewer where a grid has been gone through.

        Each is drawn knowing what was told before this call, and which trials are under way.
        """
        with self._storing("ask"):
            trials = []
            for _ in range(count):
                trial = self._ask()
                if trial is None:
                    break
                trials.append(trial)
            return trials

    def twin(self, point: Point) -> Row | None:
        """An earlier trial of exactly this point that was trained, to its end or until it was pruned."""
        number = self._twins.get(_key(point))
        return None if number is None else self._row(self._trial(number))

    def report(self, ended: Mapping[int, Epoch]) -> set[int]:
        """Note what trials that ended an epoch together have reached; those that are not worth going on with."""
        with self._storing("store"):
            judged = [number for number, epoch in ended.items() if self._report(number, epoch)]
            return {
                number
                for number in judged
                if number >= len(self._enqueued)
                and ended[number].epoch < self._asked[number].epochs
                and self._rule(self._reports, number, ended[number].epoch)
            }

    def tell(self, outcomes: Sequence[Outcome]) -> list[Row]:
        """These trials have ended. Final with the next `flush`."""
        with self._storing("store"):
            return [self._tell(outcome) for outcome in outcomes]

    def release(self) -> None:
        """What is under way has been cut short and has no outcome: the next `ask` gives it again."""
        with self._storing("store"):
            for number in self._asked:
                self._copy.set_trial_state_values(self._trial(number)._trial_id, TrialState.WAITING)
                self._touch(number)
            self._asked.clear()

    @property
    def overdue(self) -> bool:
        """Whether something has waited for a `flush` long enough."""
        return bool(self._changed) and self.clock() - next(iter(self._changed.values())) > DELAY

    def flush(self) -> None:
        """Write what has changed. Nothing is final before the last line of this."""
        if not self._changed:
            return
        with self._storing("store"):
            now = {number: self._trial(number) for number in sorted(self._changed)}
            changes = {
                number: Change(trial, self._written.get(number), self._ids.get(number))
                for number, trial in now.items()
            }
            self._ids.update(write(self._storage, self._id, changes))
            for number, trial in now.items():
                self._note_written(number, trial)
            self._changed.clear()

    # -- what is remembered -----------------------------------------------------------------------------------

    def history(self) -> History:
        """Everything told so far, as it is stored."""
        self.flush()
        with self._storing("store"):
            return _history(self.name, self._attributes(), self._storage.get_all_trials(self._id, deepcopy=False))

    def remember(self, name: str, value: Any) -> None:
        """A fact about the study, any JSON value; the newest one counts."""
        with self._storing("store"):
            self._note(name, value)

    def recall(self, name: str) -> Any:
        """The fact that was remembered last, or None."""
        with self._storing("store"):
            return self._attributes().get(PREFIX + name)

    def describe(self, markdown: str) -> None:
        """The note that optuna-dashboard shows beside the study."""
        with self._storing("store"):
            shown.describe(self._storage, self._id, markdown)

    # -- inside -----------------------------------------------------------------------------------------------

    @contextmanager
    def _storing(self, what: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with storage_errors(self._where), quiet():
                yield
        finally:
            self.seconds[what] += time.perf_counter() - started

    def _attributes(self) -> dict[str, Any]:
        return self._storage.get_study_user_attrs(self._id)

    def _note(self, name: str, value: Any) -> None:
        value = strict(value)
        if self._attributes().get(PREFIX + name) != value:
            self._storage.set_study_user_attr(self._id, PREFIX + name, value)

    def _trial(self, number: int) -> FrozenTrial:
        trial_id = self._copy.get_trial_id_from_study_id_trial_number(self._study._study_id, number)
        return self._copy.get_trial(trial_id)

    def _touch(self, number: int) -> None:
        self._changed.setdefault(number, self.clock())

    def _note_written(self, number: int, trial: FrozenTrial) -> None:
        if trial.state.is_finished():
            self._written.pop(number, None)
        else:
            self._written[number] = _frozen(trial)

    def _load(self, trial: FrozenTrial) -> None:
        """A stored trial into the copy."""
        self._study.add_trial(trial)
        self._ids[trial.number] = trial._trial_id
        self._note_written(trial.number, trial)
        for epoch, value in trial.intermediate_values.items():
            self._note_report(trial.number, epoch, value)
        self._learn(self._row(trial))

    def _ask(self) -> Trial | None:
        waiting = self._copy_trials(TrialState.WAITING)
        number = waiting[0].number if waiting else self._copy.get_n_trials(self._study._study_id)
        sampler = self._propose(number)
        if sampler is None:
            return None
        self._study.sampler = sampler
        if waiting:
            self._copy.set_trial_state_values(self._trial(number)._trial_id, TrialState.RUNNING)
            return self._begin(number)
        return self._draw(self._study.ask())

    def _begin(self, number: int) -> Trial:
        """Draw a trial that is in the copy already."""
        return self._draw(optuna.Trial(self._study, self._trial(number)._trial_id))

    def _draw(self, trial: optuna.Trial) -> Trial:
        number = trial.number
        point = self._point(trial)
        self._asked[number] = _Asked(trial, samplers.epochs_of(point))
        self._touch(number)
        return Trial(number, point)

    def _point(self, trial: optuna.Trial) -> Point:
        space = self._spec.space
        if trial.number >= len(self._enqueued):
            return draw(space, lambda name, parameter: samplers.suggest(trial, name, parameter))
        point = self._enqueued[trial.number].point
        trial.set_user_attr("enqueued", self._enqueued[trial.number].name)
        for name, parameter, value in searched(space, point):
            if allows(parameter, value):  # what Optuna would take; the rest of its words stand in the spec
                samplers.suggest(trial, name, parameter)
        return point

    def _copy_trials(self, state: TrialState) -> list[FrozenTrial]:
        return self._copy.all_trials(self._study._study_id, state)

    def _report(self, number: int, epoch: Epoch) -> bool:
        """Whether there was something to note."""
        if not math.isfinite(epoch.objective):
            return False
        if not self._spec.by_size_too:  # Optuna has no reports of two metrics, for nobody is pruned by them
            self._asked[number].trial.report(epoch.objective, epoch.epoch)
        self._note_report(number, epoch.epoch, epoch.objective)
        self._touch(number)
        return True

    def _note_report(self, number: int, epoch: int, value: float) -> None:
        if number not in self._outside and self._spec.search.pruner != "none":
            self._reports.note(number, epoch, self._spec.objective.gain(value))

    def _row(self, trial: FrozenTrial) -> Row:
        return _row(trial, self._spec.space, self._enqueued, self._spec.objective.name)

    def _tell(self, outcome: Outcome) -> Row:
        asked = self._asked.pop(outcome.number)
        best = outcome.best
        for epoch in outcome.curve:  # those of a duplicate were never reported
            self._report_late(asked.trial, epoch)
        for name, value in _attributes(outcome).items():
            asked.trial.set_user_attr(name, strict(value))
        values, state = None, TrialState.PRUNED  # of diverged ones, too: samplers learn nothing from a failed trial
        if outcome.ended == "failed":
            state = TrialState.FAIL
        elif outcome.ended == "complete" and best is not None and math.isfinite(best.objective):
            values = [best.objective, float(outcome.parameters)][: 1 + self._spec.by_size_too]
            state = TrialState.COMPLETE
        asked.trial.set_user_attr(integrity.SUM, _sum(self._trial(outcome.number), state))
        told = self._study.tell(asked.trial, values, state=state)
        self._touch(outcome.number)
        row = self._row(told)
        self._learn(row)
        return row

    def _report_late(self, trial: optuna.Trial, epoch: Epoch) -> None:
        if math.isfinite(epoch.objective) and not self._spec.by_size_too:
            trial.report(epoch.objective, epoch.epoch)
            self._note_report(trial.number, epoch.epoch, epoch.objective)

    def _learn(self, row: Row) -> None:
        if row.state not in FINISHED:
            return
        self._counts = self._counts.plus(row.state)
        if row.state == "complete" and row.number not in self._outside:
            self._reports.completed(row.number)
        if row.duplicate_of is not None:
            self._reports.copied(row.number)
        elif row.state != "failed":
            self._twins.setdefault(_key(row.point), row.number)

    def _take_back_what_was_running(self) -> None:
        """Trials whose process died wait to be trained again, unless they are what it dies of."""
        running = self._storage.get_all_trials(self._id, deepcopy=False, states=(TrialState.RUNNING,))
        if not running:
            return
        with together(self._storage):
            for trial in running:
                if self._survives(trial):
                    self._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)

    def _survives(self, trial: FrozenTrial) -> bool:
        """Note a death of a trial's process; too many are the trial's own end.

        Where it had come further than at the death before, they are counted anew.
        """
        trial_id, epoch = trial._trial_id, max(trial.intermediate_values, default=0)
        further = epoch > trial.user_attrs.get("died_after", 0)
        deaths = 1 if further else trial.user_attrs.get("deaths", 0) + 1
        self._storage.set_trial_user_attr(trial_id, "deaths", deaths)
        if further:
            self._storage.set_trial_user_attr(trial_id, "died_after", epoch)
        if deaths < DEATHS:
            return True
        reason = f"the process ended {deaths} times while training this trial"
        for name, value in (("ended", "failed"), ("reason", reason)):
            self._storage.set_trial_user_attr(trial_id, name, value)
        self._storage.set_trial_state_values(trial_id, TrialState.FAIL)
        return False


class _Copy(InMemoryStorage):
    """The study in memory. To whoever lists its trials, the hidden ones have failed: samplers pass over those."""

    def __init__(self, hidden: Collection[int]) -> None:
        super().__init__()
        self._hidden = hidden

    def all_trials(self, study_id: int, state: TrialState) -> list[FrozenTrial]:
        """Those in this state, the hidden ones as they are."""
        return super().get_all_trials(study_id, deepcopy=False, states=(state,))

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        if not self._hidden or states == (TrialState.WAITING,):  # which Optuna asks at every draw
            trials = super().get_all_trials(study_id, deepcopy, states)
            return [one for one in trials if one.number not in self._hidden] if self._hidden else trials
        trials = [self._seen(one) for one in super().get_all_trials(study_id, deepcopy)]
        return [one for one in trials if states is None or one.state in states]

    def put(self, trial: FrozenTrial) -> None:
        """What has become of a trial that somebody else tells of."""
        frozen = _frozen(trial)
        [study] = self._studies.values()
        frozen._trial_id = study.trials[trial.number]._trial_id
        study.trials[trial.number] = frozen

    def _seen(self, trial: FrozenTrial) -> FrozenTrial:
        if trial.number not in self._hidden:
            return trial
        failed = create_trial(state=TrialState.FAIL)
        failed.number, failed._trial_id = trial.number, trial._trial_id
        return failed


@dataclass(frozen=True)
class _Asked:
    """A trial under way."""

    trial: optuna.Trial
    epochs: int


def _directions(spec: StudySpec) -> list[StudyDirection]:
    first = StudyDirection.MINIMIZE if spec.objective.minimize else StudyDirection.MAXIMIZE
    return [first, StudyDirection.MINIMIZE][: 1 + spec.by_size_too]


def _frozen(trial: FrozenTrial) -> FrozenTrial:
    """As it is now: Optuna's `Trial` writes into the one that it was made of."""
    frozen = copy.copy(trial)
    frozen.params, frozen.intermediate_values = dict(trial.params), dict(trial.intermediate_values)
    frozen.user_attrs, frozen.system_attrs = dict(trial.user_attrs), dict(trial.system_attrs)
    return frozen


def names(where: str | None) -> list[str]:
    """Every study stored there, each generation of it."""
    storage = open_storage(where, reading=True)
    with storage_errors(where), quiet():
        return sorted(_stored(storage), key=_split)


def read(where: str | None, name: str, generation: int | None = None) -> History:
    """All that is stored of a study: its newest generation unless told otherwise. Writes nothing."""
    storage = open_storage(where, reading=True)
    with storage_errors(where), quiet():
        full_name = find(storage, where, name, generation)
        study_id = storage.get_study_id_from_name(full_name)
        with as_stored(full_name):
            trials = storage.get_all_trials(study_id, deepcopy=False)
        return _history(full_name, storage.get_study_user_attrs(study_id), trials)


def find(storage: BaseStorage, where: str | None, name: str, generation: int | None = None) -> str:
    """The full name of a study's newest generation, or of this one. WorkbenchError where there is none."""
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
    return _join(base, wanted)


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
    with as_stored(name):
        return _checked(name, attributes, trials)


def _checked(name: str, attributes: Mapping[str, Any], trials: list[FrozenTrial]) -> History:
    """The history. ValueError and its like where it is none: a study's name becomes that of a folder."""
    ours = {key.removeprefix(PREFIX): value for key, value in attributes.items() if key.startswith(PREFIX)}
    spec = ours.pop("spec")
    ours.pop("identity", None)
    if not NAME.fullmatch(spec["name"]) or not NAME.fullmatch(_split(name)[0]):
        raise ValueError(f"{spec['name']!r} is not the name of a study")
    space, points, metric = _space(spec["space"]), enqueued(spec), objective(spec).name
    measured = ours.get("metrics", {}).get("validation", {})
    rows = (_row(trial, space, points, metric, measured.get(str(trial.number), {})) for trial in trials)
    return History(name, _split(name)[1], spec, ours, tuple(rows))


def enqueued(spec: Mapping[str, Any]) -> tuple[Enqueued, ...]:
    """The points that are the first trials, as `StudySpec.resolved` wrote them."""
    tables = [dict(table) for table in spec.get("enqueue", ())]
    return tuple(Enqueued(name=table.pop("name"), point=table) for table in tables)


def space_of(history: History) -> Space:
    """The space that a history's points were drawn from."""
    return _space(history.spec["space"])


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
            {f"best_{name}" if name == "epoch" else name: value for name, value in _told(best).items()}
            if best
            else {}
        ),
        **({"folds": list(outcome.folds)} if outcome.folds else {}),
        "parameters": outcome.parameters,
        "seconds": round(outcome.seconds, 3),
        "curve": to_columns(outcome.curve),
    }


_SUMMED = {"ended", "reason", "duplicate_of", "enqueued", "folds", "parameters", "seconds", "curve", "best_epoch"}
_SUMMED |= {*MEASURED, "value"}


def _sum(trial: FrozenTrial, state: TrialState) -> str:
    """The digest of all that is told of a trial: not of when it was, not of what was reported on the way (by a host
    that died, it may be more), and not of what others note there."""
    told = {name: value for name, value in trial.user_attrs.items() if name in _SUMMED}
    # A storage gives 1.0 back where 1 was enqueued for a range of floats.
    ranges = {name for name, kind in trial.distributions.items() if not isinstance(kind, CategoricalDistribution)}
    point = {name: float(value) if name in ranges else value for name, value in trial.params.items()}
    return integrity.digest(strict([trial.number, STATES[state], point, told]))


def _told(best: Epoch) -> dict[str, Any]:
    """What was measured: of a study by accuracy there is no further value."""
    return {name: value for name, value in asdict(best).items() if value is not None}


def _row(
    trial: FrozenTrial,
    space: Space,
    first: Sequence[Enqueued],
    metric: str,
    metrics: Mapping[str, float] | None = None,
) -> Row:
    said = trial.user_attrs
    # Of a trial that a kill cut short in the middle of its telling, a part is there: it will be told again.
    if trial.state.is_finished() and said.get(integrity.SUM, "") not in ("", _sum(trial, trial.state)):
        raise WorkbenchError(
            f"trial {trial.number} is not as it was stored: damaged, or changed since",
            hint="put back a copy of the storage, or begin anew: workbench tune --fresh",
        )
    given = first[trial.number] if trial.number < len(first) else None
    row = Row(
        number=trial.number,
        state=STATES[trial.state],
        value=None,
        point=_point(trial.params, space) if given is None else given.point,
        curve=from_columns(said["curve"]) if "curve" in said else (),
        ended=said.get("ended"),
        reason=said.get("reason", ""),
        seconds=float(said.get("seconds", 0.0)),
        parameters=said.get("parameters", 0),
        duplicate_of=said.get("duplicate_of"),
        started=_utc(trial.datetime_start),
        finished=_utc(trial.datetime_complete),
        enqueued=None if given is None else given.name,
        outside=given is not None and not inside(space, given.point),
        folds=tuple(said.get("folds", ())),
        metric=metric,
        metrics=metrics or {},
    )
    reached = row.best.objective if row.best else math.nan
    return replace(row, value=reached if math.isfinite(reached) else None)


def _point(flat: Mapping[str, Value], space: Space) -> Point:
    try:
        return draw(space, lambda name, _: flat[name])
    except KeyError:  # the process died while the point was drawn
        return {}


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
