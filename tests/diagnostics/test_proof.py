"""A repair in memory proves the fault that it repairs, and nothing about a sound script."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from workbench.diagnostics import engine, proof
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.remedies import REMEDIES
from workbench.diagnostics.rule import rules
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import Place

HERE = Path(__file__).parent
PROVABLE = {  # script of a rule -> what proves it
    "activation_before_cross_entropy/bad_sigmoid.py": "loss",
    "batch_dim_mixing/bad_mean.py": "change of an answer",
    "batch_dim_mixing/bad_view.py": "change of an answer",
    "dropout_always_on/bad.py": "difference of two evaluations",
    "dropout_always_on/bad_twice.py": "difference of two evaluations",
    "dead_relu/bad.py": "loss",
    "dropout_on_output/bad.py": "loss",
    "exploding_gradient/bad.py": "loss",
    "frozen_params_change/bad.py": "frozen tensors that change",
    "frozen_params_change/bad_left_gradient.py": "frozen tensors that change",
    "initial_loss_off/bad.py": "loss",
    "label_mismatch/bad_in_epoch.py": "loss",
    "label_mismatch/bad_numpy_permutation.py": "loss",
    "loss_accumulates_graph/bad.py": "graphs of earlier steps",
    "loss_accumulates_graph/bad_list.py": "graphs of earlier steps",
    "loss_broadcast/bad_criterion.py": "error",
    "loss_not_connected/bad.py": "loss",
    "loss_not_connected/bad_error_rate.py": "loss",
    "loss_not_connected/bad_number.py": "loss",
    "loss_sign/bad_by_hand.py": "loss",
    "loss_sign/bad_no_optimizer.py": "loss",
    "lr_too_low/bad.py": "loss",
    "metric_broadcast/bad.py": "comparisons that are true",
    "missing_eval_mode/bad_class.py": "difference of two evaluations",
    "model_recreated/bad.py": "loss",
    "missing_nonlinearity/bad.py": "loss",
    "missing_optimizer_step/bad_forgotten.py": "loss",
    "missing_train_mode/bad.py": "share of training calls",
    "missing_zero_grad/bad_by_hand.py": "loss",
    "missing_zero_grad/bad_momentum_by_hand.py": "share of a step",
    "missing_zero_grad/bad_gan.py": "share of a step",
    "nll_without_log_softmax/bad.py": "negative log-likelihood",
    "no_gradient/bad_numpy.py": "loss",
    "no_gradient/bad_no_grad.py": "share of parameters that move",
    "non_finite/bad_data.py": "error",
    "non_finite/bad_root.py": "loss",
    "one_batch_only/bad.py": "different examples that were trained on",
    "output_range/bad.py": "loss",
    "param_not_in_optimizer/bad_by_function.py": "share of parameters that move",
    "requires_grad_typo/bad.py": "parameters that move",
    "requires_grad_typo/bad_module.py": "parameters that move",
    "scheduler_misuse/bad.py": "learning rate of the last step",
    "scheduler_misuse/bad_order.py": "learning rate of the first step",
    "softmax_before_cross_entropy/bad.py": "error",
    "softmax_single_output/bad_criterion.py": "share of parameters that move",
    "softmax_wrong_dim/bad_sequence.py": "loss",
    "symmetric_init/bad.py": "loss",
    "train_val_overlap/bad_loaders.py": "share of the evaluated examples",
    "unnormalized_inputs/bad_table.py": "loss",
    "vanishing_gradient/bad_adam.py": "loss",
    "weight_decay_too_high/bad.py": "loss",
    "unregistered_submodule/bad_in_forward.py": "loss",
    "unshuffled_training_data/bad_slices.py": "error on the same",
    "wrong_criterion/bad_numbers.py": "loss",
    "zero_grad_before_step/bad.py": "loss",
}


@pytest.mark.parametrize("name", PROVABLE)
def test_a_fault_is_proven_by_the_number_it_spoils(name: str, runner: Runner) -> None:
    rule = name.partition("/")[0].replace("_", "-")
    report = engine.diagnose(HERE / "rules" / name, select=[rule], runner=runner)
    found = [finding for finding in report.findings if finding.rule == rule]
    assert found
    assert found[0].verdict == "proven", found[0].proof
    assert found[0].proof is not None
    assert found[0].proof["measure"].startswith(PROVABLE[name])


CLIPPED_LATE = """
import torch

