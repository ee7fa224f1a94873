"""`@stage` turns a function that handles one video into a Dagster asset; all stages share the rest."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, get_type_hints

import dagster as dg

from assets.common.side_by_side import side_by_side
from assets.partitions import VIDEOS
from resources.dagster_internals import is_last, selected_assets
from resources.runs.failures import as_dagster, failure_of_run, stage_failure
from resources.runs.videos import Video, find_video, is_resumed
from resources.runs.work import DENOISING, Made, Stored, Work
from videogen.config.config import VideoGenConfig
from videogen.domain.stages import STAGES
from videogen.errors import CapacityError, VideogenError
from videogen.monitoring.context import working_on

T = TypeVar("T")
OWNERS = ["team:videogen"]
CHUNK = 8


def stage(
    group: str,
    *,
    kinds: set[str],
    pool: str | None = None,
    deps: Sequence[str] = (),
    code_version: str = "1",
    makes: Mapping[str, str] | None = None,
    together: bool = False,
    parallel: Callable[[VideoGenConfig], bool] | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Make an asset of ``function(video, <stages it reads>…, <resources>…) -> Made``.

    Parameters named like a stage are its inputs, of the type they are annotated with; the others are resources.
    One run handles any number of partitions: each video's value is made, stored and reported on its own.

    Args:
        group: name of the assets' group.
        kinds: what Dagster shows as their kinds.
        pool: pool that a step takes a place in; None: none.
        code_version: goes up when the same inputs give another value.
        deps: assets that must be there before, though nothing is read from them.
        makes: the assets that the function makes at once and their descriptions, where it gives a value for each by
            name; without it, one asset of the function's own name and description.
        together: the function takes lists, for up to `CHUNK` videos, and gives a list: for work that is
            cheaper when it is done for several videos at once.
        parallel: whether, under this configuration, several videos may be computed in parallel, one a core.
    """

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        name = function.__name__
        described = dict(makes or {name: inspect.getdoc(function) or ""})
        first = next(iter(described))
        _, *parameters = inspect.signature(function).parameters
        inputs = {key: _kind(function, key) for key in parameters if key in STAGES}
        resources = [key for key in parameters if key not in STAGES]

        def compute(context, **stored):  # type: ignore[no-untyped-def]  # Dagster refuses other annotations here
            given = {key: getattr(context.resources, key) for key in resources}

            def make(video: Video) -> Mapping[str, Made[Any]]:
                with working_on(run_id=video.run_id, video_id=video.id, attempt=video.number, stage=first):
                    made = function(video, **{key: stored[key].load(video) for key in inputs}, **given)
                return {name: made} if makes is None else made

            def make_together(videos: Sequence[Video]) -> list[Made[Any]]:
                columns = {key: [stored[key].load(video) for video in videos] for key in inputs}
                first = videos[0]
                alone = first.id if len(videos) == 1 else None
                with working_on(run_id=first.run_id, stage=name, video_id=alone):
                    made: list[Made[Any]] = function(videos, **columns, **given)
                return made

            emergency = context.resources.emergency
            emergency.wait(name)
            made_here = [stage for stage in described if dg.AssetKey(stage) in context.selected_asset_keys]
            work = open_work(context, made_here)
            emergency.hold_for(work.videos)
            work.observe = context.log_event
            work.monitoring = context.resources.monitoring.service
            work.preempt = emergency.pausing(name, DENOISING)
            if together:
                make_one = in_chunks(work.videos, make_together)
                work.carry_out(lambda video: {name: make_one(video)})
            else:
                waiting = [video for video in work.videos if not work.is_made(video)]
                at_once = parallel is not None and all(parallel(video.config) for video in waiting)
                with side_by_side(name, waiting if at_once else (), make) as prefetching:
                    work.carry_out(prefetching)
            yield from work.observations
            for stage in made_here:
                yield dg.Output(work, output_name=stage if makes else "result")
            ends_here = is_last(context.get_step_execution_context(), context.selected_asset_keys)
            if ends_here:
                emergency.give_back(work.videos)
            if work.failures and ends_here:
                raise as_dagster(work.failures, len(context.partition_keys))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)  # backfill_policy is in beta
            return _definition(
                compute,
                described,
                alone=makes is None,
                asset={"group_name": group, "kinds": kinds, "owners": OWNERS, "code_version": code_version},
                step={
                    "name": name,
                    "pool": pool,
                    "ins": {key: dg.AssetIn(dagster_type=stored_type(kind)) for key, kind in inputs.items()},
                    "deps": list(deps),
                    "required_resource_keys": {"storage", "emergency", "monitoring", *resources},
                },
            )

    return decorate


