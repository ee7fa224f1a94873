"""Charts only from what can be compared: the same unit and measure, each value with a label of the release."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from videogen.briefing.source.document import Block, Place, ReleaseDocument
from videogen.briefing.storyboard.figures import Figure, find_figures, periods
from videogen.fact_check.reading.numbers import SCALES, ascii_digits, find_numbers
from videogen.fact_check.reading.quantities import find_quantities

ChartType = Literal["column", "bar", "line", "share"]
MOST_ROWS = 8
# A target is not an achievement, an estimate no count: values of both kinds do not share an axis.
_PLANS = (
    r"\b(?:target|targets|targeted|goal|planned|budget(?:ed)?|estimate[ds]?|sanctioned|forecast|projected|expected"
    r"|against a|as against the)\b|लक्ष्य|अनुमान|स्वीकृत"
)
_MIXED = re.compile(rf"{_PLANS}|\bcapacity\b|क्षमता", re.IGNORECASE)
# The column of a table is of one kind throughout: capacities may be compared with each other.
_MIXED_COLUMN = re.compile(_PLANS, re.IGNORECASE)
_TOTAL = re.compile(
    r"^\W*(?:grand |sub-?)?(?:total|all india|overall|sum|average|mean|others? \(total\)|कुल|योग|औसत)\b", re.IGNORECASE
)
_RATE_HEAD = re.compile(r"growth|change|increase|variation|rank|s\.? ?no|sl\.? ?no|क्रम|वृद्धि|परिवर्तन", re.IGNORECASE)
_CELL = re.compile(
    r"^(?P<mark>[₹$€£]|Rs\.?)?\s?(?P<number>[\d०-९]+(?:,[\d०-९]{2,3})*(?:\.[\d०-९]+)?)\s?(?P<rest>\D{0,24})$"
)
# "…, in gigawatt hours", "… (figures in crore rupees):", at the end of a table's caption.
_UNIT_OF_ALL = re.compile(
    r"[,(]\s*(?:(?:all )?(?:figures|values|numbers) )?in (?P<unit>[^\W\d][^,.;:()]{1,40}?)\)?\s*[:.]?\s*$",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:rose|risen|rise|grew|grown|increased|increase|climbed|jumped|went up|expanded|improved|fell|fallen|declined|decreased"
    r"|dropped|reduced|shrank|came down|up|down)\b|बढ़|घट|वृद्धि|कम हो",
    re.IGNORECASE,
)
_JOINS = re.compile(r"^[\s,;()]*(?:and|to|from|in|during|against|compared (?:to|with)|as compared (?:to|with)|over|the|of|versus|last year's"
                    r"|from the|up from|down from|से|में|की तुलना में|बढ़कर|घटकर|की|था|थी|रहा|रही|हो|गया|गई|और|,|\s|\(|\))*[\s,;()]*$", re.IGNORECASE)  # fmt: skip
_MONTH_BEFORE = re.compile(r"(?:in|during|for|of|at the end of|by)\s+(?:the\s+(?:year|month of)\s+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One value with places in the release: of its label and of how it is written."""

    label: Place
    value: float
    shown: Place


@dataclass(frozen=True)
class ChartPlan:
    """What a chart compares. title: the head of a table's column, if any; unit: where a table's caption says it."""

    type: ChartType
    rows: tuple[Row, ...]
    title: Place | None = None
    unit: Place | None = None


def chart_of_sentence(text: str, start: int, figures: Sequence[Figure]) -> ChartPlan | None:
    """The chart of two or three values of one measure at different times in one sentence: "from A in P to B in Q".

    Args:
        start: where the sentence begins in the release.
    """
    if _MIXED.search(text):
        return None
    groups: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.comparator == "equal" and figure.high == figure.value and figure.value > 0:
            groups.setdefault(figure.measure, []).append(figure)
    for group in groups.values():
        if 2 <= len(group) <= 3 and (rows := _dated(text, group, start)):
            return ChartPlan("column", rows)
    return None


def _dated(text: str, figures: Sequence[Figure], start: int) -> tuple[Row, ...]:
    """Rows of figures that each have their own period beside them, in the order of the periods."""
    spans: list[tuple[int, int]] = []
    for written in periods(text):
        place = text.find(written, spans[-1][1] if spans else 0)
        spans.append((place, place + len(written)))
    if len(spans) != len(figures) or len({text[a:b] for a, b in spans}) < len(spans):
        return ()
    in_turn = sorted([(f.start, f.end, "f") for f in figures] + [(a, b, "p") for a, b in spans])
    kinds = "".join(kind for _, _, kind in in_turn)
    if kinds not in ("fpfp", "pfpf", "fpfpfp", "pfpfpf"):
        return ()
    rows = []
    for first, second in zip(in_turn[::2], in_turn[1::2], strict=True):
        if not _JOINS.match(text[first[1] : second[0]]):
            return ()
        figure, period = (first, second) if first[2] == "f" else (second, first)
        value = next(f.value for f in figures if f.start == figure[0])
        rows.append(Row(_moved(period[:2], start), value, _moved(figure[:2], start)))
    # Between the pairs stands a comparison; else they are two facts of two things.
    between = text[in_turn[1][1] : in_turn[2][0]]
    whole = text[: in_turn[0][0]] + between
    comparing = re.search(r"\bto\b|\bfrom\b|compared|against|over|versus|तुलना|से", between, re.IGNORECASE)
    if not (
        comparing and (_CHANGE.search(whole) or re.search(r"compared|against|versus|तुलना", between, re.IGNORECASE))
    ):
        return ()
    years = [re.findall(r"\d{4}", ascii_digits(text[a:b])) for a, b in spans]
    return tuple(rows) if all(years) or not any(years) else ()


