"""The same steps again, with faults repaired in memory. Runs in the child process; the file is not changed.

A replay without meters records one thing: the loss at each backward. With no remedy either it is the plain run, by
which the tests hold that recording changes no number.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data.dataloader import _BaseDataLoaderIter

from workbench.diagnostics.meters import Meters
from workbench.diagnostics.recorder import facts
from workbench.diagnostics.recorder.gradients import of_weights
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.recorder.session import Stop
from workbench.diagnostics.recorder.transforms import Asked, Transforms, undone
from workbench.diagnostics.remedies import REMEDIES
from workbench.diagnostics.request import Request

EVALUATED = 20  # batches of an evaluation after the last step, as the recorder's
COASTING = 2.0  # seconds for it, at least; and at most half as long again as the steps took


def replay(request: Request, execute: Callable[[Request], None]) -> None:
    """Run the target with the request's remedies in force, and write what was measured.

    `request.steps` counts backward calls here, as many as were recorded.
    """
    began, worked = time.monotonic(), time.process_time()
    run = _Steps(request)
    ended, error = "finished", ""
    measured: dict[str, Any] = {}
    patches = Patches()
    with contextlib.ExitStack() as stack:
        stack.callback(patches.undo)
        meters = Meters(patches, request.meters) if request.meters else None
        run.meters = meters
        if meters is not None:
            patches.replace(_BaseDataLoaderIter, "__next__", run.following(_BaseDataLoaderIter.__next__))
            stack.enter_context(meters.functions)  # below the remedies: it sees what they make of a call
        for wish in request.remedies:
            stack.enter_context(REMEDIES[wish["name"]](patches, wish))
        patches.wrap(torch.autograd, "backward", before=run.seen)
        patches.wrap(torch.autograd, "grad", before=run.asked, outermost=True)
        Transforms(run.asked_by_func).install(patches)
        try:
            execute(request)
        except Stop as stop:
            ended = stop.how
        except SystemExit:
            ended = "exited"
        except BaseException as crash:  # noqa: BLE001 - a repair may break the script: then it proves nothing
            ended, error = "crashed", f"{type(crash).__name__}: {crash}"
            if run.coasting:
                ended = "steps"
        if meters is not None:
            measured = meters.written()
    results = {
        "losses": run.losses,
        "ended": ended,
        "error": error,
        "seconds": time.monotonic() - began,
        "worked": time.process_time() - worked,  # of the processor
        **measured,
    }
    Path(request.folder, "results.json").write_text(json.dumps(results), encoding="utf-8")


class _Steps:
    """Counts backward calls; after the last, goes on to an evaluation where one is wanted and was not seen."""

    def __init__(self, request: Request) -> None:
        self.limit, self.until = request.steps, time.monotonic() + request.seconds
        self.began = time.monotonic()
        self.losses: list[float | None] = []
        self.meters: Meters | None = None
        self.coasting = False
        self._given: dict[int, int] = {}

    def seen(self, tensors: Any, *_: Any, **__: Any) -> None:
        """A backward begins."""
        if self.coasting:
            if self._through() or time.monotonic() > self.until:
                raise Stop("steps")
            return
        if len(self.losses) >= self.limit:
            if self._through():
                raise Stop("steps")
            self.coasting = True
            self.until = min(self.until, time.monotonic() + max(COASTING, (time.monotonic() - self.began) / 2))
            return
        if time.monotonic() > self.until:
            raise Stop("seconds")
        loss = facts.first_tensor(tensors)
        self.losses.append(float(loss.detach()) if loss is not None and loss.numel() == 1 else None)
        if self.meters is not None and loss is not None:
            self.meters.backward(loss)

    def asked(self, outputs: Any, inputs: Any, *_: Any, **keywords: Any) -> None:
        """torch.autograd.grad is called: as good as a backward, where it is asked for the slopes of weights."""
        if of_weights(inputs, keywords, plain=self._plain):
            self.seen(outputs)

    def asked_by_func(self, asked: Asked) -> None:
        """torch.func gave slopes: the loss is computed once more, for the meters to see."""
        if isinstance(asked.weights, Tensor) and not self._plain:
            return
        with undone():
            result, _ = asked.again()
        self.seen(result)

    @property
    def _plain(self) -> bool:
        """Whether weights may be tensors like any other; without meters nobody knows, and inputs are likelier."""
        return self.meters is not None and self.meters.plain

    def _through(self) -> bool:
        return self.meters is None or not self.meters.waits

    def following(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A loader's next batch; while coasting passes end early."""

        def following(iterator: Any) -> Any:
            if self.coasting:
                given = self._given.get(id(iterator), 0)
                self._given[id(iterator)] = given + 1
                if given >= (1 if torch.is_grad_enabled() else EVALUATED):
                    raise StopIteration
            return original(iterator)

        return following
