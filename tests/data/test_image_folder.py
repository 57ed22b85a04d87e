from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
import torchvision

from workbench.data import image_folder, picture
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

GREY, RED = 51, (255, 0, 102)


def save(path: Path, size: tuple[int, int] = (4, 3), colour: Any = GREY, mode: str = "L") -> None:
    """A picture of this width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.new(mode, size, colour).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three grey cats and two grey dogs."""
    for name in ("cat/1.png", "cat/2.png", "cat/3.bmp", "dog/1.png", "dog/more/2.PNG"):
        save(tmp_path / "pictures" / name)
    return tmp_path / "pictures"


def made(folder: Path, task: str = "multiclass", **asked: Any) -> Raw:
    return image_folder.read(folder, task=task, source="pictures/", **asked)


def test_a_folder_for_each_class_is_read_as_torchvision_reads_it(folder: Path) -> None:
    for i, path in enumerate(sorted(folder.rglob("*.png"))):
        save(path, colour=40 * i)
    raw = made(folder)
    theirs = torchvision.datasets.ImageFolder(str(folder), torchvision.transforms.ToTensor())
    assert (raw.classes, raw.y.tolist()) == (tuple(theirs.classes), [label for _, label in theirs])
    assert torch.equal(raw.x.expand(-1, 3, -1, -1), torch.stack([x for x, _ in theirs]))
    assert (tuple(raw.x.shape), raw.x.dtype, raw.white, raw.notes) == ((5, 1, 3, 4), torch.float32, 255, ())
    assert raw.test_x is None


def test_colours_have_three_channels_and_two_classes_suit_a_binary_task(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        save(path, colour=RED, mode="RGB")
    raw = made(folder, "binary")
    assert raw.x[:, :, 0, 0].unique(dim=0).tolist() == [[1, 0, pytest.approx(0.4)]]
    assert (raw.y.dtype, raw.y.tolist()) == (torch.float32, [0, 0, 0, 1, 1])
    assert raw.notes == ('"cat" is 0, "dog" is 1',)


@pytest.mark.parametrize("held_out", ["", "val"])
def test_train_and_test_above_the_classes_are_the_parts(folder: Path, held_out: str) -> None:
    shutil.move(folder, folder.parent / "train")
    folder.mkdir()
    shutil.move(folder.parent / "train", folder)
    save(folder / "test" / "dog" / "9.png", colour=255)
    if held_out:
        save(folder / held_out / "cat" / "9.png")
    raw = made(folder)
    assert raw.test_x is not None
    assert raw.test_y is not None
    assert (raw.test_x.unique().tolist(), raw.test_y.tolist(), raw.classes) == ([1], [1], ("cat", "dog"))
    assert sorted(raw.y.tolist()) == [0] * (4 if held_out else 3) + [1, 1]
    assert raw.y.tolist() != sorted(raw.y.tolist()), "a part cut from the end must not be one class"
    assert ["val/ counts as training images" in note for note in raw.notes] == [True] * bool(held_out)


def test_images_of_any_size_and_colour_are_brought_into_the_one_asked_for(folder: Path) -> None:
    save(folder / "cat/1.png", (8, 6))
    save(folder / "cat/2.png", (9, 5), RED, "RGB")
    save(folder / "dog/1.png", (4, 3), (255, 0, 0, 0), "RGBA")
    raw = made(folder, size=[3, 4], channels=1)
    assert tuple(raw.x.shape) == (5, 1, 3, 4)
    assert raw.x[3].unique().tolist() == [1], "what is transparent lies on white"
    assert set(raw.notes) == {
        "2 images: resized to 4x3",
        "1 images: turned from colour to grey",
        "1 images: what is transparent in it was put on white",
    }
    assert tuple(made(folder, size=2, channels=3).x.shape) == (5, 3, 2, 2)


def test_a_photograph_that_lies_on_its_side_is_set_upright_before_its_size_counts(folder: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    for path in list(folder.rglob("*.*")):
        path.unlink()
        PIL.Image.new("L", (3, 4), GREY).save(path.with_suffix(".jpg"), exif=exif)
    assert tuple(made(folder).x.shape) == (5, 1, 3, 4)


def break_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:45])


