"""What a study says to someone who knows how to read one: sentences, each with its number and what to do.

Every threshold errs on the side of silence: a verdict that is wrong costs a search.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean, median
from typing import Any

from workbench import confidence
from workbench.reporting import summary, words
from workbench.store.history import History, Row
from workbench.study import toml
from workbench.study.space import as_list
from workbench.study.vocabulary import FAMILIES, TRAINER, Word

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """One thing that the study says."""

    name: str  # of its kind: "edge-of-range"
    sentence: str
    advice: str
    changes: tuple[str, ...] = ()  # for `--set`


def read(history: History, shares: Shares) -> list[Verdict]:
    """All verdicts, the most useful first; none where there are too few trials to say anything. Enqueued points
    that the space could not have given have no part in it.

    `shares`: the importances of `store.importance`.
    """
    drawn = replace(history, rows=tuple(row for row in history.rows if not row.outside))
    return [verdict for look in _LOOKS for verdict in look(drawn, shares)]


def command(history: History, changes: Iterable[str]) -> str:
    """The command that searches anew with these changes: another space is another study, so `--fresh`."""
    given = iter(history.facts.get("command") or ["workbench", "tune", "--study", history.spec["name"]])
    kept: list[str] = []
    for word in given:
        if word == "--trials":
            next(given, None)
        elif word not in ("--fresh", "--json", "--quiet") and not word.startswith("--trials="):
            kept.append(word)
    return shlex.join([*kept, "--fresh", *(word for change in changes for word in ("--set", change))])


# -- what is looked at ----------------------------------------------------------------------------------------

FEW = 20  # trials; with fewer, nothing is said of the space
LEADERS = 5
UNLIKELY = 0.01  # how often chance alone may make a sentence about the space


def _ranked(history: History) -> Sequence[Row]:
    """The complete trials as the search ranks them: by their own metric, each point once."""
    return confidence.by_search(history)


def _measured(history: History) -> list[Row]:
    """Trials that ended with a number of their own, those cut short included."""
    rows = (row for row in history.rows if row.state in ("complete", "pruned") and row.duplicate_of is None)
    return sorted((row for row in rows if row.value is not None), key=lambda row: row.number)


def _value(row: Row) -> float:
    assert row.value is not None
    return row.value


def _noise(history: History) -> float | None:
    """What chance of the examples does to the metric; None of one that is not the accuracy: nobody knows."""
    return _accuracy_noise(history) if history.metric.name == "accuracy" else None


def _accuracy_noise(history: History) -> float | None:
    """One standard error of the best trial's accuracy on the validation part; that of 99.9 % where it is higher.

    A validation part that is all right says nothing of its own noise: p (1 - p) / n is 0 there.
    """
    ranked, examples = _ranked(history), summary.data(history).get("validation")
    if not ranked or ranked[0].best is None or not examples:
        return None
    error = summary.standard_error(min(ranked[0].best.validation_accuracy, 0.999), examples)
    return max(error, 0.5 / int(examples))


def _tied(history: History) -> list[Row]:
    """The ranked trials within one standard error of the best, itself included."""
    ranked, noise = _ranked(history), _noise(history)
    if not ranked or noise is None:
        return []
    return [row for row in ranked if _value(ranked[0]) - _value(row) <= noise]


def _word(history: History, name: str) -> Word | None:
    return (TRAINER | FAMILIES.get(history.spec["model"]["family"], {})).get(name)


def _set(name: str, value: Any, kind: str = "") -> str:
    """ "space.lr.float=[0.001, 0.3]"."""
    return f"space.{toml.key(name)}{'.' + kind if kind else ''}={toml.inline(value)}"


# -- seeds against ranks --------------------------------------------------------------------------------------


def _seeds(history: History, _shares: Shares) -> Iterator[Verdict]:
    """What chance of the seed does to a network, against how far the confirmed ones lie apart."""
    runs: dict[int, list[float]] = {}
    for run in (history.facts.get("confirm") or {}).get("runs") or ():
        if run["ended"] == "complete" and run["accuracy"] is not None:
            runs.setdefault(run["trial"], []).append(confidence.reached(run))
    runs = {trial: scores for trial, scores in runs.items() if len(scores) >= 3}  # of fewer no deviation is known
    if len(runs) < 3:
        return
    means = [fmean(scores) for scores in runs.values()]
    freedom = sum(len(scores) - 1 for scores in runs.values())
    within = sum((score - fmean(scores)) ** 2 for scores in runs.values() for score in scores)
    deviation, spread = math.sqrt(within / freedom), max(means) - min(means)
    if deviation <= spread:
        return
    yield Verdict(
        "seed-noise",
        f"Another seed moves a network's {history.metric.words} by ± {words.apart(history.metric, deviation)}, and "
        f"the means of the {len(runs)} confirmed trials lie only {words.apart(history.metric, spread)} apart.",
        "Their order is chance: take the smallest of them, and do not search on for so little.",
    )


# -- the edge of a range --------------------------------------------------------------------------------------

EDGE = 0.1  # of an axis, at either end
OUTERMOST = 0.05  # where the best trial must lie


def _edges(history: History, _shares: Shares) -> Iterator[Verdict]:
    """Numbers whose best values lie at an end of their range."""
    rows, ranked = _measured(history), _ranked(history)
    if len(rows) < FEW or len(ranked) < 2 * LEADERS:
        return
    for name, entry in history.spec["space"].items():
        bounds = entry.get("int") or entry.get("float") if isinstance(entry, Mapping) else None
        if not bounds or bounds[0] == bounds[1]:
            continue
        for end in (0, 1):
            if _piled_up(rows, ranked, name, entry, end):
                yield _edge(history, name, entry, end, ranked[0])


def _piled_up(rows: Sequence[Row], ranked: Sequence[Row], name: str, entry: Mapping[str, Any], end: int) -> bool:
    """Whether the best trials lie at this end, more often than chance, and those there are better than the rest."""

    def outward(row: Row) -> float | None:
        """The distance from that end, as a share of the axis; of layers the mean."""
        if name not in row.point:
            return None
        shares = [_share(value, entry) for value in as_list(row.point[name])]
        return abs(fmean(shares) - end) if shares else None

    low, high = entry.get("int") or (0, math.inf)
    width = max(EDGE, 1 / (high - low + 1))  # of depth 1 to 3, an end is a third
    leaders = [
        distance for row in ranked[: max(LEADERS, len(ranked) // 10)] if (distance := outward(row)) is not None
    ]
    best = outward(ranked[0])
    if best is None or best > OUTERMOST or not leaders:
        return False
    near = sum(distance <= EDGE for distance in leaders)
    if near < 0.6 * len(leaders) or _at_least(near, len(leaders), width) > UNLIKELY:
        return False
    known = [(row, distance) for row in rows if (distance := outward(row)) is not None]
    there = [_value(row) for row, distance in known if distance <= EDGE]
    rest = [_value(row) for row, distance in known if distance > EDGE]
    return _better(there, rest) < UNLIKELY


def _share(value: Any, entry: Mapping[str, Any]) -> float:
    """Where the value lies between its bounds, in [0, 1]."""
    ends: list[float] = [*(entry.get("int") or entry["float"]), float(value)]
    low, high, at = (math.log(each) if entry.get("log") else each for each in ends)
    return (at - low) / (high - low)


def _at_least(hits: int, draws: int, chance: float) -> float:
    """How probable so many hits are, or more: the binomial's tail."""
    return sum(math.comb(draws, k) * chance**k * (1 - chance) ** (draws - k) for k in range(hits, draws + 1))


