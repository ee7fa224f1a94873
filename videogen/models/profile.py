"""ModelProfile: what the system must know about a model before it loads any weights."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from videogen.config.config import VideoGenConfig
from videogen.config.groups.group import Group
from videogen.config.guidance_interval import GuidanceInterval
from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ConfigError, InputError, ModelError, reasons
from videogen.models.file_limits import checked_scheduler
from videogen.models.pipeline_options import INDEPENDENT_NOISE, OWN_LOOP_ONLY, DiffusersOptions
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml

NOT_OF_THE_PICTURE = frozenset(
    {
        "description", "fast", "upscaler", "text_video_encoder", "world", "synonyms", "palette", "content_type",
        "licence", "licence_link", "licence_excludes", "gated", "tried", "memory_gb", "clip_memory_gb",
        "vram_gb", "ram_gb", "download_gb", "parts_gb",
    }
)  # fmt: skip
"""Fields for people, batch sizes and what comes after the native frames. A new field counts until it is here."""


Gigabytes = Annotated[float, Field(gt=0.0, le=100_000.0)]


class HubFile(FrozenModel):
    """One weight file of a repository on the Hugging Face hub, or below a local folder."""

    repository: str
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$")
    subfolder: str = ""
    file: str


class MotionAdapter(FrozenModel):
    """Temporal layers that turn an image model into a video model."""

    source: str
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$")


class Adapter(FrozenModel):
    """A low-rank change of the denoiser. file: safetensors below the models folder. weight: 1 as trained, 0 none."""

    file: str = Field(pattern=r"^[^/].*\.safetensors$")
    weight: float = Field(1.0, ge=-2.0, le=2.0)

    @field_validator("file")
    @classmethod
    def _lies_below_the_models_folder(cls, file: str) -> str:
        if ".." in Path(file).parts:
            raise ValueError("an adapter lies below the models folder: its path has no '..'")
        return file


class OpenChoice(FrozenModel):
    """An attribute that the model always shows, and the words for it if a prompt does not mention it.

    one_of: wordings, one is drawn by the video's seed. unless: phrases that make the choice. only: phrases without
    which there is nothing to choose; none: always. before: the wording goes before the first of `only`, not to the end.
    """

    one_of: tuple[str, ...] = Field(min_length=1)
    unless: tuple[str, ...] = Field(min_length=1)
    only: tuple[str, ...] = ()
    before: bool = False


class ModelProfile(BaseModel):
    """A YAML file in ``models/profiles/``. Sizes in pixels, fps in frames per second, memory in GB (10⁹ bytes)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    description: str = ""
    family: str = Field(description="a model family of videogen.runtime.plugins or of the entry point group")
    source: str = Field(description="folder below the models folder, absolute folder, or hub id")
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$", description="commit of the hub repository")
    variant: str | None = Field(None, description='weight variant of the repository, e.g. "fp16"')
    motion_adapter: MotionAdapter | None = None
    ip_adapter: HubFile | None = None
    adapters: tuple[Adapter, ...] = Field(
        (),
        description="of the family animatediff: changes merged into the denoiser, as training.preferences makes",
    )
    fast: str | None = Field(
        None, description="profile of the same model with fewer steps, which draws the backgrounds of alerts"
    )
    text_encoder: Literal["own", "minilm"] = "own"
    max_tokens: int = Field(77, ge=1, le=8192)

    width: int = Field(ge=8, le=7680)
    height: int = Field(ge=8, le=7680)
    num_frames: int = Field(
        ge=1, le=1024, description="frames of one native clip, also the window of the temporal layers"
    )
    fps: float = Field(ge=0.1, le=120.0)
    latent_channels: int = Field(ge=1, le=1024)
    vae_scale_factor: int = Field(ge=1, le=256)
    vae_temporal_factor: int = Field(1, ge=1, le=64, description="pictures that one latent frame after the first holds")

    steps: int = Field(ge=1, le=1000)
    guidance_scale: float = Field(ge=0.0, le=30.0, description="1 or less: no classifier-free guidance")
    guidance_rescale: float = Field(0.0, ge=0.0, le=1.0)
    guidance_interval: GuidanceInterval = Field(
        (0.0, 1.0), description="part of the denoising in which guidance acts, as fractions; begin = end: no guidance"
    )
    scheduler: str | None = Field(None, description="diffusers class; None: what the model's scheduler folder names")
    scheduler_options: dict[str, Any] = Field(default_factory=dict)
    noise_prior: str = Field("independent", description="what it was trained with; most models: independent")
    long_noise_prior: str | None = Field(
        None, description="prior of videos longer than num_frames; None: noise_prior for them too"
    )
    negative_prompt: str = ""
    open_choices: tuple[OpenChoice, ...] = Field(
        (), description="what the text step `settle` adds to prompts that leave it open"
    )

    upscaler: str | None = Field(None, description="folder of upscaler weights below the models folder; None: Lanczos")
    text_video_encoder: str | None = Field(
        None,
        description="CLIP in transformers format, folder or hub id, that measures how well videos show their prompt",
    )
    content_type: str | None = Field(
        None, description="what it draws, e.g. footage: counts where quality.content_type is left at its default"
    )
    world: str | None = Field(
        None, description="JSON file below the models folder that lists what the model can draw; None: not known"
    )
    synonyms: str | None = Field(
        None,
        description="YAML file below the models folder with people's words for what `world` names; None: there is none",
    )
    palette: str | None = Field(
        None,
        description="JSON file below the models folder: L*a*b* mean and covariance of what the model draws; for looks",
    )
    planner: str | None = Field(
        None, description="folder of the network that plans place and setting, for models trained with plan tokens"
    )
    precision: Literal["fp32", "fp16", "bf16"] | None = Field(None, description="on a GPU; None: the device's default")
    diffusers: DiffusersOptions | None = Field(
        None, description="of the family `diffusers`: pipeline, precision, memory"
    )
    tried: str = Field("", description="on which machine it was run with its real weights; empty: never")
    licence: str
    licence_link: str = Field("", description="where the text of the licence is")
    licence_excludes: tuple[str, ...] = Field((), description="territories without rights, e.g. [EU, GB, KR]")
    gated: bool = Field(False, description="the hub gives the weights only to people who accepted the licence there")
    vram_gb: Gigabytes | None = Field(None, description="GPU memory that the profile is made for")
    ram_gb: Gigabytes | None = Field(None, description="memory of the machine, with the offload of the profile")
    download_gb: Gigabytes | None = Field(None, description="what `videogen models fetch` puts on the disk")
    parts_gb: dict[str, Gigabytes] = Field(default_factory=dict, description="weights of single parts in 16 bits")
    memory_gb: Gigabytes = Field(description="weights and one native clip being denoised")
    clip_memory_gb: Gigabytes = Field(description="each further clip in the same batch")

    models: Path = Field(Path("models"), exclude=True, description="folder that relative paths start from")

    @field_validator("scheduler_options")
    @classmethod
    def _options_are_plain_values(cls, options: dict[str, Any]) -> dict[str, Any]:
        try:
            return checked_scheduler(options, "scheduler_options")
        except ModelError as error:
            raise ValueError(error.problem) from error

    @model_validator(mode="after")
    def _size_fits_the_latent_grid(self) -> Self:
        width, height = self.drawn_size
        if width % self.vae_scale_factor or height % self.vae_scale_factor:
            raise ValueError(f"{width}×{height} is not a multiple of vae_scale_factor {self.vae_scale_factor}")
        return self

    @model_validator(mode="after")
    def _has_the_section_of_its_family(self) -> Self:
        if self.family == "diffusers" and self.diffusers is None:
            raise ValueError("the family 'diffusers' needs the section 'diffusers': name at least its pipeline")
        if self.family == "animatediff" and self.diffusers is not None:
            raise ValueError("the section 'diffusers' belongs to the family 'diffusers': set family: diffusers")
        if self.family == "diffusers" and self.adapters:
            raise ValueError("the family 'diffusers' takes LoRAs as diffusers.loras, not as adapters")
        return self

    @property
    def folder(self) -> Path | None:
        """The folder of the weights; None where `source` is a hub id."""
        return self.locate(self.source)

    @property
    def upscaler_folder(self) -> Path | None:
        return self.models / self.upscaler if self.upscaler else None

    @property
    def size(self) -> tuple[int, int]:
        """Native (width, height) in pixels."""
        return self.width, self.height

    @property
    def drawn_size(self) -> tuple[int, int]:
        """(width, height) in pixels at which the model draws: the native size, or a little more.

        A model of the family `diffusers` draws multiples of its `size_multiple`; what is more than the native size is
        cropped when the frames are decoded, so that nothing is stretched.
        """
        multiple = self.diffusers.quirks().size_multiple if self.diffusers else 1
        return self.width + -self.width % multiple, self.height + -self.height % multiple

    @property
    def without_effect(self) -> frozenset[str]:
        """Settings that would change nothing, or nothing for the better, with this model."""
        if self.diffusers is None:
            return frozenset()
        distilled = ("model.guidance_scale",) if self.guidance_scale <= 1.0 else ()
        return frozenset((*OWN_LOOP_ONLY, *INDEPENDENT_NOISE, *distilled))

    @property
    def longest(self) -> int | None:
        """Frames of the longest clip; None: without limit, the model draws long videos window by window."""
        if self.diffusers is None:
            return None
        rule = self.diffusers.quirks().frames
        return rule.max or rule.up(self.num_frames)

    def frames_for(self, num_frames: int | None, duration: float | None) -> int:
        """Frames at the native rate that a request needs: those of `duration` seconds, `num_frames`, or one clip."""
        if duration is None:
            return num_frames or self.num_frames
        return max(2, math.ceil(duration * self.fps - 1e-6))

    def picture_frames(self, latent_frames: int) -> int:
        """Frames of the video that so many latent frames hold: the first holds one, each further one several."""
        return (latent_frames - 1) * self.vae_temporal_factor + 1

    def prior_for(self, num_frames: int) -> str:
        """The noise prior of a video of `num_frames` native frames."""
        return self.long_noise_prior or self.noise_prior if num_frames > self.num_frames else self.noise_prior

    @property
    def picture_digest(self) -> str:
        """Return a digest of all fields that affect the native frames, as 32 hexadecimal digits of a SHA-256.

        Defaults are as good as written ones, and order does not count. The weights have a revision of their own
        (`videogen.models.loading.revision_of`): what is kept for later needs both.
        """
        decides = self.model_dump(mode="json", exclude=set(NOT_OF_THE_PICTURE))
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:32]

    def locate(self, source: str) -> Path | None:
        """Return the local folder of `source`, or None for a hub id (``owner/name`` that is not a folder).

        Raises:
            ModelError: `source` can only be a folder (absolute, or not of the form ``owner/name``) and is missing.
        """
        folder = self.models / Path(source).expanduser()
        if folder.is_dir():
            return folder
        if Path(source).is_absolute() or source.count("/") != 1 or source.startswith((".", "~")):
            raise ModelError(
                f"profile {self.name!r} needs the model folder {folder}, which does not exist",
                remedy="restore the folder, or choose another profile with model.profile",
            )
        return None


