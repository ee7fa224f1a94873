from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from videogen_dagster import cli

PLAIN = "super_resolution:\n  upscaler: lanczos\ndelivery:\n  preset: ultrafast\n"


@pytest.fixture
def videogen(tmp_path, capfd, monkeypatch) -> Callable[..., tuple[int, str, str]]:
    """Runs the command as the console script does, in this process; gives exit code, stdout, stderr."""
    config = tmp_path / "config.yaml"
    config.write_text(PLAIN, encoding="utf-8")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["videogen", "--config", str(config), *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture
def video(tmp_path) -> Path:
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        for number in range(5):
            frame = np.full((72, 128, 3), 40 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_video_comes_out_larger_and_the_path_is_printed(videogen, video, tmp_path):
    target = tmp_path / "out.mp4"
    code, out, err = videogen("upscale", video, target, "--height", 216)
    assert (code, out.strip()) == (0, str(target))
    assert "5 frames of 384×216" in err
    with av.open(str(target)) as container:
        assert [(frame.width, frame.height) for frame in container.decode(video=0)] == [(384, 216)] * 5


def test_json_is_one_document(videogen, video, tmp_path):
    code, out, _ = videogen("upscale", video, tmp_path / "out.mp4", "--width", 256, "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["width"], facts["height"], facts["num_frames"], facts["resumed_at"]) == (256, 144, 5, 0)
    assert facts["streams"] == {"copied": [], "encoded": [], "left_out": [], "damaged": 0}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere.mp4", "out.mp4"), 8, "no file found at nowhere.mp4"),
        (("in.mp4", "out.mp4", "--height", 1081), 3, "--height is 1081"),
        (("in.mp4", "out.mp4", "--height", 64), 3, "not larger"),
        (("in.mp4", "in.mp4"), 3, "same file"),
        (("in.mp4", "out.mp4", "--set", "super_resolution.tile=small"), 2, "super_resolution.tile"),
        (("in.mp4", "out.mp4", "--weights", "RealESRGAN_x4plus.pth"), 5, "RealESRGAN_x4plus.pth"),
    ],
)
def test_what_is_wrong_is_said_with_its_exit_code(videogen, video, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    before = video.read_bytes()
    ended, out, err = videogen("upscale", *arguments, "--json")
    assert ended == code
    assert words in err
    assert words in json.loads(out)["error"]["problem"]
    assert video.read_bytes() == before
    assert not (tmp_path / "out.mp4").exists()
