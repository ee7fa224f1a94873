"""The image step `enhance`: more contrast and sharpness, gently, and only where too little is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from videogen.preprocessing.image.image_state import ImageState

if TYPE_CHECKING:
    from PIL import Image

# Luma from the 1st to the 99th percentile, of 255: below LOW it is raised, below FLAT there is nothing to raise.
LOW_CONTRAST, FLAT = 90.0, 8.0
MAX_GAIN = 1.5
# Variance of the Laplacian at 256 pixels' width; photographs in focus measure several hundred.
LOW_SHARPNESS = 100.0
_MEASURED_EDGE = 256


def contrast(image: Image.Image) -> tuple[float, float]:
    """1st and 99th percentile of luma, 0 to 255."""
    import numpy as np

    low, high = np.percentile(np.asarray(_small(image).convert("L")), (1, 99))
    return float(low), float(high)


def sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian of luma, at most 256 pixels' edge, so that size does not matter."""
    import numpy as np
    from scipy.ndimage import laplace

    return float(laplace(np.asarray(_small(image).convert("L"), dtype=np.float32)).var())


def enhance(state: ImageState) -> ImageState:
    """Expects mode RGB; a picture that is good already comes back unchanged."""
    from PIL import ImageFilter

    image = state.image.convert("RGB")
    low, high = contrast(image)
    spread = high - low
    if FLAT <= spread < LOW_CONTRAST:
        gain = min(LOW_CONTRAST / spread, MAX_GAIN)
        middle = (low + high) / 2
        # The middle moves half of the way to mid-grey, so that a dark picture is lifted but stays a dark picture.
        target = middle + (127.5 - middle) * (gain - 1) / 2
        table = [min(max(round(target + gain * (value - middle)), 0), 255) for value in range(256)]
        image = image.point(table * 3)
        state = state.noting(contrast_gain=round(gain, 3))
    if spread >= FLAT and sharpness(image) < LOW_SHARPNESS:
        radius = max(max(image.size) / _MEASURED_EDGE, 1.0)
        image = image.filter(ImageFilter.UnsharpMask(radius=radius, percent=80, threshold=2))
        state = state.noting(sharpened=True)
    return replace(state, image=image)


def _small(image: Image.Image) -> Image.Image:
    from PIL import Image as Pillow

    scale = _MEASURED_EDGE / max(image.size)
    if scale >= 1:
        return image
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    return image.resize(size, Pillow.Resampling.BOX)
