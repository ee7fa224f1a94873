"""Takes personal data out of comments before anything is written.

What is found by its shape is replaced by what it was: ``[e-mail]``, ``[phone]``, ``[card]``, ``[id]``, ``[name]``.
Then comes the fail-safe: whatever still holds an ``@`` or six digits in a row goes, too. A comment loses a number
rather than keeps one. Names that nothing announces are not found; `docs/feedback.md` says so to those who ask.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from videogen.config.groups.feedback import DEFAULT_REGIONS
from videogen.domain.video_ids import VIDEO_ID_FORM

Span = tuple[int, int, str]
_INVISIBLE = re.compile(r"[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
_PLACEHOLDER = re.compile(r"\[(?:e-mail|phone|card|id|name|address|date of birth|removed)\]")
_KEPT = (
    re.compile(VIDEO_ID_FORM),
    re.compile(r"(?<![\d/.-])(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?![\d/-]|\.\d)"),
    re.compile(r"(?<![\d/.-])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|1[0-2])\1(?:19|20)?\d\d(?![\d/-]|\.\d)"),
    re.compile(r"(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?(?![\d:])"),
    re.compile(r"(?<!\d)(?:19|20)\d\d\s?[-–]\s?(?:19|20)?\d\d(?![\d-])"),
    re.compile(r"(?<![\d,])\d{1,3}(?:,\d{2,3})+(?:\.\d+)?(?![\d,])"),
)
_BIRTH = re.compile(
    r"(?:\bborn(?:\s+on)?|\bd\.?o\.?b\.?|\bdate\s+of\s+birth|\bbirthday(?:\s+is)?|जन्म\s*(?:तिथि|दिन|तारीख)?|जन्मदिन)"
    r"\s*(?:is|है|[:=-])?\s*(\d{1,4}[-/. ]\w{1,9}[-/. ]\d{2,4})",
    re.IGNORECASE,
)
_AT = r"\s*(?:@|[\(\[\{]\s*(?:at|एट|ऐट)\s*[\)\]\}]|\s(?:at|एट|ऐट)\s)\s*"
_DOT = r"\s*(?:\.|[\(\[\{]\s*(?:dot|डॉट)\s*[\)\]\}]|\s(?:dot|डॉट)\s)\s*"
_ENDING = r"(?:com|org|net|in|co|gov|edu|info|io|uk|de|fr|eu|biz|nic|me|भारत)"
_EMAIL = re.compile(
    rf"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+|[\w.+-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}{_ENDING}\b", re.IGNORECASE
)
_URL_WITH_USER = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/@]+@\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])@\s?\w[\w.]*|\b[\w.]+@\w+", re.IGNORECASE)
_PROFILE = re.compile(
    r"\b(?:https?://)?(?:www\.)?(?:facebook|instagram|twitter|x|linkedin|t|wa)\.(?:com|me)/(?:in/)?\S+", re.IGNORECASE
)
_CARD = re.compile(r"(?<![\dA-Z])(?:\d[ -]?){12,18}\d(?![\dA-Z])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{1,4}){3,8}\b", re.IGNORECASE)
_ADDRESSES = (
    re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d)"),
    re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE),
    re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE),
    re.compile(r"[-+]?\d{1,2}\.\d{3,}\s*°?\s*[NS]?(?:\s*[,;]\s*|\s+)[-+]?\d{1,3}\.\d{3,}\s*°?\s*[EW]?"),
)  # fmt: skip
_IDS = (
    re.compile(r"\b[A-Z]{5}[ -]?\d{4}[ -]?[A-Z]\b", re.IGNORECASE),  # PAN
    re.compile(r"\b\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]\b", re.IGNORECASE),  # GSTIN
    re.compile(r"\b[A-Z]{4}0[A-Z0-9]{6}\b"),  # IFSC
    re.compile(r"\b[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}\b", re.IGNORECASE),  # vehicles
    re.compile(r"\b[A-Z]{1,3}[ -]?\d{6,9}[A-Z]?\b", re.IGNORECASE),  # passports, voters
    re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ -]?\d{2}){3}[ -]?[A-D]\b", re.IGNORECASE),  # NINO
)
_AT_SIGN = re.compile(r"[^\s\0]*@[^\s\0]*")
_NUMBER_WORD = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
    r"|शून्य|एक|दो|तीन|चार|पाँच|पांच|छह|छः|छे|सात|आठ|नौ|डबल)"
)
_SPELLED = re.compile(rf"(?<!\w){_NUMBER_WORD}(?:[\s,-]+{_NUMBER_WORD}){{5,}}(?!\w)", re.IGNORECASE)
_WORD = r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*\.?"
_NAME = (
    re.compile(
        r"\b(?:my\s+name\s+is|my\s+name['’]s|i\s+am\s+called|signed|(?:best|kind|warm)?\s*regards"
        r"|yours\s+(?:sincerely|truly))\s*[,:;–—-]?\s*"
        rf"(?P<it>(?!(?:for|to|from|by|it|that|this|not|is|in|and)\b){_WORD}"
        rf"(?:\s+(?-i:[A-Z]){_WORD}|\s+(?-i:[A-Z])\.?)*)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:मेरा|हमारा)\s+(?:पूरा\s+)?नाम\s+(?P<it>[\w\u0900-\u0963.]+(?:\s+[\w\u0900-\u0963.]+){0,3}?)\s+(?:है|हैं)"
    ),
    re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Shri|Smt|Prof)\.?\s+(?P<it>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*)"),
    re.compile(r"(?:श्रीमती|श्री|डॉ\.?)\s+(?P<it>[\u0900-\u0963]+(?:\s+[\u0900-\u0963]+)?)"),
)
_DIGITS = re.compile(r"\d(?:(?:[ ()–—_-]{0,3}|[./])\d){5,}")


def scrub(comment: str, regions: Sequence[str] = DEFAULT_REGIONS) -> str:
    """The comment without personal data, in Unicode's form NFKC; scrubbing it again changes nothing.

    Args:
        regions: countries whose national telephone numbers are looked for.
        comment: the text as it was written.
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", comment)).strip()
    for _ in range(3):
        shorter = _cut(text, _spans(text, regions))
        if shorter == text:
            break
        text = shorter
    return text


