"""QualityAssessor: measures one video, compares it with the configured limits, and suggests changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from videogen.audio.loudness import Loudness, measure_loudness, sound_of
from videogen.config.config import VideoGenConfig
from videogen.config.parts import part
from videogen.errors import MediaError
from videogen.media.frame_input import FramesLike, VideoLike, as_frames, as_video, file_of
from videogen.quality.catalogue import COHERENCE_PARTS, definition
from videogen.quality.measurement import SAMPLES, Measurement, in_windows, measure, window_length
from videogen.quality.metrics.features import FRAME_DESCRIPTOR
from videogen.quality.metrics.label_check import LabelWatch
from videogen.quality.metrics.technical import (
    Check,
    Expected,
    check_decoding,
    check_format,
    check_label,
    check_prompt,
    check_sound,
)
from videogen.quality.metrics.window import Pixels
from videogen.quality.relevance.alignment import Relevance, VideoTextEncoder, evenly, subject_share, text_relevance
from videogen.quality.relevance.encoders import encoder_for
from videogen.quality.reporting.advice import SamplingDefaults, advise, seed_from
from videogen.quality.reporting.report import CheckResult, FileFacts, MetricResult, QualityReport, overall_score
from videogen.quality.reporting.verdict import (
    coherence,
    frames_per_point,
    judge,
    left_out,
    levels_for,
    metrics_for,
    reasons,
    worst_frames,
)
from videogen.quality.screening.screen import screened

if TYPE_CHECKING:
    from videogen.domain.artifacts import Coverage
    from videogen.media.reading import VideoInfo

_ARRAY_FPS = 24.0


@dataclass(frozen=True)
class TemporalCoherence:
    """The score of temporal coherence.

    score: mean of the parts, 0 … 1; passed: reaches target_temporal_coherence, and the picture moves where it must.
    """

    score: float
    parts: dict[str, float]
    dynamic_degree: float
    passed: bool


class QualityAssessor:
    """Assesses single videos by the content type, weights and thresholds of `config`.

    Args:
        config: None: the defaults.
        encoder: for text relevance; None: it is reported as not measured. ``"profile"``: that of the model profile,
            loaded when it is first needed.
        profile: what the model recommends where the configuration leaves steps and guidance open (for suggestions).
    """

    def __init__(
        self,
        config: VideoGenConfig | None = None,
        encoder: VideoTextEncoder | Literal["profile"] | None = "profile",
        profile: SamplingDefaults | None = None,
    ) -> None:
        self._config = part(config, VideoGenConfig)
        self._given = encoder
        self._profile = profile
        self.samples: dict[int, Pixels] = {}
        """Number → frame, uint8 h×w×3, of up to 16 frames spread evenly over the file that was assessed last."""

    @cached_property
    def _encoder(self) -> VideoTextEncoder | None:
        return encoder_for(self._config) if self._given == "profile" else self._given

    def assess_video(
        self,
        video: VideoLike,
        prompt: str,
        *,
        expected: Expected | None = None,
        coverage: Coverage | None = None,
        drawn: Pixels | None = None,
    ) -> QualityReport:
        """Measure the file and judge it.

        Args:
            video: the path of a file; frames are written to one first, without loss, at 24 frames a second.
            expected: None: any size and rate will do, and no label is looked for.
            coverage: what the model that drew the video knows of the prompt; None: nothing is known of that.
            drawn: uint8, T×H×W×3, the frames before their colours were moved to a look, which tell what is shown; None:
                the file does. An encoder that knows the model's colours only would not recognise the look's.

        Raises:
            MediaError: the file is missing, no video, without frames, or cut off. A file that opens but breaks on
                the way gives a report that says so.
        """
        from videogen.media.reading import iterate_frames, probe

        if not isinstance(video, str | Path):
            with file_of(as_frames(video), _ARRAY_FPS) as path:
                return self.assess_video(path, prompt, expected=expected, coverage=coverage, drawn=drawn)
        video = Path(video)
        expected = expected or Expected()
        info = probe(video)
        watch = _watch(expected, info)
        windows = iterate_frames(video, window_length(info.width, info.height))
        measurement = self._measured(windows, _rate(info), info.num_frames, [watch] if watch else [])
        checks = check_decoding(info, measurement.frames, measurement.problem) + check_format(info, expected)
        if expected.label is not None:
            checks += check_label(expected.label, watch.result() if watch and measurement.frames else None)
        if info.has_audio:
            checks += check_sound(*_sound(video))
        if coverage is not None:
            checks.append(check_prompt(coverage))
        if measurement.problem is None:
            checks += screened(video, _rate(info), self._config.quality.frame_screens)
        self.samples = dict(zip(evenly(info.num_frames, SAMPLES), measurement.samples, strict=False))
        subjects = coverage.subjects if coverage is not None else ()
        shown = measurement.samples if drawn is None else drawn[evenly(len(drawn), SAMPLES)]
        relevance = self._relevance(shown, prompt, subjects)
        return self._report(prompt, info, measurement, checks, relevance, expected.label)

    def compute_metrics(self, video: VideoLike, fps: float = _ARRAY_FPS) -> dict[str, float]:
        """Metric → value of a file or of frames; NaN where nothing can be measured.

        Frames are uint8, T×H×W×3, shown at `fps`.

        Raises:
            MediaError: the file cannot be read to its end.
        """
        measurement = self._of(video, fps)
        if measurement.problem:
            raise MediaError(measurement.problem, remedy="make or copy the video again")
        return {"temporal_coherence": coherence(measurement.values), **measurement.values}

    def evaluate_temporal_coherence(self, frames: FramesLike, fps: float = _ARRAY_FPS) -> TemporalCoherence:
        """How well frames (T ≥ 3; see `videogen.media.frame_input`) follow each other.

        Raises:
            InputError: fewer than three frames: nothing can be said about their order.
        """
        values = self._of(as_frames(frames, at_least=3, what="temporal coherence"), fps).values
        score, motion = coherence(values), values["dynamic_degree"]
        quality = self._config.quality
        must_move = quality.weights[quality.content_type].get("dynamic_degree", 0.0) > 0
        moves = levels_for(definition("dynamic_degree"), quality).passes(motion) or not must_move
        return TemporalCoherence(
            score=score,
            parts={name: values[name] for name in COHERENCE_PARTS},
            dynamic_degree=motion,
            passed=score >= quality.target_temporal_coherence and moves,
        )

    def check_content_relevance(self, video: VideoLike, prompt: str) -> Relevance:
        """How much more a file, or frames, resemble the prompt than unrelated texts.

        Raises:
            MediaError: the file cannot be read.
        """
        from videogen.media.reading import probe, read_frames

        given = as_video(video)
        if isinstance(given, Path):
            samples = read_frames(given, evenly(probe(given).num_frames, SAMPLES))
        else:
            samples = given[evenly(len(given), SAMPLES)]
        return self._relevance(samples, prompt)

    def _of(self, video: VideoLike, fps: float) -> Measurement:
        from videogen.media.reading import iterate_frames, probe

        given = as_video(video)
        if not isinstance(given, Path):
            return self._measured(in_windows(given), fps, len(given))
        info = probe(given)
        windows = iterate_frames(given, window_length(info.width, info.height))
        return self._measured(windows, _rate(info), info.num_frames)

    def _measured(
        self, windows: Iterator[Pixels], fps: float, num_frames: int, watches: Sequence[LabelWatch] = ()
    ) -> Measurement:
        streams = {metric.name: metric.open_stream() for metric in metrics_for(self._config.quality) if metric.stream}
        return measure(windows, fps=fps, num_frames=num_frames, streams=streams, watches=watches)

    def _relevance(self, samples: Pixels, prompt: str, subjects: Sequence[str] = ()) -> Relevance:
        if self._encoder is None:
            why = "no text–video encoder was given"
            if self._given == "profile":
                why = "the model profile has no text–video encoder for this content"
            return Relevance(None, None, None, why)
        if not prompt.strip() or not len(samples):
            return Relevance(None, None, self._encoder.name, "the prompt or the frames are missing")
        return replace(
            text_relevance(self._encoder, samples, prompt), subject=subject_share(self._encoder, samples, subjects)
        )

    def _report(
        self,
        prompt: str,
        info: VideoInfo,
        measurement: Measurement,
        found: Sequence[Check],
        relevance: Relevance,
        label: str | None,
    ) -> QualityReport:
        quality = self._config.quality
        metrics = judge(measurement, relevance, quality)
        checks = tuple(_as_result(check) for check in found)
        why = reasons(metrics, checks)
        return QualityReport(
            video=info.path.name,
            prompt=prompt,
            content_type=quality.content_type,
            passed=not why,
            score=_score(metrics, checks),
            reasons=why,
            not_measured=left_out(metrics),
            metrics=metrics,
            checks=checks,
            worst_frames=worst_frames(measurement, quality, _rate(info)),
            suggestions=advise(metrics, checks, self._config, self._profile, seed_from(info.path)),
            facts=_facts(info, measurement),
            window_seconds=frames_per_point(measurement.frames) / _rate(info),
            features=FRAME_DESCRIPTOR,
            encoder=relevance.encoder,
            label=label,
        )


def _rate(info: VideoInfo) -> float:
    # A file of one frame without a duration has no rate; its report needs some number to divide by.
    return info.fps if info.fps > 0 else 1.0


def _watch(expected: Expected, info: VideoInfo) -> LabelWatch | None:
    from videogen.media.label import Label

    style = expected.label_style
    if style is None:
        return None
    try:
        return LabelWatch(Label.styled(style, (info.width, info.height)))
    except MediaError:
        # A frame too small for the label cannot carry it: the check reports it as missing.
        return None


def _sound(video: Path) -> tuple[Loudness | None, str | None]:
    try:
        loudness = measure_loudness(sound_of(video))
    except MediaError as error:
        return None, error.problem
    return (loudness, None) if loudness.seconds else (None, None)


def _as_result(check: Check) -> CheckResult:
    def finite(number: float | None) -> float | None:
        return number if number is not None and math.isfinite(number) else None

    return CheckResult(
        name=check.name,
        title=check.title,
        passed=check.passed,
        found=check.found,
        value=finite(check.value),
        limit=finite(check.limit),
        frame=check.frame,
    )


def _score(metrics: Sequence[MetricResult], checks: Sequence[CheckResult]) -> float:
    known = {result.name: result.utility for result in metrics if result.utility is not None and result.weight > 0}
    weights = {result.name: result.weight for result in metrics}
    score = overall_score(known, weights, checks_passed=all(check.passed for check in checks))
    return round(score, 4)


def _facts(info: VideoInfo, measurement: Measurement) -> FileFacts:
    return FileFacts(
        width=info.width,
        height=info.height,
        fps=info.fps,
        num_frames=info.num_frames,
        frames_measured=measurement.frames,
        duration=round(info.duration, 6),
        codec=info.codec,
        pix_fmt=info.pix_fmt,
        has_audio=info.has_audio,
        has_captions=info.has_captions,
        peculiarities=info.peculiarities,
    )
