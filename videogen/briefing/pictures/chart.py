"""Charts: columns, bars, a line or a share, from zero, growing frame by frame; values as the release writes them."""

from __future__ import annotations

from dataclasses import dataclass

from videogen.briefing.pictures import wording
from videogen.briefing.pictures.brand import rgb
from videogen.briefing.pictures.canvas import CONTEXT_LETTERS, Canvas, Pixels, SetText, inset
from videogen.briefing.pictures.shot_picture import Segment, Setting, ShotPicture
from videogen.briefing.storyboard.figures import periods
from videogen.briefing.storyboard.model import Chart
from videogen.briefing.timing.timeline import TimedShot
from videogen.cards.page import Box
from videogen.cards.text_setting import Colour
from videogen.errors import MediaError

GROWTH = 1.2
"""Seconds in which a chart grows to its values."""
_SMALLEST, _LARGEST = 0.026, 0.042


def chart_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """The chart, growing in the first second and a bit; its values appear when it is grown."""
    chart = timed.shot.chart
    if chart is None:
        raise MediaError(f"shot {timed.shot.id} has no chart")
    frames = min(round(GROWTH * float(setting.fps)), max(1, timed.count - 1))
    grown = _drawn(setting, timed, chart, 1.0)
    pixels = setting.finished(grown)

    def growing(frame: int) -> Pixels:
        share = (frame + 1) / (frames + 1)
        return setting.finished(_drawn(setting, timed, chart, 1.0 - (1.0 - share) ** 3))

    segments = (Segment(0, frames, growing, still=False), Segment(frames, timed.count, lambda _: pixels))
    shown = bool(_context(timed))
    return ShotPicture(segments, frozenset(range(len(timed.cues))) if shown else frozenset(), tuple(grown.texts))


def _drawn(setting: Setting, timed: TimedShot, chart: Chart, share: float) -> Canvas:
    """The chart grown to `share` (0 … 1) of its values."""
    canvas = setting.canvas(timed.shot.id)
    body, unit, language = setting.format.body, setting.format.unit, setting.language
    colours = setting.kit.colours
    top = body[1]
    for text, size, ink in _above(setting, timed, chart):
        head = canvas.fitted(text, (body[2] - body[0], round(unit * 0.24)), size, 0.028, bold=size > 0.045, most=6)
        canvas.write(head, (body[0], top, body[2], body[3]), rgb(ink), role="chart title")
        top += head.height + round(unit * 0.008)
    bottom = body[3]
    issuer = setting.storyboard.issuer.get(language)
    if issuer:
        source = canvas.fitted(
            f"{wording.word('source', language)}: {issuer}",
            (body[2] - body[0], round(unit * 0.08)),
            0.028,
            0.02,
            most=2,
        )
        bottom -= source.height
        canvas.write(source, (body[0], bottom, body[2], body[3]), rgb(colours.muted), role="source")
    area = (body[0], top + round(unit * 0.03), body[2], bottom - round(unit * 0.025))
    rows = [_Row(row.label.text[language], row.shown.text[language], row.value) for row in chart.rows]
    draw = {"column": _columns, "bar": _bars, "line": _line, "share": _shares}[chart.type]
    draw(canvas, area, rows, share)
    return canvas


def _above(setting: Setting, timed: TimedShot, chart: Chart) -> list[tuple[str, float, str]]:
    """What stands above the chart: the section's heading, what is compared, the title of the series and its unit."""
    language, colours = setting.language, setting.kit.colours
    lines = []
    heading = timed.shot.heading
    if heading is not None and language in heading.text:
        lines.append((heading.text[language], 0.036, colours.accent))
    context = _context(timed)
    if context:
        lines.append((context, 0.042, colours.ink))
    named = [chart.title.text[language]] if chart.title is not None and language in chart.title.text else []
    unit = chart.unit.get(language, "")
    if unit and not any(unit.lower() in text.lower() for text in (context, *named)):
        named.append(unit)
    # Values that carry their unit, below a sentence that says what they are, need no second name.
    if named and not (context and len(named) == 1 and named[0] == unit):
        lines.append((", ".join(named), 0.036 if context else 0.048, colours.muted if context else colours.ink))
    return lines


def _context(timed: TimedShot) -> str:
    """What is spoken, where it is short enough to stand above the chart."""
    text = " ".join(cue.spoken.text for cue in timed.cues)
    return text if len(text) <= CONTEXT_LETTERS else ""


