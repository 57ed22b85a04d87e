"""A script with tensors that know only a part of torch's functions runs as it does without the recorder."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from workbench.diagnostics.recorder.session import Recorder
from workbench.diagnostics.trace import Ended, Trace, from_json, to_json

functional = nn.functional


class Stubborn(torch.Tensor):
    """A class of a user's own that can be multiplied, added up and sent backward, and nothing else."""

    ALLOWED = frozenset({"linear", "mul", "sum", "backward", "__get__", "detach", "clone", "zero_", "as_subclass"})

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.__name__ not in cls.ALLOWED:
            raise TypeError(f"Stubborn knows no {func.__name__}")
        return super().__torch_function__(func, types, args, kwargs or {})  # type: ignore[no-untyped-call]


def learn(parameters: Any, losses: Callable[[], Tensor], optimizer: Any = None, steps: int = 3) -> list[str]:
    chosen = optimizer or torch.optim.SGD(parameters, lr=0.1)
    values = []
    for _ in range(steps):
        chosen.zero_grad()
        loss = losses()
        loss.backward()
        chosen.step()
        values.append("" if loss.is_meta else str(loss.detach().as_subclass(Tensor)))
    return values


def sparse_gradients() -> list[str]:
    table = nn.Embedding(10, 3, sparse=True)
    optimizer = torch.optim.SparseAdam(list(table.parameters()), lr=0.1)
    return learn(None, lambda: table(torch.tensor([1, 4, 4])).square().sum(), optimizer)


def sparse_input() -> list[str]:
    layer, x = nn.Linear(4, 2), torch.eye(4).to_sparse()
    target = torch.zeros(4, 2)
    return learn(layer.parameters(), lambda: functional.mse_loss(torch.sparse.mm(x, layer.weight.t()), target))


def compressed_rows() -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that it is in beta
        x = torch.eye(4).to_sparse_csr()
    layer = nn.Linear(4, 2)
    return learn(layer.parameters(), lambda: (x @ layer.weight.t()).square().mean())


def nested() -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = torch.nested.nested_tensor([torch.ones(2, 4), torch.ones(3, 4)])
    layer = nn.Linear(4, 2)
    return learn(layer.parameters(), lambda: layer(x).to_padded_tensor(0.0).square().mean())


def jagged() -> list[str]:
    x = torch.nested.nested_tensor([torch.ones(2, 4), torch.ones(3, 4)], layout=torch.jagged)
    layer = nn.Linear(4, 2)
    return learn(layer.parameters(), lambda: layer(x).values().square().mean())


def quantized() -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # going to be removed
        x = torch.quantize_per_tensor(torch.ones(3, 4), 0.1, 0, torch.quint8)
    layer = nn.Linear(4, 2)
    return learn(layer.parameters(), lambda: functional.mse_loss(layer(x.dequantize()), x.dequantize()[:, :2]))


def meta() -> list[str]:
    layer, x = nn.Linear(4, 2, device="meta"), torch.ones(3, 4, device="meta")
    return learn(layer.parameters(), lambda: functional.mse_loss(torch.relu(layer(x)), x[:, :2]))


def complex_numbers() -> list[str]:
    layer, x = nn.Linear(4, 2, dtype=torch.complex64), torch.ones(3, 4, dtype=torch.complex64)
    return learn(layer.parameters(), lambda: torch.tanh(layer(x)).abs().square().mean())


def floats_of_8_bits() -> list[str]:
    layer, x = nn.Linear(4, 2), torch.ones(3, 4).to(torch.float8_e4m3fn)
    return learn(layer.parameters(), lambda: functional.mse_loss(layer(x.float()), x.float()[:, :2]))


def brain_floats() -> list[str]:
    layer, x = nn.Linear(4, 2, dtype=torch.bfloat16), torch.ones(3, 4, dtype=torch.bfloat16)
    return learn(
        layer.parameters(), lambda: functional.cross_entropy(torch.tanh(layer(x)), torch.tensor([0, 1, 0]))
    )


def nothing() -> list[str]:
    layer, x = nn.Linear(4, 2), torch.ones(0, 4)
    return learn(layer.parameters(), lambda: torch.relu(layer(x)).sum() + layer.weight.sum())


def a_class_of_its_own() -> list[str]:
    layer, x = nn.Linear(4, 2), torch.ones(3, 4).as_subclass(Stubborn)
    return learn(layer.parameters(), lambda: layer(x).sum())


KINDS = (
    sparse_gradients, sparse_input, compressed_rows, nested, jagged, quantized, meta, complex_numbers,
    floats_of_8_bits, brain_floats, nothing, a_class_of_its_own,
)  # fmt: skip


def recorded(kind: Callable[[], list[str]]) -> tuple[list[str], Trace]:
    torch.manual_seed(0)
    with Recorder("here", capture=True) as recorder:
        values = kind()
    return values, recorder.trace(Ended("finished", 0))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_script_with_odd_tensors_runs_as_it_does_alone(kind: Callable[[], list[str]]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        alone = kind()
        values, trace = recorded(kind)
    assert values == alone
    assert len(trace.steps) == 3
    assert trace.failures == ()
    assert to_json(from_json(to_json(trace))) == to_json(trace)


def test_a_look_of_ours_that_raises_is_told_and_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise NotImplementedError("aten::odd is not there")

    monkeypatch.setattr("workbench.diagnostics.recorder.facts.some", broken)
    with torch.random.fork_rng():
        values, trace = recorded(brain_floats)
        monkeypatch.undo()
        assert recorded(brain_floats)[1].failures == ()
    assert len(values) == 3
    assert any("aten::odd is not there" in told for told in trace.failures)
