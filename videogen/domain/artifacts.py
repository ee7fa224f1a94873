"""The typed values that flow between stages. The artifact store decides how they are stored.

Two kinds: reports are pydantic models (stored as JSON); tensor artifacts are dataclasses whose
tensor fields are stored as safetensors and whose other fields travel as JSON in the same file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel

if TYPE_CHECKING:
    import torch


class StageFailure(FrozenModel):
    """Why a stage has no artifact for a video: kept beside the artifacts as ``failure``, the last one counts."""

    stage: str
    error: str = Field(description="class of the error, e.g. ModelError")
    exit_code: int = 1
    problem: str
    remedy: str = ""
    run_id: str
    failed_at: datetime


class Keyword(FrozenModel):
    """A word or phrase of the prompt and how much it is emphasised."""

    word: str
    weight: float = Field(ge=0.0, le=2.0, description="weight of the word; 1 is neutral")


class PolicyVerdict(FrozenModel):
    """The verdict of the content policy on a text, and the rule that decided."""

    allowed: bool
    rule: str | None = None
    reason: str | None = None
    matched: str | None = None


class Coverage(FrozenModel):
    """The verdict on whether a model can draw what a prompt asks for (`videogen.adaptation`).

    cause: why not. subjects: what of the model's world the prompt is about, the likeliest first; empty outside.
    nearest: the known subject nearest to the prompt; None: nothing is near.
    """

    inside: bool
    cause: Literal["", "language", "subject"] = ""
    language: str = Field("und", description="ISO 639-1 code of the prompt, or 'und'")
    subjects: tuple[str, ...] = ()
    nearest: str | None = None
    likeness: float = Field(description="highest cosine to a known name or topic, -1 … 1")
    unknown: tuple[str, ...] = Field((), description="things in the prompt that the model does not know")
    warning: str = Field("", description="warning for people; empty if the prompt is within what the model knows")


class PromptChange(FrozenModel):
    """Words of a prompt that were replaced because the model does not read them; before is empty for added words.

    similarity: cosine of the two where the new ones are only the nearest that the model knows, −1 … 1.
    """

    before: str
    after: str
    why: str
    similarity: float | None = None


class PromptAsset(FrozenModel):
    """The enhanced prompt, and how it was derived from the user's prompt."""

    original: str
    cleaned: str
    enhanced: str
    negative_prompt: str
    language: str = Field(description="ISO 639-1 code, or 'und' where the text is too short to tell")
    language_confidence: float = Field(ge=0.0, le=1.0)
    keywords: tuple[Keyword, ...]
    tokens: tuple[int, ...] = Field(description="ids of the profile's own tokenizer, padding left out")
    token_text: tuple[str, ...]
    truncated: bool
    warnings: tuple[str, ...] = ()
    policy: PolicyVerdict
    steps: tuple[str, ...] = Field(description="text steps that ran, in order")
    coverage: Coverage | None = Field(None, description="None: the profile does not say what its model can draw")
    domain: str | None = Field(None, description="the domain that the prompt was adapted to")
    changes: tuple[PromptChange, ...] = Field((), description="words that adaptation replaced or added")
    adapted: str | None = Field(None, description="the prompt after these changes; None: nothing was changed")


@dataclass(frozen=True)
class TensorArtifact:
    """Base of all safetensors artifacts: tensor fields may be None or mappings of tensors, other fields are JSON."""


@dataclass(frozen=True)
class ReferenceImages(TensorArtifact):
    """Validated images at the profile's native size. Zero images are a valid value.

    pixels: uint8, N×H×W×3, sRGB. features: float32, N×172 in [0, 1] (see `ImagePreprocessor.extract_features`);
    their ``sharpness`` is the pictures' part of `ConditioningEmbeddings.complexity`.
    """

    pixels: torch.Tensor
    features: torch.Tensor
    sources: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ConditioningEmbeddings(TensorArtifact):
    """Inputs of the denoiser. prompt_embeds, negative_prompt_embeds: float32, 1×L×D.

    image_latents: float32, N×C×h×w (VAE latents of the reference pictures) or None.
    image_embeds: what an IP-Adapter wants, or None.
    record: of a model of the family `diffusers`, which reads nothing else: what its text encoders answered, in their
    own precision, and the reference pictures; `extra` says what is what. prompt_embeds and the negative ones are empty.
    start_latents: float32, C×T×h×w, the clip that the video is made from; None: it is made from noise alone.
    """

    prompt_embeds: torch.Tensor
    negative_prompt_embeds: torch.Tensor
    image_latents: torch.Tensor | None
    image_embeds: torch.Tensor | None
    profile: str
    revision: str
    complexity: float
    extra: dict[str, Any] = field(default_factory=dict)
    record: dict[str, torch.Tensor] = field(default_factory=dict)
    start_latents: torch.Tensor | None = None


@dataclass(frozen=True)
class NoiseLatents(TensorArtifact):
    """One component of the initial noise. noise: float32; base C×1×h×w, residual C×T×h×w."""

    noise: torch.Tensor
    seed: int
    prior: str
    variance_share: float


@dataclass(frozen=True)
class VideoLatents(TensorArtifact):
    """Denoised latents, float32, C×T×h×w, and the timesteps that led there.

    state, plan: of a model of the family `diffusers`: all that its decoding reads, tensors and what is what.
    """

    latents: torch.Tensor
    timesteps: list[int]
    guidance_scale: float
    seed: int
    profile: str
    revision: str
    timings: dict[str, float] = field(default_factory=dict)
    diagnostics: dict[str, Any] = field(default_factory=dict)
    state: dict[str, torch.Tensor] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Frames(TensorArtifact):
    """frames: uint8, T×H×W×3, sRGB; fps: frames per second at which they are meant to be shown.

    sound: float32, channels×samples, of a model that makes sound; sound_rate: samples per second.
    """

    frames: torch.Tensor
    fps: float
    notes: dict[str, Any] = field(default_factory=dict)
    sound: torch.Tensor | None = None
    sound_rate: int = 0


class EmergencyFacts(FrozenModel):
    """How the video of an emergency request was made.

    template: id and version. rung: model background, template background or text card; skipped: the rungs above it,
    each with the reason. missing: what a warning must say and the prompt does not; where there is any, the video is a
    draft, marked on every frame, and is not published.
    """

    template: str
    rung: str
    skipped: dict[str, str] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def is_draft(self) -> bool:
        """Return whether something is missing that an alert needs."""
        return bool(self.missing)


class RenderedVideo(FrozenModel):
    """Facts about an mp4 that lies in the store; `files` are names relative to the attempt's folder."""

    video: str
    captions: str | None
    width: int
    height: int
    fps: float
    num_frames: int
    duration: float
    codec: str
    label: str
    watermark: str | None = Field(None, description="payload of the imperceptible watermark; None: there is none")
    sha256: str
    bytes: int
    metadata: dict[str, str]
    emergency: EmergencyFacts | None = None


@dataclass(frozen=True)
class VideoFile:
    """A rendered video on its way into the store: the files to take over, and the facts about them."""

    path: Path
    captions_path: Path | None
    facts: RenderedVideo
