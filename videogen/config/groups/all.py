"""Groups of VideoGenConfig, every field with its default, unit and meaning; the largest have their own modules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from videogen.config.groups.group import Group
from videogen.config.groups.label_profile import BUILT_IN, Corner, LabelProfile
from videogen.config.guidance_interval import GuidanceInterval
from videogen.config.metric_names import known_metrics
from videogen.config.picture_size import PictureSize
from videogen.config.quality_weights import DEFAULT_WEIGHTS, complete_weights

MOST_STEPS = 50
Weight = Annotated[float, Field(ge=0.0, le=100.0)]


class ModelSettings(Group):
    """Which model, and how its noise and sampling are set. None: the model profile's recommendation."""

    profile: str = Field("pib-mini", description="file name in models/profiles/, see `videogen profiles`")
    base_noise_lambda: float = Field(
        0.7, ge=0.0, le=1.0, description="variance share of the noise common to all frames"
    )
    residual_noise_lambda: float = Field(0.3, ge=0.0, le=1.0, description="variance share of each frame's own noise")
    num_frames: int | None = Field(
        None,
        ge=2,
        le=1024,
        description="frames at the profile's native rate when no duration is asked for; None: the profile's clip",
    )
    num_inference_steps: int | None = Field(None, ge=1, le=1000, description="denoising steps; None: the profile's")
    guidance_scale: float | None = Field(
        None, ge=0.0, le=30.0, description="classifier-free guidance; 1 or less is off; None: the profile's"
    )
    guidance_rescale: float | None = Field(
        None, ge=0.0, le=1.0, description="Lin et al. 2023, section 3.4; 0 switches it off"
    )
    negative_prompt: str = Field("", description="negative prompt: what must not be seen; empty: unconditional")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="auto: the fastest available device")
    precision: Literal["auto", "fp32", "fp16", "bf16"] = Field("auto", description="auto: what suits the device")


class ProcessingSettings(Group):
    """What goes in and what comes out: sizes, rates, limits."""

    resolution: PictureSize = Field(
        (1280, 720), description="output (width, height), both even; 1080x1920, wide, square and tall are read, too"
    )
    fps: int = Field(24, ge=1, le=120, description="frames per second of the video")
    duration: float | None = Field(None, gt=0.0, le=600.0, description="seconds; None: num_frames at the native rate")
    max_text_length: int = Field(100, ge=1, le=1000, description="longest prompt in words; the rest is truncated")
    max_prompt_characters: int = Field(5000, ge=100, description="most characters of a prompt; longer ones are refused")
    max_images: int = Field(8, ge=0, le=64, description="reference images per request")
    max_image_pixels: int = Field(64_000_000, ge=1_000_000, description="most pixels of an image (decompression bombs)")
    max_image_bytes: int = Field(32_000_000, ge=100_000, description="largest reference image file, in bytes")
    max_clip_bytes: int = Field(256_000_000, ge=100_000, description="largest clip that a video starts from, in bytes")


class PreprocessingSettings(Group):
    """Which steps prepare prompts and reference images, in which order."""

    text_steps: tuple[str, ...] = Field(
        ("clean", "emphasis", "detect_language", "translate", "adapt", "enhance", "truncate", "keywords", "settle"),
        max_length=MOST_STEPS,
        description="steps that prepare the prompt, in this order; plug-ins can add steps",
    )
    image_steps: tuple[str, ...] = Field(
        ("orient", "to_srgb", "enhance", "resize"),
        max_length=MOST_STEPS,
        description="steps that prepare each reference image, in this order; plug-ins can add steps",
    )
    fit: Literal["crop", "letterbox"] = Field("crop", description="how images are fitted to the model's frame size")
    remove_background: bool | Literal["auto"] = Field(
        "auto",
        description="keep only the subject of reference images; auto: where it stands before a plain backdrop",
    )
    policy_file: Path = Field(Path("config/policy.yaml"), description="content policy for prompts")
    vocabulary_file: Path = Field(
        Path("config/vocabulary.yaml"), description="words and phrases that the prompt steps add"
    )


class NoiseVariation(Group):
    """One step of a variation. of: what is turned: motion (what frames share stays), content (their own stays)."""

    seed: int = Field(ge=0, lt=2**63)
    strength: float = Field(ge=0.0, le=1.0)
    of: Literal["motion", "content", "both"] = "motion"


