"""From a text to its claims: sentences, atoms, what can be compared in them, and whether they are worth checking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from videogen.domain.viewer_text import PARAGRAPH
from videogen.fact_check.reading import english_grammar
from videogen.fact_check.reading.asides import name_and_role
from videogen.fact_check.reading.atoms import split_atoms, with_antecedent, without_lead_in
from videogen.fact_check.reading.claim import Claim, Quantity
from videogen.fact_check.reading.dates import find_dates
from videogen.fact_check.reading.hidden_claims import hidden_claims, question_and_answer
from videogen.fact_check.reading.languages import SUPPORTED, detect
from videogen.fact_check.reading.names import NameIndex
from videogen.fact_check.reading.places import misplaced
from videogen.fact_check.reading.propositions import with_defined_subject
from videogen.fact_check.reading.quantities import find_quantities
from videogen.fact_check.reading.worth import Worth, is_critical, judge
from videogen.text.normalise import words
from videogen.text.sentences import Sentence, split_sentences

UNREAD = "is in a language that is not read"
IN_PASSING = Worth(True, "is asserted in passing, in a name, an aside or a question")
_NEGATION = re.compile(
    r"(?<!\.)\b(?:not|never|cannot|no(?! longer))\b|n['’]t\b|(?<![\u0900-\u0963\u0966-\u097f])(?:नहीं|नही)(?![\u0900-\u0963\u0966-\u097f])",
    re.I,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def extract(text: str, names: NameIndex, today: date | None = None) -> list[Claim]:
    """Every sentence of `text` as one or more claims, in order; those not worth checking say why.

    What a sentence asserts in passing ("Welcome to Berlin, capital of France") follows it as claims of its own.
    Control and direction characters count as spaces, so they can neither hide nor join words; offsets keep.
    """
    clean = _CONTROL.sub(" ", text)
    overall = detect(clean)
    claims: list[Claim] = []
    subject: str | None = None
    before: Sentence | None = None
    defining = ""
    for sentence in split_sentences(clean):
        language = _language(sentence, overall)
        asked, before = before, sentence
        if language not in SUPPORTED:
            claims.append(_unread(sentence, language))
            continue
        for atom in split_atoms(sentence.text, language):
            place = _Place(sentence.text[atom.start : atom.end], sentence.start + atom.start)
            resolved = _resolved(atom.text, subject, defining) if language == "en" else atom.text
            claim = _claim(resolved, place, language, names, today)
            claims.append(claim)
            subject = _subject(claim.text, language, names) or subject
            if not claim.check_worthy:
                claims += [
                    _claim(said, place, language, names, today, IN_PASSING)
                    for said in hidden_claims(place.text, language, names)
                ]
        whole = _Place(sentence.text, sentence.start)
        mentions = names.find(sentence.text) if language == "en" else ()
        wrong = misplaced(sentence.text, mentions, names.places) if len(mentions) > 1 else ()
        claims += [_claim(one, whole, language, names, today, IN_PASSING) for one in wrong]
        defining = with_defined_subject(sentence.text, defining)
        if asked and language == "en" and (said := _said_by_both(clean, asked, sentence)):
            both = _Place(clean[asked.start : sentence.end], asked.start)
            claims.append(_claim(said, both, language, names, today, IN_PASSING))
    return claims


def _said_by_both(text: str, before: Sentence, after: Sentence) -> str | None:
    """What two sentences in a row assert together: a question with its answer, a name with its role.

    Names and roles of one paragraph only: in a text for viewers, paragraphs may be readings of the same words.
    """
    said = question_and_answer(before.text, after.text)
    return said or (None if PARAGRAPH in text[before.end : after.start] else name_and_role(before.text, after.text))


def _resolved(text: str, subject: str | None, defining: str) -> str:
    """The clause with its pronoun replaced: by the known name before it, or by what the sentence before defines."""
    plain = without_lead_in(text)
    found = with_antecedent(plain, subject)
    return found if found != plain else with_defined_subject(plain, defining)


@dataclass(frozen=True)
class _Place:
    """What stands at `start` of the checked text."""

    text: str
    start: int


def _language(sentence: Sentence, overall: str) -> str:
    language = detect(sentence.text)
    few = len(words(sentence.text)) < 4
    if language == "und" or (few and overall not in (*SUPPORTED, "und") and language in SUPPORTED):
        return overall if overall != "und" else "en"
    return language


def _unread(sentence: Sentence, language: str) -> Claim:
    return Claim(
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        source_text=sentence.text,
        language=language,
        check_worthy=False,
        reason=f"{UNREAD} ({language})",
    )


def _claim(
    text: str, place: _Place, language: str, names: NameIndex, today: date | None, worth: Worth | None = None
) -> Claim:
    """`text` as a claim. worth: what is known of its worth; by default it is judged."""
    dates = find_dates(text, today)
    quantities = find_quantities(text, dates)
    mentions = names.find(text)
    worth = worth or judge(text, language, mentions, quantities, dates)
    return Claim(
        text=text,
        start=place.start,
        end=place.start + len(place.text),
        source_text=place.text,
        language=language,
        check_worthy=worth.check_worthy,
        reason=worth.reason,
        negations=_negations(text, quantities),
        critical=worth.check_worthy and is_critical(text),
        quantities=quantities,
        dates=dates,
        mentions=mentions,
    )


def _negations(text: str, quantities: Sequence[Quantity]) -> int:
    """How many words deny something; "not more than 5" is an amount, and denies nothing."""
    places = [match.start() for match in _NEGATION.finditer(text)]
    return sum(not any(amount.start <= place < amount.end for amount in quantities) for place in places)


def _subject(text: str, language: str, names: NameIndex) -> str | None:
    """The one name before the verb, for the pronoun of the next sentence."""
    if language != "en":
        return None
    parts = english_grammar.english_subject(text)
    mentions = names.find(parts[0]) if parts else ()
    return mentions[0].text if len(mentions) == 1 else None
