from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
import torch

from videogen.errors import ModelError
from videogen.super_resolution import weights as module
from videogen.super_resolution.compat import architecture
from videogen.super_resolution.weights import OFFICIAL, load_network, upscaler_weights


def test_networks_of_a_folder_come_in_the_order_of_its_config(write_network, compact):
    four, two = upscaler_weights(write_network(compact(4), compact(2)))
    assert (four.factor, two.factor) == (4, 2)
    assert load_network(four)(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 32, 32)


@pytest.mark.parametrize("missing", ["config.json", "net0.safetensors"])
def test_missing_file_is_named_with_its_place(write_network, compact, missing):
    folder = write_network(compact(4))
    (folder / missing).unlink()
    with pytest.raises(ModelError, match="missing") as caught:
        upscaler_weights(folder)
    assert str(folder / missing) in str(caught.value)


def test_missing_official_file_says_where_it_is_and_belongs(tmp_path):
    with pytest.raises(ModelError) as caught:
        upscaler_weights(tmp_path / "RealESRGAN_x4plus.pth")
    assert str(tmp_path / "RealESRGAN_x4plus.pth") in caught.value.problem
    assert "github.com/xinntao/Real-ESRGAN/releases" in caught.value.remedy


def test_changed_official_file_is_refused(tmp_path):
    path = tmp_path / "realesr-animevideov3.pth"
    path.write_bytes(b"something else")
    with pytest.raises(ModelError, match="not the published file"):
        upscaler_weights(path)


def test_unknown_weight_file_is_refused(tmp_path):
    path = tmp_path / "own.pth"
    path.write_bytes(b"")
    with pytest.raises(ModelError, match="not an official"):
        upscaler_weights(path)


def test_official_networks_can_be_built():
    for known in OFFICIAL.values():
        if known.architecture == "SRVGGNetCompact":
            network = architecture(known.architecture)(**known.arguments)
            assert network.upscale == known.factor
        else:
            with torch.device("meta"):
                assert architecture(known.architecture)(**known.arguments).scale == known.factor


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """A denoising pair in the official format, small, with its checksums pinned for the test."""
    arguments = {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 4, "num_conv": 1, "upscale": 4, "act_type": "prelu"}
    known = {}
    for number, name in enumerate(("realesr-general-x4v3.pth", "realesr-general-wdn-x4v3.pth")):
        torch.manual_seed(number)
        state = architecture("SRVGGNetCompact")(**arguments).state_dict()
        torch.save({"params": state}, tmp_path / name)
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        known[name] = replace(OFFICIAL[name], sha256=digest, arguments=arguments)
    monkeypatch.setattr(module, "OFFICIAL", known)
    return tmp_path / "realesr-general-x4v3.pth"


@pytest.mark.parametrize("strength", [0.0, 0.25, 1.0])
def test_denoising_pair_is_blended_by_strength(pair, strength):
    strong = torch.load(pair, weights_only=True)["params"]
    weak = torch.load(pair.with_name("realesr-general-wdn-x4v3.pth"), weights_only=True)["params"]
    (weights,) = upscaler_weights(pair)
    blended = load_network(weights, strength).state_dict()
    for name, value in blended.items():
        assert torch.allclose(value, strength * strong[name] + (1 - strength) * weak[name], atol=1e-6)


def test_lonely_half_of_a_pair_is_used_as_it_is(pair):
    pair.with_name("realesr-general-wdn-x4v3.pth").unlink()
    (weights,) = upscaler_weights(pair)
    assert weights.partner is None
    expected = torch.load(pair, weights_only=True)["params"]
    state = load_network(weights, 0.1).state_dict()
    assert all(torch.equal(state[name], value) for name, value in expected.items())


def test_pickled_code_is_never_run(pair, monkeypatch):
    import os
    import pickle

    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(pair.parent / "harm"),)

    pair.write_bytes(pickle.dumps({"params": Harm()}))
    digest = hashlib.sha256(pair.read_bytes()).hexdigest()
    known = dict(module.OFFICIAL)
    known[pair.name] = replace(known[pair.name], sha256=digest)
    monkeypatch.setattr(module, "OFFICIAL", known)
    with pytest.raises(ModelError, match="cannot be used"):
        load_network(upscaler_weights(pair)[0])
    assert not (pair.parent / "harm").exists()


def test_weights_of_another_network_are_refused(write_network, compact):
    folder = write_network(compact(4))
    config = json.loads((folder / "config.json").read_text())
    config["net0"]["num_feat"] = 12
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"net0\.safetensors cannot be used"):
        load_network(upscaler_weights(folder)[0])


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"x4": {}}', '{"x4": 3}', '{"x4": {"file": "a.safetensors", "upscale": "?"}}']
)
def test_malformed_config_is_a_model_error(write_network, compact, text):
    folder = write_network(compact(4))
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelError):
        upscaler_weights(folder)


def test_truncated_safetensors_are_a_model_error(write_network, compact):
    folder = write_network(compact(4))
    data = (folder / "net0.safetensors").read_bytes()
    (folder / "net0.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="cannot be used"):
        load_network(upscaler_weights(folder)[0])


def test_unknown_architecture_is_a_model_error():
    with pytest.raises(ModelError, match="SwinIR"):
        architecture("SwinIR")
