"""MetricsCalculator: the metrics by name, on arrays. For verdicts on files see `QualityAssessor`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from videogen.errors import InputError
from videogen.quality.catalogue import COHERENCE_PARTS, definition
from videogen.quality.measurement import in_windows, measure
from videogen.quality.metrics import temporal, visual
from videogen.quality.metrics.distribution import MIN_CLIPS, SetScore, frechet_video_distance, inception_score
from videogen.quality.metrics.features import CLIP_DESCRIPTOR, ClipFeatures, hog_colour_flow
from videogen.quality.metrics.window import Pixels, Values
from videogen.quality.relevance.alignment import VideoTextEncoder, mean_similarity

Classifier = Callable[[Pixels], Values]
CLIP_LENGTH = 16


def as_clips(videos: Sequence[Pixels] | Pixels, length: int = CLIP_LENGTH) -> Pixels:
    """Videos (each uint8, T×H×W×3) or one video as clips of `length` frames without overlap: N×length×H×W×3.

    Frames beyond the last whole clip are left out. All videos must have one size.

    Raises:
        InputError: no whole clip, or different sizes.
    """
    several = [videos] if isinstance(videos, np.ndarray) and videos.ndim == 4 else list(videos)
    sizes = {video.shape[1:] for video in several}
    if len(sizes) > 1:
        raise InputError(f"the videos have different sizes: {sorted(sizes)}", remedy="resize them to one size first")
    clips = [video[start : start + length] for video in several for start in range(0, len(video) - length + 1, length)]
    if not clips:
        raise InputError(f"these videos contain no clip of {length} frames", remedy="give longer videos")
    return np.stack(clips)


class MetricsCalculator:
    """features: clips (uint8, N×T×H×W×3) → N×D for Fréchet distances, named `features_name`.

    classifier: clips → N×K class probabilities, for the inception score. encoder: for text similarity.
    """

    def __init__(
        self,
        *,
        features: ClipFeatures = hog_colour_flow,
        features_name: str = CLIP_DESCRIPTOR,
        classifier: Classifier | None = None,
        classifier_name: str = "classifier",
        encoder: VideoTextEncoder | None = None,
    ) -> None:
        self._features, self._features_name = features, features_name
        self._classifier, self._classifier_name = classifier, classifier_name
        self._encoder = encoder

    @property
    def features_name(self) -> str:
        """Return the name of the features in scores."""
        return self._features_name

    @cached_property
    def feature_length(self) -> int:
        """How many numbers describe one clip."""
        blank = np.zeros((1, CLIP_LENGTH, 80, 128, 3), np.uint8)
        return int(self._features(blank).shape[1])

    def clip_features(self, video: Sequence[Pixels] | Pixels) -> Values:
        """Return the features for Fréchet distances: one row for each clip of the videos, or of one long video.

        Raises:
            InputError: no whole clip, or different sizes.
        """
        return self._features(as_clips(video))

    def compute_fvd(
        self, video: Sequence[Pixels] | Pixels, reference: Sequence[Pixels] | Pixels, *, min_clips: int = MIN_CLIPS
    ) -> SetScore:
        """Fréchet video distance of two sets of videos; of one long video, its clips are the set.

        Raises:
            InputError: too few clips: FVD describes sets, not single short videos.
        """
        return frechet_video_distance(
            self._features(as_clips(video)),
            self._features(as_clips(reference)),
            name=self._features_name,
            min_clips=min_clips,
        )

    def compute_inception_score(self, video: Sequence[Pixels] | Pixels, *, splits: int = 1) -> SetScore:
        """Inception score of a set of videos; of one long video, its clips are the set.

        Raises:
            InputError: the classifier is missing, or there are too few clips.
        """
        if self._classifier is None:
            raise InputError(
                "an inception score needs class probabilities, but the classifier is missing",
                remedy="give MetricsCalculator a classifier: clips → class probabilities",
            )
        return inception_score(self._classifier(as_clips(video)), name=self._classifier_name, splits=splits)

    def compute_clip_similarity(self, video: Sequence[Pixels] | Pixels, text: Sequence[str] | str) -> float:
        """Mean CLIP score, 0 … 100, of videos with their texts.

        Raises:
            InputError: the encoder is missing, or not one text per video.
        """
        if self._encoder is None:
            raise InputError("text similarity needs a text–video encoder", remedy="give MetricsCalculator an encoder")
        texts = [text] if isinstance(text, str) else list(text)
        videos = [video] if isinstance(video, np.ndarray) and video.ndim == 4 else list(video)
        if len(texts) != len(videos):
            raise InputError(f"{len(videos)} videos and {len(texts)} texts", remedy="give one text per video")
        return mean_similarity(self._encoder, videos, texts)

    def compute_temporal_metrics(self, frames: Pixels, fps: float = 24.0) -> dict[str, float]:
        """All temporal metrics of frames, with `temporal_coherence`, the mean of four.

        Frames are uint8, T×H×W×3, shown at `fps`.

        Raises:
            InputError: fewer than three frames.
        """
        if len(frames) < 3:
            raise InputError(
                f"temporal metrics need at least three frames, not {len(frames)}", remedy="give more frames"
            )
        names = (*COHERENCE_PARTS, "warp_error", "dynamic_degree")
        values = self._streamed(frames, fps, names)
        known = [values[name] for name in COHERENCE_PARTS if np.isfinite(values[name])]
        return {"temporal_coherence": float(np.mean(known)), **values}

    def compute_visual_metrics(self, frames: Pixels, fps: float = 24.0) -> dict[str, float]:
        """Sharpness, noise, blockiness, exposure and completeness of frames (uint8, T×H×W×3)."""
        return self._streamed(frames, fps, ("sharpness", "noise_level", "blockiness", "exposure", "completeness"))

    def compute_flicker(self, frames: Pixels) -> float:
        """VBench's temporal flickering of frames (uint8, T×H×W×3, T ≥ 2), 0 … 1."""
        return temporal.temporal_flickering(frames)

    def compute_psnr(self, video: Pixels, reference: Pixels) -> float:
        """Mean PSNR in dB over the frames of two videos; infinite where all are equal.

        Both are uint8, T×H×W×3, of one shape.
        """
        _same_shape(video, reference)
        return float(np.mean([visual.psnr(one, other) for one, other in zip(video, reference, strict=True)]))

    def compute_ssim(self, video: Pixels, reference: Pixels) -> float:
        """Mean SSIM over the frames of two videos of one shape (uint8, T×H×W×3), −1 … 1."""
        _same_shape(video, reference)
        return float(np.mean([visual.ssim(one, other) for one, other in zip(video, reference, strict=True)]))

    @staticmethod
    def _streamed(frames: Pixels, fps: float, names: Sequence[str]) -> dict[str, float]:
        streams = {name: definition(name).open_stream() for name in names}
        return measure(in_windows(frames), fps=fps, num_frames=len(frames), streams=streams).values


def _same_shape(video: Pixels, reference: Pixels) -> None:
    if video.shape != reference.shape:
        raise InputError(
            f"the video is {video.shape} and its reference {reference.shape}", remedy="compare videos of one shape"
        )
