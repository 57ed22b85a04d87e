"""How many of the CPU's threads torch uses for a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL = 1_000_000  # weights of a network without convolutions up to which one thread trains it


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Torch's threads on the CPU, given back as they were; None leaves them.

    A second thread gains a small network little (0.6 to 1.1 of the time at 784-512-512-10, batch 128) and costs it
    five to ten times the time where another process is busy, for each waits for the other at every operation.
    The count follows from the network alone: a trial's sums are the same to the last bit wherever it is repeated.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
