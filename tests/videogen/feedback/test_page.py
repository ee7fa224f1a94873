"""The page for raters: whoever has a link may rate one video, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from tests.fuzzing import examples
from videogen.errors import InputError
from videogen.feedback import FeedbackIntegration
from videogen.feedback.page import app as page_app
from videogen.feedback.page.app import MAX_BODY, RaterPage
from videogen.feedback.page.invitation import invitation
from videogen.feedback.study.last_words import last_words

TODAY = datetime.now(UTC).date()
ORIGIN = "http://127.0.0.1:3010"
Video = Callable[..., str]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Browser:
    """Sends requests to the application as a server would."""

    app: Any

    def __call__(self, path: str, body: bytes | None = None, **headers: str) -> Answer:
        parts = urlsplit(path)
        given = {"host": "127.0.0.1:3010", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "http_version": "1.1", "method": "GET" if body is None else "POST", "path": parts.path,
            "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "scheme": "http",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()], "server": ("127.0.0.1", 3010),
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        parts_left = [{"type": "http.request", "body": body or b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not parts_left:
                await asyncio.Event().wait()  # the client stays connected and says no more
            return parts_left.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        start = next(message for message in sent if message["type"] == "http.response.start")
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        return Answer(start["status"], found, content)

    def form(self, **fields: Any) -> Answer:
        return self(
            "/api/feedback",
            urlencode(fields, doseq=True).encode(),
            content_type="application/x-www-form-urlencoded",
            origin=ORIGIN,
        )

    def json(self, **fields: Any) -> Answer:
        return self("/api/feedback", json.dumps(fields).encode())


@pytest.fixture
def browser(feedback: FeedbackIntegration) -> Browser:
    return Browser(RaterPage(feedback.collector, frozenset({ORIGIN})).application())


def path_of(link: str) -> str:
    return link.removeprefix(ORIGIN)


def token_of(link: str) -> str:
    return link.partition("?t=")[2]


def counted(feedback: FeedbackIntegration) -> list[dict[str, Any]]:
    return last_words(feedback.collector.store.of_day(TODAY)).to_dict("records")


def test_a_rater_watches_and_answers(feedback: FeedbackIntegration, browser: Browser, video: Video) -> None:
    link = invitation(feedback.collector, video("a <b>red</b> bus"), user="ada")
    page = browser(path_of(link))
    assert page.status == 200
    assert "a &lt;b&gt;red&lt;/b&gt; bus" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    token = token_of(link)
    film = browser(f"/media/first?t={token}", range="bytes=0-99")
    assert (film.status, len(film.body), film.headers["content-type"]) == (206, 100, "video/mp4")
    said = {
        "t": token,
        "key": "0123456789",
        "rating": 4,
        "tags": ["blurry", "good"],
        "comment": "mail a@b.org",
        "consent": "yes",
    }
    answer = browser.form(**said)
    assert (answer.status, answer.headers["location"].endswith("&said=1")) == (303, True)
    assert "Thank you" in browser(answer.headers["location"]).text
    browser.form(**said)
    rows = counted(feedback)
    assert sorted(row["kind"] for row in rows) == ["comment", "rating", "tag", "tag"], "a repeated post counts once"
    assert {row["purposes"] for row in rows} == {"analysis+training"}
    assert {row["rater"] for row in rows} == {feedback.collector.keys.pseudonym("ada")}
    assert [row["comment"] for row in rows if row["kind"] == "comment"] == ["mail [e-mail]"]


def test_the_players_script_reports_how_far_somebody_watched(
    feedback: FeedbackIntegration, browser: Browser, video: Video
) -> None:
    token = token_of(invitation(feedback.collector, video()))
    assert browser.json(t=token, key="0123456789", play=2.5, completion=0.2, skip=True).status == 200
    assert {row["kind"]: row["value"] for row in counted(feedback)} == {"play": 2.5, "completion": 0.2, "skip": 1.0}
    assert browser("/static/page.js").status == 200
    assert browser("/static/app.py").status == 404
    assert browser("/healthz").text == '{"ok":true}'


def test_a_comparison_notes_what_stood_on_the_left(
    feedback: FeedbackIntegration, browser: Browser, video: Video
) -> None:
    video_id = video(attempts=2)
    left = set()
    for number in range(12):
        link = invitation(feedback.collector, video_id, 1, other_attempt=2, user=f"r{number}")
        first_shown = browser(path_of(link)).text.partition('data-side="')[2].partition('"')[0]
        browser.form(t=token_of(link), key=f"{number:010d}", better="second")
        row = next(r for r in reversed(counted(feedback)))
        assert (row["attempt"], row["other_attempt"], bool(row["shown_first"])) == (2, 1, first_shown == "second")
        left.add(first_shown)
    assert left == {"first", "second"}
    assert len(counted(feedback)) == 12
    browser.form(t=token_of(link), key="other-key-1", better="tie")
    assert counted(feedback)[-1]["value"] == 0.5


@pytest.mark.parametrize(
    "change", [lambda t: t[:-3] + "AAA", lambda t: "", lambda t: t.partition(".")[0], lambda t: "a" * 3000]
)
def test_a_forged_link_opens_nothing(
    feedback: FeedbackIntegration, browser: Browser, video: Video, change: Any
) -> None:
    link = invitation(feedback.collector, video())
    token = change(token_of(link))
    assert browser(f"{path_of(link).partition('?')[0]}?t={token}").status == 403
    assert browser(f"/media/first?t={token}").status == 403
    assert browser.json(t=token, rating=1).status == 403
    assert counted(feedback) == []


def test_a_link_is_for_its_own_video_only(feedback: FeedbackIntegration, browser: Browser, video: Video) -> None:
    link, other = invitation(feedback.collector, video()), video()
    assert browser(f"/v/{other}?t={token_of(link)}").status == 403
    assert browser(f"/media/second?t={token_of(link)}").status == 403
    browser.json(t=token_of(link), video_id=other, rating=1, attempt=9)
    assert {row["video_id"] for row in counted(feedback)} == {link.partition("/v/")[2].partition("?")[0]}


def test_posts_from_elsewhere_too_long_too_many_or_senseless_are_refused(
    feedback: FeedbackIntegration, browser: Browser, video: Video
) -> None:
    token = token_of(invitation(feedback.collector, video()))
    body = json.dumps({"t": token, "rating": 4}).encode()
    assert browser("/api/feedback", body, origin="http://evil.example").status == 403
    assert browser("/api/feedback", body, host="evil.example").status == 400
    assert browser("/api/feedback", b"x" * (MAX_BODY + 1)).status == 413
    assert browser("/api/feedback", b"not json").status == 422
    assert browser("/api/feedback", b"[1]").status == 422
    assert browser.json(t=token, rating=6).status == 422
    assert browser.json(t=token).status == 422
    refused = browser.form(t=token, comment="", tags="ugly")
    assert (refused.status, "unknown tag" in refused.text) == (422, True)
    assert counted(feedback) == []
    answers = [browser.json(t=token, rating=3).status for _ in range(feedback.config.feedback.posts_per_minute)]
    assert (answers[0], answers[-1]) == (200, 429)


def test_two_raters_at_once_are_two(feedback: FeedbackIntegration, browser: Browser, video: Video) -> None:
    video_id = video()
    for rating in (1, 5):
        browser.json(t=token_of(invitation(feedback.collector, video_id)), rating=rating)
    assert sorted(row["value"] for row in counted(feedback)) == [0.0, 1.0]


def test_no_link_is_made_to_what_is_not_there(feedback: FeedbackIntegration, video: Video) -> None:
    video_id = video()
    for chosen, problem in (({"attempt": 7}, "no attempt 7"), ({"compare": video_id}, "the same video")):
        with pytest.raises(InputError, match=problem):
            invitation(feedback.collector, video_id, **chosen)


SAID = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.floats(), st.text(max_size=20), st.just("9" * 5000),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2), st.sampled_from(["first", "second", "tie", "yes"]),
)  # fmt: skip
FIELDS = [
    "rating",
    "approved",
    "comment",
    "play",
    "completion",
    "skip",
    "take_back",
    "tags",
    "better",
    "consent",
    "key",
]


@pytest.mark.fuzz("feedback")
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.dictionaries(st.sampled_from(FIELDS), SAID, max_size=6), is_form=st.booleans(), raw=st.binary(max_size=60)
)
@example(said={"tags": 5}, is_form=False, raw=b"")
@example(said={"tags": None}, is_form=False, raw=b"")
@example(said={"tags": {"a": 1}, "better": ["first"]}, is_form=False, raw=b"")
def test_whatever_is_posted_with_a_link_is_kept_or_refused(
    feedback: FeedbackIntegration, browser: Browser, video: Video, said: dict[str, Any], is_form: bool, raw: bytes
) -> None:
    app = RaterPage(feedback.collector, frozenset({ORIGIN})).application()
    link = _links.setdefault(id(feedback), "") or invitation(feedback.collector, video())
    _links[id(feedback)] = link
    sender = Browser(app)
    token = token_of(link)
    if is_form:
        fields = {name: str(value).encode("utf-8", "replace").decode() for name, value in said.items()}
        answer = sender.form(t=token, **fields)
    else:
        answer = sender.json(t=token, **said)
    assert answer.status in (200, 303, 413, 422), answer.text[:300]
    assert sender("/api/feedback", raw).status in (403, 422)
    assert sender("/api/feedback", b'{"t": "' + raw + b'"').status in (403, 422)


_links: dict[int, str] = {}


def test_a_post_that_trickles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"a", "more_body": True}

    monkeypatch.setattr(page_app, "BODY_SECONDS", 0.2)
    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    assert asyncio.run(page_app._body(request)) is None
