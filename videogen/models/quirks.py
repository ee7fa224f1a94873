"""What differs between pipeline classes of diffusers: one row each; a class without a row has the defaults.

Read off diffusers 0.42. A profile may override any field in its ``diffusers`` section.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Layout = Literal["BCTHW", "BTCHW", "BTHWC"]


class FramesRule(BaseModel):
    """Numbers of frames that a model makes: multiple·k + plus, from `min` to `max`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    multiple: int = Field(1, ge=1, le=1024)
    plus: int = Field(0, ge=0, le=1024)
    min: int = Field(1, ge=1, le=100_000)
    max: int | None = Field(None, ge=1, le=100_000, description="longest clip; None: the profile's num_frames")

    @model_validator(mode="after")
    def _allows_a_clip(self) -> Self:
        if self.max is not None and self.max < self.up(1):
            raise ValueError(f"max {self.max} allows no clip: the shortest has {self.up(1)} frames")
        return self

    def up(self, frames: int) -> int:
        """The smallest number ≥ `frames` that obeys the rule: never silently fewer."""
        wanted = max(frames, self.min, self.plus)
        return wanted + -(wanted - self.plus) % self.multiple

    def __str__(self) -> str:
        if self.multiple == 1:
            return "any number of frames"
        return f"{self.multiple}k+{self.plus} frames" if self.plus else f"a multiple of {self.multiple} frames"


class Quirks(BaseModel):
    """One row. All names of arguments are those of the pipeline's ``__call__``.

    noise_layout: axes in which it draws noise: batch, channels, frames, height, width. own_noise: it draws for each
    chunk itself, so that the noise assets cannot act. image, last_image: arguments for reference pictures; video: one
    that takes all pictures in order. denoise_with: parts needed beside the denoiser. alike: parts that must have the
    denoiser's precision. packages: imported without asking whether they are there. together: its denoiser takes the
    samples of several videos at once, and none of them changes the others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    frames: FramesRule = FramesRule(multiple=4, plus=1)
    size_multiple: int = Field(16, ge=1, le=1024)
    frames_argument: str = "num_frames"
    noise_layout: Layout = "BCTHW"
    own_noise: bool = False
    image: str | None = "image"
    last_image: str | None = "last_image"
    video: str | None = None
    denoise_with: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    generator: Literal["cpu", "device"] = "cpu"
    together: bool = False


_FTFY = ("ftfy",)
_EIGHT = FramesRule(multiple=8, plus=1)
_ANY = FramesRule()

QUIRKS: dict[str, Quirks] = {
    "WanPipeline": Quirks(packages=_FTFY, together=True),
    "WanImageToVideoPipeline": Quirks(packages=_FTFY, together=True),
    "WanVACEPipeline": Quirks(
        packages=_FTFY, image=None, last_image=None, video="reference_images", denoise_with=("vae",)
    ),
    "WanVideoToVideoPipeline": Quirks(packages=_FTFY, image=None, last_image=None, video="video"),
    "LTXPipeline": Quirks(frames=_EIGHT, size_multiple=32, alike=("text_encoder",), together=True),
    "LTXImageToVideoPipeline": Quirks(
        frames=_EIGHT, size_multiple=32, alike=("text_encoder", "vae"), generator="device", together=True
    ),
    "LTXConditionPipeline": Quirks(frames=_EIGHT, size_multiple=32, alike=("text_encoder", "vae")),
    "LTX2Pipeline": Quirks(frames=_EIGHT, size_multiple=32, alike=("text_encoder",), together=True),
    "LTX2ImageToVideoPipeline": Quirks(frames=_EIGHT, size_multiple=32, alike=("text_encoder",)),
    "CogVideoXPipeline": Quirks(frames=_EIGHT, noise_layout="BTCHW", alike=("text_encoder", "vae"), together=True),
    "CogVideoXImageToVideoPipeline": Quirks(frames=_EIGHT, noise_layout="BTCHW", alike=("text_encoder", "vae")),
    "AnyFlowPipeline": Quirks(together=True),
    "HunyuanVideoPipeline": Quirks(together=True),
    "HunyuanVideo15Pipeline": Quirks(together=True),
    "MochiPipeline": Quirks(frames=FramesRule(multiple=6, plus=1), alike=("text_encoder", "vae"), together=True),
    "Kandinsky5T2VPipeline": Quirks(noise_layout="BTHWC", together=True),
    "Kandinsky5I2VPipeline": Quirks(noise_layout="BTHWC"),
    "Kandinsky6TI2VAPipeline": Quirks(noise_layout="BTHWC", together=True),
    "SkyReelsV2Pipeline": Quirks(packages=_FTFY, together=True),
    "SkyReelsV2ImageToVideoPipeline": Quirks(packages=_FTFY),
    "AllegroPipeline": Quirks(frames=FramesRule(multiple=8), size_multiple=8, packages=("bs4", "ftfy")),
    "SanaVideoPipeline": Quirks(size_multiple=32, frames_argument="frames", together=True),
    "HeliosPipeline": Quirks(frames=FramesRule(multiple=33), own_noise=True, denoise_with=("vae",), packages=_FTFY),
    "StableVideoDiffusionPipeline": Quirks(
        frames=_ANY,
        size_multiple=64,
        noise_layout="BTCHW",
        last_image=None,
        denoise_with=("vae",),
        alike=("vae",),
        together=True,
    ),
    "EasyAnimatePipeline": Quirks(alike=("text_encoder",), together=True),
    "MotifVideoPipeline": Quirks(together=True),
    "AnimateDiffPipeline": Quirks(frames=_ANY, size_multiple=8, image=None, alike=("text_encoder", "vae")),
}


def quirks_of(pipeline: str) -> Quirks:
    """The row of a pipeline class; the defaults where it has none."""
    return QUIRKS.get(pipeline, Quirks())
