from __future__ import annotations

import itertools

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.domain.requests import Caption, VideoRequest
from videogen.media.captions import LINE, LINES, as_webvtt, cues_for, mov_text_sample, spread


def test_short_prompt_is_one_cue_over_the_whole_video():
    (cue,) = cues_for(VideoRequest(prompt="a wind farm at sunset"), 2.0)
    assert (cue.start, cue.end, cue.text) == (0.0, 2.0, "a wind farm at sunset")


def test_title_goes_before_the_prompt():
    (cue,) = cues_for(VideoRequest(prompt="a very detailed prompt", title="Wind power"), 2.0)
    assert cue.text == "Wind power"


def test_emphasis_marks_are_not_shown():
    (cue,) = cues_for(VideoRequest(prompt="a (red bus:1.4) driving left"), 2.0)
    assert cue.text == "a red bus driving left"


def test_own_cues_are_kept_cut_at_the_end_and_left_out_behind_it():
    own = tuple(Caption(start=a, end=b, text=text) for a, b, text in ((0, 1, "one"), (1.5, 9, "two"), (9, 10, "three")))
    cues = cues_for(VideoRequest(prompt="x", captions=own), 2.0)
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [(0, 1, "one"), (1.5, 2.0, "two")]


@given(
    words=st.lists(st.text("abcdefghij", min_size=1, max_size=14), min_size=1, max_size=120),
    duration=st.floats(0.5, 60.0),
)
def test_spread_cues_are_readable_ordered_and_fill_the_duration(words, duration):
    text = " ".join(words)
    cues = spread(text, duration)
    assert cues[0].start == 0.0
    assert cues[-1].end == pytest.approx(duration, abs=0.001)
    for before, after in itertools.pairwise(cues):
        assert before.end == after.start
    for cue in cues:
        assert len(cue.text.splitlines()) <= LINES
        assert all(len(line) <= LINE for line in cue.text.splitlines())
    shown = " ".join(" ".join(cue.text.split()) for cue in cues).removesuffix("…").strip()
    assert text.startswith(shown)
    assert shown == text or cues[-1].text.endswith("…")


@given(words=st.integers(100, 400), duration=st.floats(2.0, 20.0))
def test_long_texts_are_cut_to_what_can_be_read(words, duration):
    cues = spread("word " * words, duration)
    assert sum(len(cue.text) for cue in cues) <= max(duration * 20.0, LINE * LINES) + len(" …")


def test_webvtt_is_read_back_by_ffmpeg_with_special_characters(tmp_path):
    path = tmp_path / "captions.vtt"
    cues = (
        Caption(start=0.0, end=1.5, text="5 < 6 & 7 > 3 --> ok"),
        Caption(start=1.5, end=3661.25, text="हिन्दी\n\nzwei"),
    )
    path.write_text(as_webvtt(cues), encoding="utf-8")
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    assert [float(packet.pts * packet.time_base) for packet in packets] == [0.0, 1.5]
    assert float(packets[1].duration * packets[1].time_base) == pytest.approx(3659.75)
    assert bytes(packets[0]).decode() == "5 &lt; 6 &amp; 7 &gt; 3 --&gt; ok"
    assert bytes(packets[1]).decode() == "हिन्दी\nzwei"


def test_captions_hold_nothing_that_ends_them_or_turns_them(tmp_path):
    text = "a\x00b\x1b[2Jc\u202edef\x0b\x0c\r\n\r\n\x85 --> \x00\nnext"
    content = as_webvtt([Caption(start=0, end=1, text=text), Caption(start=1, end=2, text="last")])
    path = tmp_path / "captions.vtt"
    path.write_text(content, encoding="utf-8")
    with av.open(str(path)) as container:
        packets = [bytes(packet).decode() for packet in container.demux() if packet.size]
    assert packets == ["ab[2Jcdef\n --&gt;\nnext", "last"]
    assert mov_text_sample(text)[2:].decode() == "ab[2Jcdef\n -->\nnext"


def test_marks_of_direction_that_a_script_needs_stay():
    assert "\u200fשלום\u200e" in as_webvtt([Caption(start=0, end=1, text="\u200fשלום\u200e")])


def test_empty_text_makes_no_cue():
    assert spread("  \n ", 2.0) == ()


def test_mov_text_sample_counts_bytes_not_letters():
    assert mov_text_sample("é") == b"\x00\x02\xc3\xa9"
