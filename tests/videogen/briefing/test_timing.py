"""One clock: shots in whole frames, speech at frames, captions inside of the measured speech."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tests.videogen.briefing.releases import LAMPS, PORTS, read, storyboard_of
from videogen.audio.loudness import RATE
from videogen.briefing.narration.silence import SilentVoice
from videogen.briefing.narration.speaking import narrated
from videogen.briefing.storyboard.model import Shot
from videogen.briefing.timing.captions import FORMS, LONGEST, captions_of, graphemes
from videogen.briefing.timing.timeline import scheduled
from videogen.errors import InputError

RATES = [Fraction(2), Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001)]


def timeline_of(text: str, fps: Fraction = Fraction(25), target: int = 90):
    document = read(text)
    storyboard = storyboard_of(document, target)
    narration = narrated(storyboard, document.language, SilentVoice())
    return scheduled(storyboard.shots_in(document.language), narration, fps)


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_shots_follow_each_other_without_gap_and_speech_is_inside_of_its_shot(fps):
    timeline = timeline_of(PORTS, fps)
    position = 0
    for timed in timeline.shots:
        assert timed.start == position
        position += timed.count
        for cue in timed.cues:
            assert timed.start <= cue.start
            assert cue.end(fps) <= (timed.start + timed.count) / fps
    assert timeline.frames == position


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_sound_never_drifts_from_the_pictures(fps):
    timeline = timeline_of(PORTS, fps)
    for timed in timeline.shots:
        for cue in timed.cues:
            assert abs(Fraction(timeline.sample(cue.start), RATE) - cue.start / fps) <= Fraction(1, RATE)
    assert abs(timeline.samples / RATE - float(timeline.frames / fps)) <= 1 / RATE


def test_a_text_that_is_only_read_stands_long_enough():
    shot = Shot(id="end", kind="end")
    narration = narrated(storyboard_of(read(PORTS)), "en", SilentVoice())
    timeline = scheduled((shot,), narration, Fraction(25), {"end": "x" * 150})
    assert timeline.seconds >= 150 / 15


def test_more_than_five_minutes_are_refused_with_the_longest_shots():
    class Slow(SilentVoice):
        def speak(self, text):
            return np.zeros(60 * RATE, np.float32)

    storyboard = storyboard_of(read(PORTS))
    with pytest.raises(InputError, match=r"s more than the 300 s that it may") as caught:
        scheduled(storyboard.shots_in("en"), narrated(storyboard, "en", Slow()), Fraction(25))
    assert "figure-1" in caught.value.remedy


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("text", [PORTS, LAMPS], ids=["english", "hindi"])
def test_captions_follow_the_rules_of_their_format(name, text):
    timeline, form = timeline_of(text), FORMS[name]
    cues = captions_of(timeline, form)
    for number, cue in enumerate(cues):
        lines = cue.text.split("\n")
        assert len(lines) <= form.lines
        assert all(graphemes(line) <= form.line for line in lines)
        assert 0 < cue.end - cue.start <= LONGEST + 1e-6
        if number:
            assert cues[number - 1].end <= cue.start + 1e-6


@pytest.mark.parametrize("name", FORMS)
def test_captions_say_what_is_spoken_letter_by_letter(name):
    timeline = timeline_of(PORTS)
    said = " ".join(cue.spoken.text for timed in timeline.shots for cue in timed.cues)
    shown = " ".join(cue.text.replace("\n", " ") for cue in captions_of(timeline, FORMS[name]))
    assert shown.split() == said.split()


def test_no_caption_stands_across_a_cut_and_each_begins_with_its_voice():
    timeline = timeline_of(PORTS)
    cuts = [float(timed.start / timeline.fps) for timed in timeline.shots[1:]]
    cues = captions_of(timeline, FORMS["wide"])
    assert not any(cue.start < cut - 1e-3 and cue.end > cut + 1e-3 for cue in cues for cut in cuts)
    starts = {round(cue.start, 3) for cue in cues}
    for timed in timeline.shots:
        for cue in timed.cues:
            assert any(abs(start - float(cue.start / timeline.fps)) < 0.1 for start in starts)


def test_grapheme_clusters_are_counted_not_code_points():
    assert graphemes("हिन्दी") < len("हिन्दी")
