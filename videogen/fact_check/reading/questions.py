"""Finds what questions take for granted: "Why does X do Y?" asserts that X does Y."""

from __future__ import annotations

import re
from collections.abc import Iterator

from videogen.fact_check.reading import english_grammar
from videogen.text.normalise import words
from videogen.text.word_lists import word_set

_TAG = re.compile(
    r"(?P<said>.+?),?\s+(?:(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would)(?:n['’]t)?\s+"
    r"(?:it|he|she|they|there|that|this)|right|correct|no|yes|true|eh|okay|ok|innit|agreed)\s*\?+$",
    re.IGNORECASE | re.DOTALL,
)
_NEGATIVE = re.compile(
    r"^(?P<verb>is|are|was|were|does|do|did|has|have|had|can|could|will|would)n['’]t\s+(?P<rest>.+)$", re.I | re.DOTALL
)
_WH = re.compile(
    r"^(?:(?:so|and|but),?\s+|ever wondered\s+)*(?P<word>why|how come|since when|until when|how many|how much|how long|how often|how|when|"
    r"where|who|what|which)\b\s*(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_HELPER = re.compile(
    r"(?:^|(?<=\s))(?P<verb>do|does|did|is|are|was|were|has|have|had|will)\s+(?P<subject>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECT = re.compile(r"^(?:you|we|I|one|there|an?|your|our|my)\b", re.IGNORECASE)
_PLAIN_STARTS = word_set("question_starts")
_COPULAS = frozenset({"is", "are", "was", "were"})
# Of every process it can be asked how it is made.
_HARMFUL = word_set("harmful_verbs") - {"make", "makes", "made", "give", "gives", "gave"}
_ANSWER = re.compile(
    r"^(?:(?:it|that|this|he|she|they)(?:['’]s|['’]re|\s+is|\s+are|\s+was|\s+were)\s+)?(?P<answer>\S.*)$", re.IGNORECASE
)
_ASKED = re.compile(
    r"^(?:(?:what|who|which|where)(?:['’]s|\s+is|\s+are|\s+was|\s+were)\s+)?(?P<what>.+?)\s*\?+$", re.IGNORECASE
)
_MOST_WORDS_OF_AN_ANSWER = 6


def taken_for_granted(text: str) -> Iterator[str]:
    """What a question asserts; nothing where it only asks, such as "Is X Y?" or "How do I do it?"."""
    stripped = text.rstrip().rstrip("\"'”’)").rstrip()
    if not stripped.endswith("?"):
        return
    # "Question of the day: what do you read?"
    stripped = stripped.rpartition(": ")[2]
    tag = _TAG.match(stripped)
    if tag and _is_clause(tag["said"]):
        yield _sentence(tag["said"])
        return
    negative = _NEGATIVE.match(stripped)
    if negative and not _SUBJECT.match(negative["rest"]):
        yield _sentence(_in_order(negative["verb"], negative["rest"]))
        return
    wh = _WH.match(stripped)
    if wh is not None:
        yield from _behind_question_word(wh["word"].lower(), wh["rest"])
    elif words(stripped) and words(stripped)[0].norm not in _PLAIN_STARTS and _is_clause(stripped):
        yield _sentence(stripped)


def question_and_answer(asked: str, answer: str) -> str | None:
    """The sentence that a question and its short answer make: "Capital of France? Berlin!"; None where they do not."""
    question, given = _ASKED.match(asked.strip()), _ANSWER.match(answer.strip().rstrip(".!"))
    if question is None or given is None or len(words(answer)) > _MOST_WORDS_OF_AN_ANSWER:
        return None
    first = words(question["what"])[:1]
    if first and first[0].norm in _PLAIN_STARTS:
        yes = words(given["answer"])[:1]
        return (
            _sentence(question["what"].split(maxsplit=1)[1]) if yes and yes[0].norm in ("yes", "yeah", "sure") else None
        )
    if not given["answer"][:1].isupper() or _is_clause(given["answer"]) or words(question["what"])[0].norm == "how":
        return None
    return _sentence(f"{question['what']} is {given['answer']}")


def _behind_question_word(word: str, rest: str) -> Iterator[str]:
    """What stands behind "why", "who" or "how many" as a statement, if it is told as a fact."""
    asks_for_subject = word in ("who", "what", "which")
    helper = _HELPER.match(rest) if asks_for_subject else _HELPER.search(rest)
    if asks_for_subject and helper is None:
        subject = "Somebody" if word == "who" else "Something"
        found = english_grammar.finite_verb(words(f"{subject} {rest}"))
        if found is not None and found.index == 1 and not found.auxiliary:
            yield _sentence(f"{subject} {rest}")
        return
    if helper is None or _SUBJECT.match(helper["subject"]):
        if word in ("why", "how come") and not _SUBJECT.match(rest) and _is_clause(rest):
            yield _sentence(rest)
        return
    verb, subject = helper["verb"].lower(), helper["subject"]
    accuses = any(token.norm in _HARMFUL for token in words(subject))
    # "What is X?", "When was X built?" ask for a name, a place, a day.
    asks = verb in _COPULAS and word not in ("why", "how come", "since when")
    if accuses or (not asks and (word in ("why", "how come", "since when") or verb in ("did", "had"))):
        yield _sentence(_in_order(verb, subject))


def _in_order(verb: str, rest: str) -> str:
    """The words of a question in the order of a statement; "do" is left out."""
    if verb.lower() in ("do", "does", "did"):
        return rest
    tokens = words(rest)
    place = next((i for i in range(1, len(tokens)) if _goes_on(tokens[i - 1].text, tokens[i].text)), None)
    if place is None:
        return rest
    return f"{rest[: tokens[place].start]}{verb.lower()} {rest[tokens[place].start :]}"


def _goes_on(before: str, word: str) -> bool:
    """Whether the predicate begins with `word`: "Berlin | the capital", "the mayor | hiding", "it | known"."""
    if before.lower() in ("the", "a", "an", "this", "that", "of", "in"):
        return False
    return word.lower() in ("the", "a", "an", "not", "so", "still", "being", "in", "on", "at") or word.endswith(
        ("ing", "ed", "en")
    )


def _is_clause(text: str) -> bool:
    return english_grammar.finite_verb(words(text)) is not None


def _sentence(text: str) -> str:
    text = text.strip().rstrip("\"'”’)").rstrip("?!., ")
    return f"{text[:1].upper()}{text[1:]}."
