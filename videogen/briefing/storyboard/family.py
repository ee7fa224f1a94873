"""Releases of one matter in several languages: the same shots, found by the same quantities. Nothing is translated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from videogen.briefing.source.document import Place, ReleaseDocument
from videogen.briefing.storyboard.building import passage
from videogen.briefing.storyboard.candidates import Sentence, sentences_of, title_of
from videogen.briefing.storyboard.charts import ChartPlan, chart_of_sentence, chart_of_table
from videogen.briefing.storyboard.figures import Figure, find_figures
from videogen.briefing.storyboard.model import Chart, ChartRow, Passage, Quote, Shot, Source, Storyboard
from videogen.briefing.storyboard.model import Sentence as Spoken
from videogen.briefing.storyboard.quotes import find_quotation
from videogen.fact_check.reading.units import CURRENCIES

_LEAST = 0.55
_CLOSE = 1e-6


def joined(storyboard: Storyboard, documents: Mapping[str, ReleaseDocument]) -> tuple[Storyboard, tuple[str, ...]]:
    """The storyboard of the lead release with the sentences of the others; and what has no counterpart in them.

    A shot is told in a language if every sentence of it has one there with the same quantities. Where the shot's kind
    cannot be shown in that language, it is a statement of its own beside it.
    """
    lead = storyboard.languages[0]
    notes: list[str] = []
    for language, document in documents.items():
        if language != lead:
            storyboard, missing = _with_language(storyboard, documents[lead], document)
            notes += [
                f"shot {shot} has no counterpart in {language}: it is not told in that language" for shot in missing
            ]
    return storyboard, tuple(notes)


def _with_language(
    storyboard: Storyboard, lead: ReleaseDocument, other: ReleaseDocument
) -> tuple[Storyboard, list[str]]:
    language = other.language
    pairs = _counterparts(storyboard, lead, other)
    shots: list[Shot] = []
    missing: list[str] = []
    for shot in storyboard.shots:
        if shot.kind == "title":
            shots.append(_title(shot, other))
            continue
        found = [pairs.get(number_of(sentence, lead)) for sentence in shot.narration]
        if shot.kind == "end":
            shots.append(shot)
        elif not found or any(sentence is None for sentence in found):
            shots.append(shot)
            missing.append(shot.id)
        else:
            sentences = [sentence for sentence in found if sentence is not None]
            shots += _told(shot, lead, other, sentences)
    issuer = {**storyboard.issuer, **({language: other.at(other.issuer)} if other.issuer else {})}
    made = storyboard.model_copy(
        update={
            "title": {**storyboard.title, language: other.at(other.title)},
            "issuer": issuer,
            "languages": (*storyboard.languages, language),
            "sources": {
                **storyboard.sources,
                language: Source(file=other.name, sha256=other.sha256, release_id=other.release_id),
            },
            "shots": tuple(shots),
        }
    )
    return made, missing


def number_of(sentence: Spoken, lead: ReleaseDocument) -> int:
    """Where a sentence begins in the lead release; −1 for one that is not in it."""
    return sentence.source.get(lead.language, (-1, 0))[0]


def _counterparts(storyboard: Storyboard, lead: ReleaseDocument, other: ReleaseDocument) -> dict[int, Sentence]:
    """Start of a told sentence of the lead → its counterpart; in the same order, each taken once.

    Aligned by dynamic programming (Gale and Church 1993 in spirit): what two sentences share are their quantities.
    """
    mine = sentences_of(lead)
    starts = {number_of(sentence, lead) for shot in storyboard.shots for sentence in shot.narration}
    told = [sentence for sentence in mine if sentence.start in starts]
    theirs = [sentence for sentence in sentences_of(other) if not sentence.refused or sentence.words >= 4]
    scores = [[_likeness(a, b, len(mine), len(theirs)) for b in theirs] for a in told]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(told) + 1)]
    for i in range(1, len(told) + 1):
        for j in range(1, len(theirs) + 1):
            match = best[i - 1][j - 1] + (scores[i - 1][j - 1] if scores[i - 1][j - 1] >= _LEAST else -9.0)
            best[i][j] = max(best[i - 1][j], best[i][j - 1], match)
    pairs: dict[int, Sentence] = {}
    i, j = len(told), len(theirs)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            pairs[told[i - 1].start] = theirs[j - 1]
            i, j = i - 1, j - 1
    return pairs


def _likeness(first: Sentence, second: Sentence, many: int, others: int) -> float:
    """0 … 3: shared quantities count twice, the place in the release once. Other quantities speak against it."""
    near = 1.0 - abs(first.order / max(1, many - 1) - second.order / max(1, others - 1))
    mine, theirs = first.figures, second.figures
    if not same_quantities(mine, theirs):
        return 0.0
    return near + 2.0 * bool(mine) - 0.3 * (first.kind != second.kind)


def same_quantities(first: Sequence[Figure], second: Sequence[Figure]) -> bool:
    """Whether two texts hold the same quantities as values: 1.25 lakh is 125 thousand, per cent is प्रतिशत."""
    rest = list(second)
    for figure in first:
        match = next((other for other in rest if _same(figure, other)), None)
        if match is None:
            return False
        rest.remove(match)
    return not rest


def _same(first: Figure, second: Figure) -> bool:
    close = all(
        abs(a - b) <= _CLOSE * max(abs(a), abs(b), 1.0)
        for a, b in ((first.value, second.value), (first.high, second.high))
    )
    units = {first.unit, second.unit}
    money = first.unit in CURRENCIES or second.unit in CURRENCIES
    # What is counted has another name in each language; money and measures do not.
    alike = len(units) == 1 or (None in units and not money)
    return close and alike and first.comparator == second.comparator


def _title(shot: Shot, other: ReleaseDocument) -> Shot:
    title = title_of(other)
    heading = _both(shot.heading, passage(other, other.title)) if shot.heading else None
    narration = tuple(_merged(sentence, other, title) for sentence in shot.narration[:1])
    return shot.model_copy(update={"heading": heading, "narration": (*narration, *shot.narration[1:])})


def _merged(sentence: Spoken, other: ReleaseDocument, counterpart: Sentence) -> Spoken:
    language = other.language
    return sentence.model_copy(
        update={
            "text": {**sentence.text, language: counterpart.text},
            "source": {**sentence.source, language: (counterpart.start, counterpart.end)},
        }
    )


def _told(shot: Shot, lead: ReleaseDocument, other: ReleaseDocument, found: Sequence[Sentence]) -> list[Shot]:
    """The shot in both languages; or the shot as it was, and a statement of the other language behind it."""
    merged = tuple(_merged(sentence, other, match) for sentence, match in zip(shot.narration, found, strict=True))
    parts = _parts(shot, other, found)
    if parts is not None:
        return [shot.model_copy(update={"narration": merged, **parts})]
    language = other.language
    own = tuple(Spoken(text={language: match.text}, source={language: (match.start, match.end)}) for match in found)
    return [shot, Shot(id=f"{shot.id}-{language}"[:40], kind="statement", narration=own)]


def _parts(shot: Shot, other: ReleaseDocument, found: Sequence[Sentence]) -> dict[str, object] | None:
    """What the shot shows, in both languages; None where the other release does not have it."""
    language, first = other.language, found[0]
    if shot.kind == "statement":
        return {}
    if shot.kind == "list":
        return {
            "items": tuple(_both(item, _sentence(other, match)) for item, match in zip(shot.items, found, strict=True))
        }
    if shot.kind == "figure":
        shown = [_counterpart(figure, shot, other, found) for figure in shot.figures]
        if any(match is None for match in shown):
            return None
        return {"figures": tuple(_both(a, b) for a, b in zip(shot.figures, shown, strict=True) if b is not None)}
    if shot.kind == "quote" and shot.quote is not None:
        quotation = find_quotation(first.text, language)
        if quotation is None:
            return None
        said, speaker = (_at(other, first, span) for span in (quotation.words, quotation.speaker))
        return {"quote": Quote(text=_both(shot.quote.text, said), speaker=_both(shot.quote.speaker, speaker))}
    if shot.kind == "chart" and shot.chart is not None:
        chart = _chart(shot.chart, other, first)
        return None if chart is None else {"chart": chart}
    return None


def _counterpart(figure: Passage, shot: Shot, other: ReleaseDocument, found: Sequence[Sentence]) -> Passage | None:
    """The same quantity in the other release."""
    lead_text = next(iter(figure.text.values()))
    mine = find_figures(lead_text)
    for sentence in found:
        for candidate in sentence.figures:
            if mine and _same(mine[0], candidate):
                return _at(other, sentence, (candidate.start, candidate.end))
    return None


def _chart(chart: Chart, other: ReleaseDocument, sentence: Sentence) -> Chart | None:
    """The chart with the words of the other release, if that has the same values in the same order."""
    plans: list[ChartPlan | None] = [chart_of_sentence(sentence.text, sentence.start, sentence.figures)]
    plans += [chart_of_table(other, block) for block in other.blocks if block.kind == "table"]
    for plan in plans:
        if plan is None or len(plan.rows) != len(chart.rows):
            continue
        scale = chart.rows[0].value / plan.rows[0].value if plan.rows[0].value else 0.0
        same = all(
            abs(b.value * scale - a.value) <= _CLOSE * max(1.0, abs(a.value))
            for a, b in zip(chart.rows, plan.rows, strict=True)
        )
        if same and scale:
            rows = tuple(
                ChartRow(
                    label=_both(a.label, passage(other, b.label)),
                    value=a.value,
                    shown=_both(a.shown, passage(other, b.shown)),
                )
                for a, b in zip(chart.rows, plan.rows, strict=True)
            )
            title = _both(chart.title, passage(other, plan.title)) if chart.title and plan.title else chart.title
            return chart.model_copy(update={"rows": rows, "title": title})
    return None


def _sentence(document: ReleaseDocument, sentence: Sentence) -> Passage:
    return passage(document, Place(start=sentence.start, end=sentence.end))


def _at(document: ReleaseDocument, sentence: Sentence, span: tuple[int, int]) -> Passage:
    return passage(document, Place(start=sentence.start + span[0], end=sentence.start + span[1]))


def _both(first: Passage, second: Passage) -> Passage:
    return first.model_copy(update={"text": {**first.text, **second.text}, "source": {**first.source, **second.source}})


def differing_quantities(storyboard: Storyboard) -> list[str]:
    """Where a shot does not say the same quantities in every language: ``shot, language``."""
    wrong = []
    for shot in storyboard.shots:
        for number, sentence in enumerate(shot.narration, 1):
            lead = next((language for language in storyboard.languages if language in sentence.text), None)
            if lead is None:
                continue
            mine = find_figures(sentence.text[lead])
            for language, text in sentence.text.items():
                if language != lead and not same_quantities(mine, find_figures(text)):
                    wrong.append(f"shot {shot.id}, sentence {number}: {language} has other quantities than {lead}")
    return wrong
