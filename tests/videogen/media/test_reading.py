from __future__ import annotations

import av
import numpy as np
import pytest

from videogen.errors import MediaError
from videogen.media.reading import iterate_frames, probe, read_frames


def test_probe_tells_the_facts(write_video, moving_disc):
    info = probe(write_video(moving_disc(12), fps=24, sound=True))
    assert (info.width, info.height, info.num_frames, info.codec, info.pix_fmt) == (
        192,
        120,
        12,
        "h264",
        "yuv420p",
    )
    assert info.fps == pytest.approx(24.0, rel=1e-3)
    assert info.duration == pytest.approx(0.5, rel=1e-3)
    assert info.has_audio
    assert not info.variable_frame_rate
    assert info.bit_depth == 8


def test_constant_rate_that_does_not_divide_the_time_base_is_not_called_variable(write_video, moving_disc):
    assert not probe(write_video(moving_disc(12), "clip.mkv", fps=30)).variable_frame_rate


def test_variable_frame_rate_is_reported(write_video, moving_disc):
    info = probe(write_video(moving_disc(6), fps=10, times=[0, 1, 2, 6, 7, 12]))
    assert info.variable_frame_rate
    assert info.num_frames == 6
    assert info.duration == pytest.approx(1.3, abs=0.11)


@pytest.mark.parametrize("window", [1, 5, 12, 50])
def test_windows_hold_every_frame_once_in_order(write_video, moving_disc, window, psnr):
    clip = moving_disc(12)
    windows = list(iterate_frames(write_video(clip), window))
    assert [len(part) for part in windows][:-1] == [window] * (len(windows) - 1)
    frames = np.concatenate(windows)
    assert frames.shape == clip.shape
    for number in range(12):
        distances = [np.abs(frames[number].astype(int) - other).mean() for other in clip]
        assert int(np.argmin(distances)) == number
    assert psnr(frames, clip) > 25


def test_counted_frames_are_those_that_are_read(write_video, moving_disc):
    path = write_video(moving_disc(12))
    assert probe(path).num_frames == sum(map(len, iterate_frames(path))) == 12


def test_random_access_gives_the_same_pictures_as_reading_through(write_video, moving_disc):
    path = write_video(moving_disc(12))
    through = np.concatenate(list(iterate_frames(path)))
    picked = read_frames(path, [11, 0, 5, 5])
    assert np.abs(picked.astype(int) - through[[11, 0, 5, 5]]).max() <= 3
    assert read_frames(path, []).shape == (0, 120, 192, 3)


def test_frames_are_reduced_to_what_a_small_picture_needs_and_never_enlarged(write_video, moving_disc, psnr):
    path = write_video(moving_disc(12))
    whole, small = read_frames(path, [0, 7]), read_frames(path, [0, 7], longest=96)
    averaged = whole.reshape(2, 60, 2, 96, 2, 3).mean(axis=(2, 4))
    assert small.shape == (2, 60, 96, 3)
    assert psnr(small, averaged) > 25
    assert np.abs((small - averaged).mean(axis=(0, 1, 2))).max() < 1
    assert read_frames(path, [7], longest=1000).shape == whole[1:].shape


def test_number_beyond_the_end_is_an_error(write_video, moving_disc):
    with pytest.raises(MediaError, match="frames 0 to 11, not 12"):
        read_frames(write_video(moving_disc(12)), [3, 12])


def test_ten_bit_video_is_read_as_eight_bit_pictures(write_video, moving_disc, psnr):
    clip = moving_disc(4)
    path = write_video(clip, pix_fmt="yuv420p10le")
    info = probe(path)
    assert (info.bit_depth, info.pix_fmt) == (10, "yuv420p10le")
    frames = next(iterate_frames(path))
    assert frames.dtype == np.uint8
    assert psnr(frames, clip) > 25


def test_odd_sizes_are_read_whole(write_video, moving_disc, psnr):
    clip = moving_disc(3, 91, 133)
    path = write_video(clip, "odd.mkv", codec="ffv1", pix_fmt="yuv420p")
    assert (probe(path).width, probe(path).height) == (133, 91)
    assert next(iterate_frames(path)).shape == (3, 91, 133, 3)
    assert read_frames(path, [1]).shape == (1, 91, 133, 3)


def test_picture_turned_by_a_telephone_is_shown_upright(write_video, moving_disc, tmp_path):
    clip = moving_disc(2)
    turned = tmp_path / "turned.mp4"
    source = write_video(clip)
    data = bytearray(source.read_bytes())
    # The display matrix of the track header (ISO/IEC 14496-12, 8.3.2): a quarter turn.
    place = data.index(b"tkhd") + 4 + 40
    quarter = (0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 0, 0, 0x40000000)
    data[place : place + 36] = b"".join(value.to_bytes(4, "big") for value in quarter)
    turned.write_bytes(data)
    info = probe(turned)
    assert (info.width, info.height, abs(info.rotation)) == (120, 192, 90)
    upright = next(iterate_frames(turned))
    # Matrix (a b; c d) = (0 1; −1 0) maps right to down: the left column of the file becomes the top row.
    assert np.abs(upright[0].astype(int) - np.rot90(clip[0], -1)).mean() < 6


def test_missing_file_is_named():
    from pathlib import Path

    for read in (probe, lambda path: list(iterate_frames(path)), lambda path: read_frames(path, [0])):
        with pytest.raises(MediaError, match=r"no file found at nowhere\.mp4"):
            read(Path("nowhere.mp4"))


def test_text_file_is_no_video(tmp_path):
    path = tmp_path / "video.mp4"
    path.write_text("this is no video " * 100)
    for read in (probe, lambda path: list(iterate_frames(path)), lambda path: read_frames(path, [0])):
        with pytest.raises(MediaError, match="cannot be read as a video"):
            read(path)


def test_file_without_its_index_is_an_error(write_video, moving_disc, tmp_path):
    whole = write_video(moving_disc(24)).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: whole.rindex(b"moov") - 8])
    for read in (probe, lambda path: list(iterate_frames(path)), lambda path: read_frames(path, [0])):
        with pytest.raises(MediaError):
            read(path)


def test_file_cut_off_behind_its_index_is_called_truncated(write_video, moving_disc, tmp_path):
    whole = write_video(moving_disc(24), options={"movflags": "+faststart"}).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match="truncated: its index lists 24 frames"):
        probe(path)
    with pytest.raises(MediaError, match=r"truncated|cannot be read"):
        list(iterate_frames(path))


def test_sound_without_picture_is_refused(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        tone.sample_rate, tone.pts = 48000, 0
        container.mux(stream.encode(tone))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="no video stream"):
        probe(path)
    with pytest.raises(MediaError):
        read_frames(path, [0])


def test_video_without_a_single_frame_is_refused(tmp_path):
    path = tmp_path / "empty.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    with pytest.raises(MediaError):
        probe(path)
    with pytest.raises(MediaError):
        list(iterate_frames(path))
