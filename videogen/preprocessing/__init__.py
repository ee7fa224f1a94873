"""Prepares prompts and images for the model: checked, cleaned, at the model's size."""

from __future__ import annotations

from videogen.preprocessing.images import ImagePreprocessor
from videogen.preprocessing.text import TextPreprocessor
from videogen.preprocessing.validation import InputValidator

__all__ = ["ImagePreprocessor", "InputValidator", "TextPreprocessor"]
