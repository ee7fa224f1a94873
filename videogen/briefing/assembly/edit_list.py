"""The timeline of a variant as OpenTimelineIO, which editing programs read: shots, sentences, and what they say."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from videogen.audio.loudness import RATE
from videogen.briefing.assembly.texts import chapter_title
from videogen.briefing.timing.timeline import TimedShot, Timeline

if TYPE_CHECKING:
    from opentimelineio.schema import Clip, Track

_OWN = "pib_videogen"


def can_write_edit_lists() -> bool:
    """Whether the extra ``otio`` is installed."""
    return find_spec("opentimelineio") is not None


def as_otio(timeline: Timeline, title: str, video: str) -> str:
    """The timeline as the JSON of an .otio file, which needs the extra ``otio``.

    A picture track has a clip for each shot, a sound track one for each sentence with gaps between them; both refer to
    the finished video beside it, and every clip carries its text.

    Args:
        title: name of the timeline.
        video: name of the file that the clips refer to.
    """
    import opentimelineio as otio

    pictures = otio.schema.Track("pictures", kind=otio.schema.TrackKind.Video)
    speech = otio.schema.Track(f"speech {timeline.language}", kind=otio.schema.TrackKind.Audio)
    for timed in timeline.shots:
        pictures.append(_shot(timed, timeline, video))
        _add_sentences(speech, timed, timeline, video)
    made = otio.schema.Timeline(title, metadata={_OWN: {"language": timeline.language}})
    made.tracks.extend([pictures, speech])
    return str(made.to_json_string(indent=1))


def _shot(timed: TimedShot, timeline: Timeline, video: str) -> Clip:
    facts = {
        "shot": timed.shot.id,
        "kind": timed.shot.kind,
        "narration": [cue.spoken.text for cue in timed.cues],
        "cross_fade_frames": timed.fade,
    }
    name = chapter_title(timed.shot, timeline.language)
    return _clip(name, timed.start, timed.count, timeline, video, facts)


def _add_sentences(track: Track, timed: TimedShot, timeline: Timeline, video: str) -> None:
    import opentimelineio as otio

    at = timed.start
    for cue in timed.cues:
        frames = -(-len(cue.spoken.sound) * timeline.fps.numerator // (RATE * timeline.fps.denominator))
        if cue.start > at:
            track.append(otio.schema.Gap(source_range=_range(0, cue.start - at, timeline)))
        track.append(_clip(cue.spoken.text, cue.start, frames, timeline, video, {"spoken_as": cue.spoken.said}))
        at = cue.start + frames
    end = timed.start + timed.count
    if end > at:
        track.append(otio.schema.Gap(source_range=_range(0, end - at, timeline)))


def _clip(name: str, start: int, frames: int, timeline: Timeline, video: str, facts: dict[str, Any]) -> Clip:
    import opentimelineio as otio

    return otio.schema.Clip(
        name,
        otio.schema.ExternalReference(video, _range(0, timeline.frames, timeline)),
        _range(start, frames, timeline),
        metadata={_OWN: facts},
    )


def _range(start: int, frames: int, timeline: Timeline) -> Any:
    import opentimelineio as otio

    rate = float(timeline.fps)
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate))
