"""The editable vocabulary of prompt enhancement: abstract terms, and what can be shown for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ConfigError, InputError
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_yaml


class VocabularyEntry(FrozenModel):
    """terms: what people write; show: what a camera would see, the most telling first."""

    terms: tuple[str, ...] = Field(min_length=1)
    show: tuple[str, ...] = Field(min_length=1)


class LanguageVocabulary(FrozenModel):
    """things: words that make a prompt concrete already; negations: words that undo the term after them."""

    things: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    entries: tuple[VocabularyEntry, ...] = ()


class Vocabulary(FrozenModel):
    """max_additions: how many entries may speak for one prompt. languages: ISO 639-1 code → vocabulary."""

    max_additions: int = Field(2, ge=0, le=5)
    default_language: str = "en"
    languages: dict[str, LanguageVocabulary]


def load_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in the YAML file `path`.

    Raises:
        ConfigError: the file is missing or malformed; the entry is named.
    """
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ConfigError(
            f"cannot read the vocabulary {path}: {error.strerror}", remedy="set preprocessing.vocabulary_file"
        ) from error


@lru_cache(maxsize=8)
def _load(path: Path, changed: int) -> Vocabulary:
    try:
        return Vocabulary.model_validate(parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES))
    except MalformedTextError as error:
        raise ConfigError(f"the vocabulary {path} is not well-formed YAML: {error}") from error
    except InputError as error:
        raise ConfigError(f"cannot read the vocabulary: {error.problem}", remedy=error.remedy) from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"the vocabulary {path} is not valid at {where}: {problem['msg']}") from error


def mentions(phrase: str, text: str) -> Iterator[re.Match[str]]:
    """Where `text` has `phrase`, as `phrase_pattern` finds it; the pattern is made only where its first word occurs."""
    first = phrase.split(maxsplit=1)[0].casefold()
    return phrase_pattern(phrase).finditer(text) if first in text.casefold() else iter(())


@lru_cache(maxsize=4096)
def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Finds `phrase` as whole words in any case, also in the plural and with hyphens for spaces."""
    words = r"[\s-]+".join(re.escape(word) for word in phrase.split())
    return re.compile(rf"(?<![\w'-]){words}(?:s|es)?(?![\w])", re.IGNORECASE)