def _better(some: Sequence[float], rest: Sequence[float]) -> float:
    """One-sided p of "some are no better than the rest": Mann & Whitney 1947, normal approximation; 1 for few.

    Written out, for scipy.stats takes two seconds to load.
    """
    if min(len(some), len(rest)) < 3:
        return 1.0
    wins = sum((a > b) + 0.5 * (a == b) for a in some for b in rest)
    pairs = len(some) * len(rest)
    deviation = math.sqrt(pairs * (len(some) + len(rest) + 1) / 12)
    return 1 - NormalDist().cdf((wins - pairs / 2) / deviation)


def _edge(history: History, name: str, entry: Mapping[str, Any], end: int, best: Row) -> Verdict:
    kind = "int" if "int" in entry else "float"
    low, high = entry[kind]
    bound, value = (low, high)[end], words.value(best.point[name])
    where = f"The best trials have {name} at the {('lower', 'upper')[end]} end of its range"
    sentence = f"{where} ({words.value(low)} to {words.value(high)}; the best has {value})."
    wider = _widened(low, high, end, bool(entry.get("log")), _word(history, name), kind == "int")
    if wider is None:
        advice = f"It cannot go further than {words.value(bound)}: leave it there and search the rest."
        return Verdict("edge-of-range", sentence, advice, (_set(name, bound),))
    return Verdict("edge-of-range", sentence, "Better values may lie beyond: widen it.", (_set(name, wider, kind),))


