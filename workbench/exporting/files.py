"""What a network is exported to: each format's file as bytes. All are made before the first is written."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from workbench import atomic
from workbench.errors import WorkbenchError
from workbench.exporting.network import Network
from workbench.exporting.script import script
from workbench.models import task

FORMATS = {  # name -> the file's ending
    "python": ".py",
    "state-dict": ".pt",
    "safetensors": ".safetensors",
    "onnx": ".onnx",
    "torch-export": ".pt2",
}


class FormatError(Exception):
    """A format that cannot be written, and why."""


class Deployed(nn.Module):
    """x [N, *input_shape], not standardized -> logits [N, outputs], probabilities [N, classes]."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network, self.task, self.loss = network.module, network.about["task"], network.about.get("loss")
        scale = network.scale()
        self.mean: Tensor | None = scale and scale[0]
        self.deviation: Tensor | None = scale and scale[1]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if self.mean is not None and self.deviation is not None:
            x = (x - self.mean) / self.deviation
        logits = self.network(x)
        return logits, task.probabilities(self.task, logits, self.loss)


def write(
    network: Network, folder: Path, stem: str, formats: Sequence[str] | None, say: Callable[[str], None]
) -> dict[str, Path]:
    """Write the files, {format: path}; None stands for every format that can be written, `say` hears of the others.

    WorkbenchError where a format that was asked for cannot be written, or the folder cannot: then there is no file.
    """
    wanted = list(FORMATS if formats is None else formats)
    if "python" in wanted and "state-dict" not in wanted:
        wanted.append("state-dict")
    weights = _state_dict(network)
    contents: dict[str, bytes] = {}
    beside: dict[Path, bytes] = {}
    for name in wanted:
        try:
            if name == "python":
                made = script(network, stem, f"{stem}.pt", hashlib.sha256(weights).hexdigest())
                contents[name] = made.text.encode()
                if made.own_file is not None:
                    beside[folder / made.own_file.name] = made.own_file.read_bytes()
                    say(f"{made.own_file.name} lies beside {stem}.py, which imports it")
            else:
                contents[name] = weights if name == "state-dict" else _MAKERS[name](network)
        except FormatError as error:
            if formats is not None:
                raise WorkbenchError(f"--format {name}: {error}") from error
            say(f"{name}: left out: {error}")
    atomic.check_folder(folder)
    paths = {name: folder / f"{stem}{FORMATS[name]}" for name in FORMATS if name in contents}
    for path, content in [*beside.items(), *((paths[name], contents[name]) for name in paths)]:
        atomic.write(path, content, hint="free some space there, or name another folder with --out")
    return paths


def stem_of(study: str, trial: int | None) -> str:
    """A name that Python can import: "mnist-small" -> "mnist_small", trial 7 of it -> "mnist_small_trial_7"."""
    name = re.sub(r"\W", "_", study, flags=re.ASCII)
    name = f"study_{name}" if name[0].isdigit() else name
    return f"{name}_network" if trial is None else f"{name}_trial_{trial}_network"


def _state_dict(network: Network) -> bytes:
    buffer = io.BytesIO()
    torch.save(network.weights, buffer)
    return buffer.getvalue()


def _safetensors(network: Network) -> bytes:
    from safetensors.torch import save

    # One copy for each name: the format refuses tensors that share memory, as tied weights do.
    tensors = {name: tensor.clone().contiguous() for name, tensor in network.weights.items()}
    kept = ("study", "trial", "task", "loss", "family", "point", "input_shape", "outputs", "standardize", "data")
    about = {name: json.dumps(network.about.get(name)) for name in kept}
    return bytes(save(tensors, {"format": "pt", **about}))


def _onnx(network: Network) -> bytes:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise FormatError(f"it needs the package {error.name}: pip install 'workbench[onnx]'") from error
    with _quiet(), _reasons():
        program = torch.onnx.export(
            Deployed(network).eval(),
            _example(network),
            dynamo=True,
            input_names=["x"],
            output_names=["logits", "probabilities"],
            dynamic_shapes=_BATCHES,
            verbose=False,
        )
        assert program is not None
        return bytes(program.model_proto.SerializeToString())


def _torch_export(network: Network) -> bytes:
    buffer = io.BytesIO()
    with _quiet(), _reasons():
        program = torch.export.export(Deployed(network).eval(), _example(network), dynamic_shapes=_BATCHES)
        torch.export.save(program, buffer)
    return buffer.getvalue()


_MAKERS: dict[str, Callable[[Network], bytes]] = {
    "safetensors": _safetensors,
    "onnx": _onnx,
    "torch-export": _torch_export,
}
_BATCHES: Any = ({0: torch.export.Dim("N")},)


def _example(network: Network) -> tuple[Tensor]:
    """Two examples: of one alone torch would conclude that there is never more."""
    return (torch.zeros(2, *network.input_shape),)


@contextmanager
def _reasons() -> Iterator[None]:
    """What torch cannot trace, in the words of its first line."""
    try:
        yield
    except Exception as error:
        raise FormatError(f"torch cannot trace this network: {str(error).strip().splitlines()[0]}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the progress and the warnings of torch's exporters, which are about their own insides."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
