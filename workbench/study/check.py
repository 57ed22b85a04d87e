"""A table as TOML gives it -> a StudySpec, or every mistake in it.

Pydantic says what is of the wrong form; this module puts that into plain words. Parameters of the space are
told apart by hand first (a plain value, or a table with one of int, float, choice), for a union's
error messages would speak of all its members. What the values mean is judged in `sense`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from workbench.errors import WorkbenchError
from workbench.study import enqueue, sense, source, user_code
from workbench.study.metric import METRICS, PARAMETERS, fitting
from workbench.study.mistakes import Mistake, did_you_mean
from workbench.study.space import Choice, Fixed, FloatRange, IntRange, Parameter, Searched
from workbench.study.spec import (
    FOLDS,
    BudgetSpec,
    ConfirmSpec,
    DataSpec,
    Loss,
    ModelSpec,
    Sampler,
    SearchSpec,
    StudySpec,
    Task,
    seconds,
)
from workbench.study.toml import inline, key, shown
from workbench.study.vocabulary import FAMILIES, TRAINER

SECTIONS: dict[str, type[BaseModel]] = {
    "data": DataSpec,
    "model": ModelSpec,
    "budget": BudgetSpec,
    "search": SearchSpec,
    "confirm": ConfirmSpec,
}
KINDS: dict[str, type[Searched]] = {"int": IntRange, "float": FloatRange, "choice": Choice}
TOP = [name for name in StudySpec.model_fields if name != "folder"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check(table: Mapping[str, Any], folder: Path) -> tuple[StudySpec | None, list[Mistake]]:
    """The study, or None and what is wrong, in the order of the sections."""
    mistakes: list[Mistake] = []
    known = {name: value for name, value in table.items() if name in TOP}
    mistakes += [_unknown_key(name, "", TOP) for name in table if name not in TOP]

    space, unsound = _space(table.get("space"), mistakes)
    if isinstance(table.get("space"), dict):
        known["space"] = space
    said: dict[str, Any] = {
        "family": _get(table, "model", "family", "mlp"),
        "task": _one_of(table.get("task"), get_args(Task)),
        "loss": _one_of(table.get("loss"), get_args(Loss)),
        "elsewhere": _elsewhere("space"),
    }
    sampler = _one_of(_get(table, "search", "sampler", "tpe"), get_args(Sampler))
    of_space = [*mistakes, *sense.check(space, unsound=unsound, sampler=sampler, **said)]
    mistakes = [*of_space]
    known["enqueue"] = enqueue.read(table.get("enqueue"), space, mistakes, sound=not of_space, **said)
    spec = None
    try:
        spec = StudySpec.model_validate({**known, "folder": folder})
    except ValidationError as error:
        mistakes += _translate(error)

    mistakes += _no_folder(table)
    mistakes += _controls(table)
    mistakes += _references(table, folder)
    mistakes += _timeout(table)
    mistakes += _window(table)
    mistakes += _positive(table)
    mistakes += _loss(table)
    mistakes += _folds(table)
    mistakes += _metric(table)
    mistakes = list(dict.fromkeys(mistakes))
    mistakes.sort(key=lambda mistake: _rank(mistake.path))
    if spec is not None and spec.by_size_too:
        spec = spec.model_copy(update={"search": spec.search.model_copy(update={"pruner": "none"})})
    return (None if mistakes else spec), mistakes


_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?|.*\.", re.IGNORECASE)


def _no_folder(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """A study's name is that of a folder, on any system."""
    name = table.get("name")
    if isinstance(name, str) and _RESERVED.fullmatch(name):
        yield Mistake("name", f"Windows can make no folder called {shown(name)}", "take another name")