def _definition(
    compute: Callable[..., Any],
    described: Mapping[str, str],
    *,
    alone: bool,
    asset: Mapping[str, Any],
    step: Mapping[str, Any],
) -> dg.AssetsDefinition:
    """One asset, or several that a step makes at once: a run may ask for one of them only.

    Args:
        compute: the body of the step.
        alone: whether it is a single asset of its own.
        described: name → description.
        asset: what each asset says of itself.
        step: what the step needs.
    """
    asset = {**asset, "io_manager_key": "io_manager"}
    step = {**step, "partitions_def": VIDEOS, "backfill_policy": dg.BackfillPolicy.single_run()}
    if alone:
        ((name, description),) = described.items()
        made: dg.AssetsDefinition = dg.asset(**step, **asset, tags={"stage": name}, description=description)(compute)
        return made
    outs = {
        name: dg.AssetOut(**asset, tags={"stage": name}, description=description, is_required=False)
        for name, description in described.items()
    }
    return dg.multi_asset(**step, outs=outs, can_subset=True)(compute)


def open_work(context: Any, made_here: Sequence[str]) -> Work:
    """Return the videos of this step; those that failed in an earlier step of the run are noted as failures."""
    run, storage = context.run, context.resources.storage
    stages = selected_assets(context.get_step_execution_context())
    videos, failures = [], {}
    for key in context.partition_keys:
        try:
            video = find_video(storage, run, key, stages, context.instance)
        except VideogenError as error:
            failures[key] = stage_failure(error, made_here[0], key, run.run_id)
            continue
        failure = failure_of_run(storage, video)
        if failure is None:
            videos.append(video)
        else:
            failures[key] = failure
    return Work(
        stages=made_here,
        run_id=run.run_id,
        storage=storage,
        log=context.log,
        videos=videos,
        failures=failures,
        is_resumed=is_resumed(run),
    )


def always(config: VideoGenConfig) -> bool:
    """Return True: the work runs on the processor under any configuration."""
    return True


def on_the_processor(config: VideoGenConfig) -> bool:
    """Return True on machines without an accelerator, which parallel videos would have to share."""
    from videogen.runtime.device import choose_device

    return choose_device(config.model.device).type == "cpu"


def in_chunks(
    videos: Sequence[Video], make: Callable[[Sequence[Video]], list[Made[Any]]]
) -> Callable[[Video], Made[Any]]:
    """Run `make` for up to `CHUNK` videos at once and return the results one by one.

    If a chunk fails, its videos are made one by one, so that only the one at fault is lost.
    """
    waiting: dict[str, Made[Any]] = {}
    alone: set[str] = set()

    def make_one(video: Video) -> Made[Any]:
        if video.id in waiting:
            return waiting.pop(video.id)
        waiting.clear()
        start = videos.index(video)
        chunk = [video] if video.id in alone else videos[start : start + CHUNK]
        try:
            made = make(chunk)
        except CapacityError:
            raise
        except Exception:
            if len(chunk) == 1:
                raise
            alone.update(other.id for other in chunk)
            return make([video])[0]
        waiting.update(zip([other.id for other in chunk], made, strict=True))
        return waiting.pop(video.id)

    return make_one


@cache
def stored_type(kind: Any) -> dg.DagsterType:
    """The Dagster type of an input that is read video by video."""
    return dg.DagsterType(
        name=f"Stored_{kind.__name__}",
        type_check_fn=lambda _, value: isinstance(value, Stored),
        typing_type=Stored[kind],
        description=f"{kind.__name__} of every video of the run",
    )


def _kind(function: Callable[..., Any], parameter: str) -> Any:
    kind = get_type_hints(function)[parameter]
    return kind.__args__[0] if getattr(kind, "__args__", ()) else kind
