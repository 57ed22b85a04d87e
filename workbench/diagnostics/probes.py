"""Experiments with the user's network after the recording, in the child process: what no single run can show.

Each experiment takes the recorder's capture and gives a Probe. The run is over; these may draw and train as
they like.
"""

from __future__ import annotations

import inspect
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from workbench.diagnostics.blindness import input_blind
from workbench.diagnostics.mixing import mixing
from workbench.diagnostics.rates import range_test
from workbench.diagnostics.recorder.capture import Capture
from workbench.diagnostics.recorder.session import Recorder
from workbench.diagnostics.trace import Place, Probe
from workbench.models.threads import SMALL, threads

STEPS = 200
RATES = (0.01, 0.001, 0.1)  # Adam's, in the order of trying
SECONDS = 8.0  # for one experiment
LEARNED = 0.99  # share of the examples
FALLEN = 0.10  # of the loss at the start
RATE = "learning_rate"
RANGE_SECONDS = 3.0
FELL = 0.8  # of the loss, last fifth against first: other rates are not asked for; own choice
STUCK = 0.60  # own choice: a network that removes less than 40 % of the loss of 64 examples has not learned them


def probe(recorder: Recorder, names: Iterable[str]) -> tuple[Probe, ...]:
    """Make these experiments."""
    found = []
    module = recorder.capture.module if recorder.capture is not None else None
    last = {key: value.detach().clone() for key, value in module.state_dict().items()} if module is not None else {}
    for name in names:
        torch.manual_seed(0)
        if module is not None:
            module.load_state_dict(last)  # as the run left it, whatever the experiment before has done
        try:
            found.append(EXPERIMENTS[name](recorder))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's network in a use it was not written for
            found.append(
                Probe(name, "skipped", f"the network could not be run again: {type(error).__name__}: {error}")
            )
    return tuple(found)


class Bench:
    """The captured network with its 64 examples, brought back to its first state for every attempt."""

    def __init__(self, capture: Capture, inputs: tuple[Any, ...], target: Tensor) -> None:
        assert capture.module is not None
        assert capture.criterion is not None
        self.capture, self.inputs, self.target = capture, inputs, target
        self.module, self.criterion = capture.module, capture.criterion

    def scores(self) -> Tensor:
        """The network's output in the shape the criterion saw: as it is, flattened, or with the classes in front.

        ValueError where its dimensions were put into another order: reshaped, the scores would be others.
        """
        output = self.module(*self.inputs)
        assert isinstance(output, Tensor)
        shape = torch.Size((len(self.target), *self.capture.shape))
        if output.shape != shape and sorted(output.shape) == sorted(shape):
            output = output.movedim(-1, 1)
            if output.shape != shape:
                raise ValueError(f"it gives {list(output.shape)}, of which the criterion saw {list(shape)}")
        return output.reshape(shape)

    def loss(self) -> Tensor:
        """The user's criterion on the examples."""
        loss = self.criterion(self.scores(), self.target)
        return loss if loss.dim() == 0 else loss.mean()

    @property
    def threads(self) -> int | None:
        """How many train it best where others compute, too; None leaves it to torch."""
        held = list(self.module.parameters())
        flat = all(parameter.dim() <= 2 for parameter in held)
        return 1 if flat and sum(parameter.numel() for parameter in held) <= SMALL else None

    def trained(self) -> list[Tensor]:
        """The network's parameters that are not frozen."""
        return [parameter for parameter in self.module.parameters() if parameter.requires_grad]

    def _closure(self, optimizer: torch.optim.Optimizer) -> Callable[[], float]:
        """What a step needs, for optimizers that look once and for those that look often."""

        def look() -> float:
            with torch.enable_grad():
                optimizer.zero_grad()
                loss = self.loss()
                loss.backward()  # type: ignore[no-untyped-call]
            return float(loss.detach())

        return look

    def score(self) -> tuple[float, float | None]:
        """(loss, share right or None) in evaluation mode."""
        self.module.eval()
        with torch.no_grad():
            scores = self.scores()
            loss = self.criterion(scores, self.target)
            right = None
            if self.capture.name in ("cross_entropy", "nll_loss") and scores.dim() == 2 and self.target.dim() == 1:
                right = float((scores.argmax(1) == self.target).float().mean())
            elif self.capture.name.startswith("binary_cross_entropy"):
                border = 0.0 if self.capture.name.endswith("logits") else 0.5
                right = float(((scores > border) == (self.target > 0.5)).float().mean())
        self.module.train()
        return float(loss.mean()), right

    def floor(self) -> float:
        """The loss that is left when the network says exactly what the targets say: above 0 for grey ones."""
        target, name = self.target, self.capture.name
        if not target.is_floating_point():
            return 0.0
        if name == "binary_cross_entropy":
            said = target
        elif name == "binary_cross_entropy_with_logits":
            said = target.logit(eps=1e-6)
        elif name == "cross_entropy":
            said = target.clamp_min(1e-9).log()
        else:
            return 0.0
        return float(self.criterion(said, target).mean())

    def attempt(self, make: Callable[[list[Tensor]], torch.optim.Optimizer], until: float) -> Iterator[int]:
        """Train from the first state; yields every 20 steps."""
        self.module.load_state_dict(self.capture.state)
        self.module.train()
        optimizer = make(self.trained())
        for step in range(1, STEPS + 1):
            optimizer.step(self._closure(optimizer))
            if step % 20 == 0:
                yield step
            if time.monotonic() > until:
                return


