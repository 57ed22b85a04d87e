"""report.md: one study on one page, for someone who was not there. The same history gives the same page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import confidence
from workbench.reporting import beside, enqueued, reading, summary, words
from workbench.store.history import History, Row
from workbench.study.metric import METRICS, Metric, fitting

DEFAULT_STORAGE, DEFAULT_OUT = "workbench.journal", "reports"  # what the command line takes where nothing is said
RECOMMENDED, TIED = " *", " ="  # behind a confirmed mean
LEGEND = "* recommended; = tied with the best, as far as the repeats can tell"
SHOWN = 10  # trials of the ranking; all of them are in ranking.csv


def page(
    history: History,
    *,
    folder: Path,
    network: bool,
    verdicts: Sequence[reading.Verdict] = (),
    shown: Mapping[str, str] | None = None,
) -> str:
    """The whole page. `network`: whether best.pt and best.json lie in the folder; `shown`: pictures and titles."""
    sections = [
        _head(history),
        _confirmed(history),
        _beside(history),
        _front(history),
        _trials(history),
        _metrics(history),
        _enqueued(history),
        _limits(history),
        _read(history, verdicts),
        _pictures(shown or {}),
        _diagnosis(history),
        _space(history),
        _data(history),
        _again(history),
        _network(history, folder) if network else [],
        _browse(history, folder),
    ]
    return "\n".join(line for section in sections for line in section)


def note(history: History, verdicts: Sequence[reading.Verdict] = ()) -> str:
    """The short form, shown as the study's description in a dashboard."""
    sections = [_head(history), _read(history, verdicts), _diagnosis(history), _space(history), _data(history)]
    return "\n".join(line for section in sections for line in section)


def banner(history: History) -> list[str]:
    """What must be said before any number where the data is a stand-in; else nothing."""
    known = summary.data(history)
    if not known.get("stand_in"):
        return []
    return [
        f"STAND-IN DATA: these are not results on {history.spec['data']['source']}, but on {known['name']}.",
        *known.get("notes", ()),
    ]


def _head(history: History) -> Iterator[str]:
    yield from (f"# {history.study}", "")
    if stand_in := banner(history):
        yield from (f"> **{stand_in[0]}**", *(f"> {line}" for line in stand_in[1:]), "")
    if history.spec.get("description"):
        yield from (history.spec["description"], "")
    yield from (" ".join(verdict(history)), "")
    yield from (tally(history), "")


def verdict(history: History) -> list[str]:
    """The result in sentences: the test part and what simpler models reach there; who is recommended, who tied."""
    winner = summary.best(history)
    if winner is None or winner.best is None:
        look = shlex.join(["workbench", "diagnose", "--study", history.spec["name"]])
        return ["No trial was completed.", *reasons(history), f"What keeps it from learning: {look}."]
    return [*_tested(history), *_recommended(history, winner), *beside.sentence(history)]


def _tested(history: History) -> Iterator[str]:
    score = summary.tested(history)
    if not score:
        return
    metric = history.metric
    if metric.name != "accuracy":
        yield f"Test {metric.words}: {words.measured(metric, summary.value(score, metric))}."
    yield (
        f"Test accuracy: {words.percent(score['accuracy'])} ({_percents(score['low'], score['high'])}, "
        f"{words.count(score['examples'], 'example')})."
    )
    baselines = history.facts.get("baselines") or ()
    if baselines:
        told = ", ".join(f"{one['name']} {_reached(one, metric)}{_part(one)}" for one in baselines)
        yield f"On the same examples: {told}."
    for one in summary.rivals(history):
        yield _rival(one)


def _percents(low: float, high: float) -> str:
    """ "95 % interval 97.12 to 98.02" """
    return f"95 % interval {words.points(low)} to {words.points(high)}"


def _within(metric: Metric, found: confidence.Interval) -> str:
    return f"95 % interval {words.bounds(metric, found.low, found.high)}"


