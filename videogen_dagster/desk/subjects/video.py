"""An attempt at a video as it is reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videogen.domain.artifacts import RenderedVideo
from videogen.domain.requests import VideoRequest
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.fact_check.report import FactCheckReport
from videogen.quality.reporting.report import QualityReport
from videogen.storage.input_warnings import input_warnings
from videogen_dagster.desk.subjects.cues import Shown, cues_of, second_of
from videogen_dagster.desk.subjects.parts import Claim, Finding, Medium, Piece, Reviewed, Source, Version, pieces_of
from videogen_dagster.lookup import holder

if TYPE_CHECKING:
    from videogen_dagster.project import Project

CAPTIONS = "rendered_video.vtt"


def reviewed_video(project: Project, video_id: str, number: int) -> Reviewed:
    """Attempt `number` with its file, its text and what was found; 0: nothing was made yet.

    Raises:
        InputError: the video does not exist. ArtifactError: the attempt does not, or a report is damaged.
    """
    request = project.requests.get(video_id)
    attempts = project.requests.attempts(video_id)
    versions = tuple(Version(x.number, x.created_at.isoformat(), "", x.reason) for x in attempts)
    if not number:
        return Reviewed(video_id, "video", request.heading, 0, versions, (), {"": (Piece(request.words()),)})
    medium, cues = _medium(project, video_id, number)
    facts = _report(project, video_id, number, Stage.FACT_CHECK_REPORT, FactCheckReport)
    quality = _report(project, video_id, number, Stage.QUALITY_REPORT, QualityReport)
    return Reviewed(
        id=video_id,
        kind="video",
        title=request.heading,
        version=number,
        versions=versions,
        media=() if medium is None else (medium,),
        texts={"": _text(request, facts, cues)},
        findings=_findings(quality),
        notes=input_warnings(project.requests, project.artifacts, video_id, number),
    )


def _medium(project: Project, video_id: str, number: int) -> tuple[Medium | None, list[Shown]]:
    made = holder(project, video_id, number, Stage.RENDERED_VIDEO)
    if made is None:
        return None, []
    facts = project.artifacts.load(video_id, made, Stage.RENDERED_VIDEO, RenderedVideo)
    cues: list[Shown] = []
    if facts.captions:
        captions = project.artifacts.local_file(video_id, made, CAPTIONS)
        cues = cues_of(captions.read_text(encoding="utf-8"))
    medium = Medium(
        key="video",
        language="",
        format="",
        file=facts.video,
        captions=CAPTIONS if facts.captions else "",
        fps=facts.fps,
        seconds=facts.num_frames / facts.fps,
        width=facts.width,
        height=facts.height,
    )
    return medium, cues


def _report(project: Project, video_id: str, number: int, stage: Stage, kind: type[Any]) -> Any:
    made = holder(project, video_id, number, stage)
    if made is None:
        return None
    try:
        return project.artifacts.load(video_id, made, stage, kind)
    except ArtifactError:
        # Damaged, or cleaned away: the gate says that it is missing.
        return None


def _text(request: VideoRequest, report: FactCheckReport | None, cues: list[Shown]) -> tuple[Piece, ...]:
    if report is None:
        return (Piece(request.words()),)
    marks: list[tuple[int, int, Claim]] = []
    for count, verdict in enumerate(report.claims, 1):
        evidence = tuple(
            Source(x.stance, x.text, x.source.name, x.dated.isoformat() if x.dated else "")
            for x in verdict.evidence
            if x.stance != "irrelevant"
        )
        claim = Claim(
            count, verdict.claim.text, verdict.outcome, verdict.reason, second_of(verdict.claim.source_text, cues),
            "", evidence,
        )  # fmt: skip
        marks.append((verdict.claim.start, verdict.claim.end, claim))
    for count, unread in enumerate(report.unchecked, len(report.claims) + 1):
        claim = Claim(
            count, unread.text, "unchecked_language", unread.reason, second_of(unread.source_text, cues)
        )  # fmt: skip
        marks.append((unread.start, unread.end, claim))
    return pieces_of(report.text, marks)


def _findings(report: QualityReport | None) -> tuple[Finding, ...]:
    if report is None:
        return ()
    checks = [Finding(x.title, "", x.passed, x.found) for x in report.checks]
    return (*checks, *(Finding(x.title, "", x.passed, x.verdict()) for x in report.metrics))
