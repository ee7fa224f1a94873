from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from videogen.errors import OutOfMemoryError
from videogen.super_resolution.network import Network, receptive_radius
from videogen.super_resolution.tiles import ramp, windows
from videogen.super_resolution.weights import load_network, upscaler_weights

CPU = torch.device("cpu")


@settings(deadline=None)
@given(
    height=st.integers(8, 200),
    width=st.integers(8, 200),
    tile=st.integers(4, 90),
    padding=st.integers(0, 20),
    multiple=st.sampled_from([1, 2, 4]),
)
def test_cores_cover_every_pixel_once_and_have_their_context(height, width, tile, padding, multiple):
    height, width = height // multiple * multiple, width // multiple * multiple
    seen = np.zeros((height, width), int)
    parts = windows(height, width, tile, padding, multiple)
    assert len({part.length for part in parts}) == 1
    for part in parts:
        seen[part.core_start[0] : part.core_stop[0], part.core_start[1] : part.core_stop[1]] += 1
        for axis, edge in enumerate((height, width)):
            start, stop = part.start[axis], part.start[axis] + part.length[axis]
            assert 0 <= start <= part.core_start[axis] < part.core_stop[axis] <= stop <= edge
            assert start == 0 or part.core_start[axis] - start >= padding
            assert stop == edge or stop - part.core_stop[axis] >= padding
            assert start % multiple == 0
            assert part.length[axis] % multiple == 0
    assert (seen == 1).all()


@settings(deadline=None)
@given(height=st.integers(40, 150), tile=st.integers(24, 60), padding=st.integers(2, 12))
def test_blending_weights_are_positive_everywhere(height, tile, padding):
    total = np.zeros((height, height))
    for part in windows(height, height, tile, padding):
        rows, columns = ramp(part, height, height)
        total[part.start[0] : part.start[0] + part.length[0], part.start[1] : part.start[1] + part.length[1]] += (
            np.outer(rows, columns)
        )
    assert total.min() > 0