@pytest.mark.parametrize(
    ("spoil", "asked", "message", "hint"),
    [
        (
            lambda folder: (save(folder / "cat/1.png", (8, 6)), save(folder / "dog/1.png", (9, 5))),
            {},
            "its images are of 3 sizes (width x height): 3 are 4x3, 1 are 8x6, 1 are 9x5; cat/2.png is 4x3 and "
            "cat/1.png is 8x6",
            "write size = [3, 4]",
        ),
        (
            lambda folder: save(folder / "dog/1.png", colour=RED, mode="RGB"),
            {},
            "4 of its images are grey, 1 are not: cat/1.png is L, dog/1.png is RGB",
            "channels = 1 (all as grey) or channels = 3",
        ),
        (
            lambda folder: (folder / "cat/1.png").write_text("no picture"),
            {},
            "1 of its 5 image files cannot be read: cat/1.png (cannot identify image file)",
            "replace them",
        ),
        (
            lambda folder: [break_off(folder / name) for name in ("cat/1.png", "dog/1.png")],
            {},
            "2 of its 5 image files cannot be read: cat/1.png (",
            "replace them",
        ),
        (lambda folder: shutil.rmtree(folder / "dog"), {}, "has images of one class, cat", "a folder for each"),
        (lambda folder: (folder / "emu").mkdir(), {}, "1 of the 3 class folders in ", "remove the folders"),
        (
            lambda folder: (
                shutil.rmtree(folder / "dog"),
                shutil.rmtree(folder / "cat"),
                save(folder / "1.png"),
            ),
            {},
            "has no folders in it, but 1 images",
            "a folder for each class",
        ),
        (
            lambda folder: (
                shutil.copytree(folder, folder / "train"),
                shutil.rmtree(folder / "cat"),
                shutil.rmtree(folder / "dog"),
                save(folder / "test/emu/1.png"),
                save(folder / "test/dog/1.png"),
            ),
            {},
            "has the class emu, which the training images have not",
            "cat, dog",
        ),
        (lambda folder: save(folder / "emu/1.png"), {"task": "binary"}, "3 classes: cat, dog, emu", "multiclass"),
        (lambda folder: None, {"task": "multilabel"}, "do not exclude one another", "multiclass"),
        (
            lambda folder: None,
            {"size": 300_000},
            "5 images of 1x300000x300000 take 1,800.0 GB as float32, 2 times so much while they are divided",
            "write size = ",
        ),
    ],
    ids=["sizes", "channels", "no picture", "cut short", "one class", "empty class", "flat", "test", "two",
         "labels", "memory"],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_counted_and_named(
    folder: Path, spoil: Any, asked: dict[str, Any], message: str, hint: str
) -> None:
    spoil(folder)
    with pytest.raises(WorkbenchError) as caught:
        made(folder, **asked)
    assert caught.value.message.startswith('data.source = "pictures/": ')
    assert message in caught.value.message
    assert hint in str(caught.value.hint)


def test_files_that_are_no_images_are_counted_and_hidden_ones_are_not(folder: Path) -> None:
    for name in (".DS_Store", "cat/.hidden.png", "cat/Thumbs.db", "cat/labels.txt", "dog/a.gif"):
        (folder / name).touch()
    save(folder / "loose.png")
    assert made(folder).notes == ("left out: 2 files that are no images, 1 images outside the class folders",)


def test_pixels_are_channels_rows_and_columns() -> None:
    image = PIL.Image.fromarray(np.arange(24, dtype=np.uint8).reshape(2, 4, 3))
    assert picture.pixels(image).tolist() == np.arange(24).reshape(2, 4, 3).transpose(2, 0, 1).tolist()
    assert picture.pixels(image.convert("L")).shape == (1, 2, 4)
