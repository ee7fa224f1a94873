"""Synthesis of the video: conditioning, denoising, decoding."""

from videogen.models.loading import LoadedModel, load_model, release_models, tokenizer_for
from videogen.models.profile import ModelProfile, load_profile, profile_names
from videogen.synthesis.pipeline_synthesizer import PipelineSynthesizer
from videogen.synthesis.scheduler import DiffusionScheduler
from videogen.synthesis.synthesizer import LatentSynthesizer
from videogen.synthesis.synthesizers import synthesizer_for

__all__ = [
    "DiffusionScheduler",
    "LatentSynthesizer",
    "LoadedModel",
    "ModelProfile",
    "PipelineSynthesizer",
    "load_model",
    "load_profile",
    "profile_names",
    "release_models",
    "synthesizer_for",
    "tokenizer_for",
]
