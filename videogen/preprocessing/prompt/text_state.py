"""The input and output of a text step: the prompt so far, and what the steps share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from videogen.domain.artifacts import Keyword, PromptChange
from videogen.preprocessing.prompt.vocabulary import Vocabulary

if TYPE_CHECKING:
    from videogen.models.profile import OpenChoice


class Tokenizer(Protocol):
    """The profile's own tokenizer, cutting where the model's input ends; no padding in the answer."""

    def __call__(self, text: str) -> tuple[list[int], list[str]]:
        """Return the ids of the tokens that the model reads, and the words that are cut off."""


class AdaptedPrompt(Protocol):
    """A prompt in the words that a model reads, and what was changed."""

    @property
    def text(self) -> str:
        """The prompt as the model reads it."""

    @property
    def changes(self) -> tuple[PromptChange, ...]:
        """What was changed, in order."""


PromptAdapter = Callable[[str, str], AdaptedPrompt]
"""A text and its language (ISO 639-1, or "und") → the text that the model is to read."""


@dataclass(frozen=True)
class TextContext:
    """What does not change from step to step. max_words: longest prompt in words.

    choices: what the profile's model must not be left to choose itself; seed: decides among their wordings.
    adapter: rewrites what the model does not read; None: nothing is rewritten.
    """

    max_words: int
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    choices: tuple[OpenChoice, ...] = ()
    seed: int = 0
    adapter: PromptAdapter | None = None


@dataclass(frozen=True)
class TextState:
    """A prompt on its way through the steps.

    emphasis: what the user marked, in the order of the text. language: of the prompt; reading: of `text`, where a step
    has put words of another language in its place. changes: words that the step `adapt` replaced or added; adapted: the
    text after it, where there are any.
    """

    text: str
    context: TextContext
    cleaned: str | None = None
    language: str = "und"
    confidence: float = 0.0
    emphasis: tuple[Keyword, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    truncated: bool = False
    warnings: tuple[str, ...] = ()
    reading: str | None = None
    changes: tuple[PromptChange, ...] = ()
    adapted: str | None = None

    @property
    def text_language(self) -> str:
        """The language of `text` as ISO 639-1 code, or "und"."""
        return self.reading or self.language

    def warn(self, warning: str) -> TextState:
        """Return the state with a further warning."""
        return replace(self, warnings=(*self.warnings, warning))


TextStep = Callable[[TextState], TextState]
