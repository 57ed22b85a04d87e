"""The order in which examples are seen, and minibatches cut from it.

The order depends on seed and epoch alone, so that all lanes and all trials of a study see the same examples at
the same time: what then differs between two trials is their point, not their luck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor

from workbench.data.splits import Part


def order(n: int, seed: int, epoch: int) -> Tensor:
    """A permutation of n examples, int64 [n], on the CPU: the same on every device."""
    digest = hashlib.sha256(f"{seed}:{epoch}".encode()).digest()  # torch uses the lowest 32 bits of a seed only
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:4], "big"))
    return torch.randperm(n, generator=generator)


def minibatches(part: Part, size: int, seed: int, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """x [B, ...] and y [B, ...] of one epoch, each a single gather. The last B may be smaller.

    A last one of a single example is left out of the epoch: batch norm cannot train on it.
    """
    n = len(part)
    for chosen in torch.split(order(n, seed, epoch).to(part.x.device), size):
        if len(chosen) == 1 < size and n > 1:
            continue
        yield part.x.index_select(0, chosen), part.y.index_select(0, chosen)
