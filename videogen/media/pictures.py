"""Decoded frames as a player shows them: upright, in full range, without the combs of interlaced video."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.stream import VideoStream


class Orientation(NamedTuple):
    """What brings a stored picture upright: first rows and columns are exchanged, then it is mirrored.

    free: the file asks for an angle that is not a multiple of 90°; such pictures are left as they are stored.
    """

    swapped: bool = False
    mirrored: bool = False
    upside_down: bool = False
    free: bool = False

    def applied(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """picture: uint8, H×W×3; gives W×H×3 where rows and columns are exchanged."""
        turned = picture.transpose(1, 0, 2) if self.swapped else picture
        turned = turned[:, ::-1] if self.mirrored else turned
        return turned[::-1] if self.upside_down else turned


def orientation_of(frame: VideoFrame) -> Orientation:
    """As the display matrix of the frame says (ISO/IEC 14496-12, 6.2.2: x′ = a·x + c·y, y′ = b·x + d·y)."""
    from av.sidedata.sidedata import Type

    try:
        data = frame.side_data.get(Type.DISPLAYMATRIX)
    except ValueError:
        # The frame carries data of a kind that PyAV has no name for, which hides the others.
        return _turned(frame.rotation)
    if data is None:
        return Orientation()
    a, b, _, c, d = (int(value) for value in np.frombuffer(bytes(data)[:20], np.int32))
    if not b and not c and a and d:
        return Orientation(mirrored=a < 0, upside_down=d < 0)
    if not a and not d and b and c:
        return Orientation(swapped=True, mirrored=c < 0, upside_down=b < 0)
    return Orientation(free=True)


def _turned(degrees: int) -> Orientation:
    """degrees: anticlockwise, as PyAV tells it."""
    known = {
        0: Orientation(),
        90: Orientation(swapped=True, upside_down=True),
        180: Orientation(mirrored=True, upside_down=True),
        270: Orientation(swapped=True, mirrored=True),
    }
    return known.get(degrees % 360, Orientation(free=True))


def as_rgb(frame: VideoFrame, orientation: Orientation | None = None, longest: int | None = None) -> NDArray[np.uint8]:
    """The decoded frame as uint8, H×W×3, full range, upright.

    Args:
        frame: as the decoder gave it.
        orientation: None means that of the frame itself.
        longest: pixels that its longer side has at most; a larger frame is reduced.
    """
    from av.video.reformatter import Colorspace, Interpolation

    # Untagged video is BT.709 from 720 lines on and BT.601 below: what players assume.
    untagged = frame.colorspace in (0, 2)
    guess = Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
    scale = 1.0 if longest is None else min(1.0, longest / max(frame.width, frame.height))
    rgb = frame.to_ndarray(
        format="rgb24",
        width=max(1, round(scale * frame.width)),
        height=max(1, round(scale * frame.height)),
        src_colorspace=guess if untagged else None,
        interpolation=None if scale == 1 else Interpolation.AREA,
    )
    upright = orientation_of(frame) if orientation is None else orientation
    return upright.applied(np.asarray(rgb, dtype=np.uint8))


def deinterlaced(frames: Iterator[VideoFrame], stream: VideoStream) -> Iterator[VideoFrame]:
    """One progressive frame for each frame, at its time: FFmpeg's bwdif, on those marked as interlaced only."""
    from av.filter import Graph

    graph = Graph()
    source, sink = graph.add_buffer(template=stream), graph.add("buffersink")
    graph.link_nodes(source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), sink).configure()
    # The filter counts time in finer ticks and looks one frame ahead; the frames come out in their order.
    waiting: deque[VideoFrame] = deque()

    def ready() -> Iterator[VideoFrame]:
        while waiting:
            try:
                made = graph.vpull()
            except (BlockingIOError, EOFError):
                return
            before = waiting.popleft()
            made.pts, made.time_base, made.duration = before.pts, before.time_base, before.duration
            made.colorspace = before.colorspace
            yield made

    for frame in frames:
        waiting.append(frame)
        graph.vpush(frame)
        yield from ready()
    graph.vpush(None)
    yield from ready()