def _reached(baseline: Mapping[str, Any], metric: Metric) -> str:
    """What a baseline has of the study's metric, or else of the accuracy."""
    value = summary.value(baseline, metric)
    if metric.name == "accuracy" or value is None:
        return words.percent(baseline["accuracy"]) + ("" if metric.name == "accuracy" else " accuracy")
    return words.measured(metric, value)


def _part(baseline: Mapping[str, Any]) -> str:
    return f" ({baseline['note']})" if baseline["note"] else ""


def _rival(baseline: Mapping[str, Any]) -> str:
    """A simpler model that the network does not beat."""
    network, other = baseline["only_network"], baseline["only_baseline"]
    p = confidence.mcnemar(network, other)
    who = "A linear model" if baseline["linear"] else "Another model"
    how = "is better than" if other > network and p < confidence.LEVEL else "ties"
    return (
        f"{who} {how} the network: of the examples that only one of them gets right, {baseline['name']} has "
        f"{other} and the network {network} (McNemar's test, p = {p:.2g})."
    )


def _recommended(history: History, winner: Row) -> Iterator[str]:
    leaders, metric = confidence.leaders(history), history.metric
    size = words.count(winner.parameters, "parameter")
    assert winner.best is not None
    if not leaders:
        yield (
            f"Best validation {metric.words}: {words.measured(metric, winner.value)}{_over_folds(winner, metric)} "
            f"(trial {winner.number}, epoch {winner.best.epoch}, {size}), of a single run: "
            f"not confirmed with fresh seeds{_so_far(history)}."
        )
        return
    [taken] = [leader for leader in leaders if leader.recommended]
    found, folds = taken.interval, summary.folds(history)
    what = f"in {folds}-fold cross-validation" if folds else "of the validation part"
    if found is None:
        yield f"Recommended: trial {winner.number} ({size}); its repeats have no mean."
    elif taken.fresh or len(leaders) == 1:
        count = len(taken.fresh or taken.runs)
        yield (
            f"Recommended: trial {winner.number} ({size}), confirmed at {_part_reached(metric, found.mean, what)}, "
            f"the mean of {count} fresh seeds{' and divisions' if folds else ''} ({_within(metric, found)})."
        )
    else:
        yield (
            f"Recommended: trial {winner.number} ({size}), at {_part_reached(metric, found.mean, what)}, "
            f"the mean of the {len(taken.runs)} seeds that it was chosen by, which flatters "
            f"({_within(metric, found)})."
        )
    yield from _tie(leaders, taken, metric)
    yield from _unfinished(history, leaders, taken)


def _over_folds(row: Row, metric: Metric) -> str:
    """ ", the mean of 5 folds ± 1.20,", where there are folds."""
    if row.spread is None:
        return ""
    return f", the mean of {len(row.folds)} folds ± {words.deviation(metric, row.spread)},"


def _part_reached(metric: Metric, mean: float, what: str) -> str:
    """ "98.30 % of the validation part", "a log loss of 0.0812 in 5-fold cross-validation" """
    if metric.name == "accuracy":
        return f"{words.percent(mean)} {what}"
    return f"{'an' if metric.words[0] in 'aeiou' else 'a'} {metric.words} of {words.measured(metric, mean)} {what}"


def _tie(leaders: Sequence[confidence.Leader], taken: confidence.Leader, metric: Metric) -> Iterator[str]:
    tied = [one for one in leaders if one.tied_with_best]
    tied.sort(key=lambda one: -metric.gain(one.compared_mean))
    if len(tied) > 1:
        highest = tied[0]
        text = (
            f"Tied, for {words.count(len(taken.runs), 'paired seed')} cannot tell them apart: "
            f"{_listed(one.row.number for one in tied)}; trial {taken.row.number} is "
            f"{_why_taken(tied, taken, metric)}"
        )
        if highest is not taken:
            behind = words.apart(metric, abs(highest.compared_mean - taken.compared_mean))
            beyond = "above the lowest" if metric.minimize else "below the highest"
            text += f", over the same seeds {behind} {beyond}, trial {highest.row.number}"
        yield f"{text}."
    elif len(leaders) > 1 and tied:
        yield f"No other of the {len(leaders)} leading trials is tied with it."
    for one in leaders:
        if one.lost or one.fresh_lost:
            count = len(one.runs) + one.lost + len(one.fresh) + one.fresh_lost
            yield f"Of trial {one.row.number}'s {count} repeats {one.lost + one.fresh_lost} diverged or failed."


