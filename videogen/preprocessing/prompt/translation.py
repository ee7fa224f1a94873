"""The text step `translate`: a prompt in another language becomes the English words for what it names.

The text encoders of the profiles were trained on English. A sentence is not translated: things, colours, ways, places
and times are found by a table (`data/translations.yaml`) and said as an English caption says them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from videogen.preprocessing.prompt.keywords import stop_words
from videogen.preprocessing.prompt.text_state import TextState

_ENOUGH = 0.75
"""Share of the words of an undetermined prompt that a table has to know."""
# How many words of each group a caption has, in the order in which it says them.
_ORDER = {"colours": 1, "things": 2, "vague": 1, "messages": 1, "ways": 1, "places": 1, "times": 1}
_NAMES = {"de": "German", "es": "Spanish", "fr": "French", "hi": "Hindi", "pt": "Portuguese"}
_ELIDED = re.compile(r"\b(?:l|d|qu|s|n|j|m|c)['’](?=\w)", re.IGNORECASE)
# Vowel signs of Indic scripts are no letters to `\w`, so words are what lies between white space and punctuation.
_WORD = re.compile(r"[^\s.,;:!?¡¿()\[\]\"“”„«»।…/–—]+")


@dataclass(frozen=True)
class _Phrase:
    """words: lower case, one that ends in an asterisk stands for every word that begins so."""

    words: tuple[str, ...]
    group: str
    english: str

    def begins(self, words: tuple[str, ...]) -> bool:
        return len(self.words) <= len(words) and all(
            found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted
            for wanted, found in zip(self.words, words, strict=False)
        )

    @property
    def rank(self) -> tuple[int, int]:
        """Longer phrases win; of equally many words the one with more letters, so a whole word before a beginning."""
        return len(self.words), len("".join(self.words))


def translate(state: TextState) -> TextState:
    """Puts English words in the place of a prompt in a language of the table, and says so in a warning.

    A prompt that names nothing of the table is left as it is, with a warning.
    """
    code = _language(state.text, state.language)
    if code is None:
        return state
    language, english = _NAMES.get(code, code), english_words(state.text, code)
    if not english:
        return state.warn(
            f"the model reads English, and knows none of the words of this {language} prompt: "
            "what it shows is left to chance; name a thing, or write the prompt in English"
        )
    told = replace(state, text=english, reading="en")
    return told.warn(f"the model reads English: of the {language} prompt it is told {english!r}")


def _language(text: str, detected: str) -> str | None:
    """The language of the table to be used; None where the text is left as it is.

    Few words are too few for the detection by letters: there the table decides that explains enough of them, and more
    than English does.
    """
    if detected in _tables():
        return detected
    if detected == "en":
        return None
    words = _words(text)
    shares = {code: _explained(words, code) for code in _tables()}
    best = max(shares, key=lambda code: shares[code])
    return best if shares[best] >= _ENOUGH and shares[best] > _explained(words, "en") else None


def _explained(words: tuple[str, ...], code: str) -> float:
    """Share of `words` that the table or the stop words of a language know."""
    known, place = 0, 0
    phrases = _tables()[code] if code in _tables() else _english()
    while place < len(words):
        length = max((len(phrase.words) for phrase in phrases if phrase.begins(words[place:])), default=0)
        known += length or words[place] in stop_words(code)
        place += length or 1
    return known / max(len(words), 1)


def languages() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that can be translated."""
    return tuple(sorted(_tables()))


def english_words(text: str, language: str) -> str:
    """An English caption of what `text` names, e.g. "red bus in the city at night"; empty where nothing is known.

    Args:
        text: the prompt.
        language: one of `languages()`.
    """
    words = _words(text)
    found: dict[str, list[str]] = {group: [] for group in _ORDER}
    place = 0
    while place < len(words):
        matches = [phrase for phrase in _tables()[language] if phrase.begins(words[place:])]
        best = max(matches, key=lambda phrase: phrase.rank, default=None)
        if best is not None and best.english not in found[best.group]:
            found[best.group].append(best.english)
        place += len(best.words) if best is not None else 1
    if found["things"]:
        # "Residents", "the government", "the minister": what the news is about is the thing.
        found["vague"].clear()
    return " ".join(" and ".join(found[group][:most]) for group, most in _ORDER.items() if found[group])


def _words(text: str) -> tuple[str, ...]:
    plain = _ELIDED.sub("", unicodedata.normalize("NFC", text).casefold())
    return tuple(_WORD.findall(plain))


@cache
def _english() -> tuple[_Phrase, ...]:
    """The English side of the table, word by word."""
    words = {word for phrases in _tables().values() for phrase in phrases for word in _words(phrase.english)}
    return tuple(_Phrase((word,), "", word) for word in sorted(words))


@cache
def _tables() -> dict[str, tuple[_Phrase, ...]]:
    file = Path(__file__).with_name("data") / "translations.yaml"
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))
    tables: dict[str, list[_Phrase]] = {}
    for group, entries in groups.items():
        for english, translations in entries.items():
            for language, phrases in translations.items():
                found = [_Phrase(_words(phrase), group, english) for phrase in phrases]
                tables.setdefault(language, []).extend(found)
    return {language: tuple(phrases) for language, phrases in tables.items()}
