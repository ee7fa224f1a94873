"""LTX, CogVideoX, AnimateDiff, Mochi, LTX-2, Stable Video Diffusion and EasyAnimate."""

from __future__ import annotations

from typing import Any

from tests.tiny_pipelines.parts import clip, qwen, seeded, t5, tokenizer

Pipe = Any


def ltx_scheduler() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096,
        shift_terminal=0.1,
    )  # fmt: skip


def ltx(kind: str, timestep_conditioning: bool = False) -> Pipe:
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


def cog(scheduler: str) -> Pipe:
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


def animatediff(scheduler: str, **options: Any) -> Pipe:
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


def easyanimate() -> Pipe:
    import diffusers

    transformer = seeded(
        diffusers.EasyAnimateTransformer3DModel, num_attention_heads=2, attention_head_dim=16, in_channels=4,
        out_channels=4, time_embed_dim=2, text_embed_dim=32, num_layers=1, sample_width=16, sample_height=16,
        patch_size=2,
    )  # fmt: skip
    vae = seeded(
        diffusers.AutoencoderKLMagvit, in_channels=3, out_channels=3, block_out_channels=(8, 8, 8, 8),
        down_block_types=("SpatialDownBlock3D", *("SpatialTemporalDownBlock3D",) * 3), latent_channels=4,
        up_block_types=("SpatialUpBlock3D", *("SpatialTemporalUpBlock3D",) * 3), layers_per_block=1, norm_num_groups=2,
        spatial_group_norm=False,
    )  # fmt: skip
    words = tokenizer(300)
    words.chat_template = "{% for m in messages %}{{ m['content'][0]['text'] }} {% endfor %}"
    steps = diffusers.FlowMatchEulerDiscreteScheduler()
    return diffusers.EasyAnimatePipeline(vae, qwen(), words, transformer, steps)
