"""The image steps `remove_background` and `remove_backdrop`: GrabCut, and a check whether its result is plausible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from videogen.preprocessing.image.colour import BACKGROUND
from videogen.preprocessing.image.framing import saliency
from videogen.preprocessing.image.image_state import ImageState

if TYPE_CHECKING:
    from PIL import Image

_EDGE = 240
_ROUNDS = 4
MIN_SHARE, MAX_SHARE = 0.02, 0.8
# Share of the subject that must be one connected piece.
MIN_LARGEST = 0.8
# Share of the border that the subject may touch; more means that it was not told from the surroundings.
MAX_BORDER = 0.35
# Overlap (intersection over union) of the outlines found from two different beginnings.
MIN_AGREEMENT = 0.85
# A backdrop: how much of the border may differ from its colour, by how much (Lab units), and how colourful a studio's
# grey, white or black may be. A screen of chroma key is far more colourful than any sky.
_STRAY, _SPREAD, _GREY, _KEY = 0.05, 6.0, 10.0, 60.0
_KEY_HUES = ((115.0, 155.0), (285.0, 315.0))
# Share of the outline along which the picture itself has an edge, and what counts as one (Lab units).
MIN_EDGES, EDGE = 0.7, 12.0


def remove_background(state: ImageState) -> ImageState:
    """Put the subject on white. If no subject can be separated, keep the image and add a warning."""
    image = state.image.convert("RGB")
    mask, problem = subject_mask(image)
    if mask is None:
        return state.warn(f"its background was kept: {problem}")
    from PIL import Image as Pillow

    canvas = Pillow.new("RGB", image.size, BACKGROUND)
    canvas.paste(image, mask=mask)
    share = sum(value * count for value, count in enumerate(mask.histogram())) / (255 * image.width * image.height)
    return replace(state.noting(background_removed=True, subject_share=round(share, 3)), image=canvas)


def remove_backdrop(state: ImageState) -> ImageState:
    """Put the subject on white where it stands before a plain backdrop: a studio's, or a screen of chroma key.

    Sky, walls and whatever else belongs to the scene stay.
    """
    image = state.image.convert("RGB")
    kind = backdrop(image)
    if not kind:
        return state
    removed = remove_background(state)
    # Nobody asked for it, so nobody is told that it was not possible.
    return removed.noting(backdrop=kind) if removed.facts.get("background_removed") else state


def backdrop(image: Image.Image) -> str:
    """The backdrop that all four edges of the picture show: "grey", "green" or "blue"; empty: none."""
    import cv2
    import numpy as np

    small = image.resize((96, 96))
    lab = cv2.cvtColor(np.asarray(small, np.float32) / 255, cv2.COLOR_RGB2LAB)
    border = np.concatenate((lab[:4].reshape(-1, 3), lab[:, :4].reshape(-1, 3), lab[:, -4:].reshape(-1, 3)))
    colour = np.median(border, axis=0)
    if float((np.linalg.norm(border - colour, axis=1) > _SPREAD).mean()) > _STRAY:
        return ""
    chroma, hue = float(np.hypot(colour[1], colour[2])), float(np.degrees(np.arctan2(colour[2], colour[1])) % 360)
    if chroma <= _GREY:
        return "grey"
    keys = [name for name, (low, high) in zip(("green", "blue"), _KEY_HUES, strict=True) if low <= hue <= high]
    return keys[0] if keys and chroma >= _KEY else ""


def subject_mask(image: Image.Image) -> tuple[Image.Image | None, str]:
    """Mode L, 255 where the subject is, with soft edges; or None and why it is not to be believed.

    GrabCut (Rother, Kolmogorov and Blake 2004) at no more than 240 pixels' edge, begun twice: from all that is
    not the border, and from what stands out. Both must find the same, along edges of the picture.
    """
    import cv2
    import numpy as np
    from PIL import Image as Pillow

    small = image.copy()
    small.thumbnail((_EDGE, _EDGE), Pillow.Resampling.BOX)
    if min(small.size) < 16:
        return None, "it is too small or too narrow to find a subject in it"
    pixels = np.ascontiguousarray(np.asarray(small)[..., ::-1])
    if np.ptp(pixels) < 16:
        return None, "nothing in it stands out"
    found = []
    for beginning in _beginnings(small):
        subject = _grabcut(pixels, beginning)
        problem = _doubt(subject, pixels)
        if problem:
            return None, problem
        found.append(subject.astype(bool))
    agreement = (found[0] & found[1]).sum() / (found[0] | found[1]).sum()
    if agreement < MIN_AGREEMENT:
        return None, "where the subject ends is not clear"
    soft = cv2.GaussianBlur(_large_pieces(found[1]).astype(np.float32) * 255, (0, 0), 1.0)
    return Pillow.fromarray(soft.astype(np.uint8)).resize(image.size, Pillow.Resampling.BICUBIC), ""


def _beginnings(small: Image.Image) -> list[Any]:
    import cv2
    import numpy as np

    height, width = small.height, small.width
    border = np.ones((height, width), bool)
    margin_y, margin_x = max(height // 25, 1), max(width // 25, 1)
    # A subject often stands on the lower edge, so only its outer thirds are surely background.
    border[margin_y:-margin_y, margin_x:-margin_x] = False
    border[-margin_y:, width // 3 : -(width // 3)] = False
    interest = cv2.resize(saliency(small), (width, height), interpolation=cv2.INTER_LINEAR)
    likely = interest > np.percentile(interest, 60)
    return [
        np.where(border, cv2.GC_BGD, np.where(subject, cv2.GC_PR_FGD, cv2.GC_PR_BGD)).astype(np.uint8)
        for subject in (np.ones_like(border), likely)
    ]


def _grabcut(pixels: Any, mask: Any) -> Any:
    """1 where the subject is, uint8."""
    import cv2
    import numpy as np

    cv2.setRNGSeed(0)
    background, subject = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pixels, mask, (0, 0, 1, 1), background, subject, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))


def _doubt(subject: Any, pixels: Any) -> str:
    """Why the outline is not to be believed; "" if it is."""
    import cv2
    import numpy as np

    share = float(subject.mean())
    if not MIN_SHARE <= share <= MAX_SHARE:
        return f"the outline found covers {share:.0%} of the picture"
    _, _, facts, _ = cv2.connectedComponentsWithStats(subject)
    if facts[1:, cv2.CC_STAT_AREA].max() < MIN_LARGEST * subject.sum():
        return "the outline found falls into several pieces"
    rim = np.concatenate((subject[1], subject[-2], subject[:, 1], subject[:, -2]))
    if float(rim.mean()) > MAX_BORDER:
        return "the outline found reaches all around the border"
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    reach = np.ones((5, 5), np.uint8)
    step = np.linalg.norm(cv2.dilate(lab, reach) - cv2.erode(lab, reach), axis=2)
    outline = (cv2.dilate(subject, np.ones((3, 3), np.uint8)) - subject).astype(bool)
    edges = float((step[outline] >= EDGE).mean())
    return "" if edges >= MIN_EDGES else "the subject fades into its surroundings"


def _large_pieces(subject: Any) -> Any:
    import cv2
    import numpy as np

    _, labels, facts, _ = cv2.connectedComponentsWithStats(subject.astype(np.uint8))
    large = [n for n in range(1, len(facts)) if facts[n, cv2.CC_STAT_AREA] >= 0.05 * subject.sum()]
    return np.isin(labels, large)
