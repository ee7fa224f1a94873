"""A map with the places that the sentence names: points without borders."""

from __future__ import annotations

from dataclasses import dataclass, replace

from videogen.briefing.pictures.brand import rgb
from videogen.briefing.pictures.canvas import Canvas
from videogen.briefing.pictures.shot_picture import Setting, ShotPicture, still
from videogen.briefing.timing.timeline import TimedShot
from videogen.cards.area_map import FURNITURE, MapText, MapView, draw_map, draw_map_texts, map_of
from videogen.cards.geography import Circle, Point
from videogen.cards.page import Box
from videogen.cards.text_setting import Face, ascent, line_height, set_line
from videogen.errors import MediaError

_RADIUS_KM = 1.0
_LETTERS = 0.034


@dataclass(frozen=True)
class _Places:
    circles: tuple[Circle, ...]
    polygons: tuple[tuple[Point, ...], ...] = ()


def map_card(setting: Setting, timed: TimedShot) -> ShotPicture:
    """The places with their names as the release writes them, a scale bar and north.

    Raises:
        MediaError: two names cannot stand beside their places without covering each other.
    """
    canvas = setting.canvas(timed.shot.id)
    points = [
        (point.name.text[setting.language], Point(point.latitude, point.longitude))
        for point in timed.shot.points
        if setting.language in point.name.text
    ]
    unit, box = setting.format.unit, setting.format.body
    letters = round(unit * _LETTERS)
    view = map_of([_Places(tuple(Circle(point, _RADIUS_KM) for _, point in points))], box, letters, None)
    if view is None:
        raise MediaError(
            f"shot {timed.shot.id} names no place in {setting.language}", remedy="add a point, or another kind"
        )
    names = _named(canvas, view, points, Face(letters, bold=True, rtl=canvas.rtl))
    view = replace(view, places=tuple(point for _, point in points), texts=(*view.texts[:FURNITURE], *names))
    canvas.image.paste(draw_map(view, rgb(setting.kit.colours.accent)), box[:2])
    draw_map_texts(canvas.image, view)
    canvas.texts.extend(("place", (round(x.x), x.top, round(x.x + x.line.width + 0.5), x.bottom)) for x in names)
    return still(setting, timed, canvas)


def _named(canvas: Canvas, view: MapView, points: list[tuple[str, Point]], face: Face) -> list[MapText]:
    """Each name at the side of its point where there is room."""
    taken: list[tuple[float, float, float, float]] = [
        (text.x, text.top, text.x + text.line.width, text.bottom) for text in view.texts[:FURNITURE]
    ]
    radius = face.size * 0.6
    dots = [view.projection(point) for _, point in points]
    taken += [(x - radius, y - radius, x + radius, y + radius) for x, y in dots]
    names = []
    for (name, _), (x, y) in zip(points, dots, strict=True):
        line = set_line(name, face)
        deep, rise = line_height(name, face), ascent(name, face)
        gap = face.size * 0.9
        sides = (
            (x + gap, y - deep / 2), (x - gap - line.width, y - deep / 2), (x - line.width / 2, y - gap - deep),
            (x - line.width / 2, y + gap),
        )  # fmt: skip
        free = next(
            (at for at in sides if _is_free((*at, at[0] + line.width, at[1] + deep), taken, view.projection.box)), None
        )
        if free is None:
            raise MediaError(
                f"shot {canvas.shot}: the name {name!r} has no room beside its place",
                remedy="remove a point of the map",
            )
        taken.append((free[0], free[1], free[0] + line.width, free[1] + deep))
        top = round(free[1])
        names.append(MapText(line, face, free[0], top + rise, top, top + deep, (255, 255, 255)))
    return names


def _is_free(box: tuple[float, ...], taken: list[tuple[float, float, float, float]], inside: Box) -> bool:
    if box[0] < inside[0] or box[1] < inside[1] or box[2] > inside[2] or box[3] > inside[3]:
        return False
    return not any(box[0] < x1 and box[2] > x0 and box[1] < y1 and box[3] > y0 for x0, y0, x1, y1 in taken)
