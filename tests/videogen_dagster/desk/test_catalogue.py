"""The lists: what is new, changed, damaged or gone is seen; what is running is told with its progress."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from resources.jobs_and_tags import PARTITION_TAG
from tests.videogen_dagster.desk.house import Bureau
from videogen.domain.requests import VideoRequest
from videogen_dagster.desk.index.catalogue import Catalogue, Search
from videogen_dagster.desk.index.live import Live
from videogen_dagster.desk.item import Item


def item(number: int, **fields: object) -> Item:
    told = {"title": f"Title {number}", "state": "to check", "version": 1, "by": "asha"}
    moment = f"2026-11-{1 + number % 28:02d}T10:00:00+00:00"
    return Item(id=f"x{number}", kind="video", created=moment, changed=moment, **{**told, **fields})  # type: ignore[arg-type]


def test_what_is_new_changed_or_gone_is_seen(bureau: Bureau):
    desk = bureau.desk
    video_id = bureau.project.requests.submit(VideoRequest(prompt="a tram", title="Trams")).id
    assert desk.catalogue.get(video_id) is None
    desk.indexer.refresh()
    assert desk.catalogue.get(video_id).state == "waiting"  # type: ignore[union-attr]
    bureau.attempt(video_id)
    desk.indexer.refresh()
    desk.indexer.refresh()
    assert desk.catalogue.get(video_id).state == "to check"  # type: ignore[union-attr]
    shutil.rmtree(Path(bureau.config.location(bureau.config.paths.store)) / video_id)
    desk.indexer.refresh()
    assert desk.catalogue.get(video_id) is None
    assert desk.catalogue.find(Search(text="trams"), 0, 10) == ([], 0)


def test_nothing_that_is_as_it_was_is_read_again(bureau: Bureau, monkeypatch: pytest.MonkeyPatch):
    bureau.clip(prompt="a tram", title="Unchanged")
    desk = bureau.desk
    desk.indexer.refresh()
    desk.indexer.refresh()
    read: list[str] = []
    monkeypatch.setattr(desk.indexer, "_put", read.extend)
    desk.indexer.refresh()
    assert read == []


def test_a_damaged_request_is_listed_as_such_and_hides_no_other(bureau: Bureau):
    video_id = bureau.clip(prompt="a tram", title="Damaged")
    good = bureau.clip(prompt="a tram", title="Whole")
    store = Path(bureau.config.location(bureau.config.paths.store))
    (store / video_id / "request.json").write_text("{not json")
    bureau.desk.indexer.look_again(video_id)
    assert bureau.desk.catalogue.get(video_id).state == "damaged"  # type: ignore[union-attr]
    visitor = bureau.visitor("solo")
    assert visitor.get("/archive?state=damaged").status == 200
    assert video_id in visitor.page
    assert "Whole" in visitor.get(f"/item/{good}").page
    assert visitor.get(f"/item/{video_id}").status == 500
    assert "cannot be read" in visitor.page


def test_a_catalogue_that_is_damaged_or_of_another_version_is_made_again(tmp_path: Path):
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(b"not a database, but longer than a header would be" * 100)
    catalogue = Catalogue(path)
    catalogue.put([(item(1), "s")])
    catalogue.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    again = Catalogue(path)
    assert again.count() == 0
    again.close()


def test_words_are_found_in_any_script_and_never_taken_for_commands(tmp_path: Path):
    catalogue = Catalogue(tmp_path / "c.sqlite")
    catalogue.put(
        [
            (item(1, title="किसान सम्मान निधि", words="नौ करोड़ किसान"), "s"),
            (item(2, title="Café", words="wells NEAR the river"), "s"),
        ]
    )
    assert [x.id for x in catalogue.find(Search(text="सम्मान"), 0, 9)[0]] == ["x1"]
    assert [x.id for x in catalogue.find(Search(text="cafe river"), 0, 9)[0]] == ["x2"]
    assert [x.id for x in catalogue.find(Search(text="riv"), 0, 9)[0]] == ["x2"]
    assert catalogue.find(Search(text='NEAR( "* river'), 0, 9)[1] == 1
    assert catalogue.find(Search(text="words:river"), 0, 9)[1] == 0
    # Renewed, the old words are forgotten.
    catalogue.put([(item(2, title="Café", words="snow"), "t")])
    assert catalogue.find(Search(text="river"), 0, 9)[1] == 0
    catalogue.close()


def test_a_run_is_told_with_its_last_step():
    """Looked at from within the run, as it is then in Dagster's storage."""
    video_id, seen = "20261130-100000000-tram-01234567", {}

    @dg.op
    def video_latents(context):  # type: ignore[no-untyped-def]  # Dagster cannot read postponed annotations here
        for line in ("video_latents 3/10 denoising", "video_latents 4/10 denoising", "something else"):
            context.log.info(line)
        seen.update(Live(lambda: context.instance, seconds=0.0).now())

    @dg.job
    def generate_video() -> None:
        video_latents()

    with dg.DagsterInstance.ephemeral() as instance:
        assert generate_video.execute_in_process(instance=instance, tags={PARTITION_TAG: video_id}).success
        assert Live(lambda: instance, seconds=0.0).now() == {}
    progress = seen[video_id]
    assert (progress.stage, progress.done, progress.total, progress.share) == ("video latents", 4, 10, 40)
    assert progress.state == "is being made"
