"""The kinds of files that a video is written as: their formats, codecs, captions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from videogen.media.captions import mov_text_sample, webvtt_sample

SUFFIXES = (".mp4", ".webm", ".mov")


@dataclass(frozen=True)
class Container:
    """One kind of file.

    format: FFmpeg's muxer, with its options. codec: of the pictures, as files name it. encoder, sound, captions:
    FFmpeg's encoders. sample: one caption as bytes. sound_format, sound_frame: what the sound encoder takes at once.
    """

    name: str
    suffix: str
    media_type: str
    format: str
    codec: str
    encoder: str
    sound: str
    sound_format: str
    sound_frame: int
    captions: str
    sample: Callable[[str], bytes]
    options: Mapping[str, str] = field(default_factory=dict)

    def picture_options(self, crf: int, preset: str, fps: Fraction, fine: bool = False) -> dict[str, str]:
        """The encoder's options for x264's constant rate factor and preset, or what comes near to them elsewhere.

        There are two seconds between key frames: players can jump, and a cut file loses little.

        Args:
            fine: with a fast preset of x264, choose blocks and motion by rate and distortion in all frames, as the
                preset medium does (subme 7). Clips of pib-mini then show a quarter less of block borders at the same
                size, for 0.02 s a frame of 720p.
            crf: 0 … 51; lower is better and larger.
            preset: of x264.
            fps: frames per second.
        """
        keys = {"g": str(round(2 * fps))}
        if self.codec == "vp9":
            speed = {"deadline": "good", "cpu-used": str(_VP9_SPEED[preset]), "row-mt": "1"}
            return {"crf": str(min(63, round(1.4 * crf))), "b": "0", **speed, **keys}
        if self.codec == "av1":
            return {"crf": str(min(63, max(1, round(1.5 * crf)))), "preset": str(_AV1_SPEED[preset]), **keys}
        finer = {"x264-params": "subme=7"} if fine and preset in _COARSE else {}
        return {"crf": str(crf), "preset": preset, **finer, **keys}


_COARSE = ("veryfast", "faster", "fast")
_VP9_SPEED = {"ultrafast": 8, "veryfast": 5, "faster": 4, "fast": 3, "medium": 2, "slow": 1}
_AV1_SPEED = {"ultrafast": 9, "veryfast": 8, "faster": 7, "fast": 6, "medium": 5, "slow": 4}
_FASTSTART = MappingProxyType({"movflags": "+faststart"})
_AAC: dict[str, Any] = {"sound": "aac", "sound_format": "fltp", "sound_frame": 1024}
_OPUS: dict[str, Any] = {"sound": "libopus", "sound_format": "flt", "sound_frame": 960}
_H264: dict[str, Any] = {"codec": "h264", "encoder": "libx264", "captions": "mov_text", "sample": mov_text_sample}
_WEBM: dict[str, Any] = {
    "suffix": ".webm", "media_type": "video/webm", "format": "webm", "captions": "webvtt", "sample": webvtt_sample,
}  # fmt: skip
MP4 = Container("mp4", ".mp4", "video/mp4", "mp4", **_H264, **_AAC, options=_FASTSTART)
MOV = Container("mov", ".mov", "video/quicktime", "mov", **_H264, **_AAC, options=_FASTSTART)
WEBM_VP9 = Container("webm", codec="vp9", encoder="libvpx-vp9", **_WEBM, **_OPUS)
WEBM_AV1 = Container("webm", codec="av1", encoder="libsvtav1", **_WEBM, **_OPUS)


def container_of(name: str, webm_codec: str = "vp9") -> Container:
    """The container of the settings `delivery.container` and `delivery.webm_codec`."""
    if name == "webm":
        return WEBM_AV1 if webm_codec == "av1" else WEBM_VP9
    return {"mp4": MP4, "mov": MOV}[name]


def media_type_of(path: Path) -> str:
    """The media type of a video of this project, by the ending of its name."""
    kinds = {".webm": WEBM_VP9.media_type, ".mov": MOV.media_type}
    return kinds.get(path.suffix.lower(), MP4.media_type)
