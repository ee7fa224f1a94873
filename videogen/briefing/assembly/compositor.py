"""One frame after another, for the encoder: memory does not grow with the length of the video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from videogen.briefing.pictures.drawing import Pictures
from videogen.briefing.pictures.plates import draw_caption
from videogen.briefing.pictures.shot_picture import Segment, ShotPicture
from videogen.briefing.timing.timeline import TimedShot, Timeline
from videogen.domain.requests import Caption
from videogen.media.planes import Planes, blank_frame

if TYPE_CHECKING:
    from av import VideoFrame

_KEPT = 4
"""Still pictures that are kept ready: two of each shot in a cross-fade."""


class Compositor:
    """Frames of one variant.

    Args:
        captions: those that are burnt in; none where the format has a caption track only.
    """

    def __init__(self, timeline: Timeline, pictures: Pictures, captions: Sequence[Caption] = ()) -> None:
        self._timeline, self._pictures = timeline, pictures
        self._captions = captions
        self._fps = float(timeline.fps)
        self._shots: dict[str, ShotPicture] = {}
        self._still: dict[tuple[str, int, str], Planes] = {}

    def check(self) -> list[tuple[str, ShotPicture]]:
        """Draw every shot once, so that what does not fit is known before anything is encoded.

        Raises:
            MediaError, InputError: of the first shot that cannot be drawn.
        """
        return [(timed.shot.id, self._pictures.picture_of(timed)) for timed in self._timeline.shots]

    def frames(self) -> Iterator[VideoFrame]:
        """Every frame in order. The same object comes again with other content: encode it before the next one."""
        frame = blank_frame(self._pictures.setting.format.size)
        target = Planes.of(frame)
        shown: object = None
        for number in range(self._timeline.frames):
            key, planes = self._at(number)
            if key is None or key != shown:
                planes.copy_to(target)
            shown = key
            yield frame

    def _at(self, number: int) -> tuple[object, Planes]:
        """What is seen at a frame of the video, and a key that is equal where nothing has changed; None: it has."""
        index = self._index(number)
        shots = self._timeline.shots
        timed = shots[index]
        caption = self._caption(number)
        following = shots[index + 1] if index + 1 < len(shots) else None
        self._forget(timed, following)
        if index and number < timed.start + timed.fade // 2:
            share = (number - timed.start + timed.fade // 2 + 0.5) / timed.fade
            return None, self._blend(shots[index - 1], timed, number, share, caption)
        if following is not None and number >= following.start - following.fade // 2:
            share = (number - following.start + following.fade // 2 + 0.5) / following.fade
            return None, self._blend(timed, following, number, share, caption)
        return self._of_shot(timed, number, caption)

    def _blend(self, before: TimedShot, after: TimedShot, number: int, share: float, caption: str) -> Planes:
        first = self._of_shot(before, min(number, before.start + before.count - 1), caption)[1]
        second = self._of_shot(after, max(number, after.start), caption)[1]
        return first.blended(second, share)

    def _of_shot(self, timed: TimedShot, number: int, caption: str) -> tuple[object, Planes]:
        picture = self._shots.get(timed.shot.id)
        if picture is None:
            picture = self._shots[timed.shot.id] = self._pictures.picture_of(timed)
        local = number - timed.start
        place = next(i for i, segment in enumerate(picture.segments) if segment.start <= local < segment.end)
        segment = picture.segments[place]
        said = "" if self._is_shown(picture, timed, number) else caption
        if place and segment.fade and local < segment.start + segment.fade:
            earlier = self._planes(timed, place - 1, picture.segments[place - 1], segment.start - 1, said)
            later = self._planes(timed, place, segment, local, said)
            return None, earlier.blended(later, (local - segment.start + 0.5) / segment.fade)
        planes = self._planes(timed, place, segment, local, said)
        return (timed.shot.id, place, said) if segment.still else None, planes

    def _planes(self, timed: TimedShot, place: int, segment: Segment, local: int, caption: str) -> Planes:
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

    def _index(self, number: int) -> int:
        return next(i for i, timed in enumerate(self._timeline.shots) if number < timed.start + timed.count)

    def _forget(self, timed: TimedShot, following: TimedShot | None) -> None:
        """Keep the pictures of this shot and its neighbours only."""
        index = self._timeline.shots.index(timed)
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
