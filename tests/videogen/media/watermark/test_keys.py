"""The key of the watermark: made once, kept from others, or taken from the environment."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.media.watermark.keys import VARIABLE, known_keys, watermark_for


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VideoGenConfig:
    monkeypatch.delenv(VARIABLE, raising=False)
    return VideoGenConfig.load(None, {"release.development_folder": str(tmp_path / "signing")})


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "signing" / "watermark" / "key"


def test_it_is_made_at_the_first_use_for_its_owner_only(config: VideoGenConfig, tmp_path: Path) -> None:
    assert known_keys(config) == []
    first, second = watermark_for(config, "video", "a"), watermark_for(config, "video", "a")
    assert first == second
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file(tmp_path).parent.stat().st_mode) == 0o700
    assert known_keys(config) == [bytes.fromhex(key_file(tmp_path).read_text())]


def test_of_several_at_once_one_is_made(config: VideoGenConfig) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: watermark_for(config, "video", "a"), range(16)))
    assert len({mark.key for mark in made if mark is not None}) == 1


def test_no_watermark_makes_no_key(config: VideoGenConfig, tmp_path: Path) -> None:
    assert watermark_for(config.updated({"delivery.watermark": False}), "video", "a") is None
    assert not key_file(tmp_path).exists()


def test_the_environment_comes_first_and_its_first_key_embeds(
    config: VideoGenConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, f"{'ab' * 32}, {'cd' * 32}")
    mark = watermark_for(config, "video", "a")
    assert mark is not None
    assert mark.key == b"\xab" * 32
    assert known_keys(config) == [b"\xab" * 32, b"\xcd" * 32]
    assert not key_file(tmp_path).exists()
    assert VideoGenConfig.load(None).delivery.watermark, "the variable is not taken for a misspelt setting"


def test_a_key_that_others_can_read_is_refused(config: VideoGenConfig, tmp_path: Path) -> None:
    watermark_for(config, "video", "a")
    key_file(tmp_path).chmod(0o644)
    with pytest.raises(ConfigError, match="other users can read the watermark key"):
        watermark_for(config, "video", "a")


@pytest.mark.parametrize("text", ["", "12", "zz" * 32])
def test_a_damaged_key_is_refused_and_not_replaced(config: VideoGenConfig, tmp_path: Path, text: str) -> None:
    watermark_for(config, "video", "a")
    key_file(tmp_path).write_text(text)
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        watermark_for(config, "video", "a")
    assert key_file(tmp_path).read_text() == text
