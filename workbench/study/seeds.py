"""Random seeds, each from the study's seed and what it is for: the same alone, in any order, after a resume."""

from __future__ import annotations

import hashlib


def derive(seed: int, *purpose: str | int) -> int:
    """A seed in [0, 2**31): e.g. derive(study_seed, "trial", number)."""
    text = ":".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
