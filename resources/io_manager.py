"""The IO manager: loads artifacts by the annotated type, and reports to Dagster what a stage has stored.

Nothing is computed here: stages store video by video in their own body (see `resources.runs.work`).
"""

# No "from __future__ import annotations": Dagster reads the annotation ResourceDependency when the class is made.

from typing import Any, get_args, get_origin

import dagster as dg

from resources.dagster_internals import add_partition_metadata, report_only, selected_assets
from resources.runs.videos import Video, find_video
from resources.runs.work import Made, Stored, Work
from resources.storage import StorageResource
from videogen.storage.request_store import RequestStore


class ArtifactIOManager(dg.ConfigurableIOManager):
    """Artifacts of the asset `name` of a video lie in ``<store>/<video id>/attempt-<n>/<name>.*``.

    Writing: of a `Work` the metadata are recorded; any other value is stored for the run's only partition.
    Reading, by the annotation of the input: ``Stored[Frames]`` gives a reader for all videos of the run,
    ``Frames`` the value of the run's only video, ``dict[str, Frames]`` the values of all by video id.
    """

    storage: dg.ResourceDependency[StorageResource]

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Report to Dagster what the stage has stored."""
        work = obj if isinstance(obj, Work) else self._stored_alone(context, obj)
        done = work.done.get(context.asset_key.path[-1], {})
        for video_id, metadata in done.items():
            add_partition_metadata(context, video_id, metadata)
        report_only(context, done)

    def load_input(self, context: dg.InputContext) -> Any:
        """Return what the annotation of the input asks for."""
        stage = context.asset_key.path[-1]
        wanted = context.dagster_type.typing_type
        if get_origin(wanted) is Stored:
            return Stored(self.storage, stage, get_args(wanted)[0])
        keys = list(context.asset_partition_keys)
        if get_origin(wanted) is dict:
            return {key: self._load(context, key, stage, get_args(wanted)[1]) for key in keys}
        if len(keys) != 1:
            raise dg.Failure(
                f"the input {context.name} covers {len(keys)} videos: annotate it as Stored[…] or dict[str, …]",
                allow_retries=False,
            )
        return self._load(context, keys[0], stage, wanted)

    def _load(self, context: dg.InputContext, video_id: str, stage: str, kind: Any) -> Any:
        if not isinstance(kind, type) or kind is object:
            raise dg.Failure(
                f"annotate the input {context.name} with the type of {stage}, e.g. Frames", allow_retries=False
            )
        requests = self.storage.requests
        step = _step_of(context)
        number = self._video(step, video_id).number if step else _latest_attempt(requests, video_id)
        return self.storage.artifacts.load(video_id, requests.holder(video_id, number, stage), stage, kind)

    def _video(self, step: Any, video_id: str) -> Video:
        return find_video(self.storage, step.dagster_run, video_id, selected_assets(step), step.instance)

    def _stored_alone(self, context: dg.OutputContext, value: Any) -> Work:
        """Store what an asset of somebody's own returned for the run's only partition."""
        step = context.step_context
        work = Work(
            stages=(context.asset_key.path[-1],),
            run_id=step.run_id,
            storage=self.storage,
            log=context.log,
            videos=[self._video(step, context.asset_partition_key)],
        )
        work.carry_out(lambda video: {work.stage: Made(value)})
        return work


def _step_of(context: dg.InputContext) -> Any | None:
    """The step that reads, or None outside of a run, as in `Definitions.load_asset_value`."""
    try:
        return context.step_context
    except dg.DagsterInvariantViolationError:
        return None


def _latest_attempt(requests: RequestStore, video_id: str) -> int:
    attempts = requests.attempts(video_id)
    return attempts[-1].number if attempts else 1
