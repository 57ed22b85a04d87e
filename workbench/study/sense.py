"""Whether a space makes sense: its ranges, what its parameters say of one another, and its words.

The rule behind the last part: a value that would do nothing is a mistake, not a silent no-op. So a name must be
known to the trainer or the family, and where a word counts only beside another (momentum under sgd), every
point in which it is set must have that other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from workbench.study.mistakes import Mistake, did_you_mean
from workbench.study.space import (
    Choice,
    Fixed,
    FloatRange,
    IntRange,
    Parameter,
    Value,
    as_list,
    largest,
    parents,
    same,
)
from workbench.study.toml import inline, shown
from workbench.study.user_code import is_reference
from workbench.study.vocabulary import FAMILIES, TRAINER, Word

_LARGEST = 2**53  # whole numbers beyond it are not exact as floats, which stores and torch make of them
_LARGEST_GRID = 100_000  # points; they are listed in memory


def unsound(path: str, parameter: Parameter) -> Iterator[Mistake]:
    """What is wrong with a parameter by itself."""
    match parameter:
        case Fixed():
            yield from _bad_numbers(path, as_list(parameter.value))
        case Choice():
            yield from _bad_options(f"{path}.choice", parameter.options)
        case IntRange():
            yield from _bad_range(path, "int", parameter)
        case FloatRange():
            yield from _bad_range(path, "float", parameter)


def check(
    space: Mapping[str, Parameter],
    *,
    unsound: Set[str],
    family: Any,
    task: str | None,
    loss: str | None = None,
    sampler: str | None,
    elsewhere: Mapping[str, str],
) -> Iterator[Mistake]:
    """What is wrong between the sound parameters; nothing is said about the `unsound` ones."""
    known = TRAINER | FAMILIES.get(str(family), FAMILIES["mlp"])
    circle = cycle(space)
    for name, parameter in space.items():
        path = f"space.{name}"
        if not isinstance(parameter, Fixed) and name not in (circle or ()):
            yield from _bad_when(path, parameter.when or {}, space, known, unsound)
            yield from _bad_per(path, name, parameter.per, space, known, unsound)
    if circle:
        yield Mistake(f"space.{circle[0]}", f"depends on itself: {' -> '.join(circle)}", "drop one `when` or `per`")
        return

    own = isinstance(family, str) and is_reference(family)  # a function, which alone knows its names
    words = TRAINER if own else known
    for name, parameter in space.items():
        path = f"space.{name}"
        if name in words:
            word = words[name]
            yield from _misfits(path, name, word, parameter)
            yield from _bad_layers(path, name, word, parameter, space, unsound)
            yield from _idle(path, name, word, space, words, unsound)
            if task is not None and word.tasks and task not in word.tasks:
                yield Mistake(
                    path, f"does nothing for the task {task}", f"drop it; it is for {', '.join(word.tasks)}"
                )
            if name == "label_smoothing" and loss == "nll":
                yield Mistake(path, "the loss nll has no label smoothing", "drop it, or the line with the loss")
        elif not own:
            listed = f"known: {', '.join(words)}"
            message = f"neither the trainer nor the family {family} understands this name"
            place = elsewhere.get(name) or _of_another_family(name)
            yield Mistake(path, message, place or did_you_mean(name, words) or listed)
    if not {"nesterov", "momentum", "optimizer"} & unsound:
        yield from _bad_nesterov(space)
    if not own and not {"shape", "units", "depth"} & unsound:
        yield from _bad_funnel(space, words)
    if sampler == "grid":
        yield from _bad_grid(space)


def _of_another_family(name: str) -> str | None:
    families = [family for family, words in FAMILIES.items() if name in words]
    if not families:
        return None
    return f"{name} is for {' and '.join(families)}: write family = {inline(families[0])} under [model], or drop it"


# One parameter by itself


def _bad_numbers(path: str, numbers: Sequence[object]) -> Iterator[Mistake]:
    for number in numbers:
        if isinstance(number, float) and not math.isfinite(number):
            yield Mistake(path, f"must be a finite number, got {inline(number)}")
        elif isinstance(number, int) and abs(number) > _LARGEST:
            yield Mistake(path, f"{shown(number)} is too large", "whole numbers go up to 2**53")


def _bad_options(path: str, options: list[Value]) -> Iterator[Mistake]:
    yield from _bad_numbers(path, options)
    if not options:
        yield Mistake(path, "is empty", 'list what to choose from, for instance choice = ["relu", "tanh"]')
    for i, option in enumerate(options):
        if option in options[:i]:  # a store cannot tell 1, 1.0 and true from one another either
            first = options[options.index(option)]
            also = "" if inline(first) == inline(option) else f" (as {inline(first)})"
            yield Mistake(path, f"{inline(option)} is listed twice{also}", "list every value once")


def _bad_range(path: str, kind: str, parameter: IntRange | FloatRange) -> Iterator[Mistake]:
    low, high, place = parameter.low, parameter.high, f"{path}.{kind}"
    step = parameter.step if "step" in parameter.model_fields_set else None
    if wrong := [*_bad_numbers(place, [low, high]), *_bad_numbers(f"{path}.step", [step])]:
        yield from wrong
    elif low > high:
        hint = f"write {kind} = [{inline(high)}, {inline(low)}]"
        yield Mistake(place, f"low {inline(low)} is above high {inline(high)}", hint)
    elif parameter.log and low <= 0:
        start = f"begin above 0, for instance {kind} = {inline([_below(kind, high), high])}, or "
        hint = f"{start if high > 0 else ''}drop log = true"
        yield Mistake(path, f"a log scale needs low > 0, got {inline(low)}", hint)
    elif parameter.log and step is not None:
        yield Mistake(
            f"{path}.step", "a log scale has no step", "drop step or log = true; or list values with choice"
        )
    elif step is not None and not (high - low) / step <= _LARGEST:
        yield Mistake(f"{path}.step", f"{inline(step)} is too small for this range", "leave it out")
    elif step is not None:
        last = low + math.floor((high - low) / step + 1e-9) * step
        if not math.isclose(last, high, rel_tol=1e-9, abs_tol=1e-12):
            hint = f"write {kind} = {inline([low, last if kind == 'int' else float(f'{last:.10g}')])}"
            yield Mistake(place, f"steps of {inline(step)} do not reach high {inline(high)}", hint)


def _below(kind: str, high: float) -> float:
    """Where a log scale up to `high` might begin: three decades below."""
    return 1 if kind == "int" or high <= 0 else 10.0 ** (math.floor(math.log10(high)) - 3)


# `when` and `per`


def _bad_when(
    path: str,
    when: Mapping[str, Value | list[Value]],
    space: Mapping[str, Parameter],
    words: Mapping[str, Word],
    unsound: Set[str],
) -> Iterator[Mistake]:
    for target, wanted in when.items():
        place = f"{path}.when.{target}"
        if target in unsound:
            continue
        if target not in space:
            yield Mistake(place, "there is no such parameter in [space]", _absent(target, space, words))
        elif wanted == []:
            yield Mistake(place, "an empty list never holds", f"write a value that {target} can have")
        elif _is_repeated(space[target]):
            yield Mistake(place, f"{target} has one value per layer, so it cannot be a condition")
        elif isinstance(space[target], FloatRange):
            yield Mistake(place, f"{target} is drawn from a range of real numbers, so it cannot be a condition")
        else:
            for value in as_list(wanted):
                if not _can_be(space[target], value):
                    yield Mistake(place, f"{target} can never be {shown(value)}", _possible(target, space[target]))


def _is_repeated(parameter: Parameter) -> bool:
    return isinstance(parameter.value, list) if isinstance(parameter, Fixed) else parameter.per is not None


def _bad_per(
    path: str,
    name: str,
    per: str | None,
    space: Mapping[str, Parameter],
    words: Mapping[str, Word],
    unsound: Set[str],
) -> Iterator[Mistake]:
    if per is None or per in unsound:
        return
    if per not in space:
        yield Mistake(f"{path}.per", f"there is no parameter {inline(per)} in [space]", _absent(per, space, words))
    elif not _counts(space[per]):
        yield Mistake(
            f"{path}.per", f"{per} is not a whole number, so it cannot say how many", 'name an int, such as "depth"'
        )
    clashes = [other for other in space if other.removeprefix(f"{name}_").isdecimal() and other != name]
    for other in clashes:
        yield Mistake(f"space.{other}", f"is also the name of one value of {name}, which is repeated", "rename it")


def _absent(name: str, space: Mapping[str, Parameter], words: Mapping[str, Word]) -> str:
    if name in words:
        return f"add it, for instance {name} = {inline(words[name].default)} (the default)"
    return did_you_mean(name, [*space, *words]) or f"there are: {', '.join(space)}"


def _counts(parameter: Parameter) -> bool:
    match parameter:
        case IntRange():
            return parameter.per is None
        case Fixed():
            return _is_int(parameter.value)
        case Choice():
            return parameter.per is None and all(_is_int(option) for option in parameter.options)
        case _:
            return False


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def cycle(space: Mapping[str, Parameter]) -> list[str] | None:
    """Names that lead back to the first, or None."""
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str] | None:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done or name not in space:
            return None
        for parent in sorted(parents(space[name])):
            if found := visit(parent, [*trail, name]):
                return found
        done.add(name)
        return None

    return next((found for name in space if (found := visit(name, []))), None)


# Kinds and limits of words


def _misfits(path: str, name: str, word: Word, parameter: Parameter) -> Iterator[Mistake]:
    match parameter:
        case Fixed():
            place, candidates = path, as_list(parameter.value)
        case Choice():
            place, candidates = f"{path}.choice", parameter.options
        case IntRange() | FloatRange():
            kind = "int" if isinstance(parameter, IntRange) else "float"
            if word.kind in ("bool", "name"):
                options = [True, False] if word.kind == "bool" else list(word.names)
                yield Mistake(
                    path, f"is no number: {_wanted(word)}", f"write {name} = {{ choice = {inline(options)} }}"
                )
                return
            if word.kind == "int" and kind == "float":
                yield Mistake(path, "must be a whole number", f"write {name} = {{ int = [low, high] }}")
                return
            place, candidates = f"{path}.{kind}", [parameter.low, parameter.high]
    for value in dict.fromkeys(candidates):
        if not _fits(word, value):
            near = did_you_mean(value, word.names) if isinstance(value, str) else None
            yield Mistake(place, f"{_wanted(word)}, got {shown(value)}", near)


def _fits(word: Word, value: object) -> bool:
    match word.kind:
        case "name":
            return isinstance(value, str) and value in word.names
        case "bool":
            return isinstance(value, bool)
        case "int" | "float":
            if isinstance(value, bool) or not isinstance(value, int if word.kind == "int" else (int, float)):
                return False
            low, high = word.low, word.high
            above = low is None or (value > low if word.above else value >= low)
            return above and (high is None or (value < high if word.below else value <= high))


def _wanted(word: Word) -> str:
    if word.kind == "name":
        return f"must be one of {', '.join(word.names)}"
    if word.kind == "bool":
        return "must be true or false"
    limits = [
        f"{'above' if word.above else 'at least'} {word.low}" if word.low is not None else "",
        f"{'below' if word.below else 'at most'} {word.high}" if word.high is not None else "",
    ]
    within = " and ".join(limit for limit in limits if limit)
    return f"must be a {'whole ' if word.kind == 'int' else ''}number{' ' if within else ''}{within}"


def _bad_layers(
    path: str, name: str, word: Word, parameter: Parameter, space: Mapping[str, Parameter], unsound: Set[str]
) -> Iterator[Mistake]:
    """`per` and fixed lists, where the word takes one value per layer; and where it does not."""
    if not isinstance(parameter, Fixed):
        per = parameter.per
        if per in space and per is not None and per != word.per and _counts(space[per]):
            can = f"it can be repeated per {word.per}" if word.per else "drop `per`"
            yield Mistake(f"{path}.per", f"{name} cannot have one value per {parameter.per}", can)
        return
    if not isinstance(parameter.value, list):
        return
    if word.per is None:
        yield Mistake(
            path, f"has one value, not a list, got {shown(parameter.value)}", _to_search(name, parameter.value)
        )
        return
    depth, count = space.get(word.per), len(parameter.value)
    if word.per in unsound:
        return
    if depth is None or not isinstance(depth, Fixed):
        now = "is not set" if depth is None else "is searched"
        yield Mistake(path, f"a list of {count} needs a fixed {word.per}, which {now}", f"set {word.per} = {count}")
    elif not same(depth.value, count):
        yield Mistake(
            path,
            f"{count} values for {word.per} = {shown(depth.value)}",
            f"set {word.per} = {count}, or list as many",
        )


def _to_search(name: str, value: Any) -> str:
    return f"to search, write {name} = {{ choice = {shown(value)} }}"


# Words that would do nothing


def _idle(
    path: str,
    name: str,
    word: Word,
    space: Mapping[str, Parameter],
    words: Mapping[str, Word],
    unsound: Set[str],
) -> Iterator[Mistake]:
    """A word that counts only beside another, and a point where the other is not so."""
    parameter = space[name]
    for target, allowed in word.needs.items():
        said = {} if isinstance(parameter, Fixed) else parameter.when or {}
        if (
            target in unsound
            or any(name not in space for name in said)
            or _certain(space, words, _implied(space, name), target, allowed)
        ):
            continue
        need = f"{target} = {inline(allowed[0])}"
        other = space.get(target)
        reachable = [value for value in allowed if other is not None and _can_be(other, value)]
        if not reachable:
            now = f"{target} is {inline(words[target].default)} (the default)" if other is None else ""
            yield Mistake(path, f"does nothing: {now or _possible(target, other)}", f"set {need}, or drop {name}")
            continue
        written = f"when = {inline({**said, target: reachable[0] if len(reachable) == 1 else reachable})}"
        if isinstance(parameter, Fixed):
            hint = f"write {name} = {{ choice = {inline(as_list(parameter.value))}, {written} }}"
        else:
            hint = f"write {written}" if said else f"add {written}"
        yield Mistake(path, f"does nothing unless {need}, and {target} may be another", hint)


def _implied(space: Mapping[str, Parameter], name: str) -> dict[str, list[Value]]:
    """What must hold of other parameters wherever this one is present: its `when`, theirs, and so on."""
    known: dict[str, list[Value]] = {}
    waiting = [name]
    seen: set[str] = set()
    while waiting:
        parameter = space.get(waiting.pop())
        if parameter is None or isinstance(parameter, Fixed):
            continue
        for target, wanted in (parameter.when or {}).items():
            before = known.get(target)
            known[target] = [v for v in as_list(wanted) if before is None or any(same(v, b) for b in before)]
        fresh = parents(parameter) - seen
        seen |= fresh
        waiting += sorted(fresh)
    return known


def _certain(
    space: Mapping[str, Parameter],
    words: Mapping[str, Word],
    known: Mapping[str, Sequence[Value]],
    target: str,
    allowed: Sequence[Value],
) -> bool:
    """Whether, given what is known of a point, `target` has one of the allowed values there."""

    def is_allowed(value: object) -> bool:
        return any(same(value, one) for one in allowed)

    if target in known:
        return all(is_allowed(value) for value in known[target])
    by_default = target in words and is_allowed(words[target].default)
    parameter = space.get(target)
    match parameter:
        case None:
            return by_default
        case Fixed():
            return is_allowed(parameter.value)
        case Choice():
            inside = all(is_allowed(option) for option in parameter.options)
        case IntRange():
            inside = parameter.high - parameter.low < len(allowed) * parameter.step and all(
                is_allowed(value) for value in range(parameter.low, parameter.high + 1, parameter.step)
            )
        case FloatRange():
            inside = parameter.low == parameter.high and is_allowed(parameter.low)
    present = all(_certain(space, words, known, each, as_list(v)) for each, v in (parameter.when or {}).items())
    return inside and (present or by_default)


def _bad_nesterov(space: Mapping[str, Parameter]) -> Iterator[Mistake]:
    """Nesterov's momentum without momentum: torch refuses it in the middle of the study."""
    nesterov, momentum = space.get("nesterov"), space.get("momentum")
    if nesterov is None or not _can_be(nesterov, True):
        return
    path, known = "space.nesterov", _implied(space, "nesterov")
    if momentum is None:
        yield Mistake(path, "needs a momentum above 0, and there is none", "add momentum = 0.9")
        return
    when = {} if isinstance(momentum, Fixed) else momentum.when or {}
    if "momentum" in known:
        may_be_zero = any(value == 0 for value in known["momentum"])
    else:
        may_be_zero = _can_be(momentum, 0)
        missing = {each: v for each, v in when.items() if not _certain(space, TRAINER, known, each, as_list(v))}
        if missing:
            yield Mistake(path, "needs momentum, which is not always there", f"add when = {inline(missing)}")
    if may_be_zero:
        hint = "let momentum begin above 0, for instance float = [0.5, 0.95]"
        yield Mistake(path, "needs a momentum above 0, and momentum may be 0", hint)


