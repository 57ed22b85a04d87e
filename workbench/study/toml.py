"""Values as TOML would write them, for messages and hints that can be pasted into a file."""

from __future__ import annotations

import json
import re
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def inline(value: Any) -> str:
    """One value on one line: {"float": [0, 1]} -> { float = [0, 1] }."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(inline(one) for one in value)}]"
        case dict():
            pairs = ", ".join(f"{key(name)} = {inline(one)}" for name, one in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case int() | float():
            return repr(value)
        case _:  # dates and times, which TOML has and studies do not use
            return str(value)


def key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def shown(value: Any, width: int = 60) -> str:
    """The value for a message, shortened where it is long."""
    try:
        text = inline(value)
    except RecursionError:
        return "a deeply nested value"
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _text(value: str) -> str:
    """With the control characters that JSON leaves as they are written out, too."""
    return re.sub(r"[\x7f-\x9f]", lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
