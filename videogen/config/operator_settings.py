"""The settings that only the operator may set, in the configuration file: not a request, not a pipeline."""

from __future__ import annotations

OPERATOR_SETTINGS = (
    "paths",
    "quality",
    "fact_check",
    "release",
    "outlets",
    "emergency",
    "feedback",
    "monitoring",
    "pipelines",
    "desk",
    "briefing",
    "preprocessing.policy_file",
    "preprocessing.vocabulary_file",
    "adaptation.domains_file",
    "adaptation.looks_file",
    "processing.max_prompt_characters",
    "processing.max_images",
    "processing.max_image_pixels",
    "processing.max_image_bytes",
    "processing.max_clip_bytes",
    "delivery.label",
    "delivery.label_profile",
    "delivery.label_profiles",
    "delivery.watermark",
)


def is_the_operators(name: str) -> bool:
    """Whether the setting ``group.field`` is the operator's alone."""
    return any(f"{name}.".startswith(f"{fixed}.") for fixed in OPERATOR_SETTINGS)
