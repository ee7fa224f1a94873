"""Small pictures for the pages, made when somebody looks, and kept: frames of videos, shots before rendering."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.errors import InputError, MediaError
from videogen.storage.atomic import whole_file
from videogen.storage.atomic_folder import storage_errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.briefing.production.making import BriefingMaker

WIDTH = 480
_QUALITY = 82
_AT_ONCE = 1


class Stills:
    """The pictures of one desk; drawing waits for its turn, so that pages stay quick while somebody looks at many.

    Args:
        folder: where they are kept.
        maker: what draws the shots of briefings.
    """

    def __init__(self, folder: Path, maker: BriefingMaker) -> None:
        self._folder, self._maker = folder, maker
        self._turn = threading.Semaphore(_AT_ONCE)

    def of_video(self, path: Path) -> Path:
        """A frame from the middle of a video, as a JPEG.

        Raises:
            MediaError: the file cannot be read.
        """
        facts = path.stat()
        return self._kept(f"{path} {facts.st_mtime_ns} {facts.st_size}", lambda: _middle(path))

    def of_shot(self, briefing_id: str, number: int, shot_id: str, language: str, form: str) -> Path:
        """A shot of a storyboard as it will be seen at its end, as a JPEG; clips show their sentence.

        Raises:
            InputError: the shot, language or format does not exist. MediaError: something does not fit.
        """
        digest = self._maker.store.revision(briefing_id, number).sha256
        key = f"{briefing_id} {number} {digest} {shot_id} {language} {form}"
        return self._kept(key, lambda: self._shot(briefing_id, number, shot_id, language, form))

    def _shot(self, briefing_id: str, number: int, shot_id: str, language: str, form: str) -> NDArray[np.uint8]:
        from videogen.briefing.narration.silence import SilentVoice
        from videogen.briefing.narration.speaking import narrated
        from videogen.briefing.production.made import Made
        from videogen.briefing.timing.timeline import scheduled

        store = self._maker.store
        storyboard = store.storyboard(briefing_id, number)
        shots = storyboard.shots_in(language)
        if form not in storyboard.formats or shot_id not in {shot.id for shot in shots}:
            raise InputError("the shot does not exist", remedy="go back to the storyboard")
        voice = SilentVoice()
        # No voice: a picture needs no speech, and speech takes seconds.
        narration = narrated(storyboard, language, voice)
        timeline = scheduled(shots, narration, Fraction(store.order(briefing_id).fps))
        made = Made(storyboard, timeline, narration, voice.key)
        pictures = self._maker.pictures(briefing_id, number, made, form)
        timed = next(timed for timed in timeline.shots if timed.shot.id == shot_id)
        return pictures.picture_of(timed).segments[-1].draw(timed.count - 1)

    def _kept(self, key: str, make: Callable[[], NDArray[np.uint8]]) -> Path:
        path = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.jpg"
        if not path.exists():
            with self._turn:
                if not path.exists():
                    with storage_errors(str(path)):
                        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                        data = _jpeg(make())
                        with whole_file(path, durable=False) as temporary:
                            temporary.write_bytes(data)
        return path


def _middle(path: Path) -> NDArray[np.uint8]:
    from videogen.media.pictures import as_rgb
    from videogen.media.reading import decoded
    from videogen.runtime.media_opening import open_media

    with open_media(path) as media:
        stream = media.video
        if stream.duration:
            # To the last key frame before the middle: then one frame is decoded, not a hundred.
            media.container.seek(stream.duration // 2, stream=stream)
        frame = next(decoded(media, stream), None)
        if frame is None:
            raise MediaError(f"{path.name} shows no picture", remedy="make the video again")
        return as_rgb(frame)


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS, reducing_gap=2.0)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return stream.getvalue()
