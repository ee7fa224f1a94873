"""What `VideoGenerator` gives back: one finished video, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.domain.stages import Stage

if TYPE_CHECKING:
    from resources.storage import StorageResource
    from videogen.domain.artifacts import EmergencyFacts
    from videogen.fact_check.report import FactCheckReport
    from videogen.quality.reporting.report import QualityReport


@dataclass(frozen=True)
class GenerationResult:
    """One finished video.

    path: the mp4, at the output path if one was asked for. captions: the WebVTT file beside it, or None.
    attempt: the attempt that `path` shows, of all `attempts`. timings: seconds by stage.
    target_reached: whether that attempt passed its quality report; `note` says why not.
    warnings: what preprocessing had to say about the prompt and the pictures, e.g. words that the model does not see;
        of an emergency, also what a warning must say and the prompt does not.
    emergency: of an emergency, which template and rung made the video, and what was skipped.
    """

    video_id: str
    path: Path
    captions: Path | None
    attempt: int
    attempts: tuple[int, ...]
    seed: int
    quality: QualityReport
    fact_check: FactCheckReport
    timings: Mapping[str, float]
    run_ids: tuple[str, ...]
    target_reached: bool
    note: str = ""
    warnings: tuple[str, ...] = ()
    emergency: EmergencyFacts | None = None


def read_result(
    storage: StorageResource, video_id: str, attempt: int, timings: Mapping[str, float], run_ids: Sequence[str]
) -> GenerationResult:
    """The result that a complete attempt has left in the store.

    Raises:
        ArtifactError: something of it is missing or damaged.
    """
    from videogen.domain.artifacts import VideoFile
    from videogen.fact_check.report import FactCheckReport
    from videogen.quality.reporting.report import QualityReport
    from videogen.storage.input_warnings import input_warnings

    def load(stage: str, kind: type[Any]) -> Any:
        holder = storage.requests.holder(video_id, attempt, stage)
        return storage.artifacts.load(video_id, holder, stage, kind)

    quality = load(Stage.QUALITY_REPORT, QualityReport)
    video = load(Stage.RENDERED_VIDEO, VideoFile)
    attempts = {one.number: one for one in storage.requests.attempts(video_id)}
    emergency = video.facts.emergency
    note = f"below target, best of {len(attempts)}: {'; '.join(quality.reasons)}" if not quality.passed else ""
    return GenerationResult(
        video_id=video_id,
        path=video.path,
        captions=video.captions_path,
        attempt=attempt,
        attempts=tuple(attempts),
        seed=attempts[attempt].seed(storage.requests.get(video_id)),
        quality=quality,
        fact_check=load(Stage.FACT_CHECK_REPORT, FactCheckReport),
        timings=dict(timings),
        run_ids=tuple(run_ids),
        target_reached=quality.passed,
        note=note,
        warnings=(*input_warnings(storage.requests, storage.artifacts, video_id, attempt), *_missing(emergency)),
        emergency=emergency,
    )


def _missing(emergency: EmergencyFacts | None) -> list[str]:
    """What makes the alert a draft, one warning each."""
    return [f"draft, not published: {what}" for what in emergency.missing] if emergency is not None else []
