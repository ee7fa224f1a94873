"""Checks of the file itself: whether it decodes, matches the request and carries its label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from videogen.audio.loudness import HIGHEST_PEAK, TARGET, TOLERANCE, Loudness
from videogen.config.groups.label_profile import STANDARD_HEIGHT, LabelStyle
from videogen.config.label_style import label_style
from videogen.quality.metrics.label_check import LEGIBLE, PRESENT, LabelReading

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.config.groups.label_profile import Corner
    from videogen.domain.artifacts import Coverage, RenderedVideo
    from videogen.media.reading import VideoInfo

DRAWABLE = "prompt_can_be_drawn"


@dataclass(frozen=True)
class Expected:
    """What the request expects of the file.

    None: anything will do. label: text that must be burnt in, at label_position and as large as `label_style` says.
    """

    width: int | None = None
    height: int | None = None
    fps: float | None = None
    num_frames: int | None = None
    duration: float | None = None
    label: str | None = None
    label_position: Corner = "top-right"
    label_height: float = STANDARD_HEIGHT
    label_area: float = 0.0

    @property
    def label_style(self) -> LabelStyle | None:
        """The label that must be burnt in; None: any or none."""
        if self.label is None:
            return None
        return LabelStyle(self.label, self.label_position, self.label_height, self.label_area)

    @classmethod
    def from_config(cls, config: VideoGenConfig) -> Self:
        """Return what `config` asks for: size, rate, label, and the duration if one is set."""
        width, height = config.processing.resolution
        return cls(
            width=width,
            height=height,
            fps=float(config.processing.fps),
            duration=config.processing.duration,
            **_labelled(config),
        )

    @classmethod
    def from_rendered(cls, facts: RenderedVideo, config: VideoGenConfig) -> Self:
        """What the renderer reports, compared with what `config` orders.

        Size, rate and label are the config's.

        The video of an emergency is as large and long as its pages need; its label stands where they leave room.
        """
        if facts.emergency is not None:
            return cls(
                width=facts.width,
                height=facts.height,
                fps=facts.fps,
                num_frames=facts.num_frames,
                duration=facts.duration,
                label=label_style(config.delivery).text,
            )
        width, height = config.processing.resolution
        return cls(
            width=width,
            height=height,
            fps=float(config.processing.fps),
            num_frames=facts.num_frames,
            duration=facts.duration if config.processing.duration is None else config.processing.duration,
            **_labelled(config),
        )


def _labelled(config: VideoGenConfig) -> dict[str, Any]:
    style = label_style(config.delivery)
    return {
        "label": style.text,
        "label_position": style.position,
        "label_height": style.height,
        "label_area": style.area,
    }


@dataclass(frozen=True)
class Check:
    """One yes-or-no fact about the file.

    found: what is there, in words; value and limit: numbers where it has them.
    """

    name: str
    title: str
    passed: bool
    found: str
    value: float | None = None
    limit: float | None = None
    frame: int | None = None


def check_prompt(coverage: Coverage) -> Check:
    """The model can draw what the prompt asks for; no metric tells whether it shows what it cannot draw."""
    found = f"about {', '.join(coverage.subjects)}" if coverage.inside else coverage.warning
    return Check(DRAWABLE, "Prompt", coverage.inside, found, coverage.likeness)


def check_decoding(info: VideoInfo, decoded: int, problem: str | None) -> list[Check]:
    """Every frame that the file lists can be decoded, and there are at least two."""
    whole = problem is None and decoded == info.num_frames
    told = problem or f"{decoded} of {info.num_frames} frames"
    return [
        Check("decodes", "Decodes to the end", whole, told, float(decoded), float(info.num_frames)),
        Check("moving_picture", "At least two frames", decoded >= 2, f"{decoded} frame(s)", float(decoded), 2.0),
        Check(
            "constant_frame_rate",
            "Constant frame rate",
            not info.variable_frame_rate,
            "frames are shown for different durations"
            if info.variable_frame_rate
            else f"{info.fps:g} frames per second",
        ),
    ]


def check_format(info: VideoInfo, expected: Expected) -> list[Check]:
    """Size, rate, number of frames and duration are exactly those expected; even edges and 8 bits 4:2:0 always."""
    playable = info.pix_fmt in ("yuv420p", "yuvj420p") and info.width % 2 == 0 and info.height % 2 == 0
    checks = [
        Check(
            "playable_everywhere",
            "8-bit 4:2:0 with even edges",
            playable,
            f"{info.pix_fmt}, {info.bit_depth} bits, {info.width}×{info.height}",
        )
    ]
    if expected.width is not None and expected.height is not None:
        same = (info.width, info.height) == (expected.width, expected.height)
        found = f"{info.width}×{info.height}" + ("" if same else f", expected {expected.width}×{expected.height}")
        checks.append(Check("size", "Size", same, found))
    if expected.fps is not None:
        # One part in a thousand tells 24 from 23.976; the file's own time base is finer than that.
        checks.append(_number("frame_rate", "Frame rate", info.fps, expected.fps, 0.0005 * expected.fps))
    if expected.num_frames is not None:
        checks.append(_number("frame_count", "Number of frames", info.num_frames, expected.num_frames, 0.0))
    if expected.duration is not None:
        checks.append(
            _number("duration", "Duration", info.duration, expected.duration, 0.5 / max(info.fps, 1.0) + 1e-3)
        )
    return checks


def _number(name: str, title: str, value: float, wanted: float, tolerance: float) -> Check:
    passed = abs(value - wanted) <= tolerance
    found = f"{value:g}" if passed else f"{value:g}, expected {wanted:g}"
    return Check(name, title, passed, found, float(value), float(wanted))


def check_label(text: str, reading: LabelReading | None) -> list[Check]:
    """The label is in every frame looked at, and can be read. No reading: it does not even fit into the frame."""
    if reading is None:
        return [Check("label_present", "Label", False, f"“{text}” does not fit into the frame")]
    found = f"“{text}” was found" if reading.present else f"“{text}” was not found in frame {reading.at}"
    return [
        Check("label_present", "Label", reading.present, found, reading.likeness, PRESENT, reading.at),
        Check(
            "label_legible",
            "Label legible",
            reading.legible,
            f"contrast {reading.contrast:.1f} : 1",
            reading.contrast,
            LEGIBLE,
        ),
    ]


def check_sound(loudness: Loudness | None, problem: str | None) -> list[Check]:
    """Sound, where there is any, has −23 ± 1 LUFS and peaks of at most −1 dBTP (EBU R 128)."""
    if loudness is None:
        return [Check("loudness", "Loudness", False, problem or "the sound track is empty")]
    in_range = abs(loudness.integrated - TARGET) <= TOLERANCE
    return [
        Check("loudness", "Loudness", in_range, f"{loudness.integrated:.1f} LUFS", loudness.integrated, TARGET),
        Check(
            "true_peak",
            "True peak",
            loudness.true_peak <= HIGHEST_PEAK,
            f"{loudness.true_peak:.1f} dBTP",
            loudness.true_peak,
            HIGHEST_PEAK,
        ),
    ]
