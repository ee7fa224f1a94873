"""Release: the best attempt of a video, through the gate, signed, in the published folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from assets.common import show
from assets.partitions import VIDEOS
from resources.runs.failures import as_dagster, stage_failure
from resources.runs.work import in_order
from videogen.errors import ReleaseError, StorageError, VideogenError
from videogen.release.override import Override, override_by, publisher_name
from videogen.text.shown_text import without_links

if TYPE_CHECKING:
    import pandas as pd

    from videogen.release.publisher import Published
    from videogen.release.record import Provenance, ReleaseDecision, ReleaseRecord

GATE = "release_gate_is_open"
READS = ("prompt_asset", "fact_check_report", "rendered_video", "quality_report")


class PublishConfig(dg.Config):
    """Who publishes; with a reason, also a video that a gate blocks."""

    operator: str = Field(description="your name: it is kept in the record, in the signed file and in the table")
    why: str | None = Field(
        default=None,
        description="the reason for publishing although quality or facts failed; none: publish only if all gates hold",
    )

    def override(self) -> Override | None:
        """Raises InputError where the reason or the name is too short to mean anything."""
        return None if self.why is None else override_by(self.operator, self.why)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)
    warnings.simplefilter("ignore", dg.PreviewWarning)

    @dg.asset(
        name="published_video",
        group_name="release",
        kinds={"mp4"},
        owners=["team:videogen"],
        tags={"stage": "published_video"},
        code_version="1",
        description="The release: the best attempt of all, signed with content credentials, in the published folder. "
        "Only if the gates policy, facts, quality, label and signature hold, or an operator overrides.",
        partitions_def=VIDEOS,
        backfill_policy=dg.BackfillPolicy.multi_run(1),
        pool="publish",
        deps=list(READS),
        required_resource_keys={"storage", "signer", "notifier"},
        # A refused release is an answer of the gate, not a failure of the run.
        output_required=False,
        config_schema=PublishConfig.to_config_schema().as_field(),
        check_specs=[
            dg.AssetCheckSpec(
                GATE, asset="published_video", description="Every gate of the release holds.", partitions_def=VIDEOS
            )
        ],
    )
    def published_video(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
        """Check the gate, then sign and publish."""
        video_id: str = context.partition_key
        try:
            asked = PublishConfig(**context.op_execution_context.op_config)
            override, name = asked.override(), publisher_name(asked.operator)
            published = context.resources.signer.publisher().publish(video_id, override, by=name)
            if published.is_new:
                row = release_row(published.record)
                context.resources.storage.warehouse.write("releases", f"{video_id}.{context.run.run_id}", row)
        except VideogenError as error:
            yield from _not_published(context, video_id, error.at(stage="published_video", video_id=video_id))
            return
        metadata = release_facts(published)
        yield dg.MaterializeResult(metadata=metadata)
        yield dg.AssetCheckResult(
            check_name=GATE,
            passed=not published.record.lifted,
            severity=dg.AssetCheckSeverity.WARN,
            description=published.decision.summary,
            metadata={"gates": metadata["gates"]},
        )


def _not_published(context: Any, video_id: str, error: VideogenError) -> Iterator[Any]:
    """The failed check, and the alert where nobody has been told yet.

    What the gate refuses gives a row and ends the run well; what could not be signed or written fails it.
    """
    storage, notifier = context.resources.storage, context.resources.notifier
    decision = refusal(storage, video_id) if isinstance(error, ReleaseError) else None
    metadata: dict[str, Any] = {"problem": error.problem, "remedy": error.remedy or "none"}
    if decision:
        metadata["gates"] = gate_table(decision.gates)
    # Red is for what broke: a gate that is closed is an answer.
    severity = dg.AssetCheckSeverity.WARN if decision else dg.AssetCheckSeverity.ERROR
    yield dg.AssetCheckResult(
        check_name=GATE, passed=False, severity=severity, description=error.problem, metadata=metadata
    )
    try:
        if decision:
            row = refusal_row(video_id, decision)
            storage.warehouse.write("releases", f"{video_id}.{context.run.run_id}", row)
        # That a video misses its quality targets has been told when its last attempt did.
        if decision is None or "quality" not in decision.closed:
            notifier.alert(
                "release_refused",
                "warning" if decision else "critical",
                error.problem,
                remedy=error.remedy,
                video_id=video_id,
                attempt=decision.attempt if decision else None,
                log=context.log,
            )
    except StorageError as unwritable:
        # A full disk must not put its own failure in the place of what is wrong with the video.
        context.log.error(f"the refusal of {video_id} could not be written to the table releases: {unwritable}")
    if decision:
        context.log.warning(without_links(str(error)))
        return
    raise as_dagster({video_id: stage_failure(error, "published_video", video_id, context.run.run_id)})


def refusal(storage: Any, video_id: str) -> ReleaseDecision | None:
    """Return the latest decision of the gate."""
    from videogen.release.record import ReleaseDecision

    attempts = storage.requests.attempts(video_id)
    found = [
        storage.artifacts.load(video_id, attempt.number, "release_decision", ReleaseDecision)
        for attempt in attempts
        if storage.artifacts.exists(video_id, attempt.number, "release_decision")
    ]
    return max(found, key=lambda decision: decision.asked_at, default=None)


def gate_table(gates: Any) -> dg.MetadataValue:
    """Gate by gate, for the UI."""
    return show.table({"gate": gate.name, "state": gate.state, "found": gate.found} for gate in gates)


def release_facts(published: Published) -> dict[str, Any]:
    """Metadata of the release."""
    from videogen.media.reading import probe

    record = published.record
    made = record.provenance
    facts: dict[str, Any] = {
        **show.pictures_of(published.video, probe(published.video).num_frames, made.title or made.prompt),
        **show.watch(made.id, "published"),
        "title": made.title or made.prompt,
        "prompt": made.prompt,
        "path": dg.MetadataValue.path(str(published.video)),
        "sha256": record.sha256,
        "bytes": f"{record.bytes:,}",
        "attempt": str(made.attempt or 0),
        "seed": dg.MetadataValue.text(str(made.seed)),
        "model": f"{made.model} {made.revision}".strip(),
        "signer": record.signer,
        "imperceptible_watermark": made.watermark or "none",
        "released_by": made.released_by or "not recorded",
        **approval_facts(made),
        "below_target": made.below_target,
        "gates": gate_table(record.gates),
        **({} if record.fidelity is None else {record.fidelity.compared: record.fidelity.words}),
    }
    if made.override is not None:
        facts["override"] = f"{made.override.operator}: {made.override.why}"
    return in_order(facts)


def approval_facts(made: Provenance) -> dict[str, Any]:
    """Who approved exactly what, when; embargo, correction: for metadata of videos and briefings."""
    facts: dict[str, Any] = {"state": made.state}
    if made.approvals:
        rows = (
            {"approved by": one.by, "recognised by": one.authentication, "when": one.at.isoformat(), "of": one.sha256}
            for one in made.approvals
        )
        facts["approvals"] = show.table(rows)
    if made.embargo is not None:
        facts["embargo"] = made.embargo.isoformat()
    if made.late:
        facts["late"] = made.late
    if made.corrects is not None:
        facts["corrects"] = made.corrects.line
    return facts


def release_row(record: ReleaseRecord, event: str = "published") -> pd.DataFrame:
    """A row of the table `releases` about a published or withdrawn video."""
    import pandas as pd

    made, taken = record.provenance, record.withdrawn
    person = taken or made.override
    return pd.DataFrame(
        [
            {
                "video_id": made.id,
                "attempt": made.attempt,
                "event": event,
                "decided_at": taken.at if taken else made.released_at,
                "released_by": made.released_by or None,
                "operator": person.operator if person else None,
                "why": person.why if person else None,
                "sha256": record.sha256,
                "below_target": made.below_target,
                "summary": f"overridden: {', '.join(record.lifted)}" if record.lifted else "every gate holds",
            }
        ]
    )


def refusal_row(video_id: str, decision: ReleaseDecision) -> pd.DataFrame:
    """A row of the table `releases` about a video that was not published."""
    import pandas as pd

    row = {"video_id": video_id, "attempt": decision.attempt, "event": "refused", "decided_at": datetime.now(UTC)}
    empty = {"released_by": None, "operator": None, "why": None, "sha256": None, "below_target": None}
    return pd.DataFrame([{**row, **empty, "summary": decision.summary}])
