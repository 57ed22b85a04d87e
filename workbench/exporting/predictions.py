"""What a network says of examples: labels and probabilities, as values, JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.exporting.inputs import Examples
from workbench.exporting.network import Network
from workbench.models import task
from workbench.reporting.files import no_formula


@dataclass(frozen=True)
class Prediction:
    """One example's. `several`: labels do not exclude one another, there may be none or many."""

    file: str
    row: int | None  # in its file, from 0; None where the file is one example
    labels: tuple[str, ...]
    probabilities: dict[str, float]  # by class or label, in their order
    several: bool

    @property
    def where(self) -> str:
        return self.file if self.row is None else f"{self.file}[{self.row}]"

    @property
    def probability(self) -> float:
        """Of its one label."""
        return self.probabilities[self.labels[0]]

    def likely(self, most: int) -> list[tuple[str, float]]:
        """The likeliest classes, first the likeliest."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])[:most]

    def as_dict(self, most: int) -> dict[str, Any]:
        said = {"labels": list(self.labels)} if self.several else {"label": self.labels[0]}
        sure = {} if self.several else {"probability": self.probability}
        top = [{"label": name, "probability": share} for name, share in self.likely(most)]
        return {"file": self.file, "row": self.row, **said, **sure, "top": top}


def predict(network: Network, examples: Examples) -> list[Prediction]:
    """One for each example, in order."""
    kind = network.about["task"]
    logits = network.logits(examples.x)
    labels = task.predict(kind, logits)
    shares = task.probabilities(kind, logits, network.about.get("loss"))
    names, several = network.classes, kind == "multilabel"
    found = []
    for row, (said, probabilities) in enumerate(zip(labels.tolist(), shares.tolist(), strict=True)):
        chosen = [i for i, yes in enumerate(said) if yes] if several else [int(said)]
        found.append(
            Prediction(
                str(examples.path),
                None if examples.single else row,
                tuple(names[i] for i in chosen),
                dict(zip(names, probabilities, strict=True)),
                several,
            )
        )
    return found


def as_csv(predictions: Sequence[Prediction]) -> str:
    """A line an example, a column for each class's probability. Labels of one example are parted by spaces."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "row", "label", *(f"p_{name}" for name in predictions[0].probabilities)])
    for one in predictions:
        shares = [f"{share:.6g}" for share in one.probabilities.values()]
        table.writerow([no_formula(one.file), one.row, no_formula(" ".join(one.labels)), *shares])
    return text.getvalue()
