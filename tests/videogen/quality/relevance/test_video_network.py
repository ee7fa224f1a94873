"""What the embedded model's eye is shown of a video."""

from __future__ import annotations

import numpy as np

from videogen.quality.relevance.video_network import prepared
from videogen.super_resolution.framing import extended


def test_the_network_sees_the_models_picture_in_a_frame_of_another_shape() -> None:
    picture = np.random.default_rng(5).integers(0, 255, (80, 128, 3), dtype=np.uint8)
    native = prepared(np.stack([picture] * 8))
    for size in ((128, 228), (128, 128), (300, 80)):
        framed = prepared(np.stack([extended(picture, size)] * 8))
        assert float((framed - native).abs().max()) < 1e-6, size
    wide = prepared(np.stack([picture[4:76]] * 8))
    assert wide.shape == native.shape, "of 16:9 all is seen, as ever"
