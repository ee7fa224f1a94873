"""What the watermark does to a picture: next to nothing, the same in every frame."""

from __future__ import annotations

import numpy as np
import pytest

from tests.videogen.media.watermark.pictures import KEY, moving_picture
from videogen.media.planes import Planes, blank_frame
from videogen.media.watermark.embedding import Embedder, Watermark
from videogen.media.watermark.pattern import TILE, Layout

SIZE = (960, 600)
MARK = Watermark.of(KEY, "video", "a", "1")


def frame_of(picture: np.ndarray):
    frame = blank_frame(SIZE)
    Planes.from_rgb(picture).copy_to(Planes.of(frame))
    return frame


def test_luma_changes_by_one_code_value_alike_in_every_frame_and_colour_not_at_all() -> None:
    embedder, changes = Embedder(MARK, SIZE), []
    for picture in moving_picture(3, SIZE):
        given = frame_of(picture)
        before = Planes.of(given).copy()
        after = Planes.of(embedder.marked(given))
        changes.append(after.luma.astype(int) - before.luma)
        assert np.array_equal(after.blue, before.blue)
        assert np.array_equal(after.red, before.red)
        assert np.array_equal(Planes.of(given).luma, before.luma), "the frame of the caller was changed"
    assert set(np.unique(changes[0])) == {-1, 0, 1}
    assert np.array_equal(changes[0], changes[1])
    assert np.array_equal(changes[0], changes[2])
    assert 10 * np.log10(255**2 / np.mean(np.square(changes[0]))) > 48


def test_the_pattern_has_no_brightness_of_its_own() -> None:
    tile = Layout.of(KEY).tile(MARK.payload)
    assert tile.shape == (TILE, TILE)
    assert set(np.unique(tile)) == {-1.0, 1.0}
    assert abs(tile.mean()) < 0.1


def test_another_key_gives_another_pattern_and_the_same_one_always_the_same() -> None:
    import hashlib

    ours, theirs = Layout.of(KEY).tile(MARK.payload), Layout.of(b"x" * 32).tile(MARK.payload)
    assert abs((ours * theirs).mean()) < 0.15
    # Videos that are out in the world must be found by every later version.
    digest = hashlib.sha256(ours.astype(np.int8).tobytes()).hexdigest()
    assert digest.startswith("5a7654fd31f984455d9782bd")


def test_names_that_differ_give_payloads_that_differ() -> None:
    names = [("video", "a", "1"), ("video", "a", "2"), ("video", "a1"), ("alert", "a", "1")]
    assert len({Watermark.of(KEY, *one).payload for one in names}) == len(names)
    assert Watermark.of(b"x" * 32, *names[0]).payload != MARK.payload


def test_the_key_is_not_printed() -> None:
    assert KEY.hex() not in repr(MARK)
    assert str(KEY) not in repr(MARK)


@pytest.mark.parametrize(("size", "carries"), [((426, 240), True), ((320, 238), False), ((128, 80), False)])
def test_small_pictures_carry_none(size: tuple[int, int], carries: bool) -> None:
    assert MARK.embedded_in(size) == (MARK.payload.hex() if carries else None)


def test_small_pictures_are_changed_by_two_code_values_where_they_are_bright() -> None:
    small = (426, 240)
    embedder = Embedder(MARK, small)
    for level, values in ((30, {-1, 0, 1}), (120, {-2, -1, 0, 1, 2})):
        given = blank_frame(small)
        for plane in (Planes.of(given).luma, Planes.of(given).blue, Planes.of(given).red):
            plane[...] = level
        change = Planes.of(embedder.marked(given)).luma.astype(int) - level
        assert set(np.unique(change)) == values
        assert 10 * np.log10(255**2 / np.mean(np.square(change))) > 44
