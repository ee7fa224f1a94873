"""Frames of videos that this project itself has made, by decord.

Only for files of the artifact store, whose checksum has just been compared: decord cannot be confined to one format, so
a file of a stranger must never reach it (see `videogen.runtime.media_opening`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.runtime.media_opening import unreadable


def iterate_own_frames(path: Path, window: int) -> Iterator[NDArray[np.uint8]]:
    """The frames in order, in arrays of at most `window` frames: uint8, T×H×W×3, sRGB.

    Raises:
        MediaError: the file cannot be read.
    """
    import decord

    if not path.is_file():
        raise MediaError(f"no file found at {path}", remedy="check the path")
    try:
        reader = decord.VideoReader(str(path.absolute()), num_threads=1)
        for start in range(0, len(reader), window):
            batch = reader.get_batch(range(start, min(start + window, len(reader))))
            yield np.asarray(batch.asnumpy(), dtype=np.uint8)
    except (decord.DECORDError, RuntimeError) as error:
        raise unreadable(path, str(error).partition("\n")[0] or "decord cannot open it") from error
