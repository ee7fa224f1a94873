"""Where a run's configuration comes from, and what a bad one says."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from resources.all import build_resources
from resources.settings import CONFIG_VARIABLE, SettingsResource
from videogen.errors import ConfigError


def test_the_variable_names_the_file_and_overrides_win_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("processing: {fps: 30}\nmodel: {guidance_scale: 2.0}\n", encoding="utf-8")
    monkeypatch.setenv(CONFIG_VARIABLE, str(path))
    config = SettingsResource(overrides={"processing.fps": 50}).config
    assert (config.processing.fps, config.model.guidance_scale) == (50, 2.0)


def test_a_run_configuration_reaches_every_resource_that_is_built_on_the_settings(tmp_path: Path) -> None:
    seen = []

    @dg.asset(required_resource_keys={"settings", "storage", "io_manager"})
    def look(context) -> None:
        seen.append(context.resources.storage.artifacts.root)
        seen.append(context.resources.settings.config.processing.fps)

    settings = {"config": {"overrides": {"paths.store": str(tmp_path), "processing": {"fps": 12}}}}
    result = dg.materialize([look], resources=build_resources(), run_config={"resources": {"settings": settings}})
    assert result.success
    assert seen == [str(tmp_path), 12]


def test_a_remote_store_stays_a_url_and_a_relative_one_starts_at_the_project() -> None:
    settings = SettingsResource()
    assert settings.root("s3://bucket/videos") == "s3://bucket/videos"
    assert Path(settings.root("some/folder")).is_absolute()


def test_a_bad_setting_is_named() -> None:
    with pytest.raises(ConfigError, match=r"processing\.fps"):
        _ = SettingsResource(overrides={"processing.fps": "many"}).config
