"""The register on a real disk: taken once, in order, whatever arrives first and whatever is killed."""

from __future__ import annotations

import itertools
import multiprocessing
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.emergency.sample_alerts import NOW, SENT, alert, info, referring
from videogen.emergency.alerts.register import AlertRegister, RegisteredAlert, alert_key
from videogen.emergency.cap.model import Alert
from videogen.errors import AlertStateError, ArtifactError, InputError


@pytest.fixture
def register(tmp_path: Path) -> AlertRegister:
    return AlertRegister(str(tmp_path / "alerts"))


def take(register: AlertRegister, one: Alert, **options: Any) -> RegisteredAlert:
    return register.take(one, original=b"<alert/>", origin="test", **({"now": NOW} | options)).registered


def publish(register: AlertRegister, one: Alert) -> str:
    key = take(register, one).key
    register.mark(key, "planned", "in a run", now=NOW)
    register.mark(key, "published", "it is up", now=NOW)
    return key


def test_the_key_sorts_by_time_and_depends_on_the_identity_alone() -> None:
    first = alert()
    assert alert_key(first.identity) == alert_key(alert(infos=()).identity)
    assert alert_key(first.identity).startswith("20261122-093000-")
    in_other_zone = first.identity._replace(sent=SENT.astimezone(tz=__import__("zoneinfo").ZoneInfo("Asia/Tokyo")))
    assert alert_key(in_other_zone) == alert_key(first.identity)
    others = [("a", "bc"), ("ab", "c")]
    assert len({alert_key(alert(identifier, sender=sender).identity) for sender, identifier in others}) == 2
    assert alert_key(first.identity) < alert_key(alert(sent=SENT + timedelta(seconds=1)).identity)


def test_everything_about_a_taken_alert_is_read_back(register: AlertRegister) -> None:
    key = register.take(alert(), original=b"<alert>text</alert>", origin="drop.xml", now=NOW).registered.key
    found = AlertRegister(register.root).get(key)
    assert (found.alert, found.state, found.record.origin) == (alert(), "taken", "drop.xml")
    assert Path(found.original).read_bytes() == b"<alert>text</alert>" == register.original(key)
    assert found.ends == SENT + timedelta(hours=6)
    assert [(event.state, event.at) for event in found.history] == [("taken", NOW)]
    assert register.keys() == [key]


def test_an_alert_is_taken_once(register: AlertRegister) -> None:
    first = register.take(alert(), original=b"a", origin="first", now=NOW)
    again = register.take(alert(), original=b"b", origin="second", now=NOW)
    assert (first.new, again.new) == (True, False)
    assert again.registered.record.origin == "first"
    assert len(register.waiting()) == 1


def test_other_content_under_the_same_identity_is_refused(register: AlertRegister) -> None:
    take(register, alert())
    with pytest.raises(InputError, match="with other content"):
        take(register, alert(infos=(info(headline="All clear"),)))


def test_an_update_supersedes_all_that_it_refers_to(register: AlertRegister) -> None:
    first, second = publish(register, alert("elm-1")), publish(register, alert("elm-2"))
    update = take(register, referring("Update", "elm-3", alert("elm-1"), alert("elm-2")))
    for key in (first, second):
        ended = register.get(key)
        assert (ended.state, ended.on_air, ended.history[-1].by) == ("superseded", True, update.key)
    assert {one.key for one in register.to_withdraw()} == {first, second}
    register.mark(first, "withdrawn", "taken down", now=NOW)
    assert [one.key for one in register.to_withdraw()] == [second]
    assert update.state == "taken"


def chain() -> list[Alert]:
    first = alert("elm-1")
    update = referring("Update", "elm-2", first, minutes=5)
    return [first, update, referring("Cancel", "elm-3", update, minutes=9, infos=())]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_chain_ends_the_same_way_in_whatever_order_it_arrives(
    register: AlertRegister, order: tuple[int, ...]
) -> None:
    messages = chain()
    for index in order:
        take(register, messages[index])
    keys = [alert_key(message.identity) for message in messages]
    assert [register.get(key).state for key in keys] == ["superseded", "cancelled", "taken"]
    assert [one.key for one in register.waiting()] == [keys[2]]
    assert {one.key for one in register.replaced_by(keys[2])} == set(keys[:2])


