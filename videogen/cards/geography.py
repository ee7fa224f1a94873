"""Places on the earth as maps are drawn from them: points, circles and areas."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Point(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float


class Circle(NamedTuple):
    """A centre and a radius in kilometres."""

    centre: Point
    radius: float


class MapArea(Protocol):
    """What a map needs of an area: its outlines in degrees and its circles."""

    @property
    def polygons(self) -> tuple[tuple[Point, ...], ...]:
        """Closed outlines, as (latitude, longitude) points."""

    @property
    def circles(self) -> tuple[Circle, ...]:
        """Circles around a point."""
