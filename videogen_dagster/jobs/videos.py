"""Jobs: what people launch in the UI, and what sensors and schedules start."""

# No "from __future__ import annotations": Dagster reads the annotations of configs when the op is made.

from datetime import timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from assets.all import ASSETS, MONITORING, RELEASES
from resources.feedback import FeedbackResource
from resources.jobs_and_tags import (
    LANE_TAG,
    MAX_RETRIES_TAG,
    MAX_RUNTIME_TAG,
    PRIORITY_TAG,
    VIDEO_PARTITIONS,
    VIDEO_TAG,
    Job,
    partition_page,
)
from resources.runs.failures import as_dagster, stage_failure
from resources.runs.old_runs import remove_old_runs
from resources.runs.partitions import active_videos
from resources.runs.titles import title_tags
from resources.storage import StorageResource
from videogen.config.config import VideoGenConfig
from videogen.domain.priorities import REVIEW
from videogen.domain.requests import VideoRequest
from videogen.domain.source import Source
from videogen.errors import VideogenError
from videogen.intake.request_files import build_request
from videogen.monitoring.metrics.samples_table import SamplesTable
from videogen.storage.history.compaction import compact
from videogen.storage.retention import remove_intermediates

MAX_SECONDS = 4 * 3600
RUN_TAGS = {
    MAX_RUNTIME_TAG: str(MAX_SECONDS),
    # A run whose process died is worth another try; one that failed would fail again.
    MAX_RETRIES_TAG: "2",
    "dagster/retry_strategy": "FROM_FAILURE",
    "dagster/retry_on_asset_or_op_failure": "false",
    # Limited in dagster.yaml, so that alerts always find a place.
    LANE_TAG: "ordinary",
}

generate_video = dg.define_asset_job(
    Job.GENERATE.value,
    selection=dg.AssetSelection.assets(*ASSETS),
    executor_def=dg.in_process_executor,
    tags=RUN_TAGS,
    description="Prompt and pictures to a labelled, measured mp4. One process, so that models are loaded once, "
    "for any number of videos: launch one partition, or a range of them as a single run.",
)


publish_video = dg.define_asset_job(
    Job.PUBLISH.value,
    selection=dg.AssetSelection.assets(*RELEASES),
    executor_def=dg.in_process_executor,
    tags={**RUN_TAGS, MAX_RUNTIME_TAG: "1800"},
    description="The release gate: the best attempt, signed and published, or the reasons why not. The "
    "config of published_video asks who publishes, and for a reason where quality or facts do not hold.",
)


monitoring_rollup = dg.define_asset_job(
    Job.ROLLUP.value,
    selection=dg.AssetSelection.assets(*MONITORING),
    executor_def=dg.in_process_executor,
    tags={**RUN_TAGS, PRIORITY_TAG: str(REVIEW)},
    description="A day's videos as numbers: how they were, and what they cost.",
)


class CaptionConfig(dg.Config):
    """One caption cue; seconds from the beginning."""

    start: float
    end: float
    text: str


class SubmitConfig(dg.Config):
    """A video request, as it is typed into the Launchpad."""

    prompt: str = Field(description="what the video shows")
    images: list[str] = Field(default=[], description="paths of reference pictures, readable by the code location")
    from_video: str | None = Field(default=None, description="path of a clip or picture that it is made from")
    strength: float | None = Field(default=None, description="how far from that clip: 0.2 close, 1 keeps nothing")
    invert: bool = Field(default=False, description="work the noise out of that clip instead of drawing it")
    sources: list[str] = Field(default=[], description="paths of the issuer's texts that attest what is said")
    logo: str | None = Field(default=None, description="path of a picture that is drawn into a corner")
    title: str | None = Field(default=None)
    captions: list[CaptionConfig] = Field(default=[], description="none: the prompt is the caption")
    narration: str | None = Field(default=None, description="read aloud; lengthens the video where it must")
    negative_prompt: str | None = Field(default=None, description="what must not be seen")
    seed: int | None = Field(default=None, description="none: drawn at random, and kept")
    profile: str | None = Field(default=None, description="model profile; none: the configured one")
    pipeline: str | None = Field(default=None, description="a way through the stages, such as quick or archive")
    container: str | None = Field(default=None, description="mp4, webm or mov; none: as configured")
    domain: str | None = Field(default=None, description="what it is about: a domain of config/domains.yaml or a text")
    duration: float | None = Field(default=None, description="seconds; none: one native clip")
    size: str | None = Field(default=None, description="1080x1920, wide, square or tall; none: the configured one")
    emergency: bool = Field(default=False, description="fewer steps, smaller, before everything else")
    priority: int | None = Field(
        default=None, description="none: 100 for an emergency, else 10; below 0 waits for the night"
    )
    requester: str | None = Field(default=None)
    overrides: dict[str, Any] = Field(default={}, description='settings for this video, {"model.guidance_scale": 5}')

    def request(self, config: VideoGenConfig) -> VideoRequest:
        """The request, validated on top of `config`.

        Raises:
            InputError: a value is out of its bounds.
            ConfigError: it asks for settings that are not valid, or for a profile or part that is not there.
        """
        given = {key: value for key, value in self.model_dump().items() if value is not None}
        return build_request(given, source=Source.LAUNCHPAD, config=config)


