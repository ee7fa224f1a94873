"""Logo and burnt captions, read back from the pixels of a real mp4."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image

from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.domain.requests import Caption, VideoRequest
from videogen.media.render import render_video

GREY = 90


def frames_of(folder: Path, size: tuple[int, int], logo: Path | None = None, **settings: object) -> np.ndarray:
    config = VideoGenConfig().updated({"processing.resolution": size, "processing.fps": 8, **settings})
    frames = Frames(torch.full((16, size[1], size[0], 3), GREY, dtype=torch.uint8), 8.0)
    captions = (Caption(start=0.0, end=1.0, text="The bridge on the river is closed until further notice"),)
    request = VideoRequest(prompt="a bridge", seed=1, captions=captions)
    file = render_video(frames, request, config, folder=folder, attempt=1, model="tiny", logo=logo)
    with av.open(str(file.path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_burnt_captions_are_in_the_picture_while_their_cue_lasts(tmp_path: Path) -> None:
    for size in ((640, 360), (360, 640)):
        seen = frames_of(tmp_path / str(size[0]), size, **{"delivery.burn_captions": True})
        below = seen[:, size[1] * 2 // 3 :].astype(int)
        assert (below[2] > 220).sum() > 200, "letters"
        assert np.abs(below[12] - GREY).max() < 12, "nothing after the end of the cue"
        edges = below[2][:, [0, 1, -2, -1]]
        assert np.abs(edges - GREY).max() < 12, "inside of the frame"


def test_captions_stay_out_of_the_picture_unless_asked_for(tmp_path: Path) -> None:
    assert np.abs(frames_of(tmp_path, (640, 360))[2, 240:].astype(int) - GREY).max() < 12


def test_a_logo_stands_opposite_of_the_label_with_its_transparency(tmp_path: Path) -> None:
    mark = np.zeros((40, 80, 4), np.uint8)
    mark[:, :40] = (255, 0, 0, 255)  # the right half is transparent
    Image.fromarray(mark).save(tmp_path / "logo.png")
    corner = frames_of(tmp_path, (640, 360), tmp_path / "logo.png")[0, :80, :160].astype(int)
    red = (corner[..., 0] > 180) & (corner[..., 1] < 60)
    rows, columns = np.nonzero(red)
    assert 30 <= np.ptp(rows) + 1 <= 44
    assert 30 <= np.ptp(columns) + 1 <= 44, "its left half only"
    assert columns.min() >= 30