def _bad_funnel(space: Mapping[str, Parameter], words: Mapping[str, Word]) -> Iterator[Mistake]:
    """A funnel is given by its first width; it takes two layers to be one."""
    shape, units, depth = space.get("shape"), space.get("units"), space.get("depth")
    if "shape" not in words or shape is None or not _can_be(shape, "funnel"):
        return
    path = "space.shape"
    if units is not None and _is_repeated(units):
        hint = "give units one number, the width of the first layer, or drop shape"
        yield Mistake(path, "a funnel does nothing: units has one value per layer", hint)
    default = words["depth"].default
    if (depth is None and default == 1) or (depth is not None and _counts(depth) and largest(depth) < 2):
        now = _possible("depth", depth) if depth is not None else f"depth is {inline(default)} (the default)"
        hint = "let depth be 2 or more, or drop shape"
        yield Mistake(path, f"a funnel does nothing with fewer than two hidden layers: {now}", hint)


# What a parameter can be


def _can_be(parameter: Parameter, value: object) -> bool:
    match parameter:
        case Fixed():
            return same(parameter.value, value)
        case Choice():
            return any(same(option, value) for option in parameter.options)
        case IntRange():
            return (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and parameter.low <= value <= parameter.high
                and (value - parameter.low) % parameter.step == 0
            )
        case FloatRange():
            return (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and parameter.low <= value <= parameter.high
            )


