"""Inputs: what the user wrote and which pictures came with it, checked and made ready for the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets import show
from assets.stage import stage
from resources.models import ModelsResource
from resources.storage import StorageResource
from resources.videos import Video
from resources.work import Made
from videogen.artifacts import PromptAsset, ReferenceImages

if TYPE_CHECKING:
    from videogen.preprocessing import InputValidator


@stage("inputs", kinds={"python", "json"})
def prompt_asset(video: Video, models: ModelsResource) -> Made[PromptAsset]:
    """Language, cleaned and enhanced prompt, weighted keywords, the profile's tokens, and the policy's verdict.

    The policy screens all that will be read or seen as text: prompt, title and captions.
    """
    from videogen.preprocessing import TextPreprocessor

    request, config = video.request, video.config
    validator = _validator(video)
    text = validator.validate_prompt(request.prompt)
    words = "\n".join([text, request.title or "", *(cue.text for cue in request.captions)])
    verdict = validator.check_policy_compliance(words)
    processor = TextPreprocessor(config.preprocessing, config.processing, models.tokenizer(config))
    prompt = processor.process(text, config.model.negative_prompt, verdict)
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
            "policy": "allowed" if prompt.policy.allowed else f"refused: {prompt.policy.reason}",
        },
    )


@stage("inputs", kinds={"python", "opencv"})
def reference_images(video: Video, storage: StorageResource, models: ModelsResource) -> Made[ReferenceImages]:
    """The request's pictures: validated, upright, in sRGB, at the model's size, with their features."""
    from videogen.preprocessing import ImagePreprocessor

    config = video.config
    paths = _validator(video).validate_images(storage.requests.image_paths(video.request))
    processor = ImagePreprocessor(config.preprocessing, config.processing, models.profile(config).size)
    images = processor.process(paths)
    metadata = {"pictures": len(images.pixels), "warnings": show.bullets(images.warnings)}
    if len(images.pixels):
        metadata["contact_sheet"] = show.contact_sheet(images.pixels, "reference pictures")
    return Made(images, metadata)


def _validator(video: Video) -> InputValidator:
    from videogen.preprocessing import InputValidator

    config = video.config
    # The request store has checked the allowed folders; what it copied lies in a folder of its own.
    return InputValidator(config.processing, config.path(config.preprocessing.policy_file))
