"""The map: true to scale, also at high latitudes and over the date line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.videogen.emergency.sample_renderings import ENGLISH
from videogen.cards.area_map import draw_map, map_of
from videogen.cards.geography import Circle, Point
from videogen.cards.places import places
from videogen.emergency.cap.model import Area

BOX = (20, 30, 420, 330)
RADIUS = 6371.0088


def great_circle(a, b):
    """Kilometres by the haversine formula."""
    (f1, l1), (f2, l2) = ((math.radians(v) for v in p) for p in (a, b))
    h = math.sin((f2 - f1) / 2) ** 2 + math.cos(f1) * math.cos(f2) * math.sin((l2 - l1) / 2) ** 2
    return 2 * RADIUS * math.asin(math.sqrt(h))


@settings(deadline=None, max_examples=50)
@given(st.floats(-70, 70), st.floats(-179, 179), st.floats(1.0, 60.0), st.floats(0.0, 2 * math.pi))
def test_distances_on_the_map_are_distances_on_the_ground(latitude, longitude, kilometres, bearing):
    view = map_of([Area(description="", circles=(Circle(Point(latitude, longitude), kilometres),))], BOX, 14, None)
    north = math.cos(bearing) * kilometres / 111.195
    east = math.sin(bearing) * kilometres / 111.195 / math.cos(math.radians(latitude))
    other = Point(latitude + north, longitude + east)
    pixels = math.dist(view.projection(Point(latitude, longitude)), view.projection(other))
    assert pixels / view.projection.scale == pytest.approx(great_circle((latitude, longitude), other), rel=0.02)


def test_the_scale_bar_is_as_long_as_it_says():
    view = map_of(ENGLISH.areas, BOX, 14, None)
    kilometres = float(view.texts[0].line.text.removesuffix(" km"))
    assert view.bar[2] == pytest.approx(kilometres * view.projection.scale, abs=1)


def test_an_area_over_the_date_line_is_one_area():
    fiji = Area(
        description="", polygons=(tuple(Point(*p) for p in ((-17, 179), (-17, -179), (-18, -179), (-18, 179))),)
    )
    view = map_of([fiji], BOX, 14, None)
    longitudes = [point.longitude for point in view.polygons[0]]
    assert max(longitudes) - min(longitudes) == pytest.approx(2.0)
    assert all(text.line.text != "181°E" for text in view.texts)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), min_size=3, max_size=8))
def test_any_polygon_lies_inside_the_map_and_can_be_drawn(corners):
    view = map_of([Area(description="", polygons=(tuple(Point(*c) for c in corners),))], (0, 0, 80, 60), 12, None)
    for point in view.polygons[0]:
        x, y = view.projection(point)
        assert 0 <= x <= 80
        assert 0 <= y <= 60
    assert draw_map(view, (10, 79, 143)).size == (80, 60)


def test_the_area_is_filled_where_it_is_and_not_elsewhere():
    circle = Area(description="", circles=(Circle(Point(44.0, 12.0), 10.0),))
    view = map_of([circle], BOX, 14, None)
    pixels = np.asarray(draw_map(view, (10, 79, 143), 1.0)).astype(int)
    middle, corner = pixels[150 + 30, 200 + 40], pixels[8, 8]
    assert middle[2] > corner[2] + 60


def test_an_area_without_shape_has_no_map():
    assert map_of([Area(description="Ravenna")], BOX, 14, None) is None


def test_places_are_the_known_ones_and_come_from_the_cache_again(tmp_path):
    found = places(tmp_path).inside(44.2, 44.6, 12.0, 12.5, 3)
    assert [name for name, _, _ in found][:2] == ["Forlì", "Ravenna"]
    assert found == places(None).inside(44.2, 44.6, 12.0, 12.5, 3)


def test_places_beyond_the_date_line_are_found():
    assert "Suva" in [name for name, _, _ in places(None).inside(-19, -17, 178, 182, 5)]
