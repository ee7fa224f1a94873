"""Briefings: storyboard, narration, shots, finished videos, their report, and the release."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import show
from assets.common.stage import OWNERS
from assets.partitions import BRIEFINGS
from assets.release import PublishConfig, approval_facts, gate_table
from resources.jobs_and_tags import REVISION_TAG, Pool
from resources.runs.failures import as_dagster, stage_failure
from resources.runs.work import SECONDS_BETWEEN_LINES
from videogen.errors import ReleaseError, VideogenError
from videogen.release.override import publisher_name
from videogen.runtime import progress
from videogen.runtime.progress import Progress, listen
from videogen.text.shown_text import without_links

if TYPE_CHECKING:
    from logging import Logger

    import numpy as np
    from numpy.typing import NDArray

    from videogen.briefing.production.making import BriefingMaker
    from videogen.briefing.storyboard.model import Storyboard

GROUP = "briefing"
GATE = "briefing_gate_is_open"
_RESOURCES = {"storage", "emergency"}
Make = Callable[["BriefingMaker", str, int, Any], Mapping[str, Any]]


def _asset(
    name: str, deps: list[str], make: Make, kinds: set[str], more: frozenset[str] = frozenset(), **extra: Any
) -> dg.AssetsDefinition:
    """An asset of one briefing a run: `make` does the work and says what there is to see."""

    def compute(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
        key = context.partition_key
        emergency = context.resources.emergency
        emergency.wait(name)
        maker: BriefingMaker = context.resources.storage.briefing_maker
        try:
            number = int(context.run.tags.get(REVISION_TAG, 0)) or maker.store.latest_number(key)
            with listen(emergency.pausing(name)), listen(_logged(context.log)):
                yield dg.MaterializeResult(metadata={"briefing": key, **make(maker, key, number, context)})
        except VideogenError as error:
            raise as_dagster(
                {key: stage_failure(error.at(stage=name, video_id=key), name, key, context.run.run_id)}
            ) from error

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        made: dg.AssetsDefinition = dg.asset(
            name=name,
            group_name=GROUP,
            kinds=kinds,
            owners=OWNERS,
            tags={"stage": name},
            description=make.__doc__,
            code_version="1",
            partitions_def=BRIEFINGS,
            backfill_policy=dg.BackfillPolicy.multi_run(1),
            deps=deps,
            required_resource_keys=_RESOURCES | more,
        )(compute)
    return made


def _logged(log: Logger) -> Callable[[Progress], None]:
    """Lines of the log by which the review desk knows how far a run is, at most one a second."""
    last = [0.0]

    def tell(told: Progress) -> None:
        if told.done == told.total or time.monotonic() - last[0] >= SECONDS_BETWEEN_LINES:
            last[0] = time.monotonic()
            log.info(f"{told.stage} {told.done}/{told.total}")

    return tell


def _reported(stage: str) -> Callable[[int, int], None]:
    return lambda done, total: progress.report(stage, done, total)


def _storyboard(maker: BriefingMaker, key: str, number: int, context: Any) -> Mapping[str, Any]:
    """The shots: what is said and shown, each sentence with its place in the release."""
    storyboard, notes = maker.plan(key)
    revision = maker.store.revision(key)
    return {
        "title": storyboard.title[storyboard.languages[0]],
        "revision": revision.number,
        "by": revision.by,
        "shots": show.table(_rows(storyboard)),
        "number_of_shots": len(storyboard.shots),
        "notes": show.bullets(notes),
    }


def _rows(storyboard: Storyboard) -> Iterator[Mapping[str, Any]]:
    lead = storyboard.languages[0]
    for shot in storyboard.shots:
        told = " ".join(sentence.text.get(lead, "") for sentence in shot.narration)
        yield {"shot": shot.id, "kind": shot.kind, "narration": told, "languages": ", ".join(sorted(shot.languages()))}


def _narration(maker: BriefingMaker, key: str, number: int, context: Any) -> Mapping[str, Any]:
    """The sentences as speech, each measured; the clock of every language follows from it."""
    facts = maker.narrate(key, number, _reported("narration"))
    return {
        **{f"seconds_{language}": seconds for language, seconds in facts.seconds.items()},
        "voices": show.table({"language": name, "voice": voice} for name, voice in facts.voices.items()),
        "notes": show.bullets(facts.notes),
    }


def _shots(maker: BriefingMaker, key: str, number: int, context: Any) -> Mapping[str, Any]:
    """Every shot as it will be seen, in every language and format: what does not fit is found here."""
    sheets: dict[str, list[NDArray[np.uint8]]] = {}
    for language, name, _, picture, last in maker.draw(key, number):
        sheets.setdefault(f"{language}_{name}", []).append(_small(picture.segments[-1].draw(last)))
    return {
        "pictures": sum(map(len, sheets.values())),
        **{f"sheet_{name}": _sheet(frames, name) for name, frames in sheets.items()},
    }


def _small(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A quarter of the size: a sheet needs no more, and all shots are kept for it."""
    return frame[::4, ::4].copy()


def _sheet(frames: list[NDArray[np.uint8]], caption: str) -> dg.MetadataValue:
    import numpy as np

    return show.contact_sheet(np.stack(frames), caption, numbers=range(len(frames)))


