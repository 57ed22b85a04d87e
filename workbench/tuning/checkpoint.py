"""best.pt and best.json: the recommended network's weights, and all that rebuilds it.

While a study is searched they are those of the best trial's best epoch, in the end those of the final training.
`best.json` is written last and carries the digest of `best.pt`: a pair cut apart by a kill is not taken for whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench import atomic
from workbench.data.splits import DataInfo
from workbench.errors import WorkbenchError
from workbench.models import saved
from workbench.models.saved import Weights
from workbench.study.space import Point
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch
from workbench.study.user_code import is_reference


def network(spec: StudySpec, info: DataInfo, point: Point, best: Epoch) -> dict[str, Any]:
    """What best.json says of a network: what rebuilds it, its data, and what its trial's best epoch reached."""
    family = spec.model.family
    return {
        "task": spec.task,
        "loss": spec.trained_with,
        "family": family,
        "folder": str(spec.folder) if is_reference(family) else None,
        "point": point,
        "input_shape": list(info.input_shape),
        "outputs": info.outputs,
        "standardize": {"mean": info.mean, "deviation": info.deviation},
        "data": info.beside_a_network(),
        "metric": spec.objective.name,
        "validation": {"accuracy": best.validation_accuracy, "loss": best.validation_loss}
        | ({} if best.value is None else {spec.objective.name: best.value}),
    }


def save(folder: Path, weights: Weights, about: dict[str, Any]) -> None:
    """Write both files, each whole or not at all."""
    said, content = saved.written(about, weights)
    atomic.write(folder / "best.pt", content)
    atomic.write(folder / "best.json", said)


def kept(folder: Path, **wanted: Any) -> bool:
    """Whether both files are there, are whole, and best.json says all this."""
    try:
        about, _ = read(folder)
    except WorkbenchError:
        return False
    return all(about.get(name) == value for name, value in wanted.items())


def read(folder: Path) -> tuple[dict[str, Any], Weights]:
    """What best.json says, and the weights in best.pt. WorkbenchError where they are not there, or not whole."""
    return saved.read(folder / "best.json")
