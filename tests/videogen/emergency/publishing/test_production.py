"""From the register to the published place: once, in time, only what holds, and down again when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.videogen.emergency.publishing_helpers import current, take, tools_in
from videogen.emergency.ladder import Rung
from videogen.emergency.publishing import production
from videogen.emergency.publishing.production import process
from videogen.emergency.publishing.production_parts import Making
from videogen.emergency.publishing.publish import take_down_ended
from videogen.emergency.rendering.renderer import Background
from videogen.errors import AlertStateError, LegibilityError, ModelError, ReleaseError
from videogen.storage.atomic_folder import sha256


@pytest.fixture
def tools(tmp_path: Path) -> Making:
    return tools_in(tmp_path)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments of every rendering, which goes on as usual."""
    calls: list[dict[str, Any]] = []
    render = production.render_alert

    def counting(*arguments: Any, **options: Any) -> Any:
        calls.append(options)
        return render(*arguments, **options)

    monkeypatch.setattr(production, "render_alert", counting)
    return calls


def state(tools: Making, key: str) -> str:
    return tools.manager.register.get(key).state


def test_an_alert_becomes_a_signed_video_with_captions_and_a_record_that_tells_all(
    tools: Making, drawn: list[dict[str, Any]]
) -> None:
    from videogen.media.reading import probe
    from videogen.release.trust import signers_for
    from videogen.release.verification import verify_file

    key = take(tools, current()).key
    published = process(tools, key)
    assert published is not None
    record, folder = published.record, published.folder
    assert sorted(path.name for path in folder.iterdir()) == ["alert.en-GB.vtt", "alert.mp4", "record.json"]
    assert (record.template, record.template_version, record.rung) == ("flood", 2, Rung.TEMPLATE_BACKGROUND)
    assert record.skipped == {Rung.MODEL_BACKGROUND: "no video model was given"}
    assert {gate.name for gate in record.checks} == {
        "message", "legibility", "watermark", "captions", "sound", "file", "in_force", "signature",
    }  # fmt: skip
    assert all(gate.holds for gate in record.checks)
    assert {file.name: file.sha256 for file in record.files}["alert.mp4"] == sha256(folder / "alert.mp4")
    info = probe(folder / "alert.mp4")
    assert (info.width, info.height, round(info.fps)) == (640, 360, 4)
    assert published.frames is not None
    assert published.frames.shape == (8, 360, 640, 3)
    verified = verify_file(folder / "alert.mp4", signers_for(tools.config))
    assert verified.intact
    assert verified.trusted
    registered = tools.manager.register.get(key)
    assert [event.state for event in registered.history] == ["taken", "planned", "published"]
    assert tools.manager.mode.state() is None
    (past,) = tools.manager.history.latest()
    assert (past.template, past.version, past.frames) == ("flood", "2", info.num_frames)
    progress = tools.manager.monitor_generation_progress(key)
    assert (progress.step, progress.late) == ("published", 0.0)

    assert process(tools, key) is not None
    assert len(drawn) == 1


def test_the_emergency_mode_is_on_while_it_is_made(tools: Making) -> None:
    registered = take(tools, current())
    levels: list[int] = []

    def look(plan: Any) -> None:
        found = tools.manager.mode.state()
        levels.append(found.level if found else 0)

    process(tools, registered.key, look)
    assert levels == [100 + registered.rank]


def test_what_a_killed_process_had_published_is_not_made_again(
    tools: Making, drawn: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*arguments: Any) -> None:
        raise Killed

    key = take(tools, current()).key
    with monkeypatch.context() as patch:
        patch.setattr("videogen.emergency.publishing.publish.say_published", die)
        with pytest.raises(Killed):
            process(tools, key)
    assert state(tools, key) == "planned"
    before = tools.published.record(key)
    assert process(tools, key) is not None
    assert (state(tools, key), len(drawn)) == ("published", 1)
    assert tools.published.record(key) == before


