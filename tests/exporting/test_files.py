"""Every exported file answers what the study's network answers; the Python file does so without workbench."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.exporting.conftest import Keep
from workbench.errors import WorkbenchError
from workbench.exporting import files
from workbench.exporting.network import Network

DEEP = {"depth": 2, "units": [7, 5], "activation": "elu", "batch_norm": True, "dropout": 0.3}
CONVOLUTIONS = {"channels": [3, 4], "pool": [2, 1], "batch_norm": True, "conv_dropout": 0.25, "units": 5}
NETWORKS: dict[str, tuple[tuple[int, ...], int, dict[str, Any]]] = {
    "images": ((1, 8, 8), 10, {"point": {"units": 12, "activation": "gelu"}, "data": {"white": 16}}),
    "deep": ((6,), 3, {"point": DEEP, "data": {"classes": ["setosa", "versicolor", 'the "third"']}}),
    "nll": ((6,), 3, {"point": {"units": 5}, "loss": "nll"}),
    "binary": ((2,), 1, {"task": "binary", "standardized": False}),
    "labels": ((5,), 4, {"task": "multilabel"}),
    "2-d": ((4, 6), 3, {"point": {"depth": 0}}),
    "cnn": ((3, 6, 6), 4, {"family": "nets.py:small_cnn", "point": {"channels": 3, "lr": 0.1}}),
    "convolutions": ((10, 8), 4, {"family": "cnn", "point": CONVOLUTIONS}),
    "own": ((6,), 3, {"family": "nets.py:residual"}),
}
ALONE = """
import importlib.util, sys
sys.modules["workbench"] = None  # importing it is an error from here on
import torch
torch.set_num_threads(1)
for name, file in zip(sys.argv[1::2], sys.argv[2::2]):
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = torch.load(f"{name}.x")
    torch.save((module.logits(x), module.probabilities(x), module.predict(x)), f"{name}.answers")
assert sys.modules["workbench"] is None
assert not any(each.startswith("workbench.") for each in sys.modules)
"""


def examples(network: Network, count: int = 9) -> torch.Tensor:
    return torch.rand(count, *network.input_shape, generator=torch.Generator().manual_seed(1))


def alone(folder: Path, *arguments: str) -> str:
    """What a clean interpreter prints: no PYTHON variables, no folder of ours on its path."""
    command = [sys.executable, "-I", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def one_thread() -> Iterator[None]:
    """In the other process too: the last bits of a product depend on how many threads shared it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_the_python_file_alone_answers_exactly_as_the_network_of_the_study(keep: Keep, tmp_path: Path) -> None:
    networks = {name: keep(name, shape, outputs, **said) for name, (shape, outputs, said) in NETWORKS.items()}
    words = []
    for name, network in networks.items():
        written = files.write(network, tmp_path / name, files.stem_of(name, None), ["python"], lambda _: None)
        words += [name, str(written["python"])]
        torch.save(examples(network), tmp_path / f"{name}.x")
    (tmp_path / "nets.py").unlink()  # the copy beside the exported file is what counts
    (tmp_path / "moved").mkdir()
    alone(tmp_path, "-c", ALONE, *words)
    for name, network in networks.items():
        logits, probabilities, predicted = torch.load(tmp_path / f"{name}.answers")
        assert torch.equal(logits, network.logits(examples(network))), name
        assert torch.equal(probabilities, network.probabilities(examples(network))), name
        assert len(predicted) == 9
    logarithms, probabilities, _ = torch.load(tmp_path / "nll.answers")
    assert torch.equal(logarithms.exp(), probabilities)
    torch.testing.assert_close(probabilities.sum(1), torch.ones(9))
    labels = [label for label, _ in torch.load(tmp_path / "deep.answers")[2]]
    assert set(labels) <= {"setosa", "versicolor", 'the "third"'}
    assert set(torch.load(tmp_path / "labels.answers")[2][0]) == {"0", "1", "2", "3"}


def test_torch_s_own_layers_are_written_out_and_other_networks_are_imported(keep: Keep, tmp_path: Path) -> None:
    said: list[str] = []
    texts = {}
    for name in ("deep", "cnn", "own", "nll"):
        shape, outputs, more = NETWORKS[name]
        paths = files.write(keep(name, shape, outputs, **more), tmp_path / name, name, ["python"], said.append)
        texts[name] = paths["python"].read_text()
    assert "        nn.BatchNorm1d(7),\n        nn.ELU(),\n        nn.Dropout(0.3),\n" in texts["deep"]
    assert "            nn.Conv2d(3, 3, 3, padding=1),\n" in texts["cnn"]
    assert "            nn.MaxPool2d(2),\n" in texts["cnn"]
    assert "        nn.LogSoftmax(dim=1),\n" in texts["nll"]
    assert "return z.exp()" in texts["nll"]
    assert "softmax(1)" not in texts["nll"]
    assert "nets" not in texts["cnn"]
    assert not (tmp_path / "cnn" / "nets.py").exists()
    assert "module.residual(input_shape=(6,), outputs=3)" in texts["own"]
    assert (tmp_path / "own" / "nets.py").is_file()
    assert said == ["nets.py lies beside own.py, which imports it"]


