from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.videogen.super_resolution.numbered_videos import (
    config_with,
    number_of,
    numbered,
    shown_in,
    upscale,
)
from videogen.runtime import progress
from videogen.super_resolution.files import video_file


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "SEGMENT", 8)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from videogen.runtime import progress
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution.files import video_file

    video_file.SEGMENT = 8
    config = VideoGenConfig().updated({"super_resolution.upscaler": "lanczos", "delivery.preset": "ultrafast",
                                       "delivery.crf": 10})

    def die(report):
        if report.done == 21:
            os.kill(os.getpid(), signal.SIGKILL)

    with progress.listen(die):
        video_file.upscale_video(Path(sys.argv[1]), Path(sys.argv[2]), config, None, "cpu", height=96)
"""


def test_killed_work_goes_on_and_gives_the_same_file(write, tmp_path):
    source = write(numbered(27), sound="aac")
    target = tmp_path / "out.mp4"
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(source), str(target)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not target.exists()
    finished = sorted(path.name for path in (tmp_path / "out.mp4.parts").glob("0*.mp4"))
    assert finished == ["000000.mp4", "000001.mp4"]
    done = []
    with progress.listen(lambda report: done.append(report.done)):
        made = upscale(source, target)
    assert made.resumed_at == 16
    assert done[0] == 16
    assert upscale(source, tmp_path / "whole.mp4").resumed_at == 0
    assert target.read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert not (tmp_path / "out.mp4.parts").exists()


class _Stopped(Exception):
    pass


def _interrupted(source: Path, target: Path, at: int, **options: Any) -> None:
    def stop(report: progress.Progress) -> None:
        if report.done == at:
            raise _Stopped

    with progress.listen(stop), pytest.raises(_Stopped):
        upscale(source, target, **options)


@pytest.mark.parametrize("change", ["source", "size", "strength"])
def test_another_source_or_setting_begins_anew(write, tmp_path, change):
    source, target = write(numbered(20)), tmp_path / "out.mp4"
    _interrupted(source, target, 13)
    options: dict[str, Any] = {}
    if change == "source":
        write(numbered(20)[::-1])
    if change == "size":
        options["height"] = 144
    if change == "strength":
        options["config"] = config_with(super_resolution__temporal_strength=0.1)
    made = upscale(source, target, **options)
    assert made.resumed_at == 0
    numbers = [number_of(frame) for frame in shown_in(target)[1]]
    assert numbers == (list(range(19, -1, -1)) if change == "source" else list(range(20)))


def test_what_steps_remember_crosses_the_borders_of_parts(write, tmp_path, monkeypatch):
    """Steadied in parts, also by two runs, a video is what it is when steadied as one."""
    flicker = np.random.default_rng(0).integers(-6, 7, (20, 1, 1, 1))
    frames = np.clip(numbered(1).astype(int) + flicker, 0, 255).astype(np.uint8)
    source = write(frames)
    config = config_with(super_resolution__temporal_strength=1.0)
    _interrupted(source, tmp_path / "parts.mp4", 13, config=config)
    assert upscale(source, tmp_path / "parts.mp4", config=config).resumed_at == 8
    monkeypatch.setattr(video_file, "SEGMENT", 64)
    upscale(source, tmp_path / "one.mp4", config=config)
    parts, one = (np.stack(shown_in(tmp_path / name)[1]).astype(int) for name in ("parts.mp4", "one.mp4"))
    # What differs is the encoder's, which begins anew with each part.
    assert np.abs(parts - one).max(axis=(1, 2, 3)).max() <= 8
    assert np.abs(parts - one).mean() < 0.5
    without = config_with(super_resolution__temporal_strength=0.0)
    upscale(source, tmp_path / "not.mp4", config=without)
    restless, calm = (
        np.abs(np.diff(np.stack(shown_in(tmp_path / n)[1]).astype(int), axis=0)).mean()
        for n in ("not.mp4", "parts.mp4")
    )
    assert calm < 0.6 * restless
