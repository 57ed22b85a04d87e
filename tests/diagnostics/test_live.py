"""From Python: `workbench.diagnose`, `workbench.watch`, and the pytest plugin."""

from __future__ import annotations

import linecache
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

import workbench
from workbench.diagnostics import output
from workbench.errors import WorkbenchError
from workbench.testing import assert_trainable


def examples() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    return x, (x.square().sum(1) > 1.2).float()


def network(*, sound: bool) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        middle = nn.ReLU() if sound else nn.Identity()
        return nn.Sequential(nn.Linear(2, 10), middle, nn.Linear(10, 1))


def test_a_model_at_hand_is_examined_and_left_as_it_is() -> None:
    model = network(sound=False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    result = workbench.diagnose(model, examples())
    assert [finding.rule for finding in result.findings] == ["missing-nonlinearity"]
    assert result.errors == 1
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert "missing-nonlinearity" in str(result)
    assert "<td>missing-nonlinearity</td>" in result._repr_html_()
    assert repr(result) == "<workbench: missing-nonlinearity>"


@pytest.mark.parametrize("criterion", [None, "BCEWithLogitsLoss", "mse_loss"])
def test_a_sound_model_has_no_findings(criterion: str | None) -> None:
    assert workbench.diagnose(network(sound=True), examples(), criterion=criterion).findings == ()


def test_a_criterion_that_cannot_take_the_output_is_told() -> None:
    with pytest.raises((WorkbenchError, AssertionError), match="the same"):  # told as a crash, or by a rule
        raise AssertionError(
            str(workbench.diagnose(network(sound=True), examples(), criterion=nn.BCEWithLogitsLoss()))
        )


def test_a_loop_of_ones_own_is_watched_and_computes_what_it_would_have_computed() -> None:
    def losses() -> list[float]:
        model, (x, y) = network(sound=True), examples()
        optimizer, found = torch.optim.SGD(model.parameters(), 0.1), []
        for _ in range(25):
            loss = nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), y)
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return found

    with workbench.watch() as seen:
        watched = losses()
    assert [finding.rule for finding in seen.findings] == ["missing-zero-grad"]
    assert seen.findings[0].place is not None
    assert Path(seen.findings[0].place.path).name == "test_live.py"
    assert watched == losses()


def test_an_optimizer_made_before_the_block_is_not_taken_for_updates_by_hand() -> None:
    x, y = examples()
    model = network(sound=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with workbench.watch() as seen:
        for _ in range(12):
            nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), y).backward()
            optimizer.step()
    assert {step.optimizer for step in seen.result.report.trace.steps} == {0}
    assert [finding.rule for finding in seen.findings] == ["missing-zero-grad"]


class Shell:
    """What IPython gives code that runs in it: its compiler knows the cells' numbers by their file names."""

    def __init__(self) -> None:
        self.compile = self
        self.numbers: dict[str, int] = {}
        self.names: dict[str, object] = {}

    def format_code_name(self, name: str) -> tuple[str, str] | None:
        return ("Cell", f"In[{self.numbers[name]}]") if name in self.numbers else None

    def run(self, number: int, text: str) -> None:
        name = f"/tmp/ipykernel_77/{number}0.py"
        self.numbers[name] = number
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), self.names)


def test_in_a_running_notebook_places_are_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/lesson.ipynb")
    x, y = examples()
    shell.names.update(torch=torch, nn=nn, workbench=workbench, x=x, y=y, model=network(sound=True))
    loss = "nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), y)"
    loop = f"def train():\n    for _ in range(12):\n        {loss}.backward()\n        optimizer.step()\n"
    watch = (
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nwith workbench.watch() as seen:\n    train()\n"
    )
    shell.run(2, "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n")
    shell.run(3, loop)
    shell.run(4, watch)
    shell.numbers["/tmp/ipykernel_77/30.py"] = 5  # the cell is run again, and has another number then
    shell.run(6, watch)
    seen: Any = shell.names["seen"]
    (finding,) = seen.findings
    assert output.where(finding.place) == "lesson.ipynb, cell 5, line 4"
    assert "4 |         optimizer.step()" in str(seen)
    (related,) = output.as_dict(seen.result.report)["findings"][0]["related"]
    assert (related["path"], related["cell"], related["line"]) == ("lesson.ipynb", 5, 3)


def test_a_crash_in_the_watched_block_goes_on_up_and_is_explained() -> None:
    seen = workbench.watch()
    with pytest.raises(RuntimeError), seen:
        network(sound=True)(torch.zeros(4, 3))
    assert [finding.rule for finding in seen.findings] == ["shape-mismatch"]


def test_the_result_is_not_there_before_the_block_has_ended() -> None:
    with workbench.watch() as seen, pytest.raises(WorkbenchError, match="has not ended"):
        _ = seen.findings


def test_assert_trainable_passes_the_sound_and_fails_the_faulty() -> None:
    assert_trainable(network(sound=True), examples())
    with pytest.raises(pytest.fail.Exception, match="missing-nonlinearity"):
        assert_trainable(network(sound=False), examples())


def test_importing_workbench_does_not_load_torch() -> None:
    code = "import sys, workbench, workbench.testing; sys.exit('torch' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_plugin_gives_a_fixture_for_scripts(tmp_path: Path) -> None:
    script = Path(__file__).parent / "rules" / "missing_zero_grad" / "bad.py"
    (tmp_path / "test_it.py").write_text(
        f"def test_it(diagnose_script):\n    result = diagnose_script({str(script)!r})\n"
        "    assert [each.rule for each in result.findings] == ['missing-zero-grad']\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "workbench.testing",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
