"""Drawing a page: ground, shapes, map, text, symbol; and measuring the contrast of what was drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.cards.area_map import FURNITURE, draw_map, draw_map_texts
from videogen.cards.page import NIGHT, Box, Page, Shape
from videogen.cards.symbols import symbol_mask
from videogen.cards.text_setting import draw_line
from videogen.emergency.layout.frame import Frame, colour, mixed
from videogen.emergency.layout.template import EmergencyTemplate
from videogen.quality.metrics.flashes import linear_rgb

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from videogen.media.label import Label

Pixels = NDArray[np.uint8]
SYMBOL_SHARE = 0.76
"""Edge of a symbol that moves, as a share of the box that it moves in."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
# Dark enough for white text over a white picture, light enough to see that something moves behind.
_SCRIM, _VEIL = 226, 96


@dataclass(frozen=True)
class Drawing:
    """A page as pixels.

    picture: uint8, H×W×4, sRGB and opacity; contrasts: one for each of the page's texts and its map's, the lowest ratio
    over any background.
    """

    picture: Pixels
    contrasts: tuple[float, ...]

    @property
    def rgb(self) -> Pixels:
        """The opaque picture, H×W×3."""
        return np.ascontiguousarray(self.picture[..., :3])


def draw_page(
    page: Page, template: EmergencyTemplate, frame: Frame, *, label: Label | None = None, translucent: bool = False
) -> Drawing:
    """`page` as pixels. translucent: a clip is seen behind it, dimmed by a scrim where there is text."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(_ground(page, template, frame, translucent=translucent))
    draw = ImageDraw.Draw(image)
    if page.progress is not None:
        draw.rectangle(_inner(page.progress), fill=(*mixed(NIGHT, (255, 255, 255), 0.22), 255))
    for shape in page.shapes:
        _draw_shape(draw, shape)
    if page.map is not None:
        box = page.map.projection.box
        image.paste(draw_map(page.map, colour(template.colour)), box[:2])
    if label is not None:
        _draw_label(image, label)
    before = np.array(image)
    for text in page.texts:
        draw_line(draw, text.line, text.face, (text.x, text.y), text.ink)
    boxes = [text.box for text in page.texts]
    if page.map is not None:
        draw_map_texts(image, page.map)
        boxes += [_rounded(text.x, text.top, text.x + text.line.width, text.bottom) for text in page.map.texts]
    after = np.array(image)
    contrasts = tuple(contrast(before, after, box) for box in boxes)
    _draw_symbol(image, page, template)
    return Drawing(np.array(image), contrasts)


def without_faint_names(page: Page, drawing: Drawing, floor: float) -> Page:
    """The page without those names and degrees on its map whose contrast is below `floor`.

    A map is good without one of them; the scale and north stay, and are judged like all other text.
    """
    if page.map is None:
        return page
    measured = zip(page.map.texts, drawing.contrasts[len(page.texts) :], strict=True)
    kept = tuple(text for number, (text, ratio) in enumerate(measured) if number < FURNITURE or ratio >= floor)
    return page if len(kept) == len(page.map.texts) else replace(page, map=replace(page.map, texts=kept))


def contrast(before: Pixels, after: Pixels, box: Box) -> float:
    """WCAG contrast ratio of what was written inside `box` to its ground, 1 … 21; 1 where nothing was written.

    before, after: the picture without and with the text, uint8, H×W×4. Where it is not opaque, the lower one over
    white and over black is taken: any background lies between them. The ground counts at its worst two hundredths.
    """
    left, top, right, bottom = box
    rows, columns = slice(max(0, top), bottom), slice(max(0, left), right)
    ground, written = before[rows, columns], after[rows, columns]
    change = np.abs(written[..., :3].astype(np.int16) - ground[..., :3]).sum(axis=2)
    if not change.size or change.max() == 0:
        return 1.0
    inked = change >= 0.8 * change.max()
    opaque = bool((ground[..., 3] == 255).all())
    ratios = []
    for behind in (255,) if opaque else (255, 0):
        ink = float(np.median(_luminance(_over(written[inked], behind))))
        levels = _luminance(_over(ground[::2, ::2].reshape(-1, 4), behind))
        worst = float(np.quantile(levels, 0.98 if ink > np.median(levels) else 0.02))
        ratios.append((max(ink, worst) + 0.05) / (min(ink, worst) + 0.05))
    return min(ratios)


def _over(pixels: Pixels, behind: int) -> Pixels:
    """RGBA pixels (…×4) over a grey background, as RGB."""
    opacity = pixels[..., 3:].astype(np.float32) / 255.0
    return np.asarray(np.rint(pixels[..., :3] * opacity + behind * (1.0 - opacity)), np.uint8)


def _luminance(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(linear_rgb(pixels) @ _LUMINANCE, np.float32)


def _ground(page: Page, template: EmergencyTemplate, frame: Frame, *, translucent: bool) -> Pixels:
    """A calm slope of colour; with a clip behind it, a scrim under the text and a veil elsewhere."""
    width, height = frame.size
    hazard = colour(template.colour)
    if page.hazard_ground:
        top, bottom = mixed(hazard, (255, 255, 255), 0.04), mixed(hazard, (0, 0, 0), 0.38)
    else:
        top, bottom = mixed(NIGHT, hazard, 0.16), NIGHT
    ground = np.empty((height, width, 4), np.uint8)
    slope = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    rows = np.array(top, np.float32) * (1 - slope) + np.array(bottom, np.float32) * slope
    ground[..., :3] = np.rint(rows).astype(np.uint8)[:, None]
    ground[..., 3] = _SCRIM if translucent else 255
    if translucent and page.hazard_ground:
        left, top_edge, right, bottom_edge = page.symbol
        if frame.wide and left > frame.size[0] // 2:
            ground[:, left - frame.pixels(25) :, 3] = _VEIL
        elif frame.wide:
            ground[:, : right + frame.pixels(25), 3] = _VEIL
        else:
            ground[frame.strip : bottom_edge + frame.pixels(10), :, 3] = _VEIL
        # What moves is drawn on opaque ground.
        ground[top_edge:bottom_edge, left:right, 3] = 255
    return ground


def _draw_shape(draw: ImageDraw, shape: Shape) -> None:
    fill = (*shape.colour, shape.opacity)
    if shape.radius:
        draw.rounded_rectangle(_inner(shape.box), shape.radius, fill=fill)
    else:
        draw.rectangle(_inner(shape.box), fill=fill)


def _draw_symbol(image: Image, page: Page, template: EmergencyTemplate) -> None:
    left, top, right, _ = page.symbol
    side = right - left
    inner = round(side * SYMBOL_SHARE) if page.hazard_ground else side
    offset = (side - inner) // 2
    mask = symbol_mask(template.symbol, inner)
    image.paste((*colour(template.ink), 255), (left + offset, top + offset), mask)


def _draw_label(image: Image, label: Label) -> None:
    """The house's label; its plate is opaque here, so that it can be judged without the clip."""
    from PIL import Image as Images

    left, top, right, bottom = label.box
    pixels = np.full((bottom - top, right - left, 3), 16, np.uint8)
    ink = label.ink[..., None]
    pixels = np.rint(pixels * (1.0 - ink) + 255.0 * ink).astype(np.uint8)
    image.paste(Images.fromarray(pixels), (left, top))


def _inner(box: Box) -> Box:
    """Pillow counts the right and bottom edges as inside."""
    return box[0], box[1], box[2] - 1, box[3] - 1


def _rounded(left: float, top: float, right: float, bottom: float) -> Box:
    return round(left), round(top), round(right + 0.5), round(bottom)
