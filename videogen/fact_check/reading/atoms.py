"""Sentences cut into atomic assertions, each with its own subject."""

from __future__ import annotations

import re
from dataclasses import dataclass

from videogen.fact_check.reading import english_grammar, hindi_grammar
from videogen.text.normalise import words

_JOINT = {
    "en": re.compile(r"\s*;\s+|,?\s+(?:and|but|while|whereas)\s+"),
    "hi": re.compile(r"\s*;\s+|\s*,\s+(?:और|तथा|लेकिन|जबकि)\s+|\s+(?:और|तथा|लेकिन|जबकि)\s+"),
}
_RELATIVE = re.compile(r"^(?P<head>[^,]+),\s+(?:which|who)\s+(?P<clause>[^,]+)(?:,\s*(?P<rest>.+))?$", re.DOTALL)
_PRONOUN = re.compile(r"^(?P<word>It|He|She|They|Its|His|Her|Their)\b(?!')\s*", re.UNICODE)
# "Please note that …", "However, …": what follows is what is asserted.
_LEAD_IN = re.compile(
    r"^(?:(?:please )?(?:note|remember)(?: that\b|:)|it(?:['’]s| is) [a-z]+ to (?:note|know|remember|mention|add|stress) that\b"
    r"|you should (?:know|note|remember) that\b|(?:no|yes|yeah|nope|well|right|sure|certainly|of course|indeed|in fact|however|moreover|furthermore|also),)\s+",
    re.IGNORECASE,
)
# Longer sentences are lists or run-ons, whose parts cannot be told with certainty.
_LONGEST = 800
_POSSESSIVE = frozenset({"its", "his", "her", "their"})


@dataclass(frozen=True)
class Atom:
    """`text` is self-contained; characters start…end (of the sentence) are what it was made from."""

    text: str
    start: int
    end: int


def split_atoms(sentence: str, language: str) -> list[Atom]:
    """The assertions of a sentence. Where a cut is not certain, the sentence stays whole."""
    atoms = [Atom(sentence, 0, len(sentence))]
    if len(sentence) > _LONGEST:
        return atoms
    if language == "en":
        atoms = [part for atom in atoms for part in _relative(atom)]
    return [part for atom in atoms for part in _clauses(atom, language)]


def _relative(atom: Atom) -> list[Atom]:
    """Split "X, which C, R" into "X C" and "X R"; "…, X, which C" is left whole, since its antecedent is uncertain."""
    match = _RELATIVE.match(atom.text)
    if not match or english_grammar.finite_verb(words(match["head"])) is not None or not match["rest"]:
        return [atom]
    head, clause, rest = match["head"].strip(), match["clause"].strip(), match["rest"].strip()
    if english_grammar.finite_verb(words(f"{head} {rest}")) is None:
        return [atom]
    end_of_clause = atom.start + match.end("clause")
    return [
        Atom(f"{head} {clause}.", atom.start, end_of_clause),
        Atom(f"{head} {rest}", atom.start + match.start("rest"), atom.end),
    ]


def _clauses(atom: Atom, language: str) -> list[Atom]:
    for match in _JOINT[language].finditer(atom.text):
        left, right = atom.text[: match.start()], atom.text[match.end() :]
        made = _hindi(left, right) if language == "hi" else _english(left, right, match.group())
        if made is not None:
            first = Atom(made[0], atom.start, atom.start + match.start())
            second = Atom(made[1], atom.start + match.end(), atom.end)
            return [first, *_clauses_of_text(second, language)]
    return [atom]


def _clauses_of_text(atom: Atom, language: str) -> list[Atom]:
    # A clause whose subject was filled in no longer lines up with the sentence: it is not cut again.
    return _clauses(atom, language) if len(atom.text) == atom.end - atom.start else [atom]


def _english(left: str, right: str, joint: str) -> tuple[str, str] | None:
    subject = english_grammar.english_subject(left)
    if subject is None or not subject[0]:
        return None
    tokens = words(right)
    if len(tokens) < 2 or _dangles(left):
        return None
    if _starts_with_verb(right):
        return f"{left}.", f"{subject[0]} {right}"
    verb = english_grammar.finite_verb(tokens)
    starts_like_subject = tokens[0].text[:1].isupper() or tokens[0].text.lower() in (
        "the",
        "its",
        "it",
        "he",
        "she",
        "they",
        "this",
    )
    within = verb is not None and verb.index <= (8 if ";" in joint or "," in joint else 5)
    if within and starts_like_subject:
        return f"{left}.", right[:1].upper() + right[1:]
    return None


def _starts_with_verb(right: str) -> bool:
    # `finite_verb` wants something in front, so a stand-in subject is put there.
    verb = english_grammar.finite_verb(words(f"Somebody {right}"))
    return verb is not None and verb.index == 1 and (verb.assertive or verb.auxiliary)


def _dangles(left: str) -> bool:
    """Return whether the joint belongs to a pair: "between 1990 and …", "both X and …"."""
    return re.search(r"\b(?:between|both|either|from)\b(?:\s+\S+){1,4}$", left, re.IGNORECASE) is not None


def _hindi(left: str, right: str) -> tuple[str, str] | None:
    if hindi_grammar.has_finite_verb(words(left)) and hindi_grammar.has_finite_verb(words(right)):
        return f"{left}।", right
    return None


def without_lead_in(text: str) -> str:
    """Remove a lead-in: "Please note that the capital is …" → "The capital is …"."""
    rest = _LEAD_IN.sub("", text, count=1)
    return rest if rest == text else rest[:1].upper() + rest[1:]


def with_antecedent(text: str, subject: str | None) -> str:
    """Replace a pronoun by the subject of the sentence before: "Its capital is …" → "India's capital is …"."""
    match = _PRONOUN.match(text)
    if match is None or subject is None:
        return text
    possessive = match["word"].lower() in _POSSESSIVE
    return f"{subject}{chr(39) + 's' if possessive else ''} {text[match.end() :]}"