def _why_taken(tied: Sequence[confidence.Leader], taken: confidence.Leader, metric: Metric) -> str:
    best = "lowest" if metric.minimize else "highest"
    if taken.row.parameters == min(one.row.parameters for one in tied):
        return "the smallest"
    if taken is tied[0]:
        return f"the {best}, and no smaller one is within a standard error of it"
    return f"the smallest within a standard error of the {best}"


def _listed(numbers: Iterable[int]) -> str:
    """ "trials 3, 17 and 34" """
    *most, last = map(str, sorted(numbers))
    return f"trials {', '.join(most)} and {last}"


def _so_far(history: History) -> str:
    known = history.facts.get("confirm")
    return f" ({words.count(len(known['runs']), 'repeat')} done so far)" if known and known["runs"] else ""


def _unfinished(history: History, leaders: Sequence[confidence.Leader], taken: confidence.Leader) -> Iterator[str]:
    seeds = history.facts["confirm"]["seeds"]
    done = len(taken.runs) + taken.lost
    fresh = len(taken.fresh) + taken.fresh_lost
    if done < seeds:
        yield f"Only {done} of {seeds} repeats are done: the same command goes on."
    elif len(leaders) > 1 and fresh < seeds:
        yield f"Only {fresh} of {seeds} fresh seeds of trial {taken.row.number} are done: the same command goes on."


def reasons(history: History, most: int = 3) -> list[str]:
    """Why trials did not complete, the commonest reason first."""
    count: dict[str, list[Row]] = {}
    for row in history.rows:
        if row.reason and row.duplicate_of is None:
            count.setdefault(row.reason, []).append(row)
    common = sorted(count.items(), key=lambda item: -len(item[1]))[:most]
    return [f"{_who(rows)}: {reason.rstrip('.')}." for reason, rows in common]


def _who(rows: Sequence[Row]) -> str:
    one = f"trial {rows[0].number}"
    return one.capitalize() if len(rows) == 1 else f"{words.count(len(rows), 'trial')}, {one} first"


def tally(history: History) -> str:
    """ "20 trials: 14 complete, 5 pruned (1 of them diverged), 1 failed; 4:03 on cpu, serial." """
    counts = summary.counts(history)
    diverged = f" ({counts['diverged']} of them diverged)" if counts["diverged"] else ""
    total = words.count(counts["total"], "trial")
    text = f"{total}: {counts['complete']} complete, {counts['pruned']} pruned{diverged}, {counts['failed']} failed"
    if counts["duplicates"]:
        text += f"; {words.count(counts['duplicates'], 'repeated point')} not trained twice"
    if history.facts.get("seconds") is not None:
        text += f"; {words.duration(history.facts['seconds'])}"
        text += f" on {history.facts['device']}" if history.facts.get("device") else ""
        text += f", {history.facts['engine']}" if history.facts.get("engine") else ""
    return text + "."


def _confirmed(history: History) -> Iterator[str]:
    leaders = confidence.leaders(history)
    if not leaders:
        return
    yield from ("## The leading trials, trained again", "")
    head = ["trial", "parameters", "in the search", "mean", "95 % interval", "seeds"]
    head += ["tied with the best", "recommended"]
    yield from _table(head, [_leader(leader, history.metric) for leader in leaders], right=6)
    yield ""
    if len(leaders) > 1:
        same, on = "the same seed and order of examples", "this validation part"
        about = f"fresh seeds on {on}"
        if summary.folds(history):
            same, on = "the same seed, order of examples and division into folds", "all that is divided"
            about = "fresh seeds and fresh divisions of these examples"
        error, metric = f"an accuracy on {on}", history.metric
        if metric.name != "accuracy":
            error = f"the {'lowest' if metric.minimize else 'highest'} mean {metric.words} over seeds"
        yield (
            f"Repeat i of each has {same}. Tied: paired t tests of all pairs, Holm's "
            f"correction, 5 %. Recommended: the smallest of the tied within one standard error of {error}. "
            "Its mean and interval are of further seeds, which had no part in choosing it; "
            "the others' intervals are each for itself, and the highest of several flatters. "
            f"All are about {about}, not about other examples."
        )
        yield ""