def _briefing_video(maker: BriefingMaker, key: str, number: int, context: Any) -> Mapping[str, Any]:
    """The finished videos, one for each language and format, with captions, transcript and chapters beside them."""
    variants = maker.assemble(key, number, _reported("briefing_video"))
    rows = [
        {
            "variant": record.facts.video,
            "seconds": record.facts.seconds,
            "loudness": "silent" if record.facts.loudness is None else f"{record.facts.loudness:.1f} LUFS",
            "bytes": record.facts.bytes,
        }
        for record in variants.made
    ]
    facts: dict[str, Any] = {"variants": show.table(rows), "failed": show.bullets(variants.failed.values())}
    if variants.made:
        first = variants.made[0].facts
        path = maker.store.file(key, number, first.video)
        facts |= show.pictures_of(path, first.frames, maker.store.storyboard(key, number).title[first.language])
        facts |= {"path": dg.MetadataValue.path(maker.store.location(key, number)), "seconds": first.seconds}
    return facts


def _briefing_report(maker: BriefingMaker, key: str, number: int, context: Any) -> Mapping[str, Any]:
    """What was found about the briefing: facts, files as they were measured, rights, and the gates that follow."""
    from videogen.briefing.production.examining import examine
    from videogen.preprocessing.policy.policy import load_policy

    config = context.resources.storage.settings.config
    report = examine(
        maker,
        key,
        number,
        context.resources.knowledge.checker(config),
        load_policy(config.path(config.preprocessing.policy_file)),
        _reported("briefing_report"),
    )
    return {
        **show.desk(config, key),
        "gates": gate_table(report.gates),
        "closed": ", ".join(report.closed) or "none",
        "checks": show.table(finding.model_dump() for finding in report.files),
        "facts": show.table(
            {"shot": x.shot, "language": x.language, "outcome": x.outcome, "text": x.text}
            for x in report.facts.verdicts
        ),
        "refuted_and_not_told": show.bullets(report.facts.unused),
        "notes": show.bullets(report.notes),
    }


storyboard = _asset("storyboard", [], _storyboard, {"python", "yaml"})
narration = _asset("narration", ["storyboard"], _narration, {"python"})
shots = _asset("shots", ["narration"], _shots, {"python", "pillow"})
briefing_video = _asset("briefing_video", ["shots"], _briefing_video, {"mp4", "pyav"})
briefing_report = _asset("briefing_report", ["briefing_video"], _briefing_report, {"python"}, frozenset(("knowledge",)))


with warnings.catch_warnings():
    warnings.simplefilter("ignore", dg.BetaWarning)
    warnings.simplefilter("ignore", dg.PreviewWarning)

    @dg.asset(
        name="published_briefing",
        group_name=GROUP,
        kinds={"mp4"},
        owners=OWNERS,
        tags={"stage": "published_briefing"},
        description="The release of a briefing: every variant signed, all files in one folder, if every gate holds.",
        code_version="1",
        partitions_def=BRIEFINGS,
        backfill_policy=dg.BackfillPolicy.multi_run(1),
        pool=Pool.PUBLISH.value,
        deps=["briefing_report"],
        required_resource_keys={"storage", "signer", "emergency"},
        # A refused release is an answer of the gate, not a failure of the run.
        output_required=False,
        config_schema=PublishConfig.to_config_schema().as_field(),
        check_specs=[
            dg.AssetCheckSpec(
                GATE,
                asset="published_briefing",
                description="Every gate of the release holds.",
                partitions_def=BRIEFINGS,
            )
        ],
    )
    def published_briefing(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
        """Check the gates, then sign and publish."""
        from videogen.briefing.production.publishing import BriefingPublisher
        from videogen.release.approval.conditions import Conditions

        key: str = context.partition_key
        storage, signer = context.resources.storage, context.resources.signer
        config = storage.settings.config
        try:
            asked = PublishConfig(**context.op_execution_context.op_config)
            publisher = BriefingPublisher(
                storage.briefing_maker,
                config.path(config.paths.published),
                signer.credentials(),
                conditions=Conditions.of(config),
            )
            published = publisher.publish(key, by=publisher_name(asked.operator), override=asked.override())
        except ReleaseError as error:
            context.log.warning(without_links(str(error)))
            metadata = {"problem": error.problem, "remedy": error.remedy or "none"}
            yield dg.AssetCheckResult(check_name=GATE, passed=False, description=error.problem, metadata=metadata)
            return
        except VideogenError as error:
            failure = stage_failure(error, "published_briefing", key, context.run.run_id)
            raise as_dagster({key: failure}) from error
        gates = gate_table(published.record.gates)
        yield dg.MaterializeResult(
            metadata={
                "briefing": key,
                "path": dg.MetadataValue.path(published.folder),
                "gates": gates,
                "files": len(published.record.files),
                "signer": published.record.signer,
                "imperceptible_watermarks": show.table(
                    {"file": name, "payload": payload} for name, payload in published.record.watermarks.items()
                ),
                "released_by": published.record.provenance.released_by,
                **approval_facts(published.record.provenance),
            }
        )
        yield dg.AssetCheckResult(check_name=GATE, passed=not published.record.lifted, metadata={"gates": gates})


BRIEFING: list[dg.AssetsDefinition] = [
    storyboard,
    narration,
    shots,
    briefing_video,
    briefing_report,
    published_briefing,
]
