"""MetricsCalculator: the metrics by name, on arrays. For verdicts on files see `QualityAssessor`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from videogen.config.config import VideoGenConfig
from videogen.config.parts import part
from videogen.errors import InputError
from videogen.media.frame_input import FramesLike, VideoLike, as_frames, as_videos
from videogen.quality.catalogue import COHERENCE_PARTS, definition
from videogen.quality.measurement import in_windows, measure
from videogen.quality.metrics import temporal, visual
from videogen.quality.metrics.distribution import MIN_CLIPS, SetScore, frechet_video_distance, inception_score
from videogen.quality.metrics.features import CLIP_DESCRIPTOR, ClipFeatures, hog_colour_flow
from videogen.quality.metrics.reference import REFERENCE, distance_to_reference
from videogen.quality.metrics.window import Pixels, Values
from videogen.quality.relevance.alignment import UNRELATED_PROMPTS, VideoTextEncoder, mean_similarity
from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder
from videogen.quality.relevance.encoders import encoder_for

Classifier = Callable[[Pixels], Values]
CLIP_LENGTH = 16
# Sharpness of the softmax over similarities, as CLIP's zero-shot classifier was trained with.
_TEMPERATURE = 100.0


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
    """Metrics of clips and of sets of clips.

    Args:
        config: with it, or with nothing at all, features, classifier and encoder are those of its model profile.
        features: clips (uint8, N×T×H×W×3) → N×D for Fréchet distances, named `features_name`; None: a descriptor that
            needs no weights.
        classifier: clips → N×K class probabilities, for the inception score.
        encoder: for text similarity; with an embedded one, features and classes come from it, too. None: none.
    """

    def __init__(
        self,
        config: VideoGenConfig | None = None,
        *,
        features: ClipFeatures | None = None,
        features_name: str = CLIP_DESCRIPTOR,
        classifier: Classifier | None = None,
        classifier_name: str = "classifier",
        encoder: VideoTextEncoder | Literal["profile"] | None = "profile",
    ) -> None:
        self._config = config
        self._given_encoder = encoder
        self._given_features, self._given_features_name = features, features_name
        self._given_classifier, self._given_classifier_name = classifier, classifier_name

    @cached_property
    def _encoder(self) -> VideoTextEncoder | None:
        given = self._given_encoder
        return encoder_for(part(self._config, VideoGenConfig)) if given == "profile" else given

    @cached_property
    def _features(self) -> ClipFeatures:
        if self._given_features is not None:
            return self._given_features
        return self._encoder.features if isinstance(self._encoder, EmbeddedEncoder) else hog_colour_flow

    @cached_property
    def _classes(self) -> tuple[Classifier | None, str]:
        """The classifier and its name. Of an encoder that has none: similarity to everyday scenes."""
        if self._given_classifier is not None or self._encoder is None:
            return self._given_classifier, self._given_classifier_name
        if isinstance(self._encoder, EmbeddedEncoder):
            return self._encoder.subjects, self._encoder.name
        return scene_classifier(self._encoder), self._encoder.name

    @cached_property
    def number_of_classes(self) -> int | None:
        """Classes of the classifier, which no inception score exceeds; None: without a classifier."""
        classifier = self._classes[0]
        blank = np.zeros((1, CLIP_LENGTH, 80, 128, 3), np.uint8)
        return None if classifier is None else int(classifier(blank).shape[1])

    @property
    def features_name(self) -> str:
        """Return the name of the features in scores."""
        if self._given_features is None and isinstance(self._encoder, EmbeddedEncoder):
            return self._encoder.name
        return self._given_features_name

    @cached_property
    def feature_length(self) -> int:
        """How many numbers describe one clip."""
        blank = np.zeros((1, CLIP_LENGTH, 80, 128, 3), np.uint8)
        return int(self._features(blank).shape[1])

    def clip_features(self, video: VideoLike | Sequence[VideoLike]) -> Values:
        """Return the features for Fréchet distances: one row for each clip of the videos, or of one long video.

        Raises:
            InputError: no whole clip, or different sizes.
        """
        return self._features(as_clips(as_videos(video)))

    def compute_fvd(
        self,
        video: VideoLike | Sequence[VideoLike],
        reference: VideoLike | Sequence[VideoLike] | None = None,
        *,
        min_clips: int = MIN_CLIPS,
    ) -> SetScore:
        """Fréchet video distance of two sets of videos; of one long video, its clips are the set.

        Args:
            video: one video or several, as frames or files.
            reference: what they are compared with; None: the clips that the model profile was trained on
                (`videogen.quality.metrics.reference`).

        Raises:
            InputError: too few clips: FVD describes sets, not single short videos; or no reference is known.
        """
        features = self._features(as_clips(as_videos(video)))
        if reference is None:
            return distance_to_reference(features, self.features_name, self._reference, min_clips=min_clips)
        return frechet_video_distance(
            features, self._features(as_clips(as_videos(reference))), name=self.features_name, min_clips=min_clips
        )

    @cached_property
    def _reference(self) -> Path | None:
        return self._encoder.folder / REFERENCE if isinstance(self._encoder, EmbeddedEncoder) else None

    def compute_inception_score(self, video: VideoLike | Sequence[VideoLike], *, splits: int = 1) -> SetScore:
        """Inception score of a set of videos; of one long video, its clips are the set.

        Raises:
            InputError: the classifier is missing, or there are too few clips.
        """
        classifier, name = self._classes
        if classifier is None:
            raise InputError(
                "an inception score needs class probabilities, but the classifier is missing",
                remedy="give MetricsCalculator a classifier: clips → class probabilities",
            )
        return inception_score(classifier(as_clips(as_videos(video))), name=name, splits=splits)

    def compute_clip_similarity(self, video: VideoLike | Sequence[VideoLike], text: Sequence[str] | str) -> float:
        """Mean CLIP score, 0 … 100, of videos with their texts.

        Raises:
            InputError: the encoder is missing, or not one text per video.
        """
        if self._encoder is None:
            raise InputError("text similarity needs a text–video encoder", remedy="give MetricsCalculator an encoder")
        texts = [text] if isinstance(text, str) else list(text)
        videos = as_videos(video)
        if len(texts) != len(videos):
            raise InputError(f"{len(videos)} videos and {len(texts)} texts", remedy="give one text per video")
        return mean_similarity(self._encoder, videos, texts)

    def compute_temporal_metrics(self, frames: FramesLike, fps: float = 24.0) -> dict[str, float]:
        """All temporal metrics of frames, with `temporal_coherence`, the mean of four.

        Frames are uint8, T×H×W×3, shown at `fps`.

        Raises:
            InputError: fewer than three frames.
        """
        given = as_frames(frames, at_least=3, what="temporal metrics")
        values = self._streamed(given, fps, (*COHERENCE_PARTS, "warp_error", "dynamic_degree"))
        known = [values[name] for name in COHERENCE_PARTS if np.isfinite(values[name])]
        return {"temporal_coherence": float(np.mean(known)), **values}

    def compute_visual_metrics(self, frames: FramesLike, fps: float = 24.0) -> dict[str, float]:
        """Sharpness, noise, blockiness, exposure and completeness of frames."""
        names = ("sharpness", "noise_level", "blockiness", "exposure", "completeness")
        return self._streamed(as_frames(frames), fps, names)

    def compute_flicker(self, frames: FramesLike) -> float:
        """VBench's temporal flickering of frames (T ≥ 2), 0 … 1."""
        return temporal.temporal_flickering(as_frames(frames, at_least=2))

    def compute_psnr(self, video: VideoLike, reference: VideoLike) -> float:
        """Mean PSNR in dB over the frames of two videos; infinite where all are equal.

        Both are uint8, T×H×W×3, of one shape.
        """
        ours, theirs = _of_one_shape(video, reference)
        return float(np.mean([visual.psnr(one, other) for one, other in zip(ours, theirs, strict=True)]))

    def compute_ssim(self, video: VideoLike, reference: VideoLike) -> float:
        """Mean SSIM over the frames of two videos of one shape, −1 … 1.

        Raises:
            InputError: they differ in size or number of frames.
        """
        ours, theirs = _of_one_shape(video, reference)
        return float(np.mean([visual.ssim(one, other) for one, other in zip(ours, theirs, strict=True)]))

    @staticmethod
    def _streamed(frames: Pixels, fps: float, names: Sequence[str]) -> dict[str, float]:
        streams = {name: definition(name).open_stream() for name in names}
        return measure(in_windows(frames), fps=fps, num_frames=len(frames), streams=streams).values


def _of_one_shape(video: VideoLike, reference: VideoLike) -> tuple[Pixels, Pixels]:
    ours, theirs = as_frames(video), as_frames(reference)
    if ours.shape != theirs.shape:
        raise InputError(
            f"the video is {ours.shape} and its reference {theirs.shape}", remedy="compare videos of one shape"
        )
    return ours, theirs


def scene_classifier(encoder: VideoTextEncoder) -> Classifier:
    """Everyday scenes as classes, by similarity: CLIP's zero-shot classifier (arXiv 2103.00020)."""
    classes = _units(np.asarray(encoder.encode_text(list(UNRELATED_PROMPTS)), np.float64))

    def classify(clips: Pixels) -> Values:
        videos = _units(np.stack([np.asarray(encoder.encode_video(clip), np.float64) for clip in clips]))
        scores = _TEMPERATURE * videos @ classes.T
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True))

    return classify


def _units(vectors: Values) -> Values:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
