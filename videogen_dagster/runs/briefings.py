"""Briefings made in this process, as real Dagster runs: plan, assemble, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from resources.jobs_and_tags import BRIEFING_PARTITIONS, BRIEFING_TAG, REVISION_TAG, Job
from resources.runs.failures import error_of, failures_of
from resources.settings import SettingsResource
from resources.storage import StorageResource
from videogen.briefing.checks.report import BriefingReport
from videogen.briefing.production.examining import REPORT
from videogen.briefing.production.order import BriefingOrder
from videogen.briefing.production.ordering import take_order
from videogen.errors import ReleaseError, VideogenError
from videogen.release.folder import folder_of, read_record
from videogen.release.override import override_by
from videogen_dagster.home import home_errors, project_instance
from videogen_dagster.runs import launcher
from videogen_dagster.runs.authorship import author, note_author
from videogen_dagster.runs.release import decide_to_publish, tell_outlets
from videogen_dagster.runs.videos import end_dead_runs

if TYPE_CHECKING:
    from videogen.briefing.production.making import BriefingMaker
    from videogen.config.config import VideoGenConfig
    from videogen.release.record import ReleaseRecord


@dataclass(frozen=True)
class BriefingResult:
    """What became of a briefing.

    videos: the mp4s; storyboard: the YAML file of the revision; report: None after a plan only; seconds: by language.
    """

    id: str
    revision: int
    folder: str
    storyboard: str
    videos: tuple[Path, ...] = ()
    report: BriefingReport | None = None
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def maker_of(config: VideoGenConfig) -> BriefingMaker:
    """What makes the briefings of a configuration."""
    return _storage(config).briefing_maker


@home_errors()
def make_briefing(
    files: Sequence[Path],
    *,
    config: VideoGenConfig,
    plan_only: bool = False,
    instance: dg.DagsterInstance | None = None,
    **wishes: Any,
) -> BriefingResult:
    """Take an order and make it.

    Args:
        files: the releases, one for each language.
        config: the settings.
        plan_only: stop when the storyboard is there.
        instance: Dagster's instance; None: the project's.
        wishes: those of `take_order`: languages, formats, target, brand, loudness, narration, requester, source.

    Raises:
        VideogenError: a release cannot be used, or a stage failed.
    """
    storage = _storage(config)
    person = author(config, "submit")
    if person is not None and wishes.get("requester") is None:
        wishes["requester"] = person.name
    order = take_order(storage.briefings, files, **wishes)
    note_author(config, person, [order.id], "submit", "briefing")
    return run_briefing(order, config=config, plan_only=plan_only, instance=instance)


@home_errors()
def run_briefing(
    order: BriefingOrder, *, config: VideoGenConfig, plan_only: bool = False, instance: dg.DagsterInstance | None = None
) -> BriefingResult:
    """Plan where the storyboard is missing, then make the latest revision.

    Raises:
        VideogenError: a stage failed.
    """
    instance = instance or project_instance()
    end_dead_runs(instance)
    instance.add_dynamic_partitions(BRIEFING_PARTITIONS, [order.id])
    store = _storage(config).briefings
    if plan_only or not store.latest_number(order.id):
        _run(Job.PLAN_BRIEFING, order, config, instance)
    if not plan_only:
        _make_clips(order, config, instance)
        _run(Job.ASSEMBLE_BRIEFING, order, config, instance, revision=store.latest_number(order.id))
    return result_of(order.id, config)


def _make_clips(order: BriefingOrder, config: VideoGenConfig, instance: dg.DagsterInstance) -> None:
    """Make the clips that the latest revision lacks, all in one run: neighbours share it, and are drawn together."""
    from videogen.briefing.production.clips import keep_clips
    from videogen.intake.request_files import build_request
    from videogen_dagster.runs.videos import run_videos, submit_all

    maker = maker_of(config)
    number = maker.store.latest_number(order.id)
    missing = maker.missing_clips(order.id, number)
    if not missing:
        return
    requests = [
        build_request(
            {
                "prompt": clip.prompt,
                "seed": clip.seed,
                "duration": clip.seconds,
                "priority": order.priority,
                "requester": f"briefing {order.id}, shot {clip.shot}",
            },
            source="python",
            config=config,
        )
        for clip in missing
    ]
    stored = submit_all(requests, instance, config)
    run_videos([request.id for request in stored], config=config, instance=instance, tags={BRIEFING_TAG: order.id})
    made = {clip.key: request.id for clip, request in zip(missing, stored, strict=True)}
    keep_clips(maker.store, order.id, number, made)


def result_of(briefing_id: str, config: VideoGenConfig) -> BriefingResult:
    """What there is of the latest revision of a briefing."""
    from videogen.briefing.production.made import NarrationFacts

    maker = maker_of(config)
    store = maker.store
    number = store.latest_number(briefing_id)
    variants = maker.variants(briefing_id, number)
    facts = store.read(briefing_id, number, "narration", NarrationFacts)
    return BriefingResult(
        id=briefing_id,
        revision=number,
        folder=store.location(briefing_id, number),
        storyboard=store.storyboard_text(briefing_id, number).decode("utf-8"),
        videos=tuple(store.file(briefing_id, number, record.facts.video) for record in variants.made),
        report=store.read(briefing_id, number, REPORT, BriefingReport),
        notes=(
            *_rewriting(maker, briefing_id),
            *(facts.notes if facts else ()),
            *(f"{name}: {why}" for name, why in variants.failed.items()),
        ),
        seconds=facts.seconds if facts else {},
    )


def _rewriting(maker: BriefingMaker, briefing_id: str) -> tuple[str, ...]:
    """What a language model proposed and was not taken over."""
    record = maker.rewriting(briefing_id)
    return record.notes if record is not None else ()


@home_errors()
def publish_briefing(
    briefing_id: str,
    *,
    config: VideoGenConfig,
    operator: str | None = None,
    why: str | None = None,
    instance: dg.DagsterInstance | None = None,
) -> tuple[ReleaseRecord, Path]:
    """Take the latest revision to the gate; returns its record and the published folder.

    Raises:
        ReleaseError: a gate is closed; the message names every reason.
    """
    from assets.briefing import GATE

    instance = instance or project_instance()
    order = _storage(config).briefings.order(briefing_id)
    instance.add_dynamic_partitions(BRIEFING_PARTITIONS, [briefing_id])
    override = override_by(operator, why) if why else None
    asked = decide_to_publish(briefing_id, config, operator=operator, override=override)
    result = _run(Job.PUBLISH_BRIEFING, order, config, instance, ops={"published_briefing": asked})
    refused = [x for x in result.get_asset_check_evaluations() if x.check_name == GATE and not x.passed]
    if refused and not result.asset_materializations_for_node("published_briefing"):
        told = {name: value.value for name, value in refused[0].metadata.items()}
        raise ReleaseError(
            str(told["problem"]), remedy=str(told["remedy"]), stage="published_briefing", video_id=briefing_id
        )
    root = config.path(config.paths.published)
    record = read_record(root, briefing_id)
    assert record is not None
    tell_outlets(config)
    return record, folder_of(root, briefing_id)


def _run(
    job: Job,
    order: BriefingOrder,
    config: VideoGenConfig,
    instance: dg.DagsterInstance,
    *,
    revision: int = 0,
    ops: dict[str, dict[str, Any]] | None = None,
) -> dg.ExecuteInProcessResult:
    from videogen_dagster.definitions import defs

    tags = {BRIEFING_TAG: order.id} | ({REVISION_TAG: str(revision)} if revision else {})
    result = launcher.run(
        defs.resolve_job_def(job.value),
        [order.id],
        config=config,
        instance=instance,
        priority=order.priority,
        ops=ops,
        tags=tags,
    )
    if not result.success:
        failures = failures_of(result.all_events, result.run_id)
        raise _raised(failures, order.id)
    return result


def _raised(failures: Any, briefing_id: str) -> VideogenError:
    failure = failures.get(briefing_id) or next(iter(failures.values()))
    return error_of(failure, briefing_id)


def _storage(config: VideoGenConfig) -> StorageResource:
    return StorageResource(settings=SettingsResource.of(config))
