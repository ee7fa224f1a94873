"""Finds a font with all characters of a text, and rejects texts that no font can show.

DejaVu Sans comes with matplotlib, so that the same text looks the same on every machine; other
scripts take the first installed font that has all their glyphs.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import MediaError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_BUNDLED = ("DejaVuSans-Bold.ttf", "DejaVuSans.ttf")
_SUFFIXES = frozenset((".ttf", ".otf", ".ttc"))
_LETTERS = frozenset(("Lu", "Ll", "Lt", "Lo", "Mc", "Mn"))
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

    require_shaping(text, available=bool(features.check("raqm")))
    return ImageFont.truetype(str(font_file(text)), size)


def font_file(text: str) -> Path:
    """The first font file, bundled ones first, that has a glyph for every character of `text`.

    Raises:
        MediaError: there is none; the message names the characters that DejaVu Sans lacks.
    """
    needed = characters(text)
    for path in candidates(needed):
        if needed <= repertoire(path):
            return path
    known = frozenset[int]().union(*(repertoire(path) for path in bundled_fonts()))
    missing = "".join(map(chr, sorted(needed - known)[:12]))
    raise MediaError(
        f"no installed font has all the characters of {text[:60]!r}; missing from DejaVu Sans: {missing!r}",
        remedy="install a font for that script (on Debian and Ubuntu: apt install fonts-noto-core)",
    )


def bundled_fonts() -> list[Path]:
    """The fonts that come with the project's requirements."""
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [folder / name for name in _BUNDLED if (folder / name).is_file()]


def candidates(characters: frozenset[int]) -> Iterator[Path]:
    """Font files, bundled ones first, then those named after the scripts of `characters`, then the others."""
    yield from bundled_fonts()
    scripts = sorted({_script(chr(code)) for code in characters} - {"Latin", ""})
    named = [path for path in _installed_fonts() if any(script in path.stem for script in scripts)]
    # Names with fewer words first: NotoSansArabic before NotoSansArabicUI and NotoKufiArabic.
    yield from sorted(named, key=lambda path: ("Bold" not in path.stem, "Sans" not in path.stem, len(path.stem)))
    yield from (path for path in _installed_fonts() if path not in named)


def _script(letter: str) -> str:
    """The first word of a character's Unicode name, as fonts are named after it."""
    return unicodedata.name(letter, "").partition(" ")[0].capitalize().replace("Cjk", "CJK").replace("Hangul", "CJK")


@lru_cache(maxsize=1)
def _installed_fonts() -> tuple[Path, ...]:
    # Bold and regular faces first, sorted, so that the choice does not depend on the order of folders.
    found = [path for folder in _font_folders() for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES]
    found.sort(key=lambda path: ("Bold" not in path.stem, path.name))
    return tuple(sorted(found, key=lambda path: any(style in path.stem for style in ("Italic", "Oblique"))))


def _font_folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        places = [Path("/Library/Fonts"), Path("/System/Library/Fonts"), home / "Library/Fonts"]
    elif sys.platform == "win32":
        places = [Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"]
    else:
        places = [
            Path("/usr/share/fonts"),
            Path("/usr/local/share/fonts"),
            home / ".fonts",
            home / ".local/share/fonts",
        ]
    return [place for place in places if place.is_dir()]


@lru_cache(maxsize=512)
def repertoire(path: Path) -> frozenset[int]:
    """The code points that a font has glyphs for; empty if the file is not a usable font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError):
        return frozenset()


def characters(text: str) -> frozenset[int]:
    """Code points that must be drawn: no spaces, controls, joiners or variation selectors."""
    letters = unicodedata.normalize("NFC", text)
    drawn = (x for x in letters if not x.isspace() and unicodedata.category(x) not in ("Cc", "Cf"))
    return frozenset(map(ord, drawn)) - {0xFE0E, 0xFE0F}


def scripts_of(text: str) -> frozenset[str]:
    """The scripts of the letters and marks of a text, e.g. ``"Arabic"``; digits and punctuation have none."""
    letters = (letter for letter in text if unicodedata.category(letter) in _LETTERS)
    return frozenset(_script(letter) for letter in letters) - {"", "Combining"}


def require_shaping(text: str, *, available: bool) -> None:
    """Raise MediaError where the script's letters change shape or order and libraqm is not `available`."""
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text}
    shaped = sorted(scripts & _SHAPED)
    if shaped and not available:
        raise MediaError(
            f"{shaped[0].capitalize()} text cannot be drawn correctly: Pillow was built without libraqm",
            remedy="install a Pillow wheel with libraqm (pip install --force-reinstall pillow)",
        )
