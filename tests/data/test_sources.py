from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from workbench.data.arrays import from_function
from workbench.data.sources import NAMES, DataMissing, fetch, told_apart
from workbench.errors import WorkbenchError


@pytest.mark.parametrize(
    ("source", "task", "shape", "dtype", "counts"),
    [
        ("digits", "multiclass", (1797, 1, 8, 8), torch.int64, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
        ("circles", "binary", (1000, 2), torch.float32, [500, 500]),
        ("blobs", "multiclass", (1000, 2), torch.int64, [250] * 4),
        ("moons", "binary", (1000, 2), torch.float32, [500, 500]),
        ("iris", "multiclass", (150, 4), torch.int64, [50, 50, 50]),
        ("wine", "multiclass", (178, 13), torch.int64, [59, 71, 48]),
        ("breast-cancer", "binary", (569, 30), torch.float32, [212, 357]),
    ],
)
def test_embedded_sources_are_there_and_always_the_same(
    source: str, task: str, shape: tuple[int, ...], dtype: torch.dtype, counts: list[int]
) -> None:
    raw, again = fetch(source, task=task), fetch(source, task=task)
    assert (tuple(raw.x.shape), raw.x.dtype, raw.y.dtype) == (shape, torch.float32, dtype)
    assert raw.y.long().bincount().tolist() == counts
    assert torch.equal(raw.x, again.x)
    assert torch.equal(raw.y, again.y)
    assert (raw.name, raw.stand_in, raw.notes, raw.test_x, raw.test_y) == (source, False, (), None, None)


def test_digits_are_scaled_to_0_to_1() -> None:
    x = fetch("digits", task="multiclass").x
    assert (x.min(), x.max()) == (0, 1)


def test_circles_and_blobs_lie_as_their_names_say() -> None:
    circles, blobs = fetch("circles", task="binary"), fetch("blobs", task="multiclass")
    radii = circles.x.norm(dim=1)
    assert radii[circles.y == 0].mean() == pytest.approx(1.0, abs=0.01)
    assert radii[circles.y == 1].mean() == pytest.approx(0.8, abs=0.01)
    spread = torch.stack([blobs.x[blobs.y == label].std(0) for label in range(4)])
    torch.testing.assert_close(spread, torch.full((4, 2), 1.5), rtol=0.15, atol=0)  # 0.10 seen


def test_the_made_up_documents_have_any_number_of_five_labels() -> None:
    raw = fetch("multilabel", task="multilabel")
    assert (tuple(raw.x.shape), tuple(raw.y.shape), raw.y.dtype) == ((1000, 20), (1000, 5), torch.float32)
    assert raw.y.sum(1).unique().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("source", "task", "classes"),
    [
        ("iris", "multiclass", ("setosa", "versicolor", "virginica")),
        ("wine", "multiclass", ("class_0", "class_1", "class_2")),
        ("breast-cancer", "binary", ("malignant", "benign")),
        ("moons", "binary", ()),
    ],
)
def test_classes_have_the_names_that_they_come_with(source: str, task: str, classes: tuple[str, ...]) -> None:
    assert fetch(source, task=task).classes == classes


@pytest.mark.parametrize(
    ("source", "positive", "ones", "classes"),
    [
        ("digits", [0, 1, 2, 3, 4], 901, ("5, 6, 7, 8 or 9", "0, 1, 2, 3 or 4")),
        ("digits", [3], 183, ("0, 1, 2, 4, 5, 6, 7, 8 or 9", "3")),
        ("iris", ["setosa"], 50, ("versicolor or virginica", "setosa")),
        ("iris", [1, "setosa", 0], 100, ("virginica", "setosa or versicolor")),
    ],
)
def test_classes_are_put_together_to_two(
    source: str, positive: list[int | str], ones: int, classes: tuple[str, str]
) -> None:
    many, two = fetch(source, task="multiclass"), fetch(source, task="binary", positive=positive)
    assert (two.y.dtype, int(two.y.sum()), two.classes) == (torch.float32, ones, classes)
    names = many.classes or tuple(map(str, range(10)))
    chosen = {one if isinstance(one, int) else names.index(one) for one in positive}
    assert two.y.tolist() == [float(label in chosen) for label in many.y.tolist()]
    assert torch.equal(two.x, many.x)


