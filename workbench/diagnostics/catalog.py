"""What each remedy does, in its own words: read from the source, for a page must not wait for torch."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "remedies"


@functools.cache
def sentences() -> dict[str, str]:
    """{remedy: the first paragraph of its docstring}."""
    registry = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    table = next(node for node in ast.walk(registry) if isinstance(node, ast.Dict))
    return {
        str(key.value): _told(value.value.id, value.attr)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name)
    }


def _told(module: str, function: str) -> str:
    paragraph = next(each for name, each in _paragraphs(module) if name == function)
    return " ".join(paragraph.split())


@functools.cache
def _tree(module: str) -> ast.Module:
    return ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))


def _paragraphs(module: str) -> Iterator[tuple[str, str]]:
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, (ast.get_docstring(node) or "").split("\n\n")[0]