def profile_names(models: Path) -> list[str]:
    """Names of all profiles, sorted."""
    return sorted(path.stem for path in (models / "profiles").glob("*.yaml"))


def readable_profiles(models: Path) -> tuple[list[ModelProfile], list[str]]:
    """All profiles that are valid, by name, and one sentence for each other one: a broken file hides no other."""
    found, problems = [], []
    for name in profile_names(models):
        try:
            found.append(load_profile(name, models))
        except ModelError as error:
            problems.append(str(error))
    return found, problems


def profile_of(config: VideoGenConfig | Group | None) -> ModelProfile:
    """The profile that a configuration names; of one group alone, or of none, that of the defaults.

    Raises:
        ConfigError, ModelError: as `load_profile`.
    """
    whole = config if isinstance(config, VideoGenConfig) else VideoGenConfig()
    return load_profile(whole.model.profile, whole.path(whole.paths.models))


def load_profile(name: str, models: Path) -> ModelProfile:
    """The profile `name` from ``<models>/profiles/<name>.yaml``.

    A file with ``extends: other`` has the fields of that profile, except those that it names itself.

    Raises:
        ConfigError: the profile does not exist.
        ModelError: its file, or one that it extends, is not a valid profile.
    """
    known = profile_names(models)
    if name not in known:
        raise ConfigError(
            f"no model profile named {name!r} in {models / 'profiles'}",
            remedy=f"set model.profile to one of: {', '.join(known) or 'none there; check paths.models'}",
        )
    path = models / "profiles" / f"{name}.yaml"
    example = "pib-mini.yaml"
    try:
        values = _fields(path, ())
        example = "wan22-5b.yaml" if values.get("family") == "diffusers" else example
        return ModelProfile.model_validate({"name": name, **values, "models": models})
    except (InputError, MalformedTextError, ValidationError) as error:
        why = reasons(error) if isinstance(error, ValidationError) else getattr(error, "problem", str(error))
        raise ModelError(f"the profile {path} is not valid: {why}", remedy=f"compare it with {example}") from error


def _fields(path: Path, extended_by: tuple[Path, ...]) -> dict[str, Any]:
    """What the file says, over what the files say that it extends."""
    values = parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES)
    if not isinstance(values, dict):
        raise ModelError(
            f"the profile {path} must contain fields such as 'family:'", remedy="compare it with pib-mini.yaml"
        )
    name = values.pop("extends", None)
    if name is None:
        return values
    known = [other.stem for other in path.parent.glob("*.yaml") if other not in (path, *extended_by)]
    if name not in known:
        there = (path.parent / f"{name}.yaml").exists()
        raise ModelError(
            f"the profile {path} extends {name!r}, {'which extends it in turn' if there else 'which does not exist'}",
            remedy=f"extend one of: {', '.join(sorted(known))}" if known else "remove 'extends:'",
        )
    return {**_fields(path.parent / f"{name}.yaml", (path, *extended_by)), **values}
