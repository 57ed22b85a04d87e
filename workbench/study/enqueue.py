"""[[enqueue]]: points that are tried first, such as the network of a lesson that the search is to be held against.

Such a table says what differs. Every other word that counts at the point has the space's fixed value, else its
default in the vocabulary: a draw would make the point another one with every seed. Values may lie outside the
space's ranges, but are judged like fixed values of a space: legal for their word, and none that would do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from workbench.study import sense
from workbench.study.mistakes import Mistake
from workbench.study.space import Fixed, FloatRange, Parameter, Point, Value, order, same
from workbench.study.spec import Enqueued
from workbench.study.toml import inline, key, shown
from workbench.study.user_code import is_reference
from workbench.study.vocabulary import FAMILIES, TRAINER, Word

GIVEN = ("input_shape", "outputs")  # what every family is told besides the point's values
_EXAMPLE = '[[enqueue]] on a line of its own, then name = "the lesson\'s network" and the values that it has'


def read(
    raw: Any,
    space: Mapping[str, Parameter],
    mistakes: list[Mistake],
    *,
    family: Any,
    task: str | None,
    loss: str | None,
    elsewhere: Mapping[str, str],
    sound: bool,
) -> tuple[Enqueued, ...]:
    """The points, complete, of those tables that are sound. `sound`: nothing is wrong with the space itself."""
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(table, dict) for table in raw):
        mistakes.append(Mistake("enqueue", f"must be a list of tables, got {shown(raw)}", f"write {_EXAMPLE}"))
        return ()
    if sense.cycle(space):  # which is said of the space
        return ()
    own = isinstance(family, str) and is_reference(family)
    words = TRAINER if own else TRAINER | FAMILIES.get(str(family), FAMILIES["mlp"])
    found: list[Enqueued] = []
    for place, table in enumerate(raw, 1):
        path = f"enqueue.{place}"
        wrong = list(_malformed(path, table))
        bad = {one.path.removeprefix(f"{path}.") for one in wrong}
        given = {name: value for name, value in table.items() if name != "name" and key(name) not in bad}
        point = complete(given, space, words, task)
        judged = sense.check(
            {name: Fixed(value=value) for name, value in point.items()},
            unsound=bad,
            family=family,
            task=task,
            loss=loss,
            sampler=None,
            elsewhere=elsewhere,
        )
        whole = sound and not wrong
        wrong += [_here(one, path, given) for one in judged if whole or one.path.removeprefix("space.") in given]
        wrong += _again(path, table.get("name"), point, found) if not bad - {"name"} else ()
        mistakes += wrong
        if not wrong:
            found.append(Enqueued(name=table["name"], point=point))
    return tuple(found)


def complete(given: Point, space: Mapping[str, Parameter], words: Mapping[str, Word], task: str | None) -> Point:
    """The whole point: in the space's order, then what the space does not mention."""
    point: Point = {}
    beside = [name for name in given if name not in space]
    # What a word needs, and what it is repeated by, comes before it.
    for name in sorted([*beside, *order(space)], key=lambda name: bool(name in words and words[name].needs)):
        word, parameter = words.get(name), space.get(name)
        if name in given:
            value = given[name]
        elif isinstance(parameter, Fixed):
            value = parameter.value
        else:
            value = None if word is None else word.default
        if value is None or (name not in given and word is not None and not _counts(word, words, point, task)):
            continue
        point[name] = _as_drawn(value, word, parameter, point)
    return {name: point[name] for name in (*space, *beside) if name in point}


def _counts(word: Word, words: Mapping[str, Word], point: Point, task: str | None) -> bool:
    """Whether the word does anything at the point."""
    if word.tasks and task not in word.tasks:
        return False
    return all(
        any(same(point.get(target, words[target].default), one) for one in allowed)
        for target, allowed in word.needs.items()
    )


def _as_drawn(value: Any, word: Word | None, parameter: Parameter | None, point: Point) -> Any:
    """In the form in which the space draws it: real numbers as such, one value for each layer."""
    real = isinstance(parameter, FloatRange) or (word is not None and word.kind == "float")
    if real and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    count = None if parameter is None or parameter.per is None else point.get(parameter.per)
    if isinstance(value, list) or not isinstance(count, int) or isinstance(count, bool):
        return value
    return [value] * min(count, 1000)  # beyond it the count itself is a mistake


def _malformed(path: str, table: Mapping[str, Any]) -> Iterator[Mistake]:
    name = table.get("name")
    if name is None:
        yield Mistake(f"{path}.name", "is missing", 'say what it is: name = "the lesson\'s network"')
    elif not isinstance(name, str) or not name.strip():
        yield Mistake(f"{path}.name", f"must be text in quotes, got {shown(name)}")
    for one, value in table.items():
        if one == "name":
            continue
        place = f"{path}.{key(one)}"
        if one in GIVEN:
            yield Mistake(place, f"{one} is given by the data", "leave it out")
        elif isinstance(value, dict):
            hint = f"write {one} = and the one value that it has here; what is searched stands in [space]"
            yield Mistake(place, f"must be a plain value, got {shown(value)}", hint)
        else:
            yield from _unsound(place, value)


def _unsound(place: str, value: Any) -> Iterator[Mistake]:
    try:
        yield from sense.unsound(place, Fixed(value=value))
    except ValidationError:
        yield Mistake(place, f"must be a number, text, true, false or a list of these, got {shown(value)}")


def _here(mistake: Mistake, path: str, given: Mapping[str, Value]) -> Mistake:
    """What was found of a space of fixed values, said of this point."""
    name = mistake.path.removeprefix("space.")
    from_space = name not in given
    hint = f"the value is that of [space]; give the point its own: {name} = ..." if from_space else mistake.hint
    return replace(mistake, path=f"{path}.{name}", hint=hint)


def _again(path: str, name: object, point: Point, before: list[Enqueued]) -> Iterator[Mistake]:
    for one in before:
        if one.name == name:
            yield Mistake(f"{path}.name", f"{inline(one.name)} is another enqueued point's name, too", "rename it")
        elif one.point == point:
            yield Mistake(path, f"is the same point as {inline(one.name)}", "drop one of the two")
