"""What stands around the text of a release: issuer, date, number, place, signature, contacts."""

from __future__ import annotations

import re
from datetime import date

from videogen.fact_check.reading.dates import find_dates

BUREAU = re.compile(
    r"^(?:press information bureau|pib\b.*|press (?:release|note|communiqu[eé])(?: no\.? ?\S+)?|(?:government|govt\.?) of (?:the )?(?:(?:state|union|nct|national capital territory) of )?\w+(?: \w+)?"
    r"|(?:(?:central|state|union) |the )?government|(?:(?!(?:है|हैं|के|की|का|से|में|ने|को|पर|और|तो)\s)[^\s\d।.]+ ){1,3}(?:सरकार|शासन)"
    r"|حکومتِ? [^\s\d۔]+(?: [^\s\d۔]+)?|for immediate release|news release|media release|पत्र सूचना कार्यालय|प्रेस विज्ञप्ति|प्रेस नोट|भारत सरकार|پریس ریلیز)\W*$",
    re.IGNORECASE,
)
ISSUER = re.compile(
    r"^(?:(?:the )?(?:ministry|department|office|directorate|secretariat|commission|authority|board|council|bureau|agency"
    r"|cabinet|prime minister|municipal corporation|cabinet committee)\b.{0,90}"
    r"|.{2,80}\b(?:ministry|department|authority|commission|board|council|corporation|agency|directorate|secretariat)"
    r"|.{2,80}(?:मंत्रालय|विभाग|आयोग|प्राधिकरण|कार्यालय|मंडल|निगम|وزارت.{0,60}|محکمہ.{0,60}))"
    # The town that the office is in.
    r"(?:\s*[,،]\s*[^\s,،]+(?: [^\s,،]+){0,2})?$",
    re.IGNORECASE,
)
POSTED = re.compile(
    r"(?:posted on|date(?:d)?|issued(?: on)?|published(?: on)?|प्रविष्टि तिथि|दिनांक|तिथि|दिनाँक)\s*[:：-]?\s*"
    r"(?P<when>.{4,60})$",
    re.IGNORECASE,
)
RELEASE_ID = re.compile(
    r"(?:release id|release no\.?|press note no\.?|prid|रिलीज़ आईडी|रिलीज आईडी|विज्ञप्ति संख्या)\s*[:=：-]?\s*(?P<id>[A-Za-z0-9][A-Za-z0-9./-]{1,30})",
    re.IGNORECASE,
)
DATELINE = re.compile(
    r"^(?P<town>[^\d:,.()–—]{2,40}?)(?:\s*,\s*[A-Z][a-z]+)?(?:(?:\s*,\s*|\s*\(|\s+(?=\d))(?P<when>[^:–—(]{0,30}?\d{4})\)?)?"
    r"\s*(?:\([A-Z]{2,5}\)\s*)?(?:[:–—]|\s-\s|--)\s*(?=\S)"
)
BOILERPLATE = re.compile(
    r"^(?:about (?:the )?[^\W\d][\w ]{1,60}(?::|$)|for (?:more|further|media|press)\b.{0,30}\b(?:information|enquir|inquir|quer|details|contact)"
    r"|(?:media|press) (?:contact|enquir|inquir)|contacts?\b\s*:|follow us|note to editors?|notes? to (?:the )?editors?|disclaimer"
    r"|read this release in|click here|(?:tel|phone|mobile|fax|e-?mail)(?:ephone)?(?: (?:no|number))?"
    r"[. ]*(?:[:：+(]|\d{3}|$)|copyright\W*(?:\d|$)|©|subscribe (?:to|now|here)|share (?:on|this)"
    r"|visitor counter|all rights reserved|background(?:er)?\s*:?\s*$|ends?$|-+\s*ends?\s*-+|https?://|www\."
    r"|के बारे में|अधिक जानकारी|संपर्क|इस विज्ञप्ति को|मीडिया संपर्क|मزید معلومات|رابطہ)",
    re.IGNORECASE,
)
_ENDS_BODY = re.compile(
    r"^(?:\*\s*){3,}$|^-+\s*ends?\s*-+$|^#{3,}$|^ends?\.?$|^about (?:the )?[\w ]{2,60}:?$"
    r"|^(?:notes? to (?:the )?editors?|media contacts?|for media enquiries|संपादकों के लिए|.{2,60} के बारे में:?)\s*:?$",
    re.IGNORECASE,
)
# "MJPS/VV", "DS/ ST/ RK": the initials of who typed it.
_INITIALS = re.compile(r"^[A-Z]{1,6}(?:\s*/\s*[A-Z]{1,6})+[.]?$|^[A-Z]{2,6}\s*[*/]+$")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d{1,3}[-\s]?)?(?:\(?0?\d{2,5}\)?[-\s]){1,3}\d{4,10}(?![\w,]|\.\d)|(?<![\w.,])\+?\d{10,13}(?![\w,]|\.\d)"
)
# Bounded, and begun at a word only: one word may be as long as the text.
ADDRESS = re.compile(r"https?://\S+|www\.\S+|(?<!\S)[^\s@]{1,80}@[^\s@]{1,200}\.\w\S*|(?<!\w)@\w{3,}|#\w{3,}")

_DIVIDES = (",", ";", ":", "|", "·", "•", "—", "–", "-", "(")


def is_boilerplate(text: str) -> bool:
    """Whether a paragraph belongs to the frame of a release: contacts, initials, links, what the issuer is."""
    bare = text.strip(" *-_•")
    return (
        not any(letter.isalpha() for letter in bare)
        or BOILERPLATE.match(bare) is not None
        or _INITIALS.match(bare) is not None
        or (ADDRESS.search(bare) is not None and len(ADDRESS.sub("", bare)) < 60)
        or (PHONE.search(bare) is not None and len(PHONE.sub("", bare)) < 60)
        or (RELEASE_ID.search(bare) is not None and len(RELEASE_ID.sub("", bare).strip("() ")) < 12)
    )


def is_issuer(text: str) -> bool:
    """Whether a line is nothing but the name of an office."""
    named = ISSUER.match(text) is not None and len(text.split()) <= 10
    return named and not re.search(r"\d|[.!?।]$", text)


def dated_issuer(text: str) -> tuple[int, int] | None:
    """Where the office stands in a line of office and day: "Ministry of Transport, Lindenau — 27 April 2026"."""
    days = find_dates(text)
    if not days or len(text) >= 140:
        return None
    before = text[: days[0].start].rstrip()
    if not before.endswith(_DIVIDES):
        return None
    office = before.rstrip("".join(_DIVIDES) + " \t")
    rest = re.sub(r"[\W\d_]+", " ", text[days[0].end :]).split()
    return (0, len(office)) if len(rest) <= 3 and is_issuer(office) else None


def ends_body(text: str) -> bool:
    """Whether the release proper is over: "***", "-ENDS-", "About the Ministry", notes to editors."""
    return _ENDS_BODY.match(text.strip()) is not None


def date_in(text: str) -> date | None:
    """The first full date of a text; None where there is none."""
    for span in find_dates(re.sub(r"(?<=\d)(?:st|nd|rd|th)(?=\s)", "", text)):
        if span.first == span.last:
            return span.first
    return None


def is_date_line(text: str) -> bool:
    """Whether a line only says when, and perhaps where, a release was issued."""
    if len(text) >= 90:
        return False
    found = date_in(text)
    if found is not None and POSTED.search(text):
        return True
    if found is None or len(text) > 60:
        return False
    rest = text
    for span in find_dates(text):
        rest = rest.replace(span.text, "")
    return len(re.sub(r"[\W\d_]+", " ", rest).split()) <= 4