def test_a_process_killed_while_drawing_leaves_nothing_behind(tools: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    key = take(tools, current()).key
    with monkeypatch.context() as patch:
        patch.setattr("videogen.emergency.publishing.production.publish", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            process(tools, key)
    assert not tools.published.folder(key).exists()
    process(tools, key)
    assert tools.published.is_up(key)


def _interrupt(*arguments: Any) -> None:
    raise KeyboardInterrupt


def test_an_update_goes_up_before_what_it_supersedes_comes_down(tools: Making) -> None:
    first = take(tools, current(minutes=5))
    process(tools, first.key)
    mp4 = (tools.published.folder(first.key) / "alert.mp4").read_bytes()
    update = take(tools, current("elm-2", msg_type="Update", references=(first.alert.identity,)))
    assert state(tools, first.key) == "superseded"
    assert take_down_ended(tools) == []
    assert tools.published.is_up(first.key)
    published = process(tools, update.key)
    assert published is not None
    assert published.record.supersedes == (first.key,)
    assert not tools.published.is_up(first.key)
    names = sorted(path.name for path in tools.published.folder(first.key).iterdir())
    assert names == ["record.json", "superseded.json"]
    notice = tools.published.notice(first.key)
    assert notice is not None
    assert notice.by == update.key
    kept = Path(tools.config.paths.store) / "emergency" / "withdrawn" / first.key / "alert.mp4"
    assert kept.read_bytes() == mp4
    assert not tools.manager.register.get(first.key).on_air


def test_a_cancel_takes_the_video_down_at_once_and_says_so(tools: Making, drawn: list[dict[str, Any]]) -> None:
    first = take(tools, current(minutes=5))
    process(tools, first.key)
    cancel = take(tools, current("elm-2", msg_type="Cancel", references=(first.alert.identity,), infos=()))
    published = process(tools, cancel.key)
    assert published is not None
    assert (published.record.video, published.record.note) == (None, "it cancels, and has nothing to show")
    assert published.record.supersedes == (first.key,)
    assert state(tools, cancel.key) == "published"
    notice = tools.published.notice(first.key)
    assert notice is not None
    assert (notice.state, notice.by) == ("cancelled", cancel.key)
    assert not (tools.published.folder(first.key) / "alert.mp4").exists()
    assert len(drawn) == 1


def test_a_cancel_with_something_to_show_gets_an_all_clear(tools: Making) -> None:
    first = take(tools, current(minutes=5))
    process(tools, first.key)
    words = {"headline": "The flood is over", "instruction": "You may go home."}
    cancel = take(tools, current("elm-2", msg_type="Cancel", references=(first.alert.identity,), info=words))
    published = process(tools, cancel.key)
    assert published is not None
    assert published.record.template == "all_clear"
    assert tools.published.is_up(cancel.key)
    assert not tools.published.is_up(first.key)


def test_what_was_cancelled_while_it_was_made_is_not_left_on_air(tools: Making) -> None:
    first = take(tools, current(minutes=5))

    def cancel(plan: Any) -> None:
        take(tools, current("elm-2", msg_type="Cancel", references=(first.alert.identity,), infos=()))

    with pytest.raises((AlertStateError, ReleaseError)):
        process(tools, first.key, cancel)
    assert state(tools, first.key) == "cancelled"
    assert not tools.published.is_up(first.key)


def test_a_video_that_a_killed_process_left_up_comes_down_when_the_alert_has_ended(
    tools: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(tools, current(minutes=5))
    with monkeypatch.context() as patch:
        patch.setattr("videogen.emergency.publishing.publish.say_published", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            process(tools, first.key)
    take(tools, current("elm-2", msg_type="Cancel", references=(first.alert.identity,), infos=()))
    assert take_down_ended(tools) == [first.key]
    assert not tools.published.is_up(first.key)


def test_an_expired_alert_is_never_published(tools: Making) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    over = current(minutes=60, info={"expires": now - timedelta(minutes=1)})
    registered = take(tools, over, now=now - timedelta(minutes=30))
    assert registered.state == "taken"
    with pytest.raises(ReleaseError, match="in_force failed: it was in effect until"):
        process(tools, registered.key)
    assert state(tools, registered.key) == "refused"
    assert not tools.published.folder(registered.key).exists()


@pytest.mark.parametrize("language", ["en-GB", "sv"])
def test_a_message_without_guidance_shows_the_templates_advice_marked_as_such(tools: Making, language: str) -> None:
    registered = take(tools, current(info={"instruction": None, "language": language}))
    published = process(tools, registered.key)
    assert published is not None
    assert published.record.own_advice == (language,)
    captions = (published.folder / f"alert.{language}.vtt").read_text(encoding="utf-8")
    assert "General advice" in captions.replace("\n", " ")
    assert "not part of this alert" in captions.replace("\n", " ")


def test_a_message_without_guidance_is_refused_where_the_operator_says_so(tmp_path: Path) -> None:
    tools = tools_in(tmp_path, **{"emergency.missing_instruction": "refuse"})
    registered = take(tools, current(info={"instruction": None}))
    with pytest.raises(LegibilityError, match="guidance"):
        process(tools, registered.key)
    assert "guidance" in tools.manager.register.get(registered.key).history[-1].reason
    assert not tools.published.folder(registered.key).exists()


def test_a_late_alert_gets_a_plain_card_and_the_record_says_what_was_skipped(
    tmp_path: Path, drawn: list[dict[str, Any]]
) -> None:
    tools = tools_in(tmp_path, emergency__emergency_max_generation_time=0.01, processing__fps=24)
    published = process(tools, take(tools, current()).key)
    assert published is not None
    assert published.record.rung is Rung.TEXT_CARD
    assert "0.0 s are left" in published.record.skipped[Rung.TEMPLATE_BACKGROUND]
    assert [(call["style"], call["fps"]) for call in drawn] == [("text_card", 8)]


@pytest.mark.parametrize("fault", [ModelError("no weights"), ValueError("a bug in a plug-in")])
def test_whatever_fails_above_the_plainer_rung_is_published(tmp_path: Path, fault: Exception) -> None:
    tools = tools_in(tmp_path, emergency__emergency_use_templates=False)

    def fail(template: Any, deadline: float | None) -> Background:
        raise fault

    published = process(with_background(tools, fail), take(tools, current()).key)
    assert published is not None
    assert published.record.rung is Rung.TEMPLATE_BACKGROUND
    assert str(fault).partition("—")[0].strip() in published.record.skipped[Rung.MODEL_BACKGROUND]


def test_a_background_of_the_model_is_labelled(tmp_path: Path) -> None:
    tools = tools_in(tmp_path, emergency__emergency_use_templates=False)
    limits: list[float | None] = []

    def make(template: Any, deadline: float | None) -> Background:
        limits.append(deadline)
        return Background(np.full((4, 36, 64, 3), 60, np.uint8), 4.0, "tiny 1")

    published = process(with_background(tools, make), take(tools, current()).key)
    assert published is not None
    assert (published.record.rung, published.record.background) == (Rung.MODEL_BACKGROUND, "tiny 1")
    assert limits[0] is not None


def test_an_exercise_says_so_and_a_real_alert_does_not(tools: Making) -> None:
    exercise = take(tools, current(status="Exercise"), rehearsal=True)
    published = process(tools, exercise.key)
    assert published is not None
    assert published.record.watermark == "EXERCISE"


def test_the_gate_closes_over_a_damaged_file(tools: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    render = production.render_alert

    def damage(*arguments: Any, **options: Any) -> Any:
        video = render(*arguments, **options)
        data = video.path.read_bytes()
        video.path.write_bytes(data[: len(data) // 2])
        return video

    monkeypatch.setattr(production, "render_alert", damage)
    registered = take(tools, current())
    with pytest.raises(ReleaseError, match="file failed"):
        process(tools, registered.key)
    assert not tools.published.folder(registered.key).exists()


def with_background(tools: Making, make: Callable[[Any, float | None], Background]) -> Making:
    from dataclasses import replace

    return replace(tools, background=make)