def _widened(low: float, high: float, end: int, log: bool, word: Word | None, whole: bool) -> list[float] | None:
    """The range half as long again at this end (of logarithms, too); None where the word's own limit is reached."""
    if log:
        factor = (high / low) ** 0.5
        new = low / factor if end == 0 else high * factor
    else:
        new = low - (high - low) / 2 if end == 0 else high + (high - low) / 2
    new = float(f"{new:.1g}") if log and not whole else float(f"{new:.3g}")
    if word is not None:
        if end == 0 and word.low is not None and new <= word.low:
            new = word.low if not (word.above or (log and word.low == 0)) else low / 10
        if end == 1 and word.high is not None and new >= word.high:
            new = word.high if not word.below else word.high - (word.high - high) / 2
    if whole:
        new = math.floor(new) if end == 0 else math.ceil(new)
    wider = [new, high] if end == 0 else [low, new]
    return None if wider == [low, high] or (log and wider[0] <= 0) else wider


# -- the curves of the leaders --------------------------------------------------------------------------------

EPOCHS = 5  # of a leader's curve, at least
MOST = 0.6  # of the leaders must show it


def _with_curves(history: History) -> list[Row]:
    return [row for row in _ranked(history)[:LEADERS] if len(row.curve) >= EPOCHS]


def _most(leaders: Sequence[Row], shows: Callable[[Row], bool]) -> bool:
    return len(leaders) >= 3 and sum(map(shows, leaders)) >= MOST * len(leaders)


FALLS = 0.05  # of the validation loss, in the last quarter of the epochs


def _still_improving(history: History, _shares: Shares) -> Iterator[Verdict]:
    """Leaders whose validation loss still falls at the last epoch, with a learning rate that stays."""
    leaders = [row for row in _with_curves(history) if row.point.get("lr_schedule", "constant") == "constant"]
    if not _most(leaders, _falls) or not _most(leaders, lambda row: row.best == row.curve[-1]):
        return
    epochs = max(len(row.curve) for row in leaders)
    drop = median(_drop(row) for row in leaders)
    yield Verdict(
        "still-improving",
        f"The leaders are still improving when their {epochs} epochs are over: in the last quarter the validation "
        f"loss fell by {100 * drop:.0f} %, and the last epoch is the best.",
        "Train longer.",
        (_set("epochs", 2 * epochs),),
    )


