"""Super resolution as the architecture writes it, on frames of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.architecture.spying import calls
from videogen import DetailEnhancer, SuperResolutionProcessor, TemporalConsistencyEnforcer, VideoGenConfig
from videogen.errors import InputError


def kinds(clip: np.ndarray) -> dict[str, object]:
    """The same frames as people hand them over."""
    return {
        "array": clip,
        "floats": clip.astype(np.float32) / 255.0,
        "list": list(clip),
        "pictures": [Image.fromarray(frame) for frame in clip],
        "tensor": torch.from_numpy(clip),
        "channels first": torch.from_numpy(clip).permute(0, 3, 1, 2).float() / 255.0,
    }


@pytest.fixture(scope="module")
def processor(short: VideoGenConfig) -> SuperResolutionProcessor:
    return SuperResolutionProcessor(short)


@calls("SuperResolutionProcessor.upscale_frame")
def test_a_frame_is_enlarged_and_stays_what_it_was(processor: SuperResolutionProcessor, clip: np.ndarray) -> None:
    frame = clip[0, 40:104, 20:116]
    for given in (frame, frame / 255.0, Image.fromarray(frame), torch.from_numpy(frame)):
        large = processor.upscale_frame(frame=given, scale_factor=2)
        assert (large.shape, large.dtype) == ((128, 192, 3), np.uint8)
        back = large.reshape(64, 2, 96, 2, 3).mean(axis=(1, 3))
        assert np.abs(back - frame).mean() < 12
    with pytest.raises(InputError, match="floats must lie in 0"):
        processor.upscale_frame(frame.astype(float) + 0.5, 2)


@calls("SuperResolutionProcessor.process_video")
def test_a_video_of_any_kind_is_brought_to_the_output_size(clip: np.ndarray) -> None:
    few = clip[:2, 32:112:2, 16:144:2]
    processor = SuperResolutionProcessor(VideoGenConfig(upscaler="lanczos", resolution=(128, 80)))
    results = {name: processor.process_video(frames=given) for name, given in kinds(few).items()}
    assert {made.shape for made in results.values()} == {(2, 80, 128, 3)}
    assert all(np.array_equal(made, results["array"]) for made in results.values())
    wanted = np.stack([np.asarray(Image.fromarray(f).resize((128, 80), Image.Resampling.LANCZOS)) for f in few])
    assert np.abs(results["array"].astype(int) - wanted).mean() < 4


@calls("SuperResolutionProcessor.apply_temporal_consistency")
def test_flicker_of_single_pixels_falls(processor: SuperResolutionProcessor, clip: np.ndarray) -> None:
    still = np.repeat(clip[:1], 6, axis=0).astype(int)
    noisy = np.clip(still + np.random.default_rng(0).normal(0, 5, still.shape), 0, 255).astype(np.uint8)
    calm = processor.apply_temporal_consistency(frames=noisy)
    assert np.abs(np.diff(calm.astype(int), axis=0)).mean() < 0.9 * np.abs(np.diff(noisy.astype(int), axis=0)).mean()


@calls("SuperResolutionProcessor.remove_artifacts")
def test_ripples_are_removed_and_edges_stay(processor: SuperResolutionProcessor) -> None:
    frame = np.full((40, 60, 3), 80, np.uint8)
    frame[:, 30:] = 180
    rippled = frame + (4 * (np.indices((40, 60)).sum(axis=0) % 2))[..., None].astype(np.uint8)
    cleaned = processor.remove_artifacts(frame=rippled / 255.0)
    assert cleaned[:, :25].std() < 0.6 * rippled[:, :25].std()
    assert int(cleaned[20, 33, 0]) - int(cleaned[20, 26, 0]) > 95


@calls("DetailEnhancer.enhance_details", "DetailEnhancer.adaptive_enhancement", "DetailEnhancer.balance_sharpness")
def test_soft_edges_become_steeper_and_footage_is_sharpened_less(clip: np.ndarray) -> None:
    import cv2

    soft = cv2.GaussianBlur(clip[0], (0, 0), 2.0)
    enhancer = DetailEnhancer()

    def steepness(frame: np.ndarray) -> float:
        return float(np.abs(np.diff(frame.astype(int), axis=1)).mean())

    drawn = enhancer.adaptive_enhancement(frame=soft, content_type="illustration")
    filmed = enhancer.adaptive_enhancement(frame=soft, content_type="footage")
    assert steepness(soft) < steepness(filmed) < steepness(drawn)
    assert np.array_equal(enhancer.enhance_details(frame=soft), drawn)
    assert np.array_equal(enhancer.balance_sharpness(frame=soft, sharpness_level=0.0), soft)
    most = enhancer.balance_sharpness(soft, 1.0)
    radius = max(1, round(144 / 360 * 2))
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    assert (most >= cv2.erode(soft, kernel)).all()
    assert (most <= cv2.dilate(soft, kernel)).all()


@calls("TemporalConsistencyEnforcer.align_frames", "TemporalConsistencyEnforcer.propagate_details")
def test_details_follow_what_moves(clip: np.ndarray) -> None:
    enforcer = TemporalConsistencyEnforcer(1.0)
    aligned = enforcer.align_frames(frame_sequence=[Image.fromarray(frame) for frame in clip[:4]])
    moved = np.mean([np.abs(one.astype(int) - now).mean() for one, now in zip(aligned[1:], clip[1:], strict=False)])
    assert moved < 0.5 * np.abs(np.diff(clip[:4].astype(int), axis=0)).mean()
    noisy = np.clip(clip[1] + np.random.default_rng(0).normal(0, 6, clip[1].shape), 0, 255).astype(np.uint8)
    better = enforcer.propagate_details(source_frame=clip[0], target_frame=noisy)
    assert np.abs(better.astype(int) - clip[1]).mean() < 0.85 * np.abs(noisy.astype(int) - clip[1]).mean()
    with pytest.raises(InputError, match="has no details for one of"):
        enforcer.propagate_details(clip[0], clip[0][:50])


@pytest.mark.parametrize("levels", [10, 20, 30, 60])
@calls("TemporalConsistencyEnforcer.detect_flickering")
def test_a_jump_and_back_is_flicker_and_a_jump_that_stays_is_a_cut(clip: np.ndarray, levels: int) -> None:
    enforcer = TemporalConsistencyEnforcer()
    assert not enforcer.detect_flickering(frame_sequence=clip).flickering
    alternating, once, stays = (clip.astype(int) for _ in range(3))
    alternating[1::2] += levels
    once[5] += levels
    stays[5:] += levels
    for frames in (alternating, once):
        found = enforcer.detect_flickering(np.clip(frames, 0, 255))
        assert found.flickering
        assert found.cuts == ()
    if levels >= 20:
        assert enforcer.detect_flickering(np.clip(stays, 0, 255)).cuts == (5,)
    steady = SuperResolutionProcessor().apply_temporal_consistency(np.clip(alternating, 0, 255))
    jumps = np.abs(np.diff(steady.mean(axis=(1, 2, 3))))
    assert jumps.max() < 0.05 * levels


def test_a_fade_is_no_flicker_and_arrives(clip: np.ndarray) -> None:
    fading = np.stack([np.clip(clip[0].astype(int) * share, 0, 255) for share in np.linspace(0.2, 1.0, 9)])
    steady = SuperResolutionProcessor().apply_temporal_consistency(np.rint(fading).astype(np.uint8))
    assert np.abs(steady[-1].astype(int) - np.rint(fading[-1])).mean() < 6
    assert (np.diff(steady.mean(axis=(1, 2, 3))) > -1.0).all()


def test_a_file_is_a_video_too(video: Path, clip: np.ndarray) -> None:
    from videogen.media.frame_input import as_frames

    for given in (video, str(video)):
        assert np.abs(as_frames(given).astype(int) - clip).mean() < 5
