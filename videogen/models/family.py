"""The interface of a model family: what `LatentSynthesizer` needs from any text-to-video model.

A family is one class with these members, registered under a name in `videogen.runtime.plugins` or as an
entry point of the group ``videogen.model_families``. Transformer families fit as well: where latents are
compressed in time, `latent_shape` and `valid_num_frames` say so; a prompt mask can be read off the all-zero
rows of the embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from videogen.models.pipeline_state import PipelineJob, PipelineRequest, PipelineState
    from videogen.models.profile import ModelProfile
    from videogen.models.text_encoders import PromptTokenizer


@dataclass
class ForwardContext:
    """How the layers work during one call of `Family.predict`.

    length, stride: window of the temporal layers in latent frames; None for the longest that they can take.
    chunk: sequences per temporal attention call; None: as many as fit in `free_bytes`.
    image_scale: weight of the image adapter's attention.
    maps: a list to collect frame×frame attention in, one B×T×T tensor per temporal layer; None: do not collect.
    """

    length: int | None = None
    stride: int = 4
    chunk: int | None = None
    free_bytes: int | None = None
    image_scale: float = 1.0
    maps: list[Tensor] | None = None


class WholeFamily(Protocol):
    """A model that brings its own denoising loop and is driven in three stages: `DiffusersPipeline`."""

    profile: ModelProfile
    revision: str
    device: torch.device
    dtype: torch.dtype
    concurrent: bool

    def valid_num_frames(self, num_frames: int) -> int:
        """As that of `Family`."""
        ...

    def latent_shape(self, num_frames: int, width: int, height: int) -> tuple[int, int, int, int]:
        """As that of `Family`."""
        ...

    def encode(self, request: PipelineRequest) -> dict[str, Any]:
        """What the later stages need of the text, on the CPU."""
        ...

    def colours(self) -> list[list[float]]:
        """(C+1)×3: colours 0 … 255 of latents with a 1 behind them, for previews."""
        ...

    def denoise(
        self,
        request: PipelineRequest,
        record: dict[str, Any],
        noise: Tensor | None,
        state: PipelineState | None,
        on_step: Callable[[Any], None],
    ) -> PipelineState:
        """All steps that are left; what `on_step` raises after a step ends the work there."""
        ...

    def denoise_together(
        self, jobs: Sequence[PipelineJob], batch: int, on_step: Callable[[Sequence[Any]], None]
    ) -> tuple[list[PipelineState], int]:
        """As `denoise` for several videos; only asked for where the profile's quirks say `together`.

        Returns:
            The states, and how many videos shared a call of the model at most.
        """
        ...

    def decode(
        self, request: PipelineRequest, record: dict[str, Any], state: PipelineState
    ) -> tuple[Tensor, Tensor | None, int]:
        """Frames (uint8, T×H×W×3), sound (float32, channels×samples, or None) and its rate in Hz."""
        ...

    def latents(self, sample: Tensor, num_frames: int) -> Tensor | None:
        """A sample of the model as C×T×h×w, float32; None where it has no such form."""
        ...


class Family(Protocol):
    """A loaded model. Latents are B×C×T×h×w (or C×T×h×w for one video), float32 outside of `predict`."""

    profile: ModelProfile
    revision: str
    device: torch.device
    dtype: torch.dtype
    concurrent: bool
    """Whether several threads may call `predict` at once, for samples that differ only in their values."""

    @classmethod
    def load(cls, profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> Self:
        """Load the weights. Raises ModelError when they are missing or do not fit."""
        ...

    @staticmethod
    def tokenizer(profile: ModelProfile) -> PromptTokenizer:
        """The tokenizer of the profile's text encoder; loads no weights."""
        ...

    @staticmethod
    def scheduler_of(profile: ModelProfile) -> Any:
        """A fresh diffusers scheduler, configured as the profile says; loads no weights."""
        ...

    def scheduler(self) -> Any:
        """A fresh diffusers scheduler, configured as the profile says."""
        ...

    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        """Prompts → N×L×D float32 on the CPU. The empty prompt is the unconditional input."""
        ...

    def text_for_frames(self, prompt: Tensor, negative: Tensor, num_frames: int, seed: int) -> tuple[Tensor, Tensor]:
        """Return the text that the denoiser reads: F×L×D of both, F = 1 if all frames share it, else `num_frames`.

        Args:
            prompt, negative: 1×L×D from `encode_text`.
            seed: decides what the prompt leaves open, for models that decide it before they draw.
        """
        ...

    def encode_images(self, pixels: Tensor) -> Tensor | None:
        """uint8 N×H×W×3 → image embeddings N×E for an image adapter; None where the model has no adapter."""
        ...

    def encode_frames(self, pixels: Tensor) -> Tensor:
        """uint8 N×H×W×3 → latents N×C×h×w, float32, at the scale that the denoiser works with."""
        ...

    def valid_num_frames(self, num_frames: int) -> int:
        """The smallest number of frames ≥ `num_frames` that the model can make."""
        ...

    def latent_shape(self, num_frames: int, width: int, height: int) -> tuple[int, int, int, int]:
        """(C, T, h, w) for a video of this size in pixels."""
        ...

    def predict(
        self,
        sample: Tensor,
        timesteps: Tensor,
        embeds: Tensor,
        image_embeds: Tensor | None,
        context: ForwardContext,
    ) -> Tensor:
        """One evaluation of the denoiser.

        Args:
            sample: B×C×T×h×w, already scaled for its timestep.
            timesteps: B, one for each sample.
            embeds: B×F×L×D text embeddings, F as `text_for_frames` gave it.
            image_embeds: B×N×E or None.

        Returns:
            The model output (noise, velocity, sample or flow, as the scheduler's config says), B×C×T×h×w float32.
        """
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """C×T×h×w → uint8 T×H×W×3, sRGB, on the CPU."""
        ...
