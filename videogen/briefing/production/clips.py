"""Generated clips of a storyboard: child videos, made once for the longest language, found again by what they show."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videogen.briefing.pictures.clip_card import HELD, SLOWED
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.storyboard.model import Shot
from videogen.briefing.timing.timeline import Timeline
from videogen.domain.artifacts import Frames
from videogen.domain.frozen_model import FrozenModel
from videogen.domain.stages import Stage
from videogen.errors import ArtifactError
from videogen.release.best import find_best

if TYPE_CHECKING:
    from videogen.storage.artifact_store import ArtifactStore
    from videogen.storage.request_store import RequestStore

CLIPS = "clips"
_SHORTEST = 2.0
_STEP = 0.5


class Clips(FrozenModel):
    """The child videos of a revision. videos: what a clip shows (`clip_key`) → id; takes: earlier ids of it."""

    videos: dict[str, str] = Field(default_factory=dict)
    takes: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class WantedClip(FrozenModel):
    """A clip that a shot shows. seconds: how much of it must be drawn."""

    shot: str
    key: str
    prompt: str
    seed: int
    seconds: float


def wanted(shots: tuple[Shot, ...], timelines: list[Timeline]) -> list[WantedClip]:
    """The clips of a storyboard, each for the language in which its shot is longest.

    A clip may be slowed a little and its last picture held, so less is drawn than is seen.
    """
    found = []
    for shot in shots:
        if shot.clip is None:
            continue
        lengths = [
            float(timed.count / line.fps) for line in timelines for timed in line.shots if timed.shot.id == shot.id
        ]
        if not lengths:
            continue
        needed = max(_SHORTEST, (max(lengths) - HELD) / SLOWED)
        seconds = -(-needed // _STEP) * _STEP
        found.append(
            WantedClip(
                shot=shot.id,
                key=clip_key(shot.clip.prompt, shot.clip.seed, seconds),
                prompt=shot.clip.prompt,
                seed=shot.clip.seed,
                seconds=seconds,
            )
        )
    return found


def clip_key(prompt: str, seed: int, seconds: float) -> str:
    """What two clips have in common that are the same."""
    return hashlib.sha256(f"{prompt}\n{seed}\n{seconds:g}".encode()).hexdigest()[:24]


def known_clips(store: BriefingStore, briefing_id: str, number: int) -> Clips:
    """The child videos of this revision and of those before it, the latest take of each."""
    videos: dict[str, str] = {}
    takes: dict[str, tuple[str, ...]] = {}
    for revision in range(1, number + 1):
        clips = store.read(briefing_id, revision, CLIPS, Clips) or Clips()
        videos |= clips.videos
        takes |= clips.takes
    return Clips(videos=videos, takes=takes)


def keep_clips(store: BriefingStore, briefing_id: str, number: int, made: Mapping[str, str]) -> None:
    """Keep which child videos a revision has; an earlier take of the same clip is remembered."""
    known = known_clips(store, briefing_id, number)
    takes = dict(known.takes)
    for key, video in made.items():
        before = known.videos.get(key)
        if before is not None and before != video:
            takes[key] = (*takes.get(key, ()), before)
    store.write(briefing_id, number, CLIPS, Clips(videos={**known.videos, **made}, takes=takes))


def frames_of(
    requests: RequestStore, artifacts: ArtifactStore, video_id: str
) -> tuple[NDArray[np.uint8], float] | None:
    """The pictures of a child's best attempt without label (T×H×W×3) and their rate.

    None: no attempt of it is good enough to be shown, or its pictures were cleaned away.
    """
    best = find_best(requests, artifacts, video_id)
    if best is None or not best[1].passed:
        return None
    try:
        holder = requests.holder(video_id, best[0], Stage.UPSCALED_FRAMES)
        frames = artifacts.load(video_id, holder, Stage.UPSCALED_FRAMES, Frames)
    except ArtifactError:
        return None
    return np.asarray(frames.frames.numpy(), np.uint8), frames.fps
