"""A code turned into tokens (RFC 6749, 4.1.3), and what a network answers in words without a secret."""

import json
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from parution.cli.authorisations import Attempt, Authorisation, NotConnected
from parution.networks.oauth import App
from parution.transport import Answer, exchange, parsed

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_QUOTED = 200  # characters of a network's own words

# What stands in a redirect in the place of a code: RFC 6749, 4.1.2.1, and what LinkedIn says instead.
_DENIED = {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}
_SCOPES = {"invalid_scope", "unauthorized_scope_error"}

_AGAIN = "run the command again: a code works once, and for a short time"
# The codes of RFC 6749, 5.2, and of Meta's Graph API.
_ADVICE = {
    "invalid_client": "check the client id, and copy the client secret again from the network's portal",
    "unauthorized_client": "check at the network's portal what the app may do, and of which kind it is",
    "invalid_grant": _AGAIN,
    "redirect_uri_mismatch": "register the redirect address at the network exactly as the command shows it",
    "101": "check the client id",
    "1": "check the client id, and copy the client secret again from the network's portal",
}


class Grant(NamedTuple):
    """What came of a person's yes."""

    access: SecretStr
    refresh: SecretStr | None
    lifetime: timedelta | None
    scopes: frozenset[str] | None  # None where the network does not tell them


class _Tokens(BaseModel):
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: int | None = None
    scope: str | None = None
    permissions: str | list[str] | None = None  # Instagram's word for scopes


def refused_at_the_network(error: str, way: Authorisation) -> NotConnected:
    """Say why a browser came back without a code."""
    if error in _DENIED:
        return NotConnected(
            f"you said no at {way.title}, or closed its page", "run the command again to say yes"
        )
    if error in _SCOPES:
        asked = ", ".join(way.scopes)
        return NotConnected(
            f"{way.title} does not let this app ask for what it asked for: {asked}",
            f"add the missing products at {way.portal}, or ask for less with --without",
        )
    return NotConnected(f"{way.title} gave no code ({_plain(error)})", "check the app at " + way.portal)


class _Registered(BaseModel):
    client_id: str
    client_secret: SecretStr


def register(client: httpx.Client, way: Authorisation, redirect: str) -> App:
    """Make an app of our own on a Mastodon instance, which lets anybody do so. Raises NotConnected."""
    form = {"client_name": "Parution", "redirect_uris": redirect, "scopes": way.separator.join(way.scopes)}
    reply = exchange(
        client, client.build_request("POST", f"{way.api}/api/v1/apps", data=form, timeout=_TIMEOUT)
    )
    if not isinstance(reply, Answer):
        raise NotConnected(reply.reason, "check --base-url: the address of the instance")
    made = parsed(_Registered, reply)
    if made is None:
        host = httpx.URL(way.api).host
        raise NotConnected(
            f"{host} registered no app ({reply.status})", "check that it is a Mastodon instance"
        )
    return App(made.client_id, made.client_secret, in_header=way.in_header)


def redeem(client: httpx.Client, way: Authorisation, app: App, attempt: Attempt, code: str) -> Grant:
    """Exchange a code, once. Raises NotConnected."""
    headers, form = app.shown()
    form |= {"grant_type": "authorization_code", "code": code, "redirect_uri": attempt.redirect}
    form |= way.exchange
    if way.challenge:
        form |= {"code_verifier": attempt.verifier.get_secret_value()}
    request = client.build_request("POST", way.token, data=form, headers=headers, timeout=_TIMEOUT)
    reply = exchange(client, request)
    if not isinstance(reply, Answer):
        raise NotConnected(reply.reason, "check the connection; " + _AGAIN)
    tokens = _tokens(reply)
    if tokens is None:
        raise _refused(reply, way, (code, *form.values(), *headers.values()))
    return _grant(tokens)


def _tokens(answer: Answer) -> _Tokens | None:
    try:
        return _Tokens.model_validate(_unwrapped(json_of(answer))) if answer.status < 300 else None  # noqa: PLR2004
    except ValidationError:
        return None


def _unwrapped(said: Any) -> Any:
    # Instagram documents its pair inside a list, and gives it without one, too.
    data = said.get("data") if isinstance(said, dict) else None
    return data[0] if isinstance(data, list) and data else said


def _grant(tokens: _Tokens) -> Grant:
    told = tokens.scope if tokens.scope is not None else tokens.permissions
    names = " ".join(told) if isinstance(told, list) else told
    return Grant(
        tokens.access_token,
        tokens.refresh_token,
        timedelta(seconds=tokens.expires_in) if tokens.expires_in else None,
        None if names is None else frozenset(names.replace(",", " ").split()),
    )


def _refused(answer: Answer, way: Authorisation, secrets: tuple[str, ...]) -> NotConnected:
    said = json_of(answer)
    code = _code(said)
    if code not in _ADVICE and answer.status == httpx.codes.UNAUTHORIZED:
        code = "invalid_client"
    words = quoted(answer, secrets)
    about = f"{way.title} gave no token ({answer.status}{': ' + words if words else ''})"
    return NotConnected(about, _ADVICE.get(code, f"check the app at {way.portal or way.api}; {_AGAIN}"))


def _code(said: Any) -> str:
    error = said.get("error") if isinstance(said, dict) else None
    if isinstance(error, dict):
        return str(error.get("code", ""))
    return error if isinstance(error, str) else ""


def quoted(answer: Answer, secrets: tuple[str, ...]) -> str:
    """Give the network's own words about an error, as far as they hold none of these secrets."""
    said = json_of(answer)
    if not isinstance(said, dict):
        return ""
    error = said.get("error")
    nested = error if isinstance(error, dict) else {}
    places = [nested.get("message"), said.get("error_description"), said.get("error_message")]
    places += [said.get("message"), said.get("detail"), error]
    words = next((one for one in places if isinstance(one, str) and one), "")
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 3:  # noqa: PLR2004 (shorter ones are words)
            words = words.replace(secret, "…")
    return _plain(words)


def _plain(words: str) -> str:
    return "".join(one for one in words if one.isprintable())[:_QUOTED]


def json_of(answer: Answer) -> Any:
    """Give the answer's JSON, or None when it is anything else."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None
