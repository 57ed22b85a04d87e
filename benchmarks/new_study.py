"""Is a file of `workbench new` good enough? Tables of many kinds, tuned as it was written, beside scikit-learn.

    python benchmarks/new_study.py --set chosen        the tables that the ranges were chosen on
    python benchmarks/new_study.py --set fresh         tables that nobody looked at before they were measured

Each table becomes a CSV file; `workbench new` and `workbench tune` are run on it as a user would. Logistic
regression and HistGradientBoosting, with their defaults, learn from the same training and validation rows (the
boosted trees from the file's own columns: gaps as gaps, categories as categories), and all are scored once on the
same test rows. The bar: not more than one standard error (of the better one's accuracy on so many rows) below the
better one.
"""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.data import splits
from workbench.data.splits import SealedTest
from workbench.study.load import load
from workbench.study.spec import StudySpec
from workbench.tuning import examples, final

Array = NDArray[Any]
Table = tuple[list[str], list[list[Any]]]  # names of the columns, the label last; rows


@dataclass(frozen=True)
class Made:
    """One table and how it is made from a seed."""

    name: str
    make: Callable[[np.random.Generator], Table]
    seed: int
    about: str


# -- tables ------------------------------------------------------------------------------------------------------


def collected(name: str, *, share: float = 1.0, gaps: float = 0.0) -> Callable[[np.random.Generator], Table]:
    """One of scikit-learn's sets with its names, shuffled; some of its values lost."""

    def make(generator: np.random.Generator) -> Table:
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")()
        order = generator.permutation(len(found.data))[: int(share * len(found.data))]
        lost = generator.random(found.data.shape) < gaps
        rows = [
            [
                *("" if lost[i, j] else f"{value:g}" for j, value in enumerate(found.data[i])),
                found.target_names[found.target[i]],
            ]
            for i in order
        ]
        return [*map(str, getattr(found, "feature_names", range(found.data.shape[1]))), "label"], rows

    return make


def drawn(
    rows: int,
    *,
    numbers: int = 6,
    categories: Sequence[int] = (3, 5),
    classes: int = 2,
    common: float = 0.5,
    gaps: float = 0.0,
    noise: float = 1.0,
    interactions: int = 4,
    waves: bool = False,
) -> Callable[[np.random.Generator], Table]:
    """Customers, so to say: numbers of several scales, categories, and a label that follows from some of them.

    `common`: share of the first class; `noise`: of the scores, in their own deviation; `interactions`: products of
    two columns in a score; `waves`: numbers count by a sine.
    """

    def make(generator: np.random.Generator) -> Table:
        x = generator.normal(size=(rows, numbers))
        codes = [generator.choice(count, rows, p=generator.dirichlet(np.ones(count) * 3)) for count in categories]
        parts = [
            x,
            *(generator.normal(size=count)[code][:, None] for count, code in zip(categories, codes, strict=True)),
        ]
        known = np.concatenate(parts, 1)
        known = (known - known.mean(0)) / (known.std(0) + 1e-9)
        scores = np.zeros((rows, classes))
        for c in range(classes):
            scores[:, c] = known @ (
                generator.normal(size=known.shape[1]) * (generator.random(known.shape[1]) < 0.7)
            )
            for _ in range(interactions):
                a, b = generator.choice(known.shape[1], 2, replace=False)
                scores[:, c] += generator.normal() * known[:, a] * known[:, b]
            if waves:
                scores[:, c] += 1.5 * np.sin(2 * known[:, generator.integers(numbers)])
        scores = (scores - scores.mean(0)) / (scores.std(0) + 1e-9)
        scores += noise * generator.gumbel(size=scores.shape) * 0.5
        if classes == 2:
            y = (scores[:, 1] - scores[:, 0] > np.quantile(scores[:, 1] - scores[:, 0], common)).astype(int)
        else:
            y = scores.argmax(1)
        scales = 10.0 ** generator.integers(-2, 5, numbers)
        table = x * scales + scales * generator.integers(0, 4, numbers)
        table[:, 0] = np.exp(x[:, 0] * 1.2) * 1000  # an income
        lost = generator.random((rows, numbers + len(categories))) < gaps
        names = [f"measure {i}" for i in range(numbers)] + [f"kind {i}" for i in range(len(categories))]
        cells = [
            [
                *("" if lost[i, j] else f"{value:.5g}" for j, value in enumerate(table[i])),
                *("" if lost[i, numbers + j] else f"type {code[i]:02d}" for j, code in enumerate(codes)),
                f"class {y[i]}" if classes > 2 else ("no", "yes")[y[i]],
            ]
            for i in range(rows)
        ]
        return [*names, "label"], cells

    return make