@pytest.mark.parametrize(("kind", "scale"), [("compact", 2), ("compact", 4), ("dense", 4), ("dense", 2)])
def test_radius_bounds_what_the_network_really_sees(request, write_network, kind, scale):
    """The gradient of one output block with respect to the input is zero beyond the radius."""
    entry = request.getfixturevalue(kind)(scale)
    (weights,) = upscaler_weights(write_network(entry))
    radius = receptive_radius(weights)
    network = load_network(weights).double()
    size = 4 * ((radius + 8) // 2)
    image = torch.rand(1, 3, size, size, dtype=torch.double, requires_grad=True)
    middle = size // 2
    network(image)[..., middle * scale : (middle + 1) * scale, middle * scale : (middle + 1) * scale].sum().backward()
    reached = (image.grad.abs().sum(dim=(0, 1)) > 0).nonzero()
    farthest = int((reached - middle).abs().max())
    assert farthest <= radius
    if kind == "compact":
        assert farthest == radius


def test_radii_of_the_official_networks_are_those_of_their_layers():
    from videogen.super_resolution.weights import OFFICIAL, NetworkWeights

    radii = {}
    for name, known in OFFICIAL.items():
        radii[name] = receptive_radius(NetworkWeights(None, known.architecture, known.factor, known.arguments))
    assert radii["realesr-animevideov3.pth"] == 18
    assert radii["realesr-general-x4v3.pth"] == 34
    assert 348 <= radii["RealESRGAN_x4plus.pth"] <= 352


@pytest.mark.parametrize("tile", [8, 13, 20, 47])
def test_tiled_compact_gives_exactly_the_pixels_of_the_whole_picture(write_network, compact, picture, tile):
    (weights,) = upscaler_weights(write_network(compact(4)))
    network = Network(weights, CPU, torch.float32)
    images = _tensor(picture(47, 61), picture(47, 61, 1))
    whole, tiled = network.enlarge(images), network.enlarge(images, tile)
    assert whole.shape == (2, 3, 188, 244)
    assert torch.equal((whole * 255).round(), (tiled * 255).round())
    assert torch.allclose(whole, tiled, atol=1e-5, rtol=0)


def test_network_gives_what_the_plain_module_gives(write_network, compact, picture):
    (weights,) = upscaler_weights(write_network(compact(2)))
    images = _tensor(picture(30, 44))
    with torch.inference_mode():
        expected = load_network(weights)(images).clamp(0, 1)
    assert torch.allclose(Network(weights, CPU, torch.float32).enlarge(images), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("scale", [2, 4])
def test_blended_tiles_of_a_wide_network_have_no_seams(write_network, dense, picture, scale, monkeypatch):
    (weights,) = upscaler_weights(write_network(dense(scale)))
    network = Network(weights, CPU, torch.float32)
    images = _tensor(picture(90, 122))
    whole = network.enlarge(images)
    network.exact = False
    monkeypatch.setattr("videogen.super_resolution.network._BLEND", 8)
    tiled = network.enlarge(images, 32)
    assert whole.shape == tiled.shape == (1, 3, 90 * scale, 122 * scale)
    error = (whole - tiled).abs()
    step = max((whole[..., 1:] - whole[..., :-1]).abs().max(), (whole[..., 1:, :] - whole[..., :-1, :]).abs().max())
    assert error.max() < 0.02
    assert error.max() < step


def test_odd_sizes_of_a_network_that_unshuffles_by_two(write_network, dense, picture):
    (weights,) = upscaler_weights(write_network(dense(2)))
    assert Network(weights, CPU, torch.float32).enlarge(_tensor(picture(31, 45))).shape == (1, 3, 62, 90)


def test_running_out_of_memory_halves_batch_and_tile_and_loses_nothing(write_network, compact, picture):
    (weights,) = upscaler_weights(write_network(compact(2)))
    network = Network(weights, CPU, torch.float32)
    images = _tensor(*(picture(70, 90, seed) for seed in range(3)))
    expected = network.enlarge(images)
    whole_run = network._module.forward
    sizes = []

    def scarce(batch):
        sizes.append(batch.shape)
        if batch.shape[0] * batch.shape[2] * batch.shape[3] > 60 * 60:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole_run(batch)

    network._module.forward = scarce
    assert torch.allclose(network.enlarge(images), expected, atol=1e-5, rtol=0)
    assert sizes[0][0] == 3
    assert any(shape[0] == 1 for shape in sizes)


def test_memory_that_fits_nothing_is_an_error_not_a_loop(write_network, compact, picture):
    (weights,) = upscaler_weights(write_network(compact(2)))
    network = Network(weights, CPU, torch.float32)

    def never(batch):
        raise torch.OutOfMemoryError("CUDA out of memory")

    network._module.forward = never
    with pytest.raises(OutOfMemoryError):
        network.enlarge(_tensor(picture(70, 90)))


def test_tile_and_batch_follow_free_memory(write_network, compact, picture, monkeypatch):
    (weights,) = upscaler_weights(write_network(compact(2)))
    network = Network(weights, CPU, torch.float32)
    seen = []
    plain = network._module.forward
    network._module.forward = lambda batch: (seen.append(tuple(batch.shape)), plain(batch))[1]
    expected = network.enlarge(_tensor(*(picture(96, 128, seed) for seed in range(4))))
    assert seen == [(4, 3, 96, 128)]
    seen.clear()
    monkeypatch.setattr("videogen.super_resolution.network.free_memory", lambda device: 2_000_000)
    small = network.enlarge(_tensor(*(picture(96, 128, seed) for seed in range(4))))
    assert len(seen) > 4
    assert len(set(itertools.starmap(lambda n, c, h, w: (h, w), seen))) == 1
    assert all(n * h * w * 54 * 4 <= 1_000_000 for n, _, h, w in seen)
    assert torch.allclose(small, expected, atol=1e-5, rtol=0)


def _tensor(*pictures) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255.0
