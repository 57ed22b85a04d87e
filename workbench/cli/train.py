"""workbench train: one network of a study, watched while it learns; its pictures, and a file to go on from."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import nullcontext, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli import INTERRUPTED

if TYPE_CHECKING:
    from workbench.cli.train_point import Plan
    from workbench.study.trial import Epoch
    from workbench.tuning.interruption import Interruption
    from workbench.tuning.serial_trainer import State
    from workbench.tuning.watching import Ending, Watcher

NOT_TRAINED = 1  # it diverged, or its network failed


def add_to(commands: Any) -> None:
    """The arguments of `workbench train`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="watch one network of a study learn",
        description="Train one network of a study and watch it: live curves, then pictures of its curves, decision "
        "boundaries, mistakes, activations and gradients. Without --trial and --set it is the study's first "
        "enqueued point, else the recommended trial, else the middle of the space.",
    )
    parser.add_argument("--study", metavar="NAME", help="a study's name, or the path of its .toml file")
    which = parser.add_argument_group("which network")
    which.add_argument("--trial", type=_number, metavar="N", help="that of this trial: its point, seed and order")
    which.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments",
        help="fix a word, e.g. --set space.lr=0.1 (may be repeated); what is searched and not set has its default",
    )  # fmt: skip
    which.add_argument("--resume", metavar="FILE", help="go on from a file of --save")
    which.add_argument("--epochs", type=_positive, metavar="N", help="so many epochs in all")
    which.add_argument("--seed", type=_number, metavar="N", help="in place of the study's (search.seed)")
    where = parser.add_argument_group("where")
    where.add_argument("--save", metavar="FILE", help="keep weights, optimizer and generators, for --resume")
    where.add_argument("--out", metavar="DIR", help="where the pictures go (default: reports/STUDY/train)")
    where.add_argument(
        "--storage", metavar="URL",
        help="where the study is stored (default: $WORKBENCH_STORAGE, else workbench.journal)",
    )  # fmt: skip
    where.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: auto)")
    parser.add_argument("--quiet", action="store_true", help="no curves on the way")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Plan, train, draw. SIGTERM and a closed terminal are what Ctrl-C is."""
    from workbench.tuning.interruption import Interruption

    # What a user's own network or data prints must not stand beside the one JSON object.
    apart = redirect_stdout(sys.stderr) if options.json else nullcontext()
    with Interruption() as interruption:
        with apart:
            result, lines, code = _train(options, interruption)
        if options.json:
            from workbench.store.history import strict

            print(json.dumps(strict(result), allow_nan=False))  # noqa: T201 - the result
        else:
            print("\n".join(lines))  # noqa: T201
        return code


def _train(options: argparse.Namespace, interruption: Interruption) -> tuple[dict[str, Any], list[str], int]:
    from workbench import atomic
    from workbench.cli import train_point
    from workbench.reporting.live_curves import LiveCurves
    from workbench.study.seeds import derive
    from workbench.study.space import Fixed
    from workbench.tuning import devices

    plan = train_point.plan(options)
    device = devices.choose(options.device)
    _check_places(options)
    notes = [f"{plan.study}: {plan.said[0]}", *plan.said[1:]]
    if not options.assignments:  # which told each value, and where it comes from
        notes.append(train_point.listed(plan.point))

    from workbench.models import family
    from workbench.tuning.engine import check_batches, check_metric
    from workbench.tuning.serial_trainer import SerialTrainer
    from workbench.tuning.trainer import Lane
    from workbench.tuning.watching import Watcher

    data = plan.data(device)
    seed = plan.seed
    if data.folds is not None:
        notes.append(f"the first of {data.folds.count} folds; the study's numbers are means over them all")
        data, seed = data.folds.fold(0), derive(seed, "fold", 0)
    folder = Path(options.out) if options.out else Path("reports") / _shelf(plan, data.info.stand_in) / "train"
    atomic.check_folder(folder)
    notes += data.info.notes if data.info.stand_in else ()
    if not options.quiet:
        print("\n".join(notes), file=sys.stderr)  # noqa: T201
    spec = plan.spec.model_copy(
        update={"space": {name: Fixed(value=value) for name, value in plan.point.items()}, "enqueue": ()}
    )  # one point is a space, too
    check_batches(spec, data)
    check_metric(spec, data)
    family.check(spec, data.info.input_shape, data.info.outputs)
    trainer = SerialTrainer(
        task=spec.task, family=spec.model.family, folder=spec.folder, order_seed=plan.order_seed, device=device,
        loss=spec.loss, metric=spec.objective.name,
    )  # fmt: skip
    watcher = Watcher(trainer, Lane(plan.trial or 0, plan.point, seed), data, plan.course, plan.start)
    keeper = _Keeper(options.save, plan, data.info.md5, watcher) if options.save else None
    with LiveCurves(_title(plan), plan.epochs, quiet=options.quiet) as curves:
        curves.begin(watcher.course)
        ending = watcher.run(interruption, curves.epoch_done, keeper.keep if keeper else None)
    kept = keeper.finish() if keeper else None
    pictures = _draw(watcher, ending, folder)
    result = _result(plan, ending, watcher, pictures, kept, notes)
    code = INTERRUPTED if ending.ended == "interrupted" else 0 if ending.ended == "complete" else NOT_TRAINED
    return result, _told(plan, ending, watcher, result, options.save), code


def _shelf(plan: Plan, stand_in: bool) -> str:
    """The study's folder; results of a stand-in lie apart, as those of `tune` do."""
    name = plan.spec.name
    return f"{name}-standin" if stand_in and not name.endswith("-standin") else name