class NoiseSettings(Group):
    """Where the initial noise comes from."""

    prior: str | None = Field(
        None,
        description="independent, mixed, progressive, free_noise, free_init or a plug-in; None: the profile's",
    )
    free_init_cutoff: float = Field(
        0.25, gt=0.0, le=1.0, description="FreeInit: normalised stop frequency of the low-pass filter"
    )
    free_init_order: int = Field(4, ge=1, le=16, description="FreeInit: order of the Butterworth filter")
    free_init_iterations: int = Field(2, ge=1, le=10, description="denoising passes of the free_init prior")
    free_noise_window: int = Field(16, ge=2, description="free_noise: frames after which the residual noise repeats")
    free_noise_stride: int = Field(4, ge=1, description="free_noise: frames whose residual noise is shuffled together")
    variation_seed: int | None = Field(None, ge=0, lt=2**63, description="second seed, mixed in by variation_strength")
    variation_strength: float = Field(
        0.0, ge=0.0, le=1.0, description="0: only the video's own seed; 1: only variation_seed"
    )
    variations: tuple[NoiseVariation, ...] = Field(
        (),
        max_length=100,
        description="what turns the noise of a variation away from its first video's; `videogen vary` adds one",
    )
    motion_scale: float = Field(
        1.0, ge=0.0, le=2.0, description="weight of motion noise against content noise; 1 is neutral"
    )


class SynthesisSettings(Group):
    """How the noise is removed. Each switch's measured effect is in docs/noise.md."""

    adaptive_steps: bool = Field(True, description="choose the number of steps by the complexity of the request")
    min_step_share: float = Field(0.7, gt=0.0, le=1.0, description="fraction of steps for the simplest request")
    critical_density: float = Field(
        0.0, ge=0.0, le=4.0, description="extra step density around the critical noise level; 0 is uniform"
    )
    critical_log_snr: float = Field(0.0, description="log signal-to-noise ratio of the critical noise level")
    momentum: float = Field(0.0, ge=0.0, lt=1.0, description="fraction of the previous step's direction; 0 is off")
    guidance_interval: GuidanceInterval | None = Field(
        None,
        description="part of the denoising in which guidance acts, as fractions 0 ≤ begin ≤ end ≤ 1; "
        "begin = end: no guidance; None: the profile's",
    )
    stochasticity: float = Field(
        0.0, ge=0.0, le=1.0, description="fresh noise at every step (η of DDIM); 0 is deterministic"
    )
    final_base_share: float | None = Field(
        None, ge=0.0, le=1.0, description="base noise share of fresh noise at the end; None: base_noise_lambda"
    )
    refinement_strength: float = Field(
        0.0, ge=0.0, le=1.0, description="gradient-guided refinement of difficult regions; 0 is off"
    )
    feature_emphasis: float = Field(
        0.0, ge=0.0, le=1.0, description="detail enhancement where the prediction no longer changes; 0 is off"
    )
    temporal_consistency: float = Field(
        0.0, ge=0.0, le=1.0, description="temporal smoothing of latents where nothing moves; 0 is off"
    )
    start_strength: float = Field(
        0.6, gt=0.0, le=1.0, description="share of the denoising that a video made from a clip goes through"
    )
    start_inversion: bool = Field(
        False, description="the noise of a clip that a video is made from is worked out of it, not drawn"
    )
    image_guidance: float = Field(0.5, ge=0.0, le=1.0, description="latent guidance by reference images; 0 is off")
    keyword_emphasis: bool = Field(True, description="give keywords more weight in the text embedding")
    context_length: int | None = Field(
        None, ge=4, description="window of the temporal layers for long videos; None: the profile's frames"
    )
    context_stride: int = Field(4, ge=1, description="frames between neighbouring windows of a long video")
    max_batch: int | None = Field(None, ge=1, description="videos denoised together; None: from free memory")
    attention_chunk: int | None = Field(None, ge=1, description="sequences per attention call; None: from free memory")

    @model_validator(mode="after")
    def _final_base_share_has_fresh_noise_to_share(self) -> Self:
        if self.final_base_share is not None and self.stochasticity == 0.0:
            raise ValueError(
                f"synthesis.final_base_share is {self.final_base_share:g}, but it is a part of the fresh noise, and "
                "synthesis.stochasticity is 0, so that there is none: set synthesis.stochasticity above 0, "
                "or leave final_base_share out"
            )
        return self


