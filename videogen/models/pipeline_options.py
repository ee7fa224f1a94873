"""The ``diffusers`` section of a model profile: which pipeline, in which precision, placed and sped up how.

Names and values are those of diffusers; what a class of pipelines needs by itself stands in
`videogen.models.quirks`, and any field of that table may be given here instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from videogen.models.file_limits import numbers_that_are_possible
from videogen.models.quirks import FramesRule, Layout, Quirks, quirks_of

Precision = Literal["fp32", "fp16", "bf16"]


OWN_LOOP_ONLY = (
    "model.guidance_rescale", "synthesis.critical_density", "synthesis.critical_log_snr", "synthesis.momentum",
    "synthesis.guidance_interval", "synthesis.stochasticity", "synthesis.final_base_share",
    "synthesis.refinement_strength", "synthesis.feature_emphasis", "synthesis.temporal_consistency",
    "synthesis.context_length", "synthesis.attention_chunk", "synthesis.start_strength", "synthesis.start_inversion",
)  # fmt: skip
"""Settings that act in the denoising loop of this project, and so not in pipelines that bring their own."""
INDEPENDENT_NOISE = ("model.base_noise_lambda", "model.residual_noise_lambda", "noise.motion_scale")
"""Settings that do nothing to independent noise, or what a model that was trained with it does not understand."""


class Section(BaseModel):
    """Base of the parts of the section: frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Options = Annotated[dict[str, Any], AfterValidator(numbers_that_are_possible)]
"""Arguments and options that a class of diffusers takes; which there are is compared with the class itself."""


class WeightFile(Section):
    """A file of weights. source: folder below the models folder, absolute folder, or hub id. file: its path there."""

    source: str
    file: str
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$")

    @field_validator("file")
    @classmethod
    def _lies_below_its_source(cls, file: str) -> str:
        if Path(file).is_absolute() or ".." in Path(file).parts:
            raise ValueError("the file lies below its source: its path does not begin with '/' and has no '..'")
        return file


class Lora(WeightFile):
    """Weights added to a denoiser. into: the part that they belong to."""

    file: str = Field(pattern=r".*\.safetensors$")
    weight: float = Field(1.0, ge=-4.0, le=4.0)
    into: Literal["transformer", "transformer_2", "unet"] = "transformer"


class SingleFile(WeightFile):
    """One part read from a single file, such as a GGUF."""

    file: str = Field(pattern=r".*\.(gguf|safetensors)$")


class LayerwiseCasting(Section):
    """Weights kept in 8 bits and computed in the denoiser's precision (``enable_layerwise_casting``)."""

    storage_dtype: Literal["float8_e4m3fn", "float8_e5m2"] = "float8_e4m3fn"
    parts: tuple[str, ...] = ("transformer", "transformer_2")


class Quantization(Section):
    """``PipelineQuantizationConfig``: backend, its options, and the parts that are quantised.

    quant_kwargs: as the backend's configuration class takes them; ``quant_type`` of torchao is the name of a class, or
    ``{class: name, option: value}``.
    """

    quant_backend: Literal["bitsandbytes_4bit", "bitsandbytes_8bit", "torchao"]
    quant_kwargs: Options = Field(default_factory=dict)
    components_to_quantize: tuple[str, ...] = Field(min_length=1)

    @property
    def package(self) -> str:
        """The package that the backend needs."""
        return "torchao" if self.quant_backend == "torchao" else "bitsandbytes"


class Cache(Section):
    """A cache between steps (``enable_cache``). A stopped video starts again: its cache cannot be stored."""

    kind: Literal["FirstBlockCache", "TaylorSeerCache", "MagCache", "PyramidAttentionBroadcast"]
    options: Options = Field(default_factory=dict)

    @property
    def config_class(self) -> str:
        """Name of the diffusers class."""
        return f"{self.kind}Config"


class DiffusersOptions(Section):
    """How a diffusers pipeline is loaded, placed and called.

    Fields of `Quirks` that are None are those of the pipeline's row in the table.
    """

    pipeline: str = Field(description="diffusers class, e.g. WanPipeline")
    image_pipeline: str | None = Field(None, description="class for videos with reference pictures, same weights")
    dtype: dict[str, Precision] = Field(
        default_factory=dict, description="precision of single parts, e.g. {vae: fp32}; others: the profile's"
    )
    call: Options = Field(default_factory=dict, description="more arguments of the pipeline's __call__")
    guider: Options | None = Field(None, description="{class: ClassifierFreeGuidance, guidance_scale: 6}")

    offload: Literal["none", "model", "group", "sequential"] = "none"
    group_offload: Options = Field(
        default_factory=lambda: {"offload_type": "leaf_level"}, description="options of enable_group_offload"
    )
    layerwise_casting: LayerwiseCasting | None = None
    quantization: Quantization | None = None
    single_files: dict[str, SingleFile] = Field(default_factory=dict, description="part → file, e.g. a GGUF")
    cache: Cache | None = None
    attention_backend: str | None = Field(None, description="set_attention_backend, e.g. native, flash, sage")
    compile_repeated_blocks: bool = False
    vae_tiling: bool = False
    vae_slicing: bool = False
    loras: tuple[Lora, ...] = ()

    frames: FramesRule | None = None
    size_multiple: int | None = Field(None, ge=1, le=1024)
    frames_argument: str | None = None
    noise_layout: Layout | None = None
    own_noise: bool | None = None
    image: str | None = None
    last_image: str | None = None
    video: str | None = None
    denoise_with: tuple[str, ...] | None = None
    alike: tuple[str, ...] | None = None
    packages: tuple[str, ...] | None = None
    generator: Literal["cpu", "device"] | None = None
    together: bool | None = None

    @model_validator(mode="after")
    def _does_not_combine_what_excludes_each_other(self) -> Self:
        quantised = set(self.quantization.components_to_quantize) if self.quantization else set()
        quantised |= {part for part, file in self.single_files.items() if file.file.endswith(".gguf")}
        cast = set(self.layerwise_casting.parts) if self.layerwise_casting else set()
        if both := quantised & cast:
            raise ValueError(
                f"{', '.join(sorted(both))}: layerwise_casting cannot be combined with quantisation; choose one"
            )
        backend = self.quantization.quant_backend if self.quantization else ""
        if backend == "torchao" and self.offload == "group" and self.group_offload.get("use_stream"):
            raise ValueError("group_offload with use_stream fails with torchao: leave out use_stream")
        if backend == "bitsandbytes_8bit" and self.offload != "none":
            raise ValueError("parts in 8 bits by bitsandbytes cannot be moved: set offload to none, or use 4 bits")
        return self

    def quirks(self, with_pictures: bool = False) -> Quirks:
        """The row of the class that is used, with the overrides of this section."""
        row = quirks_of(self.pipeline_class(with_pictures))
        given = {name: value for name in Quirks.model_fields if (value := getattr(self, name)) is not None}
        return row.model_copy(update=given)

    def pipeline_class(self, with_pictures: bool = False) -> str:
        """Name of the class for a video with or without reference pictures."""
        return self.image_pipeline if with_pictures and self.image_pipeline else self.pipeline

    def one_by_one(self, with_pictures: bool) -> str:
        """Why videos with or without reference pictures are denoised one after the other; empty: they need not be."""
        if self.cache is not None:
            return f"the {self.cache.kind} keeps the steps of one video"
        kind = self.pipeline_class(with_pictures)
        return "" if self.quirks(with_pictures).together else f"the networks of {kind} take one video at a time"
