"""Which sentences can be read: English and Hindi are, others are reported as unchecked."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from videogen.text.english import is_english_word
from videogen.text.language import UNDETERMINED
from videogen.text.language import detect as detect_by_statistics
from videogen.text.word_lists import word_set

SUPPORTED = ("en", "hi")
# The most frequent function words tell a language even in short sentences.
_ENGLISH = word_set("english_function_words", "english_marks")
_HINDI = word_set("hindi_function_words", "hindi_marks")
# Verbs and function words of other languages in Latin letters, romanised Hindi first; no English ones.
_ROMANISED_HINDI = word_set("romanised_hindi")
_FOREIGN_VERBS = word_set("romanised_hindi_verbs", "foreign_verbs")
_FOREIGN = word_set("romanised_hindi", "romanised_hindi_verbs", "foreign_verbs", "foreign_function_words")
# English function words that are words of other languages as well.
_SHARED = word_set("shared_with_english")
UNKNOWN_LANGUAGE = "mis"
"""The code of ISO 639-2 for a language that has none here."""
# Below this the statistics say nothing about a sentence.
_SURE = 0.9


def detect(text: str) -> str:
    """ISO 639-1 code of the language of a sentence or text; "und" if the text has no words.

    Latin text without marks of another language counts as English: names, headlines and prompts are
    too short for statistics, which decide only about longer text.
    """
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return "und"
    scripts: dict[str, int] = {}
    for letter in letters[:5000]:
        script = _script(letter)
        scripts[script] = scripts.get(script, 0) + 1
    script = max(scripts, key=lambda name: scripts[name])
    words = [word.lower() for word in re.findall(r"[^\W\d_][\w\u0900-\u0963\u0966-\u097f]*", text[:5000])]
    # Latin names in a Hindi sentence may outweigh its own letters, but not its function words.
    if script == "LATIN" and sum(word in _HINDI for word in words) >= 2:
        return "hi"
    if script == "DEVANAGARI":
        return _devanagari(text, words)
    if script == "LATIN":
        return _latin(text, words)
    return _statistical(text) or "und"


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def _latin(text: str, words: list[str]) -> str:
    if _is_foreign(text):
        if any(word in _ROMANISED_HINDI for word in words):
            return "hi-Latn"
        guess = _statistical(text)
        return guess if guess and guess != "en" else UNKNOWN_LANGUAGE
    if sum(word in _ENGLISH for word in words) >= max(1, len(words) // 12):
        return "en"
    # A pure ASCII sentence of few words, none of them English function words, is as likely a headline as foreign.
    foreign = len(words) >= (3 if any(not letter.isascii() for word in words for letter in word) else 6)
    guess = _statistical(text) if foreign else None
    return guess if guess and guess != "en" else "en"


def _is_foreign(text: str) -> bool:
    """Whether a few Latin words are certainly not English: names do not tell, the words between them do."""
    written = [
        word for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text[:5000]) if len(word) > 1 or word in "èé"
    ]
    small = [word for word in written if word.islower()]
    if not small:
        # A headline in capitals.
        return sum(word.lower() in _FOREIGN for word in written[1:]) > 1 and not any(
            word.lower() in _ENGLISH - _SHARED for word in written
        )
    if any(word in _ENGLISH - _SHARED for word in small):
        return False
    if any(word in _FOREIGN_VERBS for word in small):
        return True
    unknown = [word for word in small if not is_english_word(word)]
    known = [word for word in small if word in _FOREIGN and word not in unknown]
    return (
        len(unknown) + len(known) > 1
        and bool(unknown)
        and 2 * len([word for word in small if word in _FOREIGN or word in unknown]) >= len(small)
    )


def _devanagari(text: str, words: list[str]) -> str:
    # Marathi and Nepali share the script; Hindi's own function words settle most sentences.
    if any(word in _HINDI for word in words) or len(words) < 4:
        return "hi"
    return _statistical(text) or "hi"


def _statistical(text: str) -> str | None:
    language, probability = detect_by_statistics(text[:2000])
    return language if language != UNDETERMINED and probability >= _SURE else None
