"""A JSON schema of study files, for editors: completion, descriptions and red lines while one types.

It says what a file may look like; what its values mean to one another, `study.load` alone judges.
Names that no family knows stay allowed in [space], for a "file.py:function" has names of its own.
`python -m workbench.study.schema` prints what studies/schema.json must be.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from workbench.study.spec import StudySpec
from workbench.study.vocabulary import FAMILIES, TRAINER, Word

Schema = dict[str, Any]

_PLAIN: Schema = {"type": ["boolean", "number", "string"]}
_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"


def json_schema() -> Schema:
    """The schema, in JSON Schema's draft 2020-12."""
    study = StudySpec.model_json_schema(by_alias=True)
    sections = {
        name: study["$defs"][name] for name in ("DataSpec", "ModelSpec", "BudgetSpec", "SearchSpec", "ConfirmSpec")
    }
    by_hand = ("folder", "space", "enqueue")
    properties = {name: value for name, value in study["properties"].items() if name not in by_hand}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "workbench study",
        "description": "What to search, on which data, with which network and budget.",
        "type": "object",
        "required": study["required"],
        "properties": {**properties, "space": _space(), "enqueue": _enqueue()},
        "additionalProperties": False,
        "$defs": {**sections, "per": _PER, "when": _WHEN},
    }


def _space() -> Schema:
    return {
        "type": "object",
        "description": "A plain value is fixed; a table with int, float or choice is searched.",
        "properties": {name: _word(word) for name, word in _words().items()},
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": {
            "anyOf": [_PLAIN, _listed(_PLAIN), _range("int"), _range("float"), _choice(_PLAIN)],
        },
    }


def _enqueue() -> Schema:
    values = {name: _value(word) for name, word in _words().items()}
    return {
        "description": "Points that are tried first, in this order, each [[enqueue]]: what differs from the "
        "space's fixed values and the defaults. Values may lie outside the space's ranges.",
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"description": 'what reports call it: "the lesson\'s network"', "type": "string"},
                **values,
            },
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": {"anyOf": [_PLAIN, _listed(_PLAIN)]},
        },
    }


def _value(word: Word) -> Schema:
    fixed = _fixed(word)
    return {"description": word.meaning, "anyOf": [fixed, *([_listed(fixed)] if word.per else [])]}


def _words() -> dict[str, Word]:
    """Every word of the trainer and of the families; where families differ in one, it has no default here."""
    words = dict(TRAINER)
    for name in dict.fromkeys(name for family in FAMILIES.values() for name in family):
        first, *others = (family[name] for family in FAMILIES.values() if name in family)
        meanings = dict.fromkeys(word.meaning for word in (first, *others))
        alike = all(other == first for other in others)
        words[name] = first if alike else replace(first, default=None, meaning="; or ".join(meanings))
    return words


def _word(word: Word) -> Schema:
    fixed = _fixed(word)
    forms = [fixed, *([_listed(fixed)] if word.per else [])]
    if word.kind in ("int", "float"):
        forms.append(_range("int", fixed))
    if word.kind == "float":
        forms.append(_range("float", fixed))
    default = {} if word.default is None else {"default": word.default}
    return {"description": word.meaning, **default, "anyOf": [*forms, _choice(fixed)]}


def _fixed(word: Word) -> Schema:
    match word.kind:
        case "bool":
            return {"type": "boolean"}
        case "name":
            return {"enum": list(word.names)}
        case "int" | "float":
            limits = {
                ("exclusiveMinimum" if word.above else "minimum"): word.low,
                ("exclusiveMaximum" if word.below else "maximum"): word.high,
            }
            kind = "integer" if word.kind == "int" else "number"
            return {"type": kind} | {name: limit for name, limit in limits.items() if limit is not None}


def _range(kind: str, bound: Schema | None = None) -> Schema:
    number = {**(bound or {}), "type": "integer" if kind == "int" else "number"}
    return _table(
        kind,
        {
            kind: {
                "description": "[low, high], both included",
                "type": "array",
                "items": number,
                "minItems": 2,
                "maxItems": 2,
            },
            "log": {"description": "draw evenly on a logarithmic scale", "type": "boolean", "default": False},
            "step": {
                "description": "distance of neighbouring values",
                "type": number["type"],
                **({"minimum": 1} if kind == "int" else {"exclusiveMinimum": 0}),
            },
        },
    )


def _choice(option: Schema) -> Schema:
    return _table("choice", {"choice": {"description": "the values to choose from", **_listed(option)}})


def _table(kind: str, properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": [kind],
        "properties": {**properties, "per": {"$ref": "#/$defs/per"}, "when": {"$ref": "#/$defs/when"}},
        "additionalProperties": False,
    }


def _listed(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1}


_PER: Schema = {
    "description": "name of an int parameter: draw one value for each of its count",
    "type": "string",
}
_WHEN: Schema = {
    "description": "draw only where these parameters have these values (a value, or a list of them)",
    "type": "object",
    "additionalProperties": {"anyOf": [_PLAIN, _listed(_PLAIN)]},
}


def text() -> str:
    """The content of studies/schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201 - what this module is run for
