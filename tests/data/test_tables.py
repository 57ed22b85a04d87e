"""A user's tables: what is guessed of their columns, what is refused, and what a row becomes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.data import csv_files, splits, tables
from workbench.data.features import Feature, encoded, fitted
from workbench.errors import WorkbenchError

Write = Callable[..., Path]
KINDS = ["a", "b", "c"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(colour=["red", ...], kind=[...])`, columns of one length; or text=... as it is."""

    def write(text: str | None = None, file: str = "my.csv", **columns: Sequence[Any]) -> Path:
        path = tmp_path / file
        with path.open("w", newline="", encoding="utf-8") as opened:
            if text is not None:
                opened.write(text)
            else:
                csv.writer(opened).writerows([list(columns), *zip(*columns.values(), strict=True)])
        return path

    return write


def repeated(values: Sequence[Any], rows: int = 60) -> list[Any]:
    return [values[row % len(values)] for row in range(rows)]


def split(path: Path, task: str = "multiclass", **wishes: Any) -> tuple[splits.Splits, splits.SealedTest]:
    read = partial(tables.read, path, task=task, **({"target": "kind"} | wishes))
    return splits.load(
        path.name, task=task, train=None, validation=None, test=None, standardize=True, read=read
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "guess"),
    [
        ([1, 2.5, -3e-4, ".5", "+7"], "number"),
        (["red", "blue"], "category"),
        (["TRUE", "False", "true"], "boolean"),
        (["y", "N"], "boolean"),
        (["yes", "no", "maybe"], "category"),
        (["2024-01-31", "1999-12-01"], "date"),
        (["2024-01-31T12:00:00Z", "2024-02-01 11:30"], "date"),
        (["31.01.2024", "1.2.99"], "date"),
        (["1,5", "2,25", "3"], "comma"),
        (["1,000", "12,345,678.5"], "comma"),
        ([1, 2, 3, 4, "five"], "mixed"),
        (["1_000", "2_000"], "category"),
        (["0x1F", "0x20"], "category"),
        (["inf", "1", "x"], "category"),
        ([7], "constant"),
        (["NA", "", "nan", "?"], "empty"),
        (range(60), "id"),
        (range(1000, 1060), "id"),
        ([f"name {i}" for i in range(60)], "id"),
        ([i * i for i in range(60)], "number"),
    ],
)
def test_what_a_column_holds_is_guessed_from_its_cells(write: Write, values: Sequence[Any], guess: str) -> None:
    path = write(x=repeated(values), kind=repeated(KINDS))
    (column,) = tables.look(path, "kind").columns
    assert (column.name, column.guess) == ("x", guess)


def test_a_look_counts_rows_gaps_values_and_classes(write: Write) -> None:
    path = write(
        age=["", "NA", *range(2, 60)], colour=repeated(["red", " blue ", "red"]), kind=repeated([2, 10, 2.0])
    )
    seen = tables.look(path, "kind")
    assert (seen.rows, seen.classes) == (60, {"2": 40, "10": 20})
    assert [(one.name, one.missing, one.distinct, one.example) for one in seen.columns] == [
        ("age", 2, 58, "2"),
        ("colour", 0, 2, "red"),
    ]
    assert tables.look(path).classes is None
    assert [one.name for one in tables.look(path).columns] == ["age", "colour", "kind"]


def test_a_table_becomes_what_scikit_learn_makes_of_it(write: Write) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    random = np.random.default_rng(0)
    age, size = random.normal(40, 12, 300).round(1), random.normal(0, 1e-3, 300)
    age[random.random(300) < 0.1] = np.nan
    colour = random.choice(["red", "green", "blue", "?"], 300)
    kind = random.choice(KINDS, 300)
    path = write(age=age.tolist(), colour=colour.tolist(), size=size.tolist(), kind=kind.tolist())
    data, sealed = split(path, impute="median")

    order = torch.randperm(300, generator=torch.Generator().manual_seed(splits.SHUFFLE_SEED))
    labels = torch.tensor([KINDS.index(one) for one in kind])
    order = splits._spread(labels, order).numpy()
    table = np.array([age, [None if one == "?" else one for one in colour], size], dtype=object).T[order]
    pipeline = ColumnTransformer(
        [
            ("age", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [0]),
            ("colour", make_pipeline(
                SimpleImputer(strategy="most_frequent", missing_values=None),
                OneHotEncoder(handle_unknown="ignore", sparse_output=False)), [1]),
            ("size", StandardScaler(), [2]),
        ]
    )  # fmt: skip
    expected = [
        pipeline.fit_transform(table[:192]),
        pipeline.transform(table[192:240]),
        pipeline.transform(table[240:]),
    ]
    for part, wanted in zip((data.train, data.validation, sealed.open()), expected, strict=True):
        np.testing.assert_allclose(part.x.numpy(), wanted.astype(np.float64), rtol=1e-5, atol=1e-6)  # 5e-7 seen
    assert data.train.y.tolist() == labels[order[:192]].tolist()


