"""Quality: every metric of the finished mp4, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import show
from assets.common.stage import always, stage
from assets.enhancement import FIDELITY
from resources.jobs_and_tags import BEST, WATCH
from resources.models import ModelsResource
from resources.runs.videos import Video
from resources.runs.work import Made
from resources.storage import StorageResource
from videogen.domain.artifacts import Frames, PromptAsset, VideoFile
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.quality.reporting.report import QualityReport
from videogen.release.best import find_best
from videogen.storage.delivery import output_path, put_copy

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from videogen.domain.fidelity import Fidelity

# The utility of a metric at its limit.
PASSING = 0.5


@stage("quality", kinds={"python", "opencv"}, parallel=always)
def quality_report(
    video: Video,
    rendered_video: VideoFile,
    prompt_asset: PromptAsset,
    models: ModelsResource,
    storage: StorageResource,
) -> Made[QualityReport]:
    """The quality report: every metric with threshold and weight, the verdict, and suggested changes.

    The best attempt so far is put where the request wants its copy.
    """
    from videogen.adaptation.stored import record
    from videogen.quality.assessor import QualityAssessor
    from videogen.quality.metrics.technical import Expected
    from videogen.quality.relevance.encoders import encoder_for

    config = video.config
    if rendered_video.facts.emergency is not None:
        # Pages with text on them: judged as what they are.
        config = config.updated({"quality.content_type": "alert"})
    expected = Expected.from_rendered(rendered_video.facts, config)
    assessor = QualityAssessor(config, encoder=encoder_for(config), profile=models.profile(config))
    report = assessor.assess_video(
        rendered_video.path,
        prompt_asset.adapted or prompt_asset.cleaned,
        expected=expected,
        coverage=prompt_asset.coverage,
        drawn=before_the_look(video, storage),
    )
    report = report.model_copy(update={"fidelity": kept_by_stages(video, storage)})
    facts = report_facts(report)
    if report.passed:
        facts["to be looked at"] = f"then `videogen publish {video.id}`, or materialize published_video"
    facts |= worst_frames(report, rendered_video.path, assessor.samples)
    facts |= show.watch(video.id, video.number) | show.desk(config, video.id)
    result = record(config, video.id, video.number, report, storage.artifacts, unadapted(video, storage))
    if result is not None:
        facts["adaptation"] = f"{result.verdict}: {result.reason}"
    told = tell_best(video, report, storage)
    facts |= told
    if (copy := put_best(video, rendered_video, report, storage)) is not None:
        facts["copy"] = dg.MetadataValue.path(str(copy))
    # The stages before it have shown this attempt already, when it could still have become the best one.
    observations = [dg.AssetObservation("rendered_video", partition=video.id, metadata=told)] if told else []
    return Made(report, facts, {"quality": metric_rows(video, report)}, observations=tuple(observations))


def kept_by_stages(video: Video, storage: StorageResource) -> tuple[Fidelity, ...]:
    """What the upscaled frames keep of the decoded ones; empty where they are gone, or of an earlier version."""
    from videogen.domain.fidelity import Fidelity

    try:
        holder = storage.requests.holder(video.id, video.number, Stage.UPSCALED_FRAMES)
        notes = storage.artifacts.read_json(video.id, holder, Stage.UPSCALED_FRAMES)["notes"]
    except ArtifactError:  # frames of finished videos are removed after a day
        return ()
    return (Fidelity(**notes[FIDELITY]),) if FIDELITY in notes else ()


def before_the_look(video: Video, storage: StorageResource) -> NDArray[np.uint8] | None:
    """The frames as the model drew them, T×H×W×3, where a look changed their colours and they are still there."""
    if video.config.adaptation.look is None:
        return None
    try:
        holder = storage.requests.holder(video.id, video.number, Stage.DECODED_FRAMES)
    except ArtifactError:  # frames of finished videos are removed after a day
        return None
    pixels: NDArray[np.uint8] = storage.artifacts.load(video.id, holder, Stage.DECODED_FRAMES, Frames).frames.numpy()
    return pixels


def unadapted(video: Video, storage: StorageResource) -> QualityReport | None:
    """The report of an earlier attempt of the same seed that was not adapted to a domain; None: there is none."""
    from videogen.adaptation.stored import is_twin

    earlier = [one for one in storage.requests.attempts(video.id) if one.number < video.number]
    for attempt in reversed(earlier):
        measured = storage.artifacts.exists(video.id, attempt.number, "quality_report")
        if measured and is_twin(attempt, video.attempt, video.request):
            return storage.artifacts.load(video.id, attempt.number, "quality_report", QualityReport)
    return None


def tell_best(video: Video, report: QualityReport, storage: StorageResource) -> dict[str, Any]:
    """Which attempt is the best one so far, with a link to it; nothing where there is only one."""
    earlier = find_best(storage.requests, storage.artifacts, video.id, leave_out=video.number)
    if earlier is None:
        return {}
    this = f"attempt {video.number} (score {report.score:.2f})"
    number, other = earlier
    if not other.better_than(report):
        return {BEST: f"this one, {this}; before it, attempt {number} (score {other.score:.2f})"}
    best = f"attempt {number} (score {other.score:.2f}), not this one, {this}"
    return {BEST: best, "watch_best": show.watch(video.id, number)[WATCH]}


def worst_frames(report: QualityReport, path: Path, samples: Mapping[int, NDArray[np.uint8]]) -> dict[str, Any]:
    """Frames of the video, the worst ones framed in a warning colour. Empty: the file breaks on the way.

    samples: frames by number, which will do where none stands out.
    """
    import numpy as np

    from videogen.media.preview import TILE, chosen
    from videogen.media.reading import read_frames

    if report.facts.frames_measured != report.facts.num_frames:
        return {}
    worst = [frame.index for frame in report.worst_frames if frame.utility < PASSING]
    if not worst:
        return show.pictures(np.stack([*samples.values()]), "no frame is noticeably worse", numbers=[*samples])
    numbers = chosen(report.facts.num_frames, worst)
    caption = f"worst frames marked: {', '.join(map(str, worst))}"
    return show.pictures(read_frames(path, numbers, TILE), caption, numbers=numbers, marks=worst)


def put_best(video: Video, file: VideoFile, report: QualityReport, storage: StorageResource) -> Path | None:
    """Copy the best attempt with its captions to where the request wants it; returns the place.

    Each attempt leaves the best one there, so after the last one the best of all lies there.
    """
    target = output_path(video.request, video.config)
    if target is None:
        return None
    earlier = find_best(storage.requests, storage.artifacts, video.id, leave_out=video.number)
    if earlier is not None and earlier[1].better_than(report):
        holder = storage.requests.holder(video.id, earlier[0], Stage.RENDERED_VIDEO)
        file = storage.artifacts.load(video.id, holder, Stage.RENDERED_VIDEO, VideoFile)
    # An attempt may have changed the kind of file, and no file shall be called what it is not.
    target = target.with_suffix(file.path.suffix)
    put_copy(file.path, target)
    if file.captions_path is not None:
        put_copy(file.captions_path, target.with_suffix(".vtt"))
    return target


def report_facts(report: QualityReport) -> dict[str, object]:
    """Verdict, score and every number, for metadata; Dagster plots the numbers over time."""
    facts: dict[str, object] = {
        "passed": report.passed,
        **numbers_with_limits(report),
        "summary": show.lines(report.generate_summary()),
        "metrics": show.table(
            {"metric": result.title, "result": result.verdict(), "passed": str(result.passed)}
            for result in report.metrics
        ),
        "limits": show.table(
            {"metric": one.name, "margin": f"{one.margin:+.4g}", "passed": str(one.passed)}
            for one in report.compare_to_thresholds()
            if one.margin is not None
        ),
        "to change": show.bullets(f"{one.problem}: {one.why}" for one in report.suggest_improvements()),
        "encoder": report.encoder or "none",
    }
    for one in report.fidelity:
        facts |= {one.compared: one.words, "ssim_upscaled": one.ssim}
        facts |= {} if one.psnr is None else {"psnr_upscaled": one.psnr}
    return facts


def numbers_with_limits(report: QualityReport) -> dict[str, float]:
    """The score and every metric that was measured, each followed by its limit, also in plots, which go by name."""
    facts = {"score": report.score}
    for result in report.metrics:
        if result.value is not None:
            facts[f"metric_{result.name}"] = result.value
            if result.threshold is not None:
                facts[f"metric_{result.name}_limit"] = result.threshold
    return facts


def metric_rows(video: Video, report: QualityReport) -> pd.DataFrame:
    """Rows of the table `quality`: one a metric, and one for the score."""
    import pandas as pd

    identity = {"video_id": video.id, "attempt": video.number}
    rows = [
        {
            **identity,
            "metric": result.name,
            "value": result.value,
            "threshold": result.threshold,
            "passed": result.passed,
        }
        for result in report.metrics
    ]
    for one in report.fidelity:
        for name, value in (("upscaled_psnr", one.psnr), ("upscaled_ssim", one.ssim)):
            rows.append({**identity, "metric": name, "value": value, "threshold": None, "passed": None})
    score = {**identity, "metric": "score", "value": report.score, "threshold": None, "passed": report.passed}
    return pd.DataFrame([*rows, score])