def is_clean(comment: str, regions: Sequence[str] = DEFAULT_REGIONS) -> bool:
    """Whether nothing is left to scrub."""
    return scrub(comment, regions) == comment


def _spans(text: str, regions: Sequence[str]) -> list[Span]:
    shape = _western_digits(text)
    found: list[Span] = [
        (match.start(1), match.end(1), "date of birth") for match in _BIRTH.finditer(_hidden(shape, [_PLACEHOLDER]))
    ]
    shape = _hidden(shape, [_PLACEHOLDER, *_KEPT])
    finders: tuple[Callable[[str], Iterator[Span]], ...] = (
        lambda t: _all((_URL_WITH_USER, _EMAIL, _HANDLE), t, "e-mail"),
        lambda t: _all((_PROFILE,), t, "name"),
        # Before cards: one of ten account numbers has a card's check digit.
        lambda t: (span for span in _all((_IBAN,), t, "id") if _mod97(t[span[0] : span[1]])),
        lambda t: (span for span in _all((_CARD,), t, "card") if _luhn(t[span[0] : span[1]])),
        lambda t: _all(_ADDRESSES, t, "address"),
        lambda t: _all(_IDS, t, "id"),
        lambda t: _phones(t, regions),
        lambda t: _all((_SPELLED,), t, "phone"),
        lambda t: ((m.start("it"), m.end("it"), "name") for pattern in _NAME for m in pattern.finditer(t)),
        lambda t: _all((_DIGITS,), t, "removed"),
        lambda t: _all((_AT_SIGN,), t, "removed"),
    )
    for find in finders:
        for start, end, what in find(shape):
            # What an earlier pattern took, and placeholders, are taken once.
            if start < end and "\0" not in shape[start:end]:
                found.append((start, end, what))
                shape = f"{shape[:start]}{chr(0) * (end - start)}{shape[end:]}"
    return found


def _cut(text: str, spans: Sequence[Span]) -> str:
    for start, end, what in sorted(spans, reverse=True):
        text = f"{text[:start]}[{what}]{text[end:]}"
    return text


def _western_digits(text: str) -> str:
    """The same length, with the digits of every script as 0 … 9."""
    return "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)


def _hidden(text: str, patterns: Sequence[re.Pattern[str]]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: "\0" * len(match[0]), text)
    return text


def _all(patterns: Sequence[re.Pattern[str]], text: str, what: str) -> Iterator[Span]:
    return ((match.start(), match.end(), what) for pattern in patterns for match in pattern.finditer(text))


def _phones(text: str, regions: Sequence[str]) -> Iterator[Span]:
    if sum(character.isdigit() for character in text) < 6:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in regions:
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if sum(character.isdigit() for character in match.raw_string) >= 7:
                yield match.start, match.end, "phone"


def _luhn(text: str) -> bool:
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    return sum(d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(digits)) % 10 == 0


def _mod97(text: str) -> bool:
    letters = "".join(character for character in text.upper() if character.isalnum())
    if not 15 <= len(letters) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in letters[4:] + letters[:4])) % 97 == 1
