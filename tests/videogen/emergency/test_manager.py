"""The manager: mode, template, resources and progress of an emergency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.videogen.emergency.publishing_helpers import current, settings, take, tools_in
from videogen.config.config import VideoGenConfig
from videogen.emergency.history import Rendering
from videogen.emergency.ladder import Rung
from videogen.emergency.manager import CARD_FPS, EmergencyModeManager, EmergencyRequest, expected_seconds, fps_of
from videogen.emergency.publishing.production_parts import Making
from videogen.errors import ConfigError, InputError


@pytest.fixture
def tools(tmp_path: Path) -> Making:
    return tools_in(tmp_path, processing__fps=24, emergency__emergency_max_generation_time=60.0)


@pytest.fixture
def manager(tools: Making) -> EmergencyModeManager:
    return tools.manager


def request(manager: EmergencyModeManager, age: float = 0.0, **changes: object) -> EmergencyRequest:
    fields = {
        "key": "k",
        "alert": current(),
        "rank": 99,
        "taken_at": datetime.now(UTC) - timedelta(seconds=age),
        "template": manager.select_template("flood"),
    }
    return EmergencyRequest(**(fields | changes))  # type: ignore[arg-type]


def test_the_mode_goes_on_and_off(manager: EmergencyModeManager) -> None:
    assert manager.activate_emergency_mode(120, why="storm").level == 120
    assert manager.activate_emergency_mode(110, who="flood", seconds=60).level == 120
    left = manager.deactivate_emergency_mode("operator")
    assert left is not None
    assert left.level == 110
    assert manager.deactivate_emergency_mode() is None


def test_where_emergencies_are_switched_off_it_says_how_to_switch_them_on(tmp_path: Path) -> None:
    config = VideoGenConfig.load(None, settings(tmp_path, emergency__emergency_mode_enabled=False))
    with pytest.raises(ConfigError, match="emergency_mode_enabled"):
        EmergencyModeManager(config).activate_emergency_mode()


def test_a_template_is_selected_by_type_and_adapted(manager: EmergencyModeManager) -> None:
    assert manager.select_template("flood").id == "flood"
    assert manager.select_template("Fire").id == "fire"
    adapted = manager.select_template("flood", {"version": 1, "adapt": {"colour": "#102030"}})
    assert (adapted.id, adapted.colour) == ("flood", "#102030")
    with pytest.raises(ConfigError):
        manager.select_template("flood", {"version": 99})


def test_resources_are_those_of_an_emergency(manager: EmergencyModeManager) -> None:
    allocation = manager.allocate_resources(request(manager))
    assert (allocation.priority, allocation.pool) == (199, "emergency")
    assert 55.0 < allocation.seconds_left() <= 60.0
    assert Rung.MODEL_BACKGROUND in allocation.excluded
    assert allocation.choice().rung is Rung.TEMPLATE_BACKGROUND
    assert allocation.estimates[Rung.TEXT_CARD] < allocation.estimates[Rung.TEMPLATE_BACKGROUND]


def test_the_model_is_asked_only_where_it_is_wanted_and_fits(manager: EmergencyModeManager) -> None:
    wanted = request(manager, wants_model=True)
    estimates = manager.allocate_resources(wanted).estimates
    assert manager.allocate_resources(wanted).choice().rung is (
        Rung.MODEL_BACKGROUND if sum(estimates.values()) < 55 else Rung.TEMPLATE_BACKGROUND
    )
    late = manager.allocate_resources(request(manager, age=59.5, wants_model=True))
    assert late.choice().rung is Rung.TEXT_CARD


def test_estimates_are_learned(manager: EmergencyModeManager) -> None:
    before = manager.allocate_resources(request(manager)).estimates[Rung.TEMPLATE_BACKGROUND]
    for number in range(6):
        manager.history.record(
            Rendering(
                made_at=datetime.now(UTC) + timedelta(seconds=number),
                template="flood",
                version="1",
                rung=Rung.TEMPLATE_BACKGROUND,
                width=640,
                height=360,
                frames=480,
                seconds=100.0,
            )
        )
    again = EmergencyModeManager(manager.config)
    after = again.allocate_resources(request(again))
    assert after.estimates[Rung.TEMPLATE_BACKGROUND] > max(before, 60.0)
    assert after.choice().rung is Rung.TEXT_CARD


def test_progress_follows_an_alert_from_the_register_to_the_end(manager: EmergencyModeManager, tools: Making) -> None:
    registered = take(tools, current())
    first = manager.monitor_generation_progress(registered.key)
    assert (first.step, first.done) == ("taken", 0)
    manager.board.begin(registered.key, first.deadline, Rung.TEXT_CARD)
    manager.board.move(registered.key, "rendering", done=10, total=480)
    noted = manager.monitor_generation_progress(registered.key)
    assert (noted.step, noted.rung, noted.done, noted.total) == ("rendering", Rung.TEXT_CARD, 10, 480)
    manager.register.mark(registered.key, "refused", "no guidance")
    ended = manager.monitor_generation_progress(registered.key)
    assert (ended.step, ended.detail) == ("refused", "no guidance")
    with pytest.raises(InputError):
        manager.monitor_generation_progress("20260101-000000-00000000000000000000")


def test_a_card_has_fewer_frames_for_the_same_time() -> None:
    assert fps_of(Rung.TEXT_CARD, 24) == CARD_FPS
    assert fps_of(Rung.TEXT_CARD, 4) == 4
    assert fps_of(Rung.TEMPLATE_BACKGROUND, 24) == 24


def test_more_words_and_languages_need_a_longer_video() -> None:
    short = current(info={"instruction": "Leave."})
    long = current(info={"instruction": "Leave cellars. " * 30})
    both = current(infos=(*short.infos, *long.infos))
    assert 5 < expected_seconds(short) < expected_seconds(long)
    assert expected_seconds(both) == pytest.approx(expected_seconds(short) + expected_seconds(long))
    assert expected_seconds(current(infos=())) > 0