def _drop(row: Row) -> float:
    before, last = row.curve[-1 - max(1, len(row.curve) // 4)].validation_loss, row.curve[-1].validation_loss
    return 1 - last / before if before > 0 and math.isfinite(last) else 0.0


def _falls(row: Row) -> bool:
    return _drop(row) >= FALLS and row.curve[-1].validation_loss == min(each.validation_loss for each in row.curve)


RISES = 0.1  # of the validation loss above its lowest
APART = 0.02  # between training and validation accuracy


def _overfitting(history: History, _shares: Shares) -> Iterator[Verdict]:
    """Leaders whose validation loss turns up while the other falls, or who know the training part far better."""
    leaders, noise = _with_curves(history), _accuracy_noise(history)
    if noise is None:
        return
    gap = median(_gap(row) for row in leaders) if leaders else 0.0
    if _most(leaders, _turns_up):
        turn = int(median(_lowest(row) for row in leaders))
        rise = median(row.curve[-1].validation_loss / _lowest_loss(row) - 1 for row in leaders)
        seen = (
            f"their validation loss is lowest about epoch {turn} and ends {100 * rise:.0f} % higher, while the "
            f"training loss falls on"
        )
    elif _most(leaders, lambda row: _gap(row) > max(APART, 3 * noise)):
        seen = f"they get {words.points(gap)} points more of the training part right than of the validation part"
    else:
        return
    space, own = history.spec["space"], history.spec["model"]["family"] not in FAMILIES
    changes: tuple[str, ...] = ()
    advice = "More training data, or smaller networks."
    if "dropout" not in space and not own:
        changes, advice = (_set("dropout", [0.0, 0.5], "float"),), "Search dropout; more data help as well."
    elif "weight_decay" not in space:
        changes = (_set("weight_decay", [1e-6, 1e-2], "float"), _set("weight_decay", True, "log"))
        advice = "Search weight decay; more data help as well."
    yield Verdict("overfitting", f"The leaders overfit: {seen}.", advice, changes)


def _gap(row: Row) -> float:
    assert row.best is not None
    return row.best.train_accuracy - row.best.validation_accuracy


def _lowest_loss(row: Row) -> float:
    return min(each.validation_loss for each in row.curve)


def _lowest(row: Row) -> int:
    return next(each.epoch for each in row.curve if each.validation_loss == _lowest_loss(row))


def _turns_up(row: Row) -> bool:
    turn = _lowest(row)
    at = next(each for each in row.curve if each.epoch == turn)
    last = row.curve[-1]
    rises = last.validation_loss > (1 + RISES) * at.validation_loss > 0
    return turn <= 0.8 * len(row.curve) and rises and last.train_loss < at.train_loss


CAPABLE = 0.95  # training accuracy, from which on nobody calls it underfitting


def _underfitting(history: History, _shares: Shares) -> Iterator[Verdict]:
    """Leaders who know the training part no better than the validation part, and neither well; none held back."""
    leaders, noise = _with_curves(history), _accuracy_noise(history)

    def held_back(row: Row) -> bool:
        point = row.point
        return any(point.get(name, 0) > 0 for name in ("dropout", "label_smoothing", "weight_decay"))

    def low(row: Row) -> bool:
        assert row.best is not None
        assert noise is not None
        return row.best.train_accuracy < CAPABLE and abs(_gap(row)) <= noise and not held_back(row)

    if noise is None or not _most(leaders, low) or _most(leaders, _falls):
        return
    reached = median(row.best.train_accuracy for row in leaders if row.best)
    yield Verdict(
        "underfitting",
        f"The leaders underfit: they get only {words.percent(reached)} of the training part right, about as "
        f"much as of the validation part.",
        "Give them more: wider or deeper networks, better inputs; with noisy labels this may be all there is.",
    )


# -- trials that were lost ------------------------------------------------------------------------------------

MANY = 0.1  # of all trials


def _diverged(history: History, _shares: Shares) -> Iterator[Verdict]:
    """How many diverged, and above which learning rate."""
    rows = [row for row in history.rows if row.state in ("complete", "pruned") and row.duplicate_of is None]
    lost = [row for row in rows if row.ended == "diverged"]
    if len(lost) < LEADERS or len(lost) < MANY * len(rows):
        return
    told = f"{len(lost)} of {len(rows)} trials diverged"
    entry = history.spec["space"].get("lr")
    border = _cliff(rows) if isinstance(entry, Mapping) and "float" in entry else None
    if border is None:
        yield Verdict("diverged", f"{told}.", "Lower learning rates may save these trials.")
        return
    above = [row for row in rows if row.point["lr"] > border]
    caught = sum(row.ended == "diverged" for row in above)
    wanted = [entry["float"][0], border]
    yield Verdict(
        "diverged",
        f"{told}, {caught} of them among the {len(above)} with lr above {words.value(border)}.",
        "End the range there.",
        (_set("lr", wanted, "float"),),
    )


def _cliff(rows: Sequence[Row]) -> float | None:
    """The learning rate above which four in five diverge and below which one in ten does at most; else None."""
    known = sorted((row for row in rows if "lr" in row.point), key=lambda row: float(row.point["lr"]))
    lost = [row.ended == "diverged" for row in known]
    borders = []
    for i in range(1, len(known)):
        above, below = lost[i:], lost[:i]
        if sum(above) >= 0.8 * len(above) and sum(below) <= 0.1 * len(below) and len(above) >= LEADERS:
            borders.append((len(above) - sum(above) + sum(below), i))  # trials on the wrong side
    if not borders:
        return None
    between = min(borders)[1]
    return float(f"{math.sqrt(known[between - 1].point['lr'] * known[between].point['lr']):.2g}")


def _pruned_winners(history: History, _shares: Shares) -> Iterator[Verdict]:
    """Trials that were stopped early, and whose re-runs or own numbers say that they were among the best."""
    ranked, noise = _ranked(history), _noise(history)
    if not ranked or noise is None:
        return
    best, cut = ranked[0], {row.number: row for row in history.rows if row.ended == "pruned"}
    runs: dict[int, list[float]] = {}
    for run in (history.facts.get("confirm") or {}).get("runs") or ():
        if run["ended"] == "complete" and run["accuracy"] is not None:
            runs.setdefault(run["trial"], []).append(confidence.reached(run))
    whole = [fmean(scores) for trial, scores in runs.items() if trial not in cut]
    risen = [trial for trial, scores in runs.items() if trial in cut and whole and fmean(scores) >= max(whole)]
    if risen:
        told = f"trial {risen[0]} was stopped early, and trained to its end it has the best confirmed mean"
    else:
        ahead = [row for row in cut.values() if row.value is not None and row.value > _value(best) + noise]
        if not ahead:
            return
        first = max(ahead, key=_value)
        told = (
            f"{_trials(ahead)} stopped early with more than the best complete trial's {words.percent(best.value)} "
            f"(trial {first.number}: {words.percent(first.value)} after {words.count(len(first.curve), 'epoch')})"
        )
    yield Verdict(
        "pruned-winner",
        f"The pruner cut winners: {told}.",
        "Search on with a milder pruner: --pruner median, or none.",
    )


def _trials(rows: Sequence[Row]) -> str:
    return "a trial was" if len(rows) == 1 else f"{len(rows)} trials were"


# -- what the search could do without -------------------------------------------------------------------------

ENOUGH = 50  # trials, before a hyperparameter is said not to matter
IDLE = 0.02  # its share of the importance
SPREAD = 0.6  # of its range, over which the tied trials lie
TIED = 8  # trials within the noise of the best, that may speak for their values


def _idle(history: History, shares: Shares) -> Iterator[Verdict]:
    """A hyperparameter of no importance, all over whose range there are trials as good as the best."""
    tied = _tied(history)
    if len(_measured(history)) < ENOUGH or len(tied) < TIED or not shares:
        return
    for name, entry in history.spec["space"].items():
        if not isinstance(entry, Mapping) or "per" in entry or "when" in entry or shares.get(name, 1.0) > IDLE:
            continue
        values = [row.point[name] for row in tied if name in row.point]
        best = tied[0].point.get(name)
        if len(values) < TIED or best is None:
            continue
        if "choice" in entry:
            if any(option not in values for option in entry["choice"]):
                continue
            reach = f"every option ({', '.join(words.value(option) for option in entry['choice'])})"
        else:
            places = sorted(_share(value, entry) for value in values)
            if places[-1] - places[0] < SPREAD:
                continue
            reach = f"values from {words.value(min(values))} to {words.value(max(values))}"
        fixed = float(f"{best:.2g}") if isinstance(best, float) else best
        yield Verdict(
            "idle-parameter",
            f"{name} hardly matters: {100 * shares[name]:.1f} % of the importance, and the {len(tied)} trials as "
            f"good as the best have {reach}.",
            "Fix it, and the search has one question less.",
            (_set(name, fixed),),
        )


DECISIVE = 0.4  # share of the importance


def _decisive(history: History, shares: Shares) -> Iterator[Verdict]:
    """The number that sets the best trials apart, where they have it within half of its range."""
    ranked = _ranked(history)
    if len(_measured(history)) < ENOUGH or len(ranked) < 2 * LEADERS or not shares:
        return
    name = max(shares, key=lambda each: shares[each])
    entry = history.spec["space"].get(name)
    if shares[name] < DECISIVE or not isinstance(entry, Mapping) or "float" not in entry:
        return
    best = ranked[: max(LEADERS, len(ranked) // 10)]
    values = [row.point[name] for row in best if name in row.point]
    places = [_share(value, entry) for value in values]
    if len(values) < LEADERS or max(places) - min(places) > 0.5 or min(places) < EDGE or max(places) > 1 - EDGE:
        return  # at an end it is `_edges` that speaks
    room = 0.1 + (max(places) - min(places)) / 2
    wanted = [_at(max(0.0, min(places) - room), entry), _at(min(1.0, max(places) + room), entry)]
    yield Verdict(
        "decisive-parameter",
        f"{name} decides: {100 * shares[name]:.0f} % of the importance, and the best {len(values)} trials have it "
        f"between {words.value(min(values))} and {words.value(max(values))}.",
        "A range around them spends more trials where it counts.",
        (_set(name, wanted, "float"),),
    )


def _at(share: float, entry: Mapping[str, Any]) -> float:
    """The inverse of `_share`, to two digits; the bounds themselves at 0 and 1."""
    low, high = entry["float"]
    if share in (0.0, 1.0):
        return float(high if share else low)
    value = low * (high / low) ** share if entry.get("log") else low + share * (high - low)
    return float(f"{value:.2g}")


FLAT_TRIALS = 30
FLAT_SHARE = 0.5


def _flat(history: History, _shares: Shares) -> Iterator[Verdict]:
    """After which trial nothing got better by more than the noise of the validation part."""
    rows, noise = _measured(history), _noise(history)
    ranked = _ranked(history)
    if noise is None or not ranked:
        return
    top = _value(ranked[0])
    first = next(row for row in rows if row.state == "complete" and top - _value(row) <= noise)
    since = [row for row in rows if row.number > first.number]
    if len(since) < FLAT_TRIALS or len(since) < FLAT_SHARE * len(rows):
        return
    gained = top - _value(first)
    yield Verdict(
        "flat",
        f"The search went flat after trial {first.number}: the {len(since)} trials since then gained "
        f"{words.points(gained)} points, and one standard error is {words.points(noise)}.",
        "More of the same will not help: change the space, the data or the model, or stop here.",
    )


def _duplicates(history: History, _shares: Shares) -> Iterator[Verdict]:
    """Points that were proposed again and again."""
    counts = summary.counts(history)
    repeated, total = counts["duplicates"], counts["total"]
    if repeated < LEADERS or repeated < MANY * total:
        return
    yield Verdict(
        "duplicates",
        f"{repeated} of {total} trials repeated a point that was known already.",
        "The space is small for so many trials: give ranges instead of choices, or ask for fewer.",
    )


_LOOKS: tuple[Callable[[History, Shares], Iterable[Verdict]], ...] = (
    _seeds,
    _edges,
    _still_improving,
    _overfitting,
    _underfitting,
    _diverged,
    _pruned_winners,
    _decisive,
    _idle,
    _flat,
    _duplicates,
)
