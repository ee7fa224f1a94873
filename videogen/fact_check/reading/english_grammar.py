"""Just enough English grammar to tell assertions from descriptions, questions and instructions.

Word lists, not a parser: the finite verb, the subject before it, and the kind of the verb.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from videogen.text.normalise import Word, words
from videogen.text.word_lists import word_set

_AUXILIARIES = word_set("auxiliaries")
_COPULAS = word_set("copulas")
_ASSERTIVE = word_set("assertive_verbs")
_SCENE = word_set("scene_verbs")
_IMPERATIVES = word_set("imperatives")
_INDEFINITE = word_set("indefinite")
_STAGE = word_set("stage")
_VISUAL = word_set("visual")
_NOT_SUBJECT = word_set("not_subject")
_NEVER_BEFORE_VERB = word_set("never_before_verb")
_LOOKS = word_set("participles_of_looks")
_JOINED_BY = word_set("prepositions")
# Words from the start within which the finite verb is looked for.
_FARTHEST = 50
# Prepositions that join a noun to the one before it: the subject is that one.
_OF = frozenset({"of", "in", "from", "at", "between"})


@dataclass(frozen=True)
class Verb:
    """The first finite verb: its place among the words, and what it does."""

    index: int
    word: str
    assertive: bool
    scene: bool
    auxiliary: bool


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    """Words that can be nothing but verbs, by form: b(ase), s (third person), p(ast)."""
    text = files("videogen.fact_check").joinpath("data/english_verbs.txt").read_text(encoding="utf-8")
    lines = [line.partition(":") for line in text.splitlines() if not line.startswith("#")]
    return {form: frozenset(listed.split()) for form, _, listed in lines}


def finite_verb(tokens: list[Word]) -> Verb | None:
    """The first finite verb of an English clause, or None where it has none ("a wind farm at sunset")."""
    for index, token in enumerate(tokens[:_FARTHEST]):
        word, before = token.text.lower().replace("’", "'"), tokens[index - 1].text.lower()
        if index == 0 or before in _NOT_SUBJECT:
            continue
        if word in _AUXILIARIES:
            return Verb(index, word, True, False, True)
        if not token.text.islower() or before in _NEVER_BEFORE_VERB or _is_adjectival(tokens, index):
            continue
        form = _form(word, tokens[:index])
        if form is None:
            continue
        scene = word in _SCENE
        if scene and (form == "ambiguous" or _starts_indefinite(tokens) or word not in _ASSERTIVE):
            return Verb(index, word, False, True, False)
        of_a_place = tokens[0].text.lower() == "people" and any(token.text[:1].isupper() for token in tokens[1:index])
        assertive = word in _ASSERTIVE or of_a_place or not _starts_indefinite(tokens)
        return Verb(index, word, assertive, False, False)
    return None


def _form(word: str, subject: list[Word]) -> str | None:
    """Return "certain" or "ambiguous" if a word can be the finite verb of `subject`, by agreement in number."""
    near, name = subject[-1].text.lower(), subject[-1].text[:1].isupper()
    # "the languages of Nepal include": the noun before the preposition rules the verb; a name in -s may be either.
    of = next((i for i, token in enumerate(subject) if token.text.lower() in _OF and i), None)
    joined = any(token.text.lower() == "and" for token in subject)
    plural = joined or _is_plural(near) or (of is not None and _is_plural(subject[of - 1].text.lower()))
    singular = not _is_plural(near) or name or of is not None
    lexicon = _lexicon()
    listed = word in _ASSERTIVE or word in _SCENE
    if word in lexicon["p"]:
        return "certain"
    if word in lexicon["s"]:
        return "certain" if singular else None
    if word in lexicon["b"]:
        return "certain" if plural else None
    if not listed:
        return None
    if word.endswith("s") and not word.endswith("ss"):
        return "ambiguous" if singular else None
    past = word.endswith(("ed", "t", "w", "d", "n", "e", "g", "k", "l")) and word in _ASSERTIVE
    return "ambiguous" if plural or past else None


def _is_adjectival(tokens: list[Word], index: int) -> bool:
    """Whether a participle only says what a thing of a picture looks like: "boats moored in", "a town covered in"."""
    after = tokens[index + 1].text.lower() if index + 1 < len(tokens) else ""
    described = tokens[0].text.islower() and not any(token.text[:1].isupper() for token in tokens[1:index])
    word = tokens[index].text
    return described and ((word in _LOOKS and after in _JOINED_BY) or (word, after) == ("built", "of"))


def _is_plural(word: str) -> bool:
    if word in ("people", "children", "men", "women", "they", "we", "i", "you", "police"):
        return True
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "ics"))


def _starts_indefinite(tokens: list[Word]) -> bool:
    first = tokens[0].text.lower()
    if first in _INDEFINITE or first.isdigit():
        return True
    return any(token.text.lower() in _STAGE for token in tokens[:3]) and not any(
        t.text[:1].isupper() for t in tokens[1:3]
    )


def describes_scene(tokens: list[Word], verb: Verb) -> bool:
    """Whether an English clause tells what is to be seen rather than what is so: "a train crosses a bridge"."""
    rest = [token.text.lower() for token in tokens[verb.index + 1 :]]
    indefinite = _starts_indefinite(tokens) or (tokens[0].text.lower().endswith("s") and verb.scene)
    if verb.word in _COPULAS:
        following = rest[0] if rest else ""
        progressive = re.fullmatch(r"[a-z]{2,}ing", following) is not None
        there = tokens[0].text.lower() == "there"
        return (
            (indefinite and (progressive or following in ("on", "in", "at", "near", *_VISUAL)))
            or following in _VISUAL
            or (progressive and _starts_indefinite(tokens))
            or (there and following in _INDEFINITE)
        )
    if verb.scene:
        return indefinite or not any(token.text[:1].isupper() for token in tokens[: verb.index])
    return not verb.assertive and _starts_indefinite(tokens)


def is_instruction(tokens: list[Word]) -> bool:
    """Whether an English sentence tells somebody to do something."""
    first = tokens[0].text.lower().replace("’", "'")
    if first not in _IMPERATIVES:
        return False
    # "Open fields are …", "Show jumping is …": a noun in front of its verb, not an order.
    return not any(token.text.lower() in ("is", "are", "was", "were", "has", "have") for token in tokens[1:3])


def english_subject(text: str) -> tuple[str, str] | None:
    """(subject, rest beginning with the finite verb) of an English clause; None where it has no finite verb."""
    tokens = words(text)
    verb = finite_verb(tokens) if tokens else None
    if verb is None:
        return None
    start = tokens[verb.index].start
    return text[:start].strip(), text[start:]
