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


def seeded(kind: Any, seed: int = 0, **arguments: Any) -> Any:
    """A network with random weights that are always the same."""
    import torch

    torch.manual_seed(seed)
    return kind(**arguments).eval()


def tokenizer(length: int = 16) -> Any:
    """Words of the tests' prompts, and one token for all others."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = [
        "a",
        "the",
        "red",
        "bus",
        "boat",
        "train",
        "drives",
        "through",
        "city",
        "at",
        "sunset",
        "night",
        "bad",
        "quality",
    ]
    table = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3} | {word: 4 + place for place, word in enumerate(words)}
    backend = Tokenizer(models.WordLevel(table, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", bos_token="<s>",
        model_max_length=length,
    )  # fmt: skip


def t5() -> Any:
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        d_model=32, d_ff=37, d_kv=8, num_layers=1, num_heads=4, vocab_size=64, relative_attention_num_buckets=8
    )
    return seeded(T5EncoderModel, 1, config=config)


def clip(width: int = 8) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel

    config = CLIPTextConfig(
        bos_token_id=0, eos_token_id=2, pad_token_id=1, hidden_size=width, intermediate_size=16,
        num_attention_heads=4, num_hidden_layers=1, vocab_size=64,
    )  # fmt: skip
    return seeded(CLIPTextModel, 1, config=config)


def qwen() -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    rope = {"mrope_section": [2, 2, 4], "rope_type": "default", "type": "default"}
    text = {
        "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_key_value_heads": 2, "vocab_size": 64, "rope_scaling": rope, "rope_theta": 1000000.0,
        "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
    }  # fmt: skip
    vision = {"depth": 1, "hidden_size": 32, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": 32}
    return seeded(Qwen2_5_VLForConditionalGeneration, config=Qwen2_5_VLConfig(text_config=text, vision_config=vision))


def qwen_processor() -> Any:
    from transformers import Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(), tokenizer=tokenizer(64), video_processor=Qwen2VLVideoProcessor()
    )


def wan_vae() -> Any:
    from diffusers import AutoencoderKLWan

    return seeded(
        AutoencoderKLWan, base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )  # fmt: skip


def wan22_vae() -> Any:
    from diffusers import AutoencoderKLWan

    return seeded(
        AutoencoderKLWan, base_dim=3, z_dim=48, in_channels=12, out_channels=12, is_residual=True, patch_size=2,
        latents_mean=[0.0] * 48, latents_std=[1.0] * 48, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        scale_factor_spatial=16, scale_factor_temporal=4, temperal_downsample=[False, True, True],
    )  # fmt: skip


WAN_LIKE = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 16, "out_channels": 16,
    "text_dim": 32, "freq_dim": 256, "ffn_dim": 32, "num_layers": 2, "cross_attn_norm": True,
}  # fmt: skip


def wan_transformer(seed: int = 0, **changes: Any) -> Any:
    from diffusers import WanTransformer3DModel

    more = {"qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 32}
    return seeded(WanTransformer3DModel, seed, **WAN_LIKE | more | changes)


def unipc(shift: float = 3.0) -> Any:
    from diffusers import UniPCMultistepScheduler

    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift)


def wan21() -> Pipe:
    from diffusers import WanPipeline

    return WanPipeline(tokenizer(), t5(), wan_vae(), unipc(), wan_transformer())


def wan22() -> Pipe:
    from diffusers import WanPipeline

    return WanPipeline(
        tokenizer(), t5(), wan_vae(), unipc(), wan_transformer(0), wan_transformer(5), boundary_ratio=0.875
    )


def wan22_5b() -> Pipe:
    from diffusers import WanPipeline

    transformer = wan_transformer(in_channels=48, out_channels=48)
    return WanPipeline(tokenizer(), t5(), wan22_vae(), unipc(5.0), transformer, expand_timesteps=True)


def wan22_5b_i2v() -> Pipe:
    from diffusers import WanImageToVideoPipeline

    transformer = wan_transformer(in_channels=48, out_channels=48)
    return WanImageToVideoPipeline(
        tokenizer(), t5(), wan22_vae(), unipc(5.0), transformer=transformer, expand_timesteps=True
    )


def wan22_i2v() -> Pipe:
    from diffusers import WanImageToVideoPipeline

    return WanImageToVideoPipeline(
        tokenizer(), t5(), wan_vae(), unipc(5.0), transformer=wan_transformer(0, in_channels=36),
        transformer_2=wan_transformer(5, in_channels=36), boundary_ratio=0.9,
    )  # fmt: skip


def ltx_scheduler() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096,
        shift_terminal=0.1,
    )  # fmt: skip


def _ltx(kind: str, timestep_conditioning: bool = False) -> Pipe:
    import diffusers

    transformer = seeded(
        diffusers.LTXVideoTransformer3DModel, in_channels=8, out_channels=8, patch_size=1, patch_size_t=1,
        num_attention_heads=4, attention_head_dim=8, cross_attention_dim=32, num_layers=1, caption_channels=32,
    )  # fmt: skip
    widths, ones = (8, 8, 8, 8), (1, 1, 1, 1, 1)
    vae = seeded(
        diffusers.AutoencoderKLLTXVideo, in_channels=3, out_channels=3, latent_channels=8, block_out_channels=widths,
        decoder_block_out_channels=widths, layers_per_block=ones, decoder_layers_per_block=ones,
        spatio_temporal_scaling=(True, True, False, False), decoder_spatio_temporal_scaling=(True, True, False, False),
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4, upsample_factor=(1,) * 4,
        timestep_conditioning=timestep_conditioning, patch_size=1, patch_size_t=1, encoder_causal=True,
        decoder_causal=False,
    )  # fmt: skip
    return getattr(diffusers, kind)(ltx_scheduler(), vae, t5(), tokenizer(), transformer)


def _cog(scheduler: str) -> Pipe:
    import diffusers

    transformer = seeded(
        diffusers.CogVideoXTransformer3DModel, num_attention_heads=4, attention_head_dim=8, in_channels=4,
        out_channels=4, time_embed_dim=2, text_embed_dim=32, num_layers=1, sample_width=2, sample_height=2,
        sample_frames=9, patch_size=2, temporal_compression_ratio=4, max_text_seq_length=16,
    )  # fmt: skip
    vae = seeded(
        diffusers.AutoencoderKLCogVideoX, in_channels=3, out_channels=3, down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4, block_out_channels=(8, 8, 8, 8), latent_channels=4,
        layers_per_block=1, norm_num_groups=2, temporal_compression_ratio=4,
    )  # fmt: skip
    steps = getattr(diffusers, scheduler)(
        prediction_type="v_prediction", rescale_betas_zero_snr=True, snr_shift_scale=1.0, timestep_spacing="trailing",
        clip_sample=False,
    )  # fmt: skip
    return diffusers.CogVideoXPipeline(tokenizer(), t5(), vae, transformer, steps)


def hunyuan_vae(**changes: Any) -> Any:
    from diffusers import AutoencoderKLHunyuanVideo

    usual: dict[str, Any] = {
        "in_channels": 3, "out_channels": 3, "latent_channels": 4, "block_out_channels": (8, 8, 8, 8),
        "down_block_types": ("HunyuanVideoDownBlock3D",) * 4, "up_block_types": ("HunyuanVideoUpBlock3D",) * 4,
        "layers_per_block": 1, "act_fn": "silu", "norm_num_groups": 4, "scaling_factor": 0.476986,
        "spatial_compression_ratio": 8, "temporal_compression_ratio": 4, "mid_block_add_attention": True,
    }  # fmt: skip
    return seeded(AutoencoderKLHunyuanVideo, **usual | changes)


def hunyuan() -> Pipe:
    from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanVideoPipeline, HunyuanVideoTransformer3DModel
    from transformers import LlamaConfig, LlamaModel

    transformer = seeded(
        HunyuanVideoTransformer3DModel, in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10,
        num_layers=1, num_single_layers=1, num_refiner_layers=1, patch_size=1, patch_size_t=1, guidance_embeds=True,
        text_embed_dim=16, pooled_projection_dim=8, rope_axes_dim=(2, 4, 4),
    )  # fmt: skip
    config = LlamaConfig(
        bos_token_id=0, eos_token_id=2, pad_token_id=1, hidden_size=16, intermediate_size=32, num_attention_heads=4,
        num_hidden_layers=3, vocab_size=64, hidden_act="gelu",
    )  # fmt: skip
    text = seeded(LlamaModel, config=config)
    scheduler = FlowMatchEulerDiscreteScheduler(shift=7.0)
    return HunyuanVideoPipeline(text, tokenizer(), transformer, hunyuan_vae(), scheduler, clip(8), tokenizer(77))


def _animatediff(scheduler: str, **options: Any) -> Pipe:
    import diffusers

    unet = seeded(
        diffusers.UNet2DConditionModel, block_out_channels=(8, 8), layers_per_block=1, sample_size=8, in_channels=4,
        out_channels=4, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=8, norm_num_groups=2,
    )  # fmt: skip
    vae = seeded(
        diffusers.AutoencoderKL, block_out_channels=(8, 8), in_channels=3, out_channels=3, latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2, norm_num_groups=2,
    )  # fmt: skip
    adapter = seeded(
        diffusers.MotionAdapter, block_out_channels=(8, 8), motion_layers_per_block=1, motion_norm_num_groups=2,
        motion_num_attention_heads=4,
    )  # fmt: skip
    steps = getattr(diffusers, scheduler)(beta_start=0.00085, beta_end=0.012, beta_schedule="linear", **options)
    return diffusers.AnimateDiffPipeline(vae, clip(8), tokenizer(77), unet, adapter, steps)


def mochi() -> Pipe:
    from diffusers import AutoencoderKLMochi, FlowMatchEulerDiscreteScheduler, MochiPipeline, MochiTransformer3DModel

    transformer = seeded(
        MochiTransformer3DModel, patch_size=2, num_attention_heads=2, attention_head_dim=8, num_layers=2,
        pooled_projection_dim=16, in_channels=12, out_channels=None, qk_norm="rms_norm", text_embed_dim=32,
        time_embed_dim=4, activation_fn="swiglu", max_sequence_length=16,
    )  # fmt: skip
    transformer.pos_frequencies.data.zero_()
    vae = seeded(
        AutoencoderKLMochi, latent_channels=12, out_channels=3, encoder_block_out_channels=(32,) * 4,
        decoder_block_out_channels=(32,) * 4, layers_per_block=(1,) * 5,
    )  # fmt: skip
    return MochiPipeline(FlowMatchEulerDiscreteScheduler(), vae, t5(), tokenizer(), transformer)


def gemma3() -> Any:
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    text = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 128, "max_position_embeddings": 128, "pad_token_id": 1,
        "sliding_window": 16,
    }  # fmt: skip
    vision = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 14,
        "patch_size": 14,
    }  # fmt: skip
    config = Gemma3Config(
        text_config=text, vision_config=vision, mm_tokens_per_image=1, image_token_index=99, boi_token_index=98,
        eoi_token_index=97,
    )  # fmt: skip
    return seeded(Gemma3ForConditionalGeneration, config=config)


def ltx2() -> Pipe:
    """Video and sound in two lanes, with all kinds of guidance."""
    from diffusers import (
        AutoencoderKLLTX2Audio,
        AutoencoderKLLTX2Video,
        LTX2Pipeline,
        LTX2VideoTransformer3DModel,
    )
    from diffusers.pipelines.ltx2 import LTX2TextConnectors
    from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder

    transformer = seeded(
        LTX2VideoTransformer3DModel, in_channels=4, out_channels=4, patch_size=1, patch_size_t=1,
        num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16, audio_in_channels=4,
        audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=4, audio_cross_attention_dim=8,
        num_layers=2, qk_norm="rms_norm_across_heads", caption_channels=16, rope_double_precision=False,
        rope_type="split",
    )  # fmt: skip
    connectors = seeded(
        LTX2TextConnectors, caption_channels=16, text_proj_in_factor=3, video_connector_num_attention_heads=2,
        video_connector_attention_head_dim=8, video_connector_num_layers=1,
        video_connector_num_learnable_registers=None, audio_connector_num_attention_heads=2,
        audio_connector_attention_head_dim=8, audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None, connector_rope_base_seq_len=32, rope_theta=10000.0,
        rope_double_precision=False, causal_temporal_positioning=False, rope_type="split",
    )  # fmt: skip
    vae = seeded(
        AutoencoderKLLTX2Video, in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8,),
        decoder_block_out_channels=(8,), layers_per_block=(1,), decoder_layers_per_block=(1, 1),
        spatio_temporal_scaling=(True,), decoder_spatio_temporal_scaling=(True,), decoder_inject_noise=(False, False),
        downsample_type=("spatial",), upsample_residual=(False,), upsample_factor=(1,), timestep_conditioning=False,
        patch_size=1, patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    audio = seeded(
        AutoencoderKLLTX2Audio, base_channels=4, output_channels=2, ch_mult=(1,), num_res_blocks=1,
        attn_resolutions=None, in_channels=2, resolution=32, latent_channels=2, norm_type="pixel",
        causality_axis="height", dropout=0.0, mid_block_add_attention=False, sample_rate=16000, mel_hop_length=160,
        is_causal=True, mel_bins=8,
    )  # fmt: skip
    vocoder = seeded(
        LTX2Vocoder, in_channels=16, hidden_channels=32, out_channels=2, upsample_kernel_sizes=[4, 4],
        upsample_factors=[2, 2], resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]], leaky_relu_negative_slope=0.1,
        output_sampling_rate=16000,
    )  # fmt: skip
    return LTX2Pipeline(ltx_scheduler(), vae, audio, gemma3(), tokenizer(), connectors, transformer, vocoder)


def svd() -> Pipe:
    """Pictures to video; no text."""
    from diffusers import (
        AutoencoderKLTemporalDecoder,
        EulerDiscreteScheduler,
        StableVideoDiffusionPipeline,
        UNetSpatioTemporalConditionModel,
    )
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    unet = seeded(
        UNetSpatioTemporalConditionModel, block_out_channels=(32, 64), layers_per_block=1, sample_size=32,
        in_channels=8, out_channels=4,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"), cross_attention_dim=32,
        num_attention_heads=8, projection_class_embeddings_input_dim=96, addition_time_embed_dim=32,
    )  # fmt: skip
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", interpolation_type="linear",
        num_train_timesteps=1000, prediction_type="v_prediction", sigma_max=700.0, sigma_min=0.002, steps_offset=1,
        timestep_spacing="leading", timestep_type="continuous", use_karras_sigmas=True,
    )  # fmt: skip
    vae = seeded(
        AutoencoderKLTemporalDecoder, block_out_channels=[32, 64], in_channels=3, out_channels=3,
        down_block_types=["DownEncoderBlock2D"] * 2, latent_channels=4,
    )  # fmt: skip
    vision = CLIPVisionConfig(
        hidden_size=32, projection_dim=32, num_hidden_layers=1, num_attention_heads=4, image_size=224,
        intermediate_size=37, patch_size=32,
    )  # fmt: skip
    encoder = seeded(CLIPVisionModelWithProjection, config=vision)
    processor = CLIPImageProcessor(crop_size={"height": 32, "width": 32}, size={"shortest_edge": 32})
    return StableVideoDiffusionPipeline(vae, encoder, unet, scheduler, processor)


def hunyuan15() -> Pipe:
    from diffusers import (
        AutoencoderKLHunyuanVideo15,
        ClassifierFreeGuidance,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideo15Pipeline,
        HunyuanVideo15Transformer3DModel,
    )
    from transformers import ByT5Tokenizer, Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel, T5Config, T5EncoderModel

    transformer = seeded(
        HunyuanVideo15Transformer3DModel, in_channels=9, out_channels=4, num_attention_heads=2, attention_head_dim=8,
        num_layers=1, num_refiner_layers=1, mlp_ratio=2.0, patch_size=1, patch_size_t=1, text_embed_dim=16,
        text_embed_2_dim=32, image_embed_dim=12, rope_axes_dim=(2, 2, 4), target_size=16, task_type="t2v",
    )  # fmt: skip
    vae = seeded(
        AutoencoderKLHunyuanVideo15, in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(16, 16),
        layers_per_block=1, spatial_compression_ratio=4, temporal_compression_ratio=2, downsample_match_channel=False,
        upsample_match_channel=False,
    )  # fmt: skip
    rope = {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"}
    config = Qwen2_5_VLTextConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=2,
        vocab_size=64, pad_token_id=1, rope_scaling=rope, rope_theta=1000000.0,
    )  # fmt: skip
    words = tokenizer(1000)
    words.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    glyphs = T5Config(
        d_model=32, d_ff=37, d_kv=8, num_layers=1, num_heads=4, vocab_size=400, relative_attention_num_buckets=8
    )
    return HunyuanVideo15Pipeline(
        seeded(Qwen2_5_VLTextModel, config=config), words, transformer, vae, FlowMatchEulerDiscreteScheduler(shift=7.0),
        seeded(T5EncoderModel, 1, config=glyphs), ByT5Tokenizer(), ClassifierFreeGuidance(guidance_scale=6.0),
    )  # fmt: skip


def kandinsky5() -> Pipe:
    from diffusers import FlowMatchEulerDiscreteScheduler, Kandinsky5T2VPipeline, Kandinsky5Transformer3DModel

    vae = hunyuan_vae(latent_channels=16)
    transformer = seeded(
        Kandinsky5Transformer3DModel, in_visual_dim=16, in_text_dim=32, in_text_dim2=16, time_dim=16,
        out_visual_dim=16, patch_size=(1, 2, 2), model_dim=16, ff_dim=32, num_text_blocks=1, num_visual_blocks=2,
        axes_dims=(1, 1, 2), visual_cond=True, attention_type="regular",
    )  # fmt: skip
    scheduler = FlowMatchEulerDiscreteScheduler(shift=7.0)
    return Kandinsky5T2VPipeline(transformer, vae, qwen(), qwen_processor(), clip(16), tokenizer(77), scheduler)


def _kandinsky6(piflow: bool = False) -> Pipe:
    """Video and sound in two lanes; with piflow the scheduler of the distilled models."""
    import diffusers

    grid = 5 if piflow else 1
    transformer = seeded(
        diffusers.Kandinsky6Transformer3DModel, in_visual_dim=4, out_visual_dim=4 * grid, in_text_dim=32,
        in_text_dim2=16, time_dim=16, patch_size=(1, 2, 2), model_dim=16, ff_dim=32, num_text_blocks=1,
        num_visual_blocks=2, axes_dims=(2, 2, 4), visual_cond=True, in_audio_dim=4, out_audio_dim=4 * grid,
        visual_token_type_num_embeddings=2,
    )  # fmt: skip
    audio = seeded(
        diffusers.MMAudioVAE, mel_bins=8, latent_channels=4, hidden_channels=8, channel_multipliers=(1, 2, 4),
        layers_per_block=1, sample_rate=8000, n_fft=64, hop_length=16,
    )  # fmt: skip
    vocoder = seeded(
        diffusers.MMAudioVocoder, num_mels=8, upsample_initial_channel=16, upsample_rates=(4, 4),
        upsample_kernel_sizes=(8, 8), resblock_kernel_sizes=(3,), resblock_dilation_sizes=((1, 3, 5),),
    )  # fmt: skip
    scheduler = (
        diffusers.PiflowScheduler(shift=5.0, n_grid=5)
        if piflow
        else diffusers.FlowMatchEulerDiscreteScheduler(shift=5.0)
    )
    return diffusers.Kandinsky6TI2VAPipeline(
        transformer, hunyuan_vae(), qwen(), qwen_processor(), clip(16), tokenizer(77), scheduler, audio, vocoder
    )


def skyreels() -> Pipe:
    from diffusers import SkyReelsV2Pipeline, SkyReelsV2Transformer3DModel

    more = {"qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 32}
    transformer = seeded(SkyReelsV2Transformer3DModel, **WAN_LIKE | more)
    return SkyReelsV2Pipeline(tokenizer(), t5(), transformer, wan_vae(), unipc(8.0))


def anyflow() -> Pipe:
    from diffusers import AnyFlowPipeline, AnyFlowTransformer3DModel, FlowMapEulerDiscreteScheduler

    more = {"rope_max_seq_len": 32, "gate_value": 0.25, "deltatime_type": "r"}
    transformer = seeded(AnyFlowTransformer3DModel, **WAN_LIKE | more)
    scheduler = FlowMapEulerDiscreteScheduler(num_train_timesteps=1000, shift=5.0)
    return AnyFlowPipeline(tokenizer(), t5(), transformer, wan_vae(), scheduler)


def helios() -> Pipe:
    """A long video in chunks of 33 frames, decoded inside of the loop."""
    from diffusers import HeliosPipeline, HeliosScheduler, HeliosTransformer3DModel

    more = {
        "qk_norm": "rms_norm_across_heads", "rope_dim": (4, 4, 4), "has_multi_term_memory_patch": True,
        "guidance_cross_attn": True, "zero_history_timestep": True, "is_amplify_history": False,
    }  # fmt: skip
    transformer = seeded(HeliosTransformer3DModel, **WAN_LIKE | more)
    scheduler = HeliosScheduler(stage_range=[0, 1], stages=1, use_dynamic_shifting=True)
    return HeliosPipeline(tokenizer(), t5(), wan_vae(), scheduler, transformer)


def sana_video() -> Pipe:
    from diffusers import DPMSolverMultistepScheduler, SanaVideoPipeline, SanaVideoTransformer3DModel
    from transformers import Gemma2Config, Gemma2Model

    config = Gemma2Config(
        head_dim=16, hidden_size=8, intermediate_size=64, max_position_embeddings=8192, num_attention_heads=2,
        num_hidden_layers=1, num_key_value_heads=2, vocab_size=64, pad_token_id=1, attn_implementation="eager",
    )  # fmt: skip
    transformer = seeded(
        SanaVideoTransformer3DModel, in_channels=16, out_channels=16, num_attention_heads=2, attention_head_dim=12,
        num_layers=2, num_cross_attention_heads=2, cross_attention_head_dim=12, cross_attention_dim=24,
        caption_channels=8, mlp_ratio=2.5, dropout=0.0, attention_bias=False, sample_size=8, patch_size=(1, 2, 2),
        norm_elementwise_affine=False, norm_eps=1e-6, qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
    )  # fmt: skip
    scheduler = DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=8.0)
    return SanaVideoPipeline(tokenizer(64), seeded(Gemma2Model, config=config), wan_vae(), transformer, scheduler)


def wan_vace() -> Pipe:
    """The family that was added last: this function, one entry below, and one row in `videogen/models/quirks.py`."""
    from diffusers import WanVACEPipeline, WanVACETransformer3DModel

    more = {"qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 32, "vace_layers": [0], "vace_in_channels": 96}
    transformer = seeded(WanVACETransformer3DModel, **WAN_LIKE | more)
    return WanVACEPipeline(tokenizer(), t5(), wan_vae(), unipc(), transformer)


_LTX2_GUIDANCE = {
    "stg_scale": 1.0, "modality_scale": 3.0, "guidance_rescale": 0.7, "audio_guidance_scale": 7.0,
    "audio_stg_scale": 1.0, "audio_modality_scale": 3.0, "audio_guidance_rescale": 0.7,
    "spatio_temporal_guidance_blocks": [1],
}  # fmt: skip
_DDIM = {"clip_sample": False, "timestep_spacing": "linspace", "steps_offset": 1}

PIPELINES: dict[str, Tiny] = {
    "wan21": Tiny(wan21, 16, 16, 9, 16, 8, 4),
    "wan22": Tiny(wan22, 16, 16, 9, 16, 8, 4, call={"guidance_scale_2": 3.0}),
    "wan22_5b": Tiny(wan22_5b, 32, 32, 9, 48, 16, 4),
    "wan22_5b_i2v": Tiny(wan22_5b_i2v, 32, 32, 9, 48, 16, 4, pictures=1),
    "wan22_i2v": Tiny(wan22_i2v, 16, 16, 9, 16, 8, 4, pictures=2),
    "ltx": Tiny(lambda: _ltx("LTXPipeline"), 32, 32, 9, 8, 4, 4, options={"size_multiple": 32}),
    "ltx_tc": Tiny(
        lambda: _ltx("LTXPipeline", True), 32, 32, 9, 8, 4, 4, options={"size_multiple": 32},
        call={"decode_timestep": 0.05, "decode_noise_scale": 0.025},
    ),
    "ltx_i2v": Tiny(
        lambda: _ltx("LTXImageToVideoPipeline"), 32, 32, 9, 8, 4, 4, pictures=1, options={"size_multiple": 32}
    ),
    "cog": Tiny(lambda: _cog("CogVideoXDDIMScheduler"), 16, 16, 9, 4, 8, 4, call={"use_dynamic_cfg": True}),
    "cog_dpm": Tiny(lambda: _cog("CogVideoXDPMScheduler"), 16, 16, 9, 4, 8, 4, call={"use_dynamic_cfg": True}),
    "hunyuan": Tiny(
        hunyuan, 16, 16, 9, 4, 8, 4, call={"prompt_template": {"template": "{}", "crop_start": 0}}
    ),
    "animatediff": Tiny(lambda: _animatediff("DDIMScheduler", **_DDIM), 16, 16, 4, 4, 2, 1, max_tokens=77),
    "animatediff_euler_a": Tiny(
        lambda: _animatediff("EulerAncestralDiscreteScheduler"), 16, 16, 4, 4, 2, 1, max_tokens=77
    ),
    "mochi": Tiny(mochi, 16, 16, 7, 12, 8, 6),
    "ltx2": Tiny(ltx2, 32, 32, 9, 4, 2, 2, call=_LTX2_GUIDANCE),
    "svd": Tiny(
        svd, 32, 32, 4, 4, 2, 1, pictures=1, call={"min_guidance_scale": 1.0, "max_guidance_scale": 2.5}
    ),
    "hunyuan15": Tiny(hunyuan15, 16, 16, 9, 4, 4, 2),
    "kandinsky5": Tiny(kandinsky5, 32, 32, 5, 16, 8, 4),
    "skyreels": Tiny(skyreels, 16, 16, 9, 16, 8, 4),
    "anyflow": Tiny(anyflow, 16, 16, 9, 16, 8, 4, guidance=1.0),
    "helios": Tiny(helios, 16, 16, 66, 16, 8, 4),
    "sana_video": Tiny(
        sana_video, 32, 32, 9, 16, 8, 4, call={"complex_human_instruction": [], "use_resolution_binning": False}
    ),
    "kandinsky6": Tiny(_kandinsky6, 32, 32, 5, 4, 8, 4),
    "kandinsky6_piflow": Tiny(lambda: _kandinsky6(True), 32, 32, 5, 4, 8, 4, guidance=1.0),
    "kandinsky6_i2v": Tiny(_kandinsky6, 32, 32, 5, 4, 8, 4, pictures=1),
    "wan_vace": Tiny(wan_vace, 16, 16, 9, 16, 8, 4),
}  # fmt: skip
