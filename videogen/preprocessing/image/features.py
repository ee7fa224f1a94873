"""Features of a reference image: colours, shapes, light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

HISTOGRAM_BINS = 8
HOG_CELLS, HOG_ORIENTATIONS = 4, 9
FEATURES = {
    "lightness": slice(0, 8),
    "green_red": slice(8, 16),
    "blue_yellow": slice(16, 24),
    "gradients": slice(24, 168),
    "brightness": slice(168, 169),
    "contrast": slice(169, 170),
    "colourfulness": slice(170, 171),
    "sharpness": slice(171, 172),
}
LENGTH = 172
_EDGE = 128


def features(image: Image.Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    """172 float32 numbers in [0, 1] of an sRGB picture of mode RGB, laid out as in `FEATURES`.

    lightness, green_red, blue_yellow: 8-bin histograms of CIE L* (0..100), a* and b* (-100..100), each with sum 1.
    gradients: histogram of oriented gradients (Dalal and Triggs 2005), 4×4 cells by 9 orientations.
    brightness, contrast: mean of L*/100 and twice its standard deviation; colourfulness: Hasler and Süsstrunk
    (2003) /150; sharpness: variance v of the Laplacian as v/(v+500). All on a copy of 128×128 pixels.
    """
    import numpy as np
    from PIL import Image as Pillow
    from scipy.ndimage import laplace
    from skimage.color import rgb2lab
    from skimage.feature import hog

    small = image.convert("RGB").resize((_EDGE, _EDGE), Pillow.Resampling.BILINEAR, reducing_gap=3.0)
    rgb = np.asarray(small)
    lab = rgb2lab(rgb)
    histograms = [
        np.histogram(lab[..., channel].clip(*span), bins=HISTOGRAM_BINS, range=span)[0] / _EDGE**2
        for channel, span in enumerate(((0, 100), (-100, 100), (-100, 100)))
    ]
    cell = _EDGE // HOG_CELLS
    gradients = hog(rgb, HOG_ORIENTATIONS, (cell, cell), cells_per_block=(1, 1), block_norm="L2-Hys", channel_axis=-1)
    grey = np.asarray(small.convert("L"), dtype=np.float64)
    blur = float(laplace(grey).var())
    scalars = (
        float(lab[..., 0].mean()) / 100,
        2 * float(lab[..., 0].std()) / 100,
        _colourfulness(rgb.astype(np.float64), np) / 150,
        blur / (blur + 500),
    )
    return np.concatenate((*histograms, gradients, scalars)).clip(0, 1).astype(np.float32)


def _colourfulness(rgb: Any, np: Any) -> float:
    red_green = rgb[..., 0] - rgb[..., 1]
    yellow_blue = (rgb[..., 0] + rgb[..., 1]) / 2 - rgb[..., 2]
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
