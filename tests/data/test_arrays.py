from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
import torchvision
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from workbench.data.arrays import from_function
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 2, 0, 1, 2])


def made(*returned: Any, task: str = "multiclass") -> Raw:
    """What becomes of a function that returns this."""
    return from_function(lambda: returned[0] if len(returned) == 1 else returned, task=task, source="mine.py:load")


def given(*returned: Any, task: str = "multiclass") -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """Its examples alone."""
    raw = made(*returned, task=task)
    return raw.x, raw.y, raw.test_x, raw.test_y


class Pairs(Dataset[Any]):
    """Any list as a Dataset."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]


class Endless(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter([])


class Frame:
    """What is used of a pandas frame."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def to_numpy(self) -> Any:
        return self.values


def picture(*size: int, colour: Any = None) -> PIL.Image.Image:
    """Of this width and height, grey where no colour is given."""
    return PIL.Image.new("L", size, 51) if colour is None else PIL.Image.new("RGB", size, colour)


PAIR = TensorDataset(torch.tensor(X), torch.tensor(Y))
BIG = np.arange(600.0).reshape(300, 2)


def read_only(array: Any) -> Any:
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "returned",
    [
        (X, Y),
        [X, Y],
        (X.tolist(), Y.tolist()),
        (torch.tensor(X, requires_grad=True), torch.tensor(Y)),
        (list(torch.tensor(X)), list(torch.tensor(Y))),
        (Frame(X), Frame(Y)),
        (X.astype(">f4"), Y.astype(np.uint32)),
        (X.astype(np.uint16), Y.reshape(-1, 1).astype(np.float32)),
        (read_only(X), read_only(Y)),
        (X[::-1][::-1], Y[::-1][::-1]),
        (X, Y, None, None),
        {"x": X, "y": Y},
        {"X_train": X, "y_train": Y},
        PAIR,
        Subset(PAIR, range(6)),
        Pairs(*zip(X.tolist(), Y.tolist(), strict=True)),
        Pairs(*([row, label] for row, label in zip(X, Y, strict=True))),
    ],
    ids=lambda returned: type(returned).__name__,
)
def test_all_that_holds_numbers_becomes_the_same_tensors(returned: Any) -> None:
    x, y, test_x, test_y = given(returned)
    assert (x.dtype, y.dtype, test_x, test_y) == (torch.float32, torch.int64, None, None)
    assert not x.requires_grad
    assert (x.tolist(), y.tolist()) == (X.tolist(), Y.tolist())


def test_a_users_function_is_a_source_under_its_own_name() -> None:
    raw = made([[1.0], [2.0]], [0, 1], task="binary")
    assert (raw.name, raw.x.tolist(), raw.y.tolist()) == ("mine.py:load", [[1.0], [2.0]], [0.0, 1.0])


@pytest.mark.parametrize(
    "returned",
    [
        (X, Y, X[:2], Y[:2]),
        ((X, Y), (X[:2], Y[:2])),
        ({"x": X, "y": Y, "x_test": X[:2], "test_y": Y[:2]},),
        (PAIR, Pairs((X[0], Y[0]), (X[1], Y[1]))),
    ],
    ids=["arrays", "pairs", "dict", "Datasets"],
)
def test_a_test_part_of_its_own_is_kept_apart(returned: Any) -> None:
    x, y, test_x, test_y = given(*returned)
    assert test_x is not None
    assert test_y is not None
    assert (len(x), len(y), test_x.tolist(), test_y.tolist()) == (6, 6, X[:2].tolist(), [0, 1])


@pytest.mark.parametrize(
    ("task", "labels"),
    [
        ("binary", [0, 1, 1, 0, 1, 0]),
        ("binary", [[False], [True], [True], [False], [True], [False]]),
        ("multilabel", [[0, 1, 1]] * 5 + [[1, 1, 0]]),
    ],
)
def test_labels_of_zero_and_one_become_float32_for_binary_and_multilabel(task: str, labels: Any) -> None:
    _, y, _, _ = given(X, labels, task=task)
    assert y.dtype == torch.float32
    assert y.tolist() == (np.array(labels).astype(float) if task == "multilabel" else np.ravel(labels)).tolist()


