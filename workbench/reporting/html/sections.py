"""The sections of report.html, each a function of the history; None where there is nothing to say."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from workbench import confidence
from workbench.reporting import beside, enqueued, figures, page, reading, summary, words
from workbench.reporting.html import parts
from workbench.reporting.html.parts import Section, Shown
from workbench.reporting.reading import Verdict
from workbench.store.history import History
from workbench.study import toml
from workbench.study.metric import METRICS, Metric
from workbench.study.space import flatten

LISTED = 1000  # trials of the ranking on the page; ranking.csv has all of them


def every(history: History, verdicts: Sequence[Verdict], shown: Shown) -> list[Section | None]:
    """In the order of the page."""
    return [
        headline(history),
        advice(history, verdicts),
        leaders(history, shown),
        front(history, shown),
        baselines(history),
        on_folds(history),
        metrics(history),
        ranking(history),
        lessons(history),
        curves(history, shown),
        search(history, shown),
        space(history, shown),
        errors(history, shown),
        boundaries(shown),
        diagnosis(history),
        again(history),
    ]


def origin(history: History) -> str:
    """The last line."""
    versions = history.facts.get("versions") or {}
    version = f" {escape(versions['workbench'])}" if "workbench" in versions else ""
    return f"Written by workbench{version} from what was stored of {escape(history.study)}. Plots: plotly.js (MIT)."


# -- the result -----------------------------------------------------------------------------------------------


def headline(history: History) -> Section:
    """The number that counts, how sure it is, and what it cost."""
    parts = []
    if lines := page.banner(history):
        rest = "".join(f"<p>{escape(line)}</p>" for line in lines[1:])
        parts.append(f'<div class="stand-in" role="note"><strong>{escape(lines[0])}</strong>{rest}</div>')
    parts.append(f"<h1>{escape(history.study)}</h1>")
    if about := history.spec.get("description"):
        parts.append(f'<p class="soft">{escape(about)}</p>')
    sentences = " ".join(page.verdict(history))
    parts.append(f'<div class="headline">{_score(history)}<div><p>{escape(sentences)}</p>')
    parts.append("".join(f'<p class="soft">{escape(line)}</p>' for line in page.doubts(history)))
    parts.append(f"</div></div>{_tiles(history)}")
    return Section("result", "Result", f'<section id="result">{"".join(parts)}</section>\n')


def _score(history: History) -> str:
    tested, winner, metric = summary.tested(history), summary.best(history), history.metric
    if tested and metric.name != "accuracy":
        beside = f"test accuracy {words.percent(tested['accuracy'])}"
        told = words.measured(metric, summary.value(tested, metric))
        return _big(told, beside, f"test {metric.words}, {words.count(tested['examples'], 'example')}")
    if tested:
        interval = f"{words.points(tested['low'])} to {words.points(tested['high'])} (95 % interval)"
        return _big(
            words.percent(tested["accuracy"]),
            interval,
            f"test accuracy, {words.count(tested['examples'], 'example')}",
        )
    if winner is None or winner.value is None:
        return '<p class="score">–</p>'
    taken = next((leader for leader in confidence.leaders(history) if leader.recommended), None)
    if taken is not None and taken.interval is not None:
        found = taken.interval
        interval = f"{words.bounds(metric, found.low, found.high)} (95 % interval)"
        seeds = f"the mean of {len(taken.fresh or taken.runs)} seeds"
        return _big(words.measured(metric, found.mean), interval, f"validation {metric.words}, {seeds}")
    count, highest = summary.counts(history)["complete"], "lowest" if metric.minimize else "highest"
    measure = f"validation {metric.words}, the {highest} of {count}: it flatters"
    return _big(words.measured(metric, winner.value), "not tested yet", measure)


def _big(told: str, interval: str, measure: str) -> str:
    return (
        f'<p><span class="score">{escape(told)}</span>'
        f'<span class="interval">{escape(interval)}</span><span class="measure">{escape(measure)}</span></p>'
    )


def _tiles(history: History) -> str:
    counts, known = summary.counts(history), summary.data(history)
    tiles = [
        (
            "Trials",
            f"{counts['total']:,}",
            f"{counts['complete']:,} complete, {counts['pruned']:,} cut short, {counts['failed']:,} failed",
        )
    ]
    if history.facts.get("seconds") is not None:
        how = ", ".join(history.facts[name] for name in ("device", "engine") if history.facts.get(name))
        tiles.append(("Time", words.duration(history.facts["seconds"]), how))
    if known:
        tiles.append(("Data", known["name"], summary.parts(history)))
    winner = summary.best(history)
    if winner is not None:
        tiles.append(("Recommended trial", f"{winner.number}", words.count(winner.parameters, "parameter")))
    inner = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"
        for name, value, more in tiles
    )
    return f'<dl class="tiles">{inner}</dl>'


def advice(history: History, verdicts: Sequence[Verdict]) -> Section | None:
    """What the study says, and the one command that does all of it."""
    if not verdicts:
        return None
    items = []
    for verdict in verdicts:
        sets = "".join(f"<pre>--set {escape(shlex.quote(change))}</pre>" for change in verdict.changes)
        told = f'<p class="do">{escape(verdict.advice)}</p>' if verdict.advice else ""
        items.append(f"<li><p>{escape(verdict.sentence)}</p>{told}{sets}</li>")
    text = f'<ul class="verdicts">{"".join(items)}</ul>'
    changes = [change for verdict in verdicts for change in verdict.changes]
    if changes:
        text += (
            f"<h3>All of it in one search</h3>{parts.command(reading.command(history, changes))}"
            f'<p class="note">Another space is another study: <code>--fresh</code> keeps these results.</p>'
        )
    return parts.section("reading", "What it says", "What the study says", text)


def baselines(history: History) -> Section | None:
    """What needs no search, on the same test examples."""
    tested, known = summary.tested(history), history.facts.get("baselines")
    if not known or not tested:
        return None
    ours = {"name": f"this network (trial {tested['trial']})", **tested}
    metric = history.metric
    if metric.name == "accuracy" or not any(summary.value(one, metric) is not None for one in known):
        extra: list[Metric] = []
    else:
        extra = [metric]
    first = (extra or [METRICS["accuracy"]])[0]
    rows = sorted([ours, *known], key=lambda one: -first.gain(summary.value(one, first)))
    body = "".join(
        f'<tr{" class=first" if one is ours else ""}><th scope="row">{escape(one["name"])}</th>'
        + "".join(
            f'<td class="number">{escape(words.measured(each, summary.value(one, each)))}</td>' for each in extra
        )
        + f'<td class="number">{escape(words.percent(one["accuracy"]))}</td>'
        f'<td class="number">{words.points(one["low"])} to {words.points(one["high"])}</td>'
        f'<td class="number">{_seconds(one)}</td><td>{escape(one.get("note") or "")}</td></tr>'
        for one in rows
    )
    names = ["", *(f"test {each.words}" for each in extra), "test accuracy", "95 % interval", "fitted in", ""]
    head = parts.heads(names, right=range(1, len(names) - 1))
    return parts.section("baselines", "Baselines", "Beside simpler models", parts.table(head, body, "Baselines"))


def on_folds(history: History) -> Section | None:
    """The network and simpler models on the folds of a cross-validation."""
    rows = beside.table(history)
    if not rows:
        return None
    right = range(1, len(beside.HEAD) - 1)
    body = "".join(
        f'<tr{"" if place else " class=first"}><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
        + f"<td>{escape(said)}</td></tr>"
        for place, (name, *cells, said) in enumerate(rows)
    )
    table = parts.table(parts.heads(beside.HEAD, right=right), body, beside.TITLE)
    note = f'<p class="note">{escape(beside.note(history))}</p>'
    return parts.section("same-folds", "Same folds", beside.TITLE, table + note)


def _seconds(one: Mapping[str, Any]) -> str:
    return words.duration(one["seconds"]) if one.get("seconds") is not None else ""


def leaders(history: History, shown: Shown) -> Section | None:
    """The leading trials after their repeats."""
    found, metric = confidence.leaders(history), history.metric
    if not found:
        return None
    body = "".join(
        f'<tr{" class=first" if one.recommended else ""}><th scope="row">trial {one.row.number}</th>'
        f'<td class="number">{one.row.parameters:,}</td>'
        f'<td class="number">{escape(words.with_spread(metric, one.row.value, one.row.spread))}</td>'
        f'<td class="number">{escape(words.measured(metric, one.interval.mean if one.interval else None))}</td>'
        f'<td class="number">{_within(one.interval, metric)}</td>'
        f'<td class="number">{len(one.fresh or one.runs)}</td>'
        f"<td>{'yes' if one.tied_with_best else 'no'}</td><td>{'yes' if one.recommended else ''}</td></tr>"
        for one in found
    )
    names = [
        "",
        "parameters",
        "in the search",
        "mean",
        "95 % interval",
        "seeds",
        "tied with the best",
        "recommended",
    ]
    table = parts.table(parts.heads(names, right=(1, 2, 3, 4, 5)), body, "The leading trials, trained again")
    told = "; ".join(f"trial {one.row.number}: {_within(one.interval, metric)}" for one in found)
    same = ", order of examples and division into folds" if summary.folds(history) else " and order of examples"
    drawn = parts.figure(
        shown, "confirmed", "Each leader's runs", "Dots: single seeds; bars: 95 % intervals.", told
    )
    note = (
        f'<p class="note">Repeat i of each has the same seed{same}. Tied: paired t tests of all '
        "pairs, Holm's correction, 5 %. The interval of the recommended one is of further seeds, which had no part "
        "in choosing it; that of the others flatters.</p>"
    )
    return parts.section("leaders", "Leaders", "The leading trials, trained again", table + drawn + note)


def _within(found: confidence.Interval | None, metric: Metric) -> str:
    return words.MISSING if found is None else words.bounds(metric, found.low, found.high)


def front(history: History, shown: Shown) -> Section | None:
    """The best of each size, of a study by two metrics."""
    head, rows, note = page.front(history)
    if not rows:
        return None
    body = "".join(
        "<tr>" + "".join(f'<td class="number">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    table = parts.table(parts.heads(head, right=range(len(head))), body, "The best of each size")
    told = "; ".join(f"{row[1]} parameters: {row[2]}" for row in rows)
    drawn = parts.figure(shown, "front", "The Pareto front", "", told)
    text = f'{table}{drawn}<p class="note">{escape(note)} {escape(page.LEGEND)}.</p>'
    return parts.section("front", "Front", "The best of each size", text)


def metrics(history: History) -> Section | None:
    """The leaders and the final network by every metric."""
    head, rows, told = page.metrics(history)
    if not rows:
        return None
    body = "".join(
        f'<tr><td class="number">{escape(rank)}</td><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for rank, name, *cells in rows
    )
    table = parts.table(parts.heads(head, right=[0, *range(2, len(head))]), body, "By every metric")
    note = f'<p class="note">{escape(" ".join(told))}</p>'
    return parts.section("metrics", "Metrics", "By every metric", table + note)


# -- the ranking ----------------------------------------------------------------------------------------------


def ranking(history: History) -> Section | None:
    """Every trial: sortable and filterable where scripts run, a plain table where they do not."""
    placed = summary.ranking(history)
    if not placed:
        return None
    names = figures.searched(history, {})
    order = {name: i for i, name in enumerate(history.spec["space"])}
    names.sort(key=lambda name: (order.get(name, order.get(name.rpartition("_")[0], 0)), name))
    again = ["again"] if any(place.leader for place in placed) else []
    folds, metric = summary.folds(history), history.metric
    measure = metric.name
    columns = ["rank", "trial", "state", measure, *(["folds"] if folds else []), *again, "loss", "training"]
    columns += ["epoch", "parameters", "seconds", *names]
    which = f"means over {folds} folds" if folds else "those of the validation part"
    titles = {
        measure: f"validation {figures.metric_unit(metric)}", "loss": "validation loss",
        "folds": f"standard deviation of the {metric.words} over folds{', in points' if metric.share else ''}",
        "training": "training accuracy, %",
        "again": f"mean of the repeats, validation {figures.metric_unit(metric)}",
    }  # fmt: skip
    first_high = ("training",) if metric.minimize else (measure, "training", "again")
    heads = "".join(
        f'<th scope="col" class="{"number" if column != "state" and column not in names else ""}" '
        f'aria-sort="{"ascending" if column == "rank" else "none"}" data-name="{escape(column)}"'
        f"{' data-down' if column in first_high else ''}>"
        f'<button type="button" title="{escape(titles.get(column, column))}">{escape(column)}</button></th>'
        for column in columns
    )
    listed = placed[:LISTED]
    body = "".join(_trial(place, names, metric, repeats=bool(again), folds=bool(folds)) for place in listed)
    states = sorted({place.state for place in listed})
    options = "".join(f'<option value="{state}">{state}</option>' for state in states)
    text = (
        f'<div class="filters"><label class="wide">Filter<input type="search" id="filter" autocomplete="off" '
        f'placeholder="{escape(_example(names, metric))}" aria-controls="ranking"></label>'
        f'<label>State<select id="state" aria-controls="ranking"><option value="">all</option>{options}</select>'
        f'</label></div><p class="note" id="told" role="status" aria-live="polite"></p>'
        f'<div class="scroll" role="region" aria-label="Ranking of all trials" tabindex="0">'
        f'<table id="ranking"><caption hidden>Ranking of all trials</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f'<p class="more"><button type="button" id="more" hidden></button></p>'
        f'<p class="note">{metric.title} and loss are {which} at the trial\'s best epoch. Only '
        f"complete trials take a rank. {'The same' if len(listed) == len(placed) else 'All of them'} with all "
        f"digits: ranking.csv.</p>"
    )
    title = "All trials" if len(listed) == len(placed) else f"The first {len(listed):,} of {len(placed):,} trials"
    return parts.section("ranking-of-trials", "Ranking", title, text)


def lessons(history: History) -> Section | None:
    """What the file said is to be tried first, beside what the search found."""
    lines = enqueued.table(history)
    if not lines:
        return None
    last = len(lines) - 1 if summary.best(history) else -1
    body = "".join(
        f'<tr{" class=first" if i == last else ""}><th scope="row">{escape(line[0])}</th>'
        + "".join(f'<td class="number">{escape(cell)}</td>' for cell in line[1:])
        + "</tr>"
        for i, line in enumerate(lines)
    )
    title = "The enqueued networks and the search's"
    names = enqueued.head(history)
    table = parts.table(parts.heads(names, right=range(1, len(names))), body, title)
    told = [*enqueued.notes(history), *([enqueued.EXPLAINED] if summary.enqueued_scores(history) else [])]
    return parts.section(
        "enqueued", "Enqueued", title, table + "".join(f'<p class="note">{escape(note)}</p>' for note in told)
    )


def _example(names: Sequence[str], metric: Metric) -> str:
    wanted = f"{metric.name}{'<0.5' if metric.minimize else '>90'}"
    return f"lr<0.01 {wanted}" if "lr" in names else wanted


def _trial(place: summary.Ranked, names: Sequence[str], metric: Metric, *, repeats: bool, folds: bool) -> str:
    mean = place.leader.interval.mean if place.leader and place.leader.interval else None
    row, epoch, point = place.row, place.row.best, flatten(place.row.point)
    cells = [_number(place.rank, str(place.rank or "")), _number(row.number, str(row.number))]
    why = f' title="{escape(row.reason)}"' if row.reason else ""
    cells.append(f"<td{why}>{place.state}</td>")
    measured: list[tuple[float | int | None, str]] = [
        _cell(metric, row.value),
        *([_cell(metric, row.spread)] if folds else []),
        *([_cell(metric, mean)] if repeats else []),
        (epoch.validation_loss, words.loss(epoch.validation_loss)) if epoch else (None, ""),
        (100 * epoch.train_accuracy, _hundredths(epoch.train_accuracy)) if epoch else (None, ""),
        (epoch.epoch, str(epoch.epoch)) if epoch else (None, ""),
        (row.parameters, f"{row.parameters:,}" if row.parameters else ""),
        (row.seconds, f"{row.seconds:.1f}"),
    ]
    cells += [_number(value, text) for value, text in measured]
    cells += [f"<td>{escape(words.value(point[name]))}</td>" if name in point else "<td></td>" for name in names]
    first = place.leader.recommended if place.leader else place.rank == 1 and not repeats
    kind = " class=first" if first else " class=cut" if place.rank is None else ""
    return f'<tr data-state="{place.state}"{kind}>{"".join(cells)}</tr>'


def _cell(metric: Metric, value: float | None) -> tuple[float | None, str]:
    """A metric's number, by which a column is sorted, and what is shown of it; shares in percent."""
    if value is None or not metric.share:
        return value, "" if value is None else words.loss(value)
    return 100 * value, _hundredths(value)


