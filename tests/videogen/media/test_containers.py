"""mp4, mov and webm: the same pictures, captions and sound, read back from each."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from videogen.domain.requests import Caption
from videogen.media.containers import MOV, MP4, WEBM_AV1, WEBM_VP9, Container, container_of, media_type_of
from videogen.media.encoding import CaptionTrack, Encoding, Sound, write_mp4
from videogen.media.reading import iterate_frames, probe

KINDS = {"mp4": MP4, "mov": MOV, "webm": WEBM_VP9, "webm-av1": WEBM_AV1}
CUES = (Caption(start=0.0, end=0.5, text="Rain & <wind>\nfrom noon"), Caption(start=0.5, end=1.0, text="नमस्ते"))


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """A second at 24 frames a second: colour bars that move."""
    bars = np.array([(200, 30, 30), (30, 160, 40), (40, 60, 200), (210, 200, 60)], np.uint8).repeat(24, axis=0)
    return np.stack([np.broadcast_to(np.roll(bars, 2 * n, axis=0), (64, 96, 3)) for n in range(24)])


@pytest.fixture(scope="module", params=KINDS)
def written(request: pytest.FixtureRequest, pictures: np.ndarray, tmp_path_factory: pytest.TempPathFactory):
    kind: Container = KINDS[request.param]
    path = tmp_path_factory.mktemp("written") / f"film{kind.suffix}"
    tone = np.sin(np.arange(48_000) * 2 * np.pi * 440 / 48_000).astype(np.float32) / 2
    write_mp4(
        path,
        iter(pictures),
        Encoding((96, 64), Fraction(24), crf=8, container=kind),
        captions=CUES,
        tracks=[CaptionTrack("hin", CUES[1:])],
        sound=Sound(tone),
        metadata={"title": "A film", "comment": "request=1; label=x"},
    )
    return kind, path


def test_the_file_is_what_it_is_called(written) -> None:
    kind, path = written
    info = probe(path)
    assert (info.codec, info.pix_fmt, info.num_frames, info.fps) == (kind.codec, "yuv420p", 24, 24.0)
    assert (info.has_audio, info.has_captions, info.variable_frame_rate) == (True, True, False)
    assert info.duration == pytest.approx(1.0, abs=0.0011)
    facts = {name.lower(): text for name, text in info.metadata.items()}
    assert (facts["title"], facts["comment"]) == ("A film", "request=1; label=x")
    assert media_type_of(path) == kind.media_type


def test_the_pictures_are_those_that_were_given(written, pictures: np.ndarray) -> None:
    read = np.concatenate(list(iterate_frames(written[1])))
    assert np.abs(read.astype(int) - pictures).mean() < 4


def test_captions_and_sound_are_there_whole(written) -> None:
    kind, path = written
    with av.open(str(path)) as container:
        texts = [stream for stream in container.streams if stream.type == "subtitle"]
        assert [stream.metadata.get("language") for stream in texts][1] == "hin"
        packets = [packet for packet in container.demux(texts[0]) if packet.size]
        assert bytes(packets[0]) == kind.sample(CUES[0].text)
        assert [round(float(packet.pts * packet.time_base), 3) for packet in packets][:2] == [0.0, 0.5]
    with av.open(str(path)) as container:
        heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])
        rate = container.streams.audio[0].rate
    assert len(heard) / rate == pytest.approx(1.0, abs=0.06)
    spectrum = np.abs(np.fft.rfft(heard))
    assert spectrum.argmax() * rate / len(heard) == pytest.approx(440, abs=2)


def test_the_settings_name_the_container() -> None:
    assert (container_of("mp4"), container_of("mov"), container_of("webm"), container_of("webm", "av1")) == (
        MP4, MOV, WEBM_VP9, WEBM_AV1,
    )  # fmt: skip
