"""What strangers, other sites and oversized bodies meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.videogen_dagster.desk.house import BASE, Bureau
from videogen.errors import ConfigError
from videogen_dagster.desk.login.proxy import SECRET_HEADER, SECRET_VARIABLE, Proxy
from videogen_dagster.desk.security.guard import POLICY

SECRET = "s" * 24


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1:1"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
    ],
)
def test_requests_of_other_sites_are_refused(bureau: Bureau, headers: dict[str, str], status: int):
    assert bureau.visitor("solo").client.get("/", headers=headers).status_code == status


def test_a_form_of_another_site_changes_nothing(bureau: Bureau, clip: str):
    client = bureau.visitor("ben").client
    before = len(bureau.desk.people.decisions(clip))
    token = bureau.desk.sessions.token(client.cookies["desk"])
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = client.post(f"/item/{clip}/decide", data={"do": "hold", "token": token}, headers=headers)
        assert answer.status_code == 403
    for wrong in ("", "0" * 64, bureau.desk.sessions.token("another visitor")):
        answer = client.post(f"/item/{clip}/decide", data={"do": "hold", "token": wrong}, headers={"origin": BASE})
        assert answer.status_code == 403
    assert len(bureau.desk.people.decisions(clip)) == before


def test_a_link_in_a_mail_leads_through_a_page_of_the_desk_itself(bureau: Bureau, clip: str):
    """Browsers send no strict cookie with the first request, so it must be asked for again from here."""
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    answer = bureau.visitor().client.get(f"/item/{clip}", headers=followed)
    assert answer.status_code == 200
    assert f'content="0;url=/item/{clip}"' in answer.text
    assert "set-cookie" not in answer.headers, "it would take the place of the session, and log the reader out"


@pytest.mark.parametrize("path", ["/check", "/login"])
def test_a_public_page_that_a_link_leads_to_logs_nobody_out(bureau: Bureau, path: str):
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    visitor = bureau.visitor()
    answer = visitor.client.get(path, headers=followed)
    assert f'content="0;url={path}"' in answer.text
    assert "set-cookie" not in answer.headers
    assert "set-cookie" in visitor.client.get(path, headers={"sec-fetch-site": "same-origin"}).headers


def test_every_answer_has_the_headers_that_keep_other_content_out(bureau: Bureau):
    for path in ("/login", "/nothing-there", "/static/desk.css"):
        headers = bureau.visitor().client.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert bureau.visitor("solo").client.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in bureau.visitor().client.get("/static/desk.css").headers["cache-control"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(bureau: Bureau):
    cookie = bureau.visitor().client.get("/login").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


def test_by_https_the_cookie_is_sent_over_nothing_else(bureau: Bureau):
    from starlette.testclient import TestClient

    from videogen_dagster.desk.app import DeskApplication
    from videogen_dagster.ui.guard import Origins

    app = DeskApplication(bureau.desk, Origins.of(1, ("https://desk.example",)), secure=True).asgi
    cookie = TestClient(app, base_url="https://desk.example").get("/login").headers["set-cookie"]
    assert cookie.startswith("__Host-desk=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_a_body_that_is_too_long_is_cut_off_before_it_is_parsed(bureau: Bureau, clip: str):
    client = bureau.visitor("ben").client
    long = {"token": bureau.desk.sessions.token(client.cookies["desk"]), "comment": "x" * 400_000}
    assert client.post(f"/item/{clip}/comment", data=long, headers={"origin": BASE}).status_code == 413

    def stream():
        for _ in range(50):
            yield b"x" * 10_000

    form = {"content-type": "application/x-www-form-urlencoded", "origin": BASE}
    assert client.post(f"/item/{clip}/comment", content=stream(), headers=form).status_code == 413


@pytest.mark.parametrize(
    "item_id", ["%2e%2e", "..%2f..%2fetc%2fpasswd", "20261130-1", "b-x", "a" * 300, "%00", "<script>"]
)
def test_ids_that_are_none_lead_nowhere(bureau: Bureau, item_id: str):
    client = bureau.visitor("solo").client
    for path in (f"/item/{item_id}", f"/picture/{item_id}", f"/media/{item_id}/1/rendered_video.mp4"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "<script>" not in answer.text


@pytest.mark.parametrize("name", ["attempt.json", "..%2frequest.json", "rendered_video.json", "../../request.json"])
def test_only_the_files_of_a_video_are_served(bureau: Bureau, clip: str, name: str):
    assert bureau.visitor("solo").client.get(f"/media/{clip}/1/{name}").status_code == 404


def test_a_player_gets_the_stretch_that_it_asks_for(bureau: Bureau, clip: str):
    client = bureau.visitor("dev").client
    whole = client.get(f"/media/{clip}/1/rendered_video.mp4")
    part = client.get(f"/media/{clip}/1/rendered_video.mp4", headers={"range": "bytes=100-199"})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert (part.status_code, part.content) == (206, whole.content[100:200])


def test_the_proxy_is_believed_from_its_address_with_its_secret_only(bureau: Bureau):
    from starlette.datastructures import Headers

    proxy, people = Proxy(frozenset(("10.0.0.2",)), "X-Forwarded-User", SECRET), bureau.desk.people
    good = {"x-forwarded-user": "ben", SECRET_HEADER.lower(): SECRET}
    found = proxy.person(people, Headers(good), "10.0.0.2")
    assert found is not None
    assert (found.name, found.authentication, set(found.roles)) == ("ben", "proxy", {"checker"})
    assert proxy.person(people, Headers(good), "::ffff:10.0.0.2") is not None
    for headers, peer in (
        (good, "10.0.0.3"),
        ({**good, SECRET_HEADER.lower(): "another secret of length"}, "10.0.0.2"),
        ({"x-forwarded-user": "ben"}, "10.0.0.2"),
        ({SECRET_HEADER.lower(): SECRET}, "10.0.0.2"),
    ):
        assert proxy.person(people, Headers(headers), peer) is None
    twice = Headers(
        raw=[(b"x-forwarded-user", b"ben"), (b"x-forwarded-user", b"root"), (b"x-desk-secret", SECRET.encode())]
    )
    assert proxy.person(people, twice, "10.0.0.2") is None


def test_without_a_secret_the_desk_does_not_start_behind_a_proxy(bureau: Bureau, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SECRET_VARIABLE, "short")
    with pytest.raises(ConfigError, match="holds no secret"):
        Proxy.of(bureau.config.desk)


def test_a_log_in_header_means_nothing_where_people_log_in_here(bureau: Bureau):
    headers = {"x-forwarded-user": "root", "x-desk-secret": "", "x-remote-user": "root"}
    assert bureau.visitor().client.get("/", headers=headers).status_code == 303


def test_no_template_holds_script_or_style_of_its_own():
    """The policy allows files of the desk only: what stands in the page itself would not work."""
    import re

    from videogen_dagster.desk.templating import HERE

    for path in Path(HERE / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", text), path.name
        assert not re.search(r"<script(?! src=)", text), path.name
        assert not re.search(r"https?://", text), path.name
