"""Shots that look as before are not encoded again; what is made in a revision is what that revision says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.dagster_helpers import places
from tests.videogen.briefing.conftest import SHORT
from videogen.briefing.assembly import kept_pieces
from videogen.briefing.assembly.compositor import Compositor
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import BriefingStore
from videogen.briefing.timing.captions import FORMS, captions_of
from videogen.config.config import VideoGenConfig
from videogen.media.pieces import write_piece
from videogen.media.planes import Planes


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames each call of the encoder was given."""
    calls: list[int] = []

    def counted(*arguments: Any) -> int:
        calls.append(write_piece(*arguments))
        return calls[-1]

    monkeypatch.setattr(kept_pieces, "write_piece", counted)
    return calls


@pytest.fixture
def planned(tmp_path: Path) -> tuple[BriefingMaker, str]:
    """A briefing of five shots, planned and spoken, nothing of it drawn."""
    config = VideoGenConfig.load(None, places(tmp_path))
    maker = BriefingMaker(BriefingStore(config.location(config.paths.store)), config)
    release = tmp_path / "wells.txt"
    release.write_text(SHORT, encoding="utf-8")
    order = take_order(maker.store, [release], source="python", formats=("square",), target=30)
    maker.plan(order.id)
    maker.narrate(order.id, 1)
    return maker, order.id


def _shots(maker: BriefingMaker, briefing: str, number: int) -> dict[str, int]:
    facts = maker.variants(briefing, number).made[0].facts
    return {shot: count for shot, _, count in facts.shots}


def _pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def test_a_changed_word_encodes_its_shot_and_the_cross_fades_around_it_only(planned, encoded: list[int]):
    maker, briefing = planned
    maker.assemble(briefing, 1)
    before, first = _shots(maker, briefing, 1), list(encoded)
    assert sum(first) == sum(before.values())
    text = maker.store.storyboard_text(briefing, 1).decode()
    sentence = "opened 40 wells in 12 towns"
    shots = maker.store.storyboard(briefing, 1).shots
    changed = next(shot.id for shot in shots for said in shot.narration if sentence in said.text["en"])
    encoded.clear()
    edited = text.replace(sentence, "has opened 40 wells in 12 towns").encode()
    number = maker.edit(briefing, edited, name="a.yaml", by="Asha", why="a word").number
    maker.narrate(briefing, number)
    maker.assemble(briefing, number)
    after = _shots(maker, briefing, number)
    made = maker.language(briefing, number, "en")
    fades = [timed.fade for timed in made.timeline.shots]
    at = list(after).index(changed)
    assert len(encoded) == 3
    assert sum(encoded) == after[changed] + fades[at] // 2 + fades[at + 1] // 2
    pictures = maker.pictures(briefing, number, made, "square")
    seen = _pictures(maker.store.file(briefing, number, "en_square.mp4"))
    assert len(seen) == made.timeline.frames
    # What is in the file is what a compositor that knows nothing of any cache draws, in every shot.
    wanted = Compositor(made.timeline, pictures)
    for timed in made.timeline.shots:
        for place in (timed.start, timed.start + timed.count // 2, timed.start + timed.count - 1):
            frame = next(wanted.frames(place, place + 1))
            luma = Planes.of(frame).luma.astype(float)
            found = np.asarray(seen[place], float)
            span = (found.std() + 1e-6) / (luma.std() + 1e-6)
            assert np.corrcoef(found.ravel()[::7], luma.ravel()[::7])[0, 1] > 0.985, (timed.shot.id, place)
            assert 0.9 < span < 1.25


def test_what_was_encoded_before_a_process_was_killed_is_not_encoded_again(
    planned, encoded: list[int], monkeypatch: pytest.MonkeyPatch
):
    maker, briefing = planned
    counted = kept_pieces.write_piece
    lock = threading.Lock()

    def killed(*arguments: Any) -> int:
        with lock:
            if len(encoded) == 2:
                raise KeyboardInterrupt
            return int(counted(*arguments))

    monkeypatch.setattr(kept_pieces, "write_piece", killed)
    with pytest.raises(KeyboardInterrupt):
        maker.assemble(briefing, 1)
    assert maker.variants(briefing, 1).made == ()
    monkeypatch.setattr(kept_pieces, "write_piece", counted)
    maker.assemble(briefing, 1)
    assert sum(encoded) == maker.variants(briefing, 1).made[0].facts.frames


def test_shots_that_no_revision_shows_any_more_are_deleted(planned, encoded: list[int]):
    maker, briefing = planned
    maker.assemble(briefing, 1)
    kept = maker.store.pieces(briefing).names()
    text = maker.store.storyboard_text(briefing, 1).decode().replace("opened 40 wells", "has opened 40 wells")
    number = maker.edit(briefing, text.encode(), name="a.yaml", by="Asha", why="a word").number
    maker.assemble(briefing, number)
    now = maker.store.pieces(briefing).names()
    assert len(now) == len(kept)
    assert len(set(now) - set(kept)) == 3


def test_an_error_in_one_shot_ends_the_others_and_is_told(planned, monkeypatch: pytest.MonkeyPatch):
    maker, briefing = planned

    def full(*arguments: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_pieces, "write_piece", full)
    with pytest.raises(Exception, match=r"the disk is full"):
        maker.assemble(briefing, 1)
    assert maker.store.pieces(briefing).names() == []


def test_while_progress_is_told_no_thread_goes_on():
    pace = kept_pieces._Pace(1000)
    passed: list[int] = []

    def frames() -> Iterator[Any]:
        for number in range(1000):
            passed.append(number)
            yield object()

    looked: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        pace_before = len(passed)
        threading.Event().wait(0.2)
        looked.append((pace_before, len(passed)))

    with kept_pieces.ThreadPoolExecutor(1) as pool:
        gate = threading.Event()

        def work() -> Path:
            gate.wait(5)
            for _ in pace.told(frames(), 1000):
                threading.Event().wait(0.001)
            return Path()

        future = pool.submit(work)
        gate.set()
        pace.wait_for([future], report)
    assert len(passed) == 1000
    assert looked
    assert all(after - before <= kept_pieces._TOLD for before, after in looked)


def test_a_moved_shot_has_the_same_content_and_another_word_has_not(planned):
    maker, briefing = planned
    made = maker.language(briefing, 1, "en")
    pictures = maker.pictures(briefing, 1, made, "square")
    cues = captions_of(made.timeline, FORMS["square"])
    stretches = Compositor(made.timeline, pictures, cues).pieces()
    assert stretches[0][0] == 0
    assert stretches[-1][1] == made.timeline.frames
    names = [Compositor(made.timeline, pictures, cues).content(*stretch) for stretch in stretches]
    assert names == [Compositor(made.timeline, pictures, cues).content(*stretch) for stretch in stretches]
    assert len(set(names)) == len(names)
    assert {first for first, _ in stretches} >= {timed.start + timed.fade // 2 for timed in made.timeline.shots}
