"""An OpenID Connect provider: the authorization code flow with PKCE, and the check of the ID token.

OpenID Connect Core 1.0 (sections 3.1.2 and 3.1.3.7), Discovery 1.0, RFC 7636 (PKCE) and RFC 9207 (`iss` of the answer).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from videogen.errors import ConfigError, InputError

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

    from videogen.config.groups.desk import DeskSettings

SECRET_VARIABLE: Final = "VIDEOGEN_DESK_OIDC_SECRET"  # noqa: S105  # a name
_SCOPE: Final = "openid profile email"
_ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures of a key that the provider publishes. One by the client's secret, or none, is not taken."""
_SECONDS: Final = 5.0
_KEPT: Final = 3600.0
_LEEWAY: Final = 60
_HERE: Final = ("127.0.0.1", "::1", "localhost")


class ProviderError(InputError):
    """The provider cannot be asked, or what it says cannot be believed."""


@dataclass
class Provider:
    """The provider of the settings. secret: "": the client has none, and PKCE alone protects the code."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    redirect: str
    _known: tuple[float, dict[str, Any]] = (0.0, {})
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, settings: DeskSettings, address: str) -> Provider:
        """The provider of the settings; `address`: of the desk.

        Raises:
            ConfigError: the extra `oidc` is not installed.
        """
        try:
            import authlib  # noqa: F401
        except ImportError as error:
            raise ConfigError(
                "desk.login is oidc, but the package authlib is missing",
                remedy="pip install 'pib-videogen[oidc]'",
            ) from error
        secret = os.environ.get(SECRET_VARIABLE, "")
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret, f"{address}/login/done")

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where somebody is sent to log in.

        Args:
            state: comes back with the answer.
            nonce: comes back in the ID token.
            verifier: whose SHA-256 is sent now, itself with the code.

        Raises:
            ProviderError: the provider cannot be asked.
        """
        endpoint = self._metadata()["authorization_endpoint"]
        with self._session() as session:
            url, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return str(url)

    def claims(self, code: str, *, nonce: str, verifier: str) -> dict[str, Any]:
        """What the provider says of the person, for a code that it gave out.

        Raises:
            ProviderError: the code is not taken, or the ID token is not for this desk, this log-in and this moment.
        """
        from authlib.integrations.base_client import OAuthError
        from requests import RequestException

        try:
            with self._session() as session:
                token = session.fetch_token(
                    self._metadata()["token_endpoint"], code=code, code_verifier=verifier, timeout=_SECONDS
                )
        except OAuthError as error:
            raise ProviderError(
                f"the identity provider does not take its own code: {error.error}", remedy="log in again"
            ) from error
        except (RequestException, ValueError) as error:
            raise self._unreachable(error) from error
        return self._checked(str(token.get("id_token") or ""), str(token.get("access_token") or ""), nonce)

    def check_answer(self, issuer: str) -> None:
        """Raise ProviderError where an answer names another issuer, or none although this provider names itself."""
        named = bool(self._metadata().get("authorization_response_iss_parameter_supported"))
        if issuer != self.issuer and (issuer or named):
            raise ProviderError("the answer comes from another identity provider", remedy="log in again")

    def _checked(self, id_token: str, access_token: str, nonce: str) -> dict[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
        }
        params = {"nonce": nonce, "client_id": self.client_id, "access_token": access_token}
        try:
            try:
                read = jwt.decode(id_token, self._keys(), algorithms=list(_ALGORITHMS))
            except InvalidKeyIdError:
                # The provider has changed its keys.
                read = jwt.decode(id_token, self._keys(again=True), algorithms=list(_ALGORITHMS))
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderError(
                f"the ID token of the identity provider cannot be believed: {error}",
                remedy="log in again; if it comes back, the clocks of both or desk.oidc_client_id are wrong",
            ) from error
        return dict(claims)

    def _keys(self, *, again: bool = False) -> Any:
        from joserfc.jwk import KeySet

        known = self._metadata()
        if again or "jwks" not in known:
            known["jwks"] = self._get(known["jwks_uri"])
        return KeySet.import_key_set(known["jwks"])

    def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself, asked for once an hour."""
        with self._lock:
            asked, known = self._known
            if known and time.monotonic() - asked < _KEPT:
                return known
            known = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if known.get("issuer") != self.issuer:
                raise ProviderError(
                    f"the identity provider calls itself {str(known.get('issuer'))[:200]!r}, not {self.issuer!r}",
                    remedy="the administrator of the desk writes that into desk.oidc_issuer, if it is the right one",
                )
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not is_safe(str(known.get(name, ""))):
                    raise ProviderError(
                        f"the identity provider gives no {name} by https", remedy="tell its administrator"
                    )
            self._known = (time.monotonic(), known)
            return known

    def _get(self, url: str) -> dict[str, Any]:
        import requests

        try:
            answer = requests.get(url, timeout=_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise self._unreachable(error) from error
        if not isinstance(found, dict):
            raise self._unreachable(ValueError("no JSON object"))
        return found

    def _session(self) -> OAuth2Session:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self.client_id,
            self.secret or None,
            token_endpoint_auth_method="client_secret_basic" if self.secret else "none",  # the way's name
            scope=_SCOPE,
            redirect_uri=self.redirect,
            code_challenge_method="S256",
        )

    def _unreachable(self, error: Exception) -> ProviderError:
        return ProviderError(
            f"the identity provider {self.issuer} cannot be asked: {type(error).__name__}",
            remedy="try again in a minute; if it stays so, tell the administrator of the desk",
        )


def is_safe(url: str) -> bool:
    """Whether an address is reached by https, or on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE))
