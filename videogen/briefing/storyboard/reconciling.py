"""What an edited storyboard says, held against the releases: each text is of the release, or a person's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.storyboard.charts import numbers_in
from videogen.briefing.storyboard.model import Passage, Storyboard
from videogen.errors import InputError, listed
from videogen.fact_check.reading.numbers import ascii_digits

P = TypeVar("P", bound=Passage)


@dataclass(frozen=True)
class OwnWords:
    """A text that is not in the release. where: shot and field."""

    shot: str
    where: str
    language: str
    text: str


def reconciled(storyboard: Storyboard, documents: Mapping[str, ReleaseDocument]) -> Storyboard:
    """The storyboard with the places of its texts as they are: those that moved are found, those that changed lose it.

    Raises:
        InputError: a number of a chart is not the one that its text shows.
    """
    shots = tuple(
        shot.model_copy(update={name: _renewed(getattr(shot, name), documents) for name in type(shot).model_fields})
        for shot in storyboard.shots
    )
    made = storyboard.model_copy(update={"shots": shots})
    check_charts(made)
    return made


def _renewed(value: Any, documents: Mapping[str, ReleaseDocument]) -> Any:
    """The value with every passage in it reconciled."""
    if isinstance(value, tuple):
        return tuple(_renewed(item, documents) for item in value)
    if isinstance(value, Passage):
        return _placed(value, documents)
    fields = getattr(type(value), "model_fields", None)
    if fields is None:
        return value
    return value.model_copy(update={name: _renewed(getattr(value, name), documents) for name in fields})


def _placed(passage: P, documents: Mapping[str, ReleaseDocument]) -> P:
    source = {}
    for language, text in passage.text.items():
        document = documents.get(language)
        if document is None:
            continue
        given = passage.source.get(language)
        if given is not None and document.text[given[0] : given[1]] == text:
            source[language] = given
        elif (start := document.text.find(text)) >= 0:
            source[language] = (start, start + len(text))
    return passage.model_copy(update={"source": source})


def own_words(storyboard: Storyboard) -> list[OwnWords]:
    """Every text that is not in the release of its language, in order."""
    found: list[OwnWords] = []
    for shot in storyboard.shots:
        for where, passage in passages(shot):
            for language, text in passage.text.items():
                if language not in passage.source:
                    found.append(OwnWords(shot.id, where, language, text))
        for where, texts in _bare(shot):
            found += [OwnWords(shot.id, where, language, text) for language, text in texts.items()]
    return found


def passages(value: Any, where: str = "") -> list[tuple[str, Passage]]:
    """Every passage within a part of a storyboard, and where it stands."""
    if isinstance(value, Passage):
        return [(where, value)]
    if isinstance(value, tuple):
        return [pair for number, item in enumerate(value, 1) for pair in passages(item, f"{where} {number}".strip())]
    found = []
    for name in getattr(type(value), "model_fields", ()):
        found += passages(getattr(value, name), f"{where} {name.replace('_', ' ')}".strip())
    return found


def _bare(shot: Any) -> list[tuple[str, dict[str, str]]]:
    """Texts of a shot that never come from the release: names in lower thirds, descriptions of pictures."""
    found = []
    if shot.lower_third is not None:
        found += [("lower third name", shot.lower_third.name), ("lower third role", shot.lower_third.role)]
    if shot.picture is not None:
        found.append(("picture alt", shot.picture.alt))
    return found


def check_charts(storyboard: Storyboard) -> None:
    """Raise InputError where the value that a chart draws is not the number that it shows."""
    wrong = []
    for shot in storyboard.shots:
        for row in shot.chart.rows if shot.chart is not None else ():
            for language, text in row.shown.text.items():
                if not any(_same(row.value, number) for number in _written(text)):
                    wrong.append(f"shot {shot.id}: the chart draws {row.value:g} where it shows {text!r} ({language})")
    if wrong:
        raise InputError(listed(wrong), remedy="give the number that the text says")


def _written(text: str) -> list[float]:
    """The numbers of a text, as values and as the digits alone say."""
    digits = re.findall(r"\d[\d,]*(?:\.\d+)?", ascii_digits(text))
    return [*numbers_in(text), *(float(x.rstrip(",").replace(",", "")) for x in digits)]


def _same(value: float, other: float) -> bool:
    return abs(value - other) <= 1e-9 * max(1.0, abs(value), abs(other))
