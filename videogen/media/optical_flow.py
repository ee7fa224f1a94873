"""Dense optical flow, and pictures and fields moved along it.

Flow fields are float32 h×w×2, (dx, dy) in pixels of the size they were measured at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def flow_engine(*, fast: bool = True) -> Any:
    """A search engine for `dense_flow`; one must not be shared by threads.

    Args:
        fast: five times faster and less exact.
    """
    import cv2

    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST if fast else cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)


def dense_flow(
    source: NDArray[np.uint8], target: NDArray[np.uint8], engine: Any = None, *, rest: bool = False
) -> Field:
    """Flow with target(x + flow(x)) ≈ source(x), by dense inverse search (Kroeger et al. 2016, arXiv 1603.03590).

    Args:
        source: luma, h×w, at least 16 pixels each way.
        target: the same.
        engine: of `flow_engine`; None: a new fast one.
        rest: also try no motion at all at every scale, which a search from the coarsest one alone does not.
    """
    # The engine takes a start field as one more candidate; without one it is not the same as with zeros.
    start = np.zeros((*source.shape, 2), np.float32) if rest else None
    return as_field((engine or flow_engine()).calc(source, target, start))


def warp(picture: NDArray[Any], flow: Field, corner: tuple[int, int] = (0, 0)) -> NDArray[Any]:
    """Sample `picture` at x + flow(x), bilinear, edges repeated: the frame as seen from where the flow starts.

    Args:
        picture: h×w or h×w×C.
        flow: float32 h×w×2, (dx, dy) in pixels.
        corner: (row, column) of the picture at which the flow begins, where it is that of a part only.
    """
    import cv2

    rows, columns = flow.shape[:2]
    x = flow[..., 0] + np.arange(corner[1], corner[1] + columns, dtype=np.float32)
    y = flow[..., 1] + np.arange(corner[0], corner[0] + rows, dtype=np.float32)[:, None]
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def enlarge_flow(flow: Field, size: tuple[int, int]) -> Field:
    """`flow` for frames of (height, width) `size`: resampled, and its vectors scaled likewise."""
    import cv2

    if flow.shape[:2] == size:
        return flow
    # Scaled while it is small: the large field is only written once.
    scaled = flow * np.array([size[1] / flow.shape[1], size[0] / flow.shape[0]], np.float32)
    return as_field(cv2.resize(scaled, size[::-1], interpolation=cv2.INTER_LINEAR))


def squared_length(flow: Field) -> Field:
    """h×w: the square of each vector's length."""
    return flow[..., 0] * flow[..., 0] + flow[..., 1] * flow[..., 1]


def as_field(values: Any) -> Field:
    """`values` as float32."""
    return np.asarray(values, dtype=np.float32)