def test_fills_categories_and_scales_come_from_the_training_part_alone(write: Write) -> None:
    kind = repeated(["a", "b"], 100)
    path = write(x=repeated([1, 2, ""], 100), colour=repeated(["red", "blue"], 100), kind=kind)
    data, _ = split(path, impute="median")
    raw = tables.read(path, task="multiclass", target="kind", impute="median")
    order = splits._spread(raw.y, torch.randperm(100, generator=torch.Generator().manual_seed(splits.SHUFFLE_SEED)))
    changed = [["1", "red"] if row in order[:64].tolist() else ["900", "green"] for row in range(100)]
    other = write(file="other.csv", x=[x for x, _ in changed], colour=[c for _, c in changed], kind=kind)
    seen, _ = split(other, impute="median")
    assert data.info.features == (
        Feature("x", "number", (), data.info.features[0].fill),
        Feature("colour", "category", ("blue", "red"), data.info.features[1].fill),
    )
    assert seen.info.features == (Feature("x", "number", (), 1.0), Feature("colour", "category", ("red",), "red"))
    assert (seen.info.mean, seen.info.deviation) == ([1.0, 0.0], [1.0, 1.0])
    assert seen.validation.x.tolist() == [[899.0, 0.0]] * 16


def test_what_is_known_of_a_table_goes_through_json(write: Write) -> None:
    import json

    data, _ = split(
        write(x=repeated([1, 2.5]), up=repeated(["yes", "no"]), c=repeated(["é", "ü"]), kind=repeated(KINDS))
    )
    assert splits.DataInfo.from_dict(json.loads(json.dumps(data.info.as_dict()))) == data.info
    assert data.info.classes == ("a", "b", "c")
    assert data.info.input_shape == (4,)


def test_each_class_is_in_each_part_and_a_lone_one_in_training(write: Write) -> None:
    kind = repeated(["a"] * 9 + ["b"], 100)
    kind[17] = "lone"
    data, sealed = split(write(x=[i * i for i in range(100)], kind=kind))
    found = [part.y.bincount(minlength=3).tolist() for part in (data.train, data.validation, sealed.open())]
    assert [counts[1] for counts in found] == [6, 2, 2]
    assert [counts[2] for counts in found] == [1, 0, 0]
    assert any("lone 1" in note for note in data.info.notes)


def test_columns_that_tell_nothing_are_left_out_and_told(write: Write) -> None:
    path = write(
        id=range(60), name=[f"n{i}" for i in range(60)], same=[5] * 60, none=[""] * 60, x=repeated([1, 2, 3, 4]),
        kind=repeated(KINDS),
    )  # fmt: skip
    raw = tables.read(path, task="multiclass", target="kind")
    assert [feature.name for feature in raw.columns] == ["x"]
    assert [note.split(":")[0] for note in raw.notes] == [
        f'Column "{name}" is left out' for name in ("id", "name", "same", "none")
    ]
    kept = tables.read(path, task="multiclass", target="kind", features={"id": "number", "x": "drop"})
    assert [(feature.name, feature.kind) for feature in kept.columns] == [("id", "number")]