class SuperResolutionSettings(Group):
    """How decoded frames become frames of the output size."""

    upscaler: str | None = Field(
        None,
        description="realesrgan, lanczos or a plug-in; None: realesrgan if the profile has weights, else lanczos",
    )
    frame_steps: tuple[str, ...] = Field(
        ("upscale", "enhance_details", "temporal_consistency", "look"),
        max_length=MOST_STEPS,
        description="steps that enhance the frames, in this order; plug-ins can add steps",
    )
    tile: int | None = Field(None, ge=32, description="tile edge in input pixels; None: from free memory")
    detail_strength: float = Field(0.3, ge=0.0, le=1.0, description="sharpening; 0 is off")
    temporal_strength: float = Field(0.6, ge=0.0, le=1.0, description="temporal smoothing (deflicker); 0 is off")
    denoise_strength: float = Field(0.5, ge=0.0, le=1.0, description="only for weights that come with a denoising pair")


class DeliverySettings(Group):
    """How frames become a file: label, captions, encoding."""

    label: str = Field("AI-generated", min_length=3, description="label text, always visible; cannot be switched off")
    label_position: Corner = Field("top-right", description="corner of the label")
    label_profile: str | None = Field(
        None, description="wording, corner and size by rule: india-2026, eu-icon or one of label_profiles"
    )
    label_profiles: dict[str, LabelProfile] = Field(
        default_factory=dict, description="own profiles: name → text, position, height, area, see docs/delivery.md"
    )
    fit: Literal["extend", "crop"] = Field(
        "extend",
        description="where the model draws another shape: extend keeps all of it on a blurred ground, crop cuts it off",
    )
    watermark: bool = Field(
        True, description="imperceptible watermark in every frame of at least 240 lines; `videogen verify` finds it"
    )
    captions: bool = Field(True, description="caption track in the video and a WebVTT file beside it")
    container: Literal["mp4", "webm", "mov"] = Field(
        "mp4", description="kind of file: mp4 and mov with H.264 and AAC, webm with webm_codec and Opus"
    )
    webm_codec: Literal["vp9", "av1"] = Field("vp9", description="how the pictures of a webm are coded")
    burn_captions: bool = Field(False, description="captions are drawn into the picture as well")
    interpolation: Literal["motion", "blend"] = Field("motion", description="how the native rate is converted to fps")
    crf: int = Field(
        15, ge=0, le=40, description="x264 constant rate factor: lower is better and larger; of others about that"
    )
    preset: Literal["ultrafast", "veryfast", "faster", "fast", "medium", "slow"] = Field(
        "veryfast", description="x264 preset: slower is smaller; of others about that"
    )

    @model_validator(mode="after")
    def _label_profile_is_known(self) -> Self:
        known = [*BUILT_IN, *self.label_profiles]
        if self.label_profile is not None and self.label_profile not in known:
            raise ValueError(
                f"label_profile {self.label_profile!r} is not known: choose one of {', '.join(known)}, "
                "or describe it in delivery.label_profiles"
            )
        return self


