"""Ordering the clips of a storyboard as videos of their own, and knowing when all of them are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from videogen.briefing.production.clips import keep_clips, known_clips
from videogen.briefing.production.making import BriefingMaker
from videogen.domain.stages import Stage
from videogen.intake.request_files import build_request
from videogen.release.regeneration import decision_on
from videogen.storage.cancellations import is_cancelled
from videogen.storage.failures import FAILURE

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.domain.source import Source


def order_clips(
    maker: BriefingMaker, briefing_id: str, number: int, *, source: Source, config: VideoGenConfig
) -> list[str]:
    """Keep a request for every clip that a revision lacks; returns their ids. Asked twice, it orders nothing twice.

    The sentences are spoken for it where they were not yet: a clip is as long as its shot.

    Raises:
        InputError: a prompt cannot be used. StorageError: the store refused.
    """
    order = maker.store.order(briefing_id)
    ordered: dict[str, str] = {}
    for clip in maker.missing_clips(briefing_id, number):
        request = build_request(
            {
                "prompt": clip.prompt,
                "seed": clip.seed,
                "duration": clip.seconds,
                "priority": order.priority,
                "requester": f"briefing {briefing_id}, shot {clip.shot}",
            },
            source=source,
            config=config,
        )
        ordered[clip.key] = maker.requests.submit(request).id
    if ordered:
        keep_clips(maker.store, briefing_id, number, ordered)
    return list(ordered.values())


def clips_in_the_making(maker: BriefingMaker, briefing_id: str, number: int, config: VideoGenConfig) -> list[str]:
    """The child videos of a revision that may still become better, or be there at all."""
    videos = known_clips(maker.store, briefing_id, number).videos.values()
    return [video_id for video_id in videos if not _is_over(maker, video_id, config)]


def _is_over(maker: BriefingMaker, video_id: str, config: VideoGenConfig) -> bool:
    """Whether nothing more is tried: it passed, its attempts are used up, it failed, or somebody cancelled it."""
    requests, artifacts = maker.requests, maker.artifacts
    if is_cancelled(requests, video_id):
        return True
    attempts = requests.attempts(video_id)
    if not attempts:
        return False
    number = attempts[-1].number
    if artifacts.exists(video_id, number, Stage.QUALITY_REPORT):
        return not decision_on(requests, artifacts, config, video_id, number).again
    return artifacts.exists(video_id, number, FAILURE)
