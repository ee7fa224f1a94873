"""The fixtures of tests/videogen/synthesis: loading and denoising are tried on the same tiny models."""

from tests.videogen.synthesis.conftest import (
    _few_threads,
    condition,
    model,
    models,
    noise_of,
    pictures,
    pipeline,
    prompt_asset,
    synthesizer,
    write_profile,
)

__all__ = [
    "_few_threads",
    "condition",
    "model",
    "models",
    "noise_of",
    "pictures",
    "pipeline",
    "prompt_asset",
    "synthesizer",
    "write_profile",
]
