"""Splits an English sentence into shorter self-contained assertions.

Only cuts that are certain are made. Where a word could mean that somebody only says, wants or doubts it, the sentence
stays whole.
"""

from __future__ import annotations

import re
from functools import lru_cache

from videogen.fact_check.reading.atoms import Atom, split_atoms, without_lead_in
from videogen.text.normalise import normal
from videogen.text.sentences import split_sentences
from videogen.text.word_lists import normal_set, word_list

_BRACKETS = re.compile(r"\s*\([^()]*\)")
_LIFE = re.compile(
    r"^(?P<name>(?:[A-Z][\w.'’-]*\s+){1,5})\((?P<event>born|died)\s+(?:on\s+)?(?P<day>[^();,]+?)(?:,?\s+in\s+(?P<place>[^();]+))?\)"
)
_LEADING = re.compile(
    r"^(?P<lead>(?:In|On|Since)\s+(?:[\w.]+\s+){0,3}[\w.]*\d{4}),\s+(?P<rest>.+?)(?P<stop>[.!]?)$", re.S
)
_APPOSITION = re.compile(
    r"^(?P<name>(?:[A-Z][\w'’-]*\s){0,6}[A-Z][\w'’-]*),\s+(?P<what>(?:an?|the)\s[^,]{2,80}),\s+(?P<rest>[a-z].+)$", re.S
)
_COPULA = re.compile(
    r"^(?P<subject>[^,;:]+?)\s+(?P<be>is|are|was|were)\s+(?P<article>an?|the)\s+(?P<what>.+?)(?P<stop>[.!]?)$", re.S
)
_RELATIVE = re.compile(r"^(?P<what>.+?),?\s+(?:who|which|that)\s+(?P<clause>.+)$", re.S)
_PARTICIPLE = r"(?:\w+ed|built|born|made|run|held|set|led|owned|known|written|won|drawn|founded)"
_JOINED_BY = r"(?:by|in|on|at|since|from|for|near)"
_REDUCED = re.compile(rf"^(?P<what>[^,]+?)\s+(?P<phrase>{_PARTICIPLE}\s+{_JOINED_BY}\s.+)$", re.S)
_NEXT_PHRASE = re.compile(rf",?\s+and\s+(?={_PARTICIPLE}\s+{_JOINED_BY}\s)")
_PREPOSITION = re.compile(r"\s(?:of|in|on|at|by|for|from|with|to|near|about|against|under|over|between)\s", re.I)
_PRONOUN = re.compile(r"^(?P<word>It|He|She|They)\s+(?=[a-z])")
_ATTITUDE = re.compile(rf"\b(?:{'|'.join(word_list('attitudes'))})\b", re.I)
_CONDITION = re.compile(rf"\b(?:{'|'.join(word_list('conditions'))})\b", re.I)
_RANKED = re.compile(
    r"^(?:first|second|third|fourth|\w{3,}(?:teen|ie|[^aeiou\W])th|only|\w{3,}est|(?:most|least) \w+)\s+(?=\w)"
)
_PERSON = re.compile(rf"(?:\b(?:{'|'.join(word_list('occupations'))})|\w{{2}}(?:er|or|ist|ian|ant))$", re.I)
_TAKES_BACK = normal_set("not_intersective")
# "In the novel, …", "During the drill, …": what stands in front may hold for all that follows. A date does not limit it.
_FRAMED = re.compile(rf"^(?:{'|'.join(word_list('prepositions'))})\s", re.I)
_LONGEST, _MOST_SENTENCES = 400, 60
# Things that are made once: what is "built by" somebody was built by them.
_ONCE = frozenset(word_list("done_once"))


@lru_cache(maxsize=5_000)
def propositions(passage: str) -> tuple[str, ...]:
    """Every assertion of a passage: each sentence as it stands, and the parts that are certain."""
    found: list[str] = []
    before = ""
    for sentence in split_sentences(passage)[:_MOST_SENTENCES]:
        text = sentence.text
        if text.endswith("?"):
            before = ""
            continue
        text = without_lead_in(text)
        resolved = with_defined_subject(text, before)
        found.extend(dict.fromkeys((text, *_parts(resolved))))
        before = resolved
    return tuple(dict.fromkeys(found))


def with_defined_subject(text: str, before: str) -> str:
    """Resolve "It carries …" after "The ferry is a …": only what was just defined is certainly meant."""
    match = _PRONOUN.match(text)
    defined = _COPULA.match(_BRACKETS.sub("", before))
    if match is None or defined is None or _uncertain(before) or " and " in defined["subject"]:
        return text
    plural = match["word"] == "They"
    if plural != (defined["be"] in ("are", "were")):
        return text
    return f"{defined['subject']} {text[match.end() :]}"


