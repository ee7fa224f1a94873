"""A release at the desk: storyboard first, edited as a form or a file, rendered when somebody asks for it."""

from __future__ import annotations

import re

import dagster as dg
import pytest
import yaml

from sensors.briefings import briefing_plans_sensor, briefings_sensor
from tests.videogen_dagster.desk.house import BASE, RELEASE, Bureau, Visitor


def ordered(bureau: Bureau, text: str = RELEASE, **fields: str) -> tuple[Visitor, str]:
    """The author's browser on the storyboard of a new briefing, and its id."""
    visitor = bureau.visitor("asha").get("/new")
    visitor.send("/new/briefing", text=text, **{"formats": "square", "target": "15", **fields})
    assert visitor.status == 200, visitor.page
    return visitor, visitor.address.split("/item/")[1].split("/")[0]


def started(bureau: Bureau) -> list[str]:
    """The briefings that the sensors would start now."""
    found: list[str] = []
    for sensor in (briefing_plans_sensor, briefings_sensor):
        with dg.build_sensor_context(instance=bureau.instance, resources={"storage": bureau.storage}) as context:
            found += [str(run.partition_key) for run in sensor(context).run_requests]
    return found


def test_a_release_becomes_a_storyboard_and_is_rendered_only_when_asked_for(bureau: Bureau):
    visitor, briefing_id = ordered(bureau)
    assert "Nothing is rendered yet" in visitor.page
    assert "Forty new wells" in visitor.page
    assert briefing_id not in started(bureau)
    assert bureau.desk.catalogue.get(briefing_id).state == "draft"  # type: ignore[union-attr]
    visitor.send(f"/item/{briefing_id}/make")
    assert "It is asked for" in visitor.page
    assert briefing_id in started(bureau)
    assert bureau.desk.catalogue.get(briefing_id).state == "waiting"  # type: ignore[union-attr]


def test_a_shot_can_be_seen_before_anything_is_rendered(bureau: Bureau):
    visitor, _ = ordered(bureau)
    address = re.search(r'src="(/still/[^"]+)"', visitor.page)
    assert address is not None
    answer = visitor.client.get(address[1])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8\xff")
    for wrong in ("nobody/en/square", "title/xx/square", "title/en/wide"):
        base = address[1].rsplit("/", 3)[0]
        assert visitor.client.get(f"{base}/{wrong}").status_code in (400, 404)


def test_the_form_changes_words_order_and_shots_and_keeps_the_rest(bureau: Bureau):
    visitor, briefing_id = ordered(bureau)
    store = bureau.desk.briefings
    before = store.storyboard(briefing_id)
    shot = next(shot for shot in before.shots if shot.narration)
    name = f"{shot.id}:narration.0.text.en"
    form = visitor.form(f"/item/{briefing_id}/storyboard")
    assert form[name] == shot.narration[0].text["en"]
    visitor.send(f"/item/{briefing_id}/storyboard", ("do", "diff"), **{name: "Forty wells are open."})
    assert "Forty wells are open." in re.search(r'<div class="added">.*?</div>', visitor.page)[0]  # type: ignore[index]
    assert store.latest_number(briefing_id) == 1
    visitor.get(f"/item/{briefing_id}/storyboard")
    new = f"{shot.id}:narration.+.text.en"
    fields = {
        name: "Forty wells are open.",
        new: "More will follow.",
        "title.en": "Wells",
        "embargo": "2031-01-02T03:04+05:30",
    }
    visitor.send(f"/item/{briefing_id}/storyboard", ("do", "save"), why="shorter", **fields)
    assert "kept as a new revision" in visitor.page
    after, revision = store.storyboard(briefing_id), store.revision(briefing_id)
    changed = next(x for x in after.shots if x.id == shot.id)
    assert next(sentence.text["en"] for sentence in changed.narration) == "Forty wells are open."
    assert [sentence.text["en"] for sentence in changed.narration][-1] == "More will follow."
    # The place in the release is gone with the words: from now on they are checked as a person's own.
    assert changed.narration[0].source == {}
    assert (after.title["en"], revision.by, revision.why) == ("Wells", "asha", "shorter")
    assert after.embargo_utc is not None
    assert after.embargo_utc.isoformat() == "2031-01-01T21:34:00+00:00"
    assert [x.id for x in after.shots] == [x.id for x in before.shots]
    last = after.shots[-1].id
    visitor.send(
        f"/item/{briefing_id}/storyboard", ("do", "save"), **{f"{last}:remove": "yes", f"{shot.id}:place": "9"}
    )
    assert [x.id for x in store.storyboard(briefing_id).shots][-1] == shot.id
    assert last not in [x.id for x in store.storyboard(briefing_id).shots]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("kind:", "knid:"), "is not a key of a storyboard"),
        (("briefing: 1", "briefing: 1\nembargo: 2031-01-01T00:00"), "needs a time and a zone"),
        (("briefing: 1", "briefing: [1"), "line"),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_what_was_typed_is_not_lost(bureau: Bureau, change, says: str):
    visitor, briefing_id = ordered(bureau)
    visitor.get(f"/item/{briefing_id}/storyboard?mode=yaml")
    text = visitor.form(f"/item/{briefing_id}/storyboard")["yaml"].replace(*change, 1) + "# my own remark\n"
    visitor.send(f"/item/{briefing_id}/storyboard", ("do", "save"), yaml=text)
    assert visitor.status == 400
    assert says in visitor.page
    assert "line" in visitor.page
    assert "# my own remark" in visitor.form(f"/item/{briefing_id}/storyboard")["yaml"]
    assert bureau.desk.briefings.latest_number(briefing_id) == 1


