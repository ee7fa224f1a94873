"""Emergency mode as the architecture writes it: words and dictionaries in, templates and time out."""

from __future__ import annotations

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.architecture.spying import calls
from videogen import EmergencyModeManager, EmergencyTemplateLibrary, VideoGenConfig
from videogen.config.config import PROJECT_ROOT
from videogen.domain.requests import VideoRequest
from videogen.emergency.ladder import Rung
from videogen.emergency.templates import library as template_library
from videogen.emergency.templates.validation import validate
from videogen.errors import ConfigError, InputError, LegibilityError


@pytest.fixture
def manager(tmp_path: Path) -> EmergencyModeManager:
    return EmergencyModeManager(VideoGenConfig(store=str(tmp_path / "videos")))


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmergencyTemplateLibrary:
    """Two templates that may be changed; they are validated in one small size."""
    monkeypatch.setattr(template_library, "validate", partial(validate, sizes=((640, 360),)))
    for name in ("flood", "generic"):
        shutil.copytree(PROJECT_ROOT / "templates" / name, tmp_path / "templates" / name)
    return EmergencyTemplateLibrary(str(tmp_path / "templates"))


@calls("EmergencyModeManager.activate_emergency_mode")
def test_the_mode_holds_back_what_is_less_urgent(manager: EmergencyModeManager) -> None:
    assert manager.mode.state() is None
    assert manager.activate_emergency_mode(priority_level=120).level == 120
    assert manager.mode.outranks(10)
    assert not manager.mode.outranks(150)
    manager.deactivate_emergency_mode()
    assert manager.mode.state() is None


@calls("EmergencyModeManager.select_template", "EmergencyTemplateLibrary.get_template")
def test_a_word_gives_its_template_or_a_question_but_never_the_plain_one(manager: EmergencyModeManager) -> None:
    for word, name in (
        ("flood", "flood"), ("chemical spill", "hazardous_material"), ("Fire", "fire"), ("transport", "infrastructure"),
        ("Überschwemmung", "flood"), ("generic", "generic"), ("Other", "generic"),
    ):  # fmt: skip
        assert manager.select_template(content_type=word, requirements={}).id == name
    with pytest.raises(ConfigError, match=r"'weather' .*can be cyclone, flood, heat, storm, tsunami, winter"):
        manager.select_template("weather")
    with pytest.raises(ConfigError, match="no emergency template is called or made for 'nonsense'"):
        manager.select_template("nonsense")
    with pytest.raises(ConfigError, match="did you mean 'flood'"):
        manager.select_template("flod")
    assert manager.select_template("Met", {"event": "Flash flood warning", "language": "de"}).id == "flood"
    with pytest.raises(ConfigError, match="has no words in 'xx'"):
        manager.select_template("flood", {"language": "xx"})
    assert manager.library.get_template(category="weather", parameters={"event": "Storm"}).id == "storm"


@calls("EmergencyModeManager.allocate_resources")
def test_anything_that_asks_for_an_emergency_video_gets_its_time(manager: EmergencyModeManager) -> None:
    prompt = "Emergency evacuation notice for coastal areas"
    request = VideoRequest(prompt=prompt, emergency=True)
    for given in (prompt, {"prompt": prompt}, request, manager.draft(prompt).alert):
        allocation = manager.allocate_resources(request=given)
        assert (allocation.priority, allocation.size) == (100, (1280, 720))
        assert allocation.seconds_left() == pytest.approx(60, abs=5)
        assert allocation.estimates[Rung.TEXT_CARD] < allocation.estimates[Rung.TEMPLATE_BACKGROUND]
    assert manager.allocate_resources(request).deadline == request.created_at + timedelta(seconds=60)
    with pytest.raises(InputError, match="unknown field headlin"):
        manager.allocate_resources({"headlin": "x", "prompt": prompt})


@calls("EmergencyModeManager.monitor_generation_progress")
def test_the_progress_of_a_video_is_told_by_its_id(manager: EmergencyModeManager) -> None:
    from videogen.storage.request_store import RequestStore

    store = RequestStore(manager.config.paths.store)
    request = store.submit(VideoRequest(prompt="a flood", emergency=True))
    progress = manager.monitor_generation_progress(job_id=request.id)
    assert (progress.step, progress.done, progress.total) == ("waiting", 0, 11)
    store.open_attempt(request.id, reason="first")
    assert manager.monitor_generation_progress(request.id).step == "prompt_asset"
    with pytest.raises(InputError, match="does not exist"):
        manager.monitor_generation_progress("20260101-000000000-a-video-00000000")


@calls("EmergencyTemplateLibrary.validate_template", "EmergencyTemplateLibrary.update_template")
@calls("EmergencyTemplateLibrary.register_new_template")
def test_a_template_is_added_and_gets_new_versions_if_it_can_be_read(library: EmergencyTemplateLibrary) -> None:
    flood = library.get_template("flood")
    assert library.validate_template(template=flood).problems == ()
    assert library.update_template(template_id="flood", new_version={"colour": "#00364F"}).version == flood.version + 1
    dam = flood.model_copy(update={"id": "dam_break", "version": 1, "title": "Dam break"})
    assert library.register_new_template(template=dam).name == "dam_break 1"
    assert library.ids() == ("dam_break", "flood", "generic")
    with pytest.raises(LegibilityError):
        library.update_template("flood", {"colour": "#FFFFFF"})
    assert library.get_template("flood").version == flood.version + 1


@calls("EmergencyTemplate.adapt_to_requirements", "EmergencyTemplate.get_generation_parameters")
@calls("EmergencyTemplate.estimate_generation_time", "EmergencyTemplate.get_quality_metrics")
def test_a_template_says_what_it_keeps_to_and_how_long_it_takes(library: EmergencyTemplateLibrary) -> None:
    flood = library.get_template("flood")
    adapted = flood.adapt_to_requirements(parameters={"accent": "still", "quality": {"contrast": 7.0}})
    assert (adapted.accent, adapted.name) == ("still", flood.name)
    assert adapted.get_quality_metrics()["contrast"] == 7.0
    with pytest.raises(ConfigError, match="cannot be lowered"):
        adapted.adapt_to_requirements({"quality": {"contrast": 4.5}})
    assert flood.get_generation_parameters().prompt == flood.clip.prompt
    # Nothing measured yet: 1 s, and 0.02 s for each of 720 frames.
    assert flood.estimate_generation_time() == pytest.approx(1.0 + 0.02 * 720)
