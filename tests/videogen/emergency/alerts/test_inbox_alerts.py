"""Alert files in the inbox: each taken once and whole; what is refused lies in rejected/ with every reason."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.emergency.examples import GOOD, MALFORMED, NOT_EVEN_XML, atom, body, changed, without
from videogen.config.groups.emergency import EmergencySettings
from videogen.emergency.alerts.inbox import take_alert_files
from videogen.emergency.alerts.intake import AlertIntake
from videogen.emergency.alerts.register import AlertRegister
from videogen.errors import InputError, StorageError

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
SECOND = changed((">elm-1<", ">elm-2<"))


class Office:
    """An inbox and a register in a folder of their own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.register = AlertRegister(str(folder / "store/alerts"))
        self.intake = AlertIntake(self.register, EmergencySettings(**settings), folder / "pins")

    def drop(self, name: str, data: str | bytes) -> None:
        (self.inbox / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    def tick(self, settle: float = 3600.0) -> Any:
        return take_alert_files(self.inbox, self.intake, settle=settle, now=NOW)

    def there(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.inbox / folder).iterdir()) if (self.inbox / folder).is_dir() else []

    def reason(self, name: str) -> str:
        return (self.inbox / "rejected" / f"{name}.reason.txt").read_text(encoding="utf-8")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_whole_file_is_taken_at_once(office: Office) -> None:
    office.drop("flood.xml", GOOD)
    result = office.tick()
    (registered,) = result.taken
    assert (registered.alert.identifier, registered.record.origin) == ("elm-1", "flood.xml")
    assert Path(registered.original).read_bytes() == GOOD.encode()
    assert office.there("accepted") == ["flood.xml", "flood.xml.keys.txt"]
    assert (office.inbox / "accepted/flood.xml.keys.txt").read_text().split() == [registered.key]
    assert office.tick().taken == []


def test_a_half_written_file_is_left_until_it_is_whole(office: Office) -> None:
    office.drop("flood.xml", GOOD[:300])
    assert office.tick().rejected == []
    assert (office.inbox / "flood.xml").exists()
    office.drop("flood.xml", GOOD)
    assert len(office.tick().taken) == 1


def test_a_file_that_stays_half_is_refused(office: Office) -> None:
    office.drop("flood.xml", GOOD[:300])
    office.tick(settle=0.0)
    assert "not well-formed" in office.reason("flood.xml")


def test_unfinished_downloads_hidden_files_and_folders_are_left_alone(office: Office) -> None:
    for name in ("a.xml.part", ".b.xml", "c.xml~", "d.tmp"):
        office.drop(name, GOOD)
    (office.inbox / "archive").mkdir()
    assert office.tick(settle=0.0).taken == []
    assert not (office.inbox / "accepted").exists()


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_alert_lies_in_rejected_with_every_reason(office: Office, name: str) -> None:
    message, expected = MALFORMED[name]
    office.drop("bad.xml", message)
    (rejected,) = office.tick().rejected
    assert rejected[0] == "bad.xml"
    said = set(re.findall(r"\[([a-z-]+), [^]]*\]", office.reason("bad.xml")))
    assert said == expected
    assert office.there("rejected") == ["bad.xml", "bad.xml.reason.txt"]
    assert (office.inbox / "rejected/bad.xml").read_text() == message
    assert office.register.keys() == []


@pytest.mark.parametrize("name", NOT_EVEN_XML)
def test_what_is_no_message_at_all_is_refused_with_the_reason(office: Office, name: str) -> None:
    office.drop("bad.xml", NOT_EVEN_XML[name])
    assert len(office.tick(settle=0.0).rejected) == 1
    assert len(office.reason("bad.xml")) > 20
    assert office.register.keys() == []


def test_of_many_alerts_in_a_file_the_good_ones_are_taken_and_the_bad_ones_named(office: Office) -> None:
    office.drop("many.xml", f"<alerts>{body(without('sender'))}{body(SECOND)}</alerts>")
    result = office.tick()
    assert [one.alert.identifier for one in result.taken] == ["elm-2"]
    assert "alert 1 (elm-1):" in office.reason("many.xml")
    assert result.taken[0].key in office.reason("many.xml")


