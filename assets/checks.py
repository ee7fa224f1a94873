"""Asset checks of a video: content policy, frames, the mp4, and the rows for the warehouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common.check import Verdict, video_check
from assets.delivery import rendered_video, video_row
from assets.facts import claim_rows, fact_check_report
from assets.inputs import prompt_asset
from assets.quality import metric_rows, quality_report
from assets.synthesis import decoded_frames
from resources.runs.videos import Video
from videogen.domain.artifacts import Frames, PromptAsset, VideoFile
from videogen.errors import InputError, MediaError, PolicyError
from videogen.fact_check.report import FactCheckReport
from videogen.quality.reporting.report import QualityReport

if TYPE_CHECKING:
    import pandas as pd

# So many refuted claims are quoted in an error message.
_NAMED = 3
# In levels of 8 bits. A night scene is dark in the mean but not flat; a still picture has some noise.
DARK_MEAN, FLAT_DEVIATION, FROZEN_DIFFERENCE = 12.0, 2.0, 0.02


def policy_allows_the_prompt(video: Video, prompt: PromptAsset) -> Verdict:
    """Prompt, title, captions and narration break no rule of the content policy."""
    policy = prompt.policy
    if policy.allowed:
        return Verdict(True, "no rule is broken")
    found = f"rule {policy.rule!r}: {policy.reason}"
    remedy = f"change {policy.matched!r} and submit the request again" if policy.matched else "change the prompt"
    return Verdict(False, found, {"rule": str(policy.rule)}, PolicyError(found, remedy=remedy))


def no_claim_is_refuted(video: Video, report: FactCheckReport) -> Verdict:
    """No claim of the video is refuted. A failure stops it unless `fact_check.stop_when_refuted` is off."""
    from videogen.fact_check.viewer_check import place_of

    wrong = [verdict.claim for verdict in report.claims if verdict.outcome == "refuted"]
    named = "; ".join(f"{claim.text!r} ({place_of(video.request.viewer_text, claim)})" for claim in wrong[:_NAMED])
    refusal = InputError(
        f"the fact check says: {report.summary}: {named}", remedy="correct the claim, see fact_check_report"
    )
    stops = video.config.fact_check.stop_when_refuted
    return Verdict(report.verdict != "refuted", report.summary, {"verdict": report.verdict}, refusal if stops else None)


def frames_show_something(video: Video, frames: Frames) -> Verdict:
    """The frames are not black, not one flat colour, and not frozen."""
    pixels = frames.frames.float()
    mean, deviation = float(pixels.mean()), float(pixels.std())
    motion = float((pixels[1:] - pixels[:-1]).abs().mean()) if len(pixels) > 1 else 0.0
    facts = {"mean_level": mean, "deviation": deviation, "mean_frame_difference": motion}
    problems = [
        text
        for text, holds in (
            ("black", mean < DARK_MEAN and deviation < 2 * FLAT_DEVIATION),
            ("one flat colour", deviation < FLAT_DEVIATION),
            ("frozen", motion < FROZEN_DIFFERENCE),
        )
        if holds
    ]
    if not problems:
        return Verdict(True, "the frames show movement", facts)
    found = f"the frames are {' and '.join(problems)}"
    return Verdict(
        False, found, facts, MediaError(found, remedy="try another seed, more steps or another guidance scale")
    )


def video_is_as_ordered(video: Video, file: VideoFile) -> Verdict:
    """The mp4 is complete and has exactly the requested size, frame rate and number of frames.

    Its packets are counted and its first frame is decoded. All of them are decoded once, for the quality report, whose
    `file_is_sound` says whether they could be.
    """
    from videogen.media.reading import probe

    info = probe(file.path)
    width, height = video.config.processing.resolution
    fps = float(video.config.processing.fps)
    if file.facts.emergency is not None:
        # Its clip is smaller than its pages, and a text card stands still.
        width, height, fps = file.facts.width, file.facts.height, file.facts.fps
    expected = {"width": width, "height": height, "fps": fps, "frames": file.facts.num_frames}
    found = {"width": info.width, "height": info.height, "fps": round(float(info.fps), 3), "frames": info.num_frames}
    wrong = [f"{name} is {found[name]}, not {expected[name]}" for name in expected if found[name] != expected[name]]
    facts = {**found, "codec": info.codec, "pixel_format": info.pix_fmt}
    if not wrong:
        return Verdict(True, f"{width}×{height}, {info.fps:g} fps, {info.num_frames} frames", facts)
    problem = "; ".join(wrong)
    return Verdict(False, problem, facts, MediaError(problem, remedy="run the attempt again from rendered_video"))


def quality_meets_its_targets(video: Video, report: QualityReport) -> Verdict:
    """The quality report passes. A failing report starts the next attempt; it does not fail the run."""
    return Verdict(report.passed, report.generate_summary(), {"score": report.score})


def file_is_sound(video: Video, report: QualityReport) -> Verdict:
    """The file is technically correct: it decodes, has the right size, rate, length, label and loudness."""
    wrong = [f"{check.title}: {check.found}" for check in report.checks if not check.passed]
    facts: dict[str, Any] = {check.name: check.found for check in report.checks}
    return Verdict(not wrong, "; ".join(wrong) or f"{len(report.checks)} checks passed", facts)


def rows_fit(table: str, rows: Callable[[Video, Any], pd.DataFrame]) -> Callable[[Video, Any], Verdict]:
    """Make a check that the rows from an artifact match the pandera schema of their warehouse table."""

    def judge(video: Video, value: Any) -> Verdict:
        import pandera.errors

        from videogen.storage.warehouse_tables import schema

        made = rows(video, value)
        try:
            schema(table).validate(made, lazy=True)
        except pandera.errors.SchemaErrors as error:
            cases = error.failure_cases[["column", "check", "failure_case"]].astype(str).head(20)
            found = f"{len(error.failure_cases)} values violate the schema"
            return Verdict(False, found, {"cases": cases.to_string(index=False)})
        return Verdict(True, f"{len(made)} rows match the schema", {"rows": len(made)})

    judge.__name__ = f"rows_fit_{table}"
    judge.__doc__ = f"The rows for the warehouse table `{table}` match its pandera schema."
    return judge


def _row_of_file(video: Video, file: VideoFile) -> pd.DataFrame:
    return video_row(video, file.facts, video.config.model.profile, "")


CHECKS: list[dg.AssetChecksDefinition] = [
    video_check(prompt_asset, PromptAsset, blocking=True)(policy_allows_the_prompt),
    video_check(fact_check_report, FactCheckReport, blocking=True)(no_claim_is_refuted),
    video_check(fact_check_report, FactCheckReport)(rows_fit("fact_checks", claim_rows)),
    video_check(decoded_frames, Frames, blocking=True, parallel=True)(frames_show_something),
    video_check(rendered_video, VideoFile, blocking=True)(video_is_as_ordered),
    video_check(rendered_video, VideoFile)(rows_fit("videos", _row_of_file)),
    video_check(quality_report, QualityReport)(quality_meets_its_targets),
    video_check(quality_report, QualityReport)(file_is_sound),
    video_check(quality_report, QualityReport)(rows_fit("quality", metric_rows)),
]
