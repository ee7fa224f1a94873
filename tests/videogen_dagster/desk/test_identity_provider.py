"""Log-in at an OpenID Connect provider that really runs: who gets in, with which roles, and who does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
import requests

pytest.importorskip("authlib", reason="the extra oidc is not installed")

from joserfc.jwk import OctKey, RSAKey

from tests.videogen_dagster.desk.house import BASE, Bureau, Visitor, settings_in
from tests.videogen_dagster.desk.identity_provider import CLIENT, SECRET, IdentityProvider
from videogen.config.config import VideoGenConfig
from videogen.config.groups import desk as desk_settings
from videogen.errors import ConfigError
from videogen.release.people.roles import Role

GROUPS = {"press-authors": "author", "press-checkers": "checker"}
Open = Callable[..., Bureau]


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as running:
        yield running


@pytest.fixture
def opened(provider: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a bureau whose people log in at the provider."""
    monkeypatch.setenv("VIDEOGEN_DESK_OIDC_SECRET", SECRET)
    made: list[Bureau] = []
    with dg.DagsterInstance.ephemeral() as instance:

        def open_it(**settings: Any) -> Bureau:
            named = {"login": "oidc", "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT} | settings
            made.append(Bureau(tmp_path, instance, **{f"desk.{name}": value for name, value in named.items()}))
            return made[-1]

        yield open_it
        for bureau in made:
            bureau.close()


def to_the_provider(visitor: Visitor, to: str = "/archive") -> str:
    """Press the button of the page Log in; returns the address at which the provider leads back."""
    assert "/login/begin" in visitor.get(f"/login?to={to}").page
    sent = visitor.client.get(f"/login/begin?to={to}")
    assert sent.status_code == 303, sent.text
    answer = requests.get(sent.headers["location"], allow_redirects=False, timeout=20)
    return answer.headers["location"].removeprefix(BASE)


def log_in(bureau: Bureau, to: str = "/archive") -> Visitor:
    visitor = bureau.visitor()
    return visitor.get(to_the_provider(visitor, to))


def test_whom_the_provider_knows_is_in_with_the_roles_that_the_desk_gives_them(opened: Open) -> None:
    bureau = opened()
    visitor = log_in(bureau)
    assert visitor.address == f"{BASE}/archive"
    assert visitor.get("/new").status == 200, "asha is an author"
    assert visitor.get("/admin").status == 403
    last = bureau.desk.people.log.last()
    assert last is not None
    assert (last.event, last.about) == ("log_in", "asha")
    person = bureau.desk.sessions.find(visitor.client.cookies["desk"])
    assert person is not None
    assert (person.user, person.authentication, person.roles) == ("asha", "oidc", None)


def test_roles_come_from_the_groups_that_the_provider_names(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened(oidc_roles=GROUPS)
    provider.person |= {"preferred_username": "Nadia", "groups": ["press-checkers", "football"]}
    visitor = log_in(bureau)
    assert visitor.get("/new").status == 403, "no author"
    assert "nadia" in visitor.get("/").page
    assert bureau.desk.people.users.find("nadia") is None
    provider.person |= {"preferred_username": "asha", "groups": ["football"]}
    assert "has no role at this desk" in log_in(bureau).page, "whatever role the users here have"


def test_groups_may_lie_deeper_in_the_token(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened(oidc_roles=GROUPS, oidc_roles_claim="realm_access.roles")
    provider.person["realm_access"] = {"roles": ["press-authors"]}
    assert log_in(bureau).get("/new").status == 200


def test_who_is_disabled_here_stays_out_whatever_the_provider_says(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened(oidc_roles=GROUPS)
    provider.person["groups"] = ["press-authors"]
    inside = log_in(bureau)
    bureau.desk.people.users.disable("asha", by=bureau.person("solo"))
    assert "disabled" in log_in(bureau).page
    assert "Log in" in inside.get("/new").page


def test_an_answer_counts_once_and_for_whoever_began(opened: Open) -> None:
    bureau = opened()
    visitor = bureau.visitor()
    back = to_the_provider(visitor)
    other = bureau.visitor().get("/login")
    assert other.get(back).status == 403, "a link to it, sent to somebody else, logs nobody in"
    assert visitor.get(back).address == f"{BASE}/archive"
    assert visitor.get(back).status == 403


def test_an_answer_that_comes_late_or_with_another_state_counts_for_nothing(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = opened()
    visitor = bureau.visitor()
    back = to_the_provider(visitor)
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert visitor.get(back.replace(state, "x" * 64)).status == 403
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert "took too long" in visitor.get(back).page


def test_the_browser_is_led_once_more_since_it_sends_no_session_from_elsewhere(opened: Open) -> None:
    bureau = opened()
    visitor = bureau.visitor()
    back = to_the_provider(visitor)
    kept = dict(visitor.client.cookies)
    visitor.client.cookies.clear()
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    through = visitor.client.get(back, headers=elsewhere)
    assert through.status_code == 200
    assert 'http-equiv="refresh"' in through.text
    assert "set-cookie" not in through.headers, "it would replace the one that the answer is for"
    visitor.client.cookies.update(kept)
    assert visitor.get(back).address == f"{BASE}/archive"


LONG_AGO, IN_AN_HOUR = int(time.time()) - 3600, int(time.time()) + 3600


@pytest.mark.parametrize(
    "lies",
    [{"aud": "another-client"}, {"aud": ["another-client"], "azp": CLIENT}, {"iss": "https://evil.example"},
     {"nonce": "of-another-log-in"}, {"nonce": None}, {"exp": LONG_AGO}, {"sub": None}, {"aud": None},
     {"exp": None}, {"iat": IN_AN_HOUR}, {"azp": "another-client"}, {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}],
    # Without the values: two test processes must collect the same names, whatever their clocks say.
    ids=lambda lies: "-".join(lies),
)  # fmt: skip
def test_a_token_that_is_not_for_this_desk_and_this_log_in_lets_nobody_in(
    opened: Open, provider: IdentityProvider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    refused = log_in(opened())
    assert refused.status == 502
    assert "cannot be believed" in refused.page


def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened()
    provider.forged = RSAKey.generate_key(2048, {"kid": provider.key.kid})
    assert "cannot be believed" in log_in(bureau).page
    # Signed with what the desk knows as well, or with nothing.
    provider.forged, provider.header = OctKey.import_key(SECRET), {"alg": "HS256"}
    assert "cannot be believed" in log_in(bureau).page
    provider.forged, provider.header = None, {"alg": "none"}
    assert "cannot be believed" in log_in(bureau).page
    provider.header = {}
    assert log_in(bureau).status == 200


def test_other_keys_of_the_provider_are_asked_for(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened()
    assert log_in(bureau).status == 200
    provider.rotate()
    assert log_in(bureau).status == 200
    assert provider.asked == ["metadata", "keys", "keys"]


def test_who_ends_it_there_is_told_so(opened: Open, provider: IdentityProvider) -> None:
    provider.refuses = "access_denied"
    refused = log_in(opened())
    assert refused.status == 403
    assert "did not let you in: access_denied" in refused.page


def test_a_code_from_another_provider_is_not_asked_for_anything(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened()
    visitor = bureau.visitor()
    back = to_the_provider(visitor)
    mixed = back.replace(provider.issuer.rpartition(":")[2].replace("/", "%2F"), "1%2Frealm")
    assert mixed != back
    assert "another identity provider" in visitor.get(mixed).page
    assert provider.codes, "its code was not redeemed"


def test_a_wrong_secret_of_the_desk_lets_nobody_in(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOGEN_DESK_OIDC_SECRET", "another one")
    assert "invalid_client" in log_in(opened()).page


@pytest.mark.parametrize("name", ["", "x", "a b", "../asha", "desk user", None, 7])
def test_a_name_that_cannot_be_one_lets_nobody_in(opened: Open, provider: IdentityProvider, name: object) -> None:
    provider.person["preferred_username"] = name
    assert "says no name in its claim" in log_in(opened()).page


def test_a_provider_that_is_down_or_is_another_one_is_named(opened: Open, provider: IdentityProvider) -> None:
    bureau = opened(oidc_issuer="http://127.0.0.1:9")
    down = bureau.visitor().get("/login/begin")
    assert down.status == 502
    assert "http://127.0.0.1:9 cannot be asked" in down.page
    provider.metadata = {"issuer": "https://evil.example"}
    assert "calls itself" in opened().visitor().get("/login/begin").page
    provider.metadata = {"token_endpoint": "http://login.example/token"}
    assert "gives no token_endpoint by https" in opened().visitor().get("/login/begin").page


def test_no_password_counts_where_people_log_in_elsewhere(opened: Open) -> None:
    bureau = opened()
    assert 'name="password"' not in bureau.visitor().get("/login").page
    assert "Log in" in bureau.visitor("asha").get("/new").page, "a session begun with a password"
    assert bureau.visitor("asha").get("/first").address.endswith("/login")


def test_elsewhere_leads_nowhere_where_people_log_in_here(bureau: Bureau) -> None:
    for path in ("/login/begin", "/login/done?code=1&state=2"):
        assert bureau.visitor().get(path).status == 404


@pytest.mark.parametrize(
    "settings",
    [{"login": "oidc"}, {"login": "oidc", "oidc_issuer": "https://x.example"}, {"oidc_issuer": "http://x.example"},
     {"oidc_issuer": "https://x.example/?a=b"}, {"oidc_roles": {"a": "king"}}],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    given = {f"desk.{name}": value for name, value in settings.items()}
    with pytest.raises(ConfigError):
        VideoGenConfig.load(None, settings_in(tmp_path, **given))


def test_the_settings_know_the_roles_of_the_house() -> None:
    assert set(get_args(desk_settings.Role)) == set(get_args(Role))
