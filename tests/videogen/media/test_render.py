from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from videogen.config.config import VideoGenConfig
from videogen.domain.artifacts import Frames
from videogen.domain.requests import Caption, VideoRequest
from videogen.errors import MediaError, StorageError
from videogen.media.interpolation import interpolate
from videogen.media.label import Label
from videogen.media.render import render_video
from videogen.runtime import progress

SIZE = (320, 180)


@pytest.fixture
def config() -> VideoGenConfig:
    return VideoGenConfig().updated({"processing.resolution": SIZE})


@pytest.fixture
def request_() -> VideoRequest:
    return VideoRequest(prompt="a red disc moves to the right & <stops>", seed=1)


@pytest.fixture
def frames(moving_disc) -> Frames:
    return Frames(torch.from_numpy(moving_disc(16, SIZE[1], SIZE[0], 5.0)), 8.0)


def _render(frames, request_, config, folder, **changes):
    return render_video(frames, request_, config, folder=folder, attempt=2, model="pib-mini@abc", **changes)


def _decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def _boxes(data: bytes) -> list[str]:
    """Names of the top-level boxes (ISO/IEC 14496-12, 4.2)."""
    names, place = [], 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        names.append(data[place + 4 : place + 8].decode("ascii"))
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        place += size or len(data)
    return names


