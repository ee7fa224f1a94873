"""Numbers in words as they are read out, English (Western and Indian groups) and Hindi."""

from __future__ import annotations

from videogen.text.word_lists import word_list

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WESTERN = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_INDIAN = ((10**7, "crore"), (10**5, "lakh"), (1000, "thousand"))
_HINDI = ((10**7, "करोड़"), (10**5, "लाख"), (1000, "हज़ार"), (100, "सौ"))
_AND = "-and "
"""Tied to the word before it: espeak-ng stops for a fifth of a second before an "and" that stands alone."""
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def english(number: int, *, indian: bool = False) -> str:
    """A whole number: 123456 is "one hundred-and twenty-three thousand …", or "one lakh twenty-three thousand …"."""
    if number < 0:
        return f"minus {english(-number, indian=indian)}"
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_SMALL[hundreds]} hundred" + (f"{_AND}{english(rest)}" if rest else "")
    for size, name in _INDIAN if indian else _WESTERN:
        if number >= size:
            many, rest = divmod(number, size)
            joint = _AND if 0 < rest < 100 else " "
            tail = f"{joint}{english(rest, indian=indian)}" if rest else ""
            return f"{english(many, indian=indian)} {name}{tail}"
    raise AssertionError("a number above 999 has a scale")


def hindi(number: int) -> str:
    """A whole number in Hindi: 123456 is "एक लाख तेईस हज़ार चार सौ छप्पन"."""
    if number < 0:
        return f"ऋण {hindi(-number)}"
    if number < 100:
        return word_list("hindi_numbers")[number]
    for size, name in _HINDI:
        if number >= size:
            many, rest = divmod(number, size)
            return f"{hindi(many)} {name}" + (f" {hindi(rest)}" if rest else "")
    raise AssertionError("a number above 99 has a scale")


def ordinal(number: int) -> str:
    """The place of a whole number from 1: "first", "twenty-second"."""
    words = english(number)
    head, mark, last = words.rpartition("-") if "-" in words.rpartition(" ")[2] else words.rpartition(" ")
    ending = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else f"{last}th")
    return f"{head}{mark}{ending}"


def english_year(year: int) -> str:
    """2026 is "twenty twenty-six", 2005 "two thousand-and five", 1900 "nineteen hundred"."""
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010 or (century % 10 == 0 and rest < 10):
        return english(year)
    if rest == 0:
        return f"{english(century)} hundred"
    return f"{english(century)} {'oh ' if rest < 10 else ''}{english(rest)}"


def hindi_year(year: int) -> str:
    """1999 is "उन्नीस सौ निन्यानवे", 2026 "दो हज़ार छब्बीस"."""
    century, rest = divmod(year, 100)
    if 1100 <= year < 2000:
        return f"{hindi(century)} सौ" + (f" {hindi(rest)}" if rest else "")
    return hindi(year)


def decimal_digits(digits: str, language: str) -> str:
    """What stands behind the point, digit by digit."""
    return " ".join(hindi(int(digit)) if language == "hi" else _SMALL[int(digit)] for digit in digits)