def test_in_one_file_an_update_is_taken_after_what_it_updates(office: Office) -> None:
    reference = "</scope><references>warn@river.example,elm-1,2026-11-22T09:30:00-00:00</references>"
    update = changed((">elm-1<", ">elm-2<"), (">Alert<", ">Update<"), ("T09:30:00", "T09:30:30"))
    office.drop("many.xml", f"<alerts>{body(update.replace('</scope>', reference))}{body(GOOD)}</alerts>")
    office.tick()
    keys = office.register.keys()
    assert [office.register.get(key).state for key in keys] == ["superseded", "taken"]
    assert [office.register.get(key).history[0].state for key in keys] == ["taken", "taken"]


def test_an_index_of_links_says_where_it_belongs(office: Office) -> None:
    office.drop("index.xml", atom('<link href="https://river.example/1"/>', '<link href="https://river.example/2"/>'))
    office.tick()
    assert "only 2 links" in office.reason("index.xml")
    assert "emergency.feeds" in office.reason("index.xml")


def test_the_same_alert_in_two_files_is_taken_once_and_other_content_is_refused(office: Office) -> None:
    office.drop("a.xml", GOOD)
    office.drop("b.xml", GOOD)
    office.drop("c.xml", changed(("Leave cellars", "Stay in your cellars")))
    result = office.tick()
    assert len(result.taken) == 1
    assert "identity-used" in office.reason("c.xml")
    assert office.there("accepted") == ["a.xml", "a.xml.keys.txt", "b.xml", "b.xml.keys.txt"]


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    office = Office(tmp_path, alert_max_bytes=10_000)
    office.drop("big.xml", GOOD + "\n" * 10_000)
    office.tick(settle=0.0)
    assert "larger than 10,000 bytes" in office.reason("big.xml")


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_and_pipes_are_refused_without_being_read(office: Office, kind: str, tmp_path: Path) -> None:
    path = office.inbox / "odd.xml"
    if kind == "link":
        (tmp_path / "secret.xml").write_text(GOOD)
        path.symlink_to(tmp_path / "secret.xml")
    else:
        os.mkfifo(path)
    office.tick(settle=0.0)  # a pipe that is opened to be read would wait for ever
    assert office.register.keys() == []
    assert office.reason("odd.xml")


def test_unsigned_alerts_are_refused_where_the_operator_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path, unsigned_alerts="refuse")
    office.drop("flood.xml", GOOD)
    office.tick()
    assert "it carries no signature [signature, our policy]" in office.reason("flood.xml")


def test_a_required_profile_is_enforced(tmp_path: Path) -> None:
    office = Office(tmp_path, alert_profiles=("ipaws",))
    office.drop("flood.xml", GOOD)
    office.tick()
    assert "IPAWSv1.0" in office.reason("flood.xml")


def test_warnings_stay_with_the_alert(office: Office) -> None:
    office.drop("flood.xml", changed(("09:30:00-00:00", "09:30:00Z")))
    (registered,) = office.tick().taken
    assert [remark.rule for remark in registered.record.remarks] == ["time-form"]


@pytest.mark.parametrize("step", range(12))
def test_a_kill_at_any_step_loses_nothing(office: Office, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies at its n-th rename, write or removal; the next tick finishes the job."""

    class Killed(BaseException):
        pass

    office.drop("a.xml", GOOD)
    office.drop("b.xml", without("status"))
    office.drop("c.xml", SECOND)
    count = itertools.count()
    from videogen.storage.atomic_folder import Folder

    for owner, name in ((os, "rename"), (Folder, "write"), (Folder, "remove")):
        real = getattr(owner, name)

        def deadly(*given: Any, real: Any = real, **options: Any) -> Any:
            if next(count) == step:
                raise Killed
            return real(*given, **options)

        monkeypatch.setattr(owner, name, deadly)
    with pytest.raises(Killed):
        office.tick()
    monkeypatch.undo()
    office.tick()
    assert sorted(one.alert.identifier for one in office.register.waiting()) == ["elm-1", "elm-2"]
    assert [name for name in office.there("accepted") if name.endswith(".xml")] == ["a.xml", "c.xml"]
    assert [name for name in office.there("rejected") if name.endswith(".xml")] == ["b.xml"]


def test_damage_in_the_register_delays_only_the_file_concerned(office: Office) -> None:
    office.drop("a.xml", GOOD)
    key = office.tick().taken[0].key
    record = Path(office.register.root) / key / "taken.json"
    kept = record.read_text()
    record.write_text("{")
    office.drop("again.xml", GOOD)
    office.drop("other.xml", SECOND)
    result = office.tick()
    assert [one.alert.identifier for one in result.taken] == ["elm-2"]
    assert [name for name, _ in result.troubles] == ["again.xml"]
    record.write_text(kept)
    assert office.tick().troubles == []
    assert "again.xml" in office.there("accepted")


def _tick_often(folder: str, barrier: Any) -> None:
    office = Office(Path(folder))
    barrier.wait()
    for _ in range(30):
        office.tick()


def test_two_daemons_on_one_inbox_take_each_file_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(3, timeout=120)
    processes = [context.Process(target=_tick_often, args=(str(tmp_path), barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    barrier.wait()
    for number in range(20):
        office.drop(f".{number}", changed((">elm-1<", f">n-{number}<")))
        (office.inbox / f".{number}").rename(office.inbox / f"{number}.xml")
    for process in processes:
        process.join(timeout=60)
    office.tick()
    assert len(office.register.keys()) == 20
    assert len([name for name in office.there("accepted") if name.endswith(".xml")]) == 20


def test_a_document_without_an_alert_names_what_it_is(office: Office) -> None:
    with pytest.raises(InputError, match="only a <note>"):
        office.intake.take(b"<note/>", origin="test", now=NOW)


def test_a_name_that_is_broken_does_not_stop_the_others(office: Office) -> None:
    office.drop("a" + "x" * 240 + ".xml", changed((">Severe<", ">Awful<")))
    office.drop("b.xml", GOOD)
    found = office.tick()
    assert [one.alert.identifier for one in found.taken] == ["elm-1"]
    assert len(found.rejected) == 1


def test_what_nobody_expected_of_one_alert_is_its_own_failure(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from videogen.emergency.alerts import intake as module

    real = module.validate

    def fails(read: Any, **options: Any) -> Any:
        if read.alert.identifier == "cursed":
            raise OverflowError("nobody thought of that")
        return real(read, **options)

    monkeypatch.setattr(module, "validate", fails)
    office.drop("both.xml", f"<alerts>{body(changed(('>elm-1<', '>cursed<')))}{body(GOOD)}</alerts>")
    found = office.tick()
    assert [one.alert.identifier for one in found.taken] == ["elm-1"]
    assert "OverflowError: nobody thought of that" in office.reason("both.xml")
    assert "cannot-be-judged" in office.reason("both.xml")


def test_many_files_are_taken_in_slices(office: Office) -> None:
    for number in range(12):
        office.drop(f"{number:02d}.xml", changed((">elm-1<", f">n-{number}<")))
    found = []
    for _ in range(20):
        slice_ = take_alert_files(office.inbox, office.intake, settle=0.0, now=NOW, seconds=0.0)
        found.append([one.alert.identifier for one in slice_.taken])
    assert [name for names in found for name in names] == [f"n-{number}" for number in range(12)]
    assert [len(names) for names in found] == [1] * 12 + [0] * 8


def test_reasons_have_a_readable_length(office: Office) -> None:
    bad = body(changed((">Severe<", f">{'x' * 3000}<")))
    office.drop("many.xml", "<alerts>" + bad * 500 + "</alerts>")
    office.tick(settle=0.0)
    assert (office.inbox / "rejected" / "many.xml.reason.txt").stat().st_size < 30_000


def test_an_unescaped_sign_is_named_and_a_repair_offered_but_nothing_is_taken(office: Office) -> None:
    office.drop("bad.xml", changed(("River Office", "Fire & Rescue"), ("Leave cellars.", "Stay < 50 m away.")))
    found = office.tick(settle=0.0)
    assert found.taken == []
    reason = office.reason("bad.xml")
    assert "line 17: & → &amp;" in reason
    assert "line 19: < → &lt;" in reason
    assert "videogen alert" in reason
    (repaired,) = (office.inbox / "rejected").glob("repaired-*.xml")
    office.drop("again.xml", repaired.read_text())
    (taken,) = office.tick(settle=0.0).taken
    assert taken.alert.infos[0].sender_name == "Fire & Rescue"
    assert taken.alert.infos[0].instruction == "Stay < 50 m away."


def test_a_cancel_without_info_ends_what_it_names_in_any_order(office: Office) -> None:
    cancel = changed(
        (">elm-1<", ">elm-1-c<"), (">Alert<", ">Cancel<"), ("09:30:00-00:00</sent>", "09:30:30-00:00</sent>"),
        ("</scope>", "</scope><references>warn@river.example,elm-1,2026-11-22T09:30:00-00:00 "
                     "warn@river.example,elm-0,2026-11-21T09:30:00-00:00</references>"),
    ).partition("<info>")[0] + "</alert>"  # fmt: skip
    office.drop("1.xml", cancel)
    office.drop("2.xml", GOOD)
    states = {one.alert.identifier: one.state for one in office.tick(settle=0.0).taken}
    assert states == {"elm-1-c": "taken", "elm-1": "cancelled"}


@pytest.mark.parametrize("where", [".taking/1-abcdef/file", ".taking/1-abcdef", ".taking", "accepted", "rejected"])
def test_links_in_the_inbox_do_not_move_what_lies_elsewhere_nor_put_anything_there(
    office: Office, where: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    (keys / "file").mkdir(parents=True)
    for path in (keys / "signing.pem", keys / "file/other.pem"):
        path.write_text("the key")
    (office.inbox / where).parent.mkdir(parents=True, exist_ok=True)
    (office.inbox / where).symlink_to(keys)
    office.drop("bad.xml", changed(("River Office", "Fire & Rescue")))
    office.drop("good.xml", GOOD)
    for _ in range(3):
        office.tick(settle=0.0)
    assert sorted(str(path.relative_to(keys)) for path in keys.rglob("*")) == ["file", "file/other.pem", "signing.pem"]
    assert [one.alert.identifier for one in office.register.waiting()] == ["elm-1"]


def test_the_folder_of_the_alerts_itself_may_not_be_a_link(office: Office, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "signing.pem").write_text("the key")
    office.inbox.rmdir()
    office.inbox.symlink_to(keys)
    with pytest.raises(StorageError):
        office.tick(settle=0.0)
    assert [path.name for path in keys.iterdir()] == ["signing.pem"]


def test_nothing_in_the_inbox_can_keep_alerts_from_being_taken(office: Office) -> None:
    (office.inbox / ".lock").symlink_to("nowhere")
    office.drop("good.xml", GOOD)
    assert len(office.tick().taken) == 1


def test_a_file_that_takes_the_place_of_the_judged_one_is_judged_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop("a.xml", GOOD)
    real = office.intake.take

    def slow(data: bytes, **options: Any) -> Any:
        if data == GOOD.encode():
            office.drop("a.xml", SECOND)
        return real(data, **options)

    monkeypatch.setattr(office.intake, "take", slow)
    taken = [one.alert.identifier for _ in range(2) for one in office.tick(settle=0.0).taken]
    assert taken == ["elm-1", "elm-2"]
    assert (office.inbox / "accepted/a.xml").read_text() == SECOND


def test_what_an_earlier_version_left_is_taken(office: Office) -> None:
    claim = office.inbox / ".taking/00000000000000000001-abcdef/file"
    claim.mkdir(parents=True)
    (claim / "a.xml").write_text(GOOD)
    assert len(office.tick().taken) == 1