@pytest.mark.parametrize(
    ("columns", "wishes", "message", "hint"),
    [
        ({"x": [1, 2, ""] * 20}, {}, "20 of 60 rows lack values: x 20", 'impute = "median"'),
        ({"x": [1, "?", 3] * 20, "y y": ["NA", *[1, 2] * 29, 0]}, {}, "21 of 60 rows lack values: x 20, y y 1",
         "{ x ="),
        ({"x": ["2024-01-31", "2024-02-01"] * 30}, {}, 'dates or times: "2024-01-31" in line 2', "year, month"),
        ({"x": ["1,5", "2,5"] * 30}, {}, '"x" holds numbers with commas in them: "1,5" in line 2', "1234.5"),
        ({"x": [1, 2, 3, 4, 5, "six"] * 10}, {}, 'with other words between them: "six" in line 7', "write NA"),
        ({"x": ["1", "b"] * 30}, {"features": {"x": "number"}}, 'but line 3 says "b"', "category"),
        ({"x": ["1e300", "1"] * 30}, {}, '"x" is 1e300, which is too large for float32', "logarithm"),
        ({"x": ["9" * 40, "1"] * 30}, {}, "which is too large for float32", "divide"),
        ({"x": [1] * 60}, {}, "no column is left to learn from", "the same value in each row"),
        ({"x": [1, 2] * 30}, {"features": {"z": "drop"}}, 'has no column "z"', "its columns: x, kind"),
        ({"x": [1, 2] * 30}, {"features": {"kind": "drop"}}, '"kind" is the target', "drop kind"),
        ({"x": [1, 2] * 30}, {"target": "kid"}, 'has no column "kid"', 'did you mean "kind"?'),
        ({"x": [1, 2] * 30}, {"target": None}, "does not say which column holds the label", "x, kind"),
        ({"x": [1, 2] * 30}, {"target": ["x", "kind"]}, "has no column besides the target", None),
        ({"x": [1, 2] * 30, "y": [0, 1] * 30}, {"target": ["y", "kind"]}, "names 2 columns", "multilabel"),
        ({"x": [1, 2] * 30}, {"task": "multilabel"}, "is one column", 'target = ["first", "second"]'),
        ({"x": [1, 2] * 30, "y": [0, 1] * 30}, {"task": "multilabel", "target": ["y", "kind"]},
         'label "kind" is "a"', "0 and 1"),
        ({"x": [1, 2] * 30, "kind": ["a", ""] * 30}, {}, '30 of 60 rows have no label in "kind", first line 3',
         "leave"),
        ({"x": [1, 2] * 30, "kind": [0.5, 1] * 30}, {},
         "2 different values in 60 rows, fractions among them: 0.5 in line 2", "tells classes apart"),
        ({"x": [1, 2] * 30, "kind": range(60)}, {}, "60 different values in 60 rows: 0 1, 1 1", "another column"),
        ({"x": [1, 2] * 30, "kind": ["a"] * 60}, {}, '"kind" is "a" in all 60 rows', "nothing to tell apart"),
        ({"x": [1, 2] * 30, "kind": ["d", "a", "b", "c"] * 15}, {"task": "binary"},
         '4 classes, and task = "binary" needs two: a 15, b 15, c 15, d 15', 'positive = ["d"]'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_counts_and_the_way_out(
    write: Write, columns: dict[str, Any], wishes: dict[str, Any], message: str, hint: str | None
) -> None:
    path = (
        write(**({"kind": repeated(KINDS)} | columns))
        if "kind" in columns
        else write(**columns, kind=repeated(KINDS))
    )
    with pytest.raises(WorkbenchError) as caught:
        tables.read(path, **({"task": "multiclass", "target": "kind"} | wishes))
    assert message in caught.value.message
    assert (hint or "") in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "is empty", "a header"),
        ("\n \n", "is empty", "a header"),
        ("x,kind\n", "has a header and no rows", "a line an example"),
        ("x;y;kind\n1,5;2;a\n", "its columns are parted by semicolons", 'sep = ";" and decimal = ","'),
        ("x\ty\tkind\n1\t2\ta\n", "its columns are parted by tabs", ".tsv"),
        ("1,2,3\n4,5,6\n", "its first line holds numbers", "a line of names"),
        ("x,x,kind\n1,2,a\n", '2 columns are called "x": numbers 1, 2', "a name of its own"),
        ("x,kind\n1,a\n1,2,b\n", "line 3: 3 columns, where the header has 2", "quotes"),
        ("x,kind\n1\n", "line 2: 1 column, where the header has 2", "quotes"),
        ('x,kind\n"1,a\n2,b\n', "line 3: unexpected end of data", "quote"),
        ("x,kind\n1,\0\n", "this is not text", "UTF-8"),
        ("kind\na\nb\n", "has no column besides the target", None),
    ],
)
def test_a_file_that_is_no_table_is_told(write: Write, text: str, message: str, hint: str | None) -> None:
    with pytest.raises(WorkbenchError) as caught:
        tables.read(write(text), task="multiclass", target="kind")
    assert message in caught.value.message
    assert (hint or "") in str(caught.value.hint)


