"""Text encoders, tokenizers, VAEs and schedulers that several tiny pipelines share."""

from __future__ import annotations

from typing import Any


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