def _beside(history: History) -> Iterator[str]:
    rows = beside.table(history)
    if rows:
        yield from (f"## {beside.TITLE}", "")
        yield from _table(beside.HEAD, rows)
        yield from ("", beside.note(history), "")


def _leader(leader: confidence.Leader, metric: Metric) -> list[str]:
    found = leader.interval
    return [
        str(leader.row.number),
        f"{leader.row.parameters:,}",
        words.measured(metric, leader.row.value),
        words.measured(metric, found.mean if found else None),
        words.bounds(metric, found.low, found.high) if found else words.MISSING,
        str(len(leader.fresh or leader.runs)),
        "yes" if leader.tied_with_best else "no",
        "yes" if leader.recommended else "",
    ]


FRONT = (
    "The Pareto front of the search: no trial is as good as one of these with no more parameters. "
    "{} are confirmed with fresh seeds, the best ones of the front; recommended is the smallest network "
    "of those that cannot be told apart from the best."
)


def front(history: History) -> tuple[list[str], list[list[str]], str]:
    """The best of each size: heads, rows and a note; no rows where a study has one metric."""
    if not history.by_size_too:
        return [], [], ""
    told = {leader.row.number: leader for leader in confidence.leaders(history)}
    head = ["trial", "parameters", f"validation {history.metric.words}", "confirmed"]
    rows = [
        [str(row.number), f"{row.parameters:,}", words.reached(row), _mean(told.get(row.number), history.metric)]
        for row in confidence.front(history)
    ]
    return head, rows, FRONT.format(words.count(len(told), "trial") if told else "None")


def _front(history: History) -> Iterator[str]:
    head, rows, note = front(history)
    if rows:
        yield from ("## The best of each size", "")
        yield from _table(head, rows, right=len(head))
        yield from ("", f"{note} {LEGEND.replace('*', chr(92) + '*')}.", "")


def _trials(history: History) -> Iterator[str]:
    rows = leaders(history)
    if not rows:
        return
    names = words.searched(history.spec["space"])
    head = [
        "rank",
        "trial",
        f"validation {history.metric.words}",
        "confirmed",
        "validation loss",
        "epoch",
        "parameters",
        "seconds",
    ]
    unknown = None if any(place.leader for place, _ in rows) else head.index("confirmed")
    table = [(head, names), *((cells, values(place.row, names)) for place, cells in rows)]
    head, *lines = [[*(cell for i, cell in enumerate(cells) if i != unknown), *rest] for cells, rest in table]
    yield from ("## The best trials", "")
    yield from _table(head, lines, right=len(head) - len(names))
    legend = "" if unknown else f"Confirmed: {LEGEND.replace('*', chr(92) + '*')}. "
    if told := folds_told(history):
        legend = f"{told[0].upper()}{told[1:]}. {legend}"
    yield from ("", f"{legend}Every trial with all its numbers: ranking.csv. Epoch by epoch: history.jsonl.", "")


def folds_told(history: History) -> str:
    """What the metric of a cross-validated trial is; nothing where there is one validation part."""
    count = summary.folds(history)
    return f"{history.metric.words}: the mean of {count} folds ± their standard deviation" if count else ""


def _enqueued(history: History) -> Iterator[str]:
    """What the file said is to be tried first, beside what the search found."""
    lines = enqueued.table(history)
    if not lines:
        return
    yield from ("## The enqueued networks and the search's", "")
    yield from _table(enqueued.head(history), lines)
    yield from ("", *(f"- {note}" for note in enqueued.notes(history)))
    if summary.enqueued_scores(history):
        yield f"- {enqueued.EXPLAINED}"
    yield ""