@dg.op(out=dg.Out(str, io_manager_key="mem_io_manager", description="id of the request"))
def store_request(context: dg.OpExecutionContext, config: SubmitConfig, storage: StorageResource) -> dg.Output[str]:
    """Keep the request and give it its partition; the sensor `requests` then starts its run."""
    from videogen.adaptation.forecast import forecast

    try:
        asked = config.request(storage.settings.config)
        warnings = forecast(asked, storage.settings.config)
        request = storage.requests.submit(asked)
        storage.warehouse.add_request(request)
    except VideogenError as error:
        raise as_dagster({"request": stage_failure(error, "request", "request", context.run_id)}) from error
    for warning in warnings:
        context.log.warning(warning)
    context.instance.add_dynamic_partitions(VIDEO_PARTITIONS, [request.id])
    context.log.info(f"request {request.id} is stored; its run starts within seconds")
    context.instance.add_run_tags(context.run_id, {VIDEO_TAG: request.id, **title_tags(request)})
    return dg.Output(
        request.id,
        metadata={
            **({"warning": " ".join(warnings)} if warnings else {}),
            "video": dg.MetadataValue.url(partition_page("rendered_video", request.id)),
            "title": request.heading,
            "prompt": request.prompt,
            "video_id": request.id,
            "seed": str(request.seed),
        },
    )


EXAMPLE = {"prompt": "A red bus drives through a city street", "title": "A red bus"}
"""What the Launchpad opens with: it can be launched as it is."""


@dg.job(
    executor_def=dg.in_process_executor,
    tags={PRIORITY_TAG: "50", MAX_RUNTIME_TAG: "600"},
    config={"ops": {"store_request": {"config": EXAMPLE}}},
)
def submit_video() -> None:
    """Ask for a video: fill in the config, launch, and find the request's partition of every stage."""
    store_request()


@dg.op(out=dg.Out(int, io_manager_key="mem_io_manager", description="bytes freed"))
def remove_old_intermediates(context: dg.OpExecutionContext, storage: StorageResource) -> dg.Output[int]:
    """Remove frames and other tensors older than `paths` says; what runs are working on is left alone."""
    paths = storage.settings.config.paths
    keep, frames = timedelta(days=paths.keep_intermediates_days), timedelta(days=paths.keep_frames_days)
    in_use = active_videos(context.instance)
    removed = remove_intermediates(storage.artifacts, storage.requests, keep, keep_frames=frames, in_use=in_use)
    monitoring = storage.settings.config.monitoring
    samples = SamplesTable(storage.warehouse.root, ())
    samples.compact(timedelta(days=monitoring.keep_minutes_days), timedelta(days=monitoring.keep_hours_days))
    compact(storage.warehouse.root)
    runs = remove_old_runs(context.instance, timedelta(days=paths.keep_runs_days))
    context.log.info(f"{len(removed.artifacts)} artifacts and {runs} runs removed, {removed.bytes:,} bytes freed")
    facts = {"artifacts": len(removed.artifacts), "bytes": removed.bytes, "runs": runs}
    return dg.Output(removed.bytes, metadata=facts)


@dg.op(out=dg.Out(int, io_manager_key="mem_io_manager", description="events removed"))
def remove_old_feedback(context: dg.OpExecutionContext, feedback: FeedbackResource) -> dg.Output[int]:
    """Remove events, comments and keys that are older than the settings of `feedback` allow."""
    from videogen.feedback.daily import remove_expired

    gone = remove_expired(feedback.integration.collector)
    context.log.info(f"{gone.events} events, {gone.comments} comments and {len(gone.keys)} keys removed")
    return dg.Output(gone.events, metadata={"events": gone.events, "comments": gone.comments, "keys": len(gone.keys)})


@dg.job(executor_def=dg.in_process_executor, tags={PRIORITY_TAG: str(REVIEW), MAX_RUNTIME_TAG: "3600"})
def clean_up() -> None:
    """Free the space of old intermediates, and remove feedback that is too old. Requests, reports, videos stay."""
    remove_old_intermediates()
    remove_old_feedback()
