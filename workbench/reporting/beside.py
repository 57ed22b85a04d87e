"""The network and simpler models on the same folds, in words: a sentence, a table, what is to be known of it."""

from __future__ import annotations

from collections.abc import Iterator

from workbench import same_folds
from workbench.reporting import words
from workbench.same_folds import Comparison, Model
from workbench.store.history import History
from workbench.study.metric import Metric

TITLE = "On the same folds"
HEAD = ["model", "mean", "standard error", "the network is better by", "standard error of that", "divisions", ""]
SAID = {"tie": "a tie", "ahead": "the network is ahead", "behind": "the network is behind"}


def sentence(history: History) -> Iterator[str]:
    """How the network stands to the best of them; nothing where there are no folds to compare on."""
    found, metric = same_folds.compared(history), history.metric
    if found is None or not found.models:
        return
    best = found.models[0]
    error = f"one standard error of the difference ({words.apart(metric, best.difference_error)})"
    within = {"tie": f"a tie within {error}", "ahead": f"more than {error}", "behind": f"more than {error}"}
    yield (
        f"On the same folds, which had no part in choosing it, trial {found.trial} has "
        f"{_measured(metric, found)} ± {words.deviation(metric, found.error)}, {_beside(metric, best)}, the best "
        f"of scikit-learn's defaults there: {within[best.verdict]}."
    )


def _measured(metric: Metric, found: Comparison) -> str:
    name = "" if metric.name == "accuracy" else f"{'an' if metric.words[0] in 'aeiou' else 'a'} {metric.words} of "
    return name + words.measured(metric, found.mean)


def _beside(metric: Metric, best: Model) -> str:
    if best.difference == 0:
        return f"as has {best.name}"
    where = "ahead of" if best.difference > 0 else "behind"
    return f"{words.apart(metric, abs(best.difference))} {where} {best.name}"


def table(history: History) -> list[list[str]]:
    """The network first, then the models, the best first; those without a score last."""
    found, metric = same_folds.compared(history), history.metric
    if found is None:
        return []
    gap = words.MISSING
    ours = f"this network (trial {found.trial})"
    return [
        [ours, *_scored(metric, found.mean, found.error), gap, gap, str(found.divisions), ""],
        *(
            [
                one.name,
                *_scored(metric, one.mean, one.error),
                words.apart(metric, one.difference),
                words.deviation(metric, one.difference_error),
                str(one.divisions),
                SAID[one.verdict],
            ]
            for one in found.models
        ),
        *([name, gap, gap, gap, gap, "0", note] for name, note in found.missing.items()),
    ]


def _scored(metric: Metric, mean: float, error: float) -> tuple[str, str]:
    return words.measured(metric, mean), words.deviation(metric, error)


def note(history: History) -> str:
    """Where the numbers come from, and how far they go."""
    found = same_folds.compared(history)
    if found is None:
        return ""
    lost = f" Of its runs {found.lost} diverged or failed, and are left out." if found.lost else ""
    return (
        f"{words.count(found.divisions, 'division')} into {found.folds} folds, those of the confirmation's runs "
        f"that had no part in choosing the network; it is scored at epoch {found.epoch}, which the earlier runs "
        f"were best at.{lost} The models have scikit-learn's defaults, and the very same training and validation "
        "parts, in as many divisions as there was time for. Standard errors are those of one division (the "
        "deviation over folds, by the root of their number): more divisions of the same examples make it no "
        "smaller. A tie: within one standard error of the difference, fold by fold. The network's settings were "
        "searched for on these examples, in another division."
    )
