"""Whether a template can carry any alert: rendered with short, long and multilingual texts in three sizes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict

from videogen.cards.geography import Circle, Point
from videogen.cards.legibility import LegibilityReport, Problem
from videogen.cards.page import Page
from videogen.cards.text_setting import without_font
from videogen.cards.timing import Turn, schedule
from videogen.emergency.cap.model import Alert, Area, Info
from videogen.emergency.layout.check import PageCheck
from videogen.emergency.layout.frame import Frame
from videogen.emergency.layout.layout import lay_out
from videogen.emergency.layout.message import message_of, missing_parts
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.emergency.rendering.flash_watch import FlashWatch
from videogen.emergency.rendering.frame_stream import FrameStream
from videogen.emergency.rendering.scenes import Scenes, progress_ink

SIZES = ((1280, 720), (1080, 1920), (1080, 1080))
_FPS = 12
_WATCHED = 2.0
# Another script has the same colours: its pages are laid out and checked, but need not be drawn.
_LAID_OUT = "multilingual"


class TemplateReport(BaseModel):
    """What was tried and found. languages: those whose script this machine has fonts for; without_fonts: the others.

    renderings: legibility by text and size, e.g. ``"long en 1080x1920"``.
    """

    model_config = ConfigDict(frozen=True)

    template: str
    languages: tuple[str, ...]
    without_fonts: tuple[str, ...]
    renderings: dict[str, LegibilityReport]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem of every rendering."""
        return tuple(problem for report in self.renderings.values() for problem in report.problems)


def validate(template: EmergencyTemplate, sizes: tuple[tuple[int, int], ...] = SIZES) -> TemplateReport:
    """Lay out, draw and check `template` with every sample text in every size; see `page_check` for the rules.

    The opening page is also played for two seconds, to count flashes. Nothing is encoded.
    """
    texts = {f"{kind} {info.language}": info for kind, info in samples()}
    shown = {name: info for name, info in texts.items() if not without_font(_all_text(info))}
    renderings = {
        f"{name} {width}x{height}": _rendered(template, info, (width, height), drawn=not name.startswith(_LAID_OUT))
        for name, info in shown.items()
        for width, height in sizes
    }
    return TemplateReport(
        template=template.name,
        languages=tuple(dict.fromkeys(info.language for info in shown.values())),
        without_fonts=tuple(info.language for name, info in texts.items() if name not in shown),
        renderings=renderings,
    )


def samples() -> Iterator[tuple[str, Info]]:
    """(kind, info block) of every sample text: a short one, a long one, and ordinary ones in several scripts."""
    start = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    area = Area(description="", circles=(Circle(Point(46.5, 11.35), 25.0),))
    for kind, texts in _texts().items():
        for fields in texts:
            place = area.model_copy(update={"description": fields["area"]})
            yield (
                kind,
                Info(
                    **{key: value for key, value in fields.items() if key != "area"},
                    urgency="Immediate",
                    severity="Severe",
                    certainty="Likely",
                    onset=start,
                    expires=start + timedelta(hours=6),
                    areas=(place,),
                ),
            )


@lru_cache(maxsize=1)
def _texts() -> dict[str, list[dict[str, Any]]]:
    text = files("videogen.emergency").joinpath("data/sample_texts.yaml").read_text(encoding="utf-8")
    loaded: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    return loaded


def _rendered(template: EmergencyTemplate, info: Info, size: tuple[int, int], *, drawn: bool) -> LegibilityReport:
    sent = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    alert = Alert(
        identifier="sample", sender="sample@example.org", sent=sent, status="Test", msg_type="Alert", scope="Private"
    )
    message = message_of(alert, info, template, ZoneInfo("UTC"))
    frame = Frame(size, "TEST")
    check = PageCheck(template.quality, frame)
    check.problems.extend(missing_parts(message, info))
    check.message(message)
    pages = lay_out(message, template, frame)
    for page in pages:
        check.layout(page)
    turns = schedule(pages, [0.0] * len(pages), _FPS)
    for turn in turns:
        check.timing(turn, _FPS)
    if not drawn:
        return check.report()
    watch = FlashWatch(_FPS)
    scenes = Scenes(template, frame, check, None, None, "template", None)
    opening, *others = turns
    for _ in FrameStream(
        [Turn(opening.page, 0, round(_WATCHED * _FPS))], size, _FPS, scenes, watch, progress_ink(template)
    ):
        pass
    for turn in _of_each_kind(others):
        scenes(turn)
    check.flashes(watch.most)
    return check.report(watch.most)


def _of_each_kind(turns: list[Turn]) -> Iterator[Turn]:
    """The first page of each kind: the others are drawn with the same colours."""
    seen: set[tuple[Any, ...]] = set()
    for turn in turns:
        page: Page = turn.page
        if (page.kind, page.map is None) not in seen:
            seen.add((page.kind, page.map is None))
            yield turn


def _all_text(info: Info) -> str:
    return " ".join(
        text
        for text in (info.event, info.headline, info.description, info.instruction, info.areas[0].description)
        if text
    )
