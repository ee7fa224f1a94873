"""What is more than a video can show is made smaller: outlines to the picture's size, descriptions to a few minutes.

Each change is a warning of the alert; the message as it was received is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from videogen.cards.geography import Point
from videogen.emergency.cap.block import Block
from videogen.emergency.cap.outline import MOST_POINTS, unrolled
from videogen.emergency.cap.problem import Problem
from videogen.emergency.cap.rules import breach

LONGEST_DESCRIPTION, SHORTEST_LIMIT, ALL_DESCRIPTIONS = 5000, 1000, 15_000
"""Characters of one description, of one among many info blocks, and of all info blocks together.

5,000 characters are six minutes of video."""
FINEST, COARSEST = 4096, 128
"""Steps across the whole area: the width of the largest pictures in pixels, and what is still a shape."""
FEW_POINTS = 2000
"""An alert whose outlines have no more points than that is drawn as it is."""
_END = re.compile(r"[.!?。！？।؟۔\n]")


def condensed(block: Block, problems: list[Problem]) -> Block:
    """The alert with outlines and descriptions that can be shown; what was changed is added to `problems`."""
    infos = block.values.get("infos", ())
    limit = max(SHORTEST_LIMIT, min(LONGEST_DESCRIPTION, ALL_DESCRIPTIONS // max(1, len(infos))))
    shorter = [_described(info, limit, problems) for info in infos]
    changed = [_outlined(info, problems) for info in shorter]
    return Block(block.place, block.values | {"infos": tuple(changed)}) if infos else block


def _described(info: Block, limit: int, problems: list[Problem]) -> Block:
    text = info.values.get("description", "")
    if len(text) <= limit:
        return info
    ends = [found.end() for found in _END.finditer(text, limit // 2, limit)]
    kept = text[: ends[-1] if ends else limit].rstrip()
    message = f"of its {len(text):,} characters the first {len(kept):,} are shown"
    problems.append(breach("text-shortened", f"{info.place}/description", message))
    return Block(info.place, info.values | {"description": f"{kept} …"})


def _outlined(info: Block, problems: list[Problem]) -> Block:
    areas: tuple[Block, ...] = info.values.get("areas", ())
    outlines = [points for area in areas for points in area.values.get("polygons", ()) if _is_outline(points)]
    total = sum(map(len, outlines))
    if total <= FEW_POINTS:
        return info
    thinner = thinned(outlines)
    left = sum(map(len, thinner))
    if left == total:
        return info
    message = f"its outlines of {total:,} points are drawn with {left:,}, to the size of the picture"
    problems.append(breach("polygon-simplified", info.place, message))
    found = iter(thinner)
    changed = tuple(
        Block(
            area.place,
            area.values
            | {
                "polygons": tuple(
                    next(found) if _is_outline(points) else points for points in area.values.get("polygons", ())
                )
            },
        )
        for area in areas
    )
    return Block(info.place, info.values | {"areas": changed})


def _is_outline(points: Sequence[Point]) -> bool:
    """Whether an outline is one that can be made thinner; others are named by the validator."""
    return len(points) >= 4 and all(abs(p.latitude) <= 90 and abs(p.longitude) <= 180 for p in points)


def thinned(outlines: Sequence[Sequence[Point]]) -> list[tuple[Point, ...]]:
    """The same outlines with no more points than a picture of all of them together can show.

    Of points in a row that lie in the same cell of a grid over all outlines, the first stays, where it is: so nothing
    moves by more than a cell. The grid has as many cells as the largest picture has pixels, and coarser ones while
    there are more than `MOST_POINTS` points. Linear in the number of points.
    """
    import numpy as np

    flat = [np.asarray(unrolled(points)) for points in outlines]
    low = np.min([part.min(axis=0) for part in flat], axis=0)
    extent = float(max(np.max([part.max(axis=0) for part in flat], axis=0) - low)) or 1.0
    steps = FINEST
    while True:
        kept = [_first_of_each_cell(part, low, extent / steps) for part in flat]
        if steps <= COARSEST or sum(map(len, kept)) <= MOST_POINTS // 2:
            break
        steps //= 2
    return [tuple(points[number] for number in numbers) for points, numbers in zip(outlines, kept, strict=True)]


def _first_of_each_cell(places: Any, low: Any, cell: float) -> list[int]:
    """Numbers of the points that stay; the last one always does, and so do four at least."""
    import numpy as np

    cells = np.floor((places - low) / cell)
    fresh = np.any(np.diff(cells, axis=0) != 0, axis=1)
    numbers = np.flatnonzero(np.concatenate([[True], fresh]))
    last = len(places) - 1
    chosen = sorted({*numbers.tolist(), last})
    return chosen if len(chosen) >= 4 else sorted({0, last // 3, 2 * last // 3, last})
