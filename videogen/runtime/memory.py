"""Checks whether frames fit into memory before they are allocated."""

from __future__ import annotations

from videogen.errors import OutOfMemoryError
from videogen.runtime.device import free_memory


def require_room_for_frames(count: int, size: tuple[int, int]) -> None:
    """Make sure that `count` uint8 RGB frames of `size` (width, height) fit into the free memory of this machine.

    An allocator does not tell: Linux promises memory that it has not got, and ends the process when it is used.

    Raises:
        OutOfMemoryError: they do not; the message says how many bytes they need and how many are free.
    """
    width, height = size
    needed, free = _bytes(count, size), _free()
    if needed > free:
        raise OutOfMemoryError(
            f"{count:,} frames of {width}×{height} need {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free",
            remedy="choose a shorter duration or a smaller processing.resolution, or free memory",
        )


def room_for_frames(count: int, size: tuple[int, int]) -> bool:
    """Return whether `require_room_for_frames` would accept that many frames of that size."""
    return _bytes(count, size) <= _free()


def _bytes(count: int, size: tuple[int, int]) -> int:
    return count * size[0] * size[1] * 3


def _free() -> int:
    import torch

    return free_memory(torch.device("cpu"))
