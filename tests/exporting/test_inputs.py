"""Files as users have them: each becomes the examples that the source would have given, or one clear error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.exporting.conftest import Keep
from workbench.errors import WorkbenchError
from workbench.exporting import files, inputs
from workbench.exporting.network import Network

SEEN = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4  # dark in the first corner, light in the last


@pytest.fixture
def images(keep: Keep) -> Network:
    return keep("images", (1, 8, 8), 10, data={"white": 255})


@pytest.fixture
def table(keep: Keep) -> Network:
    return keep("table", (3,), 4)


def test_a_picture_of_the_right_size_is_its_bytes_divided_by_255(images: Network, tmp_path: Path) -> None:
    Image.fromarray(SEEN).save(tmp_path / "a.png")
    read = inputs.read(tmp_path / "a.png", images)
    assert torch.equal(read.x, torch.from_numpy(SEEN).float().div(255).reshape(1, 1, 8, 8))
    assert (read.single, read.notes) == (True, ())
    turned = inputs.read(tmp_path / "a.png", images, invert=True)
    torch.testing.assert_close(turned.x, 1 - read.x, rtol=0, atol=0)


def test_whatever_is_done_to_a_picture_is_told(images: Network, tmp_path: Path) -> None:
    Image.fromarray(SEEN).convert("RGB").resize((16, 24)).save(tmp_path / "big.png")
    assert inputs.read(tmp_path / "big.png", images).notes == (
        "resized from 16x24 to 8x8 pixels, which changes its proportions",
    )
    colour = Image.new("RGB", (8, 8), (200, 10, 10))
    colour.save(tmp_path / "colour.png")
    assert inputs.read(tmp_path / "colour.png", images).notes == ("turned from colour to grey",)
    Image.fromarray(255 - SEEN // 2).save(tmp_path / "light.png")
    [note] = inputs.read(tmp_path / "light.png", images).notes
    assert note.startswith("its corners are light")
    assert note.endswith("--invert turns it")
    assert inputs.read(tmp_path / "light.png", images, invert=True).notes == ()
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))  # a black stroke on nothing, as drawing programs save it
    clear.putpixel((4, 4), (0, 0, 0, 255))
    clear.save(tmp_path / "clear.png")
    read = inputs.read(tmp_path / "clear.png", images)
    assert read.notes[0] == "what is transparent in it was put on white"
    assert read.x[0, 0, 4, 4] == 0
    assert read.x[0, 0, 0, 0] == 1
    deep = (SEEN.astype(np.uint16) * 257).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    read = inputs.read(tmp_path / "deep.png", images)
    assert torch.equal(read.x, torch.from_numpy(SEEN).float().div(255).reshape(1, 1, 8, 8))


@pytest.mark.parametrize("shape", [(1, 8, 8), (8, 8), (64,), (5, 1, 8, 8), (5, 8, 8), (5, 64), (1, 1, 8, 8)])
def test_an_array_is_one_example_or_a_batch(shape: tuple[int, ...], images: Network, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape))
    read = inputs.read(tmp_path / "x.npy", images)
    assert tuple(read.x.shape) == ((5 if shape[0] == 5 else 1), 1, 8, 8)
    assert read.single is (shape in [(1, 8, 8), (8, 8), (64,)])
    assert bool(read.notes) is (shape not in [(1, 8, 8), (5, 1, 8, 8), (1, 1, 8, 8)])


def test_bytes_become_what_the_loader_makes_of_them_and_fractions_stay(images: Network, tmp_path: Path) -> None:
    np.save(tmp_path / "bytes.npy", SEEN)
    np.save(tmp_path / "shares.npy", SEEN.astype(np.float32) / np.float32(255))
    as_bytes, shares = (inputs.read(tmp_path / name, images) for name in ("bytes.npy", "shares.npy"))
    assert torch.equal(as_bytes.x, shares.x)
    assert as_bytes.notes[-1] == "whole numbers: divided by 255"
    np.save(tmp_path / "black.npy", np.zeros((8, 8), np.uint8) + 1)
    assert inputs.read(tmp_path / "black.npy", images).x.max() == pytest.approx(1 / 255)


def test_digits_as_scikit_learn_keeps_them_are_divided_by_16(keep: Keep, tmp_path: Path) -> None:
    digits = keep("digits", (1, 8, 8), 10, data={"white": 16})
    np.savetxt(tmp_path / "d.csv", np.arange(128).reshape(2, 64) % 17, delimiter=",", fmt="%d")
    read = inputs.read(tmp_path / "d.csv", digits)
    assert read.x.max() == 1
    assert read.notes == ("whole numbers: divided by 16",)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n4,5,6\n",
        "a,b,c\n1,2,3\n4,5,6\n",
        "\ufeffa;b;c\r\n1;2;3\r\n\r\n4;5;6\r\n",
        "a\tb\tc\n1\t2\t3\n4\t5\t6",
        "a,b,c,Label\n1,2,3,cat\n4,5,6,dog\n",
        "y,a,b,c\n0,1,2,3\n1,4,5,6\n",
    ],
)
def test_a_table_may_have_a_header_and_a_target(text: str, table: Network, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    assert inputs.read(tmp_path / "t.csv", table).x.tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("short.csv", "1,2\n", "has 2 columns, but an example of table has 3 numbers"),
        ("gap.csv", "a,b,c\n1,,3\n", "line 2, column 2: there is nothing"),
        ("word.csv", "1,2,3\n4,5,six\n", "line 2, column 3: 'six' is not a number"),
        ("nan.csv", "1,2,3\n4,5,nan\n", "line 2, column 3: 'nan' is not a number"),
        ("ragged.csv", "1,2,3\n4,5\n", "line 2: 2 columns, where the first row has 3"),
        ("empty.csv", "", "holds no example"),
        ("header.csv", "a,b,c\n", "holds no example"),
        ("latin.csv", b"1,2,\xff\n", "not UTF-8"),
        ("text.npy", "no array", "this is not one array"),
        ("picture.png", "no picture", "is a picture, but an example of table is [3]"),
        ("x.txt", "1,2,3", ".txt files are not read here"),
        ("x", "1,2,3", "files without an ending are not read here"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_clear_message(
    name: str, content: str | bytes, message: str, table: Network, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WorkbenchError) as raised:
        inputs.read(tmp_path / name, table)
    assert message in raised.value.message
    assert raised.value.message.startswith(str(tmp_path / name))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 28, 28)), "holds float64 [2, 28, 28], but an example of images is [1, 8, 8]"),
        (np.zeros((0, 8, 8)), "holds no example"),
        (np.array(["a"]), "holds <U1 [1]"),
        (np.full((8, 8), np.nan), "64 of its values are not finite"),
        (np.linspace(-1, 3, 64), "values from -1 to 3"),
        (np.arange(64) * 9, "values from 0 to 567"),
        (np.array([{}]), "this is not one array: Object arrays cannot be loaded"),
    ],
)  # fmt: skip
def test_an_array_that_does_not_fit_is_told_with_its_shape(
    array: np.ndarray, message: str, images: Network, tmp_path: Path
) -> None:
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(WorkbenchError) as raised:
        inputs.read(tmp_path / "x.npy", images)
    assert message in raised.value.message


def test_channels_at_the_end_are_recognised(keep: Keep, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 5, 6, 3)))
    with pytest.raises(WorkbenchError) as raised:
        inputs.read(tmp_path / "x.npy", keep("rgb", (3, 5, 6), 2))
    assert raised.value.hint == "channels come first: x.transpose(0, 3, 1, 2)"


def test_a_picture_cut_short_and_one_that_is_none(images: Network, tmp_path: Path) -> None:
    Image.fromarray(SEEN).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:50])
    (tmp_path / "text.jpg").write_text("nothing to see")
    for name in ("cut.png", "text.jpg"):
        with pytest.raises(WorkbenchError, match="this is not a whole picture"):
            inputs.read(tmp_path / name, images)
    with pytest.raises(WorkbenchError, match="there is no such file"):
        inputs.read(tmp_path / "gone.png", images)
    with pytest.raises(WorkbenchError, match="is a folder"):
        inputs.read(tmp_path, images)


def test_the_exported_file_reads_what_predict_reads(images: Network, keep: Keep, tmp_path: Path) -> None:
    rgb = keep("rgb", (3, 5, 6), 2)
    Image.fromarray(SEEN).resize((30, 20)).save(tmp_path / "grey.png")
    Image.effect_noise((9, 7), 90).convert("RGBA").save(tmp_path / "noise.png")
    Image.effect_noise((40, 30), 90).convert("RGB").save(tmp_path / "photo.jpg")
    np.save(tmp_path / "bytes.npy", np.stack([SEEN, SEEN]))
    np.savetxt(tmp_path / "rows.csv", SEEN.reshape(1, 64), delimiter=",", fmt="%d")
    for network, names in (
        (images, ["grey.png", "photo.jpg", "bytes.npy", "rows.csv"]),
        (rgb, ["noise.png", "photo.jpg"]),
    ):
        path = files.write(network, tmp_path / "out", network.about["study"], ["python"], print)["python"]
        scope = {"__file__": str(path), "__name__": "exported"}
        exec(path.read_text(), scope)
        for name in names:
            ours = inputs.read(tmp_path / name, network).x
            assert torch.equal(torch.as_tensor(scope["read"](tmp_path / name)), ours), name
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "out" / "images.py"), "grey.png", "bytes.npy"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "grey.png[0]",
        "bytes.npy[0]",
        "bytes.npy[1]",
    ]
