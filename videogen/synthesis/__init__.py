"""Making the video: model profiles, model families, conditioning, denoising, decoding."""

from videogen.synthesis.model import LoadedModel, load_model, release_models, tokenizer_for
from videogen.synthesis.profile import ModelProfile, load_profile, profile_names
from videogen.synthesis.scheduler import DiffusionScheduler
from videogen.synthesis.synthesizer import LatentSynthesizer

__all__ = [
    "DiffusionScheduler",
    "LatentSynthesizer",
    "LoadedModel",
    "ModelProfile",
    "load_model",
    "load_profile",
    "profile_names",
    "release_models",
    "tokenizer_for",
]