def with_value(array: Any, row: int, value: float) -> Any:
    array = array.astype(float)
    array[row] = value
    return array


@pytest.mark.parametrize(
    ("returned", "message", "hint"),
    [
        ((X, Y[:5]), "x and y differ in length: float64 [6, 2] and int64 [5]", "one label"),
        ((X, Y, X, Y[:5]), "test_x and test_y differ in length: float64 [6, 2] and int64 [5]", "one label"),
        ((X[:0], Y[:0]), "x is empty: float64 [0, 2]", None),
        ((X[:, 0], Y), "x is float64 [6], it needs a row per example", "reshape(-1, 1)"),
        ((X, Y, X[:, :1], Y), "x is float32 [6, 2], but test_x is float32 [6, 1]", "one shape"),
        ((with_value(X, 3, np.nan), Y), "2 of its values are not finite (as float32): first nan in row 3", "rows"),
        ((X * 1e300, Y), "11 of its values are not finite (as float32): first inf in row 0", "rows"),
        ((X, Y, with_value(X, 5, np.inf), Y), "test_x is float32 [6, 2], and 2 of its values are", "rows"),
        ((X, with_value(Y, 2, 0.5)), "1 of its values are not whole numbers: first 0.5 in row 2", "0, 1, 2"),
        ((X, with_value(Y, 2, np.nan)), "1 of its values are not whole numbers: first nan in row 2", "0, 1, 2"),
        ((X, with_value(Y, 2, np.inf)), "1 of its values are not whole numbers: first inf in row 2", "0, 1, 2"),
        ((X, Y - 1), "2 of its values are below 0: first -1 in row 0", "0, 1, 2"),
        ((X, Y + 1), "labels run from 1 to 3, but 1 of the classes 0 to 3 never occur, first 0", "write y - 1"),
        ((X, [1, 1, 3, 3, 1, 3]), "run from 1 to 3, but 2 of the classes 0 to 3 never occur", "numpy.unique"),
        ((X, Y * 2), "labels run from 0 to 4, but 2 of the classes 0 to 4 never occur, first 1", "numpy.unique"),
        ((X, Y + 7), "labels run from 7 to 9, but 7 of the classes 0 to 9 never occur, first 0", "numpy.unique"),
        ((X, Y * 0 + 3), "y: every label is 3", "nothing to tell apart"),
        ((X, np.eye(3)[Y]), "y is float64 [6, 3]", "argmax(1)"),
        ((X, ["a", "b", None, "a", "b", "a"]), "1 of its labels are no text: first None in row 2", "leave out"),
        ((X * 0, Y), "x is float32 [6, 2], and every row is the same", "nothing to learn from"),
        ((X, list("aaaaaa")), "y: every label is 0", "nothing to tell apart"),
        ((X, list("abcabc"), X, Y), "one part's labels are text, the other's are not: y is list", ""),
        ((X, Y + 0.25), "6 of its values are not whole numbers: first 0.25", "regression is not"),
        ((BIG, np.arange(300) * 7), "labels run from 0 to 2093", "regression is not supported"),
        (({"x": X, "y": Y, "classes": list("ab")},), 'classes has 2 names ("a", "b"), and y has 3 c', "in order"),
        (({"x": X, "y": Y, "classes": list("aab")},), 'classes names one twice: "a", "a", "b"', "once"),
        (({"x": X, "y": list("abcabc"), "classes": list("abd")},), 'y holds "c", which classes', "every"),
        (({"data": X, "target": Y},), 'a dict that holds "data" (float64 [6, 2]), "target"', "it.target"),
        (({"x": X, "labels": Y},), 'holds "x" (float64 [6, 2]), "labels" (int64 [6])', 'its keys are "x", "y"'),
        (({"x": X, "X_train": X, "y": Y},), 'has both "x" and "X_train"', "leave one"),
        ((X, X[:2], Y, Y[:2]), "x, test_x, y, test_y, in the order of train_test_split", "(x, y, test_x, test_y)"),
        ((X, Y, X[:2], Y[:2], X, Y), "a tuple of float64 [6, 2], int64 [6], float64 [2, 2]", "data.validation"),
        ((PAIR, PAIR, PAIR), "returned a tuple of TensorDataset, TensorDataset, TensorDataset", "ConcatDataset"),
        ((DataLoader(PAIR),), "returned DataLoader", "loader.dataset"),
        ((DataLoader(PAIR), DataLoader(PAIR)), "returned a tuple of DataLoader, DataLoader", "loader.dataset"),
        ((Pairs({"image": 1, "label": 2}),), "item 0 of the Dataset is dict of image, label", "a pair (x, y)"),
        ((Pairs((picture(3, 4), 0), (picture(5, 4), 1)),), "x of item 1 is float32 [1, 4, 5]", "Resize((32"),
        ((X.astype(object), Y), "x is object [6, 2]", "plain numbers"),
        ((X + 1j, Y), "x is complex128 [6, 2]", "plain numbers"),
        ((torch.tensor(X) + 1j, Y), "x is complex128 [6, 2]", "real numbers"),
        (([[1.0], [1.0, 2.0]], [0, 1]), "x: setting an array element with a sequence", "one length"),
        ((None, Y), "x is object [] made of NoneType", "plain numbers"),
        ((X, Y, X, None), "test_y is object [] made of NoneType", "plain numbers"),
        ((None,), "returned NoneType, as functions without a return do", "return (x, y)"),
        ((X,), "returned float64 [6, 2]", "return (x, y)"),
        ((X, Y, X), "returned a tuple of float64 [6, 2], int64 [6], float64 [6, 2]", "return (x, y)"),
        (([],), "returned a list of nothing", "return (x, y)"),
        ((Pairs((X[0], 0)), X), "returned a tuple of Pairs, float64 [6, 2]", "return (x, y)"),
        ((Pairs(),), "the Dataset is empty", None),
        ((Pairs(X[0]),), "item 0 of the Dataset is float64 [2]", "a pair (x, y)"),
        ((Pairs((X[0], 0), (X[:, 0], 1)),), "x of item 1 is float64 [6], that of item 0 is float64", "one shape"),
        ((Endless(),), "Endless has no length", "__len__"),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_refused_with_the_way_out(returned: Any, message: str, hint: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        given(*returned)
    assert caught.value.message.startswith('data.source = "mine.py:load"')
    assert message in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("task", "labels", "message", "hint"),
    [
        ("binary", Y, "2 of its values are neither 0 nor 1: first 2 in row 2", "must be 0 and 1"),
        ("binary", [1, 2, 1, 2, 1, 2], "3 of its values are neither 0 nor 1", "write y - 1"),
        ("binary", [-1, 1, -1, 1, -1, 1], "first -1 in row 0", "write (y + 1) / 2"),
        ("binary", [1] * 6, "every label is 1", "nothing to tell apart"),
        ("binary", [0, 1, 2, 3, 0, 1], "2 of its values are neither 0 nor 1", 'write task = "multiclass", or say'),
        ("binary", [3, 7] * 3, "6 of its values are neither 0 nor 1", "write y == 7"),
        ("binary", [0.1, 0.7] * 3, "6 of its values are neither 0 nor 1", "y > 0.5"),
        ("binary", list("abcabc"), 'y holds 3 classes: "a", "b", "c"', 'positive = ["a"]'),
        ("multilabel", list("abcabc"), "y is <U1 [6]", "plain numbers"),
        ("binary", [[0, 1]] * 6, "y is int64 [6, 2]", "one label per example"),
        ("multilabel", Y, "y is int64 [6]", "[N, L]"),
        ("multilabel", np.zeros((6, 0)), "y is float64 [6, 0]", "[N, L]"),
        (
            "multilabel",
            [[0, 1]] * 5 + [[0, 0.5]],
            "1 of its values are neither 0 nor 1: first 0.5 in row 5",
            "0 and 1",
        ),
    ],
)
def test_labels_must_suit_the_task(task: str, labels: Any, message: str, hint: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        given(X, labels, task=task)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_a_class_that_only_the_test_part_has_counts() -> None:
    _, y, _, test_y = given(X, [0, 1, 3, 1, 0, 1], X[:2], [2, 3])
    assert test_y is not None
    assert (y.unique().tolist(), test_y.tolist()) == ([0, 1, 3], [2, 3])
    with pytest.raises(
        WorkbenchError, match="labels run from 0 to 4, but 1 of the classes 0 to 4 never occur, first 3"
    ):
        given(X, Y, X[:2], [2, 4])


def broken() -> Any:
    rows = {"a": 1}
    return rows["b"]


def leaving() -> Any:
    raise SystemExit(3)


class Failing(Pairs):
    def __getitem__(self, index: int) -> Any:
        return super().__getitem__(index + 1)


def broken_dataset() -> Any:
    return Failing((X[0], 0))


@pytest.mark.parametrize(
    ("function", "message", "line"),
    [
        (broken, "raised KeyError: 'b'", 'return rows["b"]'),
        (leaving, "raised SystemExit: 3", "raise SystemExit(3)"),
        (broken_dataset, "raised IndexError: tuple index out of range", "return self.items[index]"),
    ],
)
def test_a_function_that_raises_is_named_with_its_file_and_line(function: Any, message: str, line: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        from_function(function, task="binary", source="mine.py:load")
    source = inspect.getsource(inspect.getmodule(broken)).splitlines()  # type: ignore[arg-type]
    number = 1 + next(i for i, text in enumerate(source) if text.strip() == line)
    assert caught.value.message == f'data.source = "mine.py:load" {message} ({__file__}:{number})'
    assert "without arguments" in str(caught.value.hint)


def test_a_function_that_wants_arguments_is_told_that_there_are_none() -> None:
    with pytest.raises(
        WorkbenchError, match=r"raised TypeError: .*missing 1 required positional argument"
    ) as caught:
        from_function(lambda folder: folder, task="binary", source="mine.py:load")  # type: ignore[arg-type, misc]
    assert "without arguments" in str(caught.value.hint)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize(
    "labels", [["no", "yes"] * 3, np.array([["no"], ["yes"]] * 3), np.array([b"no", b"yes"] * 3)], ids=type
)
def test_labels_that_are_text_become_the_classes_names(labels: Any, task: str) -> None:
    raw = made(X, labels, X[:1], labels[1:2], task=task)
    assert (raw.classes, raw.y.tolist()) == (("no", "yes"), [0, 1] * 3)
    assert raw.test_y is not None
    assert raw.test_y.tolist() == [1]
    assert raw.notes == (('"no" is 0, "yes" is 1',) if task == "binary" else ())


def test_names_of_classes_are_in_the_order_given() -> None:
    raw = made({"x": X, "y": list("lmslms"), "classes": ["s", "m", "l", "xl"], "test_x": X[:1], "test_y": ["xl"]})
    assert (raw.classes, raw.y.tolist()) == (("s", "m", "l", "xl"), [2, 1, 0, 2, 1, 0])
    assert made({"x": X, "y": Y, "classes": np.array(["s", "m", "l"])}).classes == ("s", "m", "l")


def test_columns_that_never_change_are_told() -> None:
    constant = np.concatenate([X, np.ones((6, 7))], 1)
    assert made(constant, Y).notes == (
        "7 of 9 columns of x never change, and say nothing: 2, 3, 4, 5, 6 and 2 more.",
    )


class Folder(Pairs):
    """A Dataset with names, as torchvision's are."""

    classes = ("cat", "dog")


def test_pictures_of_a_dataset_are_bytes_of_channels_rows_and_columns() -> None:
    other = picture(3, 2)
    other.putpixel((0, 0), 0)
    items = [(picture(3, 2), 0), (other, 1)]
    raw = made(Subset(Folder(*items), [0, 1]), Folder(*items))
    assert (tuple(raw.x.shape), raw.x.unique().tolist()) == ((2, 1, 2, 3), [0, pytest.approx(0.2)])
    assert (raw.classes, raw.white) == (("cat", "dog"), 255)
    coloured = made(Folder((picture(3, 2, colour="red"), "dog"), (picture(3, 2, colour="blue"), "cat")))
    assert coloured.x[:, :, 0, 0].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert (coloured.classes, coloured.y.tolist()) == (("cat", "dog"), [1, 0])


def test_a_folder_of_images_as_torchvision_reads_it_has_its_classes(tmp_path: Path) -> None:
    for label, grey in (("cat", 0), ("dog", 255)):
        (tmp_path / label).mkdir()
        PIL.Image.new("L", (4, 3), grey).save(tmp_path / label / "1.png")
    for transform in (None, torchvision.transforms.ToTensor()):
        raw = made(torchvision.datasets.ImageFolder(str(tmp_path), transform=transform), task="binary")
        assert (tuple(raw.x.shape), raw.classes, raw.y.tolist()) == ((2, 3, 3, 4), ("cat", "dog"), [0, 1])
        assert raw.x[:, 0, 0, 0].tolist() == [0, 1]


class Noisy(Pairs):
    def __getitem__(self, index: int) -> Any:
        x, y = super().__getitem__(index)
        return torch.tensor(x) + torch.rand(2), y


def test_what_is_drawn_while_the_function_runs_is_the_same_in_every_run() -> None:
    raw, again = made(Noisy(*zip(X, Y, strict=True))), made(Noisy(*zip(X, Y, strict=True)))
    assert torch.equal(raw.x, again.x)
    assert not torch.equal(raw.x, torch.tensor(X).float())
    assert "read once" in "".join(raw.notes)
    assert made(PAIR).notes == ()
    drawn = []
    for seed in (1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            drawn.append(from_function(lambda: (torch.rand(6, 2), Y), task="multiclass", source="m.py:f").x)
    assert torch.equal(*drawn)


# pandas, which is not needed but where a user has it


@pytest.fixture
def pandas() -> Any:
    return pytest.importorskip("pandas")


def test_frames_of_numbers_and_columns_of_labels_are_examples(pandas: Any) -> None:
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": [True, False, True]})
    frame["d"] = pandas.array([1, 2, 3], dtype="Int64")
    expected = [[1, 0.5, 1, 1], [2, 1.5, 0, 2], [3, 2.5, 1, 3]]
    text = ["red", "blue", "red"]
    for labels in (pandas.Series(text), pandas.Series(text, dtype="category"), pandas.DataFrame({"y": text})):
        raw = made(frame, labels, task="binary")
        assert (raw.x.tolist(), raw.y.tolist(), raw.classes) == (expected, [1, 0, 1], ("blue", "red"))
    raw = made(frame, frame[["c", "d"]] == 1, task="multilabel")
    assert (raw.y.tolist(), raw.classes) == ([[1, 1], [0, 0], [1, 0]], ("c", "d"))
    assert made(frame, pandas.Series([0, 2, 1], dtype="Int64", index=[7, 8, 9])).y.tolist() == [0, 2, 1]


def test_columns_of_a_frame_that_are_no_numbers_are_named_with_the_way_out(pandas: Any) -> None:
    frame = pandas.DataFrame({"a": [1, 2], "colour": ["red", "blue"]})
    frame["day"] = pandas.to_datetime(["2024-01-01", "2024-01-02"])
    with pytest.raises(WorkbenchError) as caught:
        made(frame, [0, 1])
    assert 'x is DataFrame [2, 3], and 2 of its 3 columns hold no numbers: "colour" (red, blue), "day"' in str(
        caught.value
    )
    assert 'data.source = "my.csv" with target' in str(caught.value.hint)
    assert "pandas.get_dummies" in str(caught.value.hint)


def test_gaps_of_a_frame_are_counted_by_column(pandas: Any) -> None:
    frame = pandas.DataFrame({"a": [1, None, None], "b": pandas.array([1, None, 2], dtype="Int64"), "c": [1, 2, 3]})
    with pytest.raises(WorkbenchError) as caught:
        made(frame, [0, 1, 0])
    assert '3 of its values are missing: 2 in "a", 1 in "b"' in caught.value.message
    assert 'impute = "median"' in str(caught.value.hint)


def test_a_frame_alone_is_answered_with_how_its_label_comes_apart(pandas: Any) -> None:
    with pytest.raises(WorkbenchError) as caught:
        made(pandas.DataFrame({"a": [1, 2], "label": [0, 1]}))
    assert "returned DataFrame [2, 2]" in caught.value.message
    assert 'frame.drop(columns="label")' in str(caught.value.hint)
