"""Finds what a finished video was made of, for a variation of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from videogen.domain.requests import VideoRequest
from videogen.domain.source import Source
from videogen.domain.stages import Stage
from videogen.intake.variation import Change, variation_of, with_files
from videogen.models.preflight import require_noise_from_outside
from videogen.models.profile import profile_of
from videogen.release.best import best_attempt

if TYPE_CHECKING:
    from resources.storage import StorageResource
    from videogen.config.config import VideoGenConfig


@contextmanager
def varied_request(
    storage: StorageResource, config: VideoGenConfig, video_id: str, number: int | None, change: Change, source: Source
) -> Iterator[VideoRequest]:
    """The request for a variation; the files that it names are there until the block ends.

    Args:
        storage: where the video is.
        config: the configuration.
        video_id: id of the video.
        number: the attempt; None: the best one.
        change: of its noise.
        source: how the new request arrives.

    Raises:
        InputError: the video does not exist, or is not finished.
        ArtifactError: the attempt does not exist, or a file of the request is damaged.
    """
    requests = storage.requests
    request = requests.get(video_id)
    if number is None:
        number, _ = best_attempt(requests, storage.artifacts, video_id)
    attempt = requests.attempt(video_id, number)
    settled = requests.attempt(video_id, requests.holder(video_id, number, Stage.PROMPT_ASSET))
    seed = settled.seed(request) if request.settled_by is None else request.settled_by
    require_noise_from_outside(profile_of(request.settings(config, attempt)), len(request.images))
    with with_files(requests, request) as files:
        yield variation_of(request, attempt, seed, change, config, files, source=source)
