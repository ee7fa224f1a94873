"""The watermark is found after what happens to videos in the world, and only where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.videogen.media.watermark.pictures import KEY, Frames, decoded, moving_picture, resized, written
from videogen.errors import MediaError
from videogen.media.watermark import detection
from videogen.media.watermark.detection import find_watermark
from videogen.media.watermark.embedding import Watermark

MARK = Watermark.of(KEY, "video", "a", "1")


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """The frames of a marked mp4 as a viewer has them."""
    path = written(tmp_path_factory.mktemp("marked") / "marked.mp4", moving_picture(), MARK)
    return decoded(path)


def cropped(frames: Frames) -> Frames:
    height, width = frames.shape[1:3]
    part = frames[:, height // 20 : height - height // 20, width // 20 : width - width // 20]
    return resized(part, (width, height))


def letterboxed(frames: Frames) -> Frames:
    return np.pad(frames, ((0, 0), (60, 60), (0, 0), (0, 0)))


CHANGES: dict[str, Callable[[Frames], Frames]] = {
    "encoded again": lambda frames: frames,
    "half the size": lambda frames: resized(frames, (320, 240)),
    "5 % cut off at each edge": cropped,
    "brighter": lambda frames: np.clip(frames * 1.1, 0, 255).astype(np.uint8),
    "stretched to 16 : 9": lambda frames: resized(frames, (854, 480)),
    "black bars": letterboxed,
    "mirrored": lambda frames: frames[:, :, ::-1],
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_found(tmp_path: Path, marked: Frames, change: str) -> None:
    crf, keys = (28, [b"o" * 32, KEY]) if change == "encoded again" else (23, [KEY])
    path = written(tmp_path / "copy.mp4", np.ascontiguousarray(CHANGES[change](marked)), None, crf=crf, fps=25)
    found = find_watermark(path, keys)
    assert found is not None
    assert found.payload == MARK.payload.hex()
    assert found.mirrored == (change == "mirrored")


def test_without_the_key_nothing_is_found(tmp_path: Path, marked: Frames) -> None:
    path = written(tmp_path / "copy.mp4", marked, None)
    assert find_watermark(path, [b"x" * 32]) is None


def test_an_unmarked_video_has_none(tmp_path: Path) -> None:
    assert find_watermark(written(tmp_path / "plain.mp4", moving_picture(), None), [KEY]) is None


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(MediaError):
        find_watermark(tmp_path / "text.mp4", [KEY])


def test_it_is_found_where_motion_carries_it_along(tmp_path: Path) -> None:
    """Encoders predict frames from moved ones before: in a pan each frame has the watermark elsewhere."""
    wide = moving_picture(1, (720, 480))[0]
    pan = np.stack([wide[:, 8 * number : 8 * number + 640] for number in range(8)])
    path = written(tmp_path / "pan.mp4", decoded(written(tmp_path / "first.mp4", pan, MARK)), None, crf=28)
    found = find_watermark(path, [KEY])
    assert found is not None
    assert found.payload == MARK.payload.hex()


def test_of_long_videos_only_key_frames_are_decoded(
    tmp_path: Path, marked: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "long.mp4", marked, None, fps=2)
    monkeypatch.setattr(detection, "_KEY_FRAMES_FROM", len(marked) - 1)
    assert len(list(detection._luma(path))) == 2, "a key frame every two seconds, that is four frames"
    found = find_watermark(path, [KEY])
    assert found is not None
    assert found.payload == MARK.payload.hex()