def test_of_two_editors_the_second_one_overwrites_nothing(bureau: Bureau):
    first, briefing_id = ordered(bureau)
    second = bureau.visitor("chitra").get(f"/item/{briefing_id}/storyboard")
    first.send(f"/item/{briefing_id}/storyboard", ("do", "save"), **{"title.en": "The first one's"})
    second.send(f"/item/{briefing_id}/storyboard", ("do", "save"), **{"title.en": "The second one's"})
    assert second.status == 400
    assert "revision 2 is the latest" in second.page
    assert "The second one&#39;s" in second.page
    assert bureau.desk.briefings.storyboard(briefing_id).title["en"] == "The first one's"


def test_the_video_is_asked_for_of_the_revision_that_was_looked_at(bureau: Bureau):
    visitor, briefing_id = ordered(bureau)
    other = bureau.visitor("chitra").get(f"/item/{briefing_id}/storyboard")
    visitor.send(f"/item/{briefing_id}/storyboard", ("do", "save"), **{"title.en": "Changed"})
    assert other.send(f"/item/{briefing_id}/make").status == 409
    assert briefing_id not in started(bureau)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("release.exe", b"MZ", "kind that is not read"),
        ("empty.txt", b"", "holds no text"),
        ("page.pdf", b"%PDF-1.4 nothing", "page.pdf"),
        ("../../../etc/cron.txt", b"Title only", "no sentence"),
    ],
)
def test_files_that_are_no_releases_are_refused(bureau: Bureau, name: str, content: bytes, says: str):
    count = len(bureau.desk.briefings.ids())
    visitor = bureau.visitor("asha").get("/new")
    visitor.upload("/new/briefing", [("release", (name, content))], text="")
    assert visitor.status == 400
    assert says in visitor.page
    assert len(bureau.desk.briefings.ids()) == count


def test_a_release_with_a_script_in_it_is_only_words(bureau: Bureau):
    hostile = (
        "Wells <script>alert(1)</script>\n\nThe Ministry of <img src=x onerror=alert(2)> opened 40 wells in May.\n"
    )
    visitor, briefing_id = ordered(bureau, hostile)
    for path in (
        f"/item/{briefing_id}/storyboard",
        f"/item/{briefing_id}/storyboard?mode=yaml",
        "/",
        "/archive?q=wells",
    ):
        page = visitor.get(path).page
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_picture_is_handed_in_under_a_safe_name_and_what_is_none_is_refused(bureau: Bureau):
    import io

    from PIL import Image

    visitor, briefing_id = ordered(bureau)
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(stream, "PNG")
    action = f"/item/{briefing_id}/file"
    visitor.get(f"/item/{briefing_id}/storyboard?mode=yaml")
    visitor.upload(action, [("file", ("../../photo of wells.png", stream.getvalue()))])
    assert visitor.status == 200
    assert bureau.desk.briefings.pictures(briefing_id) == ["photo-of-wells.png"]
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    visitor.upload(action, [("file", ("logo.svg", svg))])
    assert visitor.status == 400
    assert bureau.desk.briefings.pictures(briefing_id) == ["photo-of-wells.png"]


def test_ratings_belong_to_clips(bureau: Bureau):
    visitor, briefing_id = ordered(bureau)
    token = {"token": bureau.desk.sessions.token(visitor.client.cookies["desk"])}
    assert visitor.client.post(f"/item/{briefing_id}/rate", data=token, headers={"origin": BASE}).status_code == 404


def test_clips_of_a_storyboard_are_ordered_and_waited_for(bureau: Bureau):
    """A shot becomes a clip; asking for the video orders the clip first, and the briefing waits until it is over."""
    visitor, briefing_id = ordered(bureau)
    store = bureau.desk.briefings
    shot = next(x for x in store.storyboard(briefing_id).shots if x.kind not in ("title", "end"))
    visitor.get(f"/item/{briefing_id}/storyboard?mode=yaml")
    board = yaml.safe_load(visitor.form(f"/item/{briefing_id}/storyboard")["yaml"])
    entry = next(x for x in board["shots"] if x["id"] == shot.id)
    kept = {name: entry[name] for name in ("id", "narration")}
    board["shots"][board["shots"].index(entry)] = {
        **kept,
        "kind": "clip",
        "clip": {"prompt": "a well in a village", "seed": 3},
    }
    visitor.send(f"/item/{briefing_id}/storyboard", ("do", "save"), yaml=yaml.safe_dump(board, allow_unicode=True))
    assert visitor.status == 200, visitor.page
    visitor.get(f"/item/{briefing_id}/storyboard").send(f"/item/{briefing_id}/make")
    (clip,) = [x for x in bureau.project.requests.ids() if briefing_id in str(bureau.project.requests.get(x).requester)]
    assert (bureau.project.requests.get(clip).seed, bureau.project.requests.get(clip).source) == (3, "desk")
    assert briefing_id not in started(bureau)
    bureau.attempt(clip)
    assert briefing_id in started(bureau)
    assert bureau.desk.catalogue.get(clip).state == "part"  # type: ignore[union-attr]
    visitor.get(f"/item/{briefing_id}/storyboard")
    assert f'<a href="/item/{clip}">1</a>' in visitor.page
    visitor.send(f"/item/{briefing_id}/take", ("shot", shot.id))
    assert "Another take is asked for" in visitor.page
    (taken,) = [x for x in store.storyboard(briefing_id).shots if x.id == shot.id]
    assert taken.clip is not None
    assert taken.clip.seed == 4
    assert briefing_id not in started(bureau)
