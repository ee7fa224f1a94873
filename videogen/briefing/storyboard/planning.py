"""From a release to its storyboard, by rules alone: the same release gives the same storyboard, bit for bit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from videogen.briefing.source.document import Place, ReleaseDocument
from videogen.briefing.storyboard.candidates import LEADS_ON, Sentence, names_it_again, sentences_of, title_of
from videogen.briefing.storyboard.charts import ChartPlan, chart_of_sentence, chart_of_table
from videogen.briefing.storyboard.quotes import find_quotation
from videogen.briefing.storyboard.selection import Unit, chosen, score, weight

TITLE_LEAST, END_SECONDS = 3.0, 4.0
_LIST_ITEM_LETTERS, _LIST_SECONDS, _LIST_LEAST, _LIST_MOST = 110, 20.0, 3, 5
_NEAR_TABLE = 2
_MOST_IN_A_ROW = 2


@dataclass(frozen=True)
class Plan:
    """What is told of a release. left_out: order of a sentence → why it is not spoken; for the report."""

    title: Sentence
    units: tuple[Unit, ...]
    sentences: tuple[Sentence, ...]
    left_out: dict[int, str]


def planned(document: ReleaseDocument, target: float) -> Plan:
    """Choose what is told in about `target` seconds."""
    title, sentences = title_of(document), sentences_of(document)
    units = list(_units(document, title, sentences))
    budget = target - END_SECONDS - max(TITLE_LEAST, title.seconds + 0.7)
    picked, why = chosen(units, budget)
    left_out = {sentence.order: sentence.refused for sentence in sentences if sentence.refused} | why
    told = {sentence.order for unit in picked for sentence in unit.sentences}
    for sentence in sentences:
        if sentence.order not in told and sentence.order not in left_out:
            reason = (
                "it points back to a sentence that is not told"
                if sentence.points_back
                else "the time does not suffice for it"
            )
            left_out[sentence.order] = reason
    return Plan(title, tuple(picked), tuple(sentences), dict(sorted(left_out.items())))


def _units(document: ReleaseDocument, title: Sentence, sentences: Sequence[Sentence]) -> list[Unit]:
    """Single sentences, lists, and sentences that lead to a table."""
    blocks = len(document.blocks)
    tables = _introductions(document, sentences)
    listed = _lists(sentences, title, blocks)
    in_lists = {sentence.order for unit in listed for sentence in unit.sentences}
    units = list(listed)
    for sentence in sentences:
        if sentence.order in tables:
            plan = tables[sentence.order]
            shown = replace(sentence, refused="")
            units.append(Unit((shown,), score(sentence, title, blocks) + 2.4, chart=plan))
            continue
        if sentence.refused or sentence.order in in_lists:
            continue
        needs = sentence.order - 1 if sentence.points_back else None
        if needs is not None and (needs < 0 or not _follows(sentence, sentences[needs])):
            continue
        value = score(sentence, title, blocks) - 0.2 * (needs is not None)
        quotation = find_quotation(sentence.text, document.language)
        chart = chart_of_sentence(sentence.text, sentence.start, sentence.figures)
        value += 1.1 * (quotation is not None) + 0.6 * (chart is not None)
        units.append(Unit((sentence,), value, chart=chart, quotation=quotation, needs=needs))
    return units


def _follows(sentence: Sentence, before: Sentence) -> bool:
    """Whether what a sentence points back to is in the one before: of its paragraph, or named again in the next."""
    apart = sentence.block - before.block
    return apart == 0 or (apart == 1 and names_it_again(sentence.text, before.text))


def _lists(sentences: Sequence[Sentence], title: Sentence, blocks: int) -> list[Unit]:
    """Runs of short items that say the more together: three to five lines, few figures among them."""
    units: list[Unit] = []
    run: list[Sentence] = []
    for sentence in [*sentences, None]:
        fits = (
            sentence is not None
            and sentence.kind == "item"
            and not sentence.refused
            and not sentence.points_back
            and len(sentence.text) <= _LIST_ITEM_LETTERS
        )
        goes_on = bool(run) and fits and sentence is not None and sentence.block == run[-1].block + 1
        if fits and sentence is not None and (not run or goes_on):
            run.append(sentence)
            continue
        units.extend(_list(run, title, blocks))
        run = [sentence] if fits and sentence is not None else []
    return units


def _list(run: Sequence[Sentence], title: Sentence, blocks: int) -> list[Unit]:
    if len(run) < _LIST_LEAST or sum(weight(x) > 0 for x in run) * 2 > len(run):
        return []
    kept = list(run[:_LIST_MOST])
    while len(kept) > _LIST_LEAST and sum(x.seconds for x in kept) > _LIST_SECONDS:
        kept.pop()
    if sum(x.seconds for x in kept) > _LIST_SECONDS or (len(kept) < len(run) and len(run) > _LIST_MOST + 2):
        return []
    value = sum(score(x, title, blocks) for x in kept) / len(kept) + 0.8
    return [Unit(tuple(kept), value, items=True)]


def _introductions(document: ReleaseDocument, sentences: Sequence[Sentence]) -> dict[int, ChartPlan]:
    """Order of the sentence that leads to a table → the table's chart."""
    found: dict[int, ChartPlan] = {}
    for number, block in enumerate(document.blocks):
        plan = chart_of_table(document, block) if block.kind == "table" and len(block.rows) > 2 else None
        if plan is None:
            continue
        before = [x for x in sentences if number - _NEAR_TABLE <= x.block < number]
        leading = [x for x in before if _can_lead(x)]
        if leading and leading[-1].order not in found:
            found[leading[-1].order] = plan
    return found


def _can_lead(sentence: Sentence) -> bool:
    """A whole sentence, also one that ends with a colon."""
    allowed = not sentence.refused or (sentence.refused == LEADS_ON and sentence.words >= 5)
    return allowed and not sentence.points_back and not re.search(r"[?؟]$", sentence.text)


def place_of(sentence: Sentence) -> Place:
    """Where a sentence stands in the release."""
    return Place(start=sentence.start, end=sentence.end)