torch.manual_seed(0)
x = 10 * torch.randn(64, 3)
y = x.sum(1, keepdim=True)
net = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for _ in range(20):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
"""


def test_gradients_clipped_too_late_keep_to_the_limit_when_they_are_clipped_in_time(
    tmp_path: Path, runner: Runner
) -> None:
    path = tmp_path / "train.py"
    path.write_text(CLIPPED_LATE, encoding="utf-8")
    [found] = engine.diagnose(path, select=["clip-ineffective"], runner=runner).findings
    assert found.verdict == "proven"
    assert found.proof is not None
    assert found.proof["recorded"] > 50
    assert found.proof["repaired"] == pytest.approx(1.0, rel=1e-5)


def test_two_faults_that_hide_one_another_are_proven_together(runner: Runner) -> None:
    script = (
        HERE / "rules" / "dropout_always_on" / "bad_made_in_forward.py"
    )  # two dropouts; each alone leaves noise
    found = engine.diagnose(script, select=["dropout-always-on"], runner=runner).findings
    assert [finding.verdict for finding in found] == ["proven", "proven"]
    change = "all 2 such dropouts off in evaluation"
    assert [(finding.proof or {}).get("change") for finding in found] == [change] * 2


SLOW = """
import time, torch

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.arange(32) % 2
net = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(40):
    time.sleep(0.02)
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
"""


def wished(trace: Any, names: list[dict[str, Any]]) -> list[Finding]:
    """Findings that nobody made, each with a remedy, at the line of the backward call."""
    place = trace.backwards[0].place
    lines = [{"path": place.path, "cell": place.cell, "line": place.line + more} for more in range(-8, 8)]
    return [Finding(place, "", "", remedy={"lines": lines, **remedy}, rule=remedy["name"]) for remedy in names]


def test_proofs_cost_three_times_the_recorded_run_at_most(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "MINIMUM", 0.0)
    path = tmp_path / "slow.py"
    path.write_text(SLOW, encoding="utf-8")
    remedies = [{"name": "scale-lr", "optimizer": 0, "factor": 1 - number / 100} for number in range(12)]
    for _ in range(3):  # what else the machine does comes and goes
        began = time.monotonic()
        trace = runner.run(path, cwd=str(tmp_path)).trace
        recorded = time.monotonic() - began  # with the start of its process, as replays have one
        began = time.monotonic()
        judged = proof.proven(runner, path, trace, wished(trace, remedies), {"cwd": str(tmp_path)})
        proofs = time.monotonic() - began
        if proofs <= proof.COST * recorded:
            break
    assert proofs <= proof.COST * recorded
    tried = [finding for finding in judged if finding.proof is not None]
    assert 0 < len(tried) < len(remedies)
    assert {"no_proof" in finding.evidence for finding in judged if finding.proof is None} == {True}
    assert not any("no_proof" in finding.evidence for finding in tried)


@pytest.mark.parametrize(("seconds", "worked", "budget"), [(2.0, 4.0, 20.0), (4.0, 2.0, 40.0), (90.0, 2.0, 60.0)])
def test_replays_get_more_time_where_the_processor_is_busy(
    runner: Runner, seconds: float, worked: float, budget: float
) -> None:
    lab = proof.Lab(runner, Path("x.py"), 1, (), {}, proof.MINIMUM)
    until = lab.until
    lab._allow_for_others({"seconds": seconds, "worked": worked})
    assert (lab.budget, lab.until - until) == (budget, pytest.approx(budget - proof.MINIMUM))


GENERIC: list[dict[str, Any]] = [
    {"name": "clip-before-step", "call": "clip_grad_norm_", "limit": 1e6, "measure": ("norms", "learning")},
    {"name": "dropout-in-training-only", "measure": ("repeat", "evaluation")},
    {"name": "eval-mode", "measure": ("repeat", "evaluation")},
    {"name": "finite", "measure": ("learning", "finite")},
    {"name": "freeze", "measure": ("frozen",)},
    {"name": "fresh-weights", "measure": ("learning", "distinct")},
    {"name": "hold-parameters", "optimizer": 0, "measure": ("learning", "moved")},
    {"name": "insert-activation"},
    {"name": "keep-graph", "measure": ("learning", "moved")},
    {"name": "hold-out", "measure": ("overlap", "evaluation")},
    {"name": "let-go", "measure": ("graphs",)},
    {"name": "log-scores"},
    {"name": "make-once", "measure": ("learning", "moved")},
    {"name": "own-weights"},
    {"name": "reshape-target"},
    {"name": "reshape-target", "metric": True, "measure": ("metric",)},
    {"name": "softmax-over-classes", "dim": 1},
    {"name": "still-norms", "measure": ("frozen",)},
    {"name": "train-mode", "layers": [], "measure": ("switched", "evaluation")},
    {"name": "zero-after-step", "measure": ("learning", "moved")},
    {"name": "zero-grad"},
]
SOUND = ["programs/lesson_cnn.py", "clean/gan.py"]


@pytest.mark.parametrize("name", SOUND)
def test_no_remedy_proves_a_fault_in_a_sound_script(name: str, runner: Runner) -> None:
    script = HERE / name
    wishes = {"cwd": str(script.parent), "steps": 40}
    trace = runner.run(script, **wishes).trace
    lab = proof.Lab(runner, script, len(trace.backwards), tuple(proof.MEASURES), {"cwd": wishes["cwd"]}, 200.0)
    base = lab.run([])
    for finding in wished(trace, GENERIC):
        judged = proof._verdict(finding, base, lab.run([finding]))
        assert judged is not None
        assert judged.verdict == "likely", (finding.rule, judged.proof)


def test_a_suspicion_whose_repair_does_not_help_is_dropped(tmp_path: Path, runner: Runner) -> None:
    path = tmp_path / "train.py"
    path.write_text(SLOW, encoding="utf-8")
    trace = runner.run(path, cwd=str(tmp_path)).trace
    nothing = {"name": "scale-lr", "optimizer": 0, "factor": 1.0}
    sure, doubted = wished(trace, [nothing, {**nothing, "refutable": True}])
    judged = proof.proven(runner, path, trace, [sure, doubted], {"cwd": str(tmp_path)})
    assert [finding.remedy for finding in judged] == [sure.remedy]


def test_every_remedy_that_a_rule_names_is_there() -> None:
    assert {name for rule in rules() if isinstance(rule.proof, tuple) for name in rule.proof} == set(REMEDIES)
    place = Place("a.py", 1)
    assert proof._wish(
        Finding(place, "", "", remedy={"name": "zero-grad", "measure": ("learning",), "refutable": True})
    ) == {"place": {"path": "a.py", "line": 1, "cell": None, "function": ""}, "name": "zero-grad"}


@pytest.mark.parametrize(
    "name", ["clean/gan", "clean/lbfgs", "programs/k_fold", "programs/lesson_cnn", "programs/mixup_transformer",
             "programs/rnn_carried_state", "programs/scaler_and_autocast", "programs/vae"],
)  # fmt: skip
def test_meters_change_no_number(name: str, runner: Runner) -> None:
    script = HERE / f"{name}.py"
    wishes = {"mode": "bare", "steps": 60, "cwd": str(script.parent)}
    plain = runner.run(script, **wishes).results["losses"]
    measured = runner.run(script, meters=tuple(proof.MEASURES), **wishes).results
    assert measured["losses"] == plain
    assert measured["error"] == ""


@pytest.mark.parametrize(
    ("losses", "ended", "verdict"),
    [([1.0, 0.5, 0.3, 0.2, 0.1], "seconds", "proven"), ([1.0, 0.5, 0.3, 0.2, 0.1], "finished", "likely"),
     ([1.0, 0.1, 0.1], "seconds", "likely"), ([1.0, 1.0, 1.0, 1.0, 0.9], "seconds", "likely")],
)  # fmt: skip
def test_a_replay_that_runs_out_of_time_is_held_against_as_many_steps_of_the_other(
    losses: list[float], ended: str, verdict: str
) -> None:
    def results(losses: list[float], ended: str) -> dict[str, Any]:
        lines, scores = ["a.py::3"] * len(losses), [None] * len(losses)
        return {"losses": losses, "lines": lines, "scores": scores, "bench": None, "ended": ended}

    finding = Finding(Place("a.py", 1), "", "", remedy={"name": "zero-grad"})
    base = results([1.0] * 5 + [0.01] * 5, "steps")  # learns after all, later on
    judged = proof._verdict(finding, base, results(losses, ended))
    assert judged is not None
    assert judged.verdict == verdict
