"""The image steps `orient` and `to_srgb`: any picture becomes an upright 8-bit sRGB one."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from videogen.preprocessing.image.image_state import ImageState

if TYPE_CHECKING:
    from PIL import Image

# What shows through transparent pixels. White, as logos and charts are drawn for paper.
BACKGROUND = (255, 255, 255)


def orient(state: ImageState) -> ImageState:
    """Turns the picture as its EXIF orientation says; damaged EXIF is ignored with a warning."""
    from PIL import ImageOps

    try:
        return replace(state, image=ImageOps.exif_transpose(state.image))
    except (ValueError, TypeError, KeyError, SyntaxError, OSError, struct.error) as error:
        return state.warn(f"its EXIF data is damaged ({error}), so it may be turned the wrong way")


def to_srgb(state: ImageState) -> ImageState:
    """Converts through the embedded ICC profile, flattens transparency on white, reduces to 8 bits a channel."""
    image, problem = as_srgb(state.image)
    state = replace(state, image=image)
    return state.warn(problem) if problem else state


def as_srgb(image: Image.Image) -> tuple[Image.Image, str]:
    """`image` in mode RGB and sRGB without transparency, and what could not be done properly ("" if nothing)."""
    profile = image.info.get("icc_profile")
    image = image.convert("LA") if image.mode == "La" else image
    eight_bit, problem = _eight_bit(image)
    alpha = None
    if eight_bit.has_transparency_data:
        eight_bit = eight_bit.convert("RGBA")
        alpha = eight_bit.getchannel("A")
        eight_bit = eight_bit.convert("RGB")
    rgb, profile_problem = _converted(eight_bit, profile)
    if alpha is not None:
        from PIL import Image

        canvas = Image.new("RGB", rgb.size, BACKGROUND)
        canvas.paste(rgb, mask=alpha)
        rgb = canvas
    return rgb, problem or profile_problem


def _eight_bit(image: Image.Image) -> tuple[Image.Image, str]:
    """16-bit, 32-bit and floating-point greyscale as mode L; palettes and bilevel as what they stand for."""
    if image.mode in ("1", "HSV", "YCbCr"):
        return image.convert("L" if image.mode == "1" else "RGB"), ""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB"), ""
    if not image.mode.startswith(("I", "F")):
        return image, ""
    import numpy as np
    from PIL import Image as Pillow

    values = np.asarray(image).astype(np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=float(np.finfo(np.float32).max), neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        scaled, problem = values / 65535, ""
    elif low >= 0 and high <= 1:
        scaled, problem = values, ""
    else:
        # Beyond the nominal range nothing says what white is: the brightest thousandth is taken for it.
        low, high = (float(edge) for edge in np.percentile(values, (0.1, 99.9)))
        scaled = (values - low) / max(high - low, 1e-12)
        problem = f"its values reach beyond the displayable range and were mapped from {low:g}..{high:g}"
    return Pillow.fromarray(np.rint(scaled.clip(0, 1) * 255).astype(np.uint8)), problem


def _converted(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    if not profile and image.mode != "LAB":
        return image.convert("RGB"), ""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        return image.convert("RGB"), f"its colour profile cannot be used ({error}); the colours are read as sRGB"
    if converted is None:
        return image.convert("RGB"), "its colour profile cannot be applied; the colours are read as sRGB"
    converted.info.pop("icc_profile", None)
    return converted, ""
