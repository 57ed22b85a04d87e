"""report.md: one study on one page, for someone who was not there. The same history gives the same page."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workbench.reporting import reading, summary, words
from workbench.store.history import History, Row

DEFAULT_STORAGE, DEFAULT_OUT = "workbench.journal", "reports"  # what the command line takes where nothing is said
SHOWN = 10  # trials of the ranking; all of them are in ranking.csv


def page(history: History, *, folder: Path, network: bool, verdicts: Sequence[reading.Verdict] = ()) -> str:
    """The whole page. `network`: whether best.pt and best.json lie in the folder."""
    sections = [
        _head(history),
        _trials(history),
        _limits(history),
        _read(history, verdicts),
        _diagnosis(history),
        _space(history),
        _data(history),
        _again(history),
        _network(history, folder) if network else [],
        _browse(history, folder),
    ]
    return "\n".join(line for section in sections for line in section)


def note(history: History) -> str:
    """The short form, shown as the study's description in a dashboard."""
    sections = [_head(history), _diagnosis(history), _space(history), _data(history)]
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


def verdict(history: History, plus_minus: str = "±") -> list[str]:
    """The result in sentences: validation, then test."""
    winner, score = summary.best(history), summary.tested(history)
    if winner is None or winner.best is None:
        return ["No trial was completed.", *reasons(history)]
    sentences = [
        f"Best validation accuracy: {words.percent(winner.value)} (trial {winner.number}, "
        f"epoch {winner.best.epoch}, {words.count(winner.parameters, 'parameter')})."
    ]
    if score:
        examples = summary.data(history).get("test")
        error = (
            f" {plus_minus} {words.points(summary.standard_error(score['accuracy'], examples))} "
            f"(one standard error, {words.count(examples, 'example')})"
            if examples
            else ""
        )
        sentences.append(f"Its test accuracy: {words.percent(score['accuracy'])}{error}.")
    return sentences


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


def _trials(history: History) -> Iterator[str]:
    rows = leaders(history)
    if not rows:
        return
    names = words.searched(history.spec["space"])
    head = ["rank", "trial", "validation accuracy", "validation loss", "epoch", "parameters", "seconds", *names]
    yield from ("## The best trials", "")
    yield from _table(head, [[*row, *values(place.row, names)] for place, row in rows], right=7)
    yield from ("", "Every trial with all its numbers: ranking.csv. Epoch by epoch: history.jsonl.", "")


def leaders(history: History) -> list[tuple[summary.Ranked, list[str]]]:
    """The best trials, each with rank, trial, accuracy, loss, epoch, parameters and seconds in words."""
    return [
        (place, _in_words(place.rank, place.row))
        for place in summary.ranking(history)
        if place.rank is not None and place.rank <= SHOWN
    ]


def _in_words(rank: int, row: Row) -> list[str]:
    epoch = row.best
    measured = (words.loss(epoch.validation_loss), str(epoch.epoch)) if epoch else (words.MISSING, words.MISSING)
    who = (str(rank), str(row.number), words.percent(row.value))
    return [*who, *measured, f"{row.parameters:,}", f"{row.seconds:.1f}"]


def values(row: Row, names: Sequence[str]) -> list[str]:
    """The trial's values of these hyperparameters in words."""
    return [words.value(row.point.get(name)) for name in names]


def _limits(history: History) -> Iterator[str]:
    lines = [*doubts(history), *_openings(history)]
    if lines:
        yield from ("## How far to trust this", "", *(f"- {line}" for line in lines), "")


def doubts(history: History, plus_minus: str = "±") -> list[str]:
    """What the size of the validation part says about the ranking."""
    doubt = summary.doubt(history)
    if doubt is None or doubt.ranked < 2:
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


def _openings(history: History) -> Iterator[str]:
    openings = len(history.facts.get("tests") or ())
    if not openings:
        return
    yield "The best validation accuracy is the highest of many and so flatters; quote the test accuracy."
    if openings == 1:
        yield "The test part was opened once."
    else:
        yield (
            f"The test part was opened {openings} times, each time that a command ended with a new best trial: "
            f"the more often, the less it is worth."
        )


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
    if found:
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
    yield (
        f"{known['name']} ({known['task']}): {known['train']:,} training, {known['validation']:,} validation and "
        f"{known['test']:,} test examples of shape {' x '.join(str(n) for n in known['input_shape'])}."
    )
    if known.get("mean") is None:
        yield "Inputs are not standardized."
    elif len(known["mean"]) == 1:
        mean, deviation = known["mean"][0], known["deviation"][0]
        yield f"Standardized with the training part's mean {mean:.6g} and deviation {deviation:.6g}."
    else:
        yield f"Standardized with the training part's means and deviations, of {len(known['mean'])} features."
    yield f"MD5 of the training and validation parts: `{known['md5']}`."
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
    yield from ("## The best network", "")
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
    yield from ("The weights are those of its best epoch.", "")


def _browse(history: History, folder: Path) -> Iterator[str]:
    command = dashboard(history, folder)
    if command:
        yield from ("## Trial by trial", "", *_fenced("sh", command))


def dashboard(history: History, folder: Path) -> str | None:
    """The command that opens the study in a browser, where its storage is a file."""
    return _command("dashboard", history, folder) if _storage_file(history) else None


def report(history: History, folder: Path) -> str:
    """The command that writes the reports in this folder again."""
    return _command("report", history, folder)


def _command(name: str, history: History, folder: Path) -> str:
    command = ["workbench", name, "--study", history.spec["name"]]
    if (file := _storage_file(history)) and file != DEFAULT_STORAGE:
        command += ["--storage", file]
    if folder.parent != Path(DEFAULT_OUT):
        command += ["--out", str(folder.parent)]
    return shlex.join(command)


def _storage_file(history: History) -> str | None:
    """The storage's name where it is a file; a server's has lost its password."""
    storage: str | None = history.facts.get("storage")
    return None if storage and "://" in storage and not storage.startswith("sqlite://") else storage


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> Iterator[str]:
    """A Markdown table; the first `right` columns are numbers."""
    yield _row(head)
    yield _row(["---:" if i < right else "---" for i in range(len(head))])
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    escaped = (" ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _fenced(language: str, text: str) -> Iterator[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}{language}", text, fence, "")