@pytest.mark.parametrize("content", ["x,kind\n1,é\n".encode("latin-1"), "x,kind\n1,a\n".encode("utf-16")])
def test_a_file_in_another_encoding_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "my.csv").write_bytes(content)
    with pytest.raises(WorkbenchError, match=r"UTF-16 text|line 2: this is not UTF-8 text"):
        tables.look(tmp_path / "my.csv")


def test_quotes_line_ends_a_byte_order_mark_and_unicode_names_are_read_as_meant(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_bytes('\ufeff größe , "an, other","said ""so"""\r\n1.5,"x\ny", a\r\n\r\n-2 , z,"b"\r\n'.encode())
    text = csv_files.read(path)
    assert text.names == ("größe", "an, other", 'said "so"')
    assert text.cells == (("1.5", "-2"), ("x\ny", "z"), ("a", "b"))
    assert text.lines == (3, 5)


def test_labels_have_names_in_their_order(write: Write) -> None:
    numbers = tables.read(
        write(x=repeated([1, 2]), kind=repeated([10, 1, "2.0"])), task="multiclass", target="kind"
    )
    assert (numbers.classes, numbers.y[:4].tolist()) == (("1", "2", "10"), [2, 0, 1, 2])
    two = tables.read(write(x=repeated([1, 2]), kind=repeated(["yes", "no"])), task="binary", target="kind")
    assert (two.classes, two.y[:2].tolist(), two.y.dtype) == (("no", "yes"), [1, 0], torch.float32)


def test_several_columns_of_yes_and_no_are_labels(write: Write) -> None:
    path = write(x=repeated([1, 2, 3]), red=repeated([0, 1]), big=repeated(["Yes", "no", "no"]))
    raw = tables.read(path, task="multilabel", target=["big", "red"])
    assert (raw.classes, raw.y[:3].tolist()) == (("big", "red"), [[1, 0], [0, 1], [0, 0]])


def test_parquet_without_pyarrow_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "my.parquet").write_bytes(b"PAR1")
    with pytest.raises(WorkbenchError, match="need the package pyarrow") as caught:
        tables.look(tmp_path / "my.parquet")
    assert caught.value.hint == "pip install 'workbench[parquet]'"


def test_parquet_and_csv_of_one_table_are_the_same_examples(write: Write, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {
        "x": [1.5, None, 3.0] * 20,
        "n": list(range(0, 120, 2)),
        "up": [True, False] * 30,
        "kind": KINDS * 20,
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "my.parquet")
    path = write(**{name: ["" if one is None else one for one in column] for name, column in columns.items()})
    (one, _), (other, _) = (split(each, impute="median") for each in (path, tmp_path / "my.parquet"))
    assert torch.equal(one.train.x, other.train.x)
    assert torch.equal(one.train.y, other.train.y)
    assert one.info.features == other.info.features


CELLS = st.one_of(
    st.sampled_from(
        ["NaN", "nan", "NA", "", "?", "inf", "-inf", "1e999", "1_0", "\u0661", "0x1", "1,5", "--1", "1e", "."]
    ),
    st.integers(-(10**60), 10**60).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.text(max_size=8),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.text(max_size=6), min_size=1, max_size=4),
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=30),
    impute=st.sampled_from([None, "median", "most-frequent"]),
)
def test_whatever_a_file_holds_is_finite_inputs_or_one_message(
    tmp_path: Path, names: list[str], rows: list[list[str]], impute: Any
) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([[*names, "kind"], *([*row[: len(names)], row[-1][:1]] for row in rows)])
    try:
        raw = tables.read(path, task="multiclass", target="kind", impute=impute)
        features = fitted(raw.columns, raw.x, raw.impute)
        x = encoded(raw.x, raw.columns, features)
    except WorkbenchError:
        return
    assert x.dtype == torch.float32
    assert torch.isfinite(x).all()
    assert x.shape == (len(raw.y), sum(feature.width for feature in features))
