"""workbench export: a trained network as files that need no workbench."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.exporting.network import Network
    from workbench.store.history import Row

FORMATS = ("python", "state-dict", "safetensors", "onnx", "torch-export")


def add_to(commands: Any) -> None:
    """The arguments of `workbench export`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="write a study's network to files that need no workbench",
        description="Write the best network of a study, or one trial's, as a Python file with its weights, as "
        "safetensors, ONNX and torch.export.",
    )
    parser.add_argument(
        "--study", required=True, metavar="NAME", help="the study's name, or one generation: mnist@2"
    )
    parser.add_argument(
        "--trial", type=_number, metavar="N", help="this trial's network, trained again where it is not kept"
    )
    parser.add_argument(
        "--format", action="append", default=[], metavar="NAME",
        help=f"only this one: {', '.join(FORMATS)} (may be repeated; default: all that can be written)",
    )  # fmt: skip
    parser.add_argument("--out", metavar="DIR", help="where the files go (default: REPORTS/STUDY/export)")
    parser.add_argument(
        "--reports", metavar="DIR", default="reports", help="where `workbench tune` wrote (default: reports)"
    )
    parser.add_argument(
        "--storage", metavar="URL",
        help="for --trial: where the study is stored (default: $WORKBENCH_STORAGE, else workbench.journal)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was written as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Find the network, write its files, say what is where."""
    import json
    import sys
    from contextlib import redirect_stdout
    from pathlib import Path

    from workbench.cli.report import stored_name

    formats = _formats(options.format)
    name, reports = stored_name(options.study), Path(options.reports)
    notes: list[str] = []

    def say(text: str) -> None:
        notes.append(text)
        print(text, file=sys.stderr)  # noqa: T201 - the CLI speaks here

    from workbench.exporting import files

    with redirect_stdout(sys.stderr):  # what a user's own network prints
        network, trial = _network(options, name, reports, say)
        study = str(network.about["study"])
        folder = Path(options.out) if options.out else reports / study.partition("@")[0] / "export"
        paths = files.write(network, folder, files.stem_of(study, trial), formats, say)
    if options.json:
        about = {key: network.about[key] for key in ("study", "trial", "epoch", "validation", "test")}
        told = {**about, "files": {one: str(path) for one, path in paths.items()}, "notes": notes}
        print(json.dumps(told))  # noqa: T201 - the result
    else:
        _tell(network, paths)
    return 0


def _network(options: argparse.Namespace, name: str, reports: Path, say: Any) -> tuple[Network, int | None]:
    """The network, and its trial's number where that is to stand in the files' names."""
    from workbench.exporting import network, retraining

    if options.trial is None:
        return network.kept(name, reports), None
    from workbench.errors import WorkbenchError
    from workbench.store import trials
    from workbench.store.storage import chosen

    history = trials.read(chosen(options.storage), name)
    row = retraining.trial_of(history, options.trial)
    if row.number != options.trial:
        say(f"trial {options.trial} repeats the point of trial {row.number}, whose network it is")
    try:
        kept = network.kept(history.study if history.generation > 1 else f"{history.study}@1", reports)
        if kept.about["trial"] == row.number:
            return kept, None
    except WorkbenchError:
        pass  # what is not there, or not whole, is trained again
    say(f"trial {row.number} of {history.study} is trained again from its seed: {_amount(row)}")
    return retraining.again(history, row, home(options.study), say), row.number


def _amount(row: Row) -> str:
    from workbench.reporting import words

    return f"{words.count(len(row.curve), 'epoch')}, which took {words.duration(row.seconds)} the first time"


def home(study: str) -> Path:
    """Where the study's own "file.py:function" lies: beside its file."""
    from pathlib import Path

    from workbench.errors import WorkbenchError
    from workbench.study.shelf import resolve

    try:
        return resolve(study.partition("@")[0]).resolve().parent
    except WorkbenchError:
        return Path.cwd()


def _formats(given: list[str]) -> list[str] | None:
    """The formats asked for, None for all that can be written."""
    from workbench.errors import WorkbenchError
    from workbench.study.mistakes import did_you_mean

    names = [name for item in given for name in item.replace(",", " ").split()]
    for name in names:
        if name not in FORMATS:
            listed = f"formats: {', '.join(FORMATS)}"
            near = did_you_mean(name, FORMATS)
            raise WorkbenchError(
                f"--format {name}: there is no such format", hint=f"{near} ({listed})" if near else listed
            )
    return list(dict.fromkeys(names)) or None


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a trial")
    return int(text)


def _tell(network: Network, paths: dict[str, Path]) -> None:
    from workbench.reporting import words

    about = network.about
    if about.get("test"):
        accuracy = f"test accuracy {words.percent(about['test']['accuracy'])}"
    else:
        accuracy = f"validation accuracy {words.percent(about['validation']['accuracy'])}"
    epochs = words.count(about["epoch"], "epoch")
    trained = f"trained on the {about['trained_on']} for {epochs}" if about.get("trained_on") else epochs
    print(f"{about['study']}: trial {about['trial']}, {trained}; {accuracy}")  # noqa: T201 - the result
    for path in paths.values():
        print(f"  {path}  {_size(path.stat().st_size)}")  # noqa: T201
    if "python" in paths:
        file = "picture.png" if len(network.input_shape) > 1 else "rows.csv"
        print(f"next:\n  python {paths['python']} {file}")  # noqa: T201


def _size(size: int) -> str:
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
