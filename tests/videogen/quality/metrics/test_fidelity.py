"""What a stage keeps of the frames that it got: known enlargements, frames of another shape, files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from videogen.media.encoding import Encoding, write_mp4
from videogen.quality.metrics.fidelity import of_published, of_upscaled
from videogen.super_resolution.framing import covered, extended, picture_size


@pytest.fixture(scope="module")
def decoded() -> np.ndarray:
    """Ten frames, 80×128, of soft blobs."""
    rough = np.random.default_rng(5).integers(0, 256, (10, 10, 16, 3)).astype(np.uint8)
    return np.stack([cv2.resize(frame, (128, 80), interpolation=cv2.INTER_CUBIC) for frame in rough])


def enlarged(frames: np.ndarray, target: tuple[int, int], fit: str = "crop") -> np.ndarray:
    size = picture_size((frames.shape[2], frames.shape[1]), target, fit)
    return np.stack(
        [extended(covered(frame, size), target) if size != target else covered(frame, size) for frame in frames]
    )


@pytest.mark.parametrize("target", [(512, 320), (640, 360), (360, 640)])
@pytest.mark.parametrize("fit", ["crop", "extend"])
def test_a_plain_enlargement_keeps_nearly_all_of_any_shape(decoded: np.ndarray, target: tuple, fit: str) -> None:
    found = of_upscaled(decoded, enlarged(decoded, target, fit), fit)
    assert found.psnr is None or found.psnr > 40
    assert found.ssim > 0.99
    assert found.frames == 8


def test_a_change_of_every_pixel_by_ten_is_28_decibels(decoded: np.ndarray) -> None:
    flat = np.full((4, 80, 128, 3), 100, np.uint8)
    found = of_upscaled(flat, np.full((4, 320, 512, 3), 110, np.uint8), "crop")
    assert found.psnr == pytest.approx(20 * np.log10(255 / 10), abs=0.01)
    assert found.words.startswith("28.1 dB")
    other = of_upscaled(decoded, enlarged(decoded, (512, 320))[::-1], "crop")
    assert other.psnr < 20
    assert other.ssim < 0.7


def test_a_file_against_itself_is_identical_and_one_encoded_again_is_not(decoded: np.ndarray, tmp_path: Path) -> None:
    one, other = tmp_path / "one.mp4", tmp_path / "other.mp4"
    write_mp4(one, iter(decoded), Encoding((128, 80), Fraction(8), crf=10))
    write_mp4(other, iter(decoded), Encoding((128, 80), Fraction(8), crf=35))
    assert of_published(one, one).words == "identical"
    assert of_published(other, one).psnr < 45
