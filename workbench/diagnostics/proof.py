"""Whether a finding is proven: the same seeded steps again with its remedy, and what changes then.

One replay without remedies is the measure of all others; both are read by the same meters (meters.py). What must
change is what the finding says is wrong (`remedy["measure"]`, "learning" where nothing is said): a fault of
learning is proven by the loss or the accuracy on the same examples, an evaluation in training mode by an evaluation
that gives the same answer twice, and so on: `MEASURES`. A finding whose remedy does not help alone is tried on top
of the remedies that did, and with all the others; what it adds there is what counts. One whose remedy does not help
stays likely, unless its signature is no more than a suspicion ("refutable"): that is dropped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import isclose, isfinite, sqrt
from pathlib import Path
from statistics import fmean, median
from typing import Any

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rules
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import Trace

BETTER = 0.8  # of the loss; own choice: two seeds of one sound script differ by less
WORSE = 1.25  # of another loss of the script: what one gains the other loses, as in a GAN
MORE = 0.02  # accuracy, at least
DEVIATIONS = 3.0  # of a difference of two shares of as many examples
COST = 3.0  # replays may take this many times the recorded run, and at least MINIMUM seconds
MINIMUM = 20.0
CROWDED = 3.0  # times as long, at most, where other processes leave a replay only a part of a core
LIKELY = 0.6  # of the longest replay so far: with less time left another one will hardly come to its end
SHORTEST = 3  # backward calls
ENOUGH = 0.4  # of the steps: a repaired network may take twice as long for each, and run out of time
LEFT_OVER = 0.2  # of a step's gradient; own choice: twice the batch's own gradient brings along a third
GUESSED = 6  # backward calls lost until the loss is that of a guess: fewer are no harm; own choice

OTHER_LOSS = ("keep-graph", "log-scores", "other-criterion", "softmax-over-classes", "widen-head")  # remedies

OTHER_BATCHES = ("shuffle",)
OTHER_EXAMPLES = ("hold-out",)  # in the evaluation: it may be easier on these
SAME = "the same {} training examples"

Results = dict[str, Any]


@dataclass(frozen=True)
class Number:
    """One measured number in the run without and with the remedy, and whether that shows the fault."""

    name: str
    before: float
    after: float
    shows: bool

    def plain(self) -> dict[str, Any]:
        """As the report has it."""
        return {"measure": self.name, "recorded": self.before, "repaired": self.after}


def proven(
    runner: Runner, target: Path, trace: Trace, findings: list[Finding], wishes: dict[str, Any]
) -> list[Finding]:
    """The findings with their verdicts; refuted ones are left out."""
    steps = len(trace.backwards)
    wanted = [number for number, each in enumerate(findings) if each.remedy is not None and each.place is not None]
    wanted.sort(key=lambda number: findings[number].rule in _symptoms())  # these last: there may be no time for all
    if not wanted or steps < SHORTEST:
        return findings
    meters = sorted({name for number in wanted for name in _measures(findings[number])})
    findings = [*findings]
    lab = Lab(runner, target, steps, tuple(meters), wishes, max(MINIMUM, COST * trace.seconds))
    judged: dict[int, Finding | None] = dict(enumerate(findings))
    base = lab.run([])
    if base is not None and base.get("losses"):
        _judge(lab, base, findings, wanted, judged)
    if lab.refused:
        told = f"not tried: the {lab.budget:.0f} s for replays were over"
        for number in wanted:
            found = judged[number]
            if found is not None and found.verdict != "proven" and found.proof is None:
                judged[number] = replace(found, evidence={**found.evidence, "no_proof": told})
    return [finding for finding in judged.values() if finding is not None]


def _symptoms() -> set[str]:
    return {each.name for each in rules() if each.symptom}


def _judge(
    lab: Lab, base: Results, findings: list[Finding], wanted: list[int], judged: dict[int, Finding | None]
) -> None:
    """Each remedy alone; then on top of those that helped; then with all others."""
    helped: list[int] = []
    candidates = {number: _candidates(findings[number]) for number in wanted}
    for turn in range(max(map(len, candidates.values()))):  # the first of each before the second of any
        for number in wanted:
            if number in helped or turn >= len(candidates[number]):
                continue
            tried = candidates[number][turn]
            found = _verdict(tried, base, lab.run([tried]))
            proved = found is not None and found.verdict == "proven"
            if proved or not turn:
                judged[number], findings[number] = found, tried
            if proved:
                helped.append(number)
    left = [number for number in wanted if number not in helped and judged[number] is not None]
    groups = [helped] if helped else []
    groups += [[number for number in wanted if number not in helped]] if len(left) > 1 else []
    for group in groups:
        for number in left:
            others = [findings[each] for each in group if each != number]
            found = judged[number]
            if found is None or found.verdict == "proven" or not others:
                continue
            without = lab.run(others)
            together = _verdict(findings[number], without, lab.run([*others, findings[number]]), others)
            if together is not None and together.verdict == "proven":
                judged[number] = together
    for number in wanted:
        found = judged[number]
        refutable = (findings[number].remedy or {}).get("refutable")
        if found is not None and found.verdict != "proven" and refutable and found.proof is not None:
            judged[number] = None


class Lab:
    """Replays of one target within a budget of seconds; what was run once is not run again."""

    def __init__(
        self,
        runner: Runner,
        target: Path,
        steps: int,
        meters: tuple[str, ...],
        wishes: dict[str, Any],
        budget: float,
    ) -> None:
        self.runner, self.target, self.steps, self.meters, self.wishes = runner, target, steps, meters, wishes
        self.budget, self.until = budget, time.monotonic() + budget
        self.refused = False  # whether there was no time for one
        self._longest = 0.0
        self._known: dict[str, Results | None] = {}

    def run(self, repaired: Sequence[Finding]) -> Results | None:
        """What the meters say with these findings' remedies in force; None where there is no time for it."""
        wishes = sorted((_wish(finding) for finding in repaired), key=json.dumps)
        key = json.dumps(wishes)
        if key not in self._known:
            left = self.until - time.monotonic()
            if left < max(1.0, LIKELY * self._longest):
                self.refused = True
                return None
            again = {**self.wishes, "steps": self.steps, "seconds": left, "meters": self.meters}
            run = self.runner.run(self.target, mode="bare", remedies=tuple(wishes), **again)
            if not self._known:
                self._allow_for_others(run.results)
            self._longest = max(self._longest, run.results.get("seconds", 0.0))
            self._known[key] = run.results or None
        return self._known[key]

    def _allow_for_others(self, first: Results) -> None:
        """More time where the first replay waited for the processor: who else works must not change verdicts."""
        seconds, worked = first.get("seconds", 0.0), first.get("worked", 0.0)
        more = MINIMUM * min(CROWDED, seconds / worked) - self.budget if worked > 0 else 0.0
        if more > 0:
            self.budget += more
            self.until += more


