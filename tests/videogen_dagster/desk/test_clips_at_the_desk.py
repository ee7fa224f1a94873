"""A single clip from the queue to the archive: asked for, looked at, commented, decided, rated, published, withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest

from sensors.requests import requests_sensor
from tests.release_helpers import quality
from tests.videogen_dagster.desk.house import BASE, Bureau
from videogen.errors import InputError
from videogen_dagster.desk.comments import second_at

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_a_clip_is_asked_for_over_the_store_and_started_by_the_sensor(bureau: Bureau):
    visitor = bureau.visitor("asha").get("/new")
    visitor.send("/new/clip", prompt="a red bus at night", title="Night buses", duration="2", size="square")
    assert "The clip is asked for" in visitor.page
    video_id = visitor.address.split("/item/")[1].partition("?")[0]
    request = bureau.project.requests.get(video_id)
    assert (request.requester, request.source, request.duration) == ("asha", "desk", 2.0)
    with dg.build_sensor_context(instance=bureau.instance, resources={"storage": bureau.storage}) as context:
        assert video_id in [run.partition_key for run in requests_sensor(context).run_requests]
    assert "Night buses" in visitor.get("/").page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"prompt": "  "}, "the prompt is missing"),
        ({"prompt": "a bus", "duration": "long"}, "duration"),
        ({"prompt": "a bus", "duration": "9999"}, "duration"),
        ({"prompt": "a man is beheaded with a knife, blood everywhere"}, "content policy"),
    ],
)
def test_what_cannot_be_made_is_refused_with_everything_that_was_typed(bureau: Bureau, fields, says: str):
    count = len(bureau.project.requests.ids())
    visitor = bureau.visitor("asha").get("/new").send("/new/clip", **{"title": "My title", **fields})
    assert visitor.status == 400
    assert says.lower() in visitor.page.lower()
    assert "My title" in visitor.page
    assert len(bureau.project.requests.ids()) == count


def test_scripts_in_prompts_titles_comments_and_names_are_only_words(bureau: Bureau):
    video_id = bureau.clip(prompt=f"a bus {HOSTILE}", title=HOSTILE, requester=HOSTILE)
    visitor = bureau.visitor("solo").get(f"/item/{video_id}")
    visitor.send(f"/item/{video_id}/comment", comment=HOSTILE, at="0:00.2")
    visitor.send(f"/item/{video_id}/decide", ("do", "request_changes"), comment=HOSTILE)
    for path in (f"/item/{video_id}", "/", "/archive", f"/archive?q={HOSTILE}", "/admin", "/new"):
        page = visitor.get(path).page
        assert "alert(1)" in page or path in ("/", "/new", "/admin"), path
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path


def test_a_comment_is_pinned_to_a_frame_and_can_be_marked_as_done(bureau: Bureau, clip: str):
    visitor = bureau.visitor("ben").get(f"/item/{clip}")
    visitor.send(f"/item/{clip}/comment", comment="The bus is blue", at="0:00.3")
    assert "The bus is blue" in visitor.page
    assert 'data-second="0.3"' in visitor.page
    (kept,) = [x for x in bureau.desk.people.decisions(clip) if x.action == "comment"]
    assert kept.data == {"second": 0.3, "medium": "video", "frame": 7}
    assert kept.by == "ben"
    visitor.send(f"/item/{clip}/resolve")
    assert "done, says ben" in visitor.page
    visitor.send(f"/item/{clip}/resolve")
    assert "done, says ben" not in visitor.page
    late = visitor.get(f"/item/{clip}").send(f"/item/{clip}/comment", comment="Too late", at="9:59")
    assert late.status == 400
    assert "behind the end" in late.page


@pytest.mark.parametrize(
    ("text", "second"), [("1:05.2", 65.2), ("65", 65.0), ("0:0.5", 0.5), ("0:12,5", 12.5), (" ", None)]
)
def test_a_moment_is_written_as_people_write_it(text: str, second: float | None):
    assert second_at(text, 100.0) == second


@pytest.mark.parametrize("text", ["x", "1:2:3", "-1", "1e3", "101", "1:41"])
def test_what_is_not_a_moment_of_the_video_is_refused(text: str):
    with pytest.raises(InputError):
        second_at(text, 100.0)


def test_four_eyes_then_the_gate_opens(bureau: Bureau):
    video_id = bureau.clip(prompt="a bus", title="Four eyes", requester="asha")
    page = bureau.visitor("ben").get(f"/item/{video_id}")
    assert "0 of 1 approvals" in page.page
    page.send(f"/item/{video_id}/decide", ("do", "approve"), comment="Looked at all of it")
    assert "Your approval is signed" in page.page
    assert "approvals of this revision" not in page.page
    assert bureau.desk.catalogue.get(video_id).state == "approved"  # type: ignore[union-attr]
    decision = bureau.desk.people.decisions(video_id)[-1]
    assert (decision.action, decision.by, decision.authentication) == ("approve", "ben", "password")
    publisher = bureau.visitor("chitra").get(f"/item/{video_id}")
    assert "Nothing stands against publishing it" in publisher.page


def test_nobody_approves_their_own_work(bureau: Bureau):
    video_id = bureau.clip(prompt="a bus", title="Own", requester="solo")
    visitor = bureau.visitor("solo").get(f"/item/{video_id}")
    assert "somebody else has to approve it" in visitor.page
    assert 'value="approve"' not in visitor.page
    assert visitor.send(f"/item/{video_id}/decide", ("do", "approve")).status == 403


def test_an_approval_of_a_page_that_is_old_counts_for_nothing(bureau: Bureau):
    """Two tabs: in one the clip is looked at, meanwhile another attempt is made that becomes the best."""
    video_id = bureau.clip(prompt="a bus", title="Two tabs", requester="asha")
    old = bureau.visitor("ben").get(f"/item/{video_id}")
    bureau.attempt(video_id, report=quality(score=0.9))
    old.send(f"/item/{video_id}/decide", ("do", "approve"))
    assert old.status == 409
    assert "has changed since this page was shown" in old.page
    assert [one.by for one in bureau.desk.people.decisions(video_id)] == ["asha"]


def test_a_double_click_decides_once(bureau: Bureau):
    video_id = bureau.clip(prompt="a bus", title="Twice", requester="asha")
    visitor = bureau.visitor("ben").get(f"/item/{video_id}")
    form = {**visitor.form(f"/item/{video_id}/comment"), "comment": "Once only", "at": ""}
    answers = [visitor.client.post(f"/item/{video_id}/comment", data=form, headers={"origin": BASE}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert [one.action for one in bureau.desk.people.decisions(video_id)] == ["submit", "comment"]


def test_a_hold_stands_until_it_is_lifted_and_changes_need_a_reason(bureau: Bureau):
    video_id = bureau.clip(prompt="a bus", title="Held", requester="asha")
    visitor = bureau.visitor("ben").get(f"/item/{video_id}")
    visitor.send(f"/item/{video_id}/decide", ("do", "hold"), comment="Wait for the minister")
    assert "held by ben: Wait for the minister" in visitor.page
    assert bureau.desk.catalogue.get(video_id).state == "held"  # type: ignore[union-attr]
    visitor.send(f"/item/{video_id}/decide", ("do", "lift_hold"))
    assert "held by ben" not in visitor.page.partition("decisions so far")[0]
    assert visitor.send(f"/item/{video_id}/decide", ("do", "request_changes"), comment="").status == 400
    visitor.get(f"/item/{video_id}").send(f"/item/{video_id}/decide", ("do", "request_changes"), comment="Blue bus")
    assert bureau.desk.catalogue.get(video_id).state == "changes requested"  # type: ignore[union-attr]
    assert "Held" in bureau.visitor("asha").get("/").page


def test_decisions_that_were_changed_by_hand_are_shown_as_such(bureau: Bureau):
    video_id = bureau.clip(prompt="a bus", title="Forged", requester="asha")
    visitor = bureau.visitor("ben").get(f"/item/{video_id}")
    visitor.send(f"/item/{video_id}/decide", ("do", "approve"))
    file = max((bureau.desk.people.folder / "decisions" / video_id).glob("*.json"))
    file.write_text(file.read_text().replace('"ben"', '"bob"'))
    page = visitor.get(f"/item/{video_id}").page
    assert "was changed after it was made" in page
    assert "Nothing stands against" not in page


def test_ratings_and_comparisons_reach_the_feedback_loop_under_a_pseudonym(bureau: Bureau):
    video_id = bureau.clip(prompt="a bus", title="Rated", requester="asha")
    bureau.attempt(video_id, report=quality(score=0.8))
    visitor = bureau.visitor("ben").get(f"/item/{video_id}")
    visitor.send(f"/item/{video_id}/rate", rating="4", tags="blurry", comment="Call me: 020 7946 0018")
    assert "your rating is kept" in visitor.page
    visitor.get(f"/item/{video_id}/compare").send(f"/item/{video_id}/prefer", ("better", "b"))
    assert "your comparison is kept" in visitor.page
    rows = bureau.desk.feedback.store.of_day(datetime.now(UTC).date())
    events = rows[rows["video_id"] == video_id]
    assert set(events["kind"]) == {"rating", "tag", "comment", "preference"}
    assert set(events["channel"]) == {"web"}
    assert not set(events["rater"]) & {"ben", "anonymous"}
    assert "7946" not in " ".join(events["comment"].dropna())
    preference = events[events["kind"] == "preference"].iloc[0]
    assert (preference["attempt"], preference["other_attempt"], bool(preference["shown_first"])) == (2, 1, False)
    empty = visitor.get(f"/item/{video_id}").send(f"/item/{video_id}/rate")
    assert empty.status == 400


def test_the_archive_finds_by_words_and_filters(bureau: Bureau):
    bureau.clip(prompt="a lighthouse in the fog", title="Lighthouses", requester="asha")
    bureau.clip(prompt="बाढ़ में नाव", title="नाव की कहानी", requester="ben")
    visitor = bureau.visitor("dev")
    assert "Lighthouses" in visitor.get("/archive?q=fog").page
    assert "Lighthouses" in visitor.get("/archive?q=LIGHTHO").page
    assert "नाव की कहानी" in visitor.get("/archive?q=बाढ़").page
    assert "1 found" in visitor.get("/archive?q=lighthouse+fog&by=asha&kind=video&state=to+check").page
    assert "0 found" in visitor.get("/archive?q=lighthouse&by=ben").page
    assert "0 found" in visitor.get("/archive?q=lighthouse&until=2001-01-01").page
    for odd in ('"', "*", "a OR b", "NEAR(", "-", "')--"):
        assert (
            visitor.get(
                "/archive",
            ).status
            == 200
        )
        assert visitor.client.get("/archive", params={"q": odd}).status_code == 200
    assert visitor.client.get("/archive?page=0").status_code == 400
    assert visitor.get("/archive?page=99").status == 200
