"""best.json and the weights beside it as files: read only if they are the very bytes that were written.

torch reads a file with a flipped bit without a word, and a flipped digit in best.json is another network or another
scale of its inputs. So best.json has the digest of the weights and one of itself. They are against damage: whoever
wants to can write others. Against that stands that nothing in the two files is run, see `user_code.check_named`.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from workbench.errors import WorkbenchError
from workbench.study.spec import NAME

Weights = dict[str, torch.Tensor]
OWN = "sha256_of_this"  # the name of best.json's digest of itself


def written(about: Mapping[str, Any], weights: Weights) -> tuple[bytes, bytes]:
    """best.json and best.pt."""
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    content = buffer.getvalue()
    said = {**about, "sha256": hashlib.sha256(content).hexdigest()}
    said |= {OWN: digest(json.loads(json.dumps(said)))}
    return (json.dumps(said, indent=2, allow_nan=False) + "\n").encode(), content


def read(about_path: Path) -> tuple[dict[str, Any], Weights]:
    """What best.json says, and the weights beside it. WorkbenchError where they are not there, or not whole."""
    weights_path, again = about_path.with_suffix(".pt"), _AGAIN.format(about_path.parent.name)
    path = about_path
    try:
        about = json.loads(about_path.read_text(encoding="utf-8"))
        expected, study = about["sha256"], about["study"]
        path = weights_path
        content = weights_path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"{path}: {error.strerror}", hint=again) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WorkbenchError(f"{about_path}: this is not what workbench wrote there", hint=again) from error
    if not (isinstance(study, str) and NAME.fullmatch(study.partition("@")[0])):
        raise WorkbenchError(f"{about_path}: {study!r} is not the name of a study", hint=again)
    if OWN in about and about[OWN] != digest({name: value for name, value in about.items() if name != OWN}):
        raise WorkbenchError(f"{about_path} is damaged, or was changed since it was written", hint=again)
    if expected != hashlib.sha256(content).hexdigest():
        raise WorkbenchError(
            f"{weights_path} is not the file that {about_path.name} was written with: cut short, or changed since",
            hint=_AGAIN.format(study.partition("@")[0]),
        )
    return about, _weights(weights_path, content, again)


def digest(about: Any) -> str:
    """Of a JSON value, whatever its layout."""
    text = json.dumps(about, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _weights(path: Path, content: bytes, again: str) -> Weights:
    """Tensors by name and nothing else."""
    try:
        weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the bytes lead it to
        raise WorkbenchError(f"{path}: torch finds no weights in it that are safe to load", hint=again) from error
    if not (
        isinstance(weights, dict)
        and all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in weights.items())
    ):
        raise WorkbenchError(f"{path}: this does not hold tensors by their names", hint=again)
    return dict(weights)


_AGAIN = "workbench tune --study {} puts the best network back there, and repeats no other trial"