def _check_places(options: argparse.Namespace) -> None:
    """What would otherwise go wrong when all is trained."""
    from importlib.util import find_spec

    from workbench import atomic
    from workbench.errors import WorkbenchError

    if find_spec("matplotlib") is None:
        raise WorkbenchError(
            "matplotlib, which draws the pictures, is not installed", hint='pip install "matplotlib>=3.9,<4"'
        )
    if options.out:
        atomic.check_folder(Path(options.out))
    if options.save:
        path = Path(options.save)
        if path.is_dir():
            raise WorkbenchError(
                f"--save {path}: this is a folder", hint=f"name a file: --save {path / 'model.pt'}"
            )
        atomic.check_folder(path.parent)


class _Keeper:
    """Writes model.pt: at the end, and now and then before it, for no signal announces that a machine stops."""

    EVERY = 60.0  # seconds

    def __init__(self, path: str, plan: Plan, data: str, watcher: Watcher) -> None:
        import torch

        from workbench.tuning.model_file import About

        self.path, self._watcher = Path(path), watcher
        self._about = About(
            plan.study, plan.spec.resolved(), str(plan.spec.folder), plan.point, plan.trial, plan.seed,
            plan.order_seed, data, str(torch.__version__),
        )  # fmt: skip
        self._state: State | None = None
        self._written = time.monotonic()

    def keep(self, state: State) -> None:
        """The last state is what the file is to hold."""
        from workbench.errors import WorkbenchError

        self._state = state
        if time.monotonic() - self._written > self.EVERY:
            self._written = time.monotonic()
            with suppress(WorkbenchError):  # a full disk may have room again by the end
                self.finish()

    def finish(self) -> int | None:
        """Write it; the epoch that it holds, None where no sound epoch has ended."""
        from workbench.tuning import model_file

        if self._state is None:
            return None
        model_file.write(self.path, self._about, self._state, self._watcher.course)
        return self._state.epoch


def _draw(watcher: Watcher, ending: Ending, folder: Path) -> dict[str, Path]:
    """All pictures are made before the first is written; those of another training that are none of this go."""
    from workbench import atomic
    from workbench.reporting import training_pictures

    if not watcher.began or not watcher.course.curve:
        return {}
    sound = ending.ended in ("complete", "interrupted")
    planes, beside = watcher.planes() or (None, ())
    seen = training_pictures.Seen(watcher.course, watcher.evidence() if sound else {}, planes, beside)
    drawn = training_pictures.draw(seen)
    for name, content in drawn.items():
        atomic.write(folder / name, content)
    for name in set(training_pictures.TITLES) - set(drawn):
        (folder / name).unlink(missing_ok=True)
    return {name: folder / name for name in drawn}


# -- what is said of it ---------------------------------------------------------------------------------------


