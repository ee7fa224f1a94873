"""A finished briefing: its file is what the timeline says, and everything lies beside it."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.videogen.briefing.conftest import Finished
from videogen.audio.loudness import RATE, measure_loudness, sound_of
from videogen.briefing.assembly.edit_list import can_write_edit_lists
from videogen.briefing.checks.file_check import check_file
from videogen.briefing.pictures.formats import FORMATS
from videogen.briefing.production.examining import examine
from videogen.briefing.production.next_step import next_step
from videogen.briefing.production.publishing import BriefingPublisher
from videogen.briefing.storyboard.yaml_text import as_yaml, from_yaml
from videogen.briefing.timing.captions import FORMS, captions_of
from videogen.errors import InputError, ReleaseError
from videogen.release.approval.conditions import Conditions
from videogen.release.approval.embargo import embargo_gate
from videogen.release.override import override_by
from videogen.release.people.people import People


@pytest.fixture(scope="module")
def measured(finished: Finished):
    """Check → what was found."""
    maker, briefing, folder = finished
    made = maker.language(briefing, 1, "en")
    setting = maker.pictures(briefing, 1, made, "square").setting
    cues = captions_of(made.timeline, FORMS["square"])
    path = folder / "en_square.mp4"
    found = check_file(path, made.timeline, setting.label, FORMATS["square"].size, cues, FORMS["square"], "broadcast")
    return {finding.check: finding for finding in found}


@pytest.mark.parametrize(
    "check", ["frames", "size", "cuts", "label", "captions", "loudness", "true_peak", "speech_in_place"]
)
def test_the_file_is_what_the_timeline_says(measured, check):
    assert measured[check].passed, measured[check].found


def test_the_index_is_in_front_and_there_is_no_edit_list(finished: Finished):
    data = (finished.folder / "en_square.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"elst" not in data


def test_the_sound_has_no_clicks_and_is_as_loud_as_its_profile_asks(finished: Finished):
    blocks = list(sound_of(finished.folder / "en_square.mp4"))
    assert abs(measure_loudness(iter(blocks)).integrated + 23.0) <= 0.5
    track = np.concatenate([block[0] for block in blocks])
    made = finished.maker.language(finished.id, 1, "en")
    for timed in made.timeline.shots[1:]:
        cut = made.timeline.sample(timed.start)
        assert float(np.abs(np.diff(track[cut - RATE // 100 : cut + RATE // 100])).max()) < 0.05


def test_every_file_of_a_variant_is_there_and_kept_with_its_hash(finished: Finished):
    (record,) = finished.maker.variants(finished.id, 1).made
    endings = {"mp4", "m4a", "vtt", "srt", "ttml", "transcript.html", "transcript.txt", "data.csv", "poster.jpg"}
    if can_write_edit_lists():
        endings.add("otio")
    found = {name.removeprefix("en_square.") for name in record.facts.files}
    assert found - {"chapters.txt"} == endings
    for name, digest in record.facts.files.items():
        content = (finished.folder / name).read_bytes()
        assert content
        assert hashlib.sha256(content).hexdigest() == digest


def test_the_sound_alone_is_that_of_the_video_and_says_that_a_machine_made_it(finished: Finished):
    def heard(name: str) -> np.ndarray:
        return np.concatenate([block[0] for block in sound_of(finished.folder / name)])

    assert np.array_equal(heard("en_square.m4a"), heard("en_square.mp4"))
    with av.open(str(finished.folder / "en_square.m4a")) as container:
        assert not container.streams.video
        assert container.metadata["title"] == "Forty new wells for the towns"
        assert "label=AI-generated" in container.metadata["comment"]


def test_the_poster_is_a_picture_of_the_size_of_the_video(finished: Finished):
    with Image.open(finished.folder / "en_square.poster.jpg") as poster:
        assert (poster.format, poster.size) == ("JPEG", (1080, 1080))


def test_everything_that_is_said_and_shown_is_in_the_transcript(finished: Finished):
    told = (finished.folder / "en_square.transcript.txt").read_text(encoding="utf-8")
    storyboard = finished.maker.store.storyboard(finished.id, 1)
    for shot in storyboard.shots:
        assert all(sentence.text["en"] in told for sentence in shot.narration)
        if shot.chart is not None:
            assert all(row.shown.text["en"] in told for row in shot.chart.rows)


def test_the_caption_files_have_the_same_cues(finished: Finished):
    vtt = (finished.folder / "en_square.vtt").read_text(encoding="utf-8")
    srt = (finished.folder / "en_square.srt").read_text(encoding="utf-8")
    assert vtt.startswith("WEBVTT")
    assert vtt.count(" --> ") == srt.count(" --> ") > 3
    assert "00:00:00," in srt


def test_the_data_of_the_charts_is_a_table(finished: Finished):
    rows = list(csv.reader(io.StringIO((finished.folder / "en_square.data.csv").read_text(encoding="utf-8"))))
    assert rows[0] == ["shot", "label", "value", "unit", "as_written"]
    assert [row[1:3] for row in rows[1:]] == [["May 2025", "300"], ["May 2026", "340"]]


def test_what_is_made_already_is_not_made_again(finished: Finished):
    path = finished.folder / "en_square.mp4"
    before = path.stat().st_mtime_ns
    finished.maker.assemble(finished.id, 1)
    assert path.stat().st_mtime_ns == before


def test_the_second_of_two_editors_gets_a_conflict_and_overwrites_nothing(finished: Finished):
    maker, briefing, _ = finished
    text = maker.store.storyboard_text(briefing, 1)
    first = maker.edit(briefing, text, name="a.yaml", by="Asha", why="first")
    kept = maker.store.storyboard_text(briefing, first.number)
    with pytest.raises(InputError, match="edited from revision 1, but revision 2 is the latest"):
        maker.edit(briefing, text, name="b.yaml", by="Bela", why="second")
    assert maker.store.storyboard_text(briefing, first.number) == kept
    assert maker.store.storyboard_text(briefing, 1) == text


def test_a_changed_word_is_a_persons_own_and_must_be_supported(finished: Finished, checker, policy):
    maker, briefing, _ = finished
    latest = maker.store.storyboard(briefing)
    text = as_yaml(latest).replace("opened 40 wells in 12 towns", "opened 90 wells in 12 towns")
    revision = maker.edit(briefing, text.encode(), name="c.yaml", by="Asha", why="wrong")
    report = examine(maker, briefing, revision.number, checker, policy)
    gates = {gate.name: gate for gate in report.gates}
    assert not gates["facts"].holds
    assert "90 wells" in gates["facts"].found
    assert not gates["quality"].holds, "nothing was made of this revision"


def test_the_first_revision_passes_every_gate(finished: Finished, checker, policy):
    report = examine(finished.maker, finished.id, 1, checker, policy)
    assert report.closed == (), [gate for gate in report.gates if not gate.holds]
    assert {verdict.from_release for verdict in report.facts.verdicts} == {True}


def test_the_published_file_names_every_shot_and_what_it_comes_from(
    finished: Finished, checker, policy, tmp_path: Path
):
    import json

    import c2pa

    from videogen.release.credentials import development
    from videogen.release.signing import sign_file
    from videogen.release.trust import pinned
    from videogen.release.verification import verify_file

    maker, briefing, folder = finished
    credentials = development(tmp_path / "keys", "Test")
    conditions = Conditions(People(tmp_path / "people", tmp_path / "keys"))
    publisher = BriefingPublisher(maker, tmp_path / "published", credentials, conditions=conditions)
    record = maker.variants(briefing, 1).made[0]
    parts = publisher._parts(briefing, 1, record)
    assert [part.name for part in parts] == [f"shot-{shot}" for shot, _, _ in record.facts.shots]
    target = tmp_path / "signed.mp4"
    examine(maker, briefing, 1, checker, policy)
    standing = publisher._state.standing(briefing, 1)
    provenance = publisher._provenance(briefing, 1, record, (), "Asha Rao", None, standing)
    sign_file(folder / "en_square.mp4", provenance, credentials, target, parts)
    with target.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
        told = json.loads(reader.json())
    manifest = told["manifests"][told["active_manifest"]]
    assert [part["title"] for part in manifest["ingredients"]] == [part.name for part in parts]
    actions = next(x["data"]["actions"] for x in manifest["assertions"] if x["label"].startswith("c2pa.actions"))
    types = {action.get("digitalSourceType", "").rpartition("/")[2] for action in actions}
    assert {"algorithmicMedia", "dataDrivenMedia"} <= types
    assert verify_file(target, [pinned(credentials.certificates[0])]).trusted
    data = bytearray(target.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "flipped.mp4").write_bytes(data)
    assert not verify_file(tmp_path / "flipped.mp4", [pinned(credentials.certificates[0])]).trusted


def test_sensors_leave_what_a_person_makes_to_that_person_for_a_while(finished: Finished):
    now, grace = datetime.now(UTC), timedelta(minutes=30)
    assert next_step(finished.maker.store, finished.id, now, grace) is None


def test_what_is_under_embargo_leaves_not_one_byte_in_the_published_folder(
    finished: Finished, checker, policy, tmp_path: Path
):
    from videogen.release.credentials import development

    maker, briefing, _ = finished
    text = as_yaml(maker.store.storyboard(briefing)).replace("shots:", "embargo: 2999-01-01T00:00:00Z\nshots:", 1)
    revision = maker.edit(briefing, text.encode(), name="e.yaml", by="Asha", why="embargo")
    examine(maker, briefing, revision.number, checker, policy)
    conditions = Conditions(People(tmp_path / "people", tmp_path / "keys"))
    credentials = development(tmp_path / "signing", "Test")
    publisher = BriefingPublisher(maker, tmp_path / "published", credentials, conditions=conditions)
    with pytest.raises(ReleaseError, match="embargo failed"):
        publisher.publish(briefing, by="Asha Rao", override=override_by("Asha Rao", "it is urgent now"))
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".vtt", ".txt")] == []


@pytest.mark.parametrize(("minutes", "state"), [(-1, "failed"), (0, "holds"), (1, "holds")])
def test_an_embargo_is_compared_in_utc(finished: Finished, minutes: int, state: str):
    text = as_yaml(finished.maker.store.storyboard(finished.id, 1))
    storyboard = from_yaml(text.replace("shots:", "embargo: 2026-05-03T15:41:00+05:30\nshots:", 1))
    moment = datetime(2026, 5, 3, 10, 11, tzinfo=UTC) + timedelta(minutes=minutes)
    gate = embargo_gate(storyboard.embargo_utc, moment)
    assert gate.state == state
    assert "10:11:00 UTC" in gate.found
