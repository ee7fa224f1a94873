"""A project in a test's own folder: configuration, stores, instance, requests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from assets.partitions import VIDEOS
from resources.all import build_resources
from resources.runs.partitions import range_tags
from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen.domain.requests import VideoRequest


@dataclass
class Project:
    """What a test needs of a project."""

    settings: dict[str, Any]
    instance: dg.DagsterInstance

    @property
    def storage(self) -> StorageResource:
        return StorageResource(settings=SettingsResource(overrides=self.settings))

    @property
    def resources(self) -> dict[str, Any]:
        return build_resources({"settings": SettingsResource(overrides=self.settings)})

    def submit(self, *prompts: str, **fields: Any) -> list[str]:
        """Store requests with neighbouring partitions; returns their ids."""
        ids = [self.storage.requests.submit(VideoRequest(prompt=prompt, **fields)).id for prompt in prompts]
        self.instance.add_dynamic_partitions(VIDEOS.name, ids)
        return ids

    def materialize(self, assets: Sequence[Any], ids: Sequence[str], **options: Any) -> dg.ExecuteInProcessResult:
        """One run over neighbouring videos; failures are in the result."""
        tags = {**range_tags(ids), **options.pop("tags", {})}
        return dg.materialize(
            assets,
            resources=self.resources,
            instance=self.instance,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            **options,
        )


def that_make(stages: Collection[str]) -> list[dg.AssetsDefinition]:
    """The definitions that make one of these stages."""
    from assets.all import ASSETS

    return [asset for asset in ASSETS if any(key.path[-1] in stages for key in asset.keys)]


def announce(instance: dg.DagsterInstance, video_id: str, attempt: int, tags: dict[str, str] | None = None) -> None:
    """Say that the quality report of an attempt has been made; tags: by a run that carries these."""
    metadata = {"attempt": dg.TextMetadataValue(str(attempt))}
    event = dg.AssetMaterialization("quality_report", partition=video_id, metadata=metadata)
    if tags is None:
        instance.report_runless_asset_event(event)
        return

    @dg.op
    def emit(context):  # type: ignore[no-untyped-def]  # Dagster cannot read postponed annotations here
        context.log_event(event)

    @dg.job
    def say() -> None:
        emit()

    assert say.execute_in_process(instance=instance, tags=tags).success


def places(folder: Path) -> dict[str, Any]:
    """Settings that keep everything in one folder."""
    return {
        "paths.store": str(folder / "store"),
        "paths.warehouse": str(folder / "warehouse"),
        "paths.inbox": str(folder / "inbox"),
        "paths.output": str(folder / "output"),
        "paths.published": str(folder / "published"),
        "release.development_folder": str(folder / "signing"),
        "release.people_folder": str(folder / "people"),
        "release.key_folder": str(folder / "keys"),
        "fact_check.knowledge_base": str(folder / "knowledge"),
        "monitoring.folder": str(folder / "monitoring"),
    }


def made(result: dg.ExecuteInProcessResult) -> set[tuple[str, str | None]]:
    """(asset, partition) of everything that the run reported as materialised."""
    return {(event.asset_key.path[-1], event.partition) for event in result.all_events if event.is_step_materialization}


def failure_text(result: dg.ExecuteInProcessResult) -> str:
    """What the failed steps said."""
    found = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            found.append((data.user_failure_data and data.user_failure_data.description) or str(data.error))
    return "\n".join(found)