def test_what_was_cancelled_before_it_came_never_waits_for_a_video(register: AlertRegister) -> None:
    cancel = take(register, referring("Cancel", "elm-9", alert()))
    late = take(register, alert())
    assert (late.state, late.history[-1].by) == ("cancelled", cancel.key)
    with pytest.raises(AlertStateError, match="cancelled"):
        register.mark(late.key, "planned", "too late")


def test_a_cancel_during_the_run_keeps_the_video_from_being_published(register: AlertRegister) -> None:
    key = take(register, alert()).key
    register.mark(key, "planned", "in a run", now=NOW)
    take(register, referring("Cancel", "elm-9", alert()))
    with pytest.raises(AlertStateError, match="Cancel elm-9 of River Office"):
        register.mark(key, "published", "it is up", now=NOW)


def test_another_sender_cancels_nothing(register: AlertRegister) -> None:
    key = publish(register, alert())
    take(register, referring("Cancel", "elm-9", alert(), sender="mischief@else.example"))
    assert register.get(key).state == "published"


def test_alerts_that_refer_to_each_other_are_refused(register: AlertRegister) -> None:
    first = referring("Update", "a", alert("b").identity, sent=SENT)
    take(register, first)
    with pytest.raises(InputError, match="in turn"):
        take(register, referring("Update", "b", first, sent=SENT))


def test_expiry_goes_by_the_given_clock(register: AlertRegister) -> None:
    key = publish(register, alert())
    assert register.expire(SENT + timedelta(hours=5)) == []
    assert [one.key for one in register.expire(SENT + timedelta(hours=6))] == [key]
    assert register.expire(SENT + timedelta(hours=7)) == []
    assert [one.key for one in register.to_withdraw()] == [key]
    register.mark(key, "withdrawn", "it is over")
    assert register.to_withdraw() == []


def test_the_most_urgent_waits_in_front_and_of_equals_the_one_sent_first(register: AlertRegister) -> None:
    mild = alert("mild", infos=(info(severity="Minor"),))
    late, early = alert("late", sent=SENT + timedelta(seconds=5)), alert("early")
    cancel = referring("Cancel", "cancel", alert("unknown"))
    for one in (mild, late, early, cancel):
        take(register, one)
    assert [one.alert.identifier for one in register.waiting()] == ["cancel", "early", "late", "mild"]


def test_an_exercise_goes_on_air_only_on_request_and_says_so(register: AlertRegister) -> None:
    exercise = take(register, alert(status="Exercise"))
    assert (exercise.state, register.waiting()) == ("not_for_air", [])
    released = register.release(exercise.key, "duty officer", NOW)
    assert (released.state, released.watermark, released.history[-1].by) == ("taken", "EXERCISE", "duty officer")
    assert [one.key for one in register.waiting()] == [exercise.key]


def test_a_test_wanted_on_air_at_once_or_at_the_second_submission_is_taken(register: AlertRegister) -> None:
    assert take(register, alert("t-1", status="Test"), rehearsal=True).state == "taken"
    take(register, alert("t-2", status="Test"))
    assert take(register, alert("t-2", status="Test"), rehearsal=True).state == "taken"


@pytest.mark.parametrize("changes", [{}, {"status": "Draft"}, {"status": "Test", "scope": "Private"}])
def test_only_public_rehearsals_can_be_released(register: AlertRegister, changes: dict[str, str]) -> None:
    key = take(register, alert(**changes)).key
    with pytest.raises(AlertStateError):
        register.release(key, "duty officer", NOW)


def test_marking_twice_is_harmless(register: AlertRegister) -> None:
    key = publish(register, alert())
    assert len(register.mark(key, "published", "again").history) == 3