def test_the_python_file_refuses_weights_that_are_not_its_own_and_examples_of_another_shape(
    keep: Keep, tmp_path: Path
) -> None:
    shape, outputs, said = NETWORKS["deep"]
    paths = files.write(keep("deep", shape, outputs, **said), tmp_path / "deep", "deep", ["python"], lambda _: None)
    scope: dict[str, Any] = {"__file__": str(paths["python"]), "__name__": "deep"}
    exec(paths["python"].read_text(), scope)
    with torch.random.fork_rng(), pytest.raises(ValueError, match=r"an example has the shape \(6,\)"):
        scope["predict"](torch.zeros(4, 3, 2))
    scope["network"].cache_clear()
    paths["state-dict"].write_bytes(paths["state-dict"].read_bytes() + b"more")
    with pytest.raises(ValueError, match="is not the file that"):
        scope["predict"](torch.zeros(4, 6))


def test_the_weights_are_those_of_the_study_in_each_format(keep: Keep, tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.torch import load_file

    network = keep("deep", *NETWORKS["deep"][:2], **NETWORKS["deep"][2])
    paths = files.write(network, tmp_path / "out", "deep", ["state-dict", "safetensors"], lambda _: None)
    for loaded in (torch.load(paths["state-dict"], weights_only=True), load_file(paths["safetensors"])):
        assert loaded.keys() == network.weights.keys()
        assert all(torch.equal(loaded[name], network.weights[name]) for name in loaded)
    with safe_open(paths["safetensors"], "pt") as file:
        assert json.loads(file.metadata()["point"]) == DEEP
        assert json.loads(file.metadata()["standardize"]) == network.about["standardize"]


@pytest.mark.parametrize("name", ["deep", "binary", "nll"])
def test_torch_export_and_onnx_take_examples_as_they_are_in_any_number(
    name: str, keep: Keep, tmp_path: Path
) -> None:
    shape, outputs, said = NETWORKS[name]
    network = keep(name, shape, outputs, **said)
    paths = files.write(network, tmp_path / "out", "net", ["torch-export", "onnx"], lambda _: None)
    program = torch.export.load(paths["torch-export"]).module()
    for count in (1, 5):
        x = examples(network, count)
        expected = (network.logits(x), network.probabilities(x))
        with torch.no_grad():
            assert all(map(torch.equal, program(x), expected))
        for answer, ours in zip(onnx_answers(paths["onnx"], x.numpy()), expected, strict=True):
            np.testing.assert_allclose(answer, ours.numpy(), rtol=1e-5, atol=1e-6)  # 2e-7 seen


def onnx_answers(path: Path, x: np.ndarray[Any, Any]) -> list[Any]:
    """By onnxruntime where it is installed, else by onnx's own reference, which is slow and sure."""
    try:
        from onnxruntime import InferenceSession

        return list(InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x}))
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        return list(ReferenceEvaluator(str(path)).run(None, {"x": x}))


def test_a_format_whose_package_is_missing_is_left_out_with_the_way_to_it(
    keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = keep("binary", *NETWORKS["binary"][:2], **NETWORKS["binary"][2])
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    said: list[str] = []
    paths = files.write(network, tmp_path / "out", "net", None, said.append)
    assert list(paths) == ["python", "state-dict", "safetensors", "torch-export"]
    assert said == ["onnx: left out: it needs the package onnxscript: pip install 'workbench[onnx]'"]
    with pytest.raises(WorkbenchError, match="--format onnx: it needs the package onnxscript"):
        files.write(network, tmp_path / "other", "net", ["python", "onnx"], said.append)
    assert not (tmp_path / "other").exists(), "something was written before all was known to work"


@pytest.mark.parametrize(
    ("study", "trial", "stem"),
    [
        ("mnist-small", None, "mnist_small_network"),
        ("mnist@2", 7, "mnist_2_trial_7_network"),
        ("8x8", None, "study_8x8_network"),
    ],
)
def test_files_have_names_that_python_can_import(study: str, trial: int | None, stem: str) -> None:
    assert files.stem_of(study, trial) == stem
    assert stem.isidentifier()
