"""What the rules choose from the written releases: verbatim sentences, key figures, charts. No pictures, no sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from videogen.briefing.source.document import ReleaseDocument
from videogen.briefing.source.read import release_from
from videogen.briefing.storyboard.building import built
from videogen.briefing.storyboard.charts import numbers_in
from videogen.briefing.storyboard.figures import find_figures
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.planning import planned
from videogen.briefing.storyboard.reconciling import passages

RELEASES = Path(__file__).parents[1] / "data" / "releases"
TARGET = 60


@dataclass(frozen=True)
class Chosen:
    """What was made of one release, and what its readers marked in it."""

    name: str
    document: ReleaseDocument
    storyboard: Storyboard
    seconds: float
    key: tuple[str, ...]
    charts_allowed: int

    @property
    def spoken(self) -> str:
        """All that is said, and the title."""
        language = self.document.language
        return "\n".join(x.text[language] for shot in self.storyboard.shots for x in shot.narration)

    @property
    def missed(self) -> list[str]:
        """Key figures that are not told."""
        return [figure for figure in self.key if figure not in self.spoken]

    @property
    def charts(self) -> int:
        return sum(shot.chart is not None for shot in self.storyboard.shots)


def every() -> Iterator[Chosen]:
    """All releases of the set, in the order of their names."""
    index: dict[str, Any] = yaml.safe_load((RELEASES / "index.yaml").read_text(encoding="utf-8"))
    for name, marked in sorted(index.items()):
        yield chosen(name, marked)


def chosen(name: str, marked: dict[str, Any]) -> Chosen:
    """The storyboard of one release."""
    document = release_from(name, (RELEASES / name).read_bytes())
    plan = planned(document, TARGET)
    storyboard = built(document, plan, formats=("wide",), target=TARGET)
    seconds = 4.0 + plan.title.seconds + 0.7 + sum(unit.seconds for unit in plan.units)
    return Chosen(name, document, storyboard, seconds, tuple(marked["key"]), int(marked["charts"]))


def not_verbatim(one: Chosen) -> list[str]:
    """Texts of the storyboard that do not stand in the release where it says."""
    wrong = []
    for shot in one.storyboard.shots:
        for where, passage in passages(shot):
            for language, text in passage.text.items():
                start, end = passage.source.get(language, (0, 0))
                if one.document.text[start:end] != text:
                    wrong.append(f"{one.name} {shot.id} {where}: {text[:60]!r}")
    return wrong


def cut_figures(one: Chosen) -> list[str]:
    """Figures on cards that lack a comparator or unit which the sentence has there."""
    wrong, language = [], one.document.language
    for shot in one.storyboard.shots:
        whole = {figure.text for x in shot.narration for figure in find_figures(x.text[language])}
        for passage in shot.figures:
            if passage.text[language] not in whole:
                wrong.append(f"{one.name} {shot.id}: {passage.text[language]!r}")
    return wrong


def wrong_charts(one: Chosen) -> list[str]:
    """Charts that a reader would not allow, and bars whose value is not the number that they show."""
    wrong = (
        [f"{one.name}: {one.charts} charts, {one.charts_allowed} allowed"] if one.charts > one.charts_allowed else []
    )
    for shot in one.storyboard.shots:
        for row in shot.chart.rows if shot.chart else ():
            shown = row.shown.text[one.document.language]
            digits = [number for number in numbers_in(shown) if abs(number - row.value) <= 1e-6 * max(1.0, abs(number))]
            if not digits and str(f"{row.value:g}") not in shown.replace(",", ""):
                wrong.append(f"{one.name} {shot.id}: {row.value} shown as {shown!r}")
    return wrong


def dangling(one: Chosen) -> list[str]:
    """Sentences that point back although the sentence before them is not told."""
    from videogen.briefing.storyboard.candidates import sentences_of

    told = one.spoken.split("\n")
    wrong = []
    every_sentence = sentences_of(one.document)
    for number, text in enumerate(told):
        sentence = next((x for x in every_sentence if x.text == text), None)
        if sentence is not None and sentence.points_back:
            before = every_sentence[sentence.order - 1].text if sentence.order else ""
            if not number or told[number - 1] != before:
                wrong.append(f"{one.name}: {text[:60]!r}")
    return wrong
