"""How a written sentence is spoken: numbers, money, dates, units and ranges in words, English and Hindi.

What is written stays as it is on screen and in captions; only the speech program gets this text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from videogen.briefing.spoken_text.number_words import (
    decimal_digits,
    english,
    english_year,
    hindi,
    hindi_year,
    ordinal,
)
from videogen.fact_check.reading.numbers import SCALES, ascii_digits

_N = r"[\d०-९]+(?:,[\d०-९]{2,3})*(?:\.[\d०-९]+)?"
_scales = "|".join(sorted((re.escape(word) for word in SCALES), key=len, reverse=True))
_E = r"(?![\w\u0900-\u0963\u0966-\u097f])"
_MONEY = {"₹": ("rupees", "रुपये"), "rs.": ("rupees", "रुपये"), "rs": ("rupees", "रुपये"), "inr": ("rupees", "रुपये"),
          "रु.": ("rupees", "रुपये"), "रु": ("rupees", "रुपये"), "us$": ("dollars", "डॉलर"), "$": ("dollars", "डॉलर"),
          "usd": ("dollars", "डॉलर"), "€": ("euros", "यूरो"), "£": ("pounds", "पाउंड"), "¥": ("yen", "येन")}  # fmt: skip
_marks = "|".join(sorted((re.escape(mark) for mark in _MONEY), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![^\W\d_])(?P<mark>{_marks})\s?(?P<low>{_N})(?:\s*(?:-|–|to)\s*(?:{_marks})?\s?(?P<high>{_N}))?(?:/-)?"
    rf"(?P<scales>(?:[\s-](?:{_scales}){_E})*)(?:\s(?:rupees?|dollars?|euros?|रुपये|रुपए|डॉलर){_E})?",
    re.IGNORECASE,
)
_UNITS = {
    "km": ("kilometres", "किलोमीटर"), "kms": ("kilometres", "किलोमीटर"), "cm": ("centimetres", "सेंटीमीटर"),
    "mm": ("millimetres", "मिलीमीटर"), "m": ("metres", "मीटर"), "kg": ("kilograms", "किलोग्राम"), "g": ("grams", "ग्राम"),
    "ha": ("hectares", "हेक्टेयर"), "sq km": ("square kilometres", "वर्ग किलोमीटर"), "sq. km": ("square kilometres", "वर्ग किलोमीटर"),
    "km²": ("square kilometres", "वर्ग किलोमीटर"), "km2": ("square kilometres", "वर्ग किलोमीटर"), "km/h": ("kilometres per hour", "किलोमीटर प्रति घंटा"),
    "kmph": ("kilometres per hour", "किलोमीटर प्रति घंटा"), "MW": ("megawatts", "मेगावाट"), "GW": ("gigawatts", "गीगावाट"),
    "kW": ("kilowatts", "किलोवाट"), "GWh": ("gigawatt hours", "गीगावाट घंटे"), "kWh": ("kilowatt hours", "किलोवाट घंटे"),
    "MWh": ("megawatt hours", "मेगावाट घंटे"), "°C": ("degrees Celsius", "डिग्री सेल्सियस"), "%": ("per cent", "प्रतिशत"),
    "MT": ("million tonnes", "मिलियन टन"), "LMT": ("lakh metric tonnes", "लाख मीट्रिक टन"), "hrs": ("hours", "घंटे"),
    "किमी": ("kilometres", "किलोमीटर"), "किग्रा": ("kilograms", "किलोग्राम"),
}  # fmt: skip
_units = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_MEASURE = re.compile(rf"(?P<number>{_N})\s?(?P<unit>{_units})(?![\w²/])")
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    "|Sept?|Oct|Nov|Dec"
)
_DAY = re.compile(rf"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?P<of>\s+(?:of\s+)?)(?P<month>{_MONTHS})\b(?P<dot>\.?)")
_DAY_AFTER = re.compile(
    rf"\b(?P<month>{_MONTHS})\.?\s+(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b(?!\s*(?:%|per cent|,\d|\.\d))"
)
_SPAN = re.compile(r"(?<![\w.,₹$€£-])(?P<first>(?:19|20)[0-9]{2})\s?[-–/]\s?(?P<last>[0-9]{4}|[0-9]{2})(?![\w,-]|\.\d)")
_YEAR = re.compile(
    r"(?<![\w.,₹$€£-])(?P<year>(?:1[6-9]|20)[0-9]{2})(?![\w%]|,\d|\.\d|-\d)(?!\s(?:lakh|crore|million|billion|per|MW|km|kg|tonnes))"
)
_COUNTS_AFTER = re.compile(r"\s(?:[a-z]+s|people|rupees|hectares)\b")
_DATE_BEFORE = re.compile(
    rf"(?:\b(?:in|since|until|till|by|from|of|during|before|after|to|year|and|{_MONTHS}|first|second|third|[a-z-]+th)\.?,?|\d{{1,2}}|\()\s*$",
    re.I,
)
_RANGE = re.compile(rf"(?<![\w.,-])(?P<low>{_N})\s?[-–—]\s?(?P<high>{_N})(?![\w-]|,\d|\.\d)")
_ORDINAL = re.compile(r"\b(?P<number>\d{1,3})(?:st|nd|rd|th)\b")
_TIME = re.compile(r"\b(?P<hour>[0-2]?\d)[:.](?P<minute>[0-5]\d)\s*(?P<half>[ap])\.?m\.?(?!\w)", re.I)
_NUMBER = re.compile(rf"(?<![\w.,])(?P<minus>[-−](?=\d))?(?P<number>{_N})(?![\d])")
_FINANCIAL = re.compile(r"\bFY\s?(?=\d)")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_WORDS = ((re.compile(r"\s&\s"), " and "), (re.compile(r"\bNo\.\s?(?=\d)"), "number "), 
          (re.compile(r"\bRs\.?(?=\s?\d)"), "rupees "), (re.compile(r"\bvs?\.(?=\s)"), "versus"))  # fmt: skip


def spoken(text: str, language: str) -> str:
    """The sentence as the speech program gets it; other languages than English and Hindi as they are written."""
    text = _ADDRESS.sub("", text)
    if language not in ("en", "hi"):
        return text
    which = 1 if language == "hi" else 0
    if language == "en":
        text = _FINANCIAL.sub("financial year ", text)
    text = _AMOUNT.sub(lambda match: _amount(match, language, which), text)
    text = _TIME.sub(
        lambda match: f"{int(match['hour'])} {match['minute'].replace('00', '')} {match['half'].lower()} m", text
    )
    text = _SPAN.sub(lambda match: _span(match, language), text)
    text = _MEASURE.sub(lambda match: f"{match['number']} {_unit(match, which)}", text)
    text = _RANGE.sub(lambda match: f"{match['low']} {'से' if which else 'to'} {match['high']}", text)
    if language == "en":
        for pattern, words in _WORDS:
            text = pattern.sub(words, text)
        text = _DAY.sub(lambda match: f"{_nth(match['day'])} {match['month']}", text)
        text = _DAY_AFTER.sub(lambda match: f"{match['month']} {_nth(match['day'])}", text)
        text = _ORDINAL.sub(
            lambda match: ordinal(int(match["number"])) if int(match["number"]) else match.group(), text
        )
    text = _YEAR.sub(lambda match: _year(match, language), text)
    text = text.replace("%", f" {_UNITS['%'][which]}")
    return _NUMBER.sub(lambda match: _number(match, language), text)


def _nth(day: str) -> str:
    return ordinal(int(day)) if 1 <= int(day) <= 31 else day


def _amount(match: re.Match[str], language: str, which: int) -> str:
    """Money as it is said: "₹1.78 lakh crore" → "1.78 lakh crore rupees"; one rupee stays one rupee."""
    name = _MONEY[match["mark"].lower()][which]
    if match["low"] in ("1", "१") and not match["scales"].strip() and not match["high"] and name.endswith("s"):
        name = name[:-1]
    number = f"{match['low']} {'से' if which else 'to'} {match['high']}" if match["high"] else match["low"]
    return f"{number}{match['scales']} {name}"


def _unit(match: re.Match[str], which: int) -> str:
    name = _UNITS[match["unit"]][which]
    singular = which == 0 and match["number"] == "1" and name.endswith("s") and " per " not in name
    return name[:-1] if singular and not name.startswith("degrees") else name


def _span(match: re.Match[str], language: str) -> str:
    say: Callable[[int], str] = hindi_year if language == "hi" else english_year
    last = int(match["last"])
    short = english(last) if language == "en" else hindi(last)
    return f"{say(int(match['first']))} {'से' if language == 'hi' else 'to'} {say(last) if last > 99 else short}"


def _year(match: re.Match[str], language: str) -> str:
    before, after = match.string[: match.start()], match.string[match.end() :]
    is_date = _DATE_BEFORE.search(before) is not None or language == "hi" or not before.strip()
    if language == "en" and _COUNTS_AFTER.match(after) and not _DATE_BEFORE.search(before):
        is_date = False
    if not is_date:
        return match.group()
    year = int(match["year"])
    return hindi_year(year) if language == "hi" else english_year(year)


def _number(match: re.Match[str], language: str) -> str:
    written = ascii_digits(match["number"])
    whole, _, fraction = written.partition(".")
    groups = whole.split(",")
    indian = len(groups) > 2 and len(groups[1]) == 2
    digits = whole.replace(",", "")
    if len(digits) > 15 or (len(digits) > 1 and digits.startswith("0")):
        words = " ".join(hindi(int(x)) if language == "hi" else english(int(x)) for x in digits)
    else:
        words = hindi(int(digits)) if language == "hi" else english(int(digits), indian=indian)
    if match["minus"]:
        words = f"{'ऋण' if language == 'hi' else 'minus'} {words}"
    if fraction:
        words += f" {'दशमलव' if language == 'hi' else 'point'} {decimal_digits(fraction, language)}"
    return words


_PACE = {"hi": 15.5}
_USUAL_PACE = 15.2


def estimated_seconds(text: str, language: str) -> float:
    """How long a sentence takes to be spoken, before it is: by the letters of its spoken form."""
    return len(spoken(text, language)) / _PACE.get(language, _USUAL_PACE)
