"""The refresh grant of RFC 6749, section 6: how most networks renew a pair of tokens."""

import base64
import re
from datetime import timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote_plus

import httpx
from pydantic import AfterValidator, BaseModel, SecretStr

from parution.publishing.ports import Refused, Unknown
from parution.publishing.tokens import Later, Refreshed
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

# Issuing a pair is one transaction; whoever waits longer has more to lose than to gain.
_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)
_LONGEST_LIFE = timedelta(days=3650)

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=|:-]+")  # what RFC 6750 lets stand in a header

# The codes of RFC 6749, 5.2, about the app and not about the account: the refresh token is as good as before.
_ABOUT_THE_APP = {
    "invalid_client": "does not know the app: check its client id and client secret",
    "invalid_request": "does not understand the request: check what the secret says of the app",
    "invalid_scope": "does not give what is asked for: check what the app may do",
    "unauthorized_client": "does not let this app renew tokens: check what the app may do",
    "unsupported_grant_type": "renews no tokens at this address: check the token address",
}
_PASSING = {"slow_down", "temporarily_unavailable"}  # RFC 8628, 3.5, and RFC 6749, 4.1.2.1
_TOO_MANY, _UNAVAILABLE, _SERVERS_FAULT = 429, 503, 500


def _sendable(token: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(token.get_secret_value()):
        raise ValueError("no token")
    return token


class _Pair(BaseModel):
    access_token: Annotated[SecretStr, AfterValidator(_sendable)]
    refresh_token: SecretStr | None = None
    expires_in: Any = None  # seconds; some servers write it as text, and a pair is not lost for that


class _Error(BaseModel):
    error: str


class App(NamedTuple):
    """How our app is known to a network; a public client has no secret."""

    client_id: str
    client_secret: SecretStr | None = None
    in_header: bool = True  # HTTP Basic, which every server must take (2.3.1); some want it in the body
    id_field: str = "client_id"  # TikTok says client_key
    dead: frozenset[str] = frozenset({"invalid_grant"})  # codes of a refresh token that is no good

    def shown(self) -> tuple[dict[str, str], dict[str, str]]:
        """Give the headers and the fields of the form by which the app says who it is."""
        if self.client_secret and self.in_header:
            return {"Authorization": _basic(self.client_id, self.client_secret)}, {}
        secret = {"client_secret": self.client_secret.get_secret_value()} if self.client_secret else {}
        return {}, {self.id_field: self.client_id, **secret}


class RefreshGrant:
    """Renews the pairs of one app at one address; a Refresher."""

    def __init__(self, client: httpx.Client, token_url: str, app: App) -> None:
        self._client, self._url, self._app = client, httpx.URL(token_url), app

    def refresh(self, refresh_token: SecretStr) -> Refreshed | Refused | Later | Unknown:
        reply = exchange(self._client, self._request(refresh_token))
        match reply:
            case Unsent():
                return Later(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer():
                return _pair(reply) or self._failure(reply)

    def _request(self, refresh_token: SecretStr) -> httpx.Request:
        headers, form = self._app.shown()
        form |= {"grant_type": "refresh_token", "refresh_token": refresh_token.get_secret_value()}
        return self._client.build_request("POST", self._url, data=form, headers=headers, timeout=_TIMEOUT)

    def _failure(self, answer: Answer) -> Refused | Later | Unknown:
        """Read an error by its code, and by its status where it has none of the standard's.

        A description is never quoted: an unfriendly server may tell in it what it was sent.
        """
        error, host = parsed(_Error, answer), self._url.host
        code = error.error if error and answer.status < _SERVERS_FAULT else ""
        if code in self._app.dead:
            return Refused(reason=f"{host} no longer takes the refresh token: withdrawn, expired, or used up")
        if code in _ABOUT_THE_APP:
            return Later(reason=f"{host} {_ABOUT_THE_APP[code]} ({code})", retry_after=_LATER)
        if code in _PASSING or answer.status in {_TOO_MANY, _UNAVAILABLE}:
            wait = wait_asked(answer, otherwise=_SOON)
            return Later(reason=f"{host} asks for a pause ({answer.status})", retry_after=wait)
        if code == "server_error" or answer.status >= _SERVERS_FAULT or httpx.codes.is_success(answer.status):
            return Unknown(reason=f"{host} answered {answer.status} without a token")
        return Later(reason=f"{host} answered {answer.status} without saying why", retry_after=_LATER)


def _basic(client_id: str, secret: SecretStr) -> str:
    # Encoded as in a form before they are joined (2.3.1): either may hold a colon.
    joined = f"{quote_plus(client_id)}:{quote_plus(secret.get_secret_value())}"
    return "Basic " + base64.b64encode(joined.encode()).decode()


def _pair(answer: Answer) -> Refreshed | None:
    pair = parsed(_Pair, answer) if httpx.codes.is_success(answer.status) else None
    if pair is None:
        return None
    refresh = pair.refresh_token if pair.refresh_token and pair.refresh_token.get_secret_value() else None
    return Refreshed(access=pair.access_token, refresh=refresh, lifetime=_lifetime(pair.expires_in))


def _lifetime(written: object) -> timedelta | None:
    """Read how long the access token lives; None when the answer does not say it in seconds."""
    try:
        seconds = float(str(written))
    except ValueError:
        return None
    return timedelta(seconds=seconds) if 0 < seconds <= _LONGEST_LIFE.total_seconds() else None
