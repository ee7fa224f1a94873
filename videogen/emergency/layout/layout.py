"""A message as pages, in the order of its template: what happens, where and when, what to do, details, who says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from videogen.cards.area_map import map_of
from videogen.cards.flow import Block, Piece, baselines, flowed, largest
from videogen.cards.page import NIGHT, PALE, WHITE, Box, Page, Sheet, StepMark
from videogen.cards.text_setting import Colour, Face, ascent, line_height, set_line, wrapped
from videogen.emergency.layout.frame import Frame, colour, mixed, put_band, put_footer, put_watermark
from videogen.emergency.layout.message import Message
from videogen.emergency.layout.template import EmergencyTemplate, PageKind

_LABEL_SHARE = 0.66
_SIZES = (50, 47, 44, 41, 38, 35, 32)
_SMALL = 30
_TALL_SIZES = (64, 58, 54, 50, 46, 42, 38, 35, 32)


def lay_out(
    message: Message, template: EmergencyTemplate, frame: Frame, *, with_map: bool = True, cache: Path | None = None
) -> list[Page]:
    """All pages of one language. with_map: False for the plain text card. cache: see `render_alert`."""
    makers: dict[PageKind, Callable[[], list[Page]]] = {
        "opening": lambda: _opening(message, template, frame),
        "area": lambda: _area(message, template, frame, with_map=with_map, cache=cache),
        "guidance": lambda: _guidance(message, template, frame),
        "details": lambda: _details(message, template, frame),
        "source": lambda: _source(message, template, frame),
    }
    pages = [page for kind in template.pages for page in makers[kind]()]
    return [
        _numbered(replace(page, number=number), len(pages), frame, rtl=message.rtl)
        for number, page in enumerate(pages, start=1)
    ]


def tint(template: EmergencyTemplate) -> Colour:
    """The hazard's colour, light enough to be read on the dark ground."""
    return mixed(colour(template.colour), WHITE, 0.62)


