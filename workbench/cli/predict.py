"""workbench predict: ask a study's best network about files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.exporting.predictions import Prediction

SHOWN = 3  # classes of an example, the likeliest


def add_to(commands: Any) -> None:
    """The arguments of `workbench predict`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "predict",
        help="ask a study's network about pictures, .npy or CSV files",
        description="Class and probability of examples in files, by the best network of a study.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=".png, .jpg, .npy (one example or many) or .csv")
    parser.add_argument("--study", required=True, metavar="NAME", help="the study's name")
    parser.add_argument("--invert", action="store_true", help="turn light and dark of the pictures")
    parser.add_argument(
        "--reports", metavar="DIR", default="reports", help="where `workbench tune` wrote (default: reports)"
    )
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print one JSON object")
    printed.add_argument("--csv", action="store_true", help="print CSV, with the probability of every class")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read every file, then ask, then print: a file that cannot be read leaves nothing half-said."""
    import json
    import sys
    from contextlib import redirect_stdout
    from pathlib import Path

    from workbench.cli.report import stored_name
    from workbench.exporting import inputs, network, predictions

    with redirect_stdout(sys.stderr):  # what a user's own network prints
        asked = network.kept(stored_name(options.study), Path(options.reports))
        examples = [inputs.read(Path(file), asked, invert=options.invert) for file in options.files]
        found = [prediction for one in examples for prediction in predictions.predict(asked, one)]
    notes = [f"{one.path}: {note}" for one in examples for note in one.notes]
    for note in notes:
        print(note, file=sys.stderr)  # noqa: T201 - the CLI speaks here
    if options.json:
        about = {key: asked.about[key] for key in ("study", "trial", "task")}
        told = [prediction.as_dict(SHOWN) for prediction in found]
        print(json.dumps({**about, "notes": notes, "predictions": told}))  # noqa: T201 - the result
    elif options.csv:
        sys.stdout.write(predictions.as_csv(found))
    else:
        for line in _lines(found):
            print(line)  # noqa: T201 - the result
    return 0


def _lines(found: Sequence[Prediction]) -> list[str]:
    """A line an example: what it is, how sure, and what else it might be."""
    width = max(len(prediction.where) for prediction in found)
    lines = []
    for prediction in found:
        likely = [f"{name} {_percent(share)}" for name, share in prediction.likely(SHOWN)]
        said = ", ".join(prediction.labels) or "no label"
        rest = f"  ({', '.join(likely if prediction.several else likely[1:])})"
        share = "" if prediction.several else f" {_percent(prediction.probability)}"
        lines.append(f"{prediction.where:<{width}}  {said}{share}{rest}")
    return lines


def _percent(share: float) -> str:
    """Never 100 % of what is not certain, nor 0 % of what is possible."""
    if 0 < share < 0.0005 or 0.9995 <= share < 1:
        return "<0.1 %" if share < 0.5 else ">99.9 %"
    return f"{share * 100:.1f} %"
