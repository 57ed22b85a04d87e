"""Which network `workbench train` trains: a stored trial's, one that --set fixes, or what is nearest at hand."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import torch

    from workbench.data.splits import Splits
    from workbench.store.history import History, Row
    from workbench.study.course import Course
    from workbench.study.space import Point
    from workbench.study.spec import StudySpec
    from workbench.tuning.serial_trainer import State


@dataclass(frozen=True)
class Plan:
    """One training. Its seeds are those of the trial, or of trial 0, which an enqueued point is."""

    study: str
    spec: StudySpec
    point: Point
    trial: int | None
    seed: int
    order_seed: int
    said: tuple[str, ...]  # where the point comes from, and what else should be known of it
    stored: tuple[History, Row] | None = None  # the trial whose curve is to come out again
    course: Course | None = None  # what was seen of it before, where it goes on
    start: State | None = None
    data_md5: str | None = None  # of the examples that it goes on with

    @property
    def epochs(self) -> int:
        from workbench.study.vocabulary import TRAINER, settings

        epochs = settings(TRAINER, self.point)["epochs"]
        assert isinstance(epochs, int)
        return epochs

    @property
    def can_be_longer(self) -> bool:
        """Whether more epochs would have begun as these did: not where a schedule is laid out over them all."""
        return self.point.get("lr_schedule") not in ("cosine", "one-cycle")

    def data(self, device: torch.device) -> Splits:
        """The examples. WorkbenchError where they are not those of the trial, or of the training that goes on."""
        from workbench.exporting import retraining
        from workbench.tuning import examples

        if self.stored is not None:
            return retraining.data_of(*self._of_the_trial(), device)
        data, _ = examples.load(self.spec, device)
        if self.data_md5 not in (None, data.info.md5):
            raise WorkbenchError(
                f"{self.study}: the data are not those that the training began with (md5 {data.info.md5}, then "
                f"{self.data_md5})",
                hint="put the old data back, or train anew without --resume",
            )
        return data

    def _of_the_trial(self) -> tuple[History, StudySpec, Row]:
        assert self.stored is not None
        history, row = self.stored
        return history, self.spec, row

    def repeats(self) -> bool:
        """Whether the stored trial's curve is to come out again."""
        return self.stored is not None and self.stored[1].point == self.point and self._own_seed

    @property
    def _own_seed(self) -> bool:
        from workbench.study.seeds import derive

        assert self.stored is not None
        history, row = self.stored
        return self.seed == derive(int(history.spec["search"]["seed"]), "trial", row.number)


def plan(options: argparse.Namespace) -> Plan:
    """The training that the options ask for. WorkbenchError where they exclude each other, or name nothing."""
    if options.resume is not None:
        return _resumed(options)
    if options.study is None:
        raise WorkbenchError(
            "train needs a study", hint="workbench train --study NAME; workbench studies lists them"
        )
    if options.trial is not None and options.assignments:
        raise WorkbenchError(
            f"--trial {options.trial} and --set exclude each other: a trial has its point",
            hint="leave one of them out; --epochs and --seed go with both",
        )
    if options.trial is not None:
        history = _history(options)
        return _of_trial(options, history, options.trial, f"trial {options.trial} of {history.study}")
    if options.assignments:
        return _of_words(options)
    return _nearest(options)


# -- a stored trial -------------------------------------------------------------------------------------------


def _history(options: argparse.Namespace) -> History:
    from workbench.cli.report import stored_name
    from workbench.store import trials
    from workbench.store.storage import chosen

    return trials.read(chosen(options.storage), stored_name(options.study))


def _of_trial(options: argparse.Namespace, history: History, number: int, said: str) -> Plan:
    from workbench.cli.export import home
    from workbench.exporting import retraining
    from workbench.reporting import words

    row = retraining.trial_of(history, number, diverged=True)
    notes = [said]
    if row.number != number:
        notes.append(f"trial {number} repeats the point of trial {row.number}, whose training it is")
    if row.ended in ("pruned", "diverged"):
        last = f"after epoch {len(row.curve)} of {words.value(row.point.get('epochs'))}"
        notes.append(
            f"it was pruned {last}, and is trained to the end here"
            if row.ended == "pruned"
            else f"it diverged {last}"
        )
    spec = retraining.spec_of(history, home(options.study))
    found = _seeded(options, history.study, spec, row.point, row.number, tuple(notes))
    return replace(found, stored=(history, row))


def _seeded(
    options: argparse.Namespace, study: str, spec: StudySpec, point: Point, trial: int | None, said: tuple[str, ...]
) -> Plan:
    """With the seeds of that trial; --seed and --epochs in force."""
    from workbench.study.seeds import derive

    seed = spec.search.seed if options.seed is None else options.seed
    if options.seed is not None and options.seed != spec.search.seed:
        said = (*said, f"seed {seed} in place of the study's {spec.search.seed}")
    found = Plan(study, spec, point, trial, derive(seed, "trial", trial or 0), derive(seed, "order"), said)
    if options.epochs is None or options.epochs == found.epochs:
        return found
    falls = "" if found.can_be_longer else f"; lr_schedule {point['lr_schedule']} is laid out anew"
    said = (*said, f"{options.epochs} epochs in place of {found.epochs}{falls}")
    return replace(found, point=point | {"epochs": options.epochs}, said=said)


# -- without a stored trial -----------------------------------------------------------------------------------