def leaders(history: History) -> list[tuple[summary.Ranked, list[str]]]:
    """The best trials: rank, trial, metric, confirmed mean, loss, epoch, parameters and seconds, in words."""
    return [
        (place, _in_words(place.rank, place.row, place.leader, history.metric))
        for place in summary.ranking(history)
        if place.rank is not None and place.rank <= SHOWN
    ]


def _in_words(rank: int, row: Row, leader: confidence.Leader | None, metric: Metric) -> list[str]:
    epoch = row.best
    measured = (words.loss(epoch.validation_loss), str(epoch.epoch)) if epoch else (words.MISSING, words.MISSING)
    confirmed = _mean(leader, metric)
    who = (str(rank), str(row.number), words.with_spread(metric, row.value, row.spread), confirmed)
    return [*who, *measured, f"{row.parameters:,}", f"{row.seconds:.1f}"]


def _mean(leader: confidence.Leader | None, metric: Metric) -> str:
    """The confirmed mean, and whether it is tied or recommended."""
    told = words.measured(metric, leader.interval.mean if leader and leader.interval else None)
    if leader is None:
        return told
    return told + (RECOMMENDED if leader.recommended else TIED if leader.tied_with_best else "  ")


def values(row: Row, names: Sequence[str]) -> list[str]:
    """The trial's values of these hyperparameters in words."""
    return [words.value(row.point.get(name)) for name in names]


def metrics(history: History) -> tuple[list[str], list[list[str]], list[str]]:
    """The leaders and the final network by every metric: heads, rows, and what is to be known of them.

    No rows where nothing was measured: stored by an earlier version, or the process was killed before.
    """
    score, names = summary.tested(history), fitting(history.spec["task"])
    rows = [
        [str(place.rank), f"trial {place.row.number}", *_every(place.row.metrics, names)]
        for place, _ in leaders(history)
        if place.row.metrics
    ]
    if score and score.get("metrics"):
        rows.append(["", f"trial {score['trial']}, test part", *_every(score["metrics"], names)])
    lower = ", ".join(METRICS[name].words for name in names if METRICS[name].minimize)
    told = [
        f"{_of_the_validation_part(history)} at each trial's best epoch, a single run each, of the leading trials "
        f"alone; of the test part, the final network. Higher is better; of {lower} lower is. Macro F1, balanced "
        "accuracy, ROC AUC and average precision are means over classes; calibration error: 15 equal bins."
    ]
    missing = history.facts.get("undefined") or {}
    where = "a fold" if summary.folds(history) else "the validation part"
    told += [f"No {METRICS[name].words}: {reason} in {where}." for name, reason in missing.items()]
    return ["rank", "trial", *(METRICS[name].words for name in names)], rows, told


def _of_the_validation_part(history: History) -> str:
    folds = summary.folds(history)
    return f"Means over {folds} folds, each of its own network," if folds else "Of the validation part"


def _every(measured: Mapping[str, float], names: Sequence[str]) -> list[str]:
    return [words.measured(METRICS[name], measured.get(name)) for name in names]


def _metrics(history: History) -> Iterator[str]:
    head, rows, told = metrics(history)
    if rows:
        yield from ("## By every metric", "")
        yield from _table(head, rows, right=len(head))
        yield from ("", " ".join(told), "")


def _limits(history: History) -> Iterator[str]:
    lines = [*doubts(history), *_openings(history)]
    if lines:
        yield from ("## How far to trust this", "", *(f"- {line}" for line in lines), "")


