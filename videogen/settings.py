"""The groups of VideoGenConfig: every field with its default, unit and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    """Base of the groups: frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class ModelSettings(Group):
    """Which model, and how its noise and sampling are set. None means: what the profile recommends."""

    profile: str = "pib-mini"
    base_noise_lambda: float = Field(
        0.7, ge=0.0, le=1.0, description="variance share of the noise common to all frames"
    )
    residual_noise_lambda: float = Field(
        0.3, ge=0.0, le=1.0, description="variance share of each frame's own noise"
    )
    num_frames: int = Field(
        16, ge=2, le=1024, description="frames at the profile's native rate when no duration is asked for"
    )
    num_inference_steps: int | None = Field(None, ge=1, le=1000)
    guidance_scale: float | None = Field(None, ge=1.0, le=30.0)
    guidance_rescale: float | None = Field(
        None, ge=0.0, le=1.0, description="Lin et al. 2023, section 3.4; 0 switches it off"
    )
    negative_prompt: str = ""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"


class ProcessingSettings(Group):
    """What goes in and what comes out: sizes, rates, limits."""

    resolution: tuple[int, int] = Field(
        (1280, 720), description="output (width, height) in pixels, both even"
    )
    fps: int = Field(24, ge=1, le=120)
    duration: float | None = Field(
        None, gt=0.0, le=600.0, description="seconds; None: num_frames at the native rate"
    )
    max_text_length: int = Field(
        100, ge=1, le=1000, description="longest prompt in words; longer ones are truncated"
    )
    max_prompt_characters: int = Field(
        5000, ge=100, description="prompts beyond this are refused, not truncated"
    )
    max_images: int = Field(8, ge=0, le=64)
    max_image_pixels: int = Field(
        64_000_000, ge=1_000_000, description="decompression-bomb limit per picture"
    )
    max_image_bytes: int = Field(32_000_000, ge=100_000)


class PreprocessingSettings(Group):
    """Which steps prepare prompts and pictures, in which order."""

    text_steps: tuple[str, ...] = ("clean", "detect_language", "enhance", "truncate", "keywords")
    image_steps: tuple[str, ...] = ("orient", "to_srgb", "enhance", "resize")
    fit: Literal["crop", "letterbox"] = "crop"
    remove_background: bool = False
    policy_file: Path = Path("config/policy.yaml")


class NoiseSettings(Group):
    """Where the initial noise comes from."""

    prior: str | None = Field(
        None,
        description="independent, mixed, progressive, free_noise, free_init or a plug-in; None: the profile's",
    )
    free_init_cutoff: float = Field(0.25, gt=0.0, le=1.0)
    free_init_order: int = Field(4, ge=1, le=16)
    motion_scale: float = Field(
        1.0, ge=0.0, le=2.0, description="weight of motion noise against content noise; 1 is neutral"
    )


class SynthesisSettings(Group):
    """How the noise is removed. Each switch's measured effect is in docs/noise.md."""

    adaptive_steps: bool = Field(True, description="steps follow the complexity of the request")
    min_step_share: float = Field(
        0.7, gt=0.0, le=1.0, description="share of the steps that the simplest request gets"
    )
    critical_density: float = Field(
        0.0, ge=0.0, le=4.0, description="extra step density around the critical noise level; 0 is uniform"
    )
    critical_log_snr: float = 0.0
    momentum: float = Field(0.0, ge=0.0, lt=1.0)
    refinement_strength: float = Field(
        0.0, ge=0.0, le=1.0, description="gradient-guided refinement of difficult regions; 0 is off"
    )
    temporal_consistency: float = Field(
        0.0, ge=0.0, le=1.0, description="smoothing of latents in time where nothing moves; 0 is off"
    )
    image_guidance: float = Field(
        0.5, ge=0.0, le=1.0, description="pull towards the reference pictures; 0 is off"
    )
    keyword_emphasis: bool = True
    context_length: int | None = Field(
        None, ge=4, description="window of the temporal layers for long videos; None: the profile's frames"
    )
    context_stride: int = Field(4, ge=1)
    max_batch: int | None = Field(None, ge=1, description="videos denoised together; None: from free memory")
    attention_chunk: int | None = Field(
        None, ge=1, description="sequences per attention call; None: from free memory"
    )


class SuperResolutionSettings(Group):
    """How decoded frames become frames of the output size."""

    upscaler: str = Field("realesrgan", description="realesrgan, lanczos or a plug-in")
    frame_steps: tuple[str, ...] = ("upscale", "enhance_details", "temporal_consistency")
    tile: int | None = Field(None, ge=32, description="tile edge in input pixels; None: from free memory")
    detail_strength: float = Field(0.3, ge=0.0, le=1.0)
    temporal_strength: float = Field(0.3, ge=0.0, le=1.0)
    denoise_strength: float = Field(
        0.5, ge=0.0, le=1.0, description="only for weights that come in a denoising pair"
    )


class DeliverySettings(Group):
    """How frames become a file: label, captions, encoding."""

    label: str = Field(
        "AI-generated", min_length=3, description="visible during the whole video; cannot be switched off"
    )
    label_position: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "top-right"
    captions: bool = True
    interpolation: Literal["motion", "blend"] = Field("motion", description="how the native rate becomes fps")
    crf: int = Field(18, ge=0, le=40)
    preset: Literal["ultrafast", "veryfast", "faster", "fast", "medium", "slow"] = "veryfast"


class QualitySettings(Group):
    """Targets and how often a failing video is tried again."""

    target_fvd: float = Field(200.0, gt=0.0)
    target_is: float = Field(70.0, ge=1.0)
    target_temporal_coherence: float = Field(0.9, ge=0.0, le=1.0)
    max_regeneration_attempts: int = Field(3, ge=0, le=20)
    content_type: str = "illustration"


class FactCheckSettings(Group):
    """How claims are checked before a video may be published."""

    enabled: bool = True
    backend: str = "embedded"
    min_confidence: float = Field(0.6, ge=0.0, le=1.0)
    knowledge_base: Path = Path("dagster_home/storage/knowledge")


class EmergencySettings(Group):
    """What changes when time matters most."""

    emergency_mode_enabled: bool = True
    emergency_max_generation_time: float = Field(
        60.0, gt=0.0, description="seconds from alert to published video"
    )
    emergency_reduced_resolution: tuple[int, int] = (640, 360)
    emergency_reduced_sampling_steps: int = Field(8, ge=1)
    emergency_template_directory: Path = Path("templates")
    emergency_use_templates: bool = True


class PathSettings(Group):
    """Folders; relative ones are meant relative to the project's root."""

    models: Path = Path("models")
    store: str = Field("dagster_home/storage/videos", description="folder or fsspec URL of all artifacts")
    warehouse: str = "dagster_home/storage/warehouse"
    inbox: Path = Path("dagster_home/inbox")
    output: Path = Path("output")
    allowed_inputs: tuple[Path, ...] = Field(
        (), description="folders that pictures may come from; empty: any readable file"
    )