def _uncertain(text: str) -> bool:
    return _ATTITUDE.search(text) is not None or _CONDITION.search(text) is not None


def _parts(text: str) -> list[str]:
    if len(text) > _LONGEST:
        return []
    life = _LIFE.match(text)
    found = [_life(life)] if life else []
    plain = _BRACKETS.sub("", text)
    found.append(plain)
    if _uncertain(plain):
        return found
    found += _defined(plain)
    framed = _LEADING.match(plain) is None and _FRAMED.match(plain) is not None
    for atom in [Atom(plain, 0, len(plain))] if framed else split_atoms(plain, "en"):
        clause = _moved(atom.text)
        found.append(clause)
        apposition = _APPOSITION.match(clause)
        if apposition:
            clause = f"{apposition['name'].strip()} {apposition['rest']}"
            found += [clause, f"{apposition['name'].strip()} is {apposition['what']}."]
        found += _defined(clause)
    return found


def _life(match: re.Match[str]) -> str:
    place = f" in {match['place'].strip()}" if match["place"] else ""
    verb = "was born" if match["event"] == "born" else "died"
    return f"{match['name'].strip()} {verb} on {match['day'].strip()}{place}."


def _moved(text: str) -> str:
    """Move a leading date to the end: "In May 2024, the bridge opened." → "The bridge opened in May 2024."."""
    match = _LEADING.match(text)
    if match is None:
        return text
    lead = match["lead"][:1].lower() + match["lead"][1:]
    return f"{match['rest'][:1].upper()}{match['rest'][1:]} {lead}{match['stop']}"


def _defined(text: str) -> list[str]:
    """Split "X is an A, B and C built by D, who E": X is an A, a B, a C; X was built by D … if it certainly is X."""
    match = _COPULA.match(text)
    if match is None:
        return []
    subject, be, what = match["subject"], match["be"], match["what"]
    found: list[str] = []
    relative = _RELATIVE.match(what)
    if relative:
        what = relative["what"]
        if not _PREPOSITION.search(f" {what} "):
            found.append(f"{subject} {relative['clause']}.")
    reduced = _REDUCED.match(what)
    if reduced:
        what = reduced["what"]
        phrases = _NEXT_PHRASE.split(reduced["phrase"])
        if not _PREPOSITION.search(f" {what} ") and all(_single(phrase) for phrase in phrases):
            for phrase in phrases:
                found.append(f"{subject} {be} {phrase}.")
                if " since " in phrase and be in ("is", "are"):
                    found.append(f"{subject} {'has' if be == 'is' else 'have'} been {phrase}.")
                if phrase.split()[0] in _ONCE and be in ("is", "are"):
                    found.append(f"{subject} {'was' if be == 'is' else 'were'} {phrase}.")
    ranked = _RANKED.match(what) if match["article"] == "the" else None
    if ranked:
        found.append(f"{subject} {be} a {what[ranked.end() :]}.")
    parts = _occupations(what)
    if parts is not None:
        found += [f"{subject} {be} {match['article']} {part}." for part in parts]
    elif relative or reduced:
        found.append(f"{subject} {be} {match['article']} {what}.")
    return found


def _occupations(what: str) -> list[str] | None:
    """The parts of "poet, painter and judge", each certainly said by itself; None where this cannot be told.

    Only what people are: "a red and white flag" is not a white flag, nor "a bed and breakfast" a bed. A word that takes
    the first part back ("former nurse and teacher") may take back all that follow.
    """
    parts = [part.removeprefix("a ").removeprefix("an ") for part in re.split(r",\s+(?:and\s+)?|\s+and\s+", what)]
    if not all(part and len(part.split()) <= 4 and not _PREPOSITION.search(f" {part} ") for part in parts):
        return None
    if len(parts) > 1 and not all(_PERSON.search(part) for part in parts):
        return []
    for count, part in enumerate(parts, 1):
        if _TAKES_BACK & set(normal(part).replace("-", " ").split()):
            return parts[:count]
    return parts


def _single(phrase: str) -> bool:
    """Whether a phrase holds no second participle, which may belong to a noun of the first."""
    return len(re.findall(rf"\b{_PARTICIPLE}\b", phrase)) == 1 and " who " not in phrase and " which " not in phrase
