"""Whatever file comes: a report that says what is wrong, or a clear error; never a crash, never a pass."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.videogen.audio.test_loudness import sine, write_sound
from tests.videogen.quality.scenes import labelled, moving_scene, write
from videogen.config.config import VideoGenConfig
from videogen.errors import MediaError
from videogen.quality.assessor import QualityAssessor
from videogen.quality.metrics.technical import Expected
from videogen.quality.reporting.html import render_page
from videogen.quality.reporting.report import QualityReport

SIZE = (256, 160)


def assess(path: Path, expected: Expected | None = None) -> QualityReport:
    report = QualityAssessor(VideoGenConfig(), None).assess_video(path, "a sign", expected=expected)
    assert "</html>" in render_page(report, path)
    return report


def failed_checks(report: QualityReport) -> set[str]:
    return {check.name for check in report.checks if not check.passed}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("good") / "good.mp4", labelled(moving_scene(24, SIZE)))


def test_the_good_file_passes(good: Path) -> None:
    expected = Expected(*SIZE, fps=24.0, num_frames=24, duration=1.0, label="AI-generated")
    report = assess(good, expected)
    assert report.reasons == ()
    assert report.passed


def encode(
    path: Path,
    clip: np.ndarray,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times: list[int] | None = None,
    rate: int = 24,
) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = clip.shape[2], clip.shape[1], pix_fmt
        stream.codec_context.time_base = Fraction(1, rate)
        for number, picture in enumerate(clip):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = (times[number] if times else number), Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_a_clear_error(good: Path, tmp_path: Path, share: float) -> None:
    data = good.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(MediaError, match=r"truncated|cannot be read"):
        assess(path)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"<html>not found</html>" * 100])
def test_a_file_that_is_no_video_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mislabelled.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="cannot be read"):
        assess(path)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no file found at"):
        assess(tmp_path / "nothing.mp4")


def test_a_file_without_frames_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    with pytest.raises(MediaError):
        assess(path)


def test_sound_only_is_a_clear_error(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "sound.mka", sine(0.5, -20.0))
    with pytest.raises(MediaError, match="no video stream"):
        assess(sound)


def test_a_single_frame_is_no_video(tmp_path: Path) -> None:
    report = assess(write(tmp_path / "one.mp4", moving_scene(1, SIZE)))
    assert not report.passed
    assert "moving_picture" in failed_checks(report)
    assert report.metric("dynamic_degree").value is None
    assert any("Dynamic degree" in what for what in report.not_measured)


def test_a_picture_called_mp4_does_not_pass(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "picture.mp4"
    Image.fromarray(moving_scene(1, SIZE)[0]).save(path, "PNG")
    try:
        report = assess(path)
    except MediaError:
        return
    assert not report.passed


def test_variable_rates_are_reported(tmp_path: Path) -> None:
    times = [number + (number // 4) * 3 for number in range(24)]
    report = assess(encode(tmp_path / "vfr.mkv", moving_scene(24, SIZE), times=times))
    assert not report.passed
    assert "constant_frame_rate" in failed_checks(report)


def test_odd_sizes_are_reported(tmp_path: Path) -> None:
    clip = moving_scene(12, SIZE)[:, :159, :255]
    report = assess(encode(tmp_path / "odd.mkv", np.ascontiguousarray(clip), codec="ffv1", pix_fmt="bgr0"))
    assert not report.passed
    assert "playable_everywhere" in failed_checks(report)
    assert (report.facts.width, report.facts.height) == (255, 159)


def test_ten_bits_are_reported(tmp_path: Path) -> None:
    report = assess(encode(tmp_path / "deep.mkv", moving_scene(12, SIZE), codec="ffv1", pix_fmt="yuv420p10le"))
    assert not report.passed
    assert "10 bits" in next(check.found for check in report.checks if check.name == "playable_everywhere")


@pytest.mark.parametrize("size", [(64, 64), (96, 64)])
def test_tiny_videos_get_a_report(tmp_path: Path, size: tuple[int, int]) -> None:
    report = assess(write(tmp_path / "tiny.mp4", moving_scene(6, size)), Expected(label="AI-generated"))
    assert not report.passed
    assert "label_present" in failed_checks(report)


@pytest.mark.parametrize(
    ("expected", "check"),
    [
        (Expected(width=1280, height=720), "size"),
        (Expected(fps=25.0), "frame_rate"),
        (Expected(fps=24000 / 1001), "frame_rate"),
        (Expected(num_frames=25), "frame_count"),
        (Expected(duration=1.1), "duration"),
        (Expected(label="Made by a person"), "label_present"),
        (Expected(label="AI-generated", label_position="bottom-left"), "label_present"),
    ],
)
def test_what_was_not_ordered_does_not_pass(good: Path, expected: Expected, check: str) -> None:
    report = assess(good, expected)
    assert not report.passed
    assert failed_checks(report) == {check} | ({"label_legible"} if "label" in check else set())
    assert report.suggestions[0].from_stage == "rendered_video"


@pytest.mark.fuzz("video")
@settings(max_examples=examples(12), deadline=None)
@given(seed=st.integers(0, 10_000))
def test_damaged_bytes_never_crash_and_never_hide_missing_frames(
    good: Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    random = np.random.default_rng(seed)
    data = bytearray(good.read_bytes())
    start = int(random.integers(len(data) // 4, len(data) - 400))
    data[start : start + 300] = random.integers(0, 256, 300, dtype=np.uint8).tobytes()
    path = tmp_path_factory.mktemp("damaged") / "damaged.mp4"
    path.write_bytes(bytes(data))
    try:
        report = assess(path)
    except MediaError:
        return
    if report.facts.frames_measured < report.facts.num_frames:
        assert not report.passed
        assert "decodes" in failed_checks(report)


def test_sound_that_is_too_loud_is_reported(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "loud.mkv"
    tone = np.rint(sine(1.0, -6.0).T * 32767).astype(np.int16).reshape(1, -1)
    with av.open(str(path), "w") as out, av.open(str(good)) as source:
        video = out.add_stream_from_template(source.streams.video[0])
        audio = out.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="stereo")
        frame.sample_rate = 48_000
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
        out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    report = assess(path)
    assert "loudness" in failed_checks(report)
    assert any("LUFS" in reason for reason in report.reasons)
