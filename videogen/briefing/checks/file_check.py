"""The finished file, measured: it decodes, its cuts and speech are where the timeline has them, the label is in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import HIGHEST_PEAK, RATE, measure_loudness, sound_of
from videogen.briefing.checks.report import Finding
from videogen.briefing.narration.track import LUFS
from videogen.briefing.timing.captions import LONGEST, CaptionForm, graphemes
from videogen.briefing.timing.timeline import Timeline
from videogen.domain.requests import Caption
from videogen.media.label import Label
from videogen.media.pictures import as_rgb
from videogen.media.reading import decoded, probe
from videogen.quality.metrics.label_check import LEGIBLE, PRESENT, read_label
from videogen.runtime.media_opening import open_media

if TYPE_CHECKING:
    from av import VideoFrame

LOUDNESS_TOLERANCE = 0.5
_SEARCHED = 0.2
"""Seconds around its place in which a sentence is looked for."""
_THUMB = (48, 27)
_CUT = 22.0
"""Mean change of brightness between two frames, of 255, that a viewer sees as a cut."""


def check_file(
    path: Path,
    timeline: Timeline,
    label: Label,
    size: tuple[int, int],
    captions: Sequence[Caption],
    form: CaptionForm,
    profile: str,
    changes: frozenset[int] = frozenset(),
) -> list[Finding]:
    """Measure one variant.

    Args:
        label: as it was fitted to the format.
        changes: frames at which a picture changes within a shot.

    Raises:
        MediaError: it cannot be decoded.
    """
    where = path.stem
    findings = [*_pictures(path, where, timeline, label, size, changes), captions_by_rule(where, captions, form)]
    if any(cue.spoken.sound.any() for timed in timeline.shots for cue in timed.cues):
        findings += _sound(path, where, timeline, profile)
    return findings


def _pictures(
    path: Path, where: str, timeline: Timeline, label: Label, size: tuple[int, int], changes: frozenset[int]
) -> list[Finding]:
    info = probe(path)
    cuts: list[int] = []
    unlabelled: list[str] = []
    likeness, contrast, number = 1.0, 21.0, 0
    looked_at = {timed.start + timed.count // 2: timed.shot.id for timed in timeline.shots}
    looked_at |= {timed.start + max(0, timed.count - 2): timed.shot.id for timed in timeline.shots}
    before: NDArray[np.float32] | None = None
    with open_media(path) as media:
        for number, frame in enumerate(decoded(media, media.video), 1):
            small = _thumbnail(frame)
            if before is not None and float(np.abs(small - before).mean()) > _CUT:
                cuts.append(number - 1)
            before = small
            if number - 1 in looked_at:
                seen, ratio = read_label(as_rgb(frame), label)
                likeness, contrast = min(likeness, seen), min(contrast, ratio)
                if seen < PRESENT or ratio < LEGIBLE:
                    unlabelled.append(looked_at[number - 1])
    strange = [cut for cut in cuts if not _is_planned(cut, timeline, changes)]
    return [
        _finding("frames", where, number == timeline.frames, f"{number} of {timeline.frames} frames"),
        _finding("size", where, (info.width, info.height) == size, f"{info.width}×{info.height}"),
        _finding("cuts", where, not strange, f"unplanned at frames {strange[:5]}" if strange else "only where planned"),
        _finding(
            "label", where, not unlabelled,
            f"missing or faint in {', '.join(dict.fromkeys(unlabelled))}" if unlabelled
            else f"in all {len(timeline.shots)} shots, likeness ≥ {likeness:.2f}, contrast ≥ {contrast:.1f} : 1",
        ),
    ]  # fmt: skip


def _is_planned(cut: int, timeline: Timeline, changes: frozenset[int]) -> bool:
    starts = [(timed.start - timed.fade, timed.start + timed.fade + 1) for timed in timeline.shots]
    near = any(first <= cut <= last for first, last in starts)
    return near or any(abs(cut - change) <= 8 for change in changes)


def _thumbnail(frame: VideoFrame) -> NDArray[np.float32]:
    return np.asarray(frame.reformat(*_THUMB, format="gray").to_ndarray(), np.float32)


def captions_by_rule(where: str, captions: Sequence[Caption], form: CaptionForm) -> Finding:
    """Lines, length and order of the cues."""
    wrong = []
    for number, cue in enumerate(captions, 1):
        lines = cue.text.split("\n")
        if len(lines) > form.lines:
            wrong.append(f"cue {number} has {len(lines)} lines")
        if max(map(graphemes, lines)) > form.line:
            wrong.append(f"cue {number} has a line of {max(map(graphemes, lines))} letters")
        if cue.end - cue.start > LONGEST + 1e-3:
            wrong.append(f"cue {number} stands {cue.end - cue.start:.1f} s")
        if number < len(captions) and captions[number].start < cue.end - 1e-3:
            wrong.append(f"cues {number} and {number + 1} overlap")
    return _finding(
        "captions", where, not wrong, "; ".join(wrong[:5]) if wrong else f"{len(captions)} cues, all by rule"
    )


def _sound(path: Path, where: str, timeline: Timeline, profile: str) -> list[Finding]:
    blocks = list(sound_of(path))
    measured = measure_loudness(iter(blocks))
    track = np.concatenate([block[0] for block in blocks]) if blocks else np.zeros(0)
    late = worst_lag(track, timeline)
    target = LUFS[profile]
    frame = float(1 / timeline.fps)
    return [
        _finding(
            "loudness", where, abs(measured.integrated - target) <= LOUDNESS_TOLERANCE,
            f"{measured.integrated:.1f} LUFS, target {target:g}",
        ),
        _finding("true_peak", where, measured.true_peak <= HIGHEST_PEAK, f"{measured.true_peak:.1f} dBTP"),
        _finding("speech_in_place", where, late[0] <= frame, f"at most {1000 * late[0]:.0f} ms off, in shot {late[1]}"),
    ]  # fmt: skip


def worst_lag(track: NDArray[np.float64], timeline: Timeline) -> tuple[float, str]:
    """The greatest distance in seconds between where a sentence is heard and where it was placed, and its shot."""
    worst, shot = 0.0, timeline.shots[0].shot.id
    reach = round(_SEARCHED * RATE)
    for timed in timeline.shots:
        for cue in timed.cues:
            place = timeline.sample(cue.start)
            sound = cue.spoken.sound[: 2 * RATE].astype(np.float64)
            first = max(0, place - reach)
            around = track[first : place + len(sound) + reach]
            if len(around) < len(sound):
                return float("inf"), timed.shot.id
            length = len(around) + len(sound)
            likeness = np.fft.irfft(np.fft.rfft(around, length) * np.conj(np.fft.rfft(sound, length)), length)
            lag = abs(int(np.argmax(likeness[: len(around) - len(sound) + 1])) - (place - first)) / RATE
            if lag > worst:
                worst, shot = lag, timed.shot.id
    return worst, shot


def _finding(check: str, where: str, passed: bool, found: str) -> Finding:
    return Finding(check=check, where=where, passed=bool(passed), found=found)
