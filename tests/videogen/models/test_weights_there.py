"""What a profile needs and what of it is here."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen.config.config import PROJECT_ROOT
from videogen.models.families.weights_check import UNFINISHED
from videogen.models.profile import load_profile
from videogen.models.weights_there import missing_parts


def test_the_embedded_model_is_whole() -> None:
    assert missing_parts(load_profile("pib-mini", PROJECT_ROOT / "models")) == []


def test_what_is_neither_a_folder_nor_in_the_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    profile = load_profile("animatediff-sd15", PROJECT_ROOT / "models")
    missing = missing_parts(profile)
    assert {"stable-diffusion-v1-5/stable-diffusion-v1-5", "h94/IP-Adapter"} <= set(missing)
    snapshot = tmp_path / "models--h94--IP-Adapter" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    assert "h94/IP-Adapter" in missing_parts(profile), "an empty folder is a download that never began"
    (snapshot / "model.safetensors").write_bytes(b"x")
    assert "h94/IP-Adapter" not in missing_parts(profile)


def test_a_half_fetched_folder_is_not_here_and_loras_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    profile = load_profile("wan22-a14b-lightning", PROJECT_ROOT / "models").model_copy(update={"models": tmp_path})
    whole = [profile.source, "google/siglip2-base-patch16-224"]
    for name in whole:
        (tmp_path / name).mkdir(parents=True)
    assert missing_parts(profile) == ["lightx2v/Wan2.2-Lightning"]
    (tmp_path / profile.source / UNFINISHED).touch()
    assert missing_parts(profile) == [profile.source, "lightx2v/Wan2.2-Lightning"]
