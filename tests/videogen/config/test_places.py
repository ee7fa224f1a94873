"""Where files are looked for, in a checkout and in an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from videogen.config import places
from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder apart from the checkout, as an installation has one."""
    folder = tmp_path / "home"
    monkeypatch.setenv("VIDEOGEN_HOME", str(folder))
    return folder


def test_a_checkout_is_its_own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIDEOGEN_HOME", raising=False)
    assert places.home() == places.SHIPPED == CHECKOUT
    monkeypatch.setenv("VIDEOGEN_HOME", "")
    assert places.home() == CHECKOUT


def test_what_is_written_lies_in_the_home_folder(own: Path) -> None:
    config = VideoGenConfig()
    assert config.location(config.paths.store) == str(own / "dagster_home/storage/videos")
    assert config.path(config.paths.published) == own / "published"
    assert config.path("/elsewhere") == Path("/elsewhere")


def test_state_of_the_checkout_is_none_of_another_home_folder(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "published").mkdir(parents=True)
    (checkout / "dagster_home/storage/videos").mkdir(parents=True)
    monkeypatch.setattr(places, "SHIPPED", checkout)
    config = VideoGenConfig()
    assert config.path(config.paths.published) == own / "published"
    assert config.location(config.paths.store) == str(own / "dagster_home/storage/videos")


def test_shipped_files_are_found_and_those_in_the_home_folder_come_first(own: Path) -> None:
    policy = VideoGenConfig().preprocessing.policy_file
    assert places.place(policy) == CHECKOUT / "config/policy.yaml"
    (own / "config").mkdir(parents=True)
    (own / "config/policy.yaml").write_text("rules: []\n", encoding="utf-8")
    assert places.place(policy) == own / "config/policy.yaml"


def test_a_home_folder_that_is_not_absolute_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_HOME", "somewhere")
    with pytest.raises(ConfigError, match="VIDEOGEN_HOME is 'somewhere', which is not an absolute path") as caught:
        VideoGenConfig()
    assert str(Path("somewhere").absolute()) in (caught.value.remedy or "")


def test_a_configuration_file_is_taken_from_the_working_directory_first(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = Path("config/production_config.yaml")
    assert places.configuration_file(name) == CHECKOUT / name
    (own / "config").mkdir(parents=True)
    (own / name).write_text("processing: {fps: 31}\n", encoding="utf-8")
    assert VideoGenConfig.load(name).processing.fps == 31
    (tmp_path / "config").mkdir()
    (tmp_path / name).write_text("processing: {fps: 32}\n", encoding="utf-8")
    assert VideoGenConfig.load(name).processing.fps == 32


def test_a_missing_configuration_file_is_reported_with_the_folders_that_were_searched(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        VideoGenConfig.load("none.yaml")
    assert all(str(folder) in str(caught.value) for folder in (tmp_path, own, CHECKOUT))


@pytest.mark.parametrize("name", ["models", "inbox", "output", "published"])
def test_a_setting_that_must_be_a_folder_refuses_a_url_instead_of_taking_it_for_a_name(name: str) -> None:
    with pytest.raises(ConfigError, match=r"'s3://videos/place' is a URL"):
        VideoGenConfig.load(None, {f"paths.{name}": "s3://videos/place"})


def test_the_store_and_the_warehouse_may_be_urls() -> None:
    loaded = VideoGenConfig.load(None, {"paths.store": "s3://videos/a", "paths.warehouse": "s3://videos/b"})
    assert loaded.location(loaded.paths.store) == "s3://videos/a"
