"""Wan and the families that are made like it."""

from __future__ import annotations

from typing import Any

from tests.tiny_pipelines.parts import WAN_LIKE, seeded, t5, tokenizer, unipc, wan22_vae, wan_transformer, wan_vae

Pipe = Any


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
    from diffusers import WanVACEPipeline, WanVACETransformer3DModel

    more = {"qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 32, "vace_layers": [0], "vace_in_channels": 96}
    transformer = seeded(WanVACETransformer3DModel, **WAN_LIKE | more)
    return WanVACEPipeline(tokenizer(), t5(), wan_vae(), unipc(), transformer)


def motif() -> Pipe:
    """The family that was added last: this function, one entry of `PIPELINES`, and one row in `quirks.py`."""
    import diffusers
    from transformers import T5Gemma2Encoder, T5Gemma2EncoderConfig

    transformer = seeded(
        diffusers.MotifVideoTransformer3DModel, in_channels=33, out_channels=16, num_attention_heads=2,
        attention_head_dim=16, num_layers=1, num_single_layers=2, num_decoder_layers=1, mlp_ratio=2.0, text_embed_dim=16,
        rope_axes_dim=(4, 6, 6), enable_text_cross_attention_dual=True,
    )  # fmt: skip
    text = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 64, "max_position_embeddings": 64, "pad_token_id": 1,
        "sliding_window": 16, "dropout_rate": 0.0,
    }  # fmt: skip
    vision = {
        "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 14,
        "patch_size": 14,
    }  # fmt: skip
    config = T5Gemma2EncoderConfig(text_config=text, vision_config=vision, mm_tokens_per_image=1)
    return diffusers.MotifVideoPipeline(
        diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), wan_vae(),
        seeded(T5Gemma2Encoder, 1, config=config), tokenizer(), transformer,
        diffusers.ClassifierFreeGuidance(guidance_scale=5.0),
    )  # fmt: skip
