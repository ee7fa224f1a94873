"""Frames and images as people hand them over, made into the one form that this project works with: uint8, sRGB.

Everything that takes frames goes through here, so that all of it takes and refuses the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from videogen.errors import InputError
from videogen.media.reading import iterate_frames, probe

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from videogen.domain.artifacts import Frames

Frame = NDArray[np.uint8]
FrameLike: TypeAlias = Union[NDArray[Any], "Tensor", "Image.Image", Path, str]
"""One frame: an array or tensor H×W×3 (or 3×H×W), a PIL image, or the path of an image file."""
FramesLike: TypeAlias = Union[NDArray[Any], "Tensor", "Frames", Sequence["FrameLike"], Path, str]
"""A clip: an array or tensor T×H×W×3 (or T×3×H×W), `Frames`, a list of frames, or the path of a video file."""
VideoLike: TypeAlias = FramesLike
"""The same where a file is measured as the file that it is."""

_REMEDY = (
    "give uint8 values 0 to 255 or floats 0 to 1, as T×H×W×3, a list of H×W×3 arrays or PIL images, or a video's path"
)
# Rounding of an interpolation may leave the range by this much.
_SLACK = 1e-3


def as_frames(given: FramesLike, *, at_least: int = 1, what: str = "frames") -> Frame:
    """A clip as uint8, T×H×W×3.

    Floats from 0 to 1 are scaled to 0 … 255 and rounded; a video file is read whole, upright and deinterlaced.

    Args:
        given: frames as an array, tensor, list or artifact, or the path of a video.
        at_least: how many frames are needed.
        what: names the clip in messages.

    Raises:
        InputError: not a clip, or values whose scale cannot be known; says what was given and what to give.
        MediaError: the file cannot be read. OutOfMemoryError: its frames do not fit into memory.
    """
    if isinstance(given, str | Path):
        frames = _from_file(Path(given))
    elif isinstance(held := getattr(given, "frames", given), list | tuple):
        frames = _stacked(held, what)
    else:
        frames = _pixels(held, 4, what)
    if len(frames) < at_least:
        number = "no frames" if not len(frames) else f"{len(frames)} frame{'s' if len(frames) > 1 else ''}"
        raise InputError(f"{what}: {number} given, at least {at_least} needed", remedy="give more frames")
    return frames


def as_frame(given: FrameLike, what: str = "the frame") -> Frame:
    """One frame as uint8, H×W×3. A PIL image is converted to RGB.

    Raises:
        InputError: not one frame, or values whose scale cannot be known.
    """
    if isinstance(given, str | Path):
        return _of_image(_image_file(Path(given)))
    return _of_image(given) if _is_image(given) else _pixels(given, 3, what)


def as_image(given: FrameLike, what: str = "the image") -> Image.Image:
    """One image as a PIL image; those that are one already stay as they are, mode and profile included.

    Raises:
        InputError: not an image, or an image file that cannot be used.
    """
    from PIL import Image

    if isinstance(given, str | Path):
        return _image_file(Path(given))
    return given if isinstance(given, Image.Image) else Image.fromarray(as_frame(given, what))


def as_video(given: VideoLike, *, at_least: int = 1) -> Path | Frame:
    """The path of a video file, or a clip as uint8, T×H×W×3.

    Raises:
        InputError: as `as_frames`.
    """
    return Path(given) if isinstance(given, str | Path) else as_frames(given, at_least=at_least)


def as_videos(given: VideoLike | Iterable[VideoLike]) -> list[Frame]:
    """One clip or several as a list of clips, each uint8, T×H×W×3.

    Raises:
        InputError: as `as_frames`, with the number of the video.
    """
    if isinstance(given, list | tuple) and not any(_is_single(one) for one in given):
        return [as_frames(one, what=f"video {number}") for number, one in enumerate(given, 1)]
    return [as_frames(given)]  # type: ignore[arg-type]


@contextmanager
def file_of(frames: Frame, fps: float) -> Iterator[Path]:
    """A temporary mp4 of the frames (uint8, T×H×W×3), as good as without loss; an odd last row or column is cut."""
    from videogen.media.encoding import Encoding, write_mp4

    height, width = frames.shape[1] // 2 * 2, frames.shape[2] // 2 * 2
    with TemporaryDirectory(prefix="videogen-frames-") as folder:
        path = Path(folder) / "frames.mp4"
        write_mp4(path, iter(frames[:, :height, :width]), Encoding((width, height), Fraction(fps), crf=4))
        yield path


def _from_file(path: Path) -> Frame:
    from videogen.runtime.memory import require_room_for_frames

    info = probe(path)
    require_room_for_frames(info.num_frames, (info.width, info.height))
    return np.concatenate(list(iterate_frames(path)))


def _stacked(given: Sequence[Any], what: str) -> Frame:
    """A list of frames as one clip. Whether floats reach 1 or 255 is seen in all of them together."""
    arrays = [_one(frame, f"{what}: frame {number}") for number, frame in enumerate(given)]
    if not arrays:
        return np.zeros((0, 1, 1, 3), np.uint8)
    shapes = list(dict.fromkeys(array.shape for array in arrays))
    if len(shapes) > 1:
        raise InputError(
            f"{what} are of different sizes: {' and '.join(map(_shape, shapes[:3]))}", remedy="resize them to one size"
        )
    return _pixels(np.stack(arrays), 4, what)


def _one(given: Any, what: str) -> NDArray[Any]:
    if isinstance(given, str | Path):
        return _of_image(_image_file(Path(given)))
    return _of_image(given) if _is_image(given) else _array(given, what)


def _pixels(given: Any, dimensions: int, what: str) -> Frame:
    """An array or tensor of that many dimensions, channels moved to the end, as uint8."""
    array = _array(given, what)
    wanted = "T×H×W×3" if dimensions == 4 else "H×W×3"
    if array.ndim != dimensions:
        raise InputError(f"{what}: a shape of {_shape(array.shape)} was given, not {wanted}", remedy=_REMEDY)
    if array.shape[-1] != 3 and array.shape[-3] == 3:
        array = np.moveaxis(array, -3, -1)
    if array.shape[-1] != 3 or 0 in array.shape[-3:]:
        extra = "; leave out the transparency" if array.shape[-1] == 4 else ""
        raise InputError(f"{what}: a shape of {_shape(array.shape)} was given, not {wanted}", remedy=_REMEDY + extra)
    return _as_bytes(array, what)


def _as_bytes(array: NDArray[Any], what: str) -> Frame:
    if array.dtype == np.uint8:
        return array
    if not len(array):
        return array.astype(np.uint8)
    if array.dtype.kind in "ui":
        low, high = int(array.min()), int(array.max())
        if low < 0 or high > 255:
            raise InputError(
                f"{what}: integers from {low} to {high} were given; levels are 0 to 255",
                remedy="scale them first; 16-bit values divided by 257 are 8-bit ones",
            )
        return array.astype(np.uint8)
    if array.dtype.kind != "f":
        raise InputError(f"{what}: {array.dtype} values were given, which are no colours", remedy=_REMEDY)
    least, most = float(array.min()), float(array.max())
    if not np.isfinite([least, most]).all():
        raise InputError(f"{what}: some values are not numbers (NaN or infinite)", remedy="find out where they arise")
    if least < -_SLACK or most > 1.0 + _SLACK:
        hint = "(x + 1) / 2 if they lie in −1 … 1" if least < 0 else "x / 255, or convert them to uint8"
        raise InputError(
            f"{what}: floats from {least:.4g} to {most:.4g} were given; floats must lie in 0 … 1", remedy=f"use {hint}"
        )
    return np.asarray(np.rint(np.clip(array, 0.0, 1.0) * 255.0), dtype=np.uint8)


def _array(given: Any, what: str) -> NDArray[Any]:
    if isinstance(given, np.ndarray):
        return given
    if hasattr(given, "detach") and hasattr(given, "cpu"):
        tensor = given.detach().cpu()
        # NumPy has no bfloat16.
        return np.asarray(tensor.float().numpy() if tensor.is_floating_point() else tensor.numpy())
    raise InputError(f"{what}: a {type(given).__name__} was given", remedy=_REMEDY)


def _is_single(given: Any) -> bool:
    """Whether this is one frame rather than a clip."""
    return _is_image(given) or (not isinstance(given, str | Path) and getattr(given, "ndim", 4) == 3)


def _is_image(given: Any) -> bool:
    return hasattr(given, "convert") and hasattr(given, "getbands")


def _of_image(image: Any) -> Frame:
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _image_file(path: Path) -> Image.Image:
    from videogen.config.groups.all import ProcessingSettings
    from videogen.storage.inputs.picture_file import read_picture

    return read_picture(path, ProcessingSettings())


def _shape(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "one number"
