"""How a single frame looks, and how near it is to a reference.

Sharpness, noise, blockiness, exposure and completeness; PSNR and SSIM.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen.quality.metrics.window import Pixels, Values


def blur(gray: Pixels) -> float:
    """Perceptual blur without reference, 0 (sharp) … 1 (blurred).

    Crété et al. 2007, "The blur effect: perception and estimation with a new no-reference perceptual blur metric"
    (the form of `skimage.measure.blur_effect`, kernel 11). gray: uint8, H×W.
    """
    import cv2

    picture = gray.astype(np.float32) / 255.0
    size = 11
    inside = (slice(2, -1), slice(2, -1))
    scores = []
    for kernel, order in (((size, 1), (0, 1)), ((1, size), (1, 0))):
        smoothed = cv2.blur(picture, (kernel[1], kernel[0]), borderType=cv2.BORDER_REFLECT)
        edges = np.abs(cv2.Sobel(picture, cv2.CV_32F, order[0], order[1], borderType=cv2.BORDER_REFLECT))[inside]
        soft = np.abs(cv2.Sobel(smoothed, cv2.CV_32F, order[0], order[1], borderType=cv2.BORDER_REFLECT))[inside]
        total = float(edges.sum())
        lost = float(np.maximum(0.0, edges - soft).sum())
        scores.append((total - lost) / total if total > 0 else 1.0)
    return max(scores)


def noise_sigma(gray: Pixels) -> float:
    """Standard deviation of the noise in a picture, in grey levels (0 … 255).

    Kernel of Immerkær 1996, "Fast noise variance estimation", with the median in place of the mean
    (σ = median|I∗N| / (6·0.6745)), so that edges do not count as noise. gray: uint8, H×W.
    """
    import cv2

    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(gray, cv2.CV_16S, kernel))[1:-1, 1:-1]
    return _median_of_integers(response) / (6.0 * 0.6745)


def _median_of_integers(values: NDArray[np.int16]) -> float:
    """Median of non-negative integers that moves smoothly; 0 where half of them are 0.

    Ties are spread over their unit interval.
    """
    counts = np.bincount(values.ravel())
    below = np.cumsum(counts)
    half = values.size / 2
    level = int(np.searchsorted(below, half))
    if level == 0:
        return 0.0
    before = float(below[level - 1])
    return level - 0.5 + (half - before) / float(counts[level])


def blockiness(gray: Pixels, period: int = 8) -> float:
    """How much luma jumps at block borders beyond its surroundings, 0 … 1.

    0 is none, below one grey level hardly any.

    After Wu & Yuen 1997 (generalised block-edge impairment) and Wang, Sheikh & Bovik 2002 (JPEG quality without
    reference): per border, the excess of the mean step over its two neighbours' steps, as a share of all three;
    the median over borders leaves out edges that belong to the picture. The grid's phase is searched, so cropped
    and shifted blocks count too; the smaller of the two directions counts, since blocks have both.
    """
    picture = gray.astype(np.int16)
    return min(_border_excess(np.abs(np.diff(picture, axis=axis)).mean(axis=1 - axis), period) for axis in (0, 1))


def _border_excess(steps: Values, period: int) -> float:
    scores = []
    for phase in range(period):
        borders = np.arange(phase, len(steps) - 1, period)
        borders = borders[borders >= 1]
        if len(borders) < 4:
            continue
        here, around = steps[borders], (steps[borders - 1] + steps[borders + 1]) / 2
        # The one grey level in the divisor keeps steps that nobody sees from counting.
        scores.append(float(np.median((here - around) / (here + 2 * around + 1.0))))
    return max([0.0, *scores])


def exposure(gray: Pixels) -> float:
    """Fraction of pixels neither crushed (luma ≤ 4) nor blown out (luma ≥ 251), 0 … 1.

    gray: uint8, H×W.
    """
    import cv2

    counts = cv2.calcHist([gray], [0], None, [256], [0, 256]).ravel()
    return float(counts[5:251].sum() / counts.sum())


def blank_share(gray: Pixels, tolerance: float = 3.0) -> float:
    """Share of the frame in blank bands along one of its borders, 0 … 1: unfinished pictures, letterboxes.

    A row (or column) belongs to the band if it is even (spread ≤ tolerance) and of the colour of the outermost
    one.
    """
    picture = gray.astype(np.int16)
    shares = []
    for axis in (0, 1):
        lowest, highest = np.percentile(picture, (2, 98), axis=1 - axis)
        middle = (lowest + highest) / 2
        even = highest - lowest <= 2 * tolerance
        for direction in (1, -1):
            same = even[::direction] & (np.abs(middle[::direction] - middle[::direction][0]) <= tolerance)
            shares.append((len(same) if same.all() else int(np.argmin(same))) / len(same))
    return max(shares)


def psnr(picture: Pixels, reference: Pixels) -> float:
    """Peak signal-to-noise ratio in dB of uint8 arrays of one shape; infinite where equal.

    They may have any number of dimensions.
    """
    import cv2

    squares = float(cv2.norm(picture, reference, cv2.NORM_L2SQR)) / picture.size
    return float("inf") if squares == 0 else float(10.0 * np.log10(255.0**2 / squares))


def ssim(picture: Pixels, reference: Pixels) -> float:
    """Structural similarity of two uint8 pictures (H×W×3 or H×W), −1 … 1, mean over channels.

    Wang et al. 2004 with its Gaussian window (σ 1.5, 11 taps), K₁ 0.01, K₂ 0.03, data range 255. Borders of 5
    pixels are left out, as in scikit-image.
    """
    import cv2

    x, y = picture.astype(np.float32), reference.astype(np.float32)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT), np.float32)

    mean_x, mean_y = smooth(x), smooth(y)
    xx, yy, xy = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    variances = smooth(x * x) + smooth(y * y) - xx - yy
    covariance = smooth(x * y) - xy
    quality = ((2 * xy + c1) * (2 * covariance + c2)) / ((xx + yy + c1) * (variances + c2))
    return float(quality[5:-5, 5:-5].mean(dtype=np.float64))
