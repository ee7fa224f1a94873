"""Language detection by letter n-grams, deterministic and safe in threads."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

UNDETERMINED = "und"
MIN_CONFIDENCE = 0.75
MIN_LATIN_LETTERS = 16
MIN_OTHER_LETTERS = 3
# How much likelier English is than each other language before a letter is read: most prompts are English.
_ENGLISH_PRIOR = 20.0
# An n-gram of three letters holds two of two and three of one, so each letter is heard about three times.
_OVERLAP = 1 / 3
# langdetect's own smoothing (Detector.ALPHA_DEFAULT / Detector.BASE_FREQ).
_SMOOTHING = 0.5 / 10_000
# Without these scripts the language is out of the question, though its profile holds Han characters.
_REQUIRED = {"ko": re.compile("[\u1100-\u11ff\uac00-\ud7af]"), "ja": re.compile("[\u3040-\u30ff]")}
_lock = threading.Lock()


def detect(text: str) -> tuple[str, float]:
    """The language of `text` as ISO 639-1 code, or "und", and the probability of that language in [0, 1].

    Naive Bayes over all of the text's 1- to 3-grams in the profiles of langdetect. `langdetect.detect` itself
    draws n-grams at random until one language wins, which calls "Vaccination drive begins in Kerala"
    Dutch with certainty; reading every n-gram once needs no random numbers and knows when it is unsure.
    Safe to call from several threads.
    """
    letters = [character for character in text if character.isalpha()]
    latin = sum(character < "\u0250" for character in letters)
    if len(letters) < (MIN_LATIN_LETTERS if 2 * latin > len(letters) else MIN_OTHER_LETTERS):
        return UNDETERMINED, 0.0
    probabilities = _probabilities(text)
    if not probabilities:
        return UNDETERMINED, 0.0
    best = max(probabilities, key=lambda language: probabilities[language])
    confidence = min(probabilities[best], 1.0)
    return (best if confidence >= MIN_CONFIDENCE else UNDETERMINED), confidence


def _probabilities(text: str) -> Mapping[str, float]:
    from langdetect.detector import Detector

    factory = _factory()
    detector = Detector(factory)
    # Capitals would be skipped as names, and with them a whole alert.
    detector.append(text.lower())
    detector.cleaning_text()
    counts: dict[str, int] = {}
    for ngram in detector._extract_ngrams():
        counts[ngram] = counts.get(ngram, 0) + 1
    if not counts:
        return {}
    scores = [math.log(_ENGLISH_PRIOR) if language == "en" else 0.0 for language in factory.langlist]
    for ngram, count in counts.items():
        for index, frequency in enumerate(factory.word_lang_prob_map[ngram]):
            scores[index] += _OVERLAP * count * math.log(_SMOOTHING + frequency)
    top = max(scores)
    weights: dict[str, float] = {}
    for name, score in zip(factory.langlist, scores, strict=True):
        language = name.partition("-")[0]
        if language not in _REQUIRED or _REQUIRED[language].search(text):
            weights[language] = weights.get(language, 0.0) + math.exp(score - top)
    total = sum(weights.values())
    return {language: weight / total for language, weight in weights.items()} if total else {}


def _factory() -> DetectorFactory:
    with _lock:
        return _loaded_factory()


@cache
def _loaded_factory() -> DetectorFactory:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    # An own factory: the one that langdetect shares between callers is loaded without a lock.
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory
