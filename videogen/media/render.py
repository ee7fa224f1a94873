"""The finished video: frames at the native rate in, a labelled and captioned mp4 with its facts out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videogen.audio.model_sound import fitted
from videogen.audio.soundtrack import as_loud_as_it_can_be
from videogen.config.label_style import label_style
from videogen.domain.artifacts import RenderedVideo, VideoFile
from videogen.domain.stages import Stage
from videogen.errors import MediaError
from videogen.media.burnt_captions import BurntCaptions
from videogen.media.captions import as_webvtt, cues_for
from videogen.media.containers import Container, container_of
from videogen.media.encoding import Encoding, Sound, write_mp4
from videogen.media.interpolation import interpolate, output_frame_count
from videogen.media.label import Label
from videogen.media.logo import Logo
from videogen.media.narration import Narration, narrate, require_room
from videogen.media.watermark.keys import watermark_for
from videogen.runtime import progress
from videogen.runtime.prefetch import ahead
from videogen.storage.atomic_folder import Folder, sha256

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import Frames
    from videogen.domain.requests import Caption, VideoRequest
    from videogen.media.watermark.embedding import Watermark

STAGE = Stage.RENDERED_VIDEO
VIDEO = f"{STAGE}.mp4"
CAPTIONS = f"{STAGE}.vtt"
_TITLE = 120
Overlay = Callable[[NDArray[np.uint8], float], None]
"""Draws onto a frame, in place, what is seen at a moment in seconds."""


def render_video(
    frames: Frames,
    request: VideoRequest,
    config: VideoGenConfig,
    *,
    folder: Path,
    attempt: int,
    model: str,
    logo: Path | None = None,
) -> VideoFile:
    """Write ``<folder>/rendered_video.mp4``, or as `delivery.container` says, and captions as ``.vtt`` beside it.

    A narration becomes the sound track. The native rate becomes processing.fps (see `interpolate`), every frame
    carries the label, and the file names its request. Memory does not grow with the length of the video.

    Args:
        request: title, captions and logo of the video.
        attempt: number of the attempt.
        config: its settings.
        folder: where the files are written.
        frames: uint8, T×H×W×3, already at processing.resolution.
        model: name and revision of the model profile, for the metadata.
        logo: a picture file that is drawn into a corner.

    Raises:
        InputError: the narration cannot be spoken, or takes longer than the video.
        MediaError: the frames do not have the output size, or the label or captions cannot be made.
        StorageError: the disk is full or refuses; nothing stands under the final names.
    """
    pixels = _checked(frames, config)
    width, height = config.processing.resolution
    fps = config.processing.fps
    count = _frame_count(len(pixels), frames.fps, config)
    duration = count / fps
    label = Label.styled(label_style(config.delivery), (width, height))
    narration = narrate(request.narration, STAGE, request.id) if request.narration else None
    if narration is not None:
        require_room(narration, duration, STAGE, request.id)
    wanted = config.delivery.captions or config.delivery.burn_captions
    shown_cues = _cues(request, narration, duration) if wanted else ()
    cues = shown_cues if config.delivery.captions else ()
    overlays = _overlays(label, shown_cues, logo, config)
    metadata = _metadata(request, attempt=attempt, model=model, label=label.text)
    kind = container_of(config.delivery.container, config.delivery.webm_codec)
    delivery = config.delivery
    encoding = Encoding((width, height), Fraction(fps), delivery.crf, delivery.preset, container=kind, fine=True)
    video = f"{STAGE}{kind.suffix}"
    watermark = watermark_for(config, "video", request.id, str(attempt))
    place = Folder(folder)
    if cues:
        place.write(CAPTIONS, as_webvtt(cues).encode("utf-8"))
    with place.writing(video) as temporary:
        # Drawn in a thread of its own while the encoder works on the ones before.
        pictures = ahead(interpolate(pixels, count, config.delivery.interpolation))
        shown = _overlaid(pictures, overlays, count, fps)
        sound = _sound(frames, narration, duration)
        write_mp4(temporary, shown, encoding, captions=cues, sound=sound, metadata=metadata, watermark=watermark)
    return _described(place, label.text, watermark, metadata, cues, (width, height), fps, count, kind)


def _sound(frames: Frames, narration: Narration | None, duration: float) -> Sound | None:
    """The voice, the model's own sound, or the voice over the sound; None: there is nothing to hear."""
    own = None
    if frames.sound is not None:
        own = fitted(frames.sound.numpy(), frames.sound_rate, duration)
    if narration is None:
        return None if own is None else Sound(as_loud_as_it_can_be(own))
    return Sound(narration.track(duration, under=own))


