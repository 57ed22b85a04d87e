"""StudySpec: one study file, checked. Frozen: what a run needs is here, and nothing changes it on the way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, PositiveInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from workbench.study.metric import METRICS, PARAMETERS, Metric
from workbench.study.space import Fixed, Parameter, Point
from workbench.study.user_code import is_reference

Task = Literal["binary", "multiclass", "multilabel"]
Loss = Literal["cross-entropy", "nll"]
Sampler = Literal["tpe", "random", "qmc", "gp", "cmaes", "grid", "nsga2"]
Pruner = Literal["hyperband", "median", "halving", "none"]


FOLDS = r"^([2-9]|1[0-9]|20)-fold$"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # of a study, which is a folder's name, too


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class DataSpec(_Section):
    """Where examples come from, and how many of them go where."""

    source: str = Field(description='a registered data set, a path, or "file.py:function"')
    positive: list[int | str] | None = Field(
        None, description="task = binary on data with classes: these, by number or name, are 1, the others 0"
    )
    target: str | list[str] | None = Field(
        None, description="tables: the column of the label; of multilabel a list of columns"
    )
    impute: Literal["median", "most-frequent"] | None = Field(
        None, description="tables: what fills a missing value, from the training part; omitted: it is an error"
    )
    features: dict[str, Literal["number", "category", "drop"]] | None = Field(
        None, description="tables: how a column is taken, where the guess is wrong"
    )
    root: str | None = Field(None, description="folder that holds image data; $WORKBENCH_DATA comes first")
    size: PositiveInt | Annotated[list[PositiveInt], Field(min_length=2, max_length=2)] | None = Field(
        None, description="folders of images: all are resized to this height and width, or to [height, width]"
    )
    channels: Literal[1, 3] | None = Field(
        None, description="folders of images: 1 turns them all to grey, 3 to colour"
    )
    train: PositiveInt | None = Field(
        None, description="number of training examples, the first ones; omitted: all that validation leaves"
    )
    validation: Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=FOLDS)] | None = Field(
        None,
        description="number of validation examples, those that follow; omitted: a fifth of what there is; "
        'or "5-fold": cross-validation on all but the test part, a trial is the mean of its folds',
    )
    test: PositiveInt | None = Field(
        None, description="number of test examples, for a source without a test part of its own; omitted: a fifth"
    )
    standardize: bool = Field(
        True, description="subtract the training part's mean, divide by its deviation; false: images in [0, 1]"
    )

    @property
    def folds(self) -> int | None:
        """How many folds a cross-validation has; None: there is one validation part."""
        return int(self.validation.partition("-")[0]) if isinstance(self.validation, str) else None

    @property
    def examples_to_validate(self) -> int | None:
        return self.validation if isinstance(self.validation, int) else None


class ModelSpec(_Section):
    """What kind of network is built at a point."""

    family: str = Field("mlp", description='mlp, cnn, linear, or "file.py:function" giving an nn.Module')


class BudgetSpec(_Section):
    """When the search ends, whichever comes first."""

    trials: PositiveInt = Field(40, description="finished trials in all, earlier runs of the study included")
    timeout: str | None = Field(None, description='wall time of one command: "90s", "30m", "2h", "1h30m"')

    @property
    def seconds(self) -> float | None:
        return None if self.timeout is None else seconds(self.timeout)


class SearchSpec(_Section):
    """How points are proposed and which trials are stopped early."""

    sampler: Sampler = "tpe"
    pruner: Pruner = "hyperband"
    seed: int = Field(0, ge=0, lt=2**31, description="all randomness of the study follows from it")
    window: int | None = Field(
        None,
        ge=100,
        description="tpe: look at so many trials, the best and the latest, for thousands would take their time; "
        "omitted: at all",
    )


class ConfirmSpec(_Section):
    """How the leading trials are looked at again after the search; see `confidence`."""

    top: int = Field(5, ge=1, le=20, description="so many leading trials are trained again with fresh seeds")
    seeds: int = Field(5, ge=2, le=20, description="so often each; the recommended one as often once more")


class Enqueued(_Section):
    """A point that is tried before any is drawn. Every word of the space that counts there has a value."""

    name: str
    point: Point


def _metric(value: Any) -> str | tuple[str, str]:
    if isinstance(value, str) and value in METRICS:
        return value
    if isinstance(value, list | tuple) and len(value) == 2 and value[0] in METRICS and value[1] == PARAMETERS:
        return (value[0], PARAMETERS)
    raise PydanticCustomError("metric", "must be a metric")


_METRICS = {"enum": list(METRICS)}
_BOTH = {"type": "array", "prefixItems": [_METRICS, {"const": PARAMETERS}], "minItems": 2, "maxItems": 2}


class StudySpec(_Section):
    """A whole study. `folder` is where the file lies: the home of "file.py:function"."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="letters, digits, . _ and -")
    description: str = Field("", description="one sentence for lists, reports and the dashboard")
    task: Task
    metric: Annotated[
        str | tuple[str, str],
        PlainValidator(_metric),
        PlainSerializer(lambda value: value if isinstance(value, str) else list(value), return_type=Any),
        WithJsonSchema({"anyOf": [_METRICS, _BOTH]}),
    ] = Field(
        "accuracy",
        description='what trials are judged by, on the validation part; with "parameters" beside it, by size, too',
    )
    loss: Loss | None = Field(
        None,
        description="of a multiclass task: cross-entropy on raw scores (default), or nll on log-probabilities, "
        "a LogSoftmax at the network's end",
    )
    data: DataSpec
    model: ModelSpec = ModelSpec()
    space: dict[str, Parameter]
    enqueue: tuple[Enqueued, ...] = ()
    budget: BudgetSpec = BudgetSpec()
    search: SearchSpec = SearchSpec()
    confirm: ConfirmSpec = ConfirmSpec()
    folder: Path = Field(default=Path(), exclude=True)

    @property
    def objective(self) -> Metric:
        """What trials are judged by."""
        return METRICS[self.metric if isinstance(self.metric, str) else self.metric[0]]

    @property
    def by_size_too(self) -> bool:
        """Whether there are two metrics, the other being the number of parameters."""
        return not isinstance(self.metric, str)

    @property
    def code(self) -> list[str]:
        """The "file.py:function"s that it names."""
        return [one for one in (self.data.source, self.model.family) if is_reference(one)]

    @property
    def words(self) -> set[str]:
        """Whatever the space or an enqueued point sets."""
        return {*self.space, *(name for one in self.enqueue for name in one.point)}

    @property
    def trained_with(self) -> str:
        """The loss by its name."""
        return self.loss or ("cross-entropy" if self.task == "multiclass" else "binary-cross-entropy")

    def resolved(self) -> dict[str, Any]:
        """The study as the file would say it, defaults filled in: JSON and TOML can hold it."""
        table = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        table["space"] = {name: _as_written(parameter) for name, parameter in self.space.items()}
        table["enqueue"] = [{"name": one.name, **one.point} for one in self.enqueue]
        if not self.enqueue:
            del table["enqueue"]
        return table


def _as_written(parameter: Parameter) -> Any:
    if isinstance(parameter, Fixed):
        return parameter.value
    table = parameter.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {key: table[key] for key in ("int", "float", "choice", "log", "step", "per", "when") if key in table}


_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def seconds(duration: str) -> float:
    """ "1h30m" -> 5400.0; a bare number is seconds. ValueError where it is neither, or not above 0."""
    match = _DURATION.fullmatch(duration.strip())
    parts = [float(part or 0) for part in match.groups()] if match else [0.0]
    total = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    if total <= 0:
        raise ValueError(f"{duration!r} is not a duration")
    return total
