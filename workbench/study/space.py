"""The named parameters of a study, and the points that can be drawn from them.

A space maps names to parameters. A point is one assignment, name -> value, in which a parameter with
`per = "depth"` is a list of as many values, and a parameter whose `when` does not hold is absent.
Samplers, stores and tables know single values only: for them `flatten` writes `units = [50, 20]` as
`units_1 = 50, units_2 = 20`, the very names that `draw` asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Value = bool | int | float | str
Point = dict[str, Any]  # name -> Value, or list[Value] where `per` repeats the parameter
When = dict[str, Value | list[Value]]


class _Parameter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Fixed(_Parameter):
    """A plain value in the file: the same in every trial, never drawn. A list gives a value per layer."""

    value: Value | list[Value]

    @property
    def per(self) -> None:
        return None

    @property
    def when(self) -> None:
        return None


class _Searched(_Parameter):
    per: str | None = Field(None, description="name of an int parameter: draw one value for each of its count")
    when: When | None = Field(
        None, description="draw only where these parameters have these values (a value, or a list of them)"
    )


class _Range(_Searched):
    log: bool = Field(False, description="draw evenly on a logarithmic scale")


class IntRange(_Range):
    """Whole numbers from low to high, both included."""

    bounds: tuple[int, int] = Field(alias="int", description="[low, high], both included")
    step: int = Field(1, ge=1, description="distance of neighbouring values")

    @property
    def low(self) -> int:
        return self.bounds[0]

    @property
    def high(self) -> int:
        return self.bounds[1]


class FloatRange(_Range):
    """Real numbers from low to high."""

    bounds: tuple[float, float] = Field(alias="float", description="[low, high]")
    step: float | None = Field(None, gt=0, description="distance of neighbouring values")

    @property
    def low(self) -> float:
        return self.bounds[0]

    @property
    def high(self) -> float:
        return self.bounds[1]


class Choice(_Searched):
    """One of a list of values."""

    options: list[Value] = Field(alias="choice", description="the values to choose from")


Searched = IntRange | FloatRange | Choice
Parameter = Fixed | IntRange | FloatRange | Choice
Space = Mapping[str, Parameter]
Suggest = Callable[[str, Searched], Value]  # (flat name, parameter) -> value


def parents(parameter: Parameter) -> set[str]:
    """The parameters that must be drawn before this one."""
    names = set(parameter.when or ())
    return names | {parameter.per} if parameter.per else names


def order(space: Space) -> list[str]:
    """The names in the file's order, but parents first. Cycles are kept out by `study.load`."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in done or name not in space:
            return
        needed = parents(space[name])
        for parent in (one for one in space if one in needed):  # one that is not there is a mistake told elsewhere
            visit(parent)
        done[name] = None

    for name in space:
        visit(name)
    return list(done)


def same(a: object, b: object) -> bool:
    """Equal as values of a parameter: True is not 1."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def holds(when: When | None, point: Point) -> bool:
    """Whether every condition of `when` is true of the point; a parameter that is absent satisfies none."""
    return all(
        name in point and any(same(point[name], allowed) for allowed in as_list(wanted))
        for name, wanted in (when or {}).items()
    )


def as_list(value: Value | list[Value]) -> list[Value]:
    return value if isinstance(value, list) else [value]


def draw(space: Space, suggest: Suggest) -> Point:
    """One point, each searched value obtained from `suggest(flat_name, parameter)`, parents first."""
    point: Point = {}
    for name in order(space):
        parameter = space[name]
        if isinstance(parameter, Fixed):
            point[name] = parameter.value
        elif not holds(parameter.when, point):
            continue
        elif parameter.per is None:
            point[name] = suggest(name, parameter)
        elif parameter.per in point:
            point[name] = [suggest(flat_name(name, i), parameter) for i in range(1, point[parameter.per] + 1)]
    return {name: point[name] for name in space if name in point}


def allows(parameter: Parameter, value: object) -> bool:
    """Whether the parameter can take this single value."""
    match parameter:
        case FloatRange() | IntRange():
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            steps = 0.0 if parameter.step is None else (value - parameter.low) / parameter.step
            return parameter.low <= value <= parameter.high and abs(steps - round(steps)) < 1e-8
        case _:
            return any(same(one, value) for one in values(parameter) or ())


def searched(space: Space, point: Point) -> Iterator[tuple[str, Searched, Value]]:
    """The point's values of what the space searches: (flat name, parameter, value)."""
    for name in order(space):
        parameter = space[name]
        if isinstance(parameter, Fixed) or name not in point:
            continue
        if parameter.per is None and not isinstance(point[name], list):
            yield name, parameter, point[name]
        elif parameter.per is not None:
            yield from ((flat_name(name, i), parameter, one) for i, one in enumerate(as_list(point[name]), 1))


def inside(space: Space, point: Point) -> bool:
    """Whether the point is one that could be drawn from the space."""
    flat = flatten(point)

    def take(name: str, parameter: Searched) -> Value:
        if name not in flat or not allows(parameter, flat[name]):
            raise LookupError(name)
        return flat[name]

    try:
        return draw(space, take) == point
    except LookupError:
        return False


def flat_name(name: str, index: int) -> str:
    """The name of the index-th value (from 1) of a repeated parameter."""
    return f"{name}_{index}"


def flatten(point: Point) -> dict[str, Value]:
    """The point as single values: {"units": [50, 20]} -> {"units_1": 50, "units_2": 20}."""
    flat: dict[str, Value] = {}
    for name, value in point.items():
        if isinstance(value, list):
            flat.update({flat_name(name, i): one for i, one in enumerate(value, 1)})
        else:
            flat[name] = value
    return flat


def values(parameter: Parameter) -> list[Value] | None:
    """Every value the parameter can take, smallest first, or None where there is no finite list of them."""
    match parameter:
        case Fixed():
            return as_list(parameter.value)
        case Choice():
            return list(parameter.options)
        case IntRange():
            return list(range(parameter.low, parameter.high + 1, parameter.step))
        case FloatRange(step=None):
            return [parameter.low] if parameter.low == parameter.high else None
        case FloatRange(step=step):
            assert step is not None
            count = int((parameter.high - parameter.low) / step + 1e-9) + 1
            return [parameter.low + i * step for i in range(count)]


def largest(parameter: Parameter) -> float:
    """The largest number the parameter can be."""
    match parameter:
        case IntRange() | FloatRange():
            return parameter.high
        case Choice():
            return max(value for value in parameter.options if isinstance(value, int | float))
        case Fixed():
            return max(value for value in as_list(parameter.value) if isinstance(value, int | float))


def middle(space: Space) -> Point:
    """The point in the middle of every range (geometric where `log`), each choice at its first option."""

    def suggest(_name: str, parameter: Searched) -> Value:
        match parameter:
            case Choice():
                return parameter.options[0]
            case IntRange() | FloatRange():
                low, high = parameter.low, parameter.high
                centre = (low * high) ** 0.5 if parameter.log else (low + high) / 2
                if isinstance(parameter, IntRange):
                    return low + round((centre - low) / parameter.step) * parameter.step
                return centre

    return draw(space, suggest)
