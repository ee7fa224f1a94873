"""Jobs of briefings: plan, assemble, publish; the sensor `briefings` joins them, nothing waits inside of a run."""

# No "from __future__ import annotations": Dagster reads the annotations of configs when the op is made.

from typing import Any

import dagster as dg
from pydantic import Field

from assets.briefing import briefing_report, briefing_video, narration, published_briefing, shots, storyboard
from resources.jobs_and_tags import (
    BRIEFING_PARTITIONS,
    BRIEFING_TAG,
    MAX_RUNTIME_TAG,
    PRIORITY_TAG,
    Job,
    partition_page,
)
from resources.runs.failures import as_dagster, stage_failure
from resources.storage import StorageResource
from videogen.errors import VideogenError
from videogen_dagster.jobs.videos import RUN_TAGS

plan_briefing = dg.define_asset_job(
    Job.PLAN_BRIEFING.value,
    selection=dg.AssetSelection.assets(storyboard, narration),
    executor_def=dg.in_process_executor,
    tags=RUN_TAGS,
    description="A release to its storyboard and its narration. The storyboard is a file that people may edit.",
)

assemble_briefing = dg.define_asset_job(
    Job.ASSEMBLE_BRIEFING.value,
    selection=dg.AssetSelection.assets(narration, shots, briefing_video, briefing_report),
    executor_def=dg.in_process_executor,
    tags=RUN_TAGS,
    description="The latest revision of a storyboard to finished, measured videos in every language and format.",
)

publish_briefing = dg.define_asset_job(
    Job.PUBLISH_BRIEFING.value,
    selection=dg.AssetSelection.assets(published_briefing),
    executor_def=dg.in_process_executor,
    tags={**RUN_TAGS, MAX_RUNTIME_TAG: "1800"},
    description="The release gate of a briefing: all its files, signed and published, or the reasons why not.",
)


class BriefingConfig(dg.Config):
    """A briefing, as it is typed into the Launchpad."""

    releases: list[str] = Field(
        description="paths of the releases, one for each language, the leading one first; relative ones start at the "
        "project's root or VIDEOGEN_HOME"
    )
    languages: list[str] = Field(default=[], description="of the files, in their order; empty: detected")
    formats: list[str] = Field(default=["wide", "square", "tall"])
    target: int = Field(default=60, description="seconds")
    brand: str = Field(default="plain", description="folder in config/brands/")
    loudness: str = Field(default="broadcast", description="broadcast (−23 LUFS) or web (−16 LUFS)")
    narration: str = Field(default="auto", description="auto, required or silent")
    priority: int = Field(default=10)
    requester: str | None = Field(default=None)


@dg.op(out=dg.Out(str, io_manager_key="mem_io_manager", description="id of the briefing"))
def take_briefing(context: dg.OpExecutionContext, config: BriefingConfig, storage: StorageResource) -> dg.Output[str]:
    """Keep the releases and give the briefing its partition; the sensor `briefings` then plans and makes it."""
    from videogen.briefing.production.ordering import take_order

    settings = storage.settings.config
    try:
        order = take_order(
            storage.briefings,
            [settings.path(release) for release in config.releases],
            source="launchpad",
            languages=config.languages,
            formats=config.formats,  # type: ignore[arg-type]  # checked there
            target=config.target,
            brand=config.brand,
            loudness=config.loudness,  # type: ignore[arg-type]  # checked there
            narration=config.narration,
            priority=config.priority,
            requester=config.requester,
            allowed=[settings.path(folder) for folder in settings.paths.allowed_inputs],
        )
    except VideogenError as error:
        raise as_dagster({"briefing": stage_failure(error, "briefing", "briefing", context.run_id)}) from error
    context.instance.add_dynamic_partitions(BRIEFING_PARTITIONS, [order.id])
    context.instance.add_run_tags(context.run_id, {BRIEFING_TAG: order.id})
    page = dg.MetadataValue.url(partition_page("briefing_video", order.id))
    return dg.Output(order.id, metadata={"briefing": order.id, "video": page})


EXAMPLE: dict[str, Any] = {"releases": ["examples/release.txt"], "formats": ["wide"], "target": 30}
"""What the Launchpad opens with."""


@dg.job(
    executor_def=dg.in_process_executor,
    tags={PRIORITY_TAG: "50", MAX_RUNTIME_TAG: "600"},
    config={"ops": {"take_briefing": {"config": EXAMPLE}}},
)
def submit_briefing() -> None:
    """Ask for a briefing: name its releases in the config, launch, and find its partition of every stage."""
    take_briefing()


BRIEFING_JOBS: list[Any] = [plan_briefing, assemble_briefing, publish_briefing, submit_briefing]