def _title(plan: Plan) -> str:
    return plan.study if plan.trial is None else f"{plan.study}, trial {plan.trial}"


def _result(
    plan: Plan, ending: Ending, watcher: Watcher, pictures: dict[str, Path], kept: int | None, notes: list[str]
) -> dict[str, Any]:
    from dataclasses import asdict

    from workbench.study.trial import best_of

    curve = watcher.course.curve
    best = best_of(curve, plan.spec.objective.name)
    return {
        "study": plan.study,
        "trial": plan.trial,
        "point": plan.point,
        "seed": plan.seed,
        "ended": ending.ended,
        "reason": ending.reason,
        "epochs": plan.epochs,
        "parameters": watcher.parameters,
        "seconds": round(ending.seconds, 3),
        "best_epoch": best.epoch if best else None,
        "repeats": _repeats(plan, curve),
        "curve": [asdict(epoch) for epoch in curve],
        "pictures": {name: str(path) for name, path in pictures.items()},
        "saved_epoch": kept,
        "notes": notes,
    }


def _repeats(plan: Plan, curve: list[Epoch]) -> bool | None:
    """Whether the stored trial's epochs came out again to the last digit; None where they were not to."""
    if plan.stored is None or not plan.repeats() or plan.spec.data.folds:
        return None
    before = plan.stored[1].curve
    return all(ours == theirs for ours, theirs in zip(curve, before, strict=False)) if curve else None


def _told(plan: Plan, ending: Ending, watcher: Watcher, result: dict[str, Any], save: str | None) -> list[str]:
    from workbench.reporting import words
    from workbench.reporting.training_pictures import TITLES

    curve = watcher.course.curve
    how = {
        "complete": f"{words.count(len(curve), 'epoch')} in {words.duration(ending.seconds)}",
        "diverged": f"diverged: {ending.reason}",
        "failed": f"failed after {words.count(len(curve), 'epoch')} of {plan.epochs}: {ending.reason}",
        "interrupted": f"interrupted after {len(curve)} of {words.count(plan.epochs, 'epoch')}",
    }[ending.ended]
    lines = [f"{_title(plan)}: {how}; {words.count(watcher.parameters, 'parameter')}"]
    if not curve:
        return [*lines, "nothing was written: no epoch had ended"]
    last, best, metric = curve[-1], curve[(result["best_epoch"] or 1) - 1], plan.spec.objective
    lines.append(
        f"validation {metric.words} {words.measured(metric, last.objective)} after epoch {last.epoch}; best "
        f"{words.measured(metric, best.objective)} in epoch {best.epoch}"
    )
    lines += _compared(plan, curve, result["repeats"])
    for name, path in result["pictures"].items():
        lines.append(f"  {path}  {TITLES[name]}")
    if (at := result["saved_epoch"]) is not None:
        lines.append(f"  {save}  weights, optimizer and generators after epoch {at}")
        if at < plan.epochs or plan.can_be_longer:
            more = "" if at < plan.epochs else f" --epochs {2 * plan.epochs}"
            lines.append(f"next:\n  workbench train --resume {save}{more} --save {save}")
    return lines


def _compared(plan: Plan, curve: list[Epoch], repeats: bool | None) -> list[str]:
    """What became of the stored trial's curve."""
    from workbench.reporting import words

    if repeats is None or plan.stored is None:
        return []
    history, row = plan.stored
    epochs = words.count(min(len(curve), len(row.curve)), "epoch")
    if repeats:
        return [f"the {epochs} that are stored of trial {row.number} came out again, to the last digit"]
    pairs = list(zip(curve, row.curve, strict=False))
    accuracy = max(abs(ours.validation_accuracy - theirs.validation_accuracy) for ours, theirs in pairs)
    loss = max(abs(ours.validation_loss - theirs.validation_loss) for ours, theirs in pairs)
    fused = str(history.facts.get("engine")).startswith("fused")
    why = (
        "they were trained as one program with others, which rounds otherwise"
        if fused
        else ("another machine, device or version of torch")
    )
    return [
        f"the {epochs} that are stored of trial {row.number} came out again, but not to the last digit ({why}): "
        f"validation loss at most {loss:.1g} apart, accuracy {words.points(accuracy)} points"
    ]


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of epochs")
    return int(text)