class QualitySettings(Group):
    """Quality targets, and how often a failing video is generated again."""

    target_fvd: float = Field(200.0, gt=0.0, description="highest Fréchet Video Distance allowed, over sets of videos")
    target_is: float = Field(70.0, ge=1.0, description="lowest Inception Score allowed, over sets of videos")
    target_temporal_coherence: float = Field(0.9, ge=0.0, le=1.0, description="lowest allowed, for every video")
    max_regeneration_attempts: int = Field(3, ge=0, le=20, description="further attempts when the quality report fails")
    frame_screens: tuple[str, ...] = Field(
        ("photosensitivity",),
        description="detectors that look at the finished frames and may close the gate: names, or package.module:Class",
    )
    content_type: str = Field(
        "illustration", description="table of `weights`: illustration, briefing, alert, footage or your own"
    )
    weights: dict[str, dict[str, Weight]] = Field(
        DEFAULT_WEIGHTS,
        description="content type → metric → weight; replaces single defaults; 0: measured, not part of the verdict",
    )
    thresholds: dict[str, float] = Field(
        default_factory=dict,
        description="metric → limit that replaces the calibrated one (videogen/quality/thresholds.py)",
    )

    @field_validator("weights", mode="before")
    @classmethod
    def _weights_are_laid_over_the_defaults(cls, given: Any) -> Any:
        tables = isinstance(given, Mapping) and all(isinstance(table, Mapping) for table in given.values())
        return complete_weights(given) if tables else given

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = known_metrics()
        named = {("weights", metric) for table in self.weights.values() for metric in table}
        for field, metric in sorted(named | {("thresholds", metric) for metric in self.thresholds}):
            if metric not in known:
                raise ValueError(f"{field} names the metric {metric!r}, but the known metrics are {', '.join(known)}")
        if "temporal_coherence" in self.thresholds:
            raise ValueError("the limit of temporal_coherence is target_temporal_coherence: set that one")
        if self.content_type not in self.weights:
            raise ValueError(
                f"content_type {self.content_type!r} has no weights: add a table for it to quality.weights, "
                f"or choose one of {', '.join(self.weights)}"
            )
        return self


class FactCheckSettings(Group):
    """How claims are checked before a video may be published."""

    enabled: bool = Field(True, description="off: nothing can be published without an operator's override")
    backend: str = Field("embedded", description="what compares claims with evidence")
    min_confidence: float = Field(0.6, ge=0.0, le=1.0, description="verdicts with less confidence do not count")
    stop_when_refuted: bool = Field(True, description="refuted: no video is made; off: made, not published")
    knowledge_base: Path = Field(
        Path("dagster_home/storage/knowledge"), description="folder of the facts that claims are checked against"
    )
    nli_model: str = Field("", description="backend nli: folder or hub id of a sequence-classification model")
    llm_url: str = Field("", description="backend llm: base URL of an OpenAI-compatible service, ending in /v1")
    llm_model: str = Field("", description="backend llm: the model asked for")
    google_url: str = Field(
        "https://factchecktools.googleapis.com/v1alpha1/claims:search",
        description="backend google_fact_check: base URL",
    )
    api_key_variable: str = Field("FACT_CHECK_API_KEY", description="environment variable with the key of a remote API")
    timeout: float = Field(30.0, gt=0.0, le=600.0, description="seconds that one request to a remote backend may take")
    retries: int = Field(2, ge=0, le=10, description="further tries after a temporary failure of a request")
    requests_per_minute: int = Field(60, ge=1, le=100_000, description="highest number of requests to a remote backend")


class PathSettings(Group):
    """Folders; relative ones start at the project's root or, in an installation, in VIDEOGEN_HOME."""

    models: Path = Field(Path("models"), description="folder of weights and of profiles/")
    store: str = Field("dagster_home/storage/videos", min_length=1, description="folder or fsspec URL of all artifacts")
    warehouse: str = Field(
        "dagster_home/storage/warehouse", min_length=1, description="folder or fsspec URL of all tables"
    )
    inbox: Path = Field(Path("dagster_home/inbox"), description="watched folder for request files")
    output: Path = Field(Path("output"), description="folder that finished videos are copied to")
    published: Path = Field(Path("published"), description="folder of released videos, one folder each")
    allowed_inputs: tuple[Path, ...] = Field(
        (), description="folders of pictures that inbox, batches and Launchpad may name; empty: any readable file"
    )
    keep_frames_days: float = Field(
        1.0,
        ge=0.0,
        description="frames of finished videos older than this may be removed: 46 MB each, and can be remade",
    )
    keep_intermediates_days: float = Field(
        30.0, ge=0.0, description="other tensors older than this may be removed; requests, reports and videos are kept"
    )
    keep_runs_days: float = Field(
        365.0,
        ge=1.0,
        description="finished runs older than this are removed from Dagster; the tables keep their history",
    )

    @field_validator("models", "inbox", "output", "published", mode="before")
    @classmethod
    def _is_no_url(cls, value: object) -> object:
        """Only `store` and `warehouse` may be URLs: the others are watched, mapped or renamed into as folders."""
        if isinstance(value, str) and "://" in value:
            raise ValueError(f"{value!r} is a URL, and this must be a folder: mount one file system on every machine")
        return value
