"""What lies beside a video: SubRip captions, chapters, the transcript, and the data of its charts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import escape

from videogen.briefing.pictures import wording
from videogen.briefing.storyboard.model import Shot, Storyboard
from videogen.briefing.timing.timeline import TimedShot, Timeline
from videogen.domain.requests import Caption
from videogen.media.captions import cleaned
from videogen.media.encoding import Chapter
from videogen.text.shown_text import csv_cell

_SHORTEST_CHAPTER = 10.0
_FEWEST_CHAPTERS = 3
_TITLE = 70


def as_srt(cues: Sequence[Caption]) -> str:
    """The cues as SubRip, which YouTube, Facebook, X and LinkedIn take."""
    blocks = [
        f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{cleaned(cue.text)}\n"
        for number, cue in enumerate(cues, 1)
    ]
    return "\n".join(blocks)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"


def as_ttml(cues: Sequence[Caption], language: str) -> str:
    """The cues as TTML in the text profile of IMSC 1.1 (W3C), which broadcasters take."""
    from lxml import etree

    tt, ttp, tts = (f"http://www.w3.org/ns/ttml{end}" for end in ("", "#parameter", "#styling"))
    root = etree.Element(f"{{{tt}}}tt", nsmap={None: tt, "ttp": ttp, "tts": tts})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    root.set(f"{{{ttp}}}timeBase", "media")
    root.set(f"{{{ttp}}}contentProfiles", "http://www.w3.org/ns/ttml/profile/imsc1.1/text")
    layout = etree.SubElement(etree.SubElement(root, f"{{{tt}}}head"), f"{{{tt}}}layout")
    region = etree.SubElement(layout, f"{{{tt}}}region")
    region.set("{http://www.w3.org/XML/1998/namespace}id", "below")
    style = {"origin": "10% 80%", "extent": "80% 15%", "displayAlign": "after", "textAlign": "center"}
    for name, value in style.items():
        region.set(f"{{{tts}}}{name}", value)
    division = etree.SubElement(etree.SubElement(root, f"{{{tt}}}body"), f"{{{tt}}}div", region="below")
    for cue in cues:
        paragraph = etree.SubElement(
            division, f"{{{tt}}}p", begin=_clock(cue.start).replace(",", "."), end=_clock(cue.end).replace(",", ".")
        )
        first, *rest = cleaned(cue.text).split("\n")
        paragraph.text = first
        for line in rest:
            etree.SubElement(paragraph, f"{{{tt}}}br").tail = line
    return str(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True).decode("utf-8"))


def chapters_of(timeline: Timeline) -> tuple[Chapter, ...]:
    """Parts of at least ten seconds, the first from 0:00 (YouTube's rule); none where they are fewer than three."""
    fps = float(timeline.fps)
    starts: list[tuple[float, str]] = []
    for timed in timeline.shots:
        start = timed.start / fps
        far = not starts or start - starts[-1][0] >= _SHORTEST_CHAPTER
        if timed.shot.kind != "end" and far and timeline.seconds - start >= _SHORTEST_CHAPTER:
            starts.append((start, chapter_title(timed.shot, timeline.language)))
    if len(starts) < _FEWEST_CHAPTERS:
        return ()
    ends = [*(start for start, _ in starts[1:]), timeline.seconds]
    return tuple(Chapter(title, start, end) for (start, title), end in zip(starts, ends, strict=True))


def chapter_title(shot: Shot, language: str) -> str:
    """What a shot is about, in few words that are its own."""
    if shot.figures:
        words = " · ".join(figure.text[language] for figure in shot.figures if language in figure.text)
    elif shot.quote is not None:
        words = shot.quote.speaker.text.get(language, "")
    elif shot.chart is not None and shot.chart.title is not None:
        words = shot.chart.title.text.get(language, "")
    else:
        words = ""
    if not words:
        words = next((sentence.text[language] for sentence in shot.narration), shot.id)
    return words if len(words) <= _TITLE else f"{words[: _TITLE - 1].rsplit(' ', 1)[0]}…"


def chapters_text(chapters: Sequence[Chapter]) -> str:
    """The chapters as lines of a video's description: "0:00 Title"."""
    return "".join(f"{int(x.start) // 60}:{int(x.start) % 60:02d} {x.title}\n" for x in chapters)


def transcript(storyboard: Storyboard, timeline: Timeline) -> list[tuple[str, str, list[str], list[str]]]:
    """Every shot with its moment, kind, what is said, and what is shown and not said."""
    told: list[tuple[str, str, list[str], list[str]]] = []
    for timed in timeline.shots:
        at = round(timed.start / float(timeline.fps))
        said = [cue.spoken.text for cue in timed.cues]
        told.append(
            (f"{at // 60}:{at % 60:02d}", timed.shot.kind, said, _described(storyboard, timed, timeline.language))
        )
    return told


def _described(board: Storyboard, timed: TimedShot, language: str) -> list[str]:
    shot, lines = timed.shot, []
    if shot.kind == "title" and board.issued:
        lines.append(", ".join(filter(None, (board.issuer.get(language), wording.day(board.issued, language)))))
    if shot.chart is not None:
        head = shot.chart.title.text.get(language, "") if shot.chart.title else ""
        rows = "; ".join(f"{row.label.text[language]}: {row.shown.text[language]}" for row in shot.chart.rows)
        lines.append(f"{head + ' — ' if head else ''}{rows}")
    if shot.picture is not None:
        lines.append(f"{shot.picture.alt.get(language, '')} ({shot.picture.credit}, {shot.picture.licence})".strip())
    if shot.points:
        lines.append(", ".join(point.name.text[language] for point in shot.points if language in point.name.text))
    if shot.clip is not None:
        lines.append(f"{wording.word('by_ai', language)}: {shot.clip.prompt}")
    if shot.lower_third is not None and language in shot.lower_third.name:
        lines.append(", ".join(filter(None, (shot.lower_third.name[language], shot.lower_third.role.get(language)))))
    if shot.kind == "end":
        lines.append(
            ", ".join(
                filter(None, (board.issuer.get(language), wording.day(board.issued, language) if board.issued else ""))
            )
        )
    return [line for line in lines if line]


def transcript_text(storyboard: Storyboard, timeline: Timeline) -> str:
    """The transcript as plain text."""
    lines = [storyboard.title.get(timeline.language, storyboard.title[storyboard.languages[0]]), ""]
    for at, _, said, shown in transcript(storyboard, timeline):
        lines.append(f"[{at}] {' '.join(said)}".rstrip())
        lines += [f"       [{text}]" for text in shown]
    return "\n".join(lines) + "\n"


def transcript_html(storyboard: Storyboard, timeline: Timeline) -> str:
    """The transcript as a page without scripts."""
    from videogen.briefing.pictures.canvas import RTL

    language = timeline.language
    title = escape(storyboard.title.get(language, storyboard.title[storyboard.languages[0]]))
    parts = []
    for at, _, said, shown in transcript(storyboard, timeline):
        words = "".join(f"<p>{escape(text)}</p>" for text in said)
        seen = "".join(f"<p><em>{escape(text)}</em></p>" for text in shown)
        parts.append(f"<section><h2>{at}</h2>{words}{seen}</section>")
    direction = ' dir="rtl"' if language in RTL else ""
    return (
        f'<!doctype html><html lang="{escape(language)}"{direction}><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{title}</h1>{''.join(parts)}</body></html>\n"
    )


def chart_data(storyboard: Storyboard, language: str) -> str:
    """The values of all charts as CSV: shot, label, value, unit, as it is written."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("shot", "label", "value", "unit", "as_written"))
    for shot in storyboard.shots_in(language):
        if shot.chart is None:
            continue
        unit = shot.chart.unit.get(language) or (shot.chart.title.text.get(language, "") if shot.chart.title else "")
        for row in shot.chart.rows:
            cells = (shot.id, row.label.text[language], f"{row.value:.12g}", unit, row.shown.text[language])
            writer.writerow([csv_cell(cell) for cell in cells])
    return stream.getvalue()