def _opening(message: Message, template: EmergencyTemplate, frame: Frame) -> list[Page]:
    """The whole screen in the hazard's colour: event, headline, source, time of issue, and the symbol."""
    sides = (360,) if frame.wide else (420, 300, 200) if frame.tall else (215, 160, 110)
    for side in sides:
        pages, fits = _opening_with(frame.pixels(side) // 2 * 2, message, template, frame)
        if fits:
            break
    return pages


def _opening_with(side: int, message: Message, template: EmergencyTemplate, frame: Frame) -> tuple[list[Page], bool]:
    """The opening with a symbol of `side` pixels, and whether headline and all fit on one page."""
    sheet = Sheet(frame.size, message.rtl)
    put_watermark(sheet, frame)
    ink = colour(template.ink)
    left, right, top, bottom = frame.left, frame.right, frame.top, frame.bottom
    if frame.wide:
        column = (left, top, right - side - frame.pixels(50), bottom)
        middle = (top + bottom) // 2
        symbol = (right - side, middle - side // 2, right, middle - side // 2 + side)
    else:
        start = top + frame.pixels(60 if frame.tall else 0)
        symbol = (left, start, left + side, start + side)
        column = (left, start + side + frame.pixels(46 if frame.tall else 20), right, bottom)
    width = column[2] - column[0]
    pill = _pill(sheet, message, frame, template, (column[0], column[1], column[0] + width, column[3]))
    height = column[3] - pill - frame.pixels(12)
    bold = message.face(frame.pixels(60), bold=True)
    plain = message.face(frame.pixels(30))
    source = f"{message.words.issued_by}: {message.source}"
    blocks = [
        Block(source, plain, ink, 0),
        Block(f"{message.words.issued}: {message.issued}", plain, ink, frame.pixels(4)),
    ]
    if message.chips:
        blocks.insert(0, Block(" · ".join(message.chips), replace(plain, bold=True), ink, 0))
    below = flowed(blocks, width, 10**6)[0]
    deep = below[-1].y + below[-1].height + frame.pixels(24)
    title = Block(message.headline, bold, ink, 0)
    sizes = [frame.pixels(size) for size in (72, 66, 60, 54, 48, 44, 40, 36, 32)]
    fitting = largest([title], width, height - deep, sizes if not frame.wide else sizes[2:])
    told = [message.event]
    later: list[Page] = []
    start = pill + frame.pixels(24)
    if len(fitting) == 1 and fitting[0][0].height <= height - deep:
        piece = _balanced(fitting[0][0], width)
        start = pill + max(frame.pixels(12), (height - deep - piece.height) // (2 if frame.wide else 4))
        _put(sheet, frame, [piece], (column[0], start, column[2]))
        start += piece.height + frame.pixels(24)
        told += [] if message.headline == message.event else [piece.text]
    else:
        # A headline that does not fit has pages of its own.
        later = _flowing(message, template, frame, "opening", [title])
    _put(sheet, frame, below, (column[0], start, column[2]))
    told.append(source)
    page = _page(message, frame, "opening", sheet, told, sheet.mirrored(symbol), hazard=True, band=None)
    return [page, *later], not later


def _pill(sheet: Sheet, message: Message, frame: Frame, template: EmergencyTemplate, column: Box) -> int:
    """The event in a light field; returns where it ends."""
    face = message.face(frame.pixels(34), bold=True)
    padding = frame.pixels(16)
    lines = wrapped(message.event, face, column[2] - column[0] - 2 * padding)
    height = line_height(message.event, face)
    wide = round(max(line.width for line in lines)) + 2 * padding
    end = column[1] + height * len(lines) + frame.pixels(12)
    sheet.rectangle((column[0], column[1], column[0] + wide, end), colour(template.ink), radius=frame.pixels(8))
    for number, line in enumerate(lines):
        y = column[1] + frame.pixels(6) + number * height
        box = (column[0] + padding, y, column[0] + wide - padding, y + height)
        sheet.line(line, face, box, y + ascent(line.text, face), colour(template.colour))
    return end


def _area(
    message: Message, template: EmergencyTemplate, frame: Frame, *, with_map: bool, cache: Path | None
) -> list[Page]:
    """Where and when, beside (or below) the map; if both do not fit, when has a page of its own."""
    where = _headed(message.words.where, message.places, message, template, frame)
    times = [f"{label} {moment}" for label, moment in message.times]
    when = _headed(message.words.when, times, message, template, frame) if times else []
    if not with_map or not any(area.polygons or area.circles for area in message.areas):
        return _flowing(message, template, frame, "area", [*where, *when])
    sheet, band, symbol, column, track = _started(message, template, frame)
    place, beside, fitting = _beside_map([*where, *when], column, frame)
    if len(fitting) > 1:
        place, beside, fitting = _beside_map(where, column, frame)
        later = _flowing(message, template, frame, "area", when) if when else []
    else:
        later = []
    first, *more = fitting
    _put(sheet, frame, first, beside)
    left, top, right, bottom = sheet.mirrored(place)
    even = (left // 2 * 2, top // 2 * 2, right // 2 * 2, bottom // 2 * 2)
    told = [_spoken(piece) for piece in first]
    page = _page(message, frame, "area", sheet, told, symbol, band=band, progress=track)
    with_view = replace(page, map=map_of(message.areas, even, frame.pixels(21), cache))
    return [with_view, *(_body(message, template, frame, "area", pieces) for pieces in more), *later]


def _beside_map(blocks: Sequence[Block], column: Box, frame: Frame) -> tuple[Box, Box, list[list[Piece]]]:
    """(map, text, the text's pages): as large a map as leaves room for all the words."""
    sizes = [frame.pixels(size) for size in (*(_TALL_SIZES if frame.tall else _SIZES), _SMALL)]
    for share in (0.55, 0.5, 0.45, 0.4) if frame.wide else (0.62, 0.55, 0.5, 0.45, 0.4):
        place, beside = _divided(column, share, frame)
        fitting = largest(blocks, beside[2] - beside[0], beside[3] - beside[1], sizes)
        if len(fitting) == 1:
            break
    return place, beside, fitting


def _flowing(
    message: Message, template: EmergencyTemplate, frame: Frame, kind: PageKind, blocks: Sequence[Block]
) -> list[Page]:
    """Blocks on pages of their own, in the largest type that fits on one."""
    column = _started(message, template, frame)[3]
    sizes = [frame.pixels(size) for size in (_TALL_SIZES if frame.tall else _SIZES)]
    fitting = largest(blocks, column[2] - column[0], column[3] - column[1], sizes)
    return [_body(message, template, frame, kind, pieces) for pieces in fitting]


def _divided(column: Box, share: float, frame: Frame) -> tuple[Box, Box]:
    """The column as (map, text): left and right on a wide screen, else one above the other."""
    left, top, right, bottom = column
    if frame.wide:
        split = left + round((right - left) * share)
        return (left, top, split, bottom), (split + frame.pixels(36), top, right, bottom)
    split = top + round((bottom - top) * share)
    return (left, top, right, split), (left, split + frame.pixels(20), right, bottom)


def _guidance(message: Message, template: EmergencyTemplate, frame: Frame) -> list[Page]:
    """What to do, in numbered steps; the template's own advice on pages of its own that say so."""
    pages = []
    for title, steps in (
        (_with_responses(message), message.steps),
        (message.words.advice, message.own_steps),
    ):
        if not steps:
            continue
        face = message.face(frame.pixels(38))
        blocks = [_heading(title, message, template, frame)]
        blocks += [
            Block(step, face, WHITE, frame.pixels(18), step=number, indent=frame.pixels(68))
            for number, step in enumerate(steps, start=1)
        ]
        pages += _flowing(message, template, frame, "guidance", blocks)
    return pages


def _with_responses(message: Message) -> str:
    return " · ".join(dict.fromkeys((message.words.what_to_do, *message.responses)))


def _details(message: Message, template: EmergencyTemplate, frame: Frame) -> list[Page]:
    if not message.details:
        return []
    blocks = _headed(message.words.details, message.details, message, template, frame)
    return _flowing(message, template, frame, "details", blocks)


def _source(message: Message, template: EmergencyTemplate, frame: Frame) -> list[Page]:
    bold = message.face(frame.pixels(38), bold=True)
    blocks = [_heading(message.words.source, message, template, frame), Block(message.source, bold, WHITE, 0)]
    for label, text in ((message.words.issued, message.issued), *message.summary):
        blocks += _headed(label, (text,), message, template, frame)
    return _flowing(message, template, frame, "source", blocks)


def _heading(text: str, message: Message, template: EmergencyTemplate, frame: Frame) -> Block:
    face = message.face(frame.pixels(38 * _LABEL_SHARE), bold=True)
    return Block(text, face, tint(template), frame.pixels(22), keep=True)


def _headed(
    title: str, texts: Sequence[str], message: Message, template: EmergencyTemplate, frame: Frame
) -> list[Block]:
    face = message.face(frame.pixels(38))
    blocks = [Block(text, face, WHITE, frame.pixels(14 if number else 2)) for number, text in enumerate(texts)]
    return [_heading(title, message, template, frame), *blocks]


def _body(message: Message, template: EmergencyTemplate, frame: Frame, kind: PageKind, pieces: Sequence[Piece]) -> Page:
    """A page of flowing text under the band."""
    sheet, band, symbol, column, track = _started(message, template, frame)
    marks = _put(sheet, frame, pieces, column, disc=colour(template.colour))
    told = [_spoken(piece) for piece in pieces]
    page = _page(message, frame, kind, sheet, told, symbol, band=band, progress=track)
    return replace(page, steps=_timed(marks, pieces))


def _started(message: Message, template: EmergencyTemplate, frame: Frame) -> tuple[Sheet, Box, Box, Box, Box]:
    """A sheet with band and footer: (sheet, band, symbol, column for content, progress track)."""
    sheet = Sheet(frame.size, message.rtl)
    put_watermark(sheet, frame)
    band, symbol = put_band(sheet, frame, message, template)
    track = put_footer(sheet, frame, message)
    gap = frame.pixels(44 if frame.tall else 26)
    return sheet, band, symbol, (frame.left, band[3] + gap, frame.right, track[1] - frame.pixels(20)), track


def _put(
    sheet: Sheet, frame: Frame, pieces: Sequence[Piece], at: Sequence[int], disc: Colour = NIGHT
) -> list[tuple[Box, int]]:
    """Place pieces below (left, top, right) of a column; returns the discs of the steps that begin here."""
    marks = []
    for piece in pieces:
        deep = line_height(piece.block.text, piece.block.face)
        for line, baseline in zip(piece.lines, baselines(piece), strict=True):
            y = at[1] + baseline
            top = y - ascent(line.text, piece.block.face)
            box = (at[0] + piece.block.indent, top, at[2], top + deep)
            sheet.line(line, piece.block.face, box, y, piece.block.ink)
        if piece.block.step is not None and piece.first:
            side = round(piece.block.face.size * 1.3) // 2 * 2
            top = (at[1] + piece.y + (deep - side) // 2) // 2 * 2
            start = at[0] // 2 * 2
            marks.append((sheet.mirrored((start, top, start + side, top + side)), piece.block.step))
            _put_number(sheet, piece, (start, top, start + side, top + side), disc)
    return marks


def _put_number(sheet: Sheet, piece: Piece, box: Box, disc: Colour) -> None:
    sheet.rectangle(box, disc, radius=(box[3] - box[1]) // 2)
    face = Face(round(piece.block.face.size * 0.72), bold=True)
    line = set_line(str(piece.block.step), face)
    middle = (box[1] + box[3]) // 2 + round(face.size * 0.36)
    sheet.line(line, face, box, middle, WHITE, edge="middle")


def _timed(marks: Sequence[tuple[Box, int]], pieces: Sequence[Piece]) -> tuple[StepMark, ...]:
    """When each step is read, from how much text stands before it."""
    lengths = [len(_spoken(piece)) for piece in pieces]
    total, timed = max(1, sum(lengths)), []
    remaining = list(marks)
    for number, piece in enumerate(pieces):
        if piece.block.step is None or not piece.first:
            continue
        box, _ = remaining.pop(0)
        begins = sum(lengths[:number]) / total
        timed.append(StepMark(box, begins, begins + lengths[number] / total))
    return tuple(timed)


def _balanced(piece: Piece, width: int) -> Piece:
    if piece.text != piece.block.text:
        return piece
    return replace(piece, lines=tuple(wrapped(piece.text, piece.block.face, width, balanced=True)))


def _spoken(piece: Piece) -> str:
    """A heading is read with a pause; a step with its number."""
    if piece.block.keep:
        return f"{piece.text}:"
    number = piece.block.step
    return f"{number}. {piece.text}" if number is not None and piece.first else piece.text


def _page(
    message: Message,
    frame: Frame,
    kind: PageKind,
    sheet: Sheet,
    told: Sequence[str],
    symbol: Box,
    *,
    band: Box | None,
    hazard: bool = False,
    progress: Box | None = None,
) -> Page:
    announced = [frame.watermark] if frame.watermark and kind == "opening" else []
    even = (symbol[0] // 2 * 2, symbol[1] // 2 * 2, symbol[2] // 2 * 2, symbol[3] // 2 * 2)
    return Page(
        kind=kind,
        language=message.language,
        number=0,
        told=(*announced, *told),
        texts=tuple(sheet.texts),
        shapes=tuple(sheet.shapes),
        symbol=even,
        hazard_ground=hazard,
        band=band,
        progress=progress,
    )


def _numbered(page: Page, total: int, frame: Frame, *, rtl: bool) -> Page:
    """The page with "2 / 5" at the foot."""
    if page.progress is None:
        return page
    face = Face(frame.pixels(21), bold=True)
    line = set_line(f"{page.number} / {total}", face)
    sheet = Sheet(frame.size, rtl)
    height = line_height(line.text, face)
    top = frame.bottom - height
    sheet.line(
        line, face, (frame.left, top, frame.right, top + height), top + ascent(line.text, face), PALE, edge="end"
    )
    return replace(page, texts=(*page.texts, *sheet.texts))
