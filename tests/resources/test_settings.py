"""Where a run's configuration comes from, and what a bad one says."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.errors import DagsterResourceFunctionError

from resources.all import build_resources
from resources.jobs_and_tags import PARTITION_TAG
from resources.settings import CONFIG_VARIABLE, SettingsResource
from resources.settings_seal import KEY_FILE, seal
from videogen.config.config import VideoGenConfig
from videogen.config.setting_names import flat
from videogen.errors import ConfigError


def test_the_variable_names_the_file_and_overrides_win_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("processing: {fps: 30}\nmodel: {guidance_scale: 2.0}\n", encoding="utf-8")
    monkeypatch.setenv(CONFIG_VARIABLE, str(path))
    config = SettingsResource(overrides={"processing.fps": 50}).config
    assert (config.processing.fps, config.model.guidance_scale) == (50, 2.0)


def settings_seen(instance: dg.DagsterInstance, given: dict[str, Any], day: str = "monday") -> VideoGenConfig:
    """What a run works with whose configuration gives this to the settings; raises what the run raises."""
    seen: list[VideoGenConfig] = []

    @dg.op(required_resource_keys={"settings", "storage", "io_manager"})
    def look(context) -> None:  # type: ignore[no-untyped-def]
        assert context.resources.storage.settings.config == context.resources.settings.config
        seen.append(context.resources.settings.config)

    @dg.job(resource_defs=build_resources())
    def looking() -> None:
        look()

    config = {"resources": {"settings": {"config": given}}}
    try:
        looking.execute_in_process(instance=instance, run_config=config, tags={PARTITION_TAG: day})
    except DagsterResourceFunctionError as error:
        raise error.__cause__ or error from None
    return seen[0]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_a_run_configuration_reaches_every_resource_that_is_built_on_the_settings(instance: dg.DagsterInstance) -> None:
    assert settings_seen(instance, {"overrides": {"processing": {"fps": 12}}}).processing.fps == 12


OPERATORS = [
    {"delivery.label": "BBC News LIVE"},
    {"delivery": {"label": "BBC News LIVE"}},
    {"preprocessing.policy_file": "/tmp/open.yaml"},
    {"quality": {"max_regeneration_attempts": 1}},
    {"fact_check": {"enabled": False}},
    {"release.automatic": True},
    {"emergency": {"alert_max_bytes": 600_000}},
    {"paths.store": "/tmp/elsewhere"},
]


@pytest.mark.parametrize("overrides", OPERATORS)
@pytest.mark.parametrize("forged", ["", "0" * 64])
def test_a_run_configuration_cannot_change_the_operators_settings(
    instance: dg.DagsterInstance, overrides: dict[str, Any], forged: str
) -> None:
    (name,) = flat(overrides)
    with pytest.raises(ConfigError, match=f"{re.escape(name)} is for the operator to set in the configuration file"):
        settings_seen(instance, {"overrides": overrides, "seal": forged})


def test_the_operators_own_values_may_stand_in_a_run_configuration(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("delivery: {label: Made by a machine}\n", encoding="utf-8")
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    everything = VideoGenConfig.load(file).model_dump(mode="json")
    assert settings_seen(instance, {"overrides": everything}).delivery.label == "Made by a machine"


def test_only_the_launchers_seal_for_these_partitions_opens_the_operators_settings(
    instance: dg.DagsterInstance,
) -> None:
    overrides = {"delivery.label": "Made by a machine", "model.guidance_scale": 2.5}
    sealed = seal(instance, "looking", {PARTITION_TAG: "monday"}, overrides)
    assert settings_seen(instance, {"overrides": overrides, "seal": sealed}).delivery.label == "Made by a machine"
    with pytest.raises(ConfigError, match=r"delivery\.label"):
        settings_seen(instance, {"overrides": overrides, "seal": sealed}, day="tuesday")
    with pytest.raises(ConfigError, match=r"delivery\.label"):
        settings_seen(instance, {"overrides": overrides | {"model.guidance_scale": 3.0}, "seal": sealed})
    other = seal(instance, "publish_video", {PARTITION_TAG: "monday"}, overrides)
    with pytest.raises(ConfigError, match=r"delivery\.label"):
        settings_seen(instance, {"overrides": overrides, "seal": other})


def test_the_key_of_the_seal_is_made_once_and_only_for_its_owner(instance: dg.DagsterInstance) -> None:
    home = Path(instance.root_directory)
    with ThreadPoolExecutor(8) as threads:
        seals = {*threads.map(lambda _: seal(instance, "job", {}, {"a.b": 1}), range(16))}
    assert len(seals) == 1
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in home.glob(f"{KEY_FILE}*")] == [KEY_FILE]


def test_another_homes_seal_is_worth_nothing(instance: dg.DagsterInstance) -> None:
    overrides = {"delivery.label": "Made by a machine"}
    with dg.DagsterInstance.ephemeral() as other:
        forged = seal(other, "looking", {PARTITION_TAG: "monday"}, overrides)
    with pytest.raises(ConfigError, match="for the operator"):
        settings_seen(instance, {"overrides": overrides, "seal": forged})


def test_a_remote_store_stays_a_url_and_a_relative_one_starts_at_the_project() -> None:
    settings = SettingsResource()
    assert settings.root("s3://bucket/videos") == "s3://bucket/videos"
    assert Path(settings.root("some/folder")).is_absolute()


def test_a_bad_setting_is_named() -> None:
    with pytest.raises(ConfigError, match=r"processing\.fps"):
        _ = SettingsResource(overrides={"processing.fps": "many"}).config