def _of_words(options: argparse.Namespace) -> Plan:
    """The study's own fixed words, those of --set, and for the rest the defaults: a point as [[enqueue]] has it."""
    from workbench.reporting import words
    from workbench.study import overrides
    from workbench.study.check import check
    from workbench.study.load import StudyFileError, resolve
    from workbench.study.shelf import read
    from workbench.study.space import Fixed, middle
    from workbench.study.user_code import named_by_a_study_file

    path = resolve(options.study)
    table = read(path)
    given: dict[str, Any] = {}
    for assignment in options.assignments:
        keys, value = overrides.split(assignment)
        if keys[0] == "space" and len(keys) == 2:
            given[keys[1]] = value
        elif keys[0] == "space":
            raise WorkbenchError(
                f"--set {assignment}: one network has one value, not a range",
                hint=f"write --set space.{keys[1]}=VALUE",
            )
        else:
            overrides.apply(table, [assignment])
    table["enqueue"] = [{"name": "--set", **given}]
    spec, mistakes = check(table, path.resolve().parent)
    if spec is None:
        at_the_point = "enqueue.1."
        raise StudyFileError(
            [
                replace(one, path=f"space.{one.path.removeprefix(at_the_point)}", source="--set")
                if one.path.startswith(at_the_point)
                else replace(one, source=str(path))
                for one in mistakes
            ]
        )
    named_by_a_study_file(spec.code, spec.folder)
    point = dict(spec.enqueue[0].point)
    fixed = [name for name, one in spec.space.items() if isinstance(one, Fixed) and name not in given]
    centre = {
        name: value for name, value in middle(spec.space).items() if name not in point and _needed(spec, name)
    }
    groups = {
        "set": [name for name in point if name in given],
        "from the study file": [name for name in point if name in fixed],
        "not set, so the default": [name for name in point if name not in given and name not in fixed],
    }
    point |= centre
    said = [
        f"{what}: {', '.join(f'{one} = {words.value(point[one])}' for one in names)}"
        for what, names in groups.items()
        if names
    ]
    if centre:
        said.append(f"not set and without a default, so the middle of the range: {listed(centre)}")
    return _seeded(options, spec.name, spec, point, None, ("the network that --set asks for", *said))


def _needed(spec: StudySpec, name: str) -> bool:
    """Whether a word is one of the user's own function, whose defaults are not known here."""
    from workbench.study.user_code import is_reference
    from workbench.study.vocabulary import TRAINER

    return is_reference(spec.model.family) and name not in TRAINER


def _nearest(options: argparse.Namespace) -> Plan:
    """The first enqueued point, else the trial that is recommended, else the middle of the space."""
    from workbench import confidence
    from workbench.study.load import load
    from workbench.study.space import middle

    spec = load(options.study)
    if spec.enqueue:
        first = spec.enqueue[0]
        return _seeded(
            options, spec.name, spec, first.point, 0, (f"the study's first enqueued point: {first.name}",)
        )
    try:
        history = _history(options)
        row = confidence.recommended(history)
        why = "" if row else f"no trial of {history.study} has been completed"
    except WorkbenchError as error:
        row, why = None, error.message
    if row is not None:
        return _of_trial(
            options, history, row.number, f"trial {row.number}, which is recommended of {history.study}"
        )
    return _seeded(options, spec.name, spec, middle(spec.space), None, (f"the middle of the space: {why}",))


def listed(point: Point) -> str:
    """The point in one line."""
    from workbench.reporting import words

    return ", ".join(f"{name} = {words.value(value)}" for name, value in point.items())


# -- one that goes on -----------------------------------------------------------------------------------------


def _resumed(options: argparse.Namespace) -> Plan:
    from workbench.cli.report import stored_name
    from workbench.study.check import check
    from workbench.study.user_code import check_named
    from workbench.tuning import model_file

    path = Path(options.resume)
    for given, name in (
        (options.trial, "--trial"),
        (options.assignments or None, "--set"),
        (options.seed, "--seed"),
    ):
        if given is not None:
            raise WorkbenchError(f"--resume and {name} exclude each other: {path} has its point and seed")
    about, start, course = model_file.read(path)
    if options.study is not None and stored_name(options.study) not in (about.study, about.spec["name"]):
        raise WorkbenchError(
            f"{path} is of the study {about.study}, not of {stored_name(options.study)}",
            hint=f"workbench train --study {about.study} --resume {path}",
        )
    spec, mistakes = check(about.spec, Path(about.folder))
    if spec is None:
        raise WorkbenchError("\n".join([f"the study in {path}:", *map(str, mistakes)]))
    check_named(spec.code, spec.folder, str(path))
    found = Plan(
        about.study, spec, about.point, about.trial, about.seed, about.order_seed,
        (f"goes on from {path}, after epoch {start.epoch}",), course=course, start=start, data_md5=about.data,
    )  # fmt: skip
    wanted = found.epochs if options.epochs is None else options.epochs
    if wanted != found.epochs and not found.can_be_longer:
        raise WorkbenchError(
            f"{path}: its learning rates are laid out over {found.epochs} epochs (lr_schedule "
            f"{about.point['lr_schedule']}); {wanted} would have had others from the first update on",
            hint=f"train anew with --epochs {wanted}"
            + (
                f", or leave --epochs out: {found.epochs - start.epoch} are left"
                if start.epoch < found.epochs
                else ""
            ),
        )
    if wanted <= start.epoch:
        raise WorkbenchError(
            f"{path} has {start.epoch} epochs behind it, and {wanted} were asked for",
            hint=f"say how many it is to have in the end: --epochs {2 * start.epoch}",
        )
    return replace(found, point=about.point | {"epochs": wanted})
