"""Emergency: the plan and the video of every alert, published as soon as its checks hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import show
from assets.common.stage import OWNERS
from assets.partitions import ALERTS
from resources.jobs_and_tags import ALERT_PARTITIONS, ALONE_TAG, Pool, tagged
from resources.runs.failures import as_dagster, stage_failure
from resources.runs.processes import others_at_work
from resources.runs.work import in_order
from videogen.emergency.publishing.check_names import REQUIRED
from videogen.errors import AlertStateError, VideogenError
from videogen.text.shown_text import without_links

if TYPE_CHECKING:
    from videogen.domain.artifacts import StageFailure
    from videogen.emergency.layout.template import EmergencyTemplate
    from videogen.emergency.publishing.production_parts import Making, Plan, Published
    from videogen.emergency.rendering.renderer import Background

PLAN, VIDEO = dg.AssetKey("emergency_plan"), dg.AssetKey("emergency_video")
IN_TIME = "in_time"
_CHECKS = {
    "message": "The video states source, hazard, place, time and guidance.",
    "legibility": "Contrast, safe area, letter size, reading time, glyphs and flashes are within their limits.",
    "watermark": "An exercise or test is marked as such on every frame; a real alert is not.",
    "captions": "Every language of the alert has captions.",
    "sound": "The loudness of the sound, if there is any, follows EBU R 128.",
    "file": "The mp4 decodes to its last frame and has the requested size, rate and length.",
    "in_force": "The alert is in effect: not expired, cancelled or replaced.",
    "signature": "The signed file was verified: it is unchanged, and the signer is trusted.",
}


@dg.multi_asset(
    name="emergency",
    specs=[
        dg.AssetSpec(
            PLAN,
            description="The plan: template, time left, and fallback tier, decided before anything is drawn.",
            group_name="emergency",
            kinds={"python", "json"},
            owners=OWNERS,
            code_version="1",
            tags={"stage": "emergency_plan"},
            partitions_def=ALERTS,
            skippable=True,
        ),
        dg.AssetSpec(
            VIDEO,
            deps=[PLAN],
            description="The alert's mp4, captions and record in the published folder, or why it was not published.",
            group_name="emergency",
            kinds={"mp4", "pyav"},
            owners=OWNERS,
            code_version="1",
            tags={"stage": "emergency_video"},
            partitions_def=ALERTS,
            skippable=True,
        ),
    ],
    check_specs=[
        *(dg.AssetCheckSpec(name, asset=VIDEO, description=_CHECKS[name]) for name in REQUIRED),
        dg.AssetCheckSpec(IN_TIME, asset=VIDEO, description="Published within emergency_max_generation_time."),
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
    # Without it Dagster wants a result of every check, also where no alert came so far.
    can_subset=True,
    pool=Pool.EMERGENCY.value,
    # The resource `emergency` notes which process works on the run.
    required_resource_keys={"storage", "models", "emergency", "notifier"},
)
def emergency(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
    """Plan, make, check and publish the alerts of the run, most urgent first, then any that arrived meanwhile."""
    tools = _tools(context)
    failures: dict[str, StageFailure] = {}
    seen: set[str] = set()
    while (key := _next(tools, context, seen)) is not None:
        seen.add(key)
        yield from _handle(context, tools, key, failures)
    from videogen.emergency.publishing.publish import take_down_ended

    for taken_down in take_down_ended(tools):
        context.log.info(f"{taken_down} is withdrawn")
    if failures:
        raise as_dagster(failures, len(seen))


def _tools(context: dg.AssetExecutionContext) -> Making:
    from videogen.emergency.publishing.production_parts import making
    from videogen.emergency.rendering.model_background import background_config, model_background

    config, models = context.resources.storage.settings.config, context.resources.models
    if config.emergency.emergency_use_templates:
        return making(config, run_id=context.run.run_id)

    def background(template: EmergencyTemplate, deadline: float | None) -> Background:
        # A profile that cannot be read costs the background, not the alert: so nothing is read before it is wanted.
        drawing = background_config(config)
        return model_background(
            template,
            drawing,
            models.synthesizer,
            store=config.location(config.paths.store),
            profile=models.profile(drawing),
            revision=models.revision(drawing),
            deadline=deadline,
        )

    return making(config, run_id=context.run.run_id, background=background)


def _next(tools: Making, context: dg.AssetExecutionContext, seen: set[str]) -> str | None:
    """The most urgent alert that is left: of this run's partitions, and, unless it is to stay alone, of all."""
    register = tools.manager.register
    left = [register.get(key) for key in context.partition_keys if key not in seen]
    if tagged(context.run.tags, ALONE_TAG) != "true":
        known = {alert.key for alert in left} | _in_hand(tools, context) | seen
        others = [alert for alert in register.unfinished() if alert.key not in known]
        context.instance.add_dynamic_partitions(ALERT_PARTITIONS, [alert.key for alert in others])
        left += others
    return min(left, key=lambda alert: (-alert.rank, alert.alert.sent, alert.key)).key if left else None


