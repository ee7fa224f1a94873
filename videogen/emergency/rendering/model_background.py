"""A background clip of the video model for an alert: few steps, the model's own size, kept for the next alert."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from videogen.emergency.rendering.renderer import Background
from videogen.errors import DeadlineError
from videogen.runtime.progress import Progress, listen
from videogen.storage.atomic_folder import Folder

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import PromptAsset
    from videogen.emergency.layout.template import EmergencyTemplate
    from videogen.models.profile import ModelProfile
    from videogen.synthesis.synthesizer import LatentSynthesizer

FOLDER = "emergency/backgrounds"


def background_config(config: VideoGenConfig) -> VideoGenConfig:
    """The configuration that backgrounds are drawn by: with the fast version of its model, where there is one.

    Raises:
        ConfigError, ModelError: as `videogen.models.profile.load_profile`.
    """
    from videogen.models.profile import profile_of

    fast = profile_of(config).fast
    return config if fast is None else config.updated({"model.profile": fast})


def clip_config(config: VideoGenConfig, template: EmergencyTemplate, profile: ModelProfile) -> VideoGenConfig:
    """The configuration of the clip: the reduced steps, one native clip, the template's negative prompt."""
    return config.updated(
        {
            "model.num_inference_steps": min(config.emergency.emergency_reduced_sampling_steps, profile.steps),
            "model.negative_prompt": template.clip.negative_prompt,
            "processing.duration": None,
            "synthesis.adaptive_steps": False,
        }
    )


def model_background(
    template: EmergencyTemplate,
    config: VideoGenConfig,
    synthesizer: Callable[[VideoGenConfig], LatentSynthesizer],
    *,
    store: str,
    profile: ModelProfile,
    revision: str,
    deadline: float | None = None,
) -> Background:
    """The template's clip, made by the model or, where an earlier alert had the same one, taken from the store.

    Args:
        synthesizer: gives one on loaded weights; only called where the clip has to be made.
        profile: that of `config`;
        revision: tells its weights from others. Both tell whether a kept clip still fits.
        deadline: moment of `time.monotonic` after which the work is given up.

    Raises:
        DeadlineError: `deadline` passed; the denoising stops at its next step.
        ModelError: weights are missing or do not fit.
    """
    told = clip_config(config, template, profile)
    key = _key(template, told, profile, revision)
    folder = Folder(store)
    kept = _kept(folder, key)
    if kept is not None:
        return kept

    def stop(progress: Progress) -> None:
        if deadline is not None and time.monotonic() > deadline:
            raise DeadlineError("the time does not suffice for a background from the model", stage="emergency_video")

    with listen(stop):
        background = _made(template, told, synthesizer(told))
    _keep(folder, key, background)
    return background


def _made(template: EmergencyTemplate, config: VideoGenConfig, maker: LatentSynthesizer) -> Background:
    from videogen.noise import decomposer_for

    seed = template.get_generation_parameters().seed
    prompt, pictures = _prompt(template, config, maker.profile, seed), _no_pictures(maker)
    count = maker.num_frames()
    decomposer = decomposer_for(config, maker.profile, count)
    noise = decomposer.recombine(*decomposer.sample(maker.latent_shape(count), seed))
    latents = maker.generate_latents([maker.condition(prompt, pictures)], [noise], [seed])[0]
    frames = maker.decode(latents)
    return Background(frames.frames.numpy(), frames.fps, f"{maker.profile.name} {maker.model.revision}".strip())


def _prompt(template: EmergencyTemplate, config: VideoGenConfig, profile: ModelProfile, seed: int) -> PromptAsset:
    from videogen.models.loading import tokenizer_for
    from videogen.preprocessing import InputValidator, TextPreprocessor

    validator = InputValidator(config.processing, config.path(config.preprocessing.policy_file))
    text = validator.validate_prompt(template.clip.prompt)
    processor = TextPreprocessor(
        config.preprocessing, config.processing, tokenizer_for(profile), choices=profile.open_choices, seed=seed
    )
    return processor.process(text, config.model.negative_prompt, validator.check_policy_compliance(text))


def _no_pictures(maker: LatentSynthesizer):  # type: ignore[no-untyped-def]
    import torch

    from videogen.domain.artifacts import ReferenceImages

    width, height = maker.profile.size
    return ReferenceImages(torch.zeros(0, height, width, 3, dtype=torch.uint8), torch.zeros(0, 0))


def _key(template: EmergencyTemplate, config: VideoGenConfig, profile: ModelProfile, revision: str) -> str:
    """A digest of all that the clip depends on: if any of it changes, the clip is made again."""
    facts = [
        template.clip.model_dump(mode="json"),
        template.get_generation_parameters().seed,
        config.model_dump(mode="json", include={"model", "noise", "synthesis", "preprocessing"}),
        config.processing.max_text_length,
        profile.picture_digest,
        revision,
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _kept(folder: Folder, key: str) -> Background | None:
    # numpy's reader, not torch's: a clip that is there already costs no heavy import.
    from safetensors.numpy import load

    try:
        frames = load(folder.read(f"{FOLDER}/{key}.safetensors"))["frames"]
        facts = json.loads(folder.read(f"{FOLDER}/{key}.json"))
    except FileNotFoundError:
        return None
    return Background(frames, float(facts["fps"]), str(facts["origin"]))


def _keep(folder: Folder, key: str, background: Background) -> None:
    from safetensors.numpy import save

    folder.write(f"{FOLDER}/{key}.json", json.dumps({"fps": background.fps, "origin": background.origin}).encode())
    folder.write(f"{FOLDER}/{key}.safetensors", save({"frames": background.frames}))