def test_default_clip_lasts_two_seconds_in_exactly_48_frames(frames, request_, config, tmp_path):
    video = _render(frames, request_, config, tmp_path)
    with av.open(str(video.path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == SIZE
        assert stream.average_rate == stream.base_rate == 24
        assert stream.duration * stream.time_base == 2
        times = [float(frame.pts * stream.time_base) for frame in container.decode(stream)]
    assert times == pytest.approx([number / 24 for number in range(48)])
    assert (video.facts.num_frames, video.facts.duration, video.facts.fps) == (48, 2.0, 24.0)


@pytest.mark.parametrize("fps", [1, 7, 30, 60])
def test_any_output_rate_is_met_exactly(request_, config, tmp_path, moving_disc, fps):
    frames = Frames(torch.from_numpy(moving_disc(8, SIZE[1], SIZE[0], 2.0)), 8.0)
    video = _render(frames, request_, config.updated({"processing.fps": fps}), tmp_path)
    with av.open(str(video.path)) as container:
        stream = container.streams.video[0]
        assert stream.frames == fps
        assert stream.average_rate == fps
        assert stream.duration * stream.time_base == 1


def test_stream_is_h264_yuv420p_tagged_bt709_limited_range(frames, request_, config, tmp_path):
    video = _render(frames, request_, config, tmp_path)
    with av.open(str(video.path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (
            1,
            1,
            1,
            1,
        )


def test_colours_are_converted_with_the_bt709_matrix(request_, config, tmp_path):
    """Decoded luma is compared with the matrix of ITU-R BT.709-6, item 3.2 and 3.4, computed here."""
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 120, 30], [30, 120, 200], [128, 128, 128]])
    picture = np.repeat(colours, 50, axis=0)[None].repeat(SIZE[1], axis=0)[:, : SIZE[0]]
    picture = np.pad(picture, ((0, 0), (0, SIZE[0] - picture.shape[1]), (0, 0))).astype(np.uint8)
    frames = Frames(torch.from_numpy(np.repeat(picture[None], 4, axis=0)), 8.0)
    video = _render(frames, request_, config, tmp_path)
    with av.open(str(video.path)) as container:
        frame = next(container.decode(video=0))
    planes = frame.to_ndarray()
    rgb = frame.to_ndarray(format="rgb24", src_colorspace="ITU709")
    for number, colour in enumerate(colours):
        x = number * 50 + 25
        share = colour / 255.0
        luma = 16 + 219 * (share @ (0.2126, 0.7152, 0.0722))
        wrong = 16 + 219 * (share @ (0.299, 0.587, 0.114))
        assert abs(planes[150, x] - luma) <= 2
        assert abs(luma - wrong) < 3 or abs(planes[150, x] - wrong) > 2
        assert np.abs(rgb[150, x].astype(int) - colour).max() <= 3


def test_index_comes_before_the_pictures(frames, request_, config, tmp_path):
    boxes = _boxes(_render(frames, request_, config, tmp_path).path.read_bytes())
    assert boxes[0] == "ftyp"
    assert boxes.index("moov") < boxes.index("mdat")


def test_metadata_names_request_attempt_model_and_label(frames, request_, config, tmp_path):
    video = _render(frames, request_, config, tmp_path)
    with av.open(str(video.path)) as container:
        written = container.metadata
    assert written["title"] == request_.prompt
    parts = dict(part.split("=", 1) for part in written["comment"].split("; "))
    assert parts == {"request": request_.id, "attempt": "2", "model": "pib-mini@abc", "label": "AI-generated"}
    assert video.facts.metadata["comment"] == written["comment"]


def test_the_title_in_the_file_has_no_emphasis_marks(frames, config, tmp_path):
    video = _render(frames, VideoRequest(prompt="a (red disc:1.4) moves"), config, tmp_path)
    assert video.facts.metadata["title"] == "a red disc moves"


def test_every_single_frame_carries_the_label(frames, request_, config, tmp_path):
    video = _render(frames, request_, config, tmp_path)
    label = Label.fitted("AI-generated", SIZE)
    left, top, right, bottom = label.box
    for frame in _decoded(video.path):
        shown = frame[top:bottom, left:right].mean(axis=2)
        assert np.corrcoef(shown.ravel(), label.ink.ravel())[0, 1] > 0.9


def test_pictures_are_the_interpolated_frames(frames, request_, config, tmp_path, psnr):
    video = _render(frames, request_, config.updated({"delivery.crf": 5}), tmp_path)
    expected = np.stack(list(interpolate(frames.frames.numpy(), 48)))
    below_label = slice(SIZE[1] // 3, None)
    assert psnr(_decoded(video.path)[:, below_label], expected[:, below_label]) > 28


def test_captions_are_a_track_and_a_file_with_the_same_texts_and_times(frames, request_, config, tmp_path):
    cues = (
        Caption(start=0.25, end=0.75, text="First {line},\nsecond <line>"),
        Caption(start=1.0, end=9.0, text="हिन्दी"),
    )
    video = _render(frames, request_.model_copy(update={"captions": cues}), config, tmp_path)
    with av.open(str(video.path)) as container:
        stream = container.streams.subtitles[0]
        assert stream.codec_context.name == "mov_text"
        samples = [packet for packet in container.demux(stream) if packet.size > 2]
    texts = [bytes(packet)[2:].decode("utf-8") for packet in samples]
    times = [(float(p.pts * p.time_base), float((p.pts + p.duration) * p.time_base)) for p in samples]
    assert texts == [cue.text for cue in cues]
    assert times == [(0.25, 0.75), (1.0, 2.0)]
    with av.open(str(video.captions_path)) as container:
        beside = [packet for packet in container.demux() if packet.size]
    assert [float(packet.pts * packet.time_base) for packet in beside] == [0.25, 1.0]


def test_captions_can_be_switched_off(frames, request_, config, tmp_path):
    video = _render(frames, request_, config.updated({"delivery.captions": False}), tmp_path)
    assert video.captions_path is None
    assert [path.name for path in tmp_path.iterdir()] == ["rendered_video.mp4"]
    with av.open(str(video.path)) as container:
        assert not container.streams.subtitles


def test_facts_describe_the_file(frames, request_, config, tmp_path):
    import hashlib

    video = _render(frames, request_, config, tmp_path)
    data = video.path.read_bytes()
    assert (video.facts.sha256, video.facts.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rendered_video.mp4", "rendered_video.vtt"]


def test_frames_of_another_size_are_refused(request_, config, tmp_path):
    wrong = Frames(torch.zeros((2, 64, 64, 3), dtype=torch.uint8), 8.0)
    with pytest.raises(MediaError, match=r"64×64, but processing\.resolution is 320×180"):
        _render(wrong, request_, config, tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_frames_are_refused(request_, config, tmp_path):
    with pytest.raises(MediaError):
        _render(Frames(torch.zeros((0, 180, 320, 3), dtype=torch.uint8), 8.0), request_, config, tmp_path)


def test_stopping_on_the_way_leaves_no_file(frames, request_, config, tmp_path):
    def stop(step: progress.Progress) -> None:
        if step.done == 20:
            raise InterruptedError("enough")

    with progress.listen(stop), pytest.raises((InterruptedError, StorageError)):
        _render(frames, request_, config, tmp_path)
    assert not list(tmp_path.glob("*.mp4"))
    assert not list(tmp_path.glob(".*"))


def test_full_disk_is_a_storage_error_and_leaves_the_old_video(tmp_path):
    """A file size limit makes the kernel refuse writes in the middle of encoding, as a full disk does."""
    (tmp_path / "rendered_video.mp4").write_bytes(b"the video of before")
    script = f"""
import resource, signal, torch
from pathlib import Path
from videogen.domain.artifacts import Frames
from videogen.config.config import VideoGenConfig
from videogen.errors import StorageError
from videogen.media.render import render_video
from videogen.domain.requests import VideoRequest
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
frames = Frames(torch.randint(0, 255, (8, 180, 320, 3), dtype=torch.uint8), 8.0)
config = VideoGenConfig().updated({{"processing.resolution": (320, 180)}})
try:
    folder = Path({str(tmp_path)!r})
    render_video(frames, VideoRequest(prompt="noise"), config, folder=folder, attempt=1, model="x")
except StorageError as error:
    print("StorageError:", error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path.cwd())
    assert "StorageError: cannot write" in done.stdout, done.stderr
    assert (tmp_path / "rendered_video.mp4").read_bytes() == b"the video of before"
    assert not [path for path in tmp_path.iterdir() if path.name.endswith((".tmp", ".part"))]


def test_memory_does_not_grow_with_the_length(request_, config, tmp_path):
    """120 frames from a memory map are 83 MB; had they been collected, the second half would show it."""
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("memory of one kind is read from /proc")
    count, path, held = 120, tmp_path / "frames.bin", []
    still = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    with path.open("wb") as file:
        for number in range(count):
            file.write(np.roll(still, 4 * number, axis=1).tobytes())
    pixels = torch.from_file(str(path), size=count * still.size, dtype=torch.uint8).view(count, *still.shape)

    def sample(step: progress.Progress) -> None:
        line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        held.append(int(line.split()[1]) / 1000)

    changed = config.updated({"processing.resolution": (640, 360), "processing.fps": 8})
    with progress.listen(sample):
        _render(Frames(pixels, 8.0), request_, changed, tmp_path)
    assert len(held) == count
    assert max(held[count // 2 :]) - max(held[: count // 2]) < 15
