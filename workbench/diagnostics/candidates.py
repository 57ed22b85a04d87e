"""Remedies for symptoms, whose cause is one of several: the proof tries them in turn and says which one helped."""

from __future__ import annotations

from typing import Any

OWN_WEIGHTS: dict[str, Any] = {"name": "own-weights", "change": "torch's own first weights"}
STANDARDIZED: dict[str, Any] = {"name": "standardize", "change": "standardised inputs"}
SLOWER: dict[str, Any] = {
    "name": "scale-lr", "optimizer": 0, "factor": 0.1, "change": "a tenth of the learning rate"
}  # fmt: skip
FASTER: dict[str, Any] = {
    "name": "scale-lr", "optimizer": 0, "factor": 10.0, "change": "ten times the learning rate"
}  # fmt: skip
CLIPPED: dict[str, Any] = {
    "name": "clip-before-step", "call": "clip_grad_norm_", "limit": 1.0, "change": "gradients clipped to 1"
}  # fmt: skip


def one_of(*remedies: dict[str, Any], measure: tuple[str, ...] = ("learning",)) -> dict[str, Any]:
    """The first of them, and the others in its place where it does not help."""
    first, *others = ({**each, "measure": measure} for each in remedies)
    return {**first, "or": others}
