"""Inputs: the user's prompt and reference images, checked and prepared for the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assets.common import show
from assets.common.stage import stage
from resources.models import ModelsResource
from resources.runs.videos import Video
from resources.runs.work import Made
from resources.storage import StorageResource
from videogen.domain.artifacts import PromptAsset, ReferenceImages

if TYPE_CHECKING:
    from videogen.preprocessing import InputValidator


@stage("inputs", kinds={"python", "json"})
def prompt_asset(video: Video, models: ModelsResource) -> Made[PromptAsset]:
    """Language, cleaned and enhanced prompt, weighted keywords, the profile's tokens, and the policy's verdict.

    The policy screens all that will be read, seen or heard as words: prompt, title, captions and narration. A narration
    that cannot be spoken in the time there is is refused here, before anything is drawn.
    """
    from videogen.adaptation.forecast import coverage_for, prompt_adapter, with_coverage
    from videogen.media.narration import narrate, require_room, shortest_duration
    from videogen.preprocessing import TextPreprocessor

    request, config = video.request, video.config
    validator = _validator(video)
    text = validator.validate_prompt(request.prompt)
    verdict = validator.check_policy_compliance(request.words())
    if request.narration:
        profile = models.profile(config)
        seconds = shortest_duration(config, profile.fps, profile.num_frames)
        require_room(narrate(request.narration, "prompt_asset", video.id), seconds, "prompt_asset", video.id)
    notes = models.check(config, len(request.images))
    choices = models.profile(config).open_choices
    processor = TextPreprocessor(
        config.preprocessing,
        config.processing,
        models.tokenizer(config),
        choices=choices,
        seed=video.seed if video.request.settled_by is None else video.request.settled_by,
        adapter=prompt_adapter(config),
    )
    prompt = processor.process(text, config.model.negative_prompt, verdict)
    prompt = with_coverage(prompt, coverage_for(request.plain_prompt, config))
    # With the warnings, so that whoever asked reads them, too.
    prompt = prompt.model_copy(update={"domain": config.adaptation.domain, "warnings": (*prompt.warnings, *notes)})
    return Made(
        prompt,
        {
            "prompt": prompt.original,
            "enhanced": prompt.enhanced,
            "language": prompt.language,
            "language_confidence": prompt.language_confidence,
            "keywords": show.table([keyword.model_dump() for keyword in prompt.keywords]),
            "tokens": len(prompt.tokens),
            "warnings": show.bullets(prompt.warnings),
            "model_notes": show.bullets(notes),
            "domain": prompt.domain or "none",
            "adapted": show.table([change.model_dump() for change in prompt.changes])
            if prompt.changes
            else "unchanged",
            "can_be_drawn": "not known" if prompt.coverage is None else prompt.coverage.inside,
            "policy": "allowed" if prompt.policy.allowed else f"refused: {prompt.policy.reason}",
        },
    )


@stage("inputs", kinds={"python", "opencv"})
def reference_images(video: Video, storage: StorageResource, models: ModelsResource) -> Made[ReferenceImages]:
    """The request's reference images: validated, upright, in sRGB, at the model's size, with their features."""
    from videogen.preprocessing import ImagePreprocessor

    config = video.config
    paths = _validator(video).validate_images(storage.requests.image_paths(video.request))
    processor = ImagePreprocessor(config.preprocessing, config.processing, models.profile(config).drawn_size)
    images = processor.process(paths)
    metadata: dict[str, Any] = {"pictures": len(images.pixels), "warnings": show.bullets(images.warnings)}
    if len(images.pixels):
        metadata |= show.pictures(images.pixels, "reference images")
        metadata["features"] = show.table(_features(images))
    return Made(images, metadata)


def _features(images: ReferenceImages) -> list[dict[str, object]]:
    """What single numbers say about each picture, 0 … 1; histograms and gradients are in the artifact only."""
    from videogen.preprocessing.image.features import FEATURES

    names = [name for name, place in FEATURES.items() if place.stop - place.start == 1]
    return [
        {"picture": source["name"], **{name: round(float(numbers[FEATURES[name]][0]), 3) for name in names}}
        for source, numbers in zip(images.sources, images.features, strict=True)
    ]


def _validator(video: Video) -> InputValidator:
    from videogen.preprocessing import InputValidator

    config = video.config
    # The request store has checked the allowed folders; what it copied lies in a folder of its own.
    return InputValidator(config.processing, config.path(config.preprocessing.policy_file))
