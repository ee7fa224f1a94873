from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import blur_effect
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from tests.videogen.quality.scenes import moving_scene, texture
from videogen.quality.metrics import visual


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return moving_scene(2, (320, 200))[0]


@pytest.mark.parametrize("sigma", [0.0, 1.0, 3.0])
def test_blur_agrees_with_scikit_image(picture: np.ndarray, sigma: float) -> None:
    gray = picture[..., 1].copy()
    if sigma:
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.uint8)
    assert visual.blur(gray) == pytest.approx(blur_effect(gray), abs=0.01)


def test_blur_grows_with_blurring(picture: np.ndarray) -> None:
    gray = picture[..., 1].copy()
    series = [visual.blur(np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.uint8)) for sigma in (0.5, 1, 2, 4)]
    assert series == sorted(series)
    assert series[-1] > series[0] + 0.3


@pytest.mark.parametrize("sigma", [3.0, 8.0, 20.0])
def test_noise_sigma_finds_the_noise_that_was_added(picture: np.ndarray, sigma: float) -> None:
    random = np.random.default_rng(1)
    noisy = np.clip(np.rint(picture[..., 1] + random.normal(0, sigma, picture.shape[:2])), 0, 255).astype(np.uint8)
    assert visual.noise_sigma(noisy) == pytest.approx(sigma, rel=0.12, abs=0.4)


def test_edges_are_no_noise() -> None:
    flat = np.full((100, 100), 60, np.uint8)
    flat[:, 50:] = 200
    assert visual.noise_sigma(flat) == 0.0


@settings(max_examples=12)
@given(shift=st.integers(0, 7))
def test_blockiness_sees_blocks_at_any_phase(shift: int) -> None:
    gray = texture(160, 240, coarse=10)[..., 0]
    coded = cv2.imdecode(cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, 5])[1], 0)
    crop = np.ascontiguousarray(coded[shift : 144 + shift, shift : 224 + shift])
    assert visual.blockiness(crop) > 0.3
    assert visual.blockiness(np.ascontiguousarray(gray[shift : 144 + shift, shift : 224 + shift])) < 0.05


def test_blockiness_sees_mosaics_of_sixteen_pixels() -> None:
    gray = texture(160, 240)[..., 0].copy()
    mosaic = cv2.resize(gray[::16, ::16], (240, 160), interpolation=cv2.INTER_NEAREST)
    assert visual.blockiness(np.asarray(mosaic, np.uint8), 16) > 0.8


def test_a_fence_is_no_block_pattern() -> None:
    # Edges every eight pixels in one direction only belong to the picture.
    fence = texture(160, 240)[..., 0].copy()
    fence[:, ::8] = 0
    assert visual.blockiness(fence) < 0.05


def test_exposure_is_the_share_of_pixels_in_range() -> None:
    gray = np.full((10, 10), 128, np.uint8)
    gray[:2], gray[2:5] = 0, 255
    assert visual.exposure(gray) == pytest.approx(0.5)
    gray[:2], gray[2:5] = 5, 250
    assert visual.exposure(gray) == 1.0


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_blank_share_is_the_height_of_the_band_at_any_edge(turn: int) -> None:
    gray = texture(100, 100, coarse=5)[..., 0].copy()
    gray[60:] = 90
    assert visual.blank_share(np.ascontiguousarray(np.rot90(gray, turn))) == pytest.approx(0.4, abs=0.02)


def test_an_empty_picture_is_all_blank() -> None:
    assert visual.blank_share(np.full((20, 30), 7, np.uint8)) == 1.0


@given(seed=st.integers(0, 1000), spread=st.floats(1, 60))
@settings(max_examples=10)
def test_psnr_and_ssim_agree_with_scikit_image(seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    picture = texture(48, 64, seed)
    other = np.clip(picture + random.normal(0, spread, picture.shape), 0, 255).astype(np.uint8)
    assert visual.psnr(other, picture) == pytest.approx(peak_signal_noise_ratio(picture, other), rel=1e-6)
    ours = visual.ssim(other, picture)
    theirs = structural_similarity(
        picture, other, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ours == pytest.approx(theirs, abs=2e-4)


def test_ssim_agrees_with_torchmetrics() -> None:
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    picture = texture(48, 64)
    other = np.clip(picture + np.random.default_rng(0).normal(0, 20, picture.shape), 0, 255).astype(np.uint8)
    tensors = (torch.from_numpy(array.astype(np.float32)).permute(2, 0, 1)[None] for array in (other, picture))
    _, full = structural_similarity_index_measure(*tensors, data_range=255.0, return_full_image=True)
    # torchmetrics counts the mirrored borders; the paper's windows lie inside of the picture.
    assert visual.ssim(other, picture) == pytest.approx(float(full[..., 5:-5, 5:-5].mean()), abs=1e-4)


def test_ssim_of_black_and_white_is_the_published_constant() -> None:
    black, white = np.zeros((32, 32), np.uint8), np.full((32, 32), 255, np.uint8)
    assert visual.ssim(black, white) == pytest.approx(9.999000099990664e-05, rel=1e-4)


def test_equal_pictures_have_ssim_one_and_infinite_psnr() -> None:
    picture = texture(40, 40)
    assert visual.ssim(picture, picture) == pytest.approx(1.0)
    assert visual.psnr(picture, picture) == float("inf")


def test_psnr_of_a_known_difference_is_its_closed_form() -> None:
    first = np.full((8, 8, 3), 100, np.uint8)
    assert visual.psnr(first, first + np.uint8(10)) == pytest.approx(10 * np.log10(255**2 / 100))
