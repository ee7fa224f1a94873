"""Attempts that have come as far as the release gate: real files and reports, without a model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.videogen.quality.scenes import labelled, moving_scene, write
from videogen.domain.artifacts import PolicyVerdict, PromptAsset, RenderedVideo, VideoFile
from videogen.fact_check.report import FactCheckReport
from videogen.quality.reporting.report import CheckResult, FileFacts, QualityReport, Suggestion
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.atomic_folder import sha256
from videogen.storage.request_store import RequestStore

CHANGES = {"seed": 99, "model.guidance_scale": 6.0}
SIZE = (128, 80)


def write_clip(path: Path, frames: int = 12) -> Path:
    """A small labelled mp4."""
    return write(path, labelled(moving_scene(frames, SIZE)))


def quality(
    passed: bool = True,
    score: float = 0.7,
    *,
    label: bool | None = True,
    text: str = "AI-generated",
    changes: dict[str, Any] | None = None,
    from_stage: str = "base_noise_latents",
) -> QualityReport:
    """A report. label None: nobody looked for it. text: of the label. changes: what it suggests if it fails."""
    checks = () if label is None else (_check("label_present", label), _check("label_legible", label))
    wanted = CHANGES if changes is None else changes
    suggestion = Suggestion(metrics=("sharpness",), problem="soft", changes=wanted, from_stage=from_stage)
    return QualityReport(
        video="rendered_video.mp4",
        prompt="a bus",
        content_type="illustration",
        passed=passed,
        score=score,
        reasons=() if passed else ("sharpness is 0.2, at least 0.4 is needed",),
        not_measured=(),
        metrics=(),
        checks=checks,
        worst_frames=(),
        suggestions=() if passed else (suggestion,),
        facts=FileFacts(
            width=SIZE[0], height=SIZE[1], fps=24, num_frames=12, frames_measured=12, duration=0.5,
            codec="h264", pix_fmt="yuv420p", has_audio=False, has_captions=False,
        ),
        window_seconds=0.5,
        features="x",
        encoder=None,
        label=None if label is None else text,
    )  # fmt: skip


def _check(name: str, passed: bool) -> CheckResult:
    return CheckResult(name=name, title=name, passed=passed, found="“AI-generated” was found" if passed else "no label")


def facts(publishable: bool = True) -> FactCheckReport:
    return FactCheckReport(
        text="a bus", language="en", verdict="nothing_to_check" if publishable else "refuted", publishable=publishable,
        confidence=1.0, backend="embedded", knowledge_version="1", created_at=datetime.now(UTC),
        counts={} if publishable else {"refuted": 1},
    )  # fmt: skip


def prompt(allowed: bool = True) -> PromptAsset:
    policy = PolicyVerdict(
        allowed=allowed, rule=None if allowed else "weapons", reason=None if allowed else "no weapons"
    )
    return PromptAsset(
        original="a bus", cleaned="a bus", enhanced="a bus", negative_prompt="", language="en",
        language_confidence=1.0, keywords=(), tokens=(), token_text=(), truncated=False, policy=policy, steps=(),
    )  # fmt: skip


def rendered(video: Path, captions: Path | None = None, watermark: str | None = None) -> VideoFile:
    comment = "request=x; attempt=1; model=tiny 1234abcd; label=AI-generated"
    made = RenderedVideo(
        video="rendered_video.mp4", captions="rendered_video.vtt" if captions else None, width=SIZE[0], height=SIZE[1],
        fps=24.0, num_frames=12, duration=0.5, codec="h264", label="AI-generated", sha256=sha256(video),
        bytes=video.stat().st_size, metadata={"comment": comment}, watermark=watermark,
    )  # fmt: skip
    return VideoFile(video, captions, made)


def make_attempt(
    requests: RequestStore,
    artifacts: ArtifactStore,
    video_id: str,
    clip: Path,
    *,
    report: QualityReport | None,
    checked: FactCheckReport | None = None,
    said: PromptAsset | None = None,
    changes: dict[str, Any] | None = None,
    captions: Path | None = None,
    watermark: str | None = None,
) -> int:
    """A further attempt of which everything that the gate reads is stored; report None: it was never measured."""
    attempt = requests.open_attempt(video_id, reason="test", changes=changes)
    values: dict[str, Any] = {
        "prompt_asset": said or prompt(),
        "fact_check_report": checked or facts(),
        "rendered_video": rendered(clip, captions, watermark),
        "quality_report": report,
    }
    for name, value in values.items():
        if value is not None:
            artifacts.save(video_id, attempt.number, name, value)
    return attempt.number