CHOSEN = [
    Made("flowers", collected("iris"), 1, "iris, 150 rows"),
    Made("tumours", collected("breast_cancer", gaps=0.05), 2, "breast cancer, 5 % missing"),
    Made("figures", collected("digits", share=0.6), 3, "digits as 64 columns, 1,078 rows"),
    Made("customers", drawn(4000, gaps=0.03), 4, "interactions, 3 % missing"),
    Made("rare", drawn(5000, common=0.92, interactions=2), 5, "8 % are positive"),
    Made("shops", drawn(3000, categories=(30, 4), classes=4), 6, "30 categories, 4 classes"),
    Made("sensors", drawn(20_000, numbers=14, categories=(), classes=3, waves=True), 7, "20,000 rows, waves"),
    Made("straight", drawn(1500, interactions=0), 8, "a linear truth"),
]
FRESH = [
    Made("fresh-wines", collected("wine"), 101, "wine, 178 rows"),
    Made("fresh-few", drawn(150, numbers=4, categories=(3,), interactions=1, noise=0.5), 102, "150 rows"),
    Made("fresh-clients", drawn(8000, numbers=9, categories=(12, 2, 6), gaps=0.06), 103, "6 % missing"),
    Made("fresh-fraud", drawn(10_000, numbers=10, categories=(4,), common=0.95), 104, "5 % are positive"),
    Made("fresh-towns", drawn(6000, categories=(30, 30), classes=5, interactions=3), 105, "twice 30 categories"),
    Made("fresh-many", drawn(20_000, numbers=20, categories=(7,), classes=2, interactions=12), 106, "20,000 rows"),
]
SETS = {"chosen": CHOSEN, "fresh": FRESH}


# -- one table ---------------------------------------------------------------------------------------------------


def write(made: Made, folder: Path) -> Path:
    """The table as a CSV file."""
    names, rows = made.make(np.random.default_rng(made.seed))
    path = folder / f"{made.name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def run(folder: Path, *words: str) -> str:
    environment = {**os.environ, "WORKBENCH_STORAGE": "workbench.journal"}
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"workbench {' '.join(words)}: {done.stderr}")
    return done.stdout


def rows_of(spec: StudySpec) -> tuple[list[int], list[int]]:
    """Which rows of the file the study trains and validates on, and which it is tested on."""
    read = examples._reader(spec)
    assert read is not None
    raw = read()
    numbered = replace(raw, x=torch.arange(len(raw.x)).reshape(-1, 1))
    wanted = spec.data
    counts, _ = splits._counts(raw, {"train": None, "validation": None, "test": wanted.test})
    parts = [x.flatten().tolist() for x, _ in splits._divided(numbered, counts)]
    return sorted(parts[0] + parts[1]), parts[2]


def boosted(table: Table, train: Sequence[int], test: Sequence[int]) -> float:
    """HistGradientBoosting on the file's columns: numbers with their gaps, categories as such."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    names, rows = table
    columns, kinds = [], []
    for j in range(len(names) - 1):
        cells = [str(row[j]) for row in rows]
        try:
            columns.append([float(cell) if cell else math.nan for cell in cells])
            kinds.append(False)
        except ValueError:
            known = {word: i for i, word in enumerate(sorted(set(cells) - {""}))}
            columns.append([float(known[cell]) if cell else math.nan for cell in cells])
            kinds.append(True)
    x, y = np.array(columns).T, np.array([row[-1] for row in rows])
    model = HistGradientBoostingClassifier(categorical_features=kinds, random_state=0)
    return float(model.fit(x[train], y[train]).score(x[test], y[test]))


def logistic(data: splits.Splits, sealed: SealedTest) -> float:
    """Logistic regression on what the network gets: standardized numbers, an input a category."""
    from sklearn.linear_model import LogisticRegression

    train = final.joined(data).train if data.folds is None else data.folds.whole().train
    test = sealed.open()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(max_iter=1000).fit(train.x.numpy(), train.y.numpy())
    return float(model.score(test.x.numpy(), test.y.numpy()))


def measure(made: Made, folder: Path) -> dict[str, Any]:
    path = write(made, folder)
    run(folder, "new", made.name, "--data", path.name, "--target", "label", "--force")
    began = time.monotonic()
    told = json.loads(run(folder, "tune", "--study", f"{made.name}.toml", "--device", "cpu", "--quiet", "--json"))
    seconds = time.monotonic() - began
    spec = load(str(folder / f"{made.name}.toml"))
    data, sealed = examples.load(spec, "cpu")
    table = made.make(np.random.default_rng(made.seed))
    train, test = rows_of(spec)
    ours = told["best"]["test"]["accuracy"]
    theirs = {"logistic": logistic(data, sealed), "boosted": boosted(table, train, test)}
    better = max(theirs.values())
    share = (better * len(test) + 2) / (len(test) + 4)  # Agresti & Coull 1998: not 0 where all rows are right
    error = math.sqrt(share * (1 - share) / (len(test) + 4))
    return {
        "name": made.name, "about": made.about, "rows": len(table[1]), "test": len(test), "ours": ours, **theirs,
        "error": error, "met": ours >= better - error, "seconds": round(seconds), "trials": told["trials"]["total"],
        "point": told["best"]["params"],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="fresh", dest="which")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--folder", type=Path, required=True, help="where files, studies and reports go")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print("| table | rows | test rows | workbench | logistic regression | boosted trees | one SE | bar met | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for made in SETS[options.which]:
        if options.only and made.name not in options.only:
            continue
        one = measure(made, options.folder)
        scores = " | ".join(f"{one[name]:.1%}" for name in ("ours", "logistic", "boosted", "error"))
        print(
            f"| {one['name']}: {one['about']} | {one['rows']:,} | {one['test']:,} | {scores} | "
            f"{'yes' if one['met'] else 'NO'} | {one['seconds']} |",
            flush=True,
        )
        with (options.folder / "results.jsonl").open("a") as file:
            file.write(json.dumps(one) + "\n")


if __name__ == "__main__":
    main()
