"""The part of the Python API that makes variations of finished videos."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from videogen.config.config import VideoGenConfig
from videogen.domain.source import Source
from videogen.intake.variation import Change
from videogen_dagster.arguments import with_output
from videogen_dagster.runs.turns import in_turn

if TYPE_CHECKING:
    import dagster as dg

    from resources.storage import StorageResource
    from videogen_dagster.result import GenerationResult


class Varying(ABC):
    """What `VideoGenerator` is besides: it makes variations."""

    @property
    @abstractmethod
    def config(self) -> VideoGenConfig:
        """The configuration of the videos from now on."""

    @property
    @abstractmethod
    def _storage(self) -> StorageResource: ...

    @property
    @abstractmethod
    def _instance(self) -> dg.DagsterInstance: ...

    @abstractmethod
    def _run(self, video_id: str) -> GenerationResult: ...

    @abstractmethod
    def _delivered(self, result: GenerationResult) -> GenerationResult: ...

    @in_turn
    def vary(
        self,
        result: GenerationResult | str,
        strength: float = 0.3,
        *,
        of: Literal["motion", "content", "both"] = "motion",
        seed: int | None = None,
        attempt: int | None = None,
        output_path: Path | str | None = None,
        source: Source = Source.PYTHON,
    ) -> GenerationResult:
        """Make a variation of a finished video: a new request whose noise differs a little, and all else does not.

        Args:
            result: what `generate` gave, or the id of a video.
            strength: above 0, at most 1: how far the noise is turned.
            of: motion (what all frames share stays), content (what moves stays), or both.
            seed: towards the noise of this seed; None: it is drawn, and kept with the request.
            attempt: which attempt is varied; None: the best one.
            output_path: as for `generate_video`.
            source: how the request arrived.

        Raises:
            InputError: the video does not exist, is not finished, or cannot be varied.
            VideogenError: a stage failed.
        """
        from videogen_dagster.runs.videos import submit
        from videogen_dagster.variation.finding import varied_request

        video_id = result if isinstance(result, str) else result.video_id
        change = Change(strength, of, seed)
        with varied_request(self._storage, self.config, video_id, attempt, change, source) as request:
            stored = submit(with_output(request, output_path, self.config), self._instance, self.config)
        return self._delivered(self._run(stored.id))
