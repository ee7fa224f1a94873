"""Cards of words: title, statement, figures, quotation, list and end."""

from __future__ import annotations

from videogen.briefing.pictures import wording
from videogen.briefing.pictures.brand import rgb
from videogen.briefing.pictures.canvas import CONTEXT_LETTERS, Canvas, SetText, inset, stacked
from videogen.briefing.pictures.parts import pages_of
from videogen.briefing.pictures.shot_picture import Setting, ShotPicture, building, moment_of, still
from videogen.briefing.storyboard.model import Passage
from videogen.briefing.timing.timeline import TimedShot
from videogen.cards.page import Box
from videogen.errors import MediaError

_ONE_LINE = 0.095


def title_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """The title, large, above it nothing but the issuer, below it the day."""
    canvas = setting.canvas(timed.shot.id)
    box, unit = setting.format.body, setting.format.unit
    heading = timed.shot.heading
    text = heading.text[setting.language] if heading else setting.storyboard.title[setting.language]
    issued = setting.storyboard.issued
    below = [wording.day(issued, setting.language)] if issued else []
    wide = box[2] - box[0] - round(unit * 0.05)
    title = canvas.fitted(text, (wide, round((box[3] - box[1]) * 0.78)), 0.098, 0.045, bold=True)
    dated = [canvas.fitted(line, (wide, unit), 0.04, 0.03) for line in below]
    gaps = [round(unit * 0.05)] * len(dated)
    tops = stacked([title.height, *(x.height for x in dated)], gaps, box)
    _rule(canvas, box, tops[0], tops[-1] + (dated[-1] if dated else title).height)
    inner = _beside_rule(canvas, box)
    colours = setting.kit.colours
    canvas.write(title, (inner[0], tops[0], inner[2], box[3]), rgb(colours.ink), role="title")
    for top, line in zip(tops[1:], dated, strict=True):
        canvas.write(line, (inner[0], top, inner[2], box[3]), rgb(colours.accent), role="date")
    shows = frozenset((0,)) if timed.cues and timed.cues[0].spoken.text == text else frozenset()
    return still(setting, timed, canvas, shows)


def statement_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """The spoken sentences themselves; long ones on several pages that change while they are spoken."""
    canvases = []
    for number, cue in enumerate(timed.cues):
        for offset, page in pages_of(cue.spoken.text):
            canvas = setting.canvas(timed.shot.id)
            box = _with_heading(canvas, setting, timed.shot.heading)
            wide = box[2] - box[0] - round(setting.format.unit * 0.05)
            text = canvas.fitted(page, (wide, box[3] - box[1]), 0.074, 0.038, bold=True)
            top = stacked([text.height], [], box)[0]
            _rule(canvas, box, top, top + text.height)
            inner = _beside_rule(canvas, box)
            canvas.write(text, (inner[0], top, inner[2], box[3]), rgb(setting.kit.colours.ink), role="statement")
            start = moment_of(setting, timed, number, offset) if number or offset else 0
            canvases.append((start, canvas))
    return building(setting, timed, canvases, frozenset(range(len(timed.cues))))


def figure_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """The figures, large, each when it is spoken, and below them the sentence."""
    language = setting.language
    figures = [figure.text[language] for figure in timed.shot.figures if language in figure.text]
    spoken = [cue.spoken.text for cue in timed.cues]
    context = " ".join(spoken) if sum(map(len, spoken)) <= CONTEXT_LETTERS else ""
    steps = _steps(setting, timed, figures)
    canvases = []
    for number in range(1, len(figures) + 1):
        canvas = setting.canvas(timed.shot.id)
        _figures(canvas, setting, timed, figures, number, context)
        canvases.append((steps[number - 1] if number > 1 else 0, canvas))
    return building(setting, timed, canvases, frozenset(range(len(spoken))) if context else frozenset())


