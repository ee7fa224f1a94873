"""Dates and periods in a text, English and Hindi."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from videogen.fact_check.reading.claim import DateSpan
from videogen.fact_check.reading.numbers import ascii_digits
from videogen.text.normalise import lowered

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan जनवरी", "february feb फरवरी फ़रवरी", "march mar मार्च", "april apr अप्रैल", "may मई", "june jun जून",
            "july jul जुलाई", "august aug अगस्त", "september sep sept सितंबर सितम्बर", "october oct अक्टूबर अक्तूबर",
            "november nov नवंबर नवम्बर", "december dec दिसंबर दिसम्बर",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_month = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_year = r"(?:1[0-9]{3}|20[0-9]{2}|2100)"
_day = r"(?:3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th)?"
_B, _E = r"(?<![\w\u0900-\u0963\u0966-\u097f./-])", r"(?![\w\u0900-\u0963\u0966-\u097f]|[-/][0-9])"
_Reader = Callable[[re.Match[str]], tuple[date, date] | None]


def _number(match: re.Match[str], group: str) -> int:
    return int(re.sub(r"\D", "", match.group(group)))


def _full(match: re.Match[str]) -> tuple[date, date] | None:
    day = _safe(_number(match, "y"), _MONTHS[lowered(match.group("m"))], _number(match, "d"))
    return (day, day) if day else None


def _numeric(match: re.Match[str]) -> tuple[date, date] | None:
    # Day first (India, Europe) unless only the other order is a date.
    first, second, year = _number(match, "d"), _number(match, "m"), _number(match, "y")
    day = _safe(year, second, first) or _safe(year, first, second)
    return (day, day) if day else None


def _iso(match: re.Match[str]) -> tuple[date, date] | None:
    day = _safe(_number(match, "y"), _number(match, "m"), _number(match, "d"))
    return (day, day) if day else None


def _month_of_year(match: re.Match[str]) -> tuple[date, date] | None:
    year, month = _number(match, "y"), _MONTHS[lowered(match.group("m"))]
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _financial_year(match: re.Match[str]) -> tuple[date, date] | None:
    # 2024-25: April to March, as in India; an explicit range of calendar years is written 2009-2017.
    year = _number(match, "y")
    return (date(year, 4, 1), date(year + 1, 3, 31)) if (year + 1) % 100 == _number(match, "z") else None


def _years(match: re.Match[str]) -> tuple[date, date] | None:
    first, last = _number(match, "y"), _number(match, "z")
    return (date(first, 1, 1), date(last, 12, 31)) if first <= last else None


def _decade(match: re.Match[str]) -> tuple[date, date] | None:
    return date(_number(match, "y"), 1, 1), date(_number(match, "y") + 9, 12, 31)


def _one_year(match: re.Match[str]) -> tuple[date, date] | None:
    year = _number(match, "y")
    return date(year, 1, 1), date(year, 12, 31)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_PATTERNS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(_B + pattern + _E, re.IGNORECASE), reader)
    for pattern, reader in (
        (rf"(?P<d>{_day})(?:\s+of)?\s+(?P<m>{_month})\.?,?\s+(?P<y>{_year})", _full),
        (rf"(?P<m>{_month})\.?\s+(?P<d>{_day}),?\s+(?P<y>{_year})", _full),
        (rf"(?P<y>{_year})-(?P<m>[01][0-9])-(?P<d>[0-3][0-9])", _iso),
        (rf"(?P<d>[0-3]?[0-9])[/.-](?P<m>[0-3]?[0-9])[/.-](?P<y>{_year})", _numeric),
        (rf"(?P<m>{_month})\.?,?\s+(?P<y>{_year})", _month_of_year),
        (rf"(?:FY\s?)?(?P<y>{_year})[-–/](?P<z>[0-9]{{2}})", _financial_year),
        (rf"(?:from\s+|between\s+)?(?P<y>{_year})\s*(?:-|–|to|until|till|and|से)\s*(?P<z>{_year})(?:\s+तक)?", _years),
        (r"(?:the\s+)?(?P<y>(?:1[0-9]|20)[0-9]0)(?:'?s|\s+के\s+दशक)", _decade),
        (rf"(?:(?<=in )|(?<=since )|(?<=until )|(?<=till )|(?<=by )|(?<=from )|(?<=of )|(?<=during )|(?<=before )|(?<=after )"
         rf"|(?<=to )|(?<=year )|(?<=वर्ष )|(?<=सन )|(?<=सन् )|(?<=\())(?P<y>{_year})(?=\)|\b)", _one_year),
        (rf"(?P<y>{_year})(?=\s+(?:में|से|तक|के))", _one_year),
    )
)  # fmt: skip
_RELATIVE = re.compile(
    r"\b(?P<word>today|yesterday|this year|last year|this month|आज|इस वर्ष|इस साल|पिछले साल|पिछले वर्ष)(?![\w\u0900-\u0963\u0966-\u097f])",
    re.I,
)
_SINCE = re.compile(r"(?:\bsince|\bfrom)\s*$", re.I)
_UNTIL = re.compile(r"(?:\buntil|\btill|\bup to)\s*$", re.I)


def find_dates(text: str, today: date | None = None) -> tuple[DateSpan, ...]:
    """Dates, months, years, financial years, decades and year ranges of `text`, in order, not overlapping.

    today: what "today" and "this year" mean; the current date by default.
    """
    plain = ascii_digits(text)
    spans: list[DateSpan] = []
    for pattern, reader in _PATTERNS:
        for match in pattern.finditer(plain):
            period = reader(match)
            if period and not any(match.start() < span.end and span.start < match.end() for span in spans):
                spans.append(_span(text, match, *period))
    for match in _RELATIVE.finditer(text):
        first, last = _relative(lowered(match.group("word")), today or date.today())
        spans.append(_span(text, match, first, last))
    return tuple(sorted(spans, key=lambda span: span.start))


def _span(text: str, match: re.Match[str], first: date, last: date) -> DateSpan:
    before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() :].lstrip()[:3]
    role = "on"
    if _SINCE.search(before) or (after.startswith("से ") or after == "से"):
        role = "since"
    elif _UNTIL.search(before) or after.startswith("तक"):
        role = "until"
    return DateSpan(text=match.group(), start=match.start(), end=match.end(), first=first, last=last, role=role)  # type: ignore[arg-type]


def _relative(word: str, today: date) -> tuple[date, date]:
    if word in ("today", "आज"):
        return today, today
    if word == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    if word == "this month":
        return today.replace(day=1), today.replace(day=calendar.monthrange(today.year, today.month)[1])
    year = today.year - 1 if word in ("last year", "पिछले साल", "पिछले वर्ष") else today.year
    return date(year, 1, 1), date(year, 12, 31)


def parse_date(text: str, *, end: bool = False) -> date | None:
    """A date as files write it: 2024, 2024-05, 2024-05-31, "+2024-05-31T00:00:00Z" (Wikidata), "31 May 2024".

    A year or month alone gives its first day, or its last with `end`; None if it cannot be read.
    """
    plain = ascii_digits(text).strip().lstrip("+").split("T")[0]
    short = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", plain)
    if short:
        year, month, day = int(short[1]), int(short[2] or 0), int(short[3] or 0)
        if not 1 <= year <= 9999 or month > 12:
            return None
        if not month:
            return date(year, 12, 31) if end else date(year, 1, 1)
        return _safe(year, month, day or (calendar.monthrange(year, month)[1] if end else 1))
    spans = find_dates(plain)
    if len(spans) == 1 and len(spans[0].text) == len(plain):
        return spans[0].last if end else spans[0].first
    return None
