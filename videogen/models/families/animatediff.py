"""AnimateDiff: an image U-Net with temporal layers, a text encoder and a per-frame VAE (arXiv 2307.04725).

Two forms of weights: one folder in diffusers' format whose ``unet`` is a UNetMotionModel, or a Stable Diffusion
1.5 repository together with a motion adapter. Reference pictures go through an IP-Adapter where the profile
names one, or beside the noise where the denoiser has the channels for it; each frame reads a plan beside the text where
the profile names a planner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from videogen.errors import ModelError
from videogen.models.adapters import merge_adapters
from videogen.models.family import ForwardContext
from videogen.models.file_limits import checked_scheduler
from videogen.models.loading import revision_of
from videogen.models.motion_planner import TOKENS, Planner
from videogen.models.picture_condition import reads_pictures, with_condition
from videogen.models.text_encoders import (
    PromptTokenizer,
    TextEncoder,
    clip_encoder,
    clip_tokenizer,
    load_part,
    load_weights,
    minilm_encoder,
    minilm_tokenizer,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from videogen.models.profile import ModelProfile


class AnimateDiff:
    """Implements `videogen.models.family.Family`."""

    concurrent = True

    def __init__(
        self,
        profile: ModelProfile,
        unet: Any,
        vae: Any,
        scheduler_config: dict[str, Any],
        text: TextEncoder,
        image_encoder: Any,
        device: torch.device,
        dtype: torch.dtype,
        planner: Planner | None = None,
    ) -> None:
        from videogen.models.temporal_attention import install, skip_idle
        from videogen.models.text_attention import share_text_among_frames

        self.profile = profile
        self.device, self.dtype = device, dtype
        self.revision = revision_of(profile)
        self.unet, self.vae, self.text, self.image_encoder = unet, vae, text, image_encoder
        self._scheduler_config, self._planner = scheduler_config, planner
        skip_idle(unet)
        self._temporal = install(unet)
        self._reads_pictures = reads_pictures(unet)
        if image_encoder is None:
            share_text_among_frames(unet)

    @classmethod
    def load(cls, profile: ModelProfile, device: torch.device, dtype: torch.dtype) -> Self:
        import torch
        from diffusers import AutoencoderKL

        unet = _motion_unet(profile, dtype)
        if profile.adapters:
            merge_adapters(unet, profile, base=revision_of(profile.model_copy(update={"adapters": ()})))
        # On a processor only the U-Net, asked dozens of times, gains more from half precision than it loses.
        exact = torch.float32 if device.type == "cpu" else dtype
        vae = load_part(AutoencoderKL, profile, "vae", **_weights(profile, exact))
        _check(profile, unet, vae)
        image_encoder = _image_adapter(profile, unet, dtype) if profile.ip_adapter else None
        text = (
            minilm_encoder(profile.max_tokens, device)
            if profile.text_encoder == "minilm"
            else clip_encoder(profile, device, exact)
        )
        layout = torch.channels_last
        unet = unet.eval().requires_grad_(False).to(device=device, memory_format=layout)
        vae = vae.eval().requires_grad_(False).to(device=device, memory_format=layout)
        if image_encoder is not None:
            image_encoder = image_encoder.eval().to(device)
        planner = _planner(profile)
        return cls(profile, unet, vae, _scheduler_config(profile), text, image_encoder, device, dtype, planner)

    @staticmethod
    def tokenizer(profile: ModelProfile) -> PromptTokenizer:
        return minilm_tokenizer(profile.max_tokens) if profile.text_encoder == "minilm" else clip_tokenizer(profile)

    @staticmethod
    def scheduler_of(profile: ModelProfile) -> Any:
        return _scheduler(profile, _scheduler_config(profile))

    def scheduler(self) -> Any:
        return _scheduler(self.profile, self._scheduler_config)

    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        return self.text(prompts)

    def text_for_frames(self, prompt: Tensor, negative: Tensor, num_frames: int, seed: int) -> tuple[Tensor, Tensor]:
        if self._planner is None:
            return prompt, negative
        import torch

        plan = self._planner.tokens(prompt[0], num_frames, seed)
        # Guidance leads away from "nothing planned" as it leads away from "nothing said".
        states = torch.nn.functional.pad(negative, (0, 0, 0, TOKENS)).expand(num_frames, -1, -1)
        return torch.cat([prompt.expand(num_frames, -1, -1), plan], dim=1), states

    def encode_images(self, pixels: Tensor) -> Tensor | None:
        if self._reads_pictures:
            return self.encode_frames(pixels).flatten(1)
        if self.image_encoder is None:
            return None
        import torch
        from transformers import CLIPImageProcessor

        edge = self.image_encoder.config.image_size
        prepare = CLIPImageProcessor(size={"shortest_edge": edge}, crop_size={"height": edge, "width": edge})
        inputs = prepare(images=list(pixels.numpy()), return_tensors="pt").pixel_values
        with torch.inference_mode():
            embeds: Tensor = self.image_encoder(inputs.to(self.device, self.dtype)).image_embeds
        return embeds.float().cpu()

    def encode_frames(self, pixels: Tensor) -> Tensor:
        import torch

        images = pixels.permute(0, 3, 1, 2).to(self.device, self.vae.dtype) / 127.5 - 1.0
        with torch.inference_mode():
            latents: Tensor = self.vae.encode(images).latent_dist.mode() * self.vae.config.scaling_factor
        return latents.float().cpu()

    def valid_num_frames(self, num_frames: int) -> int:
        return num_frames

    def latent_shape(self, num_frames: int, width: int, height: int) -> tuple[int, int, int, int]:
        factor = self.profile.vae_scale_factor
        return self.profile.latent_channels, num_frames, height // factor, width // factor

    def predict(
        self,
        sample: Tensor,
        timesteps: Tensor,
        embeds: Tensor,
        image_embeds: Tensor | None,
        context: ForwardContext,
    ) -> Tensor:
        import torch

        with torch.inference_mode():
            return self.forward(sample, timesteps, embeds, image_embeds, context)

    def forward(
        self,
        sample: Tensor,
        timesteps: Tensor,
        embeds: Tensor,
        image_embeds: Tensor | None,
        context: ForwardContext,
    ) -> Tensor:
        """`predict` with gradients, for training."""
        batch, _, frames = sample.shape[:3]
        added = None
        if self.image_encoder is not None:
            absent = sample.new_zeros((batch, 1, self.image_encoder.config.projection_dim))
            added = {"image_embeds": [(absent if image_embeds is None else image_embeds).to(self.device, self.dtype)]}
            _scale_image_adapter(self.unet, 0.0 if image_embeds is None else context.image_scale)
        if self._reads_pictures:
            sample = with_condition(sample, image_embeds if context.image_scale > 0.0 else None)
        self._temporal.context, self._temporal.batch = context, batch
        output = self.unet(
            sample.to(self.device, self.dtype),
            timesteps.to(self.device),
            encoder_hidden_states=self._text_states(embeds, frames),
            added_cond_kwargs=added,
        ).sample
        return output.float()  # type: ignore[no-any-return]

    def _text_states(self, embeds: Tensor, frames: int) -> Tensor:
        states = embeds.to(self.device, self.dtype).flatten(0, 1)
        # Without an image adapter, `TextAttention` shares one video's text among its frames.
        if self.image_encoder is None or embeds.shape[1] == frames:
            return states
        return states.repeat_interleave(frames, dim=0)

    def decode(self, latents: Tensor) -> Tensor:
        import torch

        from videogen.runtime.device import free_memory, halve_on_out_of_memory

        frames = (latents / self.vae.config.scaling_factor).permute(1, 0, 2, 3)
        pixels = self.profile.vae_scale_factor**2 * frames.shape[-1] * frames.shape[-2]
        # The last decoder stage holds a few feature maps at full resolution; twelve is on the safe side.
        wanted = pixels * self.vae.config.block_out_channels[0] * frames.element_size() * 12
        at_once = max(1, min(len(frames), int(free_memory(self.device) * 0.5 // wanted)))

        def work(part: Sequence[Tensor]) -> list[Tensor]:
            with torch.inference_mode():
                images = self.vae.decode(torch.stack(list(part)).to(self.device, self.vae.dtype)).sample.float()
            return [*((images.clamp(-1, 1) + 1.0) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).cpu()]

        return torch.stack(halve_on_out_of_memory(work, list(frames), at_once))


def _motion_unet(profile: ModelProfile, dtype: torch.dtype) -> Any:
    from diffusers import MotionAdapter, UNet2DConditionModel, UNetMotionModel

    if profile.motion_adapter is None:
        return load_part(UNetMotionModel, profile, "unet", **_weights(profile, dtype))
    image_unet = load_part(UNet2DConditionModel, profile, "unet", **_weights(profile, dtype))
    source, revision = profile.motion_adapter.source, profile.motion_adapter.revision
    adapter = load_weights(MotionAdapter, profile, source, revision, "", dtype=dtype, use_safetensors=True)
    return UNetMotionModel.from_unet2d(image_unet, adapter)


def _weights(profile: ModelProfile, dtype: torch.dtype) -> dict[str, Any]:
    options = {"dtype": dtype, "use_safetensors": True, "low_cpu_mem_usage": True}
    return options | ({"variant": profile.variant} if profile.variant else {})


def _planner(profile: ModelProfile) -> Planner | None:
    if profile.planner is None:
        return None
    folder = profile.locate(profile.planner)
    if folder is None:
        raise ModelError(
            f"profile {profile.name!r} names the planner {profile.planner!r}, but no model folder has that name",
            remedy="restore the folder, or remove the planner from the profile",
        )
    return Planner.load(folder)


def _image_adapter(profile: ModelProfile, unet: Any, dtype: torch.dtype) -> Any:
    """Load the IP-Adapter into `unet` (arXiv 2308.06721); returns its image encoder."""
    from safetensors.torch import load_file
    from transformers import CLIPVisionModelWithProjection

    adapter = profile.ip_adapter
    if adapter is None:
        raise ModelError(f"profile {profile.name!r} names no image adapter")
    weights = load_file(_adapter_file(profile))
    groups: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for key, tensor in weights.items():
        group, _, rest = key.partition(".")
        groups[group][rest] = tensor.to(dtype)
    unet._load_ip_adapter_weights([groups])
    encoder = f"{adapter.subfolder}/image_encoder" if adapter.subfolder else "image_encoder"
    return load_weights(
        CLIPVisionModelWithProjection,
        profile,
        adapter.repository,
        adapter.revision,
        encoder,
        dtype=dtype,
        use_safetensors=True,
    )


def _scale_image_adapter(unet: Any, scale: float) -> None:
    for processor in unet.attn_processors.values():
        if hasattr(processor, "to_k_ip"):
            processor.scale = [scale] * len(processor.scale)


def _adapter_file(profile: ModelProfile) -> str:
    adapter = profile.ip_adapter
    if adapter is None or not adapter.file.endswith(".safetensors"):
        raise ModelError(
            f"the image adapter of profile {profile.name!r} is not a .safetensors file",
            remedy="name the safetensors file",
        )
    folder = profile.locate(adapter.repository)
    if folder is not None:
        return str(folder / adapter.subfolder / adapter.file)
    from huggingface_hub import hf_hub_download

    try:
        return str(
            hf_hub_download(
                adapter.repository, adapter.file, subfolder=adapter.subfolder or None, revision=adapter.revision
            )
        )
    except OSError as error:
        raise ModelError(
            f"the image adapter {adapter.repository}/{adapter.file} cannot be fetched: {error}",
            remedy="check the network, or put the repository into the models folder and name that folder",
        ) from error


def _scheduler_config(profile: ModelProfile) -> dict[str, Any]:
    from diffusers import DDIMScheduler

    config: dict[str, Any] = load_part(_ConfigOf(DDIMScheduler), profile, "scheduler")
    return checked_scheduler(config, f"the scheduler of {profile.source}")


def _scheduler(profile: ModelProfile, config: dict[str, Any]) -> Any:
    return _scheduler_class(profile, config).from_config(config, **profile.scheduler_options)


class _ConfigOf:
    """Reads the scheduler folder without building a scheduler: `load_part` calls `from_pretrained`."""

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler

    def from_pretrained(self, place: str, **options: Any) -> dict[str, Any]:
        return dict(self._scheduler.load_config(place, **options))


def _scheduler_class(profile: ModelProfile, config: dict[str, Any]) -> Any:
    import diffusers

    name = profile.scheduler or str(config["_class_name"])
    found = getattr(diffusers, name, None)
    if found is None or not hasattr(found, "set_timesteps"):
        raise ModelError(
            f"profile {profile.name!r} names the scheduler {name!r}, which diffusers does not provide",
            remedy="use a class name such as DDIMScheduler or DPMSolverMultistepScheduler",
        )
    return found


def _check(profile: ModelProfile, unet: Any, vae: Any) -> None:
    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    channels = unet.config.out_channels if reads_pictures(unet) else unet.config.in_channels
    facts = {
        "latent_channels": (profile.latent_channels, channels),
        "latent_channels (VAE)": (profile.latent_channels, vae.config.latent_channels),
        "vae_scale_factor": (profile.vae_scale_factor, factor),
    }
    wrong = [
        f"{name} is {said}, but the weights have {found}" for name, (said, found) in facts.items() if said != found
    ]
    if wrong:
        raise ModelError(
            f"profile {profile.name!r} does not fit its weights: {'; '.join(wrong)}",
            remedy=f"correct models/profiles/{profile.name}.yaml",
        )
