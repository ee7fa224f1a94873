"""GuidanceInterval: in which part of the denoising guidance acts. Settings and profiles share this one type."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _in_order(interval: tuple[float, float]) -> tuple[float, float]:
    begin, end = interval
    if 0.0 <= begin <= end <= 1.0:
        return interval
    tried = sorted(min(max(share, 0.0), 1.0) for share in interval)
    raise ValueError(
        f"[{begin:g}, {end:g}] is not a valid interval: denoising goes from 0 to 1, and begin must not exceed end: "
        f"try [{tried[0]:g}, {tried[1]:g}], or [0, 1] for guidance throughout"
    )


GuidanceInterval = Annotated[tuple[float, float], AfterValidator(_in_order)]
"""(begin, end), 0 ≤ begin ≤ end ≤ 1: a step is guided if begin ≤ share of the steps done < end.

(0, 1) means guidance throughout; begin = end means none at all, like a guidance scale of 1.
"""
