"""Finds a font that can really write a text, and refuses texts that none can.

DejaVu Sans comes with matplotlib, so that the same text looks the same on every machine; other
scripts take the first installed font that has all their glyphs.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import MediaError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_BUNDLED = ("DejaVuSans-Bold.ttf", "DejaVuSans.ttf")
# Scripts whose letters change shape or order next to each other, by the first word of their Unicode names.
# fmt: off
_SHAPED = frozenset((
    "ARABIC", "SYRIAC", "THAANA", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI",
    "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "TIBETAN", "MYANMAR", "KHMER",
))
# fmt: on


def font_for(text: str, size: int) -> FreeTypeFont:
    """A font of `size` pixels that has a glyph for every character of `text`.

    Raises:
        MediaError: no font has all the glyphs, or the script needs shaping and libraqm is missing.
    """
    from PIL import ImageFont, features

    _require_shaping(text, available=bool(features.check("raqm")))
    return ImageFont.truetype(str(font_file(text)), size)


def font_file(text: str) -> Path:
    """The first font file, bundled ones first, that has a glyph for every character of `text`.

    Raises:
        MediaError: there is none; the message names the characters that DejaVu Sans lacks.
    """
    needed = _characters(text)
    for path in (*bundled_fonts(), *_installed_fonts()):
        if needed <= _repertoire(path):
            return path
    known = frozenset[int]().union(*(_repertoire(path) for path in bundled_fonts()))
    missing = "".join(map(chr, sorted(needed - known)[:12]))
    raise MediaError(
        f"no font here has all the characters of {text[:60]!r}; missing from DejaVu Sans: {missing!r}",
        remedy="install a font for that script (on Debian and Ubuntu: apt install fonts-noto-core)",
    )


def bundled_fonts() -> list[Path]:
    """The fonts that come with the project's requirements."""
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [folder / name for name in _BUNDLED if (folder / name).is_file()]


@lru_cache(maxsize=1)
def _installed_fonts() -> tuple[Path, ...]:
    from matplotlib.font_manager import findSystemFonts

    # Bold and regular faces first, sorted, so that the choice does not depend on the order of folders.
    found = sorted(map(Path, findSystemFonts()), key=lambda path: ("Bold" not in path.stem, path.name))
    return tuple(sorted(found, key=lambda path: any(style in path.stem for style in ("Italic", "Oblique"))))


@lru_cache(maxsize=512)
def _repertoire(path: Path) -> frozenset[int]:
    """The code points that a font has glyphs for; empty for a file that is no usable font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError):
        return frozenset()


def _characters(text: str) -> frozenset[int]:
    """Code points that must be drawn: no spaces, controls, joiners or variation selectors."""
    letters = unicodedata.normalize("NFC", text)
    drawn = (x for x in letters if not x.isspace() and unicodedata.category(x) not in ("Cc", "Cf"))
    return frozenset(map(ord, drawn)) - {0xFE0E, 0xFE0F}


def _require_shaping(text: str, *, available: bool) -> None:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text}
    shaped = sorted(scripts & _SHAPED)
    if shaped and not available:
        raise MediaError(
            f"{shaped[0].capitalize()} text cannot be set: Pillow was built without libraqm",
            remedy="install a Pillow wheel with libraqm (pip install --force-reinstall pillow)",
        )
