"""One frame after another, for the encoder: memory does not grow with the length of the video."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeVar

from videogen.briefing.pictures.drawing import Pictures
from videogen.briefing.pictures.plates import draw_caption
from videogen.briefing.pictures.shot_picture import ShotPicture
from videogen.briefing.timing.timeline import TimedShot, Timeline
from videogen.domain.requests import Caption
from videogen.media.planes import Planes, blank_frame

if TYPE_CHECKING:
    from av import VideoFrame

    from videogen.media.watermark.embedding import Embedder

_KEPT = 4
"""Still pictures that are kept ready: two of each shot in a cross-fade."""
_LOOKED_AT = 8
"""Of pictures that move, so many frames stand for what is between them and the next that is looked at."""
Shown = TypeVar("Shown")


class _View(Protocol[Shown]):
    """What becomes of the pictures of a frame: they are painted, or only named."""

    def one(self, timed: TimedShot, place: int, local: int, caption: str) -> Shown:
        """Frame `local` of a shot, in its segment `place`, with a caption drawn into it; empty: none."""

    def blended(self, first: Shown, second: Shown, share: float) -> Shown:
        """One with `share` (0 … 1) of the other."""


class Compositor:
    """Frames of one variant.

    Args:
        captions: those that are burnt in; none where the format has a caption track only.
    """

    def __init__(self, timeline: Timeline, pictures: Pictures, captions: Sequence[Caption] = ()) -> None:
        self._timeline, self._pictures = timeline, pictures
        self._captions = captions
        self._fps = float(timeline.fps)
        self._starts = [timed.start for timed in timeline.shots]
        self._shots: dict[str, ShotPicture] = {}
        self._still: dict[tuple[str, int, str], Planes] = {}
        self._names: dict[tuple[str, int, int, str], str] = {}

    def pieces(self) -> list[tuple[int, int]]:
        """Stretches of frames, first and one behind the last, that depend on one shot or on one cross-fade only."""
        cuts = {0, self._timeline.frames}
        for timed in self._timeline.shots[1:]:
            cuts |= {timed.start - timed.fade // 2, timed.start + timed.fade // 2}
        return list(pairwise(sorted(cuts)))

    def frames(self, first: int, end: int, embedder: Embedder | None = None) -> Iterator[VideoFrame]:
        """Frames `first` to `end` in order. The same object comes again with other content: encode it before the next.

        Args:
            embedder: marks them.
        """
        frame = blank_frame(self._pictures.setting.format.size)
        target, given = Planes.of(frame), frame
        shown: object = None
        for number in range(first, end):
            key, planes = self._seen(number, _Painted(self))
            if key is None or key != shown:
                planes.copy_to(target)
                given = frame if embedder is None else embedder.marked(frame)
            shown = key
            yield given

    def content(self, first: int, end: int) -> str:
        """What is seen in frames `first` to `end`, as a SHA-256: equal where every frame is, wherever they stand."""
        digest = hashlib.sha256(repr(self._pictures.setting.format.size).encode())
        for number in range(first, end):
            digest.update(self._seen(number, _Named(self))[1].encode())
        return digest.hexdigest()

    def _seen(self, number: int, view: _View[Shown]) -> tuple[object, Shown]:
        """What is seen at a frame of the video, and a key that is equal where nothing has changed; None: it has."""
        index = bisect_right(self._starts, number) - 1
        shots = self._timeline.shots
        timed = shots[index]
        caption = self._caption(number)
        following = shots[index + 1] if index + 1 < len(shots) else None
        self._forget(index)
        if index and number < timed.start + timed.fade // 2:
            share = (number - timed.start + timed.fade // 2 + 0.5) / timed.fade
            return None, self._between(shots[index - 1], timed, number, share, caption, view)
        if following is not None and number >= following.start - following.fade // 2:
            share = (number - following.start + following.fade // 2 + 0.5) / following.fade
            return None, self._between(timed, following, number, share, caption, view)
        return self._of_shot(timed, number, caption, view)

    def _between(
        self, before: TimedShot, after: TimedShot, number: int, share: float, caption: str, view: _View[Shown]
    ) -> Shown:
        first = self._of_shot(before, min(number, before.start + before.count - 1), caption, view)[1]
        second = self._of_shot(after, max(number, after.start), caption, view)[1]
        return view.blended(first, second, share)

    def _of_shot(self, timed: TimedShot, number: int, caption: str, view: _View[Shown]) -> tuple[object, Shown]:
        picture = self.picture(timed)
        local = number - timed.start
        place = next(i for i, segment in enumerate(picture.segments) if segment.start <= local < segment.end)
        segment = picture.segments[place]
        said = "" if self._is_shown(picture, timed, number) else caption
        seen = view.one(timed, place, local, said)
        if place and segment.fade and local < segment.start + segment.fade:
            earlier = view.one(timed, place - 1, segment.start - 1, said)
            return None, view.blended(earlier, seen, (local - segment.start + 0.5) / segment.fade)
        return (timed.shot.id, place, said) if segment.still else None, seen

    def picture(self, timed: TimedShot) -> ShotPicture:
        """The picture of a shot, drawn once while it is near."""
        if timed.shot.id not in self._shots:
            self._shots[timed.shot.id] = self._pictures.picture_of(timed)
        return self._shots[timed.shot.id]

    def planes(self, timed: TimedShot, place: int, local: int, caption: str) -> Planes:
        """The planes of one segment of a shot at a frame; those of a still one are kept while it is near."""
        segment = self.picture(timed).segments[place]
        key = (timed.shot.id, place, caption)
        if segment.still and key in self._still:
            return self._still[key]
        pixels = segment.draw(local)
        if caption:
            pixels = pixels.copy()
            setting = self._pictures.setting
            draw_caption(setting.format, setting.language, pixels, caption)
        planes = Planes.from_rgb(pixels)
        if segment.still:
            while len(self._still) >= _KEPT:
                del self._still[next(iter(self._still))]
            self._still[key] = planes
        return planes

    def name(self, timed: TimedShot, place: int, local: int, caption: str) -> str:
        """A name of what `planes` gives that follows from its content."""
        segment = self.picture(timed).segments[place]
        looked_at = 0 if segment.still else local - (local - segment.start) % _LOOKED_AT
        key = (timed.shot.id, place, looked_at, caption)
        if key not in self._names:
            self._names[key] = hashlib.sha256(
                self.planes(timed, place, looked_at, caption).packed().tobytes()
            ).hexdigest()
        return self._names[key] if segment.still else f"{self._names[key]}+{local - looked_at}"

    def _forget(self, index: int) -> None:
        """Keep the pictures of this shot and its neighbours only."""
        near = {shot.shot.id for shot in self._timeline.shots[max(0, index - 1) : index + 2]}
        for name in [name for name in self._shots if name not in near]:
            del self._shots[name]

    def _caption(self, number: int) -> str:
        moment = number / self._fps
        return next((cue.text for cue in self._captions if cue.start <= moment < cue.end), "")

    def _is_shown(self, picture: ShotPicture, timed: TimedShot, number: int) -> bool:
        """Whether the sentence that is spoken stands on the picture already."""
        spoken = [i for i, cue in enumerate(timed.cues) if cue.start <= number]
        current = spoken[-1] if spoken else 0
        return current in picture.shows


class _Painted:
    """Frames as the encoder takes them."""

    def __init__(self, compositor: Compositor) -> None:
        self.one: Callable[[TimedShot, int, int, str], Planes] = compositor.planes

    def blended(self, first: Planes, second: Planes, share: float) -> Planes:
        return first.blended(second, share)


class _Named:
    """Frames by what they show."""

    def __init__(self, compositor: Compositor) -> None:
        self.one: Callable[[TimedShot, int, int, str], str] = compositor.name

    def blended(self, first: str, second: str, share: float) -> str:
        return f"({first} {second} {share:.6f})"