def _bench(recorder: Recorder) -> Bench | str:
    """Or why there is none."""
    capture = recorder.capture
    examples = capture.examples() if capture is not None else None
    if capture is None or examples is None or len(recorder.optimizers.files) != 1:
        return capture.why_not if capture is not None and examples is None else "there is not exactly one optimizer"
    return Bench(capture, *examples)


def overfit(recorder: Recorder) -> Probe:
    """Can the network learn 64 fixed examples: with the user's own optimizer, else with Adam?"""
    bench = _bench(recorder)
    if isinstance(bench, str):
        return Probe("overfit", "skipped", f"cannot try to overfit 64 examples: {bench}")
    with threads(bench.threads):
        return _overfit(recorder, bench)


def _overfit(recorder: Recorder, bench: Bench) -> Probe:
    until = time.monotonic() + min(SECONDS, recorder.patience)
    bench.module.load_state_dict(bench.capture.state)
    start, _ = bench.score()
    floor = bench.floor()
    attempts = _tried(recorder, bench, start, floor, until)
    done = [each for each in attempts if _learned(start, each["loss"], each["right"], floor)]
    best = min(done or attempts, key=lambda each: (-(each["right"] or 0.0), each["loss"]))
    numbers: dict[str, Any] = {"examples": len(bench.target), "start": start, "attempts": attempts, **best}
    verdict = _verdict(best, attempts, learned=bool(done), above=start - floor, left=best["loss"] - floor)
    late = verdict not in ("learned", "slowly") and time.monotonic() > until
    told = f"too slow to tell: {_result(best, start)}" if late else _in_words(verdict, attempts, best, start)
    told = f"{len(bench.target)} examples {told}"
    if floor > 0:
        told += f"; no network gets below {floor:.3g}"
    outcome = "skipped" if late else "passed" if verdict in ("learned", "slowly") else "failed"
    numbers["verdict"] = "too slow" if late else verdict
    return Probe("overfit", outcome, told, numbers, _where(recorder, bench.module))


def _verdict(
    best: dict[str, Any], attempts: list[dict[str, Any]], *, learned: bool, above: float, left: float
) -> str:
    """By whom they were learned: "learned" by the user's own optimizer, "slowly" by another only, else by none.

    "cannot" is said where hardly anything was learned; between that and "learned" is "partly". `above` and `left`:
    what the loss has above its floor at the start, and at best.
    """
    if learned:
        return "learned" if best["own"] or not any(each["own"] for each in attempts) else "slowly"
    few = best["right"] is None or best["right"] < 0.9
    return "cannot" if left > STUCK * above and few and above > 0 else "partly"


def _in_words(verdict: str, attempts: list[dict[str, Any]], best: dict[str, Any], start: float) -> str:
    if verdict == "learned":
        return f"are learned by heart: {_result(best, start)}"
    if verdict == "slowly":
        by_own = next(each for each in attempts if each["own"])
        return f"are learned slowly: {_result(by_own, start)}, but {_result(best, start)}"
    number = f"{len(attempts)} attempts" if len(attempts) > 1 else "the one attempt"
    much = "hardly learned at all" if verdict == "cannot" else "learned in part only"
    return f"are {much} by {number}; best: {_result(best, start)}"