def _candidates(finding: Finding) -> list[Finding]:
    """The finding with its remedy, then with each other one that it names: causes of which any may be it."""
    remedy = finding.remedy or {}
    first = {name: value for name, value in remedy.items() if name != "or"}
    return [replace(finding, remedy=each) for each in (first, *remedy.get("or", ()))]


def _wish(finding: Finding) -> dict[str, Any]:
    """The remedy with the place it applies to."""
    assert finding.remedy is not None
    assert finding.place is not None
    left_out = ("measure", "refutable", "or", "change")
    return {
        "place": asdict(finding.place),
        **{name: value for name, value in finding.remedy.items() if name not in left_out},
    }


def _measures(finding: Finding) -> tuple[str, ...]:
    """What the finding is proven by, the best first."""
    named: tuple[str, ...] = (finding.remedy or {}).get("measure", ("learning",))
    return named


def _verdict(
    finding: Finding, base: Results | None, repaired: Results | None, others: Sequence[Finding] = ()
) -> Finding | None:
    """The finding with what the remedy changed."""
    if base is None or repaired is None or repaired.get("ended") == "crashed":
        return finding
    measures = _measures(finding)
    done, wanted = len(repaired.get("losses") or ()), len(base["losses"])
    if done < wanted:
        if repaired.get("ended") != "seconds" or done < max(SHORTEST, ENOUGH * wanted):
            return finding
        base, measures = _until(base, done), tuple(name for name in measures if name in ON_THE_WAY)
    numbers = [number for name in measures for number in MEASURES[name](base, repaired, finding)]
    if not numbers:
        return finding
    first = next((number for number in numbers if number.shows), numbers[0])
    proof: dict[str, Any] = {"steps": len(base["losses"]), **first.plain()}
    proof["others"] = [number.plain() for number in numbers if number is not first]
    if change := (finding.remedy or {}).get("change"):
        proof["change"] = change
    if others:
        proof["together"] = sorted({other.rule for other in others})
    verdict = "proven" if first.shows else finding.verdict
    return replace(finding, proof=proof, curve=tuple(repaired["losses"]), verdict=verdict)