def _figures(canvas: Canvas, setting: Setting, timed: TimedShot, figures: list[str], shown: int, context: str) -> None:
    box = _with_heading(canvas, setting, timed.shot.heading)
    unit = setting.format.unit
    wide, high = box[2] - box[0], box[3] - box[1]
    room = round(high * (0.56 if context else 0.9)) // len(figures) - round(unit * 0.02)
    largest = {1: 0.17, 2: 0.12}.get(len(figures), 0.095)
    set_figures = [_figure(canvas, x, (wide, room), largest) for x in figures]
    # One size for all: none seems to matter more.
    least = min(x.face.size for x in set_figures) / unit
    set_figures = [canvas.fitted(x, (wide, room), least, 0.04, bold=True, most=3) for x in figures]
    below = [canvas.fitted(context, (wide, round(high * 0.36)), 0.05, 0.032)] if context else []
    gaps = [round(unit * 0.025)] * (len(figures) - 1) + [round(unit * 0.055)] * len(below)
    tops = stacked([x.height for x in (*set_figures, *below)], gaps, box)
    colours = setting.kit.colours
    for number, (top, text) in enumerate(zip(tops, set_figures, strict=False)):
        if number < shown:
            canvas.write(text, (box[0], top, box[2], box[3]), rgb(colours.accent), role="figure")
    if below:
        line = canvas.mirrored((box[0], tops[-1] - round(unit * 0.03), box[0] + round(unit * 0.12), 0))
        canvas.rectangle((line[0], line[1], line[2], line[1] + max(3, round(unit * 0.006))), rgb(colours.accent))
        canvas.write(below[0], (box[0], tops[-1], box[2], box[3]), rgb(colours.ink), role="context")


def _figure(canvas: Canvas, text: str, size: tuple[int, int], largest: float) -> SetText:
    """On one line, if it is still large there."""
    try:
        return canvas.fitted(text, size, largest, _ONE_LINE, bold=True, most=1)
    except MediaError:
        return canvas.fitted(text, size, largest, 0.045, bold=True, most=3)


def _steps(setting: Setting, timed: TimedShot, figures: list[str]) -> list[int]:
    """The frame at which each figure is spoken."""
    found, sentence, place = [], 0, 0
    for figure in figures:
        for number in range(sentence, len(timed.cues)):
            at = timed.cues[number].spoken.text.find(figure, place if number == sentence else 0)
            if at >= 0:
                sentence, place = number, at + len(figure)
                found.append(moment_of(setting, timed, number, at))
                break
        else:
            found.append(found[-1] if found else 0)
    return found