def doubts(history: History, plus_minus: str = "±") -> list[str]:
    """What the size of the validation part says about the ranking."""
    doubt = summary.doubt(history)
    if doubt is None or doubt.ranked < 2 or confidence.leaders(history):
        return []
    if doubt.standard_error == 0 and doubt.within == 1:
        return ["Only the best trial gets all of the validation part right."]
    if doubt.standard_error == 0:
        return [f"{doubt.within} of {doubt.ranked} ranked trials get all of the validation part right: a tie."]
    error = f"one standard error ({plus_minus} {words.points(doubt.standard_error)} points)"
    if doubt.within == 1:
        return [f"No other ranked trial comes within {error} of the best."]
    return [
        f"{doubt.within} of {doubt.ranked} ranked trials, the best included, lie within {error} of the best: "
        f"the order among them is noise."
    ]


def _read(history: History, verdicts: Sequence[reading.Verdict]) -> Iterator[str]:
    """What the study says, and the command that does it."""
    if not verdicts:
        return
    yield from ("## What the study says", "")
    yield from (f"- {verdict.sentence} {verdict.advice}" for verdict in verdicts)
    yield ""
    if changes := [change for verdict in verdicts for change in verdict.changes]:
        yield from ("All of it in one search, beside this one:", "")
        yield from _fenced("sh", reading.command(history, changes))


def _pictures(shown: Mapping[str, str]) -> Iterator[str]:
    for path, title in shown.items():
        yield from (f"![{title}]({path})", "")
    if shown:
        yield from ("All figures, with every trial in them: report.html.", "")


def _openings(history: History) -> Iterator[str]:
    openings = history.facts.get("openings") or ()
    if not openings:
        return
    metric = history.metric
    highest = "lowest" if metric.minimize else "highest"
    yield (
        f"A validation {metric.words} of the search is the {highest} of many and so flatters; "
        f"quote the test {metric.words}."
    )
    if len(openings) == 1:
        [once] = openings
        yield f"The test part was opened once ({_opening(once)})."
        return
    yield (
        f"The test part was opened {len(openings)} times, each time for another recommended network: "
        f"the more often, the less it is worth. {'; '.join(map(_opening, openings))}."
    )


def _opening(once: Mapping[str, Any]) -> str:
    return f"{once['when']}, trial {once['trial']}, {once['code']}"


def _diagnosis(history: History) -> Iterator[str]:
    """What was found of the study before its first trial."""
    known = history.facts.get("diagnosis")
    if not known:
        return
    yield from ("## Diagnosed beforehand", "")
    if known["outcome"] == "skipped":
        yield from ("No: it was run with `--no-diagnose`.", "")
        return
    found = known["findings"]
    errors = sum(finding["severity"] == "error" for finding in found)
    counted = f"{words.count(errors, 'error')}, {words.count(len(found) - errors, 'warning')}"
    yield from (f"`workbench diagnose` {'; '.join(known['looked'])}: {counted}.", "")
    for finding in found:
        place = f" ({finding['path']}:{finding['line']})" if finding["path"] else ""
        yield f"- {finding['severity']}: {finding['rule']}{place}: {finding['message']}. To do: {finding['hint']}."
    looked = known.get("enqueued", ())
    for one in looked:
        told = "; ".join(f"{each['severity']}: {each['rule']}: {each['message']}" for each in one["findings"])
        yield f"- {one['name']}: {told or 'no fault found'}{' (not trained)' if one['refused'] else ''}."
    if found or looked:
        yield ""


def _space(history: History) -> Iterator[str]:
    space = history.spec["space"]
    search, budget = history.spec["search"], history.spec["budget"]
    yield from ("## What was searched", "")
    yield from _table(["name", "values"], [[name, words.parameter(written)] for name, written in space.items()])
    timeout = f" or {budget['timeout']}" if "timeout" in budget else ""
    yield ""
    yield (
        f"Model: {history.spec['model']['family']}. Sampler: {search['sampler']}, pruner: {search['pruner']}, "
        f"seed: {search['seed']}, budget: {words.count(budget['trials'], 'trial')}{timeout}."
    )
    yield ""


