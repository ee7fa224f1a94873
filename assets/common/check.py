"""`@video_check` makes an asset check of a function that checks one video's artifact.

A blocking check keeps a video out of the stages that would make nonsense of it. In a run over many videos a
refused one is noted like any other failure (see `resources.runs.work`): the others go on, and the run fails in
the end. Each video has an evaluation of its own.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from assets.common.stage import open_work
from assets.partitions import VIDEOS
from resources.dagster_internals import is_last
from resources.runs.failures import as_dagster, note_failure
from resources.runs.videos import Video
from resources.runs.work import Stored
from videogen.errors import VideogenError
from videogen.runtime.worker_threads import cores, one_core_each, together


@dataclass(frozen=True)
class Verdict:
    """The result of a check. refusal: why the video must stop here; only used by blocking checks."""

    passed: bool
    found: str
    metadata: dict[str, Any] = field(default_factory=dict)
    refusal: VideogenError | None = None


def video_check(
    asset: dg.AssetsDefinition, kind: type[Any], *, blocking: bool = False, parallel: bool = False
) -> Callable[[Callable[[Video, Any], Verdict]], dg.AssetChecksDefinition]:
    """Make a check named like the function.

    Args:
        asset: the stage whose artifact is checked.
        blocking: whether later stages wait for the check and are skipped where it fails.
        kind: the type of the artifact that the function judges.
        parallel: several videos may be checked in parallel, one a core.
    """
    stage = asset.key.path[-1]

    def decorate(judge: Callable[[Video, Any], Verdict]) -> dg.AssetChecksDefinition:
        def evaluate(context) -> Iterator[Any]:  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
            storage = context.resources.storage
            work = open_work(context, stage)
            stored = Stored(storage, stage, kind)

            def judged(video: Video) -> Verdict:
                try:
                    return judge(video, stored.load(video))
                except VideogenError as error:
                    return Verdict(False, str(error), refusal=error)

            workers = min(len(work.videos), cores()) if parallel else 1
            with one_core_each(workers, judge.__name__) as pool:
                found = together(pool, judged, work.videos)
            verdicts = {video.id: verdict for video, verdict in zip(work.videos, found, strict=True)}
            for video, verdict in zip(work.videos, found, strict=True):
                if blocking and not verdict.passed and verdict.refusal is not None:
                    note_failure(storage, stage, video, verdict.refusal, work.failures)
            ends_here = (
                blocking
                and bool(work.failures)
                and (
                    len(work.failures) == len(context.partition_keys)
                    or is_last(context.get_step_execution_context(), asset.keys)
                )
            )
            yield from _evaluations(asset.key, judge.__name__, verdicts, context.partition_keys, blocking, ends_here)
            if ends_here:
                raise as_dagster(work.failures, len(context.partition_keys))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.PreviewWarning)
            return dg.asset_check(
                asset=asset,
                name=judge.__name__,
                description=inspect.getdoc(judge),
                blocking=blocking,
                required_resource_keys={"storage"},
                partitions_def=VIDEOS,
            )(evaluate)  # type: ignore[arg-type]  # a generator of check events is as good as one result

    return decorate


def _evaluations(
    asset: dg.AssetKey, name: str, verdicts: dict[str, Verdict], keys: list[str], blocking: bool, ends_here: bool
) -> Iterator[Any]:
    """One evaluation a video, and the step's own result.

    What a blocking check refuses is reported as an error; Dagster would stop the whole run for an error of
    the step's own result, so that one is a warning while other videos can go on.
    """
    passed = bool(verdicts) and all(verdict.passed for verdict in verdicts.values())
    if len(keys) > 1:
        for video_id, verdict in verdicts.items():
            yield dg.AssetCheckEvaluation(
                asset_key=asset,
                check_name=name,
                passed=verdict.passed,
                metadata=verdict.metadata,
                severity=_severity(blocking),
                description=verdict.found,
                blocking=False,
                partition=video_id,
            )
    single = next(iter(verdicts.values()), Verdict(False, "no video reached this stage"))
    refused = [video_id for video_id, verdict in verdicts.items() if not verdict.passed]
    found = single.found if len(keys) == 1 else f"{len(verdicts) - len(refused)} of {len(verdicts)} videos pass"
    yield dg.AssetCheckResult(
        passed=passed,
        severity=_severity(blocking and ends_here),
        description=found,
        metadata=single.metadata if len(keys) == 1 else {"refused": ", ".join(refused) or "none"},
    )


def _severity(stops: bool) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN
