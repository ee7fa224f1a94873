"""Real pipelines of every family of diffusers with tiny random weights: for tests only, never shipped.

Each entry of `PIPELINES` makes one; `write_pipeline` puts it into a models folder with a profile, so that the product
loads it as it loads a real one. Random weights draw nothing: they only show that the machinery is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.tiny_pipelines import kandinsky, others, wan

Pipe = Any


@dataclass(frozen=True)
class Tiny:
    """One tiny pipeline: how it is made, and what its profile says."""

    make: Callable[[], Pipe]
    width: int
    height: int
    frames: int
    channels: int
    spatial: int
    temporal: int
    pictures: int = 0
    guidance: float = 5.0
    call: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    max_tokens: int = 16

    def profile(self, source: str, **diffusers: Any) -> dict[str, Any]:
        return {
            "family": "diffusers",
            "source": source,
            "max_tokens": self.max_tokens,
            "width": self.width,
            "height": self.height,
            "num_frames": self.frames,
            "fps": 8,
            "latent_channels": self.channels,
            "vae_scale_factor": self.spatial,
            "vae_temporal_factor": self.temporal,
            "steps": 2,
            "guidance_scale": self.guidance,
            "negative_prompt": "bad quality",
            "diffusers": {"size_multiple": self.spatial, "call": self.call, **self.options, **diffusers},
            "licence": "none",
            "memory_gb": 0.1,
            "clip_memory_gb": 0.01,
        }


def write_pipeline(models: Path, name: str, **diffusers: Any) -> Path:
    """The tiny pipeline `name` in ``<models>/<name>/`` and a profile of that name; returns the folder."""
    tiny = PIPELINES[name]
    pipe = tiny.make()
    pipe.save_pretrained(models / name)
    write_profile(models, name, name, pipeline=type(pipe).__name__, **diffusers)
    return models / name


def write_profile(models: Path, profile: str, name: str, **diffusers: Any) -> None:
    """A profile of the tiny pipeline `name`, with more fields of its section ``diffusers``."""
    (models / "profiles").mkdir(parents=True, exist_ok=True)
    values = PIPELINES[name].profile(name, **diffusers)
    (models / "profiles" / f"{profile}.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")


_LTX2_GUIDANCE = {
    "stg_scale": 1.0, "modality_scale": 3.0, "guidance_rescale": 0.7, "audio_guidance_scale": 7.0,
    "audio_stg_scale": 1.0, "audio_modality_scale": 3.0, "audio_guidance_rescale": 0.7,
    "spatio_temporal_guidance_blocks": [1],
}  # fmt: skip
_DDIM = {"clip_sample": False, "timestep_spacing": "linspace", "steps_offset": 1}

PIPELINES: dict[str, Tiny] = {
    "wan21": Tiny(wan.wan21, 16, 16, 9, 16, 8, 4),
    "wan22": Tiny(wan.wan22, 16, 16, 9, 16, 8, 4, call={"guidance_scale_2": 3.0}),
    "wan22_5b": Tiny(wan.wan22_5b, 32, 32, 9, 48, 16, 4),
    "wan22_5b_i2v": Tiny(wan.wan22_5b_i2v, 32, 32, 9, 48, 16, 4, pictures=1),
    "wan22_i2v": Tiny(wan.wan22_i2v, 16, 16, 9, 16, 8, 4, pictures=2),
    "ltx": Tiny(lambda: others.ltx("LTXPipeline"), 32, 32, 9, 8, 4, 4, options={"size_multiple": 32}),
    "ltx_tc": Tiny(
        lambda: others.ltx("LTXPipeline", True), 32, 32, 9, 8, 4, 4, options={"size_multiple": 32},
        call={"decode_timestep": 0.05, "decode_noise_scale": 0.025},
    ),
    "ltx_i2v": Tiny(
        lambda: others.ltx("LTXImageToVideoPipeline"), 32, 32, 9, 8, 4, 4, pictures=1, options={"size_multiple": 32}
    ),
    "cog": Tiny(lambda: others.cog("CogVideoXDDIMScheduler"), 16, 16, 9, 4, 8, 4, call={"use_dynamic_cfg": True}),
    "cog_dpm": Tiny(lambda: others.cog("CogVideoXDPMScheduler"), 16, 16, 9, 4, 8, 4, call={"use_dynamic_cfg": True}),
    "hunyuan": Tiny(kandinsky.hunyuan, 16, 16, 9, 4, 8, 4, call={"prompt_template": {"template": "{}", "crop_start": 0}}
    ),
    "animatediff": Tiny(lambda: others.animatediff("DDIMScheduler", **_DDIM), 16, 16, 4, 4, 2, 1, max_tokens=77),
    "animatediff_euler_a": Tiny(
        lambda: others.animatediff("EulerAncestralDiscreteScheduler"), 16, 16, 4, 4, 2, 1, max_tokens=77
    ),
    "mochi": Tiny(others.mochi, 16, 16, 7, 12, 8, 6),
    "ltx2": Tiny(others.ltx2, 32, 32, 9, 4, 2, 2, call=_LTX2_GUIDANCE),
    "svd": Tiny(others.svd, 32, 32, 4, 4, 2, 1, pictures=1, call={"min_guidance_scale": 1.0, "max_guidance_scale": 2.5}
    ),
    "hunyuan15": Tiny(kandinsky.hunyuan15, 16, 16, 9, 4, 4, 2),
    "kandinsky5": Tiny(kandinsky.kandinsky5, 32, 32, 5, 16, 8, 4),
    "skyreels": Tiny(wan.skyreels, 16, 16, 9, 16, 8, 4),
    "anyflow": Tiny(wan.anyflow, 16, 16, 9, 16, 8, 4, guidance=1.0),
    "helios": Tiny(wan.helios, 16, 16, 66, 16, 8, 4),
    "sana_video": Tiny(wan.sana_video, 32, 32, 9, 16, 8, 4, call={"complex_human_instruction": [], "use_resolution_binning": False}
    ),
    "kandinsky6": Tiny(kandinsky.kandinsky6, 32, 32, 5, 4, 8, 4),
    "kandinsky6_piflow": Tiny(lambda: kandinsky.kandinsky6(True), 32, 32, 5, 4, 8, 4, guidance=1.0),
    "kandinsky6_i2v": Tiny(kandinsky.kandinsky6, 32, 32, 5, 4, 8, 4, pictures=1),
    "wan_vace": Tiny(wan.wan_vace, 16, 16, 9, 16, 8, 4),
    "easyanimate": Tiny(others.easyanimate, 16, 16, 5, 4, 8, 4),
    "motif": Tiny(wan.motif, 16, 16, 9, 16, 8, 4),
}  # fmt: skip