def quote_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """What was said in quotation marks, and who said it."""
    quote = timed.shot.quote
    if quote is None:
        raise MediaError(f"shot {timed.shot.id} has no quotation")
    canvas = setting.canvas(timed.shot.id)
    box, unit, colours = setting.format.body, setting.format.unit, setting.kit.colours
    said, speaker = quote.text.text[setting.language].strip(" ,"), quote.speaker.text[setting.language]
    mark = round(unit * 0.14)
    inner = canvas.mirrored(inset(box, left=mark))
    wide = inner[2] - inner[0]
    text = canvas.fitted(f"“{said}”", (wide, round((box[3] - box[1]) * 0.68)), 0.072, 0.04, bold=True)
    who = canvas.fitted(speaker, (wide, round((box[3] - box[1]) * 0.22)), 0.045, 0.03, most=3)
    tops = stacked([text.height, who.height], [round(unit * 0.06)], box)
    bar = canvas.mirrored((box[0] + mark // 3, tops[0], box[0] + mark // 3 + round(unit * 0.012), tops[1] + who.height))
    canvas.rectangle(bar, rgb(colours.accent))
    canvas.write(text, (inner[0], tops[0], inner[2], box[3]), rgb(colours.ink), role="quote")
    canvas.write(who, (inner[0], tops[1], inner[2], box[3]), rgb(colours.accent), role="speaker")
    return still(setting, timed, canvas, frozenset((0,)))


def list_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """Lines that appear one after another, each when it is spoken."""
    items = [item.text[setting.language] for item in timed.shot.items]
    canvases = []
    for shown in range(1, len(items) + 1):
        canvas = setting.canvas(timed.shot.id)
        box = _with_heading(canvas, setting, timed.shot.heading)
        _items(canvas, setting, box, items, shown)
        start = timed.cues[shown - 1].start - timed.start if shown > 1 else 0
        canvases.append((start, canvas))
    return building(setting, timed, canvases, frozenset(range(len(items))))


def _items(canvas: Canvas, setting: Setting, box: Box, items: list[str], shown: int) -> None:
    unit, colours = setting.format.unit, setting.kit.colours
    dot, gap = round(unit * 0.075), round(unit * 0.035)
    wide = box[2] - box[0] - dot
    room = (box[3] - box[1] - gap * (len(items) - 1)) // len(items)
    texts: list[SetText] = [canvas.fitted(x, (wide, room), 0.055, 0.032) for x in items]
    least = min(text.face.size for text in texts) / unit
    texts = [canvas.fitted(x, (wide, room), least, 0.03) for x in items]
    tops = stacked([text.height for text in texts], [gap] * (len(items) - 1), box)
    for number in range(shown):
        text, top = texts[number], tops[number]
        side = round(unit * 0.022)
        middle = top + text.height // len(text.lines) // 2
        mark = canvas.mirrored((box[0], middle - side // 2, box[0] + side, middle + side // 2))
        canvas.rectangle(mark, rgb(colours.accent), radius=side // 4)
        inner = canvas.mirrored((box[0] + dot, top, box[2], box[3]))
        canvas.write(text, (inner[0], top, inner[2], box[3]), rgb(colours.ink), role="item")


def end_card(setting: Setting, timed: TimedShot, credits: tuple[str, ...] = ()) -> ShotPicture:
    """Who issued it, which release it tells, and whose pictures it shows."""
    canvas = setting.canvas(timed.shot.id)
    board, language, colours = setting.storyboard, setting.language, setting.kit.colours
    box, unit = setting.format.body, setting.format.unit
    wide = box[2] - box[0]
    large = board.issuer.get(language) or board.title[language]
    texts = [(canvas.fitted(large, (wide, round((box[3] - box[1]) * 0.45)), 0.08, 0.045, bold=True), colours.ink)]
    for line, ink in _end_lines(setting, credits):
        texts.append((canvas.fitted(line, (wide, round(unit * 0.2)), 0.04, 0.026, most=4), ink))
    tops = stacked([text.height for text, _ in texts], [round(unit * 0.035)] * (len(texts) - 1), box)
    for (text, ink), top in zip(texts, tops, strict=True):
        canvas.write(text, (box[0], top, box[2], box[3]), rgb(ink), edge="middle", role="end")
    return still(setting, timed, canvas)


def _end_lines(setting: Setting, credits: tuple[str, ...]) -> list[tuple[str, str]]:
    board, language, colours = setting.storyboard, setting.language, setting.kit.colours
    lines = []
    facts = []
    if board.issued:
        facts.append(wording.day(board.issued, language))
    source = board.sources.get(language)
    if source is not None and source.release_id:
        facts.append(f"{wording.word('release', language)} {source.release_id}")
    if facts:
        lines.append((" · ".join(facts), colours.accent))
    if language in board.corrects:
        lines.append((f"{wording.word('correction', language)}: {board.corrects[language]}", colours.ink))
    own = setting.kit.brand.end_card.line
    if language in own:
        lines.append((own[language], colours.ink))
    lines.extend((credit, colours.muted) for credit in credits)
    return lines


def _with_heading(canvas: Canvas, setting: Setting, heading: Passage | None) -> Box:
    """The body below the heading of the section, which is drawn."""
    box, unit = setting.format.body, setting.format.unit
    if heading is None or setting.language not in heading.text:
        return box
    text = canvas.fitted(
        heading.text[setting.language], (box[2] - box[0], round(unit * 0.1)), 0.04, 0.028, bold=True, most=2
    )
    canvas.write(text, box, rgb(setting.kit.colours.accent), role="heading")
    return inset(box, top=text.height + round(unit * 0.02))


def _rule(canvas: Canvas, box: Box, top: int, bottom: int) -> None:
    thick = max(4, round(canvas.format.unit * 0.012))
    canvas.rectangle(canvas.mirrored((box[0], top, box[0] + thick, bottom)), rgb(canvas.kit.colours.accent))


def _beside_rule(canvas: Canvas, box: Box) -> Box:
    return canvas.mirrored(inset(box, left=round(canvas.format.unit * 0.05)))
