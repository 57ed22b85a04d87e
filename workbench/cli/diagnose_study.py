"""The part of `workbench diagnose` that looks at studies: one in full, or all of them, a line each. Loads torch."""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def every(*, strict: bool) -> int:
    """A line for each study, and one about the environment."""
    from workbench.data.sources import DataMissing
    from workbench.diagnostics.engine import unseen
    from workbench.study import shelf

    shipped = set(shelf.shipped())
    found = shelf.available()
    names = [name for name, path in found.items() if path not in shipped] or list(found)
    width = max((len(name) for name in names), default=0)
    worst = 0
    for name in names:
        try:
            report = one(name)
            if (problem := unseen(report)) is not None:
                raise problem
        except DataMissing as error:  # nothing is wrong with the study
            code, told = 0, f"not looked at: {_first(error)}"
        except WorkbenchError as error:
            code, told = 2, f"could not be looked at: {_first(error)}"
        else:
            code, told = (1 if report.errors or (strict and report.findings) else 0), _line(report)
        worst = max(worst, code)
        sys.stdout.write(f"{name:<{width}}  {told}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{_environment()}\n")
    return worst


def _first(error: WorkbenchError) -> str:
    return error.message.splitlines()[0]


def _line(report: Report) -> str:
    if not report.findings:
        return f"no fault found ({report.trace.seconds:.1f} s)"
    first, more = report.findings[0], len(report.findings) - 1
    return f"{first.severity}: {first.rule}: {first.message}" + (f" (and {more} more)" if more else "")


def _environment() -> str:
    import torch

    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    versions = [f"{name} {version(name)}" for name in ("torch", "optuna")]
    return (
        f"python {platform.python_version()}, {', '.join(versions)}; {device}, {torch.get_num_threads()} threads; "
        f"data: {', '.join(_data())}"
    )


def _data() -> Iterator[str]:
    from workbench.data.image_files import there

    yield "digits, circles, blobs"
    for name, dataset in (("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")):
        yield name if there(dataset) else f"{name} missing"


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
