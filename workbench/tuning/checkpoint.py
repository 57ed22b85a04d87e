"""best.pt and best.json: the weights of the best trial's best epoch, and all that rebuilds the network.

`best.json` is written last and carries the digest of `best.pt`: a pair cut apart by a kill is not taken for whole.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import torch

from workbench import atomic

Weights = dict[str, torch.Tensor]


def save(folder: Path, weights: Weights, about: dict[str, Any]) -> None:
    """Write both files, each whole or not at all."""
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    content = buffer.getvalue()
    atomic.write(folder / "best.pt", content)
    about = about | {"sha256": hashlib.sha256(content).hexdigest()}
    atomic.write(folder / "best.json", (json.dumps(about, indent=2, allow_nan=False) + "\n").encode())


def load(folder: Path, study: str, trial: int) -> Weights | None:
    """The weights kept for this trial of this study, or None where there are none, or not whole."""
    try:
        about = json.loads((folder / "best.json").read_text(encoding="utf-8"))
        content = (folder / "best.pt").read_bytes()
        if (about["study"], about["trial"]) != (study, trial):
            return None
        if about["sha256"] != hashlib.sha256(content).hexdigest():
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    weights: Weights = torch.load(io.BytesIO(content), weights_only=True)
    return weights
