"""Whatever a configuration names must be known before anything is stored: profile, steps, prior, upscaler, family."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny_models import PROFILE
from videogen.config.config import PROJECT_ROOT, VideoGenConfig
from videogen.errors import ConfigError
from videogen.intake.component_names import check_names, unknown_names
from videogen.intake.inbox import take_from_inbox
from videogen.intake.request_files import build_request
from videogen.runtime import plugins
from videogen.storage.request_store import RequestStore


def config(**changes: Any) -> VideoGenConfig:
    return VideoGenConfig().updated({name.replace("__", "."): value for name, value in changes.items()})


def config_with_profile(models: Path, **changes: Any) -> VideoGenConfig:
    (models / "profiles").mkdir(parents=True)
    (models / "profiles" / "own.yaml").write_text(yaml.safe_dump(PROFILE | changes), encoding="utf-8")
    return config(paths__models=str(models), model__profile="own")


def test_the_defaults_name_nothing_unknown() -> None:
    assert unknown_names(VideoGenConfig()) == []


@pytest.mark.parametrize(
    ("field", "value", "wrong", "meant"),
    [
        ("model.profile", "pib-min", "pib-min", "pib-mini"),
        ("preprocessing.text_steps", ["clean", "truncat"], "truncat", "truncate"),
        ("preprocessing.image_steps", ["orientt"], "orientt", "orient"),
        ("noise.prior", "mixd", "mixd", "mixed"),
        ("super_resolution.upscaler", "realesrgn", "realesrgn", "realesrgan"),
        ("super_resolution.frame_steps", ["upscal"], "upscal", "upscale"),
        ("fact_check.backend", "embeded", "embeded", "embedded"),
    ],
)
def test_an_unknown_name_is_told_with_field_value_the_names_there_are_and_the_closest(
    field: str, value: Any, wrong: str, meant: str
) -> None:
    (problem,) = unknown_names(VideoGenConfig().updated({field: value}))
    assert problem.startswith(f"{field}: {wrong!r} is not one of ")
    assert meant in problem.partition(" is not one of ")[2].partition(":")[0].split(", ")
    assert problem.endswith(f": did you mean {meant!r}?")


def test_all_unknown_names_are_told_at_once() -> None:
    with pytest.raises(
        ConfigError, match=r"text_steps: 'claen'.*; noise\.prior: 'xyz' is not one of [a-z_, ]* — "
    ) as caught:
        check_names(config(preprocessing__text_steps=["claen"], noise__prior="xyz"))
    assert "install the package" in caught.value.remedy


def test_a_profile_whose_family_or_prior_is_unknown_is_told(tmp_path: Path) -> None:
    family, prior, long = unknown_names(
        config_with_profile(tmp_path, family="animatedif", noise_prior="mixd", long_noise_prior="free_nois")
    )
    assert family.startswith("profile 'own', family: 'animatedif' is not one of animatediff")
    assert prior.endswith("did you mean 'mixed'?")
    assert long.endswith("did you mean 'free_noise'?")


def test_a_profile_of_an_unknown_content_type_is_told_unless_the_settings_name_another(tmp_path: Path) -> None:
    wrong = config_with_profile(tmp_path, content_type="footag")
    (problem,) = unknown_names(wrong)
    assert problem.startswith("profile 'own', content_type: 'footag' is not one of illustration, ")
    assert problem.endswith("did you mean 'footage'?")
    assert unknown_names(wrong.updated({"quality.content_type": "footage"})) == []


def test_a_profiles_prior_does_not_matter_where_the_settings_name_another(tmp_path: Path) -> None:
    named = config_with_profile(tmp_path, noise_prior="mixd")
    assert unknown_names(named.updated({"noise.prior": "mixed"})) == []


def test_a_profile_that_was_repaired_meanwhile_is_read_again(tmp_path: Path) -> None:
    named = config_with_profile(tmp_path, family="animatedif")
    assert len(unknown_names(named)) == 1
    (tmp_path / "profiles" / "own.yaml").write_text(yaml.safe_dump(PROFILE), encoding="utf-8")
    assert unknown_names(named) == []


def test_a_profile_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    (problem,) = unknown_names(config_with_profile(tmp_path, steps=0))
    assert problem.startswith(f"model.profile: the profile {tmp_path}/profiles/own.yaml is not valid: steps: ")
    assert "\n" not in problem


def test_parts_of_packages_outside_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("alternating", "nowhere:AT_ALL", plugins.NOISE_PRIORS)
    monkeypatch.setattr(plugins, "entry_points", lambda **asked: EntryPoints([point]).select(**asked))
    assert unknown_names(config(noise__prior="alternating")) == []
    assert "alternating" in unknown_names(config(noise__prior="alternatin"))[0]


def test_names_are_checked_without_loading_anything_heavy() -> None:
    script = (
        "import sys; from videogen.config.config import VideoGenConfig; from videogen.intake.component_names import check_names; "
        "check_names(VideoGenConfig()); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert {"torch", "diffusers", "transformers", "cv2"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("fields", [{"profile": "pib-min"}, {"overrides": {"noise.prior": "mixd"}}])
def test_a_request_for_what_is_not_there_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="did you mean"):
        build_request({"prompt": "x", **fields}, source="python", config=VideoGenConfig())


def test_the_inbox_rejects_a_file_that_asks_for_what_is_not_there(tmp_path: Path) -> None:
    inbox, store = tmp_path / "inbox", RequestStore(str(tmp_path / "store"))
    inbox.mkdir()
    (inbox / "r.json").write_text('[{"prompt": "a"}, {"prompt": "b", "profile": "pib-min"}]', encoding="utf-8")
    result = take_from_inbox(inbox, store, settle=0, config=VideoGenConfig())
    assert (store.ids(), result.accepted) == ([], [])
    assert "request 2: model.profile: 'pib-min' is not one of" in (inbox / "rejected/r.json.reason.txt").read_text()
