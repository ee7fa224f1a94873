"""Quotations in a sentence: the words in quotation marks and who said them, both as they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"[“\"„«](?P<words>[^“”\"„«»]{12,400})[”\"“»]")
_SAID = r"(?:said|says|stated|remarked|declared|told (?:reporters|the press|the media)|noted|observed|explained|announced|added)"
_NAME = re.compile(
    r"(?:\b(?:Mr|Ms|Mrs|Dr|Prof|Shri|Smt|Sh|Sri|Justice|Gen|Lt|Col|Kumari|Sardar)\.?\s+)?[A-Z][\w'’-]+(?:\s+(?:[A-Z]\.|[A-Z][\w'’-]+))+"
)
_AFTER = re.compile(rf"^[,.]?\s*(?:{_SAID}\s+)(?P<who>[^\"“”]{{4,160}})$")
_NAMED_AFTER = re.compile(rf"^[,.]?\s*(?P<who>[A-Z][^\"“”]{{4,150}}?),?\s+{_SAID}(?![\w])")
_BEFORE = re.compile(rf"^(?P<who>[A-Z][^\"“”]{{4,150}}?),?\s+{_SAID}(?:\s+that)?(?:\s+[^,\"“”]{{0,40}})?[,:]?\s*$")
_HINDI_BEFORE = re.compile(
    r"^(?P<who>[^\"“”]{4,150}?)\s+ने\s+(?:[^\"“”]{0,40}\s)?(?:कहा|बताया|जोड़ा)(?:\s+कि)?\s*[,:-]?\s*$"
)
_HINDI_AFTER = re.compile(r"^[,।]?\s*(?:ऐसा\s+)?(?P<who>[^\"“”]{4,120}?)\s+ने\s+(?:[^\"“”]{0,40}\s)?(?:कहा|बताया)")
# Where the words about the speaker end and something else begins.
_ENDS_WHO = re.compile(
    r"(?:,?\s+(?:while|after|at the|at a|on the|on \w+day|during|when|as|adding|in a|in the|here|today|speaking|who)\b.*|[.;]\s*)$",
    re.DOTALL,
)
_ARTICLE = re.compile(r"^the\s+(?=[A-Z])")
_LONGEST_WHO = 90
_LONGEST_QUOTE = 260


@dataclass(frozen=True)
class Quotation:
    """Characters of the sentence: the words between the marks, and the speaker."""

    words: tuple[int, int]
    speaker: tuple[int, int]


def find_quotation(text: str, language: str) -> Quotation | None:
    """The one quotation of a sentence whose speaker is named in it; None where there is none, or several."""
    quoted = list(_QUOTED.finditer(text))
    if len(quoted) != 1 or len(quoted[0]["words"]) > _LONGEST_QUOTE or quoted[0]["words"].count(" ") < 3:
        return None
    quote = quoted[0]
    before, after = text[: quote.start()], text[quote.end() :]
    patterns = (
        ((_HINDI_BEFORE, before, 0), (_HINDI_AFTER, after, quote.end()))
        if language == "hi"
        else ((_AFTER, after, quote.end()), (_NAMED_AFTER, after, quote.end()), (_BEFORE, before, 0))
    )
    for pattern, part, offset in patterns:
        match = pattern.match(part)
        if match is None:
            continue
        who = match["who"]
        while (shorter := _ENDS_WHO.sub("", who)) != who:
            who = shorter
        who = who.rstrip(" .,;")
        named = language == "hi" or (_NAME.search(who) and not who.lower().startswith(("he ", "she ", "they ", "it ")))
        if named and 3 < len(who) <= _LONGEST_WHO:
            end = offset + match.start("who") + len(who)
            # It stands by itself below the words: "Secretary for Power", not "the Secretary for Power".
            start = end - len(_ARTICLE.sub("", who))
            return Quotation((quote.start("words"), quote.end("words")), (start, end))
    return None