def _moved(span: tuple[int, int], start: int) -> Place:
    return Place(start=start + span[0], end=start + span[1])


def chart_of_table(document: ReleaseDocument, block: Block) -> ChartPlan | None:
    """The chart of a table: its first column names, one other column counts in one unit; totals are left out."""
    head, *body = block.rows
    width = len(head)
    body = [row for row in body if len(row) == width and not _TOTAL.match(document.at(row[0]))]
    labels = [document.at(row[0]) for row in body]
    first = 0
    # A column of running numbers before the names.
    if width >= 3 and all(re.fullmatch(r"\W*\d{1,3}\W*|\W*[०-९]{1,3}\W*", label) for label in labels):
        first = 1
        body = [row for row in body if not _TOTAL.match(document.at(row[1]))]
        labels = [document.at(row[1]) for row in body]
    named = all(any(x.isalpha() for x in label) or periods(label) for label in labels)
    if not 2 <= len(body) <= MOST_ROWS or not named or len(set(labels)) < len(labels):
        return None
    column = _column(document, head, body, first)
    if column is None:
        return None
    values = [_value(document.at(row[column])) for row in body]
    rows = tuple(
        Row(row[first], value, row[column]) for row, value in zip(body, values, strict=True) if value is not None
    )
    title = head[column] if document.at(head[column]) else None
    return ChartPlan(_type(document, head[column], rows, labels), rows, title, _unit_of_table(document, block))


def _unit_of_table(document: ReleaseDocument, block: Block) -> Place | None:
    """The unit that stands at the end of the line before a table: "Exports by port, in million tonnes"."""
    before = next((one for one in reversed(document.blocks) if one.end <= block.start), None)
    if before is None or before.kind not in ("paragraph", "heading"):
        return None
    found = _UNIT_OF_ALL.search(document.at(before))
    # "Cases reported, in March" ends with no unit.
    if found is None or not any(one.unit or len(one.text) > 1 for one in find_quantities(f"5 {found['unit']}")):
        return None
    return Place(start=before.start + found.start("unit"), end=before.start + found.end("unit"))


def _column(
    document: ReleaseDocument, head: Sequence[Place], body: Sequence[Sequence[Place]], first: int
) -> int | None:
    """The last column whose cells are all values of one unit, but neither ranks nor rates of change."""
    for column in reversed(range(first + 1, len(head))):
        name = document.at(head[column])
        cells = [document.at(row[column]) for row in body]
        found = [_CELL.match(cell) for cell in cells]
        if not name or _RATE_HEAD.search(name) or _MIXED_COLUMN.search(name) or not all(found):
            continue
        units = {(match["mark"] or "", match["rest"].strip().lower()) for match in found if match}
        values = [_value(cell) for cell in cells]
        if len(units) == 1 and all(value is not None and value >= 0 for value in values) and any(values):
            return column
    return None


def _value(cell: str) -> float | None:
    match = _CELL.match(cell)
    if match is None:
        return None
    number = float(ascii_digits(match["number"]).replace(",", ""))
    scale = re.search("|".join(map(re.escape, sorted(SCALES, key=len, reverse=True))), match["rest"])
    return number * (SCALES[scale.group()] if scale else 1.0)


def _type(document: ReleaseDocument, head: Place, rows: Sequence[Row], labels: Sequence[str]) -> ChartType:
    values = [row.value for row in rows]
    percent = re.search(r"%|per ?cent|share|प्रतिशत|हिस्सा", document.at(head), re.IGNORECASE)
    if percent and len(rows) <= 4 and 99.0 <= sum(values) <= 101.0:
        return "share"
    in_time = all(len(periods(label)) == 1 and len(label) <= len(periods(label)[0]) + 3 for label in labels)
    if in_time:
        return "line" if len(rows) >= 5 else "column"
    return "bar" if len(rows) > 4 or max(map(len, labels)) > 12 else "column"


def numbers_in(text: str) -> list[float]:
    """Every number of a text as a value, also those that are no figure."""
    return [value for _, value, _ in find_numbers(text)] + [figure.high for figure in find_figures(text)]
