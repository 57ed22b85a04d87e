"""One picture file as bytes, in the channels and the size that a network takes: alike in training and afterwards.

What is changed on the way (colour to grey, transparency onto white, the size) is noted.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from PIL.Image import Image

BYTE = 255
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".tif", ".tiff", ".webp")  # as torchvision reads


def is_one(path: Path) -> bool:
    """Whether its name says so."""
    return path.suffix.lower() in ENDINGS


def opened(path: Path) -> Image:
    """The picture, upright. WorkbenchError where it is not whole."""
    import PIL.Image
    import PIL.ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(path) as image:
                image.load()
                return PIL.ImageOps.exif_transpose(image)
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise WorkbenchError(f"{path}: {error}", hint="make the picture smaller") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise WorkbenchError(f"{path}: this is not a whole picture: {why(error, path)}") from error


def in_channels(image: Image, channels: int, notes: list[str]) -> Image:
    """The picture in so many channels (1: grey, 3: red, green and blue), a byte each."""
    import PIL.Image

    if image.mode.startswith("I") or image.mode == "F":  # more than a byte a pixel, which `convert` would cut off
        values = np.asarray(image, dtype=np.float64)
        most = 65535 if values.max() > BYTE else BYTE
        notes.append(f"pixels of {image.mode} were divided by {most}")
        image = PIL.Image.fromarray((values / most * BYTE).clip(0, BYTE).round().astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (BYTE, BYTE):
            notes.append("what is transparent in it was put on white")
        image = PIL.Image.alpha_composite(PIL.Image.new("RGBA", image.size, "white"), image)
    if channels == 3:
        if image.mode in ("L", "1"):
            notes.append("it is grey: all three channels are the same")
        return image.convert("RGB")
    grey = image.convert("L")
    if image.mode not in ("L", "1"):
        red, green, blue = image.convert("RGB").split()
        if not red.tobytes() == green.tobytes() == blue.tobytes():
            notes.append("turned from colour to grey")
    return grey


def resized(image: Image, size: tuple[int, int], notes: list[str]) -> Image:
    """The picture with this width and height."""
    if image.size == size:
        return image
    from PIL.Image import Resampling

    bent = "" if image.size[0] * size[1] == image.size[1] * size[0] else ", which changes its proportions"
    notes.append(f"resized from {by(image.size)} to {by(size)} pixels{bent}")
    return image.resize(size, Resampling.BILINEAR)


def pixels(image: Image) -> NDArray[np.uint8]:
    """[C, H, W] of a picture in 1 or 3 channels."""
    return np.atleast_3d(np.array(image, dtype=np.uint8)).transpose(2, 0, 1)


def by(size: Sequence[int]) -> str:
    """ "32x48"."""
    return "x".join(map(str, size))


def why(error: BaseException, path: Path) -> str:
    """What a library said, without the path that our message begins with."""
    return (str(error).splitlines() or [type(error).__name__])[0].replace(f" {str(path)!r}", "").strip()
