"""What is printed cannot command the terminal: colours pass, every other control character is written out.

Names of classes, columns and files, messages of a user's code and rows of a storage may hold sequences that move
the cursor over what was said, set the window's title or fill the clipboard. All of it passes here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_COLOUR = r"\x1b\[[0-9;]*m"
# C0 but tab and the ends of lines, DEL, C1; marks that turn the direction of writing; halves of surrogate pairs.
_CONTROL = re.compile(
    rf"(?P<colour>{_COLOUR})|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    """The text with what would command a terminal as its escape: "\\x1b]0;title" instead of a title."""
    return _CONTROL.sub(lambda match: match["colour"] or match[0].encode("unicode_escape").decode(), text)


class Harmless:
    """A text stream that writes harmless text to another, and is that one in all else."""

    def __init__(self, stream: TextIO) -> None:
        self.plain = stream

    def write(self, text: str) -> int:
        self.plain.write(harmless(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


def plain(stream: TextIO) -> TextIO:
    """The stream itself, for a panel, which has to move the cursor; what it shows must be harmless by itself."""
    return stream.plain if isinstance(stream, Harmless) else stream


@contextmanager
def printing() -> Iterator[None]:
    """Whatever is printed inside is harmless."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Harmless(before[0]), Harmless(before[1])
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
