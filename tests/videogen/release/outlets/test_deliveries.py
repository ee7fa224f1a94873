"""Events reach each receiver under one id until it takes them, and not once more, whatever goes wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.videogen.release.outlets.conftest import KEY, House
from tests.videogen.release.outlets.receiver import HANGS, HANGS_UP, Receiver
from videogen.config.config import VideoGenConfig
from videogen.errors import ConfigError
from videogen.release.approval.correction import Correction
from videogen.release.folder import read_record, take_back
from videogen.release.outlets.events import events_of
from videogen.release.outlets.ledger import pause_after
from videogen.release.outlets.outlets import Outlets
from videogen.release.record import Withdrawal

Settings = Callable[..., VideoGenConfig]


def later(minutes: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(minutes=minutes)


def begun(config: VideoGenConfig) -> Outlets:
    """Outlets whose ledger exists: what is published from now on is told."""
    outlets = Outlets(config)
    outlets.bring_up_to_date(now=later(-1))
    return outlets


def states(outlets: Outlets) -> list[tuple[str, str, int]]:
    return sorted((one.kind, one.state, one.tries) for one in outlets.ledger.all())


def test_a_release_is_told_once_signed_and_with_its_id(house: House, webhook: Settings) -> None:
    with Receiver(200) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        for _ in range(3):
            outlets.bring_up_to_date()
    ((headers, body),) = receiver.got
    event = json.loads(body)
    assert (event["kind"], event["release"], event["item"]["pubstatus"]) == ("published", "clip-1", "usable")
    assert event["id"] == headers["Idempotency-Key"]
    at, _, digest = headers["X-Videogen-Signature"].removeprefix("t=").partition(",v1=")
    assert digest == hmac.new(KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert abs(int(at) - datetime.now(UTC).timestamp()) < 300


def test_correction_and_withdrawal_are_events_of_their_own(house: House, webhook: Settings) -> None:
    with Receiver(200) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("old-1")
        outlets.bring_up_to_date()
        house.publish("new-1", corrects=Correction(of="old-1", reason="wrong date"))
        outlets.bring_up_to_date()
        take_back(house.root, "new-1", Withdrawal(operator="dara", why="wrong again", at=datetime.now(UTC)))
        outlets.bring_up_to_date()
    told = [(event["kind"], event["release"]) for event in (json.loads(body) for _, body in receiver.got)]
    assert told[0] == ("published", "old-1")
    assert sorted(told[1:3]) == [("corrected", "old-1"), ("published", "new-1")]
    assert told[3:] == [("withdrawn", "new-1")]
    record = read_record(house.root, "old-1")
    assert record is not None
    assert record.notices[0].other == "new-1", "marked, although whoever published died before"


def test_what_was_published_before_a_receiver_was_named_is_not_told(house: House, webhook: Settings) -> None:
    with Receiver(200) as receiver:
        begun(house.config(deliver_to=[str(house.folder / "elsewhere")]))
        house.publish("clip-1")
        # Another receiver, known for long, changes nothing for the new one.
        Outlets(webhook(receiver.url)).bring_up_to_date(now=later(11))
    assert receiver.got == []


def test_what_was_published_just_before_a_receiver_was_first_seen_is_told(house: House, webhook: Settings) -> None:
    with Receiver(200) as receiver:
        house.publish("clip-1")
        Outlets(webhook(receiver.url)).bring_up_to_date()
    assert len(receiver.got) == 1


@pytest.mark.parametrize("answer", [500, 503, 429, 404, 302])
def test_a_receiver_that_does_not_take_it_is_asked_again_with_longer_and_longer_pauses(
    house: House, webhook: Settings, answer: int
) -> None:
    with Receiver(answer, answer, 200) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        outlets.bring_up_to_date()
        outlets.bring_up_to_date()
        assert len(receiver.got) == 1, "not before the pause is over"
        assert not outlets.is_due()
        assert outlets.is_due(datetime.now(UTC) + timedelta(minutes=2))
        outlets.bring_up_to_date(now=later(1.5))
        outlets.bring_up_to_date(now=later(2.5))
        assert len(receiver.got) == 2, "the second pause is longer"
        outlets.bring_up_to_date(now=later(4))
        outlets.bring_up_to_date(now=later(60))
    assert len(receiver.got) == 3
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1
    assert states(outlets) == [("published", "sent", 3)]


def test_pauses_grow_to_an_hour() -> None:
    assert [pause_after(tries).total_seconds() / 60 for tries in (1, 2, 3, 6, 7, 99)] == [1, 2, 4, 32, 60, 60]


def test_a_receiver_that_never_takes_it_is_given_up(house: House, webhook: Settings) -> None:
    with Receiver(500) as receiver:
        outlets = begun(webhook(receiver.url, max_tries=2))
        house.publish("clip-1")
        for minutes in (0, 5, 500):
            outlets.bring_up_to_date(now=later(minutes))
    assert len(receiver.got) == 2
    assert states(outlets) == [("published", "given_up", 2)]
    assert not outlets.is_due(datetime.now(UTC) + timedelta(days=9))


@pytest.mark.parametrize(("answer", "why"), [(HANGS, "no answer within 0.4 s"), (HANGS_UP, "the connection broke")])
def test_what_got_no_answer_is_told_again_under_the_same_id_until_it_is_taken(
    house: House, webhook: Settings, monkeypatch: pytest.MonkeyPatch, answer: int, why: str
) -> None:
    monkeypatch.setattr("videogen.monitoring.webhook.post.__kwdefaults__", {"key": "", "networks": (), "seconds": 0.4})
    with Receiver(answer, 200) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        outcome = outlets.bring_up_to_date()
        assert states(outlets) == [("published", "uncertain", 1)]
        assert f"{why}; it may have arrived" in outcome.problems[0]
        outlets.bring_up_to_date()
        assert len(receiver.got) == 1, "not before the pause is over"
        assert outlets.is_due(datetime.now(UTC) + timedelta(minutes=2))
        for minutes in (2, 60, 999):
            outlets.bring_up_to_date(now=later(minutes))
    assert len(receiver.got) == 2, "what was taken is not told again"
    (first, body), (second, same) = receiver.got
    assert (first["Idempotency-Key"], body) == (second["Idempotency-Key"], same)
    assert states(outlets) == [("published", "sent", 2)]


def test_a_receiver_that_never_answers_is_given_up_as_well(
    house: House, webhook: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.monitoring.webhook.post.__kwdefaults__", {"key": "", "networks": (), "seconds": 0.4})
    with Receiver(HANGS_UP) as receiver:
        outlets = begun(webhook(receiver.url, max_tries=2))
        house.publish("clip-1")
        for minutes in (0, 5, 500):
            outlets.bring_up_to_date(now=later(minutes))
    assert len(receiver.got) == 2
    assert states(outlets) == [("published", "given_up", 2)]


@pytest.mark.parametrize(
    ("retry_after", "minutes"), [("600", 10), ("in half an hour", 30), ("soon", 1), ("5", 1), ("99999999", 6 * 60)]
)
def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(
    house: House, webhook: Settings, retry_after: str, minutes: float
) -> None:
    if retry_after == "in half an hour":
        retry_after = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
    with Receiver(429, 200, retry_after=retry_after) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        outlets.bring_up_to_date()
        outlets.bring_up_to_date(now=later(minutes - 0.75))
        assert len(receiver.got) == 1
        outlets.bring_up_to_date(now=later(minutes + 0.75))
    assert len(receiver.got) == 2
    assert states(outlets) == [("published", "sent", 2)]


def test_what_a_process_was_telling_when_it_died_is_told_again_under_the_same_id(
    house: House, webhook: Settings
) -> None:
    with Receiver(200) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        outlets.bring_up_to_date()
        (delivery,) = outlets.ledger.all()
        outlets.ledger.keep(delivery.model_copy(update={"state": "sending"}))
        outlets.bring_up_to_date()
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2
    assert states(outlets) == [("published", "sent", 2)]


def test_a_private_address_is_refused_unless_its_network_is_named(house: House, webhook: Settings) -> None:
    with Receiver(200) as receiver:
        outlets = begun(webhook(receiver.url, private_networks=[]))
        house.publish("clip-1")
        outcome = outlets.bring_up_to_date()
    assert receiver.got == []
    assert "not on the public internet" in outcome.problems[0]
    assert "127.0.0.1" not in outcome.problems[0], "addresses are secrets"


def test_a_certificate_that_nobody_trusts_gets_nothing(house: House, webhook: Settings, tmp_path: Path) -> None:
    from tests.videogen.release.outlets.self_signed import write_pair

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write_pair(tmp_path))
    with Receiver(200, context=context) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        outcome = outlets.bring_up_to_date()
    assert receiver.got == []
    assert "certificate is not trusted" in outcome.problems[0]
    assert states(outlets) == [("published", "failed", 1)]


def test_a_missing_key_sends_nothing_unsigned(house: House, webhook: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(200) as receiver:
        config = webhook(receiver.url)
        monkeypatch.delenv("CMS_KEY")
        outlets = begun(config)
        house.publish("clip-1")
        outcome = outlets.bring_up_to_date()
    assert receiver.got == []
    assert "CMS_KEY" in outcome.problems[0]


def test_a_copy_goes_to_other_storage_and_follows_every_change(house: House, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    outlets = begun(house.config(deliver_to=[str(place)]))
    house.publish("clip-1")
    outlets.bring_up_to_date()
    assert sorted(path.name for path in (place / "clip-1").iterdir()) == ["clip-1.mp4", "clip-1.vtt", "release.json"]
    take_back(house.root, "clip-1", Withdrawal(operator="dara", why="wrong flag", at=datetime.now(UTC)))
    outlets.bring_up_to_date()
    assert sorted(path.name for path in (place / "clip-1").iterdir()) == ["notice.txt", "release.json"]
    assert "wrong flag" in (place / "clip-1" / "notice.txt").read_text()


def test_a_copy_goes_to_an_fsspec_url(house: House) -> None:
    import fsspec

    outlets = begun(house.config(deliver_to=["memory://deliveries-of-a-test"]))
    house.publish("clip-1")
    outlets.bring_up_to_date()
    files = fsspec.filesystem("memory").ls("/deliveries-of-a-test/clip-1", detail=False)
    assert [path.rpartition("/")[2] for path in sorted(files)] == ["clip-1.mp4", "clip-1.vtt", "release.json"]


def test_a_published_file_that_was_changed_by_hand_is_not_passed_on(house: House, tmp_path: Path) -> None:
    outlets = begun(house.config(deliver_to=[str(tmp_path / "elsewhere")]))
    house.publish("clip-1")
    (house.root / "clip-1" / "clip-1.mp4").write_bytes(b"another video")
    outcome = outlets.bring_up_to_date()
    assert "was changed or removed" in outcome.problems[0]
    assert not list((tmp_path / "elsewhere").rglob("*.mp4"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("base_url", "ftp://x"), ("base_url", "https://x/?a=1"), ("private_networks", ["no network"]), ("max_tries", 0),
     ("webhooks", [{"name": "a", "url": "https://in.clear.example", "key": "K"}]),
     ("webhooks", [{"name": "a", "url": "U", "key": "K"}, {"name": "a", "url": "V", "key": "K"}])],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(house: House, name: str, value: object) -> None:
    with pytest.raises(ConfigError):
        house.config(**{name: value})


def test_a_receiver_that_never_answers_makes_no_other_one_wait_and_gets_its_rest_in_the_next_round(
    house: House, webhook: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen.release.outlets.outlets._TELLING", 2.9)
    monkeypatch.setattr("videogen.monitoring.webhook.post.__kwdefaults__", {"key": "", "networks": (), "seconds": 3.0})
    with Receiver(HANGS) as slow, Receiver(200) as good:
        monkeypatch.setenv("OTHER_URL", good.url)
        hooks = [
            {"name": name, "url": url, "key": "CMS_KEY"} for name, url in (("slow", "CMS_URL"), ("good", "OTHER_URL"))
        ]
        outlets = begun(webhook(slow.url, webhooks=hooks))
        for number in range(6):
            house.publish(f"clip-{number}")
        outcome = outlets.bring_up_to_date()
        assert (outcome.sent, outcome.open) == (6, 6)
        assert len(slow.got) == 1, "what is left waits for the next round"
        assert outlets.is_due()
        outlets.bring_up_to_date()
        assert len(slow.got) == 2, "the next one is told, although the first one waits for its second try"


@pytest.mark.parametrize("later", ["9" * 5000, "Fri, 31 Dec 999999 23:59:59 GMT", "-5", "soon"])
def test_a_pause_that_nobody_can_mean_is_not_kept(house: House, webhook: Settings, later: str) -> None:
    with Receiver(503, retry_after=later) as receiver:
        outlets = begun(webhook(receiver.url))
        house.publish("clip-1")
        outcome = outlets.bring_up_to_date()
    assert states(outlets) == [("published", "failed", 1)]
    assert outcome.next[0] - datetime.now(UTC) < timedelta(minutes=2)


@pytest.mark.parametrize("damaged", ["since.cms.json", "next.json", "delivery", "record", "corrected"])
def test_one_damaged_file_stops_no_other_delivery(house: House, webhook: Settings, damaged: str) -> None:
    with Receiver(200) as receiver:
        config = webhook(receiver.url, deliver_to=[str(house.folder / "elsewhere")])
        begun(config)
        bad = house.publish("clip-1")
        house.publish("clip-2", corrects=Correction(of="clip-1", reason="wrong date"))
        path = {
            "delivery": house.folder / "state" / "deliveries" / f"{events_of(bad, '')[0].id}.cms",
            "record": house.root / "clip-1" / "release.json",
            "corrected": house.root / "clip-1" / "release.json",
        }.get(damaged, house.folder / "state" / "deliveries" / damaged)
        path.unlink(missing_ok=True)
        if damaged == "corrected":
            path.mkdir()
        else:
            path.write_bytes(b"[" * 100_000)
        Outlets(config).is_due()
        outcome = Outlets(config).bring_up_to_date()
    assert (house.folder / "elsewhere" / "clip-2" / "release.json").is_file()
    assert (len(receiver.got) > 0) == (damaged != "since.cms.json"), "told, unless nobody knows from when on"
    assert bool(outcome.problems) == (damaged != "next.json")