def _hundredths(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


def _number(value: float | None, text: str) -> str:
    exact = "" if value is None or not text else f"{value:.6g}"
    known = "" if exact in ("", text) else f' data-v="{exact}"'
    return f'<td class="number"{known}>{escape(text)}</td>'


# -- figures --------------------------------------------------------------------------------------------------


def curves(history: History, shown: Shown) -> Section | None:
    """The metric, accuracy and loss against epochs."""
    first = figures.leading(history)
    told = "; ".join(
        f"trial {row.number}: {words.measured(history.metric, row.value)} in epoch {row.best.epoch} of "
        f"{len(row.curve)}"
        for row in first
        if row.best
    )
    pair = [
        parts.figure(shown, "metric", history.metric.title, "Validation.", told),
        parts.figure(shown, "accuracy", "Accuracy", "Whole lines: validation; dotted: training.", told),
        parts.figure(
            shown, "loss", "Loss", "Double-click shows all of it; a click in the legend hides a trial.", told
        ),
    ]
    return parts.figures_section("curves", "Curves", "Learning curves of the leaders", pair)


def search(history: History, shown: Shown) -> Section | None:
    """How the search went."""
    counts, low = summary.counts(history), figures.below(history)
    winner = summary.best(history)
    told = f"{counts['total']} trials" + (
        f"; the best, trial {winner.number}, has {words.measured(history.metric, winner.value)}" if winner else ""
    )
    hint = f"{words.count(low, 'trial')} outside the picture: double-click shows all. " if low else ""
    hint += figures.thinned(history)
    shares = shown.get("importances")
    bars = ""
    if shares:
        [bar] = shares["data"]
        bars = "; ".join(
            f"{name} {share:.0f} %" for name, share in zip(bar["y"][::-1], bar["x"][::-1], strict=True)
        )
    pair = [
        parts.figure(shown, "optimization", "Trial by trial", hint, told),
        parts.figure(
            shown,
            "importances",
            "What mattered",
            "Importance for coming into the best tenth (PED-ANOVA), trials cut short included.",
            bars,
        ),
    ]
    return parts.figures_section("search", "Search", "How the search went", pair)


def space(history: History, shown: Shown) -> Section | None:
    """Which values do well."""
    names = [name for name in shown if name.startswith("slice-")]
    text = ""
    if "parallel" in shown:
        best = summary.best(history)
        point = flatten(best.point) if best else {}
        told = "The best trial has " + ", ".join(f"{name} = {words.value(value)}" for name, value in point.items())
        drawn = parts.figure(shown, "parallel", "Every trial a line", figures.thinned(history), told)
        text += f'<div class="sideways-box">{drawn}</div>'
    if names:
        many = "".join(
            parts.figure(shown, name, each, "", f"{history.metric.words} against {each}")
            for name in names
            for each in [name.removeprefix("slice-")]
        )
        text += (
            f'<h3>One by one</h3><p class="note">Stars: the leaders; rings: trials cut short. '
            f"{figures.thinned(history)}</p>"
            f'<div class="many">{many}</div>'
        )
    return parts.section("space", "Space", "Which values do well", text) if text else None


def errors(history: History, shown: Shown) -> Section | None:
    """Confusion, classes and the mistakes it was surest of, on the test part."""
    known = history.facts.get("evidence") or {}
    text = ""
    rows = known.get("per_class") or []
    table = ""
    if rows:
        body = "".join(
            f'<tr><th scope="row">{escape(str(one["label"]))}</th>'
            + "".join(f'<td class="number">{_share(one.get(name))}</td>' for name in ("precision", "recall", "f1"))
            + f'<td class="number">{one["examples"]:,}</td></tr>'
            for one in rows
        )
        head = parts.heads(["class", "precision, %", "recall, %", "F1, %", "examples"], right=(1, 2, 3, 4))
        table = f"<div><h3>Class by class</h3>{parts.table(head, body, 'Precision, recall and F1 by class')}</div>"
    if "confusion" in shown:
        told = _worst_confusions(known)
        drawn = parts.figure(shown, "confusion", "Which class is called what", "", told)
        text += f'<div class="two">{drawn}{table}</div>'
    else:
        text += table
    text += _mistakes(known)
    if not text:
        return None
    who = f"Trial {known['trial']} on " if "trial" in known else "On "
    lead = f"<p class=note>{escape(who)}{words.count(known.get('examples', 0), 'test example')}.</p>"
    return parts.section("errors", "Mistakes", "What it gets wrong", lead + text)


def _share(value: float | None) -> str:
    return words.MISSING if value is None else f"{100 * value:.1f}"


def _worst_confusions(known: Mapping[str, Any], most: int = 3) -> str:
    labels = known["labels"]
    pairs = [
        (count, labels[i], labels[j])
        for i, row in enumerate(known["confusion"])
        for j, count in enumerate(row)
        if i != j and count
    ]
    pairs.sort(key=lambda pair: -pair[0])
    told = "; ".join(f"{is_} called {called}: {count} times" for count, is_, called in pairs[:most])
    return f"Most often confused: {told}" if told else "No example is confused"


def _mistakes(known: Mapping[str, Any]) -> str:
    pictures = []
    for one in known.get("mistakes") or ():
        told = f"is {one['true']}, called {one['predicted']}"
        sure = f"{100 * one['confidence']:.1f} % sure"
        if one.get("png"):
            alt = escape(f"test example {one['index']}: {told}")
            image = f'<img alt="{alt}" width="56" height="56" src="data:image/png;base64,{escape(one["png"])}">'
            pictures.append(f"<figure>{image}<figcaption>{escape(told)}<br>{escape(sure)}</figcaption></figure>")
    if not pictures:
        return ""
    return f'<h3>The mistakes it was surest of</h3><div class="mistakes">{"".join(pictures)}</div>'


def boundaries(shown: Shown) -> Section | None:
    """Where the leaders draw the line, side by side."""
    names = [name for name in shown if name.startswith("boundary-")]
    if not names:
        return None
    many = "".join(
        parts.figure(
            shown,
            name,
            f"Trial {name.removeprefix('boundary-')}",
            "",
            f"the classes that trial {name.removeprefix('boundary-')} tells apart over the two features",
        )
        for name in names
    )
    note = '<p class="note">Colour: what the network says; points: test examples. Axes: the two features.</p>'
    text = f'{note}<div class="many">{many}</div>'
    return parts.section("boundary", "Boundary", "Where the leaders draw the line", text)


# -- before and after -----------------------------------------------------------------------------------------


def diagnosis(history: History) -> Section | None:
    """What was looked for before the first trial."""
    known = history.facts.get("diagnosis")
    if not known:
        return None
    if known["outcome"] == "skipped":
        text = '<p><span class="badge warn">not done</span> It was run with <code>--no-diagnose</code>.</p>'
        return parts.section("diagnosis", "Diagnosis", "Diagnosed beforehand", text)
    found = known["findings"]
    errors = sum(finding["severity"] == "error" for finding in found)
    badge = ("bad", words.count(errors, "error")) if errors else ("warn", words.count(len(found), "warning"))
    kind, result = badge if found else ("good", "passed")
    text = (
        f'<p><span class="badge {kind}">{escape(result)}</span> <code>workbench diagnose</code> '
        f"{escape('; '.join(known['looked']))}.</p>"
    )
    items = []
    for finding in found:
        place = f" ({finding['path']}:{finding['line']})" if finding["path"] else ""
        said = f"{finding['severity']}: {finding['rule']}{place}: {finding['message']}."
        items.append(f'<li><p>{escape(said)}</p><p class="do">{escape(finding["hint"])}.</p></li>')
    for one in known.get("enqueued", ()):
        said = "; ".join(f"{each['severity']}: {each['rule']}: {each['message']}" for each in one["findings"])
        kept = " Not trained." if one["refused"] else ""
        items.append(f"<li><p>{escape(one['name'])}: {escape(said or 'no fault found')}.{kept}</p></li>")
    text += f'<ul class="verdicts">{"".join(items)}</ul>' if items else ""
    return parts.section("diagnosis", "Diagnosis", "Diagnosed beforehand", text)


def again(history: History) -> Section | None:
    """What someone needs who wants to see it for themselves."""
    facts, known, spec = history.facts, summary.data(history), history.spec
    text = parts.command(shlex.join(facts["command"])) if facts.get("command") else ""
    rows = [("Seed", str(spec["search"]["seed"])), ("Versions", _listed(facts.get("versions") or {}))]
    if facts.get("revision"):
        rows.append(("Git revision", facts["revision"]))
    if known:
        shape = " × ".join(str(n) for n in known["input_shape"])
        rows += [
            ("Data", f"{known['name']} ({known['task']}), examples of shape {shape}"),
            ("Columns", "; ".join(summary.features(history))),
            ("MD5 of training and validation part", known["md5"]),
            ("MD5 of the file", known.get("file_md5") or ""),
            *(("Note", note) for note in known.get("notes", ())),
        ]
    rows += [
        ("Device", facts.get("device") or ""),
        ("Sampler, pruner", f"{spec['search']['sampler']}, {spec['search']['pruner']}"),
        ("Openings of the test part", _openings(facts)),
    ]
    facts_list = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows if value)
    searched = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(words.parameter(entry))}</td></tr>'
        for name, entry in spec["space"].items()
    )
    text += f'<dl class="facts">{facts_list}</dl>'
    table = parts.table(parts.heads(["name", "values"]), searched, "The space", plain=True)
    text += f"<h3>What was searched</h3>{table}"
    text += f"<details><summary>The study as it was run</summary><pre>{escape(_as_toml(spec))}</pre></details>"
    return parts.section("again", "Reproduce", "The same again", text)


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _openings(facts: Mapping[str, Any]) -> str:
    openings = facts.get("openings") or ()
    return "; ".join(f"{one['when']} (trial {one['trial']}, {one['code']})" for one in openings)


def _as_toml(spec: Mapping[str, Any]) -> str:
    lines = [
        f"{toml.key(key)} = {toml.inline(value)}" for key, value in spec.items() if not isinstance(value, dict)
    ]
    for key, table in spec.items():
        if isinstance(table, dict):
            lines += ["", f"[{toml.key(key)}]"]
            lines += [f"{toml.key(name)} = {toml.inline(value)}" for name, value in table.items()]
    return "\n".join(lines)
