"""The emergency set of checks: what must hold for an alert's video before it is published.

They take the place of the model-quality ones: nothing here asks whether a picture is pretty. The file is judged as it
lies there, decoded again from its first to its last frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import HIGHEST_PEAK, TARGET, TOLERANCE
from videogen.errors import MediaError
from videogen.quality.metrics.technical import Expected, check_decoding, check_format
from videogen.release.decision import Gate

if TYPE_CHECKING:
    from videogen.emergency.alerts.register import RegisteredAlert
    from videogen.emergency.rendering.renderer import AlertVideo, AlertVideoFacts

LOWEST_CONTRAST, MOST_FLASHES = 4.5, 3.0


class Decoded(NamedTuple):
    """What came out of the decoder: how many frames, what stopped it, and those frames that were asked for."""

    total: int
    problem: str | None
    frames: NDArray[np.uint8]


def check_alert_video(
    registered: RegisteredAlert, video: AlertVideo, expected: Expected, decoded: Decoded, now: datetime
) -> list[Gate]:
    """All findings but the signature, which comes last.

    Args:
        expected: what was ordered: size, rate, number of frames.
        decoded: see `decode`.
        now: the moment of publishing.
    """
    facts = video.facts
    return [
        message_gate(facts),
        legibility_gate(facts),
        watermark_gate(facts, registered.watermark),
        captions_gate(video),
        sound_gate(facts),
        file_gate(video.path, expected, decoded),
        in_force_gate(registered, now),
    ]


def message_gate(facts: AlertVideoFacts) -> Gate:
    """Source, hazard, place, time and guidance are all said (Mileti & Sorensen 1990)."""
    lacking = [problem.what for problem in facts.legibility.problems if problem.rule == "message part"]
    return _gate("message", not lacking, "; ".join(lacking) or "source, hazard, place, time and guidance are said")


def legibility_gate(facts: AlertVideoFacts) -> Gate:
    """Contrast, safe area, size of letters, reading time, glyphs and flashes are within their limits."""
    report = facts.legibility
    problems = [f"{one.where}: {one.what}" for one in report.problems if one.rule != "message part"]
    if report.contrast < LOWEST_CONTRAST:
        problems.append(f"lowest contrast {report.contrast:.1f} : 1")
    if report.flashes > MOST_FLASHES:
        problems.append(f"{report.flashes:g} flashes in a second")
    found = f"contrast {report.contrast:.1f} : 1, {report.pace:.1f} characters per second, {report.flashes:g} flashes"
    return _gate("legibility", not problems, "; ".join(problems) or found)


def watermark_gate(facts: AlertVideoFacts, wanted: str | None) -> Gate:
    """What is not real says so on every frame; what is real carries no such word."""
    if facts.watermark == wanted:
        return _gate("watermark", True, wanted or "a real alert, without watermark")
    return _gate("watermark", False, f"the video says {facts.watermark!r}, the alert is {wanted!r}")


def captions_gate(video: AlertVideo) -> Gate:
    """Every language has a caption file with at least one cue."""
    lacking = [
        language
        for language in video.facts.languages
        if language not in video.captions or "-->" not in video.captions[language].read_text(encoding="utf-8")
    ]
    found = f"no captions in {', '.join(lacking)}" if lacking else f"captions in {', '.join(video.captions)}"
    return _gate("captions", bool(video.captions) and not lacking, found)


def sound_gate(facts: AlertVideoFacts) -> Gate:
    """Sound, where there is any, is as loud as EBU R 128 wants it; a silent video is allowed."""
    if facts.loudness is None or facts.true_peak is None:
        return _gate("sound", True, "without sound")
    fits = abs(facts.loudness - TARGET) <= TOLERANCE and facts.true_peak <= HIGHEST_PEAK
    return _gate("sound", fits, f"{facts.loudness:.1f} LUFS, peak {facts.true_peak:.1f} dBTP")


def file_gate(path: Path, expected: Expected, decoded: Decoded) -> Gate:
    """The mp4 decodes to its end, plays everywhere, and has the size, rate and number of frames that were ordered."""
    from videogen.media.reading import probe

    try:
        info = probe(path)
    except MediaError as error:
        return _gate("file", False, error.problem)
    checks = [*check_decoding(info, decoded.total, decoded.problem), *check_format(info, expected)]
    failed = [f"{check.title}: {check.found}" for check in checks if not check.passed]
    found = f"{info.width}×{info.height}, {info.fps:g} frames per second, all {decoded.total} frames decoded"
    return _gate("file", not failed, "; ".join(failed) or found)


def in_force_gate(registered: RegisteredAlert, now: datetime) -> Gate:
    """The alert is still in effect, and nothing has ended it."""
    ended = registered.alert.msg_type != "Cancel" and registered.ends <= now
    fine = registered.state in ("taken", "planned", "published") and not ended
    until = f"in effect until {registered.ends:%Y-%m-%d %H:%M} UTC"
    if ended:
        return _gate("in_force", False, f"it was {until}")
    return _gate("in_force", fine, until if fine else f"it is {registered.state.replace('_', ' ')}")


def decode(path: Path, numbers: Sequence[int] = ()) -> Decoded:
    """Decode the whole file. Only the frames with these numbers are turned into pictures: uint8, N×H×W×3, sRGB."""
    from videogen.media.pictures import as_rgb
    from videogen.media.reading import decoded
    from videogen.runtime.media_opening import open_media

    count, wanted, pictures = 0, set(numbers), []
    problem = None
    try:
        with open_media(path) as media:
            for frame in decoded(media, media.video):
                if count in wanted:
                    pictures.append(as_rgb(frame))
                count += 1
    except MediaError as error:
        problem = f"decoding stops after frame {count}: {error.problem}"
    return Decoded(count, problem, np.stack(pictures) if pictures else np.empty((0, 0, 0, 3), np.uint8))


def _gate(name: str, holds: bool, found: str) -> Gate:
    state: Literal["holds", "failed"] = "holds" if holds else "failed"
    return Gate(name=name, state=state, found=found)
