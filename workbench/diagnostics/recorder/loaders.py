"""DataLoaders: which were iterated, how they pick examples, and where one pass ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler
from torch.utils.data.dataloader import _BaseDataLoaderIter

from workbench.diagnostics.recorder import places
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.trace import Loader, Place

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

TRAINED = 1  # batches of a training pass after the recorded steps
EVALUATED = 20  # and of an evaluation


@dataclass
class LoaderFile:
    """What is kept of a loader."""

    place: Place | None
    batch_size: int | None
    examples: int | None
    sampler: str
    shuffled: bool | None
    drop_last: bool
    workers: int
    epochs: int = 0
    batches: int = 0

    def written(self) -> Loader:
        """As the trace tells it."""
        return Loader(**self.__dict__)


class Loaders:
    """All loaders that were iterated."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.files: list[LoaderFile] = []
        self.current: int | None = None
        self.preparing = False  # a batch is being made in this process
        self._by_loader: ByObject[LoaderFile] = ByObject()
        self._coasted: ByObject[int] = ByObject()
        self._of_iterator: ByObject[int] = ByObject()

    def install(self, patches: Patches) -> None:
        """See passes begin, batches come, and passes end."""
        patches.wrap(DataLoader, "__init__", after=self._made)
        patches.wrap(DataLoader, "__iter__", after=self._begun)
        original = _BaseDataLoaderIter.__next__

        def following(iterator: Any) -> Any:
            if self.recorder.coasting and self._enough(iterator):
                self.recorder.pass_ended()
                raise StopIteration
            self.recorder.functions_off()  # a call per example, of no interest
            self.preparing = True
            try:
                batch = original(iterator)
            except StopIteration:
                self.recorder.pass_ended()
                raise
            finally:
                self.preparing = False
            self.recorder.functions_resume()
            number = self._of_iterator.get(iterator)
            if number is not None:
                self.current = number
                self.files[number].batches += 1
            return batch

        patches.replace(_BaseDataLoaderIter, "__next__", following)

    def _enough(self, iterator: Any) -> bool:
        """Whether a pass has given enough batches, once the steps asked for are recorded."""
        given = self._coasted.get(iterator) or 0
        self._coasted[iterator] = given + 1
        return given >= (TRAINED if torch.is_grad_enabled() else EVALUATED)

    def _made(self, _: None, loader: DataLoader[Any], *__: Any, **___: Any) -> None:
        sampler = loader.sampler
        shuffled = {SequentialSampler: False, RandomSampler: True}.get(type(sampler))
        try:
            examples: int | None = len(loader.dataset)  # type: ignore[arg-type]
        except (TypeError, NotImplementedError):
            examples = None
        kept = LoaderFile(
            places.here(),
            loader.batch_size,
            examples,
            type(sampler).__name__,
            shuffled,
            bool(loader.drop_last),
            loader.num_workers,
        )
        self._by_loader[loader] = kept

    def _begun(self, iterator: Any, loader: DataLoader[Any]) -> None:
        kept = self._by_loader.get(loader)
        if kept is None:
            return
        if kept not in self.files:
            self.files.append(kept)
        kept.epochs += 1
        self.current = self.files.index(kept)
        self._of_iterator[iterator] = self.current
