"""Denoising states in the artifact store, so that a video resumes after an emergency or a crash."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from videogen.errors import ArtifactError

if TYPE_CHECKING:
    from resources.runs.videos import Video
    from videogen.storage.artifact_store import ArtifactStore
    from videogen.synthesis.preemption import State

CHECKPOINT = "denoising_state"
_log = logging.getLogger("videogen.checkpoints")


class StoredCheckpoints:
    """The states of some videos that are denoised together, beside their artifacts.

    Args:
        fits: one for each video: what the state depends on; a state that was kept for something else is not used.
    """

    def __init__(self, store: ArtifactStore, videos: Sequence[Video], fits: Sequence[str]) -> None:
        self._store, self._videos, self._fits = store, videos, fits

    def load(self) -> dict[int, State]:
        """The states that fit, by index of the video. A damaged one is skipped: denoising starts again."""
        from videogen.synthesis.denoising_loop import DenoisingState
        from videogen.synthesis.pipeline_runs import PipelineCheckpoint

        kinds: dict[str, type[Any]] = {kind.__name__: kind for kind in (DenoisingState, PipelineCheckpoint)}
        found = {}
        for index, video in enumerate(self._videos):
            if not self._store.exists(video.id, video.number, CHECKPOINT):
                continue
            try:
                kind = self._store.manifest(video.id, video.number, CHECKPOINT).type
                state = self._store.load(video.id, video.number, CHECKPOINT, kinds.get(kind, DenoisingState))
            except ArtifactError as error:
                _log.warning("denoising starts from the beginning, its saved state cannot be used: %s", error)
                continue
            if state.fits == self._fits[index]:
                found[index] = state
        return found

    def save(self, states: Mapping[int, State]) -> None:
        """Save the states, each atomically."""
        for index, state in states.items():
            video = self._videos[index]
            kept = replace(state, fits=self._fits[index])
            self._store.save(video.id, video.number, CHECKPOINT, kept, run_id=video.run_id)

    def clear(self) -> None:
        """Remove them: the work is done."""
        for video in self._videos:
            if self._store.exists(video.id, video.number, CHECKPOINT):
                self._store.remove(video.id, video.number, CHECKPOINT)