def test_long_lists_of_classes_get_a_short_name() -> None:
    raw = from_function(
        lambda: ([[float(i)] for i in range(40)], range(40)), task="multiclass", source="mine.py:load"
    )
    assert told_apart(raw, [0]).classes == ("1 or 38 more", "0")


def test_both_parts_of_a_users_function_are_put_together_to_two() -> None:
    parts = ([[1.0], [2.0], [3.0]], [0, 1, 2], [[4.0], [5.0]], [2, 1])
    raw = told_apart(from_function(lambda: parts, task="multiclass", source="mine.py:load"), [2])
    assert raw.test_y is not None
    assert (raw.y.tolist(), raw.test_y.tolist(), raw.classes) == ([0, 0, 1], [1, 0], ("0 or 1", "2"))


@pytest.mark.parametrize(
    ("source", "positive", "message", "hint"),
    [
        ("digits", [10], "there is no class 10 in digits", "its 10 classes: 0, 1, 2"),
        ("iris", ["rose"], "there is no class 'rose' in iris", "setosa, versicolor, virginica"),
        ("iris", [0, 1, 2], "names all 3 classes of iris", "name the classes that are to be told from the others"),
        (
            "circles",
            [1],
            '"circles" has no classes to put together',
            'leave data.positive out, with task = "binary"',
        ),
        ("multilabel", [1], '"multilabel" has no classes to put together', 'task = "multilabel"'),
    ],
)
def test_classes_that_cannot_be_put_together_are_told(
    source: str, positive: list[int | str], message: str, hint: str
) -> None:
    with pytest.raises(WorkbenchError, match=message) as caught:
        fetch(source, task="binary", positive=positive)
    assert hint in str(caught.value.hint)


def test_a_source_with_classes_tells_of_positive_where_the_task_is_binary() -> None:
    with pytest.raises(WorkbenchError) as caught:
        fetch("digits", task="binary")
    assert "positive = [0]" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("source", "hint"),
    [("mnst", 'did you mean "mnist"?'), ("MNIST", 'did you mean "mnist"?'), ("qqq", "file.py:function")],
)
def test_an_unknown_source_is_answered_with_the_known_ones(source: str, hint: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        fetch(source, task="multiclass")
    assert f'"{source}" is not a data set' in caught.value.message
    assert all(name in caught.value.message for name in NAMES)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("source", "task", "right"),
    [
        ("digits", "binary", "multiclass"),
        ("mnist", "binary", "multiclass"),
        ("circles", "multiclass", "binary"),
        ("blobs", "multilabel", "multiclass"),
    ],
)
def test_a_source_is_refused_for_a_task_it_was_not_made_for(source: str, task: str, right: str) -> None:
    with pytest.raises(WorkbenchError, match=f'"{source}" is for task = "{right}", .* task = "{task}"'):
        fetch(source, task=task)


def test_where_mnist_is_not_to_be_had_digits_stand_in_and_say_so(tmp_path: Path) -> None:
    raw = fetch("mnist", task="multiclass", root=tmp_path)
    assert (raw.stand_in, raw.name, tuple(raw.x.shape)) == (True, "digits at 28x28", (1797, 1, 28, 28))
    assert (raw.x.min(), raw.x.max()) == (0, 1)
    digits = fetch("digits", task="multiclass")
    assert torch.equal(raw.y, digits.y)
    reduced = torch.nn.functional.interpolate(raw.x, size=(8, 8), mode="area")
    assert (reduced - digits.x).abs().mean() < 0.1  # 0.081 seen; 0.22 from the digit before
    notes = " ".join(raw.notes)
    assert "NOT MNIST results" in notes
    assert str(tmp_path / "MNIST" / "raw") in notes
    assert "train-images-idx3-ubyte.gz" in notes


def test_where_data_is_required_or_has_no_stand_in_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="MNIST is not in"):
        fetch("mnist", task="multiclass", root=tmp_path, require=True)
    with pytest.raises(DataMissing, match="FashionMNIST is not in"):
        fetch("fashion-mnist", task="multiclass", root=tmp_path)


def test_a_damaged_file_is_not_answered_with_a_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not gzip")
    with pytest.raises(WorkbenchError, match="truncated or damaged"):
        fetch("mnist", task="multiclass", root=tmp_path)


def test_sklearn_and_torchvision_are_not_imported_before_they_are_needed() -> None:
    code = "import sys, workbench.data.splits; print({'sklearn', 'torchvision'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