def _until(base: Results, backwards: int) -> Results:
    """The numbers of a run as they were after so many backward calls, for a replay that ran out of time there."""
    cut = {name: base[name][:backwards] for name in ("losses", "lines", "scores")}
    return {**base, **cut, "bench": None}


# -- learning --------------------------------------------------------------------------------------------------


def _learning(base: Results, repaired: Results, finding: Finding) -> Iterator[Number]:
    """Loss and accuracy over the last tenth of the steps, then on the same training examples after the last."""
    if (finding.remedy or {}).get("name") in OTHER_BATCHES:
        yield from _on_bench(base, repaired)
        return
    lines = [list(_losses(base, repaired, line, finding)) for line in dict.fromkeys(base["lines"])]
    firsts = [numbers[0] for numbers in lines if numbers]
    accuracies = [*_on_batches(base, repaired), *_of_shares(_on_bench(base, repaired))]
    fewer = any(number.before - number.after > MORE for number in accuracies)
    traded = len(firsts) > 1 and any(number.after > WORSE * number.before for number in firsts)
    for number in (number for numbers in lines for number in numbers):
        yield replace(number, shows=number.shows and not fewer and not traded)
    yield from (replace(number, shows=number.shows and not traded) for number in accuracies)


def _losses(base: Results, repaired: Results, line: str, finding: Finding) -> Iterator[Number]:
    """Of one line of backward calls: the yardstick, where it differs from the script's own loss, and that loss.

    Where the remedy asks another criterion, its loss is no number to hold against the script's.
    """
    raw = [_series(results, line, _raw) for results in (base, repaired)]
    same = [_series(results, line, _yardstick) for results in (base, repaired)]
    known = all(value is not None for series in same for value in series)
    alike = known and all(_alike(_tail(a), _tail(b)) for a, b in zip(raw, same, strict=True))
    if known and not alike:
        yield from _fallen("error of the network's answers", *same)
    remedy = (finding.remedy or {}).get("name")
    if remedy == "negate-loss" and not known:
        yield from _fallen("loss without its minus", *([-v if v is not None else v for v in each] for each in raw))
    if remedy == "log-scores":
        yield from _below_zero(*(_tail(each) for each in raw))
    if alike or not known or remedy not in OTHER_LOSS:
        yield from _fallen("loss", *raw)


def _below_zero(before: float | None, after: float | None) -> Iterator[Number]:
    if before is not None and after is not None:
        yield Number("negative log-likelihood, which cannot be below 0", before, after, before < 0 <= after)


def _fallen(name: str, one: Sequence[float | None], other: Sequence[float | None]) -> Iterator[Number]:
    before, after = _tail(one), _tail(other)
    if after is None or not other or other[0] is None:
        return
    if before is None:
        yield Number(name, float("inf"), after, after < other[0])
    elif before > 0 and after >= 0:
        yield Number(name, before, after, after <= BETTER * before and after < other[0])


def _raw(results: Results, number: int) -> float | None:
    value: float | None = results["losses"][number]
    return value


def _yardstick(results: Results, number: int) -> float | None:
    found = results["scores"][number]
    return found[0] if found is not None else None


