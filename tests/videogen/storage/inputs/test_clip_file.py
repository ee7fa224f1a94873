"""Clips that videos are made from: what is taken into the store, and what is refused unopened."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from videogen.config.groups.all import ProcessingSettings
from videogen.domain.requests import VideoRequest
from videogen.errors import InputError
from videogen.media.encoding import Encoding, write_mp4
from videogen.storage.inputs.clip_file import clip_content, is_picture
from videogen.storage.request_store import RequestStore


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "holiday film.MP4"
    write_mp4(path, (np.full((64, 64, 3), 40 * n, np.uint8) for n in range(4)), Encoding((64, 64), Fraction(8)))
    return path


def test_a_clip_is_kept_with_its_request_and_found_again(tmp_path: Path, clip: Path) -> None:
    store = RequestStore(str(tmp_path / "store"))
    stored = store.submit(VideoRequest(prompt="a bus", from_video=clip, strength=0.4))
    path = store.clip_path(stored)
    assert (stored.from_video, path.name) == (Path("start.mp4"), "start.mp4")
    assert path.read_bytes() == clip.read_bytes()
    assert not is_picture(path)
    assert store.get(stored.id) == stored
    assert store.submit(VideoRequest(**{**stored.model_dump(), "from_video": clip})) == stored


def test_a_picture_is_taken_as_well(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "still.png")
    store = RequestStore(str(tmp_path / "store"))
    stored = store.submit(VideoRequest(prompt="a bus", from_video=tmp_path / "still.png"))
    assert is_picture(store.clip_path(stored))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "neither a video nor a picture"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nhttp://example.org/a.ts\n", "neither a video nor a picture"),
        ("broken.mp4", b"\0\0\0\x18ftypisom" + bytes(64), "broken.mp4 cannot be used as a clip"),
        ("empty.mp4", b"", "neither a video nor a picture"),
        ("still.jpg", b"\x89PNG\r\n\x1a\n" + bytes(40), "holds a PNG picture"),
    ],
)
def test_what_is_no_clip_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=why):
        clip_content(tmp_path / name, ProcessingSettings())


def test_a_clip_that_is_too_large_or_lies_elsewhere_is_refused(tmp_path: Path, clip: Path) -> None:
    with clip.open("ab") as file:
        file.truncate(200_000)
    with pytest.raises(InputError, match="larger than 100,000 bytes"):
        clip_content(clip, ProcessingSettings(max_clip_bytes=100_000))
    (tmp_path / "inputs").mkdir()
    with pytest.raises(InputError, match=r"the clip .* lies outside of the allowed folders"):
        clip_content(clip, ProcessingSettings(), [tmp_path / "inputs"])
    with pytest.raises(InputError, match="not a plain file"):
        clip_content(tmp_path / "inputs", ProcessingSettings())


@pytest.mark.parametrize("given", [{"strength": 0.5}, {"invert": True}])
def test_strength_and_inversion_without_a_clip_are_refused(given: dict) -> None:
    with pytest.raises(ValueError, match="without from_video"):
        VideoRequest(prompt="a bus", **given)