def _controls(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """Text with control characters: printed, it would command a terminal. Not by recursion: a file may be deep."""
    left: list[tuple[str, Any]] = [("", table)]
    while left:
        path, value = left.pop()
        if isinstance(value, str) and (found := _CONTROL.search(value)):
            said = found[0].encode("unicode_escape").decode()
            yield Mistake(path or "(file)", f"has the control character {said} in it", "leave it out")
        elif isinstance(value, dict):
            for name, one in value.items():
                if _CONTROL.search(name):
                    yield Mistake(
                        path or "(file)", f"{shown(name)}: a name with a control character", "leave it out"
                    )
                left.append((f"{path}.{key(name)}" if path else key(name), one))
        elif isinstance(value, list):
            left += [(path, one) for one in value]


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _rank(path: str) -> int:
    first = path.split(".")[0]
    return TOP.index(first) if first in TOP else -1


def _get(table: Mapping[str, Any], section: str, name: str, default: Any = None) -> Any:
    inner = table.get(section)
    return inner.get(name, default) if isinstance(inner, dict) else default


def _one_of(value: Any, words: tuple[str, ...]) -> str | None:
    return value if isinstance(value, str) and value in words else None


# The space: parameters told apart by hand


def _space(raw: Any, mistakes: list[Mistake]) -> tuple[dict[str, Parameter], set[str]]:
    """The sound parameters, and the names of the others."""
    space: dict[str, Parameter] = {}
    if not isinstance(raw, dict):
        return space, set()
    for name, value in raw.items():
        path = f"space.{key(name)}"
        found = list(_misnamed(path, name))
        parameter = None if found else _parameter(path, value, found)
        if parameter is not None:
            found += sense.unsound(path, parameter)
        if parameter is not None and not found:
            space[name] = parameter
        mistakes += found
    return space, set(raw) - set(space)


def _misnamed(path: str, name: str) -> Iterator[Mistake]:
    if not _NAME.fullmatch(name):
        yield Mistake(path, "not a name for a parameter", "use letters, digits and _, and begin with a letter")
    elif name in enqueue.GIVEN:
        yield Mistake(path, f"{name} is given by the data and cannot be searched", "leave it out")


def _parameter(path: str, raw: Any, mistakes: list[Mistake]) -> Parameter | None:
    name = path.removeprefix("space.")
    if not isinstance(raw, dict):
        return _fixed(path, raw, mistakes)
    kinds = [kind for kind in KINDS if kind in raw]
    if not kinds:
        near = next((hint for one in raw if (hint := did_you_mean(one, KINDS))), None)
        example = f"for instance {name} = {{ float = [0.001, 0.1] }} or {name} = {{ choice = [1, 2] }}"
        mistakes.append(Mistake(path, "a table needs one of int, float and choice", near or example))
        return None
    if len(kinds) > 1:
        mistakes.append(Mistake(path, f"has both {' and '.join(kinds)}", f"keep one: {name} is of one kind"))
        return None
    model = KINDS[kinds[0]]
    keys = [field.alias or each for each, field in model.model_fields.items()]
    unknown = [_unknown_key(one, path, keys) for one in raw if one not in keys]
    mistakes += unknown
    given = {one: value for one, value in raw.items() if one in keys}
    if kinds[0] != "choice" and isinstance(raw[kinds[0]], list):
        given[kinds[0]] = tuple(raw[kinds[0]])
    try:
        parameter = model.model_validate(given)
    except (ValidationError, OverflowError) as error:
        mistakes += _form(path, kinds[0], raw, error)
        return None
    return None if unknown else parameter


def _fixed(path: str, raw: Any, mistakes: list[Mistake]) -> Fixed | None:
    try:
        if raw == []:
            raise OverflowError
        return Fixed(value=raw)
    except (ValidationError, OverflowError):
        message = f"must be a number, text, true, false, a list of these or a table, got {shown(raw)}"
        hint = None
        if isinstance(raw, list):
            name = path.removeprefix("space.")
            message = f"a fixed list holds plain values, one for each layer, got {shown(raw)}"
            hint = f"to search, write {name} = {{ choice = [...] }} or {name} = {{ float = [low, high] }}"
        mistakes.append(Mistake(path, message, hint))
        return None


def _form(path: str, kind: str, raw: Mapping[str, Any], error: Exception) -> Iterator[Mistake]:
    """Wrong values in a parameter's table, each key told once."""
    pairs = {"int": "two whole numbers [low, high]", "float": "two numbers [low, high]"}
    wanted = {
        **pairs,
        "choice": "a list of plain values (numbers, text, true, false)",
        "log": "true or false",
        "step": "a whole number of at least 1" if kind == "int" else "a number above 0",
        "per": 'the name of an int parameter, such as "depth"',
        "when": 'a table such as { optimizer = "sgd" } or { optimizer = ["sgd", "rmsprop"] }',
    }
    locations = error.errors() if isinstance(error, ValidationError) else [{"loc": (kind,)}]
    for each in dict.fromkeys(str(one["loc"][0]) for one in locations):
        yield Mistake(f"{path}.{each}", f"must be {wanted[each]}, got {shown(raw[each])}")


# What pydantic found, in plain words


def _translate(error: ValidationError) -> Iterator[Mistake]:
    for each in error.errors(include_url=False):
        if each["loc"][:2] == ("data", "validation"):  # a number, or folds: see `_folds`
            continue
        *above, last = (str(part) for part in each["loc"])
        path = ".".join([*above, last])
        if form := next((one for one in _FORMS if f"{path}.".startswith(f"{one}.")), None):
            yield Mistake(form, _FORMS[form])
        elif each["type"] == "extra_forbidden":
            yield _unknown_key(last, ".".join(above), list(SECTIONS[above[0]].model_fields))
        elif each["type"] == "missing":
            yield Mistake(path, "is missing", _missing(path))
        else:
            message, hint = _in_words(path, dict(each))
            yield Mistake(path, f"{message}, got {shown(each['input'])}", hint)


def _missing(path: str) -> str | None:
    return {
        "name": 'add name = "..." at the top of the file',
        "task": 'add task = "multiclass" (or "binary", "multilabel") at the top, before the first [section]',
        "data": 'add a section [data] with source = "digits"',
        "data.source": 'add source = "digits", or another data set, or "file.py:function"',
        "space": "add a section [space] with what is searched, such as lr = { float = [1e-3, 1e-1], log = true }",
    }.get(path)


def _in_words(path: str, error: Mapping[str, Any]) -> tuple[str, str | None]:
    context = error.get("ctx", {})
    match error["type"]:
        case "int_type" | "int_from_float":
            return "must be a whole number", None
        case "string_type":
            return "must be text in quotes", 'for instance timeout = "30m"' if path == "budget.timeout" else None
        case "bool_type":
            return "must be true or false", None
        case "metric":
            return f"must be {_or([inline(word) for word in METRICS])}", _near_metric(error["input"])
        case "literal_error":
            return _one_of_these(context["expected"], error["input"])
        case "greater_than":
            return f"must be above {context['gt']}", None
        case "greater_than_equal":
            return f"must be at least {context['ge']}", _TOO_FEW.get(path)
        case "less_than":
            return f"must be below {context['lt']}", None
        case "less_than_equal":
            return f"must be at most {context['le']}", None
        case "string_pattern_mismatch":
            return "must be at most 64 letters, digits, dots, _ and -, the first a letter or digit", None
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be a section", f"write [{path}] on a line of its own, and its keys below it"
        case _:
            return str(error["msg"]), None


def _one_of_these(expected: str, said: Any) -> tuple[str, str | None]:
    """`expected`: "'binary', 'multiclass' or 'multilabel'", "1 or 3"."""
    words = re.findall(r"'([^']*)'", expected)
    if not words:
        return f"must be {expected}", None
    return f"must be {_or([inline(word) for word in words])}", did_you_mean(said, words) if isinstance(
        said, str
    ) else None


def _near_metric(said: Any) -> str | None:
    if isinstance(said, list):
        return f'beside a metric there can only be the size: metric = ["accuracy", {inline(PARAMETERS)}]'
    return did_you_mean(said, METRICS) if isinstance(said, str) else None


_FORMS = {  # of values that pydantic would tell of member by member
    "data.positive": 'must be a list of classes, by number or name: [0, 1] or ["cat"]',
    "data.size": "must be a whole number above 0, or two: [height, width]",
    "data.target": 'must be the name of a column, or a list of names: "species" or ["red", "green"]',
    "data.features": 'must say how columns are taken: { age = "number", zip = "category", id = "drop" }',
}


_TOO_FEW = {
    "confirm.top": "--no-confirm leaves the confirmation out",
    "confirm.seeds": "one run says nothing about chance; --no-confirm leaves the confirmation out",
}


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _unknown_key(name: str, above: str, known: list[str]) -> Mistake:
    path = f"{above}.{key(name)}" if above else key(name)
    place = None if "." in above else _elsewhere(above).get(name)
    listed = f"known here: {', '.join(known)}"
    return Mistake(path, "unknown key", place or did_you_mean(name, known) or listed)


def _elsewhere(section: str) -> dict[str, str]:
    """Keys of the other sections -> where they belong. TOML reads a key into the section above it."""
    words = set(TRAINER).union(*FAMILIES.values())
    places = {name: f"it belongs in [space]: {name} = ..." for name in words}
    places |= {name: f"it belongs in [{each}]" for each, model in SECTIONS.items() for name in model.model_fields}
    top = TOP[: TOP.index("data")]
    places |= dict.fromkeys(top, "it belongs at the top of the file, before the first [section]")
    own = words if section == "space" else SECTIONS[section].model_fields if section else TOP
    return {name: place for name, place in places.items() if name not in own}


# Values that name something outside the file


def _references(table: Mapping[str, Any], folder: Path) -> Iterator[Mistake]:
    if isinstance(data := table.get("data"), dict):
        yield from source.check(data, folder)
    family = _get(table, "model", "family")
    if not isinstance(family, str) or family in FAMILIES:
        return
    if user_code.is_reference(family):
        try:
            user_code.locate(family, folder)
        except WorkbenchError as error:
            yield Mistake("model.family", error.message, error.hint)
    else:
        listed = f'families: {", ".join(FAMILIES)}; your own is "file.py:function"'
        near = did_you_mean(family, FAMILIES)
        yield Mistake("model.family", f"there is no family {inline(family)}", near or listed)


def _loss(table: Mapping[str, Any]) -> Iterator[Mistake]:
    task, loss = table.get("task"), table.get("loss")
    if task in ("binary", "multilabel") and loss in get_args(Loss):
        message = f"{inline(loss)} is for several classes of which one holds, and the task is {task}"
        yield Mistake("loss", message, "drop it: this task has binary cross-entropy on logits")


def _metric(table: Mapping[str, Any]) -> Iterator[Mistake]:
    name, task = table.get("metric"), _one_of(table.get("task"), get_args(Task))
    if isinstance(name, list):
        yield from _by_size_too(table)
        name = name[0] if name else None
    if task is not None and isinstance(name, str) and name in METRICS and name not in fitting(task):
        known = _or([inline(word) for word in fitting(task)])
        yield Mistake("metric", f"{inline(name)} is not measured of a {task} task", f"write {known}")


def _by_size_too(table: Mapping[str, Any]) -> Iterator[Mistake]:
    sampler, pruner = _get(table, "search", "sampler"), _get(table, "search", "pruner", "none")
    if sampler in ("gp", "cmaes"):
        yield Mistake("search.sampler", f"{sampler} does not search by two metrics", 'write "tpe" or "nsga2"')
    if pruner != "none":
        hint = 'leave it out, or write "none"'
        yield Mistake("search.pruner", "a study of two metrics stops no trial early", hint)


def _window(table: Mapping[str, Any]) -> Iterator[Mistake]:
    if _get(table, "search", "window") is None:
        return
    sampler = _get(table, "search", "sampler", "tpe")
    if sampler != "tpe":
        yield Mistake("search.window", f"does nothing with the sampler {inline(sampler)}", "leave it out")
    elif isinstance(table.get("metric"), list):
        yield Mistake("search.window", "a study of two metrics looks at all its trials", "leave it out")


def _timeout(table: Mapping[str, Any]) -> Iterator[Mistake]:
    timeout = _get(table, "budget", "timeout")
    if isinstance(timeout, str):
        try:
            seconds(timeout)
        except ValueError:
            yield Mistake(
                "budget.timeout",
                f"{shown(timeout)} is not a duration above 0",
                'write "90s", "30m", "2h" or "1h30m"',
            )


def _positive(table: Mapping[str, Any]) -> Iterator[Mistake]:
    positive, task = _get(table, "data", "positive"), table.get("task")
    if positive is None:
        return
    if task in ("multiclass", "multilabel"):
        yield Mistake("data.positive", f"tells two classes apart, and task is {inline(task)}", 'task = "binary"')
    if positive == []:
        yield Mistake("data.positive", "is empty: no example would be 1", "name at least one class, as in [0]")
    elif isinstance(positive, list) and (twice := [one for one in positive if positive.count(one) > 1]):
        yield Mistake("data.positive", f"names {shown(twice[0])} twice", "name each class once")


def _folds(table: Mapping[str, Any]) -> Iterator[Mistake]:
    """data.validation: a number of examples, or of folds."""
    path, said = "data.validation", _get(table, "data", "validation")
    if said is None or (type(said) is int and said >= 1):
        return
    if not isinstance(said, str):
        wanted = "must be above 0" if type(said) is int else 'must be a whole number, or folds such as "5-fold"'
        yield Mistake(path, f"{wanted}, got {shown(said)}")
    elif not re.fullmatch(FOLDS, said):
        number = re.match(r"\s*(\d+)", said)
        few = number is not None and int(number[1]) < 2
        why = "; one fold leaves nothing to train on" if few else ""
        yield Mistake(
            path, f"{shown(said)} is not a number of folds{why}", 'write "5-fold": from "2-fold" to "20-fold"'
        )
    elif _get(table, "data", "train") is not None:
        yield Mistake(
            "data.train",
            f"nothing for it to do: with validation = {inline(said)} all but the test part is divided into folds",
            "drop it; or write validation = 1000, say, for a single division",
        )
