"""Planes of pictures that are blended into each other."""

from __future__ import annotations

import numpy as np

from videogen.media.planes import Planes


def test_a_blend_is_rounded_as_integers_are_for_all_values_and_shares() -> None:
    first = np.repeat(np.arange(256, dtype=np.uint8), 256).reshape(256, 256)
    second = first.T.copy()
    one, other = Planes(first, first[::2, ::2], first[::2, ::2]), Planes(second, second[::2, ::2], second[::2, ::2])
    for weight in range(257):
        blended = one.blended(other, weight / 256).luma
        exact = (first.astype(np.uint32) * (256 - weight) + second.astype(np.uint32) * weight + 128) >> 8
        assert np.array_equal(blended, exact)
