"""The part of `workbench diagnose` that looks at studies: one in full, or all of them, a line each. Loads torch."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import workbench
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.data.splits import Splits
    from workbench.diagnostics.engine import Report
    from workbench.study.spec import StudySpec

BEFORE_TUNING = 4.0  # seconds after which the gate begins no further point


def one(name: str, *, select: Collection[str] = (), ignore: Collection[str] = (), seconds: float = 60.0) -> Report:
    """The report on a study."""
    from workbench.diagnostics.studies import diagnose_study
    from workbench.models import family
    from workbench.study import shelf
    from workbench.study.load import load
    from workbench.tuning import examples
    from workbench.tuning.serial_trainer import make_optimizer

    spec = load(name)
    data, _ = examples.load(spec, "cpu")
    family.check(spec, data.info.input_shape, data.info.outputs)
    wishes: dict[str, Any] = {"seconds": seconds, "select": select, "ignore": ignore}
    return diagnose_study(spec, data, make_optimizer, file=shelf.resolve(name), **wishes)


def every(*, strict: bool, as_json: bool, **rules: Any) -> int:
    """A line for each study and one about the environment; or all of it as one JSON object.

    The exit code is the worst of the studies'.
    """
    from workbench.diagnostics.engine import chosen
    from workbench.study import shelf

    chosen(rules["select"], rules["ignore"])  # a rule that does not exist is the command's mistake, not a study's
    shipped = set(shelf.shipped())
    found = shelf.available()
    names = [name for name, path in found.items() if path not in shipped] or list(found)
    width = max((len(name) for name in names), default=0)
    looked = []
    for name in names:
        looked.append(_look(name, strict=strict, **rules))
        if not as_json:
            sys.stdout.write(f"{name:<{width}}  {looked[-1].line}\n")
            sys.stdout.flush()
    if as_json:
        sys.stdout.write(_as_json(looked))
    else:
        sys.stdout.write(f"{_environment_line()}\n")
    return max((each.code for each in looked), default=0)


@dataclass(frozen=True)
class Looked:
    """What came of a study: its exit code, in words, and the report where there is one."""

    name: str
    code: int
    line: str
    report: Report | None = None
    reason: str | None = None  # why there is none


def _look(name: str, *, strict: bool, **rules: Any) -> Looked:
    from workbench.data.sources import DataMissing
    from workbench.diagnostics.unseen import unseen

    try:
        report = one(name, **rules)
        if (problem := unseen(report)) is not None:
            raise problem
    except DataMissing as error:  # nothing is wrong with the study
        return Looked(name, 0, f"not looked at: {_first(error)}", reason=_first(error))
    except WorkbenchError as error:
        return Looked(name, 2, f"could not be looked at: {_first(error)}", reason=_first(error))
    return Looked(name, 1 if report.errors or (strict and report.findings) else 0, _line(report), report)


def _as_json(looked: list[Looked]) -> str:
    """{"studies": [{"study", "code", "reason", "report"}], "environment": {...}}."""
    from workbench.diagnostics.output import as_dict, finite

    studies = [
        {
            "study": each.name,
            "code": each.code,
            "reason": each.reason,
            "report": None if each.report is None else as_dict(each.report),
        }
        for each in looked
    ]
    return json.dumps(finite({"studies": studies, "environment": _environment()}), allow_nan=False) + "\n"


def _first(error: WorkbenchError) -> str:
    return error.message.splitlines()[0]


def _line(report: Report) -> str:
    if not report.findings:
        return f"no fault found ({report.trace.seconds:.1f} s)"
    first, more = report.findings[0], len(report.findings) - 1
    return f"{first.severity}: {first.rule}: {first.message}" + (f" (and {more} more)" if more else "")


def _environment() -> dict[str, Any]:
    """Versions, the device that "auto" takes, threads, and which data are there."""
    import torch

    gpu = torch.cuda.is_available()
    names = ("torch", "torchvision", "optuna", "scikit-learn")
    return {
        "workbench": workbench.__version__,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        **{name: version(name) for name in names},
        "device": torch.cuda.get_device_name(0) if gpu else "cpu",
        "cuda": torch.version.cuda if gpu else None,
        "threads": torch.get_num_threads(),
        "data": _data(),
    }


def _environment_line() -> str:
    told = _environment()
    versions = [f"{name} {told[name]}" for name in ("workbench", "python", "torch", "torchvision", "optuna")]
    device = "no GPU" if told["cuda"] is None else f"{told['device']} (CUDA {told['cuda']})"
    data = ", ".join(name if there else f"{name} missing" for name, there in told["data"].items())
    return f"{', '.join(versions)}; {told['system']}; {device}, {told['threads']} threads; data: {data}"


def _data() -> dict[str, bool]:
    """Which sources need no download."""
    from workbench.data.image_files import there

    return {
        **dict.fromkeys(("digits", "circles", "blobs"), True),
        "mnist": there("MNIST"),
        "fashion-mnist": there("FashionMNIST"),
    }


class Gate:
    """Looks at a study before `workbench tune` spends anything on it."""

    def __init__(self, file: Path, *, wanted: bool) -> None:
        self.file, self.wanted = file, wanted
        self.report: Report | None = None

    def __call__(self, spec: StudySpec, data: Splits, before: dict[str, Any] | None) -> dict[str, Any]:
        """What is to be remembered of it."""
        from workbench.diagnostics import studies
        from workbench.tuning.serial_trainer import make_optimizer

        if (
            before is not None
            and before.get("key") == studies.key(spec)
            and before["outcome"] in ("clean", "warnings")
        ):
            return before
        if not self.wanted:
            return {"outcome": "skipped"}
        self.report = studies.diagnose_study(spec, data, make_optimizer, file=self.file, seconds=BEFORE_TUNING)
        return studies.outcome(self.report, spec)
