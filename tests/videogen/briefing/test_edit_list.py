"""The timeline for editing programs."""

from __future__ import annotations

import pytest

from tests.videogen.briefing.conftest import Finished
from videogen.briefing.assembly.edit_list import as_otio, can_write_edit_lists

pytestmark = pytest.mark.skipif(not can_write_edit_lists(), reason="the extra otio is not installed")


def test_shots_and_sentences_stand_in_it_frame_by_frame(planned_timeline):
    import opentimelineio as otio

    timeline = planned_timeline
    made = otio.adapters.read_from_string(as_otio(timeline, "Forty wells", "en_square.mp4"), "otio_json")
    pictures, speech = made.tracks
    assert made.duration().to_frames() == timeline.frames
    assert [clip.range_in_parent().start_time.to_frames() for clip in pictures] == [x.start for x in timeline.shots]
    assert [clip.source_range.start_time for clip in pictures] == [x.range_in_parent().start_time for x in pictures]
    assert {clip.media_reference.target_url for clip in pictures} == {"en_square.mp4"}
    cues = [cue for timed in timeline.shots for cue in timed.cues]
    clips = speech.find_clips()
    assert [clip.name for clip in clips] == [cue.spoken.text for cue in cues]
    assert [clip.range_in_parent().start_time.to_frames() for clip in clips] == [cue.start for cue in cues]
    assert speech.duration() == pictures.duration()
    assert pictures[0].metadata["pib_videogen"]["kind"] == "title"


@pytest.fixture
def planned_timeline(finished: Finished):
    return finished.maker.language(finished.id, 1, "en").timeline
