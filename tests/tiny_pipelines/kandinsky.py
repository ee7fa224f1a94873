"""Hunyuan Video and Kandinsky, which share a VAE."""

from __future__ import annotations

from typing import Any

from tests.tiny_pipelines.parts import clip, qwen, qwen_processor, seeded, tokenizer

Pipe = Any


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


def kandinsky6(piflow: bool = False) -> Pipe:
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
