"""The text step `emphasis`: "(word:1.3)" as other tools write it becomes a weight and leaves the text."""

from __future__ import annotations

from dataclasses import replace

from videogen.domain.prompt_emphasis import split_emphasis
from videogen.preprocessing.prompt.text_state import TextState


def emphasis(state: TextState) -> TextState:
    """`split_emphasis` on the prompt so far."""
    text, keywords, warnings = split_emphasis(state.text)
    cleaned = state.cleaned and text
    return replace(
        state,
        text=text,
        cleaned=cleaned,
        emphasis=(*state.emphasis, *keywords),
        warnings=(*state.warnings, *warnings),
    )
