"""Finds what a text tells its viewer without a plain statement: in names, asides, questions and wrapped clauses.

"Welcome to Berlin, capital of France" names something, and "Why does the vaccine cause autism?" asks something; both
assert something as well. What is found here is checked like any other claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from videogen.fact_check.reading import english_grammar, hindi_grammar
from videogen.fact_check.reading.asides import said_in_passing
from videogen.fact_check.reading.names import NameIndex
from videogen.fact_check.reading.questions import question_and_answer, taken_for_granted
from videogen.text.normalise import words
from videogen.text.word_lists import word_list, word_set

__all__ = ["hidden_claims", "question_and_answer"]

# "I think", "perhaps": the words behind them are said all the same.
_HEDGE = re.compile(
    r"^(?:(?:well|and|but|so),?\s+)?(?:(?:I|we|many|some|most|people|experts|they)\s+(?:\w+ly\s+|also\s+|still\s+)?"
    r"(?:think|believe|feel|guess|suspect|fear|know|say|claim|found|heard)\s+(?:that\s+)?"
    r"|in\s+(?:my|our)\s+(?:opinion|view|eyes),?\s+|(?:perhaps|maybe|possibly|arguably|apparently|allegedly|reportedly|"
    r"hopefully|obviously|clearly|of course|presumably|supposedly|sadly|luckily|frankly|honestly),?\s+)(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "Find out why …", "Stop it because …": the clause behind the word is taken for a fact.
_JOINED_BY = re.compile(r"\b(?P<word>why|because|since|although|though|that|how)\s+(?=\S)", re.IGNORECASE)
_MOST_CLAUSES = 8
_SMALL = word_set("prepositions", "never_before_verb", "copulas")
# "They tell you …": what is told stands behind it, also without "that".
_TOLD = re.compile(
    r"\b(?:tells?|told)\s+(?:you|us|people|them|me)\s+(?!(?:that|why|how|about|to|what|where|when|who)\b)(?P<rest>\S.*)$",
    re.I | re.DOTALL,
)
_ASSERTS_BEHIND = re.compile(
    rf"\b(?:{'|'.join(word_list('before_a_fact'))})\s+(?:out\s+|you\s+|us\s+|all\s+)*that\s+$", re.I
)
# What is said of the reader, or of something unnamed, asserts nothing about the world.
_NOBODY = re.compile(
    r"^(?:you|we|I|one|it['’]s (?:important|time|good|fun)|there['’]s|to|a|an|some|your|our|my)\b", re.IGNORECASE
)
_HARMFUL = re.compile(rf"\b(?:{'|'.join(word_list('harmful_verbs'))})\b", re.IGNORECASE)
# "How bread is made" shows a process.
_PASSIVE = re.compile(r"\b(?:is|are|can be) (?:\w+ly )?\w+(?:ed|en|de|wn)\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?P<head>(?:the|this|that|these|those|our|their|[A-Z][\w'’-]*)(?:\s+[\w'’-]+){0,4}?)\s*,?\s+(?:that|which|who)\s+"
    r"(?P<rest>[a-z].*)$",
    re.DOTALL,
)


# "बर्लिन, फ्रांस की राजधानी": what stands behind the sign is what the name is.
_HINDI_ASIDE = re.compile(
    r"^(?P<name>[^,:;–—(]{2,60}?)\s*(?:,|:|–|—|\s-\s|\()\s*(?P<role>\S.*?\s(?:का|की|के)\s[^,:;–—)]+)\)?$"
)
_HINDI_KNOWN = re.compile(
    r"^(?:क्या\s+)?(?:आप|आपको|तुम|तुम्हें)\s+(?:जानते|पता|मालूम|जानती)\s+(?:हैं|है|हो)\s*,?\s*कि\s+(?P<rest>\S.*)$", re.DOTALL
)
_HINDI_WHY = re.compile(r"(?<!\S)(?:आखिर\s+)?(?:क्यों|कब से)(?!\S)")
_HINDI_ASKS = re.compile(r"(?<!\S)(?:क्या|कौन|किस|किसने|किसे|कब|कहाँ|कहां|कैसे|कितन[ाेी]|कौनसा)(?!\S)")


def hidden_claims(text: str, language: str, names: NameIndex) -> list[str]:
    """What a sentence of English or Hindi asserts without a plain statement, each as a sentence of its own."""
    if language == "hi":
        return list(_in_hindi(text))
    found = [*_unwrapped(text), *taken_for_granted(text), *said_in_passing(text, names)]
    if text.isupper() or text.islower():
        found += _in_one_case(text, names)
    return list(dict.fromkeys(found))


def _in_one_case(text: str, names: NameIndex) -> Iterator[str]:
    """What a text in capitals or in small letters would assert as a title; only of known names."""
    title = " ".join(word.lower() if word.lower() in _SMALL else word.capitalize() for word in text.split())
    return (claim for claim in said_in_passing(title, names) if len(names.find(claim)) > 1)


def _unwrapped(text: str) -> Iterator[str]:
    hedged = _HEDGE.match(text)
    if hedged and _asserts(hedged["rest"]):
        yield _sentence(hedged["rest"])
    for join in islice(_JOINED_BY.finditer(text), _MOST_CLAUSES):
        clause = text[join.end() :]
        if _is_taken_for_fact(join["word"].lower(), clause, text[: join.end()]) and _asserts(clause):
            yield _sentence(clause)
    told = _TOLD.search(text)
    if told and _asserts(told["rest"]):
        yield _sentence(told["rest"])
    relative = _RELATIVE.search(text)
    if relative and _HARMFUL.match(relative["rest"]):
        yield _sentence(f"{relative['head']} {relative['rest']}")


def _is_taken_for_fact(word: str, clause: str, before: str) -> bool:
    """Whether a clause behind `word` is told as a fact: "know that", "find out why", "how the mayor stole"."""
    if word == "that":
        return _ASSERTS_BEHIND.search(before) is not None
    if word == "how":
        asked = clause.rstrip("\"'”’) ").endswith("?") and len(before) <= len(word) + 1
        return not asked and _HARMFUL.search(clause) is not None and _PASSIVE.search(clause) is None
    return len(before) > len(word) + 1 or word in ("because", "since")


def _asserts(clause: str) -> bool:
    return _NOBODY.match(clause) is None and english_grammar.finite_verb(words(clause)) is not None


def _sentence(clause: str) -> str:
    clause = clause.strip().rstrip("?!.,;: ")
    return f"{clause[:1].upper()}{clause[1:]}."


def _in_hindi(text: str) -> Iterator[str]:
    bare = text.strip().rstrip("?।!. ")
    known = _HINDI_KNOWN.match(bare)
    if known and hindi_grammar.has_finite_verb(words(known["rest"])):
        yield f"{known['rest']}।"
        return
    if text.rstrip().endswith("?"):
        plain = " ".join(_HINDI_WHY.sub(" ", bare).split())
        if hindi_grammar.has_finite_verb(words(plain)) and not _HINDI_ASKS.search(plain):
            yield f"{plain}।"
        return
    aside = _HINDI_ASIDE.match(bare)
    if aside and not hindi_grammar.has_finite_verb(words(bare)):
        yield f"{aside['name']} {aside['role']} है।"
