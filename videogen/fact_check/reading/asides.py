"""Finds what names and titles assert without a verb: "Berlin, capital of France", "Turmeric: the cure for cancer"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from videogen.fact_check.reading.names import NameIndex
from videogen.fact_check.reading.worth import is_critical
from videogen.text.word_lists import word_list, word_set


def _any_of(name: str) -> str:
    return "(?i:" + "|".join(map(re.escape, word_list(name))) + r")\b"


_UPPER = "[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĻŁŃŅŇŐŒŘŚŞŠŢŤŪŮŰŲŹŻŽ]"
_WORD = rf"{_UPPER}[\w.’'-]{{0,40}}"
_NAME = rf"{_WORD}(?:\s+(?:(?:de|da|do|del|of|the|al|bin|van|von|la|el)\s+)?{_WORD}){{0,5}}"
_ARTICLES = r"(?:(?:the|an?|now|once|still|officially|really|our|their|your)\s+)*"
# Each from the beginning of its word: from any letter of an endless one it would take the square of its length.
_ADJECTIVES = r"(?:(?<![\w-])[\w-]++\s+){0,3}?"
_ROLE_WORD = _any_of("roles")
# A role that only one or few things have, and whose: "the capital of France", "the cause of autism".
_ROLE = rf"{_ARTICLES}{_ADJECTIVES}{_ROLE_WORD}(?:\s+\w+)?\s+(?:of|for|in|to|behind|against|with|from)\s+\w[^,;:()–—]*"
_OWNED = rf"{_NAME}['’]s?\s+{_ADJECTIVES}{_ROLE_WORD}(?:\s+(?:city|town|and\s[\w\s]+?))?"
_ADJECTIVE_OF_NATION = rf"{_UPPER}\w{{1,40}}(?:ish|ese|ian|an|nch|tch|ch|i|ek|ss)"
_SIGN = r"\s*(?:,|:|;|…|\.{2,}|–|—|-{1,2}(?=\s)|\(|→|->|=>|=|\||/)\s*"

_NAME_THEN_ROLE = re.compile(rf"(?P<name>{_NAME})(?:{_SIGN}|\s+as\s+)(?P<role>{_ROLE})")
# A title and the line below it, with no sign between them.
_NAME_ABOVE_ROLE = re.compile(rf"(?P<name>{_NAME})\s+(?=the\s|{_UPPER})(?P<role>{_ROLE})")
_NAME_THEN_OWNED = re.compile(rf"(?P<name>{_NAME}){_SIGN}(?P<role>{_OWNED})")
_ROLE_THEN_NAME = re.compile(
    rf"(?P<role>(?:(?:[Tt]he|[Aa]n?)\s+)?(?:{_OWNED}|{_ADJECTIVES}{_ROLE_WORD}\s+of\s+{_NAME}"
    rf"|{_ADJECTIVE_OF_NATION}\s+{_ROLE_WORD}(?:\s+(?:city|town))?))(?:{_SIGN}|\s+of\s+|\s+)(?P<name>{_NAME})"
)
_ITS_ROLE = re.compile(
    rf"(?P<whose>{_NAME})\s+(?:and|with)\s+(?:its|his|her|their)\s+(?P<role>{_ADJECTIVES}{_ROLE_WORD})"
    rf"(?:{_SIGN}|\s+)(?P<name>{_NAME})"
)
# A title names its subject and says behind the colon what it is: a role, or what happened to it.
_TITLE = re.compile(
    rf"^(?P<name>[\w’'-]+(?:\s+[\w’'-]+){{0,4}}?)(?::|\s[–—-]|,)\s+"
    rf"(?P<role>{_ARTICLES}{_ADJECTIVES}{_any_of('damning_roles')}.*)$",
    re.DOTALL,
)
_DONE_TO = re.compile(
    rf"^(?P<name>[\w’'-]+(?:\s+[\w’'-]+){{0,5}}?)(?::|\s[–—-]|,)?\s+(?P<role>{_any_of('done_to')}.*)$", re.DOTALL
)
# "The accused", "of stolen phones": no name ends there, so a noun is described.
_OPEN_END = frozenset(word_list("never_before_verb"))
_NO_NAME = word_set("imperatives", "prepositions", "indefinite", "auxiliaries", "question_starts", "greetings")
_INDEFINITE = re.compile(r"^(?:an?|some|several|two|three|four|five|many)\b", re.I)
# "Fact: …", "Proven: …".
_ANNOUNCED = re.compile(
    r"^(?:facts?|(?:the )?truth|proven|proved|confirmed|official|revealed|exposed|breaking|leaked|warning|note|reminder"
    r"|myth|news|true)\s*(?::|[–—-]\s|!)\s*(?P<rest>\S+\s+\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "The stolen election", "the truth about …": the word itself asserts something of what is named.
_LOADED = re.compile(
    rf"\b(?i:the|this|these|those|our|their)\s+(?:\w+\s+)?{_any_of('loaded_words')}\s+[a-zA-Z]"
    rf"|\b(?i:the|an?)\s+(?:\w+\s+)?{_any_of('asserting_nouns')}(?:\s+(?:about|that|of|behind|between|for)\s+\w|$)"
    rf"|:\s+(?:not|never|no longer|{_any_of('loaded_words')})\b"
    rf"|\b{_any_of('accused_as')}\s+(?:(?:{_any_of('titles')})\s+)?{_UPPER}"
)
# "No vaccine, no autism", "A = B", "blame X for Y", "RIP X".
_TELLING = re.compile(
    r"^(?:no|more|less|fewer)\s+[^,]+,\s+(?:no|more|less|fewer)\s+\w|^\w[\w ]*\s(?:=|==)\s\w"
    r"|\b(?:blame|thank)\s+(?:the|that|this|these|those|our|their|[A-Z])[\w ]*\sfor\s"
    r"|^(?:r\.?i\.?p\.?|rest in peace|in memory of|in loving memory of|farewell,?)\s+\S",
    re.IGNORECASE,
)
_LIFE = re.compile(r"\((?:\*\s?)?(?P<born>\d{4})\s?[–-]\s?(?P<died>\d{4})\)")
_ENDS = " .!…–—-"
# Shorter spans are seasons and terms.
_SHORTEST_LIFE = 15
# An arrow leads to a place as well; to an illness it accuses.
_LEADS_TO = re.compile(r"^\w[\w ]*\s*(?:→|->|=>|⇒|⟶)\s*\w")
# "Explosion at the plant", "Resignation of Minister X": an event with its place or person.
_EVENT = re.compile(
    rf"\b{_any_of('events')}\s+(?i:at|in|on|near|of|outside|inside|hits|for)\s+(?:(?:the\s+)?(?:\w+\s+){{0,3}}?{_UPPER}|\d)"
    rf"|^{_UPPER}\w*(?:\s+\w+){{0,2}}?{_any_of('events')}\s+(?:at|in|on|near|of|outside|inside)\s+the\s"
)
_VICTIMS = re.compile(
    r"^\W*(?:(?:over|about|at least|more than|nearly|some)\s+)?(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine"
    r"|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|dozens|scores|hundreds|thousands|millions|many|several)\s+"
    rf"(?:\w+\s+){{0,3}}?{_any_of('fates')}(?!\s+(?:trees?|leaves|batteries|cells?|links?|ends?))",
    re.IGNORECASE,
)


def said_in_passing(text: str, names: NameIndex) -> Iterator[str]:
    """What the names and asides of a sentence assert, as sentences; loaded titles are given as they are.

    Args:
        names: known names, for where only a name can tell that it is one.
    """
    bare = text.strip().rstrip("?!. ")
    for pattern in (_NAME_THEN_ROLE, _NAME_THEN_OWNED):
        for match in pattern.finditer(bare):
            yield from _is(match["name"], match["role"])
    for match in _NAME_ABOVE_ROLE.finditer(bare):
        if _without_lead(match["name"]) in names:
            yield from _is(match["name"], match["role"])
    for match in _ROLE_THEN_NAME.finditer(bare):
        yield from _is(match["role"], match["name"])
    for match in _ITS_ROLE.finditer(bare):
        yield from _is(f"{match['whose']}'s {match['role']}", match["name"])
    for pattern in (_TITLE, _DONE_TO):
        titled = pattern.match(bare)
        if titled and not _INDEFINITE.match(bare) and titled["name"].split()[-1].lower() not in _OPEN_END:
            yield from _is(titled["name"], titled["role"])
    life = _LIFE.search(bare)
    if life and int(life["died"]) - int(life["born"]) >= _SHORTEST_LIFE:
        yield f"{bare}."
    if _LEADS_TO.match(bare) and is_critical(bare):
        yield f"{bare}."
    announced = _ANNOUNCED.match(bare)
    if announced:
        yield f"{announced['rest']}."
    if _LOADED.search(bare) or _TELLING.search(bare) or _EVENT.search(bare) or _VICTIMS.match(bare):
        yield f"{bare}."


def name_and_role(before: str, after: str) -> str | None:
    """What two fragments in a row assert together: "Berlin." "Capital of France." and the other way round.

    Returns:
        One sentence; None where one of them is more than a name, or more than a role.
    """
    both = f"{before.strip(_ENDS)}: {after.strip(_ENDS)}"
    for pattern, first, second in (
        (_NAME_THEN_ROLE, "name", "role"),
        (_NAME_THEN_OWNED, "name", "role"),
        (_ROLE_THEN_NAME, "role", "name"),
    ):
        match = pattern.fullmatch(both)
        if match:
            return next(_is(match[first], match[second]), None)
    return None


def _without_lead(name: str) -> str:
    """Drop a first word that only a sentence's beginning capitalises: "Visit Berlin" → "Berlin"."""
    first, _, rest = name.strip().partition(" ")
    return rest if first.lower().replace("’", "'") in _NO_NAME else name.strip()


def _is(one: str, other: str) -> Iterator[str]:
    one, other = _without_lead(one), other.strip().rstrip(")")
    if not one:
        return
    last = one.split()[-1]
    plural = last.islower() and last.endswith("s") and not last.endswith(("ss", "us", "is", "'s", "’s"))
    yield f"{one[:1].upper()}{one[1:]} {'are' if plural else 'is'} {other}."
