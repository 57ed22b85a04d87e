from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.data import npz
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 2, 0, 1, 2])


def made(folder: Path, task: str = "multiclass", **arrays: Any) -> Raw:
    """What is read of a file with these arrays."""
    np.savez(folder / "my.npz", **arrays)
    return npz.read(folder / "my.npz", task=task, source="my.npz")


@pytest.mark.parametrize("names", [("x", "y"), ("X_train", "Y_train"), ("train_x", "train_y")])
def test_x_and_y_are_examples_by_any_of_their_names(tmp_path: Path, names: tuple[str, str]) -> None:
    raw = made(tmp_path, **dict(zip(names, (X, Y), strict=True)))
    assert (raw.x.tolist(), raw.y.tolist(), raw.test_x, raw.name) == (X.tolist(), Y.tolist(), None, "my.npz")


def test_a_test_part_names_of_classes_and_labels_of_text_are_read(tmp_path: Path) -> None:
    raw = made(tmp_path, x=X, y=Y, x_test=X[:2], y_test=Y[:2], classes=["a", "b", "c"])
    assert raw.test_x is not None
    assert raw.test_y is not None
    assert (raw.test_x.tolist(), raw.test_y.tolist(), raw.classes) == (X[:2].tolist(), [0, 1], ("a", "b", "c"))
    assert made(tmp_path, x=X, y=np.array(list("cbacba"))).y.tolist() == [2, 1, 0, 2, 1, 0]


@pytest.mark.parametrize(
    ("arrays", "message", "hint"),
    [
        ({"features": X, "y": Y}, 'my.npz holds "features" (float64 [6, 2]), "y" (int64 [6])', "its arrays are x"),
        ({}, "my.npz holds nothing", "its arrays are x"),
        ({"x": X, "y": Y, "weights": Y}, '"weights" (int64 [6])', "its arrays are x"),
        ({"x": X, "y": Y[:5]}, "x and y differ in length: float64 [6, 2] and int64 [5]", "one label"),
        ({"x": X, "y": np.array(["a", None] * 3)}, '"y" holds Python objects, which are not read', "y.astype(str)"),
        ({"x": X, "y": Y + 1}, "labels run from 1 to 3", "write y - 1"),
        ({"x": X, "y": Y, "test_x": X}, "test_y is object [] made of NoneType", "plain numbers"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_with_what_the_file_holds(
    tmp_path: Path, arrays: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        made(tmp_path, **arrays)
    assert caught.value.message.startswith(('data.source = "my.npz"', str(tmp_path / "my.npz")))
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("damage", ["text", "cut short", "bytes changed", "one array", "empty"])
def test_a_file_that_is_not_whole_is_said_to_be_so(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "my.npz"
    np.savez_compressed(path, x=X, y=Y)
    content = path.read_bytes()
    match damage:
        case "text":
            path.write_text("x,y\n1,2\n")
        case "cut short":
            path.write_bytes(content[:-40])
        case "bytes changed":
            path.write_bytes(content[:60] + b"~~~~" + content[64:])
        case "one array":
            with path.open("wb") as file:
                np.save(file, X)
        case "empty":
            path.write_bytes(b"")
    with pytest.raises(WorkbenchError, match=r"not a whole \.npz file") as caught:
        npz.read(path, task="multiclass", source="my.npz")
    assert caught.value.message.startswith(f"{path}")
