"""The pictures of a variant, encoded shot by shot on all cores; a shot that looks as before is not encoded again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition
from typing import TYPE_CHECKING

from videogen.briefing.assembly.compositor import Compositor
from videogen.media.encoding import Encoding
from videogen.media.pieces import write_piece
from videogen.media.watermark.embedding import Embedder, Watermark
from videogen.runtime.worker_threads import cores
from videogen.storage.atomic_folder import Folder

if TYPE_CHECKING:
    from av import VideoFrame

_TOLD = 25
"""Frames after which a thread says how far it is, and stops where it shall."""
_LOOKS = 0.25
"""Seconds between two looks at how far the threads are."""


@dataclass
class KeptPieces:
    """The encoded shots of one briefing. used: names of those that were asked for; the others can go."""

    folder: Folder
    used: set[str] = field(default_factory=set)

    def of(
        self,
        compositor: Callable[[], Compositor],
        encoding: Encoding,
        watermark: Watermark | None,
        report: Callable[[int, int], None] | None = None,
    ) -> list[Path]:
        """The pieces of a variant in their order; what is missing is encoded.

        Args:
            compositor: makes one that draws the variant, for one thread.
            report: told how many frames of how many are there; while it does not return, nothing is encoded.

        Raises:
            MediaError: something cannot be drawn or encoded. StorageError: the disk refused.
        """
        stretches = compositor().pieces()
        pace = _Pace(stretches[-1][1])

        def made(stretch: tuple[int, int]) -> Path:
            return self._piece(compositor(), stretch, encoding, watermark, pace)

        with ThreadPoolExecutor(min(cores(), len(stretches)), thread_name_prefix="shots") as pool:
            begun = [pool.submit(made, stretch) for stretch in stretches]
            try:
                pace.wait_for(begun, report)
            except BaseException:
                pace.stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [one.result() for one in begun]

    def forget_unused(self) -> None:
        """Delete the pieces that nobody asked for since this object was made."""
        for name in self.folder.names():
            if name not in self.used:
                self.folder.remove(name)

    def _piece(
        self,
        compositor: Compositor,
        stretch: tuple[int, int],
        encoding: Encoding,
        watermark: Watermark | None,
        pace: _Pace,
    ) -> Path:
        first, end = stretch
        name = f"{_key(compositor.content(first, end), encoding, watermark)}.mp4"
        self.used.add(name)
        if self.folder.exists(name):
            pace.passed(end - first)
        else:
            embedder = _embedder(watermark, encoding)
            with self.folder.writing(name) as temporary:
                write_piece(temporary, pace.told(compositor.frames(first, end, embedder), end - first), encoding)
        return self.folder.local(name)


def _embedder(watermark: Watermark | None, encoding: Encoding) -> Embedder | None:
    if watermark is None or watermark.embedded_in(encoding.size) is None:
        return None
    return Embedder(watermark, encoding.size)


def _key(content: str, encoding: Encoding, watermark: Watermark | None) -> str:
    """What a piece follows from: what is seen, the mark in it, the encoder and how it is set."""
    import av

    mark = "" if watermark is None else hashlib.sha256(watermark.key + watermark.payload).hexdigest()
    versions = sorted(av.library_versions.items())
    how = (encoding.size, encoding.fps, encoding.crf, encoding.preset, encoding.fine)
    parts = (content, mark, *how, av.__version__, versions)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


class _StoppedError(Exception):
    """Another thread has failed, or the work was called off."""


class _Pace:
    """How far all threads are together; they wait while that is told, which may take long: an alert goes first."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._state = Condition()
        self._waits = self._stopped = False

    def told(self, frames: Iterator[VideoFrame], count: int) -> Iterator[VideoFrame]:
        """The frames, counted as they go by."""
        for number, frame in enumerate(frames, 1):
            yield frame
            if number % _TOLD == 0 or number == count:
                self.passed(number % _TOLD or _TOLD)

    def passed(self, frames: int) -> None:
        """Count frames, and wait where all wait."""
        with self._state:
            self._done += frames
            while self._waits and not self._stopped:
                self._state.wait()
            if self._stopped:
                raise _StoppedError

    def stop(self) -> None:
        """Make every thread end at its next frames."""
        with self._state:
            self._stopped = True
            self._state.notify_all()

    def wait_for(self, begun: Sequence[Future[Path]], report: Callable[[int, int], None] | None) -> None:
        """Return when all is there, or raise the first error."""
        pending: set[Future[Path]] = set(begun)
        while pending:
            done, pending = wait(pending, _LOOKS, FIRST_COMPLETED)
            for one in done:
                one.result()
            if report is not None:
                self._tell(report)

    def _tell(self, report: Callable[[int, int], None]) -> None:
        with self._state:
            self._waits = True
            done = self._done
        try:
            report(done, self._total)
        finally:
            with self._state:
                self._waits = False
                self._state.notify_all()
