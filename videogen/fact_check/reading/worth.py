"""Decides whether a sentence asserts something that can be checked, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

from videogen.fact_check.reading import english_grammar, hindi_grammar
from videogen.fact_check.reading.claim import DateSpan, Mention, Quantity
from videogen.text.normalise import Word, words

# "It is important to note that …" asserts what follows, so it is not an opinion.
_OPINION = re.compile(
    r"\b(?:I|[Ww]e) (?:think|believe|feel|hope|guess|recommend|suggest)\b|\b[Ii]n (?:my|our) (?:opinion|view)\b"
    r"|\b[Aa]s an? (?:AI )?language model\b|\bI (?:am|have|do|don't|can|cannot|can't|will|think|was|would)\b"
    r"|(?i:\b(?:speculative|debatable|arguably|perhaps|hopefully|unclear|topic of debate)\b|\bcould provide\b"
    r"|^(?:however,? |but |so )?it(?:['’]s| is) (?:important|essential|crucial|best|recommended|advisable|difficult|hard|impossible)"
    r" to (?!note|know|remember|mention|add|stress)"
    r"|\b(?:let me know|feel free|hope this helps|you (?:should|could|may want) (?!know|note|remember)|you can follow these steps)\b)"
)
# A judgement of value that no source settles; a claim about safety is checked all the same.
_VALUE = re.compile(
    r"\b(?:makes? it (?:easy|hard|fun)|can be easily|may seem|(?:visually|aesthetically) (?:appealing|pleasing)"
    r"|(?:good|great|excellent|bad|poor) (?:option|choice|idea))\b",
    re.IGNORECASE,
)
# What is expected can be true or false only later. What somebody "will" do is an announcement, which a release attests;
# so are expectations with a figure, about somebody named, or about safety.
FORECAST = "says what is expected, which can be checked only later"
_FORECAST = re.compile(
    r"\b(?:is|are) (?:\w+ly |still |also )?(?:expected|forecast|predicted|likely)\b"
    r"|\b(?:may|might|could) \w+ (?:\w+ )?(?:tonight|tomorrow|later)\b",
    re.I,
)
# A scene that is only to be shown has no day.
_DAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\btomorrow\b|\byesterday\b", re.I)
_INVITATION = re.compile(
    r"\b(?:is|are) (?:\w+ly |all )?(?:invited|welcome|encouraged|asked|urged|advised|requested|reminded)\b|^(?:let us|let's)\b",
    re.I,
)
_CRITICAL = re.compile(
    r"\b(?:dead|deaths?|died|killed|injured|casualt|wounded|missing persons?|evacuat|outbreak|epidemic|pandemic|virus|vaccin|"
    r"earthquake|tsunami|cyclone|flood(?:ed|s)?|radiation|election|votes?|ballot|attack|explosion)|"
    r"मृत|मौत|घायल|भूकंप|चक्रवात|बाढ़|चुनाव|मतदान|टीका|महामारी",
    re.IGNORECASE,
)
# "Capital of India: Mumbai": a headline or table cell that asserts without a verb.
_LABELLED = re.compile(r"\w\s*[:=]\s+[\w₹$€£]|[–—]\s*[\d₹$€£]")
_NAMED = re.compile(r"(?<=[^\s.!?:\"“])\s+(?:[A-Z][a-z]+|[A-Z]{2,})")


@dataclass(frozen=True)
class Worth:
    """Whether a sentence is worth checking, and why."""

    check_worthy: bool
    reason: str


def judge(
    text: str,
    language: str,
    mentions: tuple[Mention, ...],
    quantities: tuple[Quantity, ...],
    dates: tuple[DateSpan, ...],
) -> Worth:
    """Judge one sentence or clause of English or Hindi."""
    tokens = words(text)
    if len(tokens) < 2:
        return Worth(False, "too short to assert anything")
    if text.rstrip().rstrip("\"'”’)").endswith("?"):
        return Worth(False, "asks a question")
    measured = any(quantity.unit is not None for quantity in quantities)
    named = bool(mentions) or _NAMED.search(text) is not None
    if language == "hi":
        return _hindi(text, tokens, named, measured or bool(quantities), bool(dates))
    if english_grammar.is_instruction(tokens):
        return Worth(False, "gives an instruction")
    verb = english_grammar.finite_verb(tokens)
    if verb is None:
        if bool(mentions) and (measured or _LABELLED.search(text)):
            return Worth(True, "states a figure or name about something named")
        return Worth(False, "describes or names something, without asserting it")
    return _english(text, tokens, verb, named, measured or bool(quantities), bool(dates))


def _english(
    text: str, tokens: list[Word], verb: english_grammar.Verb, named: bool, counted: bool, dated: bool
) -> Worth:
    if text.rstrip().endswith(":"):
        return Worth(False, "announces a list")
    if _INVITATION.search(text) and not counted and not is_critical(text):
        return Worth(False, "invites or asks somebody to do something")
    if _FORECAST.search(text) and not counted and not is_critical(text) and not _NAMED.search(_before(text, verb)):
        return Worth(False, FORECAST)
    if _OPINION.search(text):
        return Worth(False, "gives an opinion or advice")
    if _VALUE.search(text) and not counted and not dated and not is_critical(text):
        return Worth(False, "judges the value of something")
    if (
        english_grammar.describes_scene(tokens, verb)
        and not dated
        and not _DAY.search(text)
        and not (counted and named)
    ):
        return Worth(False, "describes a scene to be shown")
    if counted:
        return Worth(True, "asserts a number")
    if dated:
        return Worth(True, "asserts something about a date")
    if named:
        return Worth(True, "asserts something about something named")
    return Worth(True, "makes a general assertion")


def _hindi(text: str, tokens: list[Word], named: bool, counted: bool, dated: bool) -> Worth:
    if hindi_grammar.is_instruction(tokens):
        return Worth(False, "gives an instruction")
    if not hindi_grammar.has_finite_verb(tokens):
        if named and (counted or _LABELLED.search(text)):
            return Worth(True, "states a figure or name about something named")
        return Worth(False, "describes or names something, without asserting it")
    if hindi_grammar.is_progressive(tokens) and not (counted and named) and not dated:
        return Worth(False, "describes a scene to be shown")
    if counted or dated:
        return Worth(True, "asserts a number" if counted else "asserts something about a date")
    return Worth(True, "asserts something about something named" if named else "makes a general assertion")


def _before(text: str, verb: english_grammar.Verb) -> str:
    """The words in front of the verb."""
    return text[: words(text)[verb.index].start]


def is_critical(text: str) -> bool:
    """Whether a mistake could endanger people or an election: such claims need more than one source."""
    return _CRITICAL.search(text) is not None