def _possible(name: str, parameter: Parameter | None) -> str:
    match parameter:
        case Fixed():
            return f"{name} is {shown(parameter.value)}"
        case Choice():
            return f"{name} is one of {shown(parameter.options)}"
        case IntRange() | FloatRange():
            return f"{name} lies in [{inline(parameter.low)}, {inline(parameter.high)}]"
        case None:
            return f"{name} is not set"


# The grid


def _bad_grid(space: Mapping[str, Parameter]) -> Iterator[Mistake]:
    size = 1
    for name, parameter in space.items():
        match parameter:
            case Fixed():
                continue
            case Choice():
                count = len(parameter.options)
            case IntRange():
                count = (parameter.high - parameter.low) // parameter.step + 1
            case FloatRange(step=None):
                if parameter.low < parameter.high:
                    yield Mistake(
                        f"space.{name}",
                        "the sampler grid needs a finite list of values",
                        f"write {name} = {{ choice = {inline(_three(parameter))} }}, or give a step",
                    )
                count = 1
            case FloatRange(step=step):
                assert step is not None
                count = int((parameter.high - parameter.low) / step + 1e-9) + 1
        size *= min(count, _LARGEST_GRID + 1) ** _repeats(space, parameter)
        size = min(size, _LARGEST_GRID + 1)
    if size > _LARGEST_GRID:
        yield Mistake(
            "space", f"its grid has more than {_LARGEST_GRID:,} points", "search fewer values, or use random"
        )


def _repeats(space: Mapping[str, Parameter], parameter: Parameter) -> int:
    """How often the parameter is drawn at most; beyond 20 it makes no difference to the grid's limit."""
    match space.get(parameter.per or ""):
        case Fixed(value=int(count)):
            most = count
        case Choice(options=options):
            most = max((option for option in options if isinstance(option, int)), default=1)
        case IntRange(bounds=(_, high)):
            most = high
        case _:
            most = 1
    return max(0, min(most, 20))


def _three(parameter: FloatRange) -> list[float]:
    low, high = parameter.low, parameter.high
    centre = math.sqrt(low * high) if parameter.log else (low + high) / 2
    return [low, float(f"{centre:.2g}"), high]
