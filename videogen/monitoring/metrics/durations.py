"""Durations as people write them, ``"90s"``, ``"10m"``, ``"1h30m"``, and values as alerts show them."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_FORM = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds(given: Any) -> float:
    """Read a duration: a number of seconds, or text as Prometheus writes it.

    Raises:
        ValueError: it is neither, or negative.
    """
    if isinstance(given, int | float) and not isinstance(given, bool):
        if given < 0 or not math.isfinite(given):
            raise ValueError(f"a duration cannot be {given}")
        return float(given)
    found = _FORM.fullmatch(str(given).strip())
    if found is None or not any(found.groups()):
        raise ValueError(f"{given!r} is not a duration: write e.g. 90s, 10m or 1h30m")
    return float(sum(int(part) * unit for part, unit in zip(found.groups(), _UNITS.values(), strict=True) if part))


Duration = Annotated[float, BeforeValidator(seconds)]
"""A field of seconds that also reads text such as ``10m``."""


def written(duration: float) -> str:
    """The duration as Prometheus and people write it: ``90.0`` → ``"1m30s"``."""
    left, parts = round(duration), []
    for unit, length in _UNITS.items():
        if left >= length:
            parts.append(f"{left // length}{unit}")
            left %= length
    return "".join(parts) or "0s"


def shown(value: float | None, form: str) -> str:
    """A value for people. form: number, duration, ratio, bytes."""
    if value is None or math.isnan(value):
        return "no value"
    if form == "duration":
        return f"{value * 1000:.3g} ms" if 0 < abs(value) < 1 else written(value) if value >= 60 else f"{value:.3g} s"
    if form == "ratio":
        return f"{100 * value:,.0f} %" if abs(value) >= 10 else f"{100 * value:.3g} %"
    if form == "bytes":
        for unit in ("B", "kB", "MB", "GB"):
            if abs(value) < 1000:
                return f"{value:.3g} {unit}"
            value /= 1000
        return f"{value:.3g} TB"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