def test_a_refused_alert_can_be_tried_again(register: AlertRegister) -> None:
    key = take(register, alert()).key
    register.mark(key, "refused", "no glyph for a letter", now=NOW)
    assert register.waiting() == []
    register.mark(key, "planned", "a font was installed", now=NOW)
    assert register.expire(SENT + timedelta(hours=7))[0].key == key


def test_unknown_keys_are_refused(register: AlertRegister) -> None:
    with pytest.raises(InputError, match="does not exist"):
        register.get("20261122-093000-00000000000000000000")


def test_one_damaged_record_is_reported_and_keeps_no_other_alert_waiting(
    register: AlertRegister, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, fine = take(register, alert("a")).key, take(register, alert("b")).key
    (Path(register.root) / damaged / "taken.json").write_text("{")
    assert [one.key for one in register.waiting()] == [fine]
    assert damaged in caplog.text
    with pytest.raises(ArtifactError, match="restore that file"):
        register.get(damaged)


@pytest.mark.parametrize("written", range(15))
def test_a_kill_at_any_write_loses_and_doubles_nothing(tmp_path: Path, written: int, monkeypatch: Any) -> None:
    """Every write of taking a chain is the last one of a process that dies; the next one takes the files again."""
    from videogen.storage.atomic_folder import Folder

    class Killed(BaseException):
        pass

    count = itertools.count()
    real_write, real_remove = Folder.write, Folder.remove

    def write(self: Folder, *given: Any, **options: Any) -> None:
        if next(count) == written:
            raise Killed
        real_write(self, *given, **options)

    def remove(self: Folder, *given: Any) -> None:
        if next(count) == written:
            raise Killed
        real_remove(self, *given)

    root = str(tmp_path / "alerts")
    monkeypatch.setattr(Folder, "write", write)
    monkeypatch.setattr(Folder, "remove", remove)
    died = False
    try:
        for message in chain():
            take(AlertRegister(root), message)
    except Killed:
        died = True
    monkeypatch.undo()
    assert died
    register = AlertRegister(root)
    keys = [take(register, message).key for message in chain()]
    assert [register.get(key).state for key in keys] == ["superseded", "cancelled", "taken"]
    assert [one.key for one in register.waiting()] == [keys[2]]
    register.expire(NOW)
    assert [path.name for path in (tmp_path / "alerts/open").iterdir()] == [keys[2]]
    assert all(len(register.get(key).history) <= 2 for key in keys)


def _take_many(root: str, barrier: Any, answers: Any) -> None:
    register = AlertRegister(root)
    barrier.wait()
    for number in range(15):
        taken = register.take(alert(f"elm-{number}"), original=b"<alert/>", origin="race", now=NOW)
        answers.put((taken.registered.key, taken.new))


def test_of_two_processes_that_take_the_same_alerts_each_alert_is_new_for_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(2, timeout=120), context.Queue()
    processes = [
        context.Process(target=_take_many, args=(str(tmp_path / "alerts"), barrier, answers)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    found = [answers.get(timeout=30) for _ in range(30)]
    for process in processes:
        process.join(timeout=30)
    new = Counter(key for key, is_new in found if is_new)
    assert len(new) == 15
    assert set(new.values()) == {1}


def _cancel_or_take(root: str, barrier: Any, numbers: range, cancel: bool) -> None:
    register = AlertRegister(root)
    for number in numbers:
        barrier.wait()
        first = alert(f"elm-{number}")
        take(register, referring("Cancel", f"off-{number}", first) if cancel else first)


def test_an_alert_and_its_cancel_taken_at_the_same_moment_end_cancelled(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    root, barrier, numbers = str(tmp_path / "alerts"), context.Barrier(2, timeout=120), range(15)
    processes = [
        context.Process(target=_cancel_or_take, args=(root, barrier, numbers, cancel)) for cancel in (True, False)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=30)
    register = AlertRegister(root)
    keys = [alert_key(alert(f"elm-{number}").identity) for number in numbers]
    assert {register.get(key).state for key in keys} == {"cancelled"}