def _cues(request: VideoRequest, narration: Narration | None, duration: float) -> tuple[Caption, ...]:
    """The request's own captions, or what is being read, or the title or prompt."""
    if narration is None or request.captions:
        return cues_for(request, duration)
    return narration.cues(duration)


def _frame_count(native_frames: int, native_fps: float, config: VideoGenConfig) -> int:
    """Frames of the finished video: of the duration asked for, where the native frames are as many as it needs.

    They may last up to one native frame longer, which is then spread over the whole video.
    """
    wanted, fps = config.processing.duration, config.processing.fps
    surplus = None if wanted is None else native_frames / native_fps - wanted
    if wanted is None or surplus is None or not 0.0 <= surplus < 1.0 / native_fps:
        return output_frame_count(native_frames, native_fps, fps)
    return max(2, round(wanted * fps))


def _checked(frames: Frames, config: VideoGenConfig) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = frames.frames.numpy()
    width, height = config.processing.resolution
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[3] != 3 or not len(pixels):
        raise MediaError(
            f"frames are {pixels.dtype} {'×'.join(map(str, pixels.shape))}",
            remedy="frames must be uint8, frames × height × width × 3, at least one",
        )
    if pixels.shape[1:3] != (height, width):
        raise MediaError(
            f"frames are {pixels.shape[2]}×{pixels.shape[1]}, but processing.resolution is {width}×{height}",
            remedy="make the video again from the stage upscaled_frames",
        )
    return pixels


def _overlays(label: Label, cues: tuple[Caption, ...], logo: Path | None, config: VideoGenConfig) -> list[Overlay]:
    """What is drawn onto each frame, the label last."""
    size = config.processing.resolution
    drawn: list[Overlay] = []
    if logo is not None:
        mark = Logo.fitted(logo, size, label_style(config.delivery).position, config.processing)
        drawn.append(lambda frame, moment: mark.draw(frame))
    if config.delivery.burn_captions and cues:
        at_the_bottom = label_style(config.delivery).position.startswith("bottom")
        drawn.append(BurntCaptions(cues, size, size[1] - label.box[1] if at_the_bottom else 0).draw)
    return [*drawn, lambda frame, moment: label.draw(frame)]


def _overlaid(
    pictures: Iterator[NDArray[np.uint8]], overlays: list[Overlay], count: int, fps: int
) -> Iterator[NDArray[np.uint8]]:
    for number, picture in enumerate(pictures, start=1):
        for draw in overlays:
            draw(picture, (number - 1) / fps)
        yield picture
        progress.report(STAGE, number, count)


def _metadata(request: VideoRequest, *, attempt: int, model: str, label: str) -> dict[str, str]:
    """Tags that players and auditors read; the comment is made of ``key=value`` parts."""
    title = " ".join(request.heading.split())
    facts = {"request": request.id, "attempt": attempt, "model": model, "label": label}
    return {
        "title": title if len(title) <= _TITLE else title[: _TITLE - 1] + "…",
        "comment": "; ".join(f"{key}={value}" for key, value in facts.items()),
        "creation_time": request.created_at.isoformat(),
    }


def _described(
    place: Folder,
    label: str,
    watermark: Watermark | None,
    metadata: dict[str, str],
    cues: tuple[Caption, ...],
    size: tuple[int, int],
    fps: int,
    count: int,
    kind: Container,
) -> VideoFile:
    path = place.local(f"{STAGE}{kind.suffix}")
    facts = RenderedVideo(
        video=path.name,
        captions=CAPTIONS if cues else None,
        width=size[0],
        height=size[1],
        fps=float(fps),
        num_frames=count,
        duration=count / fps,
        codec=kind.codec,
        label=label,
        watermark=watermark.embedded_in(size) if watermark is not None else None,
        sha256=sha256(path),
        bytes=path.stat().st_size,
        metadata=metadata,
    )
    return VideoFile(path=path, captions_path=place.local(CAPTIONS) if cues else None, facts=facts)