def _in_hand(tools: Making, context: dg.AssetExecutionContext) -> set[str]:
    """What another process is at now: it holds the emergency mode.

    A killed process leaves its hold behind for a while; what it was at must not wait for that, least of all the most
    urgent alert.
    """
    state = tools.manager.mode.state()
    if state is None or not others_at_work(context.instance, context.run):
        return set()
    return {holder.who for holder in state.holders}


def _handle(
    context: dg.AssetExecutionContext, tools: Making, key: str, failures: dict[str, StageFailure]
) -> Iterator[Any]:
    from videogen.emergency.publishing.production import process

    clock = time.perf_counter()
    plans: list[Plan] = []
    try:
        published = process(tools, key, plans.append)
    except AlertStateError as error:
        context.log.warning(without_links(f"{key} is not published: {error}"))
        return
    except VideogenError as error:
        failures[key] = stage_failure(error, "emergency_video", key, context.run.run_id)
        _tell(context, error)
        yield from (_of_plan(made) for made in plans)
        return
    yield from (_of_plan(made) for made in plans)
    if published is None:
        context.log.info(f"nothing can be published for {key}: it is {tools.manager.register.get(key).state}")
        return
    context.log.info(f"{key} is published after {time.perf_counter() - clock:.1f} s: {published.folder}")
    yield dg.AssetMaterialization(VIDEO, partition=key, metadata=_of_video(published))
    yield from _evaluations(published)


def _tell(context: Any, error: VideogenError) -> None:
    """A warning that is not on air needs a person, at once."""
    where = f" (alert {error.video_id})" if error.video_id else ""
    context.resources.notifier.alert(
        "alert_not_published", "critical", f"{error.problem}{where}", remedy=error.remedy, log=context.log
    )


def _of_plan(made: Plan) -> dg.AssetMaterialization:
    allocation, choice = made.allocation, made.choice
    return dg.AssetMaterialization(
        PLAN,
        partition=made.registered.key,
        metadata={
            "template": made.template.id,
            "template_version": made.template.version,
            "rung": choice.rung.value,
            "skipped": show.bullets(f"{one.rung}: {one.why}" for one in choice.skipped),
            "seconds_left": (allocation.deadline - made.planned_at).total_seconds(),
            "deadline": allocation.deadline.isoformat(),
            "estimates": _estimates(allocation.estimates),
            "priority": allocation.priority,
            "pool": allocation.pool,
            "size": "×".join(map(str, allocation.size)),
            "fps": allocation.fps,
            "expected_frames": allocation.frames,
            "seconds": made.seconds,
        },
    )


def _of_video(published: Published) -> dict[str, Any]:
    record = published.record
    facts: dict[str, Any] = {
        "title": record.title,
        "path": dg.MetadataValue.path(str(published.folder / (record.video or "record.json"))),
        "message": f"{record.msg_type}, {record.status}",
        "identity": f"{record.identity.identifier} of {record.identity.sender}, sent {record.sent_at.isoformat()}",
        "sent_to_published": (record.published_at - record.sent_at).total_seconds(),
        "taken_to_published": record.latency,
        "supersedes": show.bullets(record.supersedes),
        "note": record.note or "none",
    }
    if record.video is None:
        return in_order(facts)
    if published.frames is not None:
        facts |= show.pictures(published.frames, record.title, numbers=published.numbers)
    facts |= show.watch("alert", record.key)
    facts |= {
        "template": str(record.template),
        "template_version": int(record.template_version or 0),
        "rung": str(record.rung),
        "skipped": show.bullets(f"{rung}: {why}" for rung, why in record.skipped.items()),
        "estimates": _estimates(record.estimates),
        "languages": ", ".join(record.languages),
        "watermark": record.watermark or "none",
        "imperceptible_watermark": record.payload or "none",
        "files": show.table(file.model_dump() for file in record.files),
        **{f"seconds_{part}": seconds for part, seconds in record.seconds.items()},
    }
    return in_order(facts)


def _estimates(estimates: dict[Any, float]) -> dg.MetadataValue:
    return show.table({"rung": str(rung), "seconds": round(seconds, 2)} for rung, seconds in estimates.items())


def _evaluations(published: Published) -> Iterator[dg.AssetCheckEvaluation]:
    record = published.record

    def evaluation(name: str, passed: bool, found: str, severity: dg.AssetCheckSeverity) -> dg.AssetCheckEvaluation:
        return dg.AssetCheckEvaluation(
            asset_key=VIDEO,
            check_name=name,
            passed=passed,
            metadata={},
            severity=severity,
            description=found,
            partition=record.key,
        )

    for gate in record.checks:
        yield evaluation(gate.name, gate.holds, gate.found, dg.AssetCheckSeverity.ERROR)
    found = f"{record.latency:.1f} s after it was accepted, {record.budget_seconds:g} s are allowed"
    yield evaluation(IN_TIME, record.latency <= record.budget_seconds, found, dg.AssetCheckSeverity.WARN)