def _result(attempt: dict[str, Any], start: float) -> str:
    share = "" if attempt["right"] is None else f", {100 * attempt['right']:.0f} % right"
    return f"loss {start:.3g} -> {attempt['loss']:.3g}{share} in {attempt['steps']} steps of {attempt['by']}"


def _tried(recorder: Recorder, bench: Bench, start: float, floor: float, until: float) -> list[dict[str, Any]]:
    """The best result of each attempt; the first success is the last."""
    attempts: list[dict[str, Any]] = []
    for name, own, make in _optimizers(recorder):
        result: dict[str, Any] = {"by": name, "own": own, "loss": start, "right": None, "steps": 0}
        for step in bench.attempt(make, until):
            loss, right = bench.score()
            if loss < result["loss"] or (right or 0.0) > (result["right"] or 0.0):
                result.update(loss=loss, right=right, steps=step)
            if _learned(start, loss, right, floor):
                break
        attempts.append(result)
        if _learned(start, result["loss"], result["right"], floor) or time.monotonic() > until:
            break
    return attempts


def _learned(start: float, loss: float, right: float | None, floor: float) -> bool:
    return (right is not None and right >= LEARNED) or loss - floor <= FALLEN * (start - floor)


def _optimizers(recorder: Recorder) -> Iterator[tuple[str, bool, Callable[[list[Tensor]], torch.optim.Optimizer]]]:
    """(name, whether it is the user's own, how to make it): the user's, then Adam at several rates."""
    kept = recorder.optimizers.files[0]
    own = kept.optimizer()
    if own is not None:
        cls = type(own)
        settings = {name: value for name, value in own.defaults.items() if name in _settings(cls) and name != "lr"}
        if kept.lr is not None:
            settings["lr"] = kept.lr
        at = "" if kept.lr is None else f" {kept.lr:g}"
        yield f"your {cls.__name__}{at}", True, lambda parameters: cls(parameters, **settings)
    for rate in RATES:
        yield f"Adam {rate:g}", False, lambda parameters, lr=rate: torch.optim.Adam(parameters, lr=lr)  # type: ignore[misc]


def _settings(cls: type) -> frozenset[str]:
    """What an optimizer's constructor takes: AdamW's defaults hold more."""
    return frozenset(inspect.signature(cls).parameters)


def learning_rate(recorder: Recorder) -> Probe:
    """The range test on the examples, with the user's own optimizer, where the script's loss did not fall."""
    bench = _bench(recorder)
    if isinstance(bench, str):
        return Probe(RATE, "skipped", f"cannot try other rates: {bench}")
    own = [make for _, own, make in _optimizers(recorder) if own]
    if not own or recorder.patience < RANGE_SECONDS:
        return Probe(RATE, "skipped", "cannot try other rates: the optimizer is gone, or there is no time")
    if _falls([call.value for call in recorder.backwards if call.value is not None]):
        return Probe(RATE, "skipped", "the loss falls at the rate that is set")
    bench.module.load_state_dict(bench.capture.state)
    bench.module.train()
    optimizer = own[0](bench.trained())
    with threads(bench.threads):
        seen = range_test(optimizer, itertools.repeat(bench.loss), RANGE_SECONDS)
    kind = type(optimizer).__name__
    numbers = {"suggestion": seen.suggestion, "diverges": seen.diverges, "examples": len(bench.target)}
    if seen.suggestion is None:
        told = f"the loss falls at none of {len(seen.rates)} rates of {kind}"
        return Probe(RATE, "skipped", told, numbers)
    told = f"a range test of {kind} on {len(bench.target)} examples suggests {seen.suggestion:g}"
    return Probe(RATE, "passed", told, numbers)


def _falls(losses: list[float]) -> bool:
    part = max(1, len(losses) // 5)
    return len(losses) < 2 * part or sum(losses[-part:]) < FELL * sum(losses[:part])


def _where(recorder: Recorder, module: nn.Module) -> Place | None:
    """Where the network is defined, or made where its class is torch's."""
    known = recorder.registry.module(module)
    return (known.plain.defined or known.plain.place) if known is not None else None


EXPERIMENTS: dict[str, Callable[[Recorder], Probe]] = {
    "input_blind": input_blind,
    RATE: learning_rate,
    "mixing": mixing,
    "overfit": overfit,
}
