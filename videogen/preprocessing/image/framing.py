"""The image step `resize`: the profile's size by a saliency-based crop, or by a letterbox."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from videogen.preprocessing.image.image_state import ImageState

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_MAP_EDGE = 64
# Preferred place of the window and its worth against what stands out: sideways the middle, upright rather the
# upper part, as heads are cut off sooner than feet are missed.
_SIDEWAYS, _UPRIGHT = (0.5, 0.2), (0.3, 0.6)
_MUCH_LOST = 0.5


def resize(state: ImageState) -> ImageState:
    """Crop or letterbox to `state.size`; warns where much is lost or enlarged."""
    image = state.image.convert("RGB")
    width, height = state.size
    if image.width < width or image.height < height:
        state = state.warn(f"it is only {image.width}×{image.height} and is enlarged to {width}×{height}")
    if state.fit == "letterbox":
        return replace(state, image=letterbox(image, state.size))
    left, top, right, bottom = box = crop_box(image, state.size)
    lost = 1 - (right - left) * (bottom - top) / (image.width * image.height)
    if lost > _MUCH_LOST:
        state = state.warn(f"{lost:.0%} of it are cropped away; preprocessing.fit: letterbox keeps all of it")
    return replace(state.noting(crop=list(box)), image=_scaled(image, state.size, box))


def crop_box(image: Image.Image, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest window (left, top, right, bottom) of the aspect ratio of `size`, laid over what stands out.

    Where nothing does: the middle, or a little above it.
    """
    width, height = image.size
    scale = min(width / size[0], height / size[1])
    window = min(max(round(size[0] * scale), 1), width), min(max(round(size[1] * scale), 1), height)
    if window == (width, height):
        return (0, 0, width, height)
    interest = saliency(image)
    left, top = 0, 0
    if window[0] < width:
        left = _best_offset(interest.sum(axis=0), window[0] / width, width - window[0], _SIDEWAYS)
    else:
        top = _best_offset(interest.sum(axis=1), window[1] / height, height - window[1], _UPRIGHT)
    return (left, top, left + window[0], top + window[1])


def saliency(image: Image.Image) -> np.ndarray[Any, np.dtype[np.float64]]:
    """How much each place of a 64×64 copy stands out: at least 0, sum 1; uniform where nothing does.

    Half spectral residual (Hou and Zhang, CVPR 2007), which finds detail, half distance from the median colour
    (after Achanta et al., CVPR 2009) where there is contrast, which fills what the detail outlines.
    """
    import numpy as np
    from PIL import Image as Pillow
    from scipy.ndimage import gaussian_filter, uniform_filter

    small = image.convert("RGB").resize((_MAP_EDGE, _MAP_EDGE), Pillow.Resampling.BOX)
    grey = np.asarray(small.convert("L"), dtype=np.float64)
    if np.ptp(np.asarray(small), axis=(0, 1)).max() < 2:
        return np.full(grey.shape, 1 / grey.size)
    spectrum = np.fft.fft2(grey)
    log_amplitude = np.log(np.abs(spectrum) + 1e-6)
    residual = log_amplitude - uniform_filter(log_amplitude, 3, mode="wrap")
    detail = gaussian_filter(np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2, 2.5)
    lab = np.asarray(small.convert("LAB"), dtype=np.float64)
    blurred = gaussian_filter(lab, (1, 1, 0))
    distance = np.linalg.norm(blurred - np.median(lab, axis=(0, 1)), axis=2)
    contrast = np.sqrt(np.maximum(gaussian_filter(grey**2, 4) - gaussian_filter(grey, 4) ** 2, 0))
    interest = detail / (detail.sum() or 1) + _share(distance * (contrast + 1))
    return np.asarray(interest / interest.sum())


def _share(values: Any) -> Any:
    return values / values.sum() if values.sum() > 0 else values


def letterbox(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The whole picture, on a blurred and darkened enlargement of itself, as television shows upright clips."""
    from PIL import Image as Pillow
    from PIL import ImageFilter, ImageOps

    width, height = size
    scale = min(width / image.width, height / image.height)
    inner = min(max(round(image.width * scale), 1), width), min(max(round(image.height * scale), 1), height)
    scaled = _scaled(image, inner)
    if inner == size:
        return scaled
    frame = ImageOps.fit(image, size, Pillow.Resampling.BILINEAR)
    frame = frame.filter(ImageFilter.GaussianBlur(max(size) / 16)).point(
        [round(0.7 * value) for value in range(256)] * 3
    )
    frame.paste(scaled, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return frame


def _scaled(image: Image.Image, size: tuple[int, int], box: tuple[int, int, int, int] | None = None) -> Image.Image:
    from PIL import Image as Pillow

    return image.resize(size, Pillow.Resampling.LANCZOS, box, reducing_gap=3.0)


def _best_offset(profile: Any, share: float, free: int, prior: tuple[float, float]) -> int:
    """Where of `free` places a window of `share` of the axis begins to see the most of `profile`."""
    import numpy as np

    preferred, worth = prior
    seen = np.concatenate(([0.0], np.cumsum(profile)))
    position = np.arange(len(seen)) / len(profile)
    places = np.linspace(0.0, 1.0, 101)
    starts = places * (1.0 - share)
    within = np.interp(starts + share, position, seen) - np.interp(starts, position, seen)
    return round(float(places[np.argmax(within - worth * (places - preferred) ** 2)]) * free)
