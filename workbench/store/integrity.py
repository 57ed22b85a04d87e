"""Whether what is read is what was written: a digest of each record of a journal and of each trial.

They are against damage, as of a disk or a copy, and against a hand that slipped; whoever wants to can write others.
What has none was written by Optuna itself, by its dashboard or by an earlier version, and is believed as it is.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Set
from typing import Any

SUM = "sum"  # the name that a digest goes by, beside what it is of

RECORD = frozenset({  # the names of Optuna's records
    "op_code", "worker_id", "study_id", "trial_id", "study_name", "directions", "user_attr", "system_attr",
    "datetime_start", "datetime_complete", "state", "value", "values", "distributions", "params", "user_attrs",
    "system_attrs", "intermediate_values", "param_name", "param_value_internal", "distribution", "step",
})  # fmt: skip


def line(record: Mapping[str, Any], *, allow_nan: bool = True) -> str:
    """A record as a line of text that ends with its checksum."""
    text = json.dumps(record, separators=(",", ":"), allow_nan=allow_nan)
    return f'{text[:-1]},"{SUM}":"{zlib.crc32(text.encode()):08x}"}}\n'


def check_line(record: dict[str, Any], known: Set[str] = RECORD) -> dict[str, Any]:
    """What such a line was made of. ValueError where it is not what was written.

    `known`: the names that a record without a checksum may have; with another, it had one whose name is damaged.
    """
    given = record.pop(SUM, None)
    if given is None:
        if not record.keys() <= known:
            raise ValueError("a record has a name that no record has")
    elif given != f"{zlib.crc32(json.dumps(record, separators=(',', ':')).encode()):08x}":
        raise ValueError("a record is not what was written")
    return record


def digest(value: Any) -> str:
    """Of a JSON value, the same whatever storage it has been in."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