def _series(results: Results, line: str, read: Callable[[Results, int], float | None]) -> list[float | None]:
    return [read(results, number) for number, at in enumerate(results["lines"]) if at == line]


def _tail(values: Iterable[float | None]) -> float | None:
    """Mean of the last tenth; None where a value is missing or not finite."""
    listed = list(values)
    tail = listed[-max(1, len(listed) // 10) :]
    known = [value for value in tail if value is not None and isfinite(value)]
    return fmean(known) if known and len(known) == len(tail) else None


def _alike(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and isclose(one, other, rel_tol=1e-3, abs_tol=1e-6)


def _on_batches(base: Results, repaired: Results) -> Iterator[Number]:
    """Accuracy on the batches of the last tenth of the steps."""
    shares = []
    for results in (base, repaired):
        tail = results["scores"][-max(1, len(results["scores"]) // 10) :]
        counted = [one for one in tail if one is not None and one[2] is not None]
        if not counted or len(counted) < len(tail):
            return
        shares.append((sum(one[2] for one in counted), sum(one[1] for one in counted), counted[0][1]))
    (right, total, _), (more, as_many, batch) = shares
    yield _share("accuracy on the last batches", right / total, more / as_many, batch)


def _on_bench(base: Results, repaired: Results) -> Iterator[Number]:
    """Error and accuracy on the same training examples."""
    one, other = base.get("bench"), repaired.get("bench")
    if one and other and one[1] == other[1]:
        yield Number(f"error on {SAME.format(one[1])}", one[0], other[0], 0 < other[0] <= BETTER * one[0])
        if one[2] is not None and other[2] is not None:
            yield _share(f"accuracy on {SAME.format(one[1])}", one[2] / one[1], other[2] / one[1], one[1])


def _of_shares(numbers: Iterable[Number]) -> Iterator[Number]:
    return (number for number in numbers if number.name.startswith("accuracy"))


def _share(name: str, before: float, after: float, examples: int) -> Number:
    """Whether a share of so many examples rose by more than chance."""
    middle = (before + after) / 2
    chance = sqrt(2 * middle * (1 - middle) / examples)
    return Number(name, before, after, after - before > max(MORE, DEVIATIONS * chance))


# -- other numbers ---------------------------------------------------------------------------------------------


def _repeat(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    if base["repeated"] and repaired["repeated"]:
        (before, changed), (after, still) = max(base["repeated"]), max(repaired["repeated"])
        told = before > 0.01 and after < 0.01 * before
        yield Number(
            "difference of two evaluations of the same examples, in spreads of the answers", before, after, told
        )
        yield Number("share of decisions that differ between two evaluations", changed, still, shows=False)


def _mixing(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    if base["mixed"] and repaired["mixed"]:
        before, after = max(base["mixed"]), max(repaired["mixed"])
        name = "change of an answer when other examples leave the batch, in spreads of the answers"
        yield Number(name, before, after, before > 0.01 and after < 0.01 * before)


def _moved(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = _part(base["moved"]), _part(repaired["moved"])
    yield Number("share of parameters that move", before, after, after > before)


def _kept(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = base["held_moved"][0], repaired["held_moved"][0]
    yield Number("parameters that move", before, after, after < before)


def _switched(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = _part(base["switched"]), _part(repaired["switched"])
    name = "share of training calls with dropout and batch norm on"
    yield Number(name, before, after, after > before and after == 1)


def _distinct(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = base["distinct"], repaired["distinct"]
    yield Number("share of units that differ from one another", before, after, before < 0.5 and after > 0.9)


def _overlap(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = _part(base["overlap"]), _part(repaired["overlap"])
    name = "share of the evaluated examples that were trained on"
    yield Number(name, before, after, before > MORE and after == 0 and repaired["overlap"][1] > 0)


def _examples(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = base["examples"], repaired["examples"]
    yield Number("different examples that were trained on", before, after, after >= 2 * before > 0)


def _frozen(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = base["stirred"][0], repaired["stirred"][0]
    yield Number("frozen tensors that change", before, after, before > 0 and after == 0)


def _graphs(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = base["graphs"], repaired["graphs"]
    yield Number("graphs of earlier steps still in memory", before, after, before > 4 and after <= 0.2 * before)


def _norms(base: Results, repaired: Results, finding: Finding) -> Iterator[Number]:
    if base["norms"] and repaired["norms"]:
        before, after = max(base["norms"]), max(repaired["norms"])
        limit = 1.01 * float((finding.remedy or {}).get("limit", 0.0))
        yield Number("largest gradient norm in a step", before, after, before > limit >= after)


def _leftover(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    if base["leftover"] and repaired["leftover"]:
        before, after = median(base["leftover"]), median(repaired["leftover"])
        name = "share of a step's gradient that an earlier step had used"
        yield Number(name, before, after, before > LEFT_OVER and after < 0.01)


def _rates(base: Results, repaired: Results, finding: Finding) -> Iterator[Number]:
    if base["rates"] and repaired["rates"]:
        at, name = (0, "first") if (finding.remedy or {}).get("late") else (-1, "last")
        before, after = base["rates"][at], repaired["rates"][at]
        yield Number(f"learning rate of the {name} step", before, after, after > before)


def _metric(base: Results, repaired: Results, finding: Finding) -> Iterator[Number]:
    place = finding.place
    key = f"{place.path}:{place.cell or ''}:{place.line}" if place is not None else ""
    one, other = base["metrics"].get(key), repaired["metrics"].get(key)
    if one and other and one[1] and other[1]:
        before, after = one[0] / one[1], other[0] / other[1]
        yield Number(
            "comparisons that are true, for each example", before, after, not isclose(before, after) and after <= 1
        )


def _guess(base: Results, repaired: Results, finding: Finding) -> Iterator[Number]:
    """How long the loss takes to come down to that of a guess."""
    expected = finding.evidence["expected"]
    before, after = (
        next((n for n, loss in enumerate(results["losses"]) if loss is not None and loss <= expected), None)
        for results in (base, repaired)
    )
    if after is not None:
        first = len(base["losses"]) if before is None else before
        name = "backward calls until the loss is that of a guess"
        yield Number(name, first, after, first >= GUESSED and after <= first / 2)


def _finite(base: Results, repaired: Results, _: Finding) -> Iterator[Number]:
    before, after = (
        fmean(value is not None and isfinite(value) for value in results["losses"]) for results in (base, repaired)
    )
    yield Number("share of losses that are numbers", before, after, before < 1 and after == 1)


def _evaluation(base: Results, repaired: Results, finding: Finding) -> Iterator[Number]:
    """What the script's own evaluation counted last."""
    for key in base["evaluations"]:
        one, other = base["evaluations"][key], repaired["evaluations"].get(key)
        if other and one[-1][4] and other[-1][4]:
            before, after = one[-1][3] / one[-1][4], other[-1][3] / other[-1][4]
            number = _share("accuracy in the script's evaluation", before, after, int(one[-1][4]))
            yield replace(number, shows=number.shows and (finding.remedy or {}).get("name") not in OTHER_EXAMPLES)


def _part(counts: Sequence[int]) -> float:
    return counts[0] / counts[1] if counts[1] else 0.0


# What a replay that ran out of time may be measured by, too: no last step, and no evaluation after it.
ON_THE_WAY = ("learning", "moved", "kept", "switched", "mixing", "repeat", "leftover", "finite")

MEASURES: dict[str, Callable[[Results, Results, Finding], Iterator[Number]]] = {
    "learning": _learning,
    "repeat": _repeat,
    "mixing": _mixing,
    "moved": _moved,
    "kept": _kept,
    "switched": _switched,
    "distinct": _distinct,
    "overlap": _overlap,
    "examples": _examples,
    "frozen": _frozen,
    "graphs": _graphs,
    "norms": _norms,
    "leftover": _leftover,
    "rates": _rates,
    "metric": _metric,
    "finite": _finite,
    "guess": _guess,
    "evaluation": _evaluation,
}
