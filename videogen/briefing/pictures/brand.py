"""The look of a bureau: colours, fonts, logo and end card, from ``config/brands/NAME/brand.yaml``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from videogen.briefing.storyboard.model import Strict, Texts
from videogen.cards.text_setting import Colour
from videogen.config.places import place
from videogen.domain.rights import Rights
from videogen.errors import ConfigError, InputError, reasons
from videogen.runtime.structured_text import MalformedTextError, read_structured

FOLDER = "config/brands"
CONTRAST = 4.5
Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Colours(Strict):
    """Colours as ``#rrggbb``."""

    top: Hex
    bottom: Hex
    panel: Hex
    ink: Hex
    muted: Hex
    accent: Hex
    series: tuple[Hex, ...] = Field(min_length=4, max_length=8)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        for name in ("ink", "muted", "accent"):
            ratio = min(
                contrast(rgb(getattr(self, name)), rgb(ground)) for ground in (self.top, self.bottom, self.panel)
            )
            if ratio < CONTRAST:
                raise ValueError(f"{name} stands out from the ground by {ratio:.1f} : 1, less than {CONTRAST} : 1")
        return self


class LogoFile(Strict):
    """A picture of the brand's folder, and the rights to it. height: share of the shorter edge of the frame."""

    file: str
    rights: Rights | None = None
    height: Annotated[float, Field(gt=0.03, le=0.12)] = 0.085

    @model_validator(mode="after")
    def _inside_of_its_folder(self) -> Self:
        if len(PurePosixPath(self.file).parts) != 1 or self.file.startswith("."):
            raise ValueError(f"logo {self.file!r}: give the name of a file of the brand's folder")
        return self


class EndCard(Strict):
    """What the last card says below the issuer."""

    line: Texts = Field(default_factory=dict)


class Brand(Strict):
    """A look. fonts: files of its folder, taken before all others."""

    name: str
    colours: Colours
    fonts: tuple[str, ...] = ()
    logo: LogoFile | None = None
    end_card: EndCard = EndCard()


class BrandKit:
    """A brand and the files of its folder."""

    def __init__(self, brand: Brand, folder: Path) -> None:
        self.brand, self.folder = brand, folder

    @property
    def colours(self) -> Colours:
        return self.brand.colours

    @property
    def logo(self) -> Path | None:
        return None if self.brand.logo is None else self.folder / self.brand.logo.file

    @property
    def fonts(self) -> tuple[Path, ...]:
        return tuple(self.folder / name for name in self.brand.fonts)


def load_brand(name: str) -> BrandKit:
    """The brand of that name.

    Raises:
        InputError: there is none.
        ConfigError: its file is wrong, or a file that it names is missing.
    """
    folder = place(Path(FOLDER) / name)
    path = folder / "brand.yaml"
    if not path.is_file():
        raise InputError(f"the brand {name!r} does not exist", remedy=f"make {path}, or use the brand 'plain'")
    try:
        brand = Brand.model_validate(read_structured(path))
    except (ValidationError, MalformedTextError) as error:
        why = reasons(error) if isinstance(error, ValidationError) else str(error)
        raise ConfigError(f"{path}: {why}", remedy="correct the file") from error
    kit = BrandKit(brand, folder)
    missing = [str(file) for file in (*kit.fonts, *([kit.logo] if kit.logo else [])) if not file.is_file()]
    if missing:
        raise ConfigError(f"{path} names {missing[0]}, which does not exist", remedy="add the file, or remove its line")
    return kit


def rgb(colour: str) -> Colour:
    """``#ffb627`` as red, green and blue, 0 … 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(first: Colour, second: Colour) -> float:
    """WCAG contrast ratio of two colours, 1 … 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in (c / 255.0 for c in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
