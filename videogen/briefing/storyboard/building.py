"""The storyboard of a plan: each unit becomes the kind of shot that its content asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from videogen.briefing.source.document import Place, ReleaseDocument
from videogen.briefing.storyboard.candidates import Sentence
from videogen.briefing.storyboard.charts import ChartPlan
from videogen.briefing.storyboard.figures import Figure
from videogen.briefing.storyboard.model import (
    Chart,
    ChartRow,
    FormatName,
    Kind,
    MapPoint,
    Passage,
    Quote,
    Shot,
    Source,
    Storyboard,
    span_of,
)
from videogen.briefing.storyboard.model import Sentence as Spoken
from videogen.briefing.storyboard.places import places_named
from videogen.briefing.storyboard.planning import Plan
from videogen.briefing.storyboard.selection import Unit, weight
from videogen.fact_check.reading.numbers import ascii_digits

_MOST_FIGURES = 3
_STATEMENT_LETTERS = 240
_HEADING_LETTERS = 60
_DIGITS = re.compile(r"[\d०-९][\d०-९.,]*")


def built(
    document: ReleaseDocument,
    plan: Plan,
    *,
    formats: Sequence[FormatName],
    target: int,
    brand: str = "plain",
    loudness: str = "broadcast",
) -> Storyboard:
    """The storyboard of one release, its first language."""
    language = document.language
    shots = [_title(document, plan)]
    for unit in plan.units:
        shots.append(_shot(document, unit, shots))
    shots.append(Shot(id="end", kind="end"))
    return Storyboard(
        briefing=1,
        title={language: document.at(document.title)},
        issuer={language: document.at(document.issuer)} if document.issuer else {},
        issued=document.issued,
        sources={language: Source(file=document.name, sha256=document.sha256, release_id=document.release_id)},
        languages=(language,),
        formats=tuple(formats),
        target=target,
        brand=brand,
        loudness=loudness,  # type: ignore[arg-type]  # validated by pydantic
        shots=tuple(shots),
    )


def spoken(document: ReleaseDocument, sentence: Sentence) -> Spoken:
    """A sentence as the storyboard says it."""
    language = document.language
    return Spoken(text={language: sentence.text}, source={language: (sentence.start, sentence.end)})


def _title(document: ReleaseDocument, plan: Plan) -> Shot:
    heading = passage(document, document.title)
    return Shot(id="title", kind="title", heading=heading, narration=(spoken(document, plan.title),))


def passage(document: ReleaseDocument, place: Place) -> Passage:
    """What stands at a place of the release, as the storyboard writes it."""
    return Passage(text={document.language: document.at(place)}, source={document.language: span_of(place)})


def _shot(document: ReleaseDocument, unit: Unit, before: Sequence[Shot]) -> Shot:
    sentence = unit.sentences[0]
    narration = tuple(spoken(document, x) for x in unit.sentences)
    kind = _kind(document, unit, before)
    name = f"{kind}-{sum(shot.kind == kind for shot in before) + 1}"
    heading = _section(document, sentence)
    parts: dict[str, object] = {"id": name, "kind": kind, "heading": heading, "narration": narration}
    if kind == "chart" and unit.chart is not None:
        parts["chart"] = _chart(document, unit.chart)
    elif kind == "quote" and unit.quotation is not None:
        words, speaker = unit.quotation.words, unit.quotation.speaker
        parts["quote"] = Quote(text=_part(document, sentence, words), speaker=_part(document, sentence, speaker))
    elif kind == "list":
        parts["items"] = tuple(Passage(text=x.text, source=x.source) for x in narration)
    elif kind == "map":
        parts["points"] = tuple(
            MapPoint(name=_part(document, sentence, point.span), latitude=point.latitude, longitude=point.longitude)
            for point in places_named(sentence.text)
        )
    elif kind == "figure":
        parts["figures"] = tuple(_part(document, owner, (figure.start, figure.end)) for owner, figure in _salient(unit))
    return Shot.model_validate({name: value for name, value in parts.items() if value is not None})


def _kind(document: ReleaseDocument, unit: Unit, before: Sequence[Shot]) -> Kind:
    """The first kind that fits; none three times in a row where the text can be shown as it is."""
    kind: Kind = "statement"
    if unit.chart is not None:
        kind = "chart"
    elif unit.quotation is not None:
        kind = "quote"
    elif unit.items:
        kind = "list"
    elif len(unit.sentences) == 1 and len(places_named(unit.text)) >= 2:
        kind = "map"
    elif any(weight(sentence) >= 1 for sentence in unit.sentences):
        kind = "figure"
    in_a_row = len(before) >= 2 and all(shot.kind == kind for shot in before[-2:])
    return "statement" if in_a_row and kind == "figure" and len(unit.text) <= _STATEMENT_LETTERS else kind


def _section(document: ReleaseDocument, sentence: Sentence) -> Passage | None:
    """The heading that the sentence stands under, where it is short enough to be shown above it."""
    if not sentence.section or len(sentence.section) > _HEADING_LETTERS:
        return None
    for block in reversed(document.blocks[: sentence.block]):
        if block.kind == "heading" and document.at(block) == sentence.section:
            text = sentence.section.rstrip(" :：-–")
            return passage(document, Place(start=block.start, end=block.start + len(text)))
    return None


def _part(document: ReleaseDocument, sentence: Sentence, span: tuple[int, int]) -> Passage:
    return passage(document, Place(start=sentence.start + span[0], end=sentence.start + span[1]))


def _salient(unit: Unit) -> list[tuple[Sentence, Figure]]:
    """The figures to show large: amounts before durations, no two of the same, in the order they are spoken."""
    every = [(owner, figure) for owner in unit.sentences for figure in owner.figures]
    single: dict[tuple[float, str], tuple[Sentence, Figure]] = {}
    for owner, figure in every:
        single.setdefault((figure.value, figure.measure), (owner, figure))
    ranked = sorted(single.values(), key=lambda pair: (_is_duration(pair[1]), pair[0].order, pair[1].start))
    kept = ranked[:_MOST_FIGURES]
    return sorted(kept, key=lambda pair: (pair[0].order, pair[1].start))


def _is_duration(figure: Figure) -> bool:
    return figure.measure.split(" ")[0] in ("day", "days", "week", "month", "year", "hour", "minute", "second", "times")


def _chart(document: ReleaseDocument, plan: ChartPlan) -> Chart:
    rows, unit = _in_one_unit(document, plan)
    if not unit and plan.unit is not None:
        unit = document.at(plan.unit)
    return Chart(
        type=plan.type,
        unit={document.language: unit} if unit else {},
        title=passage(document, plan.title) if plan.title else None,
        rows=tuple(
            ChartRow(label=passage(document, row.label), value=value, shown=passage(document, row.shown))
            for row, value in zip(plan.rows, rows, strict=True)
        ),
    )


def _in_one_unit(document: ReleaseDocument, plan: ChartPlan) -> tuple[list[float], str]:
    """The values as they are written, and the words around the number, where those are the same for all rows."""
    written = [document.at(row.shown) for row in plan.rows]
    around = {_DIGITS.sub("#", text, count=1) for text in written}
    digits = [_DIGITS.search(text) for text in written]
    if len(around) == 1 and all(digits):
        values = [float(ascii_digits(match.group()).rstrip(".,").replace(",", "")) for match in digits if match]
        return values, around.pop().replace("#", "").strip()
    return [float(f"{row.value:.12g}") for row in plan.rows], ""
