"""The videos of a run, each with its attempt and settings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from resources.jobs_and_tags import ATTEMPT_TAG, RESUME_TAGS
from videogen.domain.requests import Attempt, VideoRequest

if TYPE_CHECKING:
    from resources.storage import StorageResource
    from videogen.config.config import VideoGenConfig


@dataclass(frozen=True)
class Video:
    """One video in one run. `config` is the run's configuration with the overrides of request and attempt."""

    request: VideoRequest
    attempt: Attempt
    config: VideoGenConfig
    run_id: str

    @property
    def id(self) -> str:
        """Id of the request, and key of its partition."""
        return self.request.id

    @property
    def number(self) -> int:
        """The number of the attempt."""
        return self.attempt.number

    @property
    def seed(self) -> int:
        """The seed of the attempt."""
        return self.attempt.seed(self.request)


def is_resumed(run: dg.DagsterRun) -> bool:
    """Whether this run continues a crashed or failed one where that stopped, as Dagster's re-execution does."""
    return any(run.tags.get(tag) == "true" for tag in RESUME_TAGS)


def find_video(
    storage: StorageResource,
    run: dg.DagsterRun,
    video_id: str,
    stages: Collection[str],
    instance: dg.DagsterInstance,
) -> Video:
    """The request, attempt and settings that `run` works with for one video; read once a run.

    Args:
        storage: where requests and attempts are.
        run: the run.
        video_id: id of the video.
        instance: tells which runs are still going on.
        stages: what the run is going to make; see `RequestStore.attempt_for_run`.

    Raises:
        InputError: the request does not exist.
        ArtifactError: the attempt does not exist, or it cannot be read.
        ConfigError: the settings of this request or attempt are not valid.
    """
    from videogen.adaptation.stored import adapted

    known: Video | None = storage.videos.get((run.run_id, video_id))
    if known is not None:
        return known
    requests = storage.requests
    request = requests.get(video_id)
    number = run.tags.get(ATTEMPT_TAG)
    attempt = requests.attempt_for_run(
        video_id,
        run.get_root_run_id() or run.run_id if is_resumed(run) else run.run_id,
        stages,
        int(number) if number else None,
        is_running=lambda run_id: _is_running(instance, run_id),
    )
    config = adapted(
        request.settings(storage.settings.config, attempt), request, attempt, storage.artifacts, requests.image_paths
    )
    video = Video(request, attempt, with_content_type(config), run.run_id)
    storage.videos[run.run_id, video_id] = video
    return video


def with_content_type(config: VideoGenConfig) -> VideoGenConfig:
    """The configuration with the thresholds and weights for what the profile's model draws, unless it names others."""
    from videogen.errors import ConfigError, ModelError
    from videogen.models.profile import load_profile

    usual = type(config).model_fields["quality"].default.content_type
    try:
        drawn = load_profile(config.model.profile, config.path(config.paths.models)).content_type
    except (ConfigError, ModelError):
        return config  # the first stage that needs the profile says what is wrong with it
    if drawn is None or config.quality.content_type != usual:
        return config
    return config.updated({"quality.content_type": drawn})


def _is_running(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and not run.is_finished