def _data(history: History) -> Iterator[str]:
    known = summary.data(history)
    if not known:
        return
    yield from ("## The data", "")
    shape = " x ".join(str(n) for n in known["input_shape"])
    if folds := summary.folds(history):
        yield (
            f"{known['name']} ({known['task']}): {known['validation']:,} examples in {folds} folds, each once the "
            f"validation part of a network that learns from the others ({known['train']:,} or one more), and "
            f"{known['test']:,} test examples of shape {shape}. A trial is the mean of its folds."
        )
    else:
        yield (
            f"{known['name']} ({known['task']}): {known['train']:,} training, {known['validation']:,} validation "
            f"and {known['test']:,} test examples of shape {shape}."
        )
    if known.get("mean") is None:
        yield "Inputs are not standardized."
    elif folds:
        yield "Standardized fold by fold, by its training part; the final network's inputs by all that is divided."
    elif len(known["mean"]) == 1:
        mean, deviation = known["mean"][0], known["deviation"][0]
        yield f"Standardized with the training part's mean {mean:.6g} and deviation {deviation:.6g}."
    else:
        kinds = [one["kind"] for one in known.get("features") or ()]
        count = kinds.count("number") if kinds else len(known["mean"])
        rest = "; zeros and ones are left as they are" if count < len(kinds) else ""
        yield f"Standardized with the training part's means and deviations, of {count} features{rest}."
    if columns := summary.features(history):
        yield f"Columns of the table: {'; '.join(columns)}."
    yield f"MD5 of the training and validation parts: `{known['md5']}`."
    if known.get("file_md5"):
        yield f"MD5 of the file: `{known['file_md5']}`."
    if not known.get("stand_in"):  # there they stand at the top
        yield from (f"{note}" for note in known.get("notes", ()))
    yield ""


def _again(history: History) -> Iterator[str]:
    command, versions = history.facts.get("command"), history.facts.get("versions") or {}
    if not command:
        return
    yield from ("## The same again", "")
    yield from _fenced("sh", shlex.join(command))
    with_what = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield (
        f"Seed {history.spec['search']['seed']}; each trial's randomness follows from it and the trial's number. "
        f"{f'Versions: {with_what}. ' if with_what else ''}The study as it was run stands in summary.json."
    )
    yield ""


def _network(history: History, folder: Path) -> Iterator[str]:
    yield from ("## The recommended network", "")
    code = [
        "from pathlib import Path",
        "",
        "from workbench.models.family import rebuild",
        "",
        f'net = rebuild(Path("{(folder / "best.json").as_posix()}"))',
    ]
    yield from _fenced("python", "\n".join(code))
    if summary.data(history).get("mean") is not None:
        yield "It expects inputs standardized as best.json says (`standardize`)."
    score = summary.tested(history)
    if score:
        yield f"It was trained on the {score['trained_on']} for {words.count(score['epochs'], 'epoch')}."
    else:
        yield "The weights are those of its best epoch in the search."
    yield ""


def _browse(history: History, folder: Path) -> Iterator[str]:
    yield from ("## Trial by trial", "", *_fenced("sh", dashboard(history, folder)))


def dashboard(history: History, folder: Path) -> str:
    """The command that opens the study in a browser."""
    return _command("dashboard", history, folder)


def report(history: History, folder: Path) -> str:
    """The command that writes the reports in this folder again."""
    return _command("report", history, folder)


def _command(name: str, history: History, folder: Path) -> str:
    """With *** where a server's password has to be written: nobody remembers it here."""
    command = ["workbench", name, "--study", history.spec["name"]]
    storage = history.facts.get("storage") or DEFAULT_STORAGE
    if storage != DEFAULT_STORAGE:
        command += ["--storage", storage]
    if folder.parent != Path(DEFAULT_OUT):
        command += ["--out", str(folder.parent)]
    return shlex.join(command)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> Iterator[str]:
    """A Markdown table; the first `right` columns are numbers."""
    yield row(head)
    yield row(["---:" if i < right else "---" for i in range(len(head))])
    yield from map(row, rows)


def row(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    escaped = (" ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _fenced(language: str, text: str) -> Iterator[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}{language}", text, fence, "")
