"""From an alert and a template to an mp4: laid out, judged for legibility, drawn, spoken and encoded as a stream."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from videogen.emergency.cap.model import Alert
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.layout.wording import iso_code
from videogen.emergency.rendering.alert_video import AlertVideo, AlertVideoFacts
from videogen.emergency.rendering.captions import cues_of
from videogen.emergency.rendering.flash_watch import FlashWatch
from videogen.emergency.rendering.frame_stream import FrameStream
from videogen.emergency.rendering.plan import Clock, RenderPlan, plan, refuse
from videogen.emergency.rendering.scenes import Background, Scenes, Style, progress_ink
from videogen.errors import DeadlineError, InputError
from videogen.media.captions import as_webvtt
from videogen.media.encoding import CaptionTrack, Encoding, Sound, write_mp4
from videogen.media.label import Label
from videogen.storage.atomic_folder import Folder, sha256

if TYPE_CHECKING:
    from av import VideoFrame

    from videogen.media.watermark.embedding import Watermark

__all__ = ["AlertVideo", "AlertVideoFacts", "Background", "Style", "render_alert"]

VIDEO = "alert.mp4"
_SMALLEST = 360


def render_alert(
    alert: Alert,
    template: EmergencyTemplate,
    folder: Path,
    *,
    size: tuple[int, int] = (1280, 720),
    fps: int = 24,
    timezone: str = "",
    background: Background | None = None,
    watermark: str | None = None,
    audio: bool = True,
    deadline: float | None = None,
    style: Style = "template",
    languages: Sequence[str] | None = None,
    label: str = "AI-generated",
    always_labelled: bool = False,
    cache: Path | None = None,
    imperceptible: Watermark | None = None,
) -> AlertVideo:
    """Write ``<folder>/alert.mp4`` and one ``alert.<language>.vtt`` for each language of the alert.

    Every time is shown in `timezone`, and the zone is named. Memory does not grow with the length of the video.

    Args:
        size: (width, height) in pixels, even; 1280×720, 1080×1920 and 1080×1080 are what templates are tested for.
        fps: frames per second.
        timezone: IANA name of the audience's zone, e.g. ``"Europe/Rome"``; empty: the offset of the alert's own times.
        background: a clip of the video model, behind a scrim that keeps the text legible; None: the template's own.
        watermark: a word over all pages, e.g. ``"EXERCISE"``; an alert with status Exercise or Test needs one.
        audio: attention tone and, where espeak-ng is installed and has a voice for the language, speech.
        deadline: moment of `time.monotonic` after which the work is given up.
        style: ``"text_card"`` is the last resort: the same text, still pages, no map, no background.
        languages: which info blocks, in this order; None: all, in the alert's order.
        label: the visible label of a video with a model background. always_labelled: of any other one, too.
        cache: a folder for drawn backgrounds and speech, shared between alerts; None: nothing is kept.
        imperceptible: the watermark that is embedded into every frame, beside the word of `watermark` that is seen.

    Raises:
        LegibilityError: the message lacks a part, or cannot be shown legibly; lists every reason. Nothing is written.
        DeadlineError: `deadline` passed.
        InputError: unknown time zone, size not even, or no info block in the wanted languages.
        StorageError: the disk is full or refuses.
    """
    _require_possible(alert, size, watermark)
    moving = style == "template"
    clip = background if moving else None
    visible = Label.fitted(label, size) if clip is not None or always_labelled else None
    frame = Frame(size, watermark, visible.box if visible else None)
    check, clock = PageCheck(template.quality, frame), Clock()
    planned = plan(
        alert,
        template,
        frame,
        check,
        clock,
        fps=fps,
        zone=_zone(timezone),
        languages=languages,
        audio=audio,
        with_map=moving,
        cache=cache,
    )
    scenes = Scenes(template, frame, check, visible, clip, style, cache)
    watch = FlashWatch(fps, every=1 if clip is not None else 2)
    stream = FrameStream(planned.turns, size, fps, scenes, watch, progress_ink(template), fade=moving)
    tracks = _tracks(planned, fps)
    place = Folder(folder)
    with place.writing(VIDEO) as temporary:
        write_mp4(
            temporary,
            _until(stream, planned, scenes, watch, deadline),
            Encoding(size, Fraction(fps)),
            tracks=list(tracks.values()),
            sound=Sound(planned.sound) if planned.sound is not None else None,
            watermark=imperceptible,
            metadata=_metadata(alert, planned, template, visible),
        )
    for language, track in tracks.items():
        place.write(_captions_name(language), as_webvtt(track.cues).encode())
    clock.lap("encoding")
    clock.seconds["drawing"] = stream.drawing_seconds
    clock.seconds["encoding"] -= stream.drawing_seconds
    path = place.local(VIDEO)
    facts = AlertVideoFacts(
        template=template.id,
        template_version=template.version,
        style=style,
        background=clip.origin if clip is not None else None,
        label=visible.text if visible else None,
        watermark=watermark,
        payload=imperceptible.embedded_in(size) if imperceptible is not None else None,
        languages=tuple(message.language for message in planned.messages),
        spoken=planned.spoken,
        silent=planned.silent,
        width=size[0],
        height=size[1],
        fps=float(fps),
        num_frames=planned.num_frames,
        duration=planned.num_frames / fps,
        pages=len(planned.turns),
        loudness=planned.loudness.integrated if planned.loudness else None,
        true_peak=planned.loudness.true_peak if planned.loudness else None,
        seconds={part: round(seconds, 3) for part, seconds in clock.seconds.items()},
        legibility=check.report(watch.most),
        notes=tuple(note for message in planned.messages for note in message.notes),
        sha256=sha256(path),
        bytes=path.stat().st_size,
    )
    return AlertVideo(path, {language: place.local(_captions_name(language)) for language in tracks}, facts)


def _require_possible(alert: Alert, size: tuple[int, int], watermark: str | None) -> None:
    if any(edge % 2 or edge < _SMALLEST for edge in size):
        raise InputError(
            f"a video of {size[0]}×{size[1]} cannot be made", remedy=f"both edges must be even, {_SMALLEST} or more"
        )
    if alert.status != "Actual" and not (watermark or "").strip():
        raise InputError(
            f"alert {alert.identifier} has status {alert.status}: it must not look like a real one",
            remedy="give a watermark that says what it is",
        )


def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"{name!r} is not a time zone", remedy='use an IANA name, e.g. "Europe/Rome"') from error


def _captions_name(language: str) -> str:
    # A language tag comes from outside: only what a file name may hold is kept.
    return f"alert.{re.sub('[^A-Za-z0-9-]', '', language) or 'und'}.vtt"


def _tracks(planned: RenderPlan, fps: int) -> dict[str, CaptionTrack]:
    """Language → captions; two blocks in the same language share a track."""
    tracks = {}
    for message in planned.messages:
        own = [turn for turn in planned.turns if turn.page.language == message.language]
        tracks[message.language] = CaptionTrack(iso_code(message.language), cues_of(own, fps))
    return tracks


def _until(
    stream: FrameStream, planned: RenderPlan, scenes: Scenes, watch: FlashWatch, deadline: float | None
) -> Iterator[VideoFrame]:
    """The frames, until something is wrong: then the pages that are left are only checked, to name every reason."""
    check = scenes.check
    for number, picture in enumerate(stream):
        if deadline is not None and time.monotonic() > deadline:
            raise DeadlineError("the time for this video is over", remedy="use the text card", stage="emergency_video")
        check.flashes(watch.most)
        if check.problems:
            for turn in planned.turns:
                if turn.start > number:
                    scenes(turn)
            refuse(check)
        yield picture


def _metadata(alert: Alert, planned: RenderPlan, template: EmergencyTemplate, label: Label | None) -> dict[str, str]:
    facts = {"alert": alert.identifier, "sender": alert.sender, "template": template.name}
    if label is not None:
        facts["label"] = label.text
    return {
        "title": planned.messages[0].headline[:120],
        "comment": "; ".join(f"{key}={value}" for key, value in facts.items()),
        "creation_time": alert.sent.isoformat(),
    }
