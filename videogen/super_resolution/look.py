"""The frame step `look`: moves the colours and the light of finished frames to those of a look.

One linear map in CIE L*a*b* for the whole video: the Monge–Kantorovich map between two normal distributions (Pitié and
Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer"). All frames and
places get the same map, so it adds no flicker and keeps a scene's own contrasts. It cannot draw lines or textures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videogen.config.groups.adaptation import REFERENCES
from videogen.config.suggestions import did_you_mean
from videogen.errors import ConfigError, InputError, ModelError, reasons
from videogen.runtime.plain_files import read_plain
from videogen.runtime.structured_text import FEW_ALIASES, MAX_BYTES, MalformedTextError, parse_json, parse_yaml

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.super_resolution.steps import StepContext

Frame = NDArray[np.uint8]
_FLOOR = 1.0
"""Variance (L*a*b* units²) added to both sides, so that a plain colour is not blown up to a palette."""


class Moments(BaseModel):
    """mean: of L* (0 … 100), a* and b*. covariance: 3×3, row by row."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mean: tuple[float, float, float]
    covariance: tuple[float, float, float, float, float, float, float, float, float]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The mean, then the covariance: 12 numbers, as `adaptation.palette` takes them."""
        return (*self.mean, *self.covariance)

    @classmethod
    def of_numbers(cls, numbers: Sequence[float]) -> Moments:
        """From the 12 numbers of `numbers`. Raises ValueError where the covariance is none."""
        square = np.reshape(numbers[3:], (3, 3))
        if not np.allclose(square, square.T) or np.linalg.eigvalsh(square).min() < -1e-6:
            raise ValueError("the covariance of a palette must be symmetric and not negative")
        return cls.model_validate({"mean": tuple(numbers[:3]), "covariance": tuple(numbers[3:])})


class NamedLook(Moments):
    """A look of the file."""

    description: str = Field(min_length=3)


@dataclass(frozen=True)
class ColourMap:
    """Lab → matrix · Lab + shift."""

    matrix: NDArray[np.float64]
    shift: NDArray[np.float64]

    def __call__(self, frame: Frame) -> Frame:
        """One H×W×3 uint8 sRGB frame with mapped colours."""
        import cv2

        lab = cv2.cvtColor(frame.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
        mapped = cv2.transform(lab, np.hstack([self.matrix, self.shift[:, None]]))
        mapped[..., 0] = mapped[..., 0].clip(0.0, 100.0)
        rgb = cv2.cvtColor(mapped.astype(np.float32), cv2.COLOR_LAB2RGB)
        return np.asarray((rgb * 255.0).round().clip(0, 255), np.uint8)


def moments(pictures: Sequence[Frame]) -> Moments:
    """Mean and covariance of all pixels of some H×W×3 uint8 sRGB pictures, each picture counting the same.

    Raises:
        InputError: there are no pictures.
    """
    import cv2

    if not len(pictures):
        raise InputError("a look needs at least one reference picture", remedy="give pictures with --image")
    labs = [
        cv2.cvtColor(np.ascontiguousarray(picture, np.float32) / 255.0, cv2.COLOR_RGB2LAB).reshape(-1, 3)
        for picture in pictures
    ]
    mean = np.stack([lab.mean(axis=0) for lab in labs]).mean(axis=0).astype(np.float64)
    square = np.stack([(lab - mean).T @ (lab - mean) / len(lab) for lab in labs]).mean(axis=0)
    return Moments.of_numbers([*mean.tolist(), *square.ravel().tolist()])


def colour_map(source: Moments, target: Moments, strength: float = 1.0) -> ColourMap:
    """The map that takes a normal distribution with the moments of `source` to that of `target`, at least cost.

    T = A^(-½) (A^½ B A^½)^½ A^(-½), x ↦ T (x − mean) + mean', mixed with the identity: 1 is the whole map.
    """
    a = np.reshape(source.covariance, (3, 3)) + _FLOOR * np.eye(3)
    b = np.reshape(target.covariance, (3, 3)) + _FLOOR * np.eye(3)
    root = _root(a)
    inverse = np.linalg.inv(root)
    full = inverse @ _root(root @ b @ root) @ inverse
    shift = np.asarray(target.mean) - full @ np.asarray(source.mean)
    return ColourMap(strength * full + (1.0 - strength) * np.eye(3), strength * shift)


def look(frames: Iterator[Frame], context: StepContext) -> Iterator[Frame]:
    """Give the frames the look of `adaptation.look`; unchanged where none is set."""
    chosen = map_for(context.config)
    return frames if chosen is None else map(chosen, frames)


def map_for(config: VideoGenConfig) -> ColourMap | None:
    """The colour map of a configuration; None where it asks for no look.

    Raises:
        ConfigError: no look has that name, the profile does not say what colours its model draws, or the look comes
            from reference images and none were given.
    """
    from videogen.models.profile import load_profile

    settings = config.adaptation
    if settings.look is None or settings.look_strength == 0.0:
        return None
    target = _target(config)
    profile = load_profile(config.model.profile, config.path(config.paths.models))
    if profile.palette is None:
        raise ConfigError(
            f"the profile {profile.name!r} does not say which colours its model draws, so the look "
            f"{settings.look!r} cannot be applied",
            remedy="leave adaptation.look out, or give the profile a palette (docs/adaptation.md)",
        )
    return colour_map(_palette(profile.models / profile.palette), target, settings.look_strength)


def _target(config: VideoGenConfig) -> Moments:
    settings = config.adaptation
    if settings.look == REFERENCES:
        if settings.palette is None:
            raise ConfigError(
                "the look is to come from the reference images, but the request has none",
                remedy="give pictures (--image), or name a look",
            )
        return Moments.of_numbers(settings.palette)
    known = load_looks(config.path(settings.looks_file))
    if settings.look not in known:
        raise ConfigError(
            f"unknown look {settings.look!r}{did_you_mean(str(settings.look), [*known, REFERENCES])}",
            remedy=f"choose one of {', '.join([*known, REFERENCES])}",
        )
    return known[settings.look]


def load_looks(path: Path) -> dict[str, NamedLook]:
    """Name → look, of the YAML file `path`. Raises ConfigError where it is missing or malformed."""
    try:
        return _looks(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ConfigError(
            f"cannot read the looks {path}: {error.strerror}", remedy="set adaptation.looks_file"
        ) from error


@lru_cache(maxsize=4)
def _looks(path: Path, changed: int) -> dict[str, NamedLook]:
    try:
        content = parse_yaml(read_plain(path, MAX_BYTES), max_aliases=FEW_ALIASES)
        return {name: NamedLook.model_validate(entry) for name, entry in content["looks"].items()}
    except (MalformedTextError, InputError, ValidationError, KeyError, TypeError, AttributeError) as error:
        why = reasons(error) if isinstance(error, ValidationError) else getattr(error, "problem", str(error))
        raise ConfigError(f"the looks {path} are not valid: {why}", remedy="see docs/adaptation.md") from error


@lru_cache(maxsize=4)
def _palette(path: Path) -> Moments:
    try:
        return Moments.model_validate(parse_json(read_plain(path, MAX_BYTES)))
    except (MalformedTextError, InputError, ValidationError) as error:
        why = reasons(error) if isinstance(error, ValidationError) else getattr(error, "problem", str(error))
        raise ModelError(f"the palette {path} cannot be read: {why}", remedy="restore the model's folder") from error


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric square root of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T)
