"""Numbers in words and digits, English and Hindi, Western and Indian grouping."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from videogen.text.normalise import lowered
from videogen.text.word_lists import word_list

DIGITS = "0-9०-९"
_TO_ASCII = str.maketrans("०१२३४५६७८९", "0123456789")

SCALES: dict[str, float] = {
    "hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "million": 1e6,
    "millions": 1e6, "mn": 1e6, "crore": 1e7, "crores": 1e7, "cr": 1e7, "billion": 1e9, "billions": 1e9, "bn": 1e9,
    "trillion": 1e12, "trillions": 1e12, "dozen": 12.0,
    "सौ": 1e2, "हजार": 1e3, "हज़ार": 1e3, "लाख": 1e5, "करोड़": 1e7, "करोड": 1e7, "अरब": 1e9, "खरब": 1e11,
    "मिलियन": 1e6, "बिलियन": 1e9, "ट्रिलियन": 1e12,
}  # fmt: skip

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_HINDI = word_list("hindi_numbers")
WORDS: dict[str, float] = {
    **{word: float(value) for value, word in enumerate(_UNITS)},
    **{word: 20.0 + 10 * index for index, word in enumerate(_TENS)},
    **{
        f"{ten}-{unit}": 20.0 + 10 * i + j
        for i, ten in enumerate(_TENS)
        for j, unit in enumerate(_UNITS[1:10], 1)
    },
    **{word: float(value) for value, word in enumerate(_HINDI)},
    "पाँच": 5.0, "छः": 6.0, "डेढ़": 1.5, "ढाई": 2.5, "half": 0.5, "आधा": 0.5,
}  # fmt: skip

_HUNDRED = 100.0
# Words that are numbers only together with a scale ("one crore"), because alone they are articles or pronouns.
_ONLY_WITH_SCALE = frozenset({"one", "एक", "half", "आधा", "दो", "नौ", "सात", "बीस", "सौ", "zero"})
_word = "|".join(sorted((re.escape(word) for word in WORDS), key=len, reverse=True))
_scale = "|".join(sorted((re.escape(word) for word in SCALES), key=len, reverse=True))
_END = r"(?![\w\u0900-\u0963\u0966-\u097f])"
NUMBER = re.compile(
    rf"""(?<![\w\u0900-\u0963\u0966-\u097f.,])(?P<minus>[-−](?=[{DIGITS}]))?
    (?: (?P<digits>[{DIGITS}]+(?:,[{DIGITS}]{{2,3}})*(?:\.[{DIGITS}]+)?)
      | (?P<fraction>सवा|साढ़े)\s+(?P<fraction_of>{_word}|[{DIGITS}]+){_END}
      | (?P<words>(?:{_word}){_END}(?:[\s-]+(?:and\s+)?(?:{_word}|{_scale}){_END})*)
      | (?P<article>an?)(?=\s+(?:{_scale}){_END})
    )
    (?P<scales>(?:[\s-]*(?:{_scale}){_END})*)""",
    re.VERBOSE | re.IGNORECASE,
)


def ascii_digits(text: str) -> str:
    """Devanagari digits replaced by 0–9; same length, so offsets keep."""
    return text.translate(_TO_ASCII)


def find_numbers(text: str) -> Iterator[tuple[re.Match[str], float, float]]:
    """Every number of a text: its `NUMBER` match, value and step (size of the last digit written).

    Number words that do not make one number ("two - three", "nine and seven") are several. Numbers beyond the range of
    a double are left out.
    """
    position = 0
    while (match := NUMBER.search(text, position)) is not None:
        if match.group("words"):
            end = _end_of_number(match)
            match = (NUMBER.match(text, match.start(), end) if end < match.end("words") else None) or match
        position = match.end()
        value = _value(match)
        if value is not None and all(map(math.isfinite, value)):
            yield match, *value


def _value(match: re.Match[str]) -> tuple[float, float] | None:
    """Value and step of a match; None if it is not a number after all ("one of them")."""
    factor = 1.0
    for scale in re.findall(r"[^\s-]+", match.group("scales")):
        factor *= SCALES[lowered(scale)]
    sign = -1.0 if match.group("minus") else 1.0
    if match.group("digits"):
        return _digits(match.group("digits"), sign, factor)
    if match.group("article"):
        return factor, factor
    if match.group("fraction"):
        of = lowered(match.group("fraction_of"))
        whole = WORDS[of] if of in WORDS else float(ascii_digits(of))
        return (whole + (0.25 if match.group("fraction") == "सवा" else 0.5)) * factor, 0.25 * factor
    words = [lowered(word) for word, _ in _spoken_words(match.group("words"))]
    if len(words) == 1 and words[0] in _ONLY_WITH_SCALE and not match.group("scales").strip(" -"):
        return None
    value, step = _spoken(words)
    return value * factor, step * factor


def _spoken_words(written: str) -> list[tuple[str, int]]:
    """The words of a spoken number with the place where each ends; hyphens and "and" join them."""
    found = [(match.group(), match.end()) for match in re.finditer(r"[^\s-]+", written)]
    return [(word, end) for word, end in found if lowered(word) != "and"]


def _end_of_number(match: re.Match[str]) -> int:
    """Where the first number of a run of number words ends: "two - three" are two numbers, "twenty-three" is one."""
    current, end = 0.0, match.start("words")
    for word, word_end in _spoken_words(match.group("words")):
        scale = SCALES.get(lowered(word))
        if scale is not None:
            current = (current or 1.0) * scale if scale == _HUNDRED else 0.0
        else:
            added = WORDS[lowered(word)]
            after_tens = current % 100 >= 20 and current % 10 == 0 and 1 <= added <= 9
            if current and not after_tens and not (current % 100 == 0 and 1 <= added < 100):
                return end
            current += added
        end = match.start("words") + word_end
    return end


def _spoken(words: list[str]) -> tuple[float, float]:
    """Multiply a scale with what is before it: "two hundred five thousand", "two lakh crore"."""
    total, current, step = 0.0, 0.0, 1.0
    for word in words:
        scale = SCALES.get(word)
        if scale is None:
            current += WORDS[word]
            step = 1.0 if WORDS[word] == int(WORDS[word]) else 0.5
        elif scale == _HUNDRED:
            current, step = (current or 1.0) * _HUNDRED, _HUNDRED
        elif current:
            total, current, step = total + current * scale, 0.0, step * scale
        else:
            total, step = total * scale, step * scale
    return total + current, step


def _digits(written: str, sign: float, factor: float) -> tuple[float, float]:
    plain = ascii_digits(written).replace(",", "")
    value = sign * float(plain) * factor
    if "." in plain:
        return value, 10.0 ** -len(plain.split(".")[1]) * factor
    # Trailing zeros of a large whole number are rounding: 12,000,000 is exact to a million at best.
    zeros = len(plain) - len(plain.rstrip("0")) if len(plain) >= 4 else 0
    return value, float(f"1e{zeros}") * factor
