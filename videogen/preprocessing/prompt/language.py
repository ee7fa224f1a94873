"""The text step `detect_language`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from videogen.preprocessing.prompt.text_state import TextState
from videogen.text.language import detect

if TYPE_CHECKING:
    pass


def detect_language(state: TextState) -> TextState:
    """`detect` on the prompt so far."""
    language, confidence = detect(state.text)
    return replace(state, language=language, confidence=confidence)