@dataclass(frozen=True)
class _Row:
    label: str
    shown: str
    value: float


def _texts(
    canvas: Canvas, words: list[str], size: tuple[int, int], largest: float, most: int, *, bold: bool = False
) -> list[SetText]:
    """All set in the size of that which needs the smallest."""
    first = [canvas.fitted(x, size, largest, _SMALLEST, bold=bold, most=most) for x in words]
    least = min(text.face.size for text in first) / canvas.format.unit
    return [canvas.fitted(x, size, least, _SMALLEST * 0.95, bold=bold, most=most) for x in words]


def _columns(canvas: Canvas, area: Box, rows: list[_Row], share: float) -> None:
    unit, colours = canvas.format.unit, canvas.kit.colours
    slot = (area[2] - area[0]) // len(rows)
    wide = min(round(slot * 0.56), round(unit * 0.2))
    labels = _texts(canvas, [row.label for row in rows], (slot - round(unit * 0.02), round(unit * 0.13)), _LARGEST, 3)
    values = _texts(
        canvas, [row.shown for row in rows], (slot - round(unit * 0.01), round(unit * 0.13)), 0.05, 2, bold=True
    )
    floor = area[3] - max(text.height for text in labels) - round(unit * 0.015)
    ceiling = area[1] + max(text.height for text in values) + round(unit * 0.015)
    _need_room(canvas, floor - ceiling)
    highest = max(row.value for row in rows) or 1.0
    # Of a few periods the newest is what the sentence is about; of things that are compared, none.
    newest = len(rows) <= 3 and all(periods(row.label) for row in rows)
    order = list(range(len(rows)))
    for place, index in enumerate(reversed(order) if canvas.rtl else order):
        row = rows[index]
        middle = area[0] + slot * place + slot // 2
        top = floor - round((floor - ceiling) * row.value / highest * share)
        ink = rgb(colours.series[1] if newest and index < len(rows) - 1 else colours.accent)
        canvas.rectangle(
            (middle - wide // 2, top, middle + wide // 2, floor), ink, radius=min(8, max(0, (floor - top) // 2))
        )
        _centred(canvas, labels[index], middle, slot, floor + round(unit * 0.012), rgb(colours.ink), "label")
        if share >= 1.0:
            above = top - values[index].height - round(unit * 0.008)
            _centred(canvas, values[index], middle, slot, above, rgb(colours.ink), "value")
    canvas.rectangle((area[0], floor, area[2], floor + max(2, unit // 360)), rgb(colours.muted))


def _bars(canvas: Canvas, area: Box, rows: list[_Row], share: float) -> None:
    unit, colours = canvas.format.unit, canvas.kit.colours
    slot = (area[3] - area[1]) // len(rows)
    whole = area[2] - area[0]
    labels = _texts(canvas, [row.label for row in rows], (round(whole * 0.34), slot - round(unit * 0.008)), _LARGEST, 2)
    values = _texts(
        canvas, [row.shown for row in rows], (round(whole * 0.24), slot - round(unit * 0.008)), 0.044, 2, bold=True
    )
    left = area[0] + round(max(line.width for text in labels for line in text.lines)) + round(unit * 0.025)
    right = area[2] - round(max(line.width for text in values for line in text.lines)) - round(unit * 0.025)
    _need_room(canvas, right - left)
    highest = max(row.value for row in rows) or 1.0
    thick = min(round(slot * 0.62), round(unit * 0.085))
    for number, row in enumerate(rows):
        middle = area[1] + slot * number + slot // 2
        length = round((right - left) * row.value / highest * share)
        bar = canvas.mirrored((left, middle - thick // 2, left + max(2, length), middle + thick // 2))
        canvas.rectangle(bar, rgb(colours.accent), radius=min(8, max(2, length) // 2))
        label = canvas.mirrored((area[0], 0, left - round(unit * 0.025), 0))
        top = middle - labels[number].height // 2
        canvas.write(labels[number], (label[0], top, label[2], area[3]), rgb(colours.ink), role="label")
        if share >= 1.0:
            beside = canvas.mirrored((left + length + round(unit * 0.015), 0, area[2], 0))
            top = middle - values[number].height // 2
            canvas.write(values[number], (beside[0], top, beside[2], area[3]), rgb(colours.ink), role="value")
    axis = canvas.mirrored((left - max(2, unit // 360), area[1], left, area[3]))
    canvas.rectangle(axis, rgb(colours.muted))


def _line(canvas: Canvas, area: Box, rows: list[_Row], share: float) -> None:
    unit, colours = canvas.format.unit, canvas.kit.colours
    slot = (area[2] - area[0]) // len(rows)
    labels = _texts(canvas, [row.label for row in rows], (slot - round(unit * 0.01), round(unit * 0.12)), 0.036, 3)
    values = _texts(
        canvas, [row.shown for row in rows], (slot + round(unit * 0.02), round(unit * 0.1)), 0.04, 2, bold=True
    )
    floor = area[3] - max(text.height for text in labels) - round(unit * 0.015)
    ceiling = area[1] + max(text.height for text in values) + round(unit * 0.03)
    _need_room(canvas, floor - ceiling)
    highest = max(row.value for row in rows) or 1.0
    places = [area[0] + slot * number + slot // 2 for number in range(len(rows))]
    if canvas.rtl:
        places.reverse()
    points = [(x, floor - round((floor - ceiling) * row.value / highest)) for x, row in zip(places, rows, strict=True)]
    reached = share * (len(rows) - 1)
    shown = [point for number, point in enumerate(points) if number <= reached]
    if len(shown) < len(points):
        (x0, y0), (x1, y1) = shown[-1], points[len(shown)]
        part = reached - (len(shown) - 1)
        shown.append((round(x0 + (x1 - x0) * part), round(y0 + (y1 - y0) * part)))
    canvas.rectangle((area[0], floor, area[2], floor + max(2, unit // 360)), rgb(colours.muted))
    canvas.draw.line(shown, fill=rgb(colours.accent), width=max(4, round(unit * 0.009)), joint="curve")
    for number, (x, y) in enumerate(points):
        _centred(canvas, labels[number], x, slot, floor + round(unit * 0.012), rgb(colours.ink), "label")
        if number <= reached + 1e-9:
            radius = round(unit * 0.012)
            canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=rgb(colours.accent))
        if share >= 1.0:
            above = y - values[number].height - round(unit * 0.02)
            _centred(canvas, values[number], x, slot, above, rgb(colours.ink), "value")


def _shares(canvas: Canvas, area: Box, rows: list[_Row], share: float) -> None:
    """One bar of all parts, and below it what they are; told apart by colour, place and name."""
    unit, colours = canvas.format.unit, canvas.kit.colours
    thick = min(round(unit * 0.16), (area[3] - area[1]) // 4)
    whole = area[2] - area[0]
    total = sum(row.value for row in rows)
    gap = max(2, unit // 270)
    x = area[0]
    for index, row in enumerate(rows):
        long = round(whole * row.value / total * share)
        box = canvas.mirrored((x, area[1], x + max(gap + 1, long) - gap, area[1] + thick))
        canvas.rectangle(box, rgb(colours.series[index]))
        x += long
    top = area[1] + thick + round(unit * 0.05)
    room = (area[3] - top) // len(rows)
    names = _texts(canvas, [row.label for row in rows], (round(whole * 0.6), room), 0.046, 2)
    values = _texts(canvas, [row.shown for row in rows], (round(whole * 0.26), room), 0.055, 1, bold=True)
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        y = top + room * index
        side = round(unit * 0.035)
        mark = canvas.mirrored((area[0], y + (room - side) // 2, area[0] + side, y + (room + side) // 2))
        canvas.rectangle(mark, rgb(colours.series[index]))
        inner = canvas.mirrored(inset((area[0], 0, area[2], 0), left=side + round(unit * 0.03)))
        canvas.write(name, (inner[0], y + (room - name.height) // 2, inner[2], 0), rgb(colours.ink), role="label")
        if share >= 1.0:
            end = canvas.mirrored((area[0], 0, area[2], 0))
            canvas.write(
                value, (end[0], y + (room - value.height) // 2, end[2], 0), rgb(colours.ink), edge="end", role="value"
            )


def _centred(canvas: Canvas, text: SetText, middle: int, wide: int, top: int, ink: Colour, role: str) -> None:
    canvas.write(text, (middle - wide // 2, top, middle - wide // 2 + wide, top), ink, edge="middle", role=role)


def _need_room(canvas: Canvas, pixels: int) -> None:
    if pixels < canvas.format.unit * 0.1:
        raise MediaError(
            f"shot {canvas.shot}: the labels of the chart leave no room for it in the {canvas.format.name} picture",
            remedy="shorten the labels, or use fewer rows",
        )
