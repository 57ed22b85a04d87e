"""CSV and parquet files as named columns of text, before anything is made of them.

Cells stay as they are written, without the blanks around them: what a column holds is decided in `tables`, and an
exported network reads the same text by the same rules with the standard library alone. What looks like another
dialect (semicolons, decimal commas) is told, not guessed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

LARGEST_CELL = 1 << 24  # letters; a quote that is never closed would otherwise read the whole file as one cell


@dataclass(frozen=True, eq=False)
class Text:
    """A file's columns: `cells` [columns][rows], and where each row stands in the file."""

    path: Path
    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    md5: str

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int) -> str:
        return f"line {self.lines[row]}"


def read(path: Path) -> Text:
    """A .csv, .tsv or .parquet file. WorkbenchError where it is not a table with a header and rows."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"{path}: cannot be read: {error.strerror or error}") from error
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if path.suffix.lower() == ".parquet":
        return _parquet(path, content, md5)
    header, rows = _parsed(path, _decoded(path, content))
    names = _names(path, header)
    for line, cells in rows:
        if len(cells) != len(names):
            raise WorkbenchError(
                f"{path} line {line}: {_columns(len(cells))}, where the header has {len(names):,}",
                hint="a comma inside a cell needs quotes around the cell",
            )
    if not rows:
        raise WorkbenchError(f"{path} has a header and no rows", hint="a line an example, a column a feature")
    columns = tuple(tuple(column) for column in zip(*(cells for _, cells in rows), strict=True))
    return Text(path, names, columns, tuple(line for line, _ in rows), md5)


def _decoded(path: Path, content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise WorkbenchError(f"{path}: this is UTF-16 text", hint="save it as CSV UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WorkbenchError(f"{path} line {line}: this is not UTF-8 text", hint="save it as CSV UTF-8") from error
    if not text.strip():
        raise WorkbenchError(f"{path} is empty", hint="a header, and a line for each example")
    if "\0" in text:
        raise WorkbenchError(f"{path}: this is not text: there are bytes of 0 in it", hint="save it as CSV UTF-8")
    return text


def _parsed(path: Path, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each other line that is not empty with its number."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    _check_dialect(path, text, delimiter)
    limit = csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells]
    except csv.Error as error:
        raise WorkbenchError(
            f"{path} line {reader.line_num}: {error}", hint="is a quote missing, or one too many?"
        ) from error
    finally:
        csv.field_size_limit(limit)
    return rows[0][1], rows[1:]


def _check_dialect(path: Path, text: str, delimiter: str) -> None:
    """A header in which something else than the delimiter parts the names."""
    first = next(line for line in text.splitlines() if line.strip())
    other, name = max(((";", "semicolons"), ("\t", "tabs"), ("|", "bars")), key=lambda pair: first.count(pair[0]))
    if other != delimiter and first.count(other) > first.count(delimiter):
        decimal = ' and decimal = ","' if other == ";" else ""
        raise WorkbenchError(
            f"{path}: its columns are parted by {name}, and commas are needed",
            hint="name the file .tsv"
            if other == "\t"
            else f'export it with commas, or let pandas do it: read_csv with sep = "{other}"{decimal}, then to_csv',
        )


def _names(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    """The columns' names; one without is called by its place."""
    if all(_is_number(cell) for cell in header):
        raise WorkbenchError(
            f"{path}: its first line holds numbers, where the names of the columns are needed: {_shown(header)}",
            hint="put a line of names on top",
        )
    names = tuple(name or f"column {place}" for place, name in enumerate(header, 1))
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        places = [str(place) for place, name in enumerate(names, 1) if name == twice[0]]
        raise WorkbenchError(
            f'{path}: {len(places)} columns are called "{twice[0]}": numbers {", ".join(places)}',
            hint="give each column a name of its own",
        )
    return names


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _parquet(path: Path, content: bytes, md5: str) -> Text:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise WorkbenchError(
            f"{path}: parquet files need the package pyarrow", hint="pip install 'workbench[parquet]'"
        ) from error
    try:
        table = pyarrow.parquet.read_table(io.BytesIO(content))
        columns = tuple(tuple(map(_as_text, column.to_pylist())) for column in table.columns)
    except (pyarrow.ArrowException, OSError) as error:
        raise WorkbenchError(f"{path}: this is not a whole parquet file: {str(error).splitlines()[0]}") from error
    if not columns or not table.num_rows:
        raise WorkbenchError(f"{path} has no {'rows' if columns else 'columns'}")
    names = _names(path, [str(name) for name in table.column_names])
    return Text(path, names, columns, tuple(range(1, table.num_rows + 1)), md5)


def _as_text(value: Any) -> str:
    """A cell as a CSV file would hold it."""
    if value is None:
        return ""
    return str(value).strip()


def _columns(count: int) -> str:
    return f"{count:,} column{'s' if count != 1 else ''}"


def _shown(cells: Sequence[str]) -> str:
    return ", ".join(cells[:5]) + (", ..." if len(cells) > 5 else "")
