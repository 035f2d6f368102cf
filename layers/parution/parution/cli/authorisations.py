"""How each network lets a person say yes to an app: its addresses, its scopes, and its ways to differ."""

import base64
import hashlib
import json
import secrets
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import SecretStr

from parution.errors import ParutionError
from parution.records import Record

_TITLES = {"bluesky": "Bluesky", "wordpress": "WordPress", "webhook": "the webhook"}


class NotConnected(ParutionError):
    """An account was not connected, and nothing was stored; ``instead`` says what to do."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.instead = instead


class Purpose(StrEnum):
    """What a scope is for."""

    ACCOUNT = "account"  # finding the account
    PUBLISH = "publish"
    RENEW = "renew"  # working longer than the first token lives
    FIGURES = "figures"
    COMMENTS = "comments"
    DELETE = "delete"
    BUSINESS = "business"  # finding accounts that belong to a company's portfolio


NEEDED = frozenset({Purpose.ACCOUNT, Purpose.PUBLISH, Purpose.RENEW})

MISSED = {
    Purpose.ACCOUNT: "the account cannot be found",
    Purpose.PUBLISH: "nothing can be published",
    Purpose.RENEW: "the connection ends within hours",
    Purpose.FIGURES: "reports show no figures of this account",
    Purpose.COMMENTS: "comments can be neither read, nor hidden, nor answered",
    Purpose.DELETE: "posts cannot be taken away",
    Purpose.BUSINESS: "pages that belong to a business portfolio may not be listed",
}


class Authorisation(Record):
    """One way in, by the code grant of RFC 6749; an entry of authorisations.json."""

    way: str
    title: str  # the network as people call it
    portal: str  # where apps are registered
    authorise: str
    token: str
    api: str
    # RFC 7636. TikTok writes the digest in hexadecimal: https://developers.tiktok.com/doc/login-kit-desktop
    challenge: Literal["S256", "hex"] | None = None
    in_header: bool = False  # the app's secret travels by HTTP Basic, else in the body
    public: bool = False  # an app without a secret is welcome
    id_field: str = "client_id"
    separator: str = " "  # of scopes
    host: str = "127.0.0.1"  # of the redirect address; empty where the network wants https
    base_path: str = ""  # what the connector's base_url has after the host
    granted_at: str = ""  # where the scopes are told, if not beside the token
    proves: bool = False  # each call proves that it comes from the app (Meta's appsecret_proof)
    parameters: dict[str, str] = {}  # of the first address
    exchange: dict[str, str] = {}  # of the code's exchange
    scopes: dict[str, Purpose]
    ends: str

    def at(self, base_url: str) -> Self:
        """Give the same way on another host: an instance, or a sandbox."""
        moved = {field: _moved(getattr(self, field), base_url) for field in ("authorise", "token", "api")}
        return self.model_copy(update=moved)

    def without(self, unwanted: frozenset[Purpose]) -> Self:
        """Ask for less: an app that was not reviewed for a scope may not even ask for it."""
        wanted = {name: purpose for name, purpose in self.scopes.items() if purpose not in unwanted}
        return self.model_copy(update={"scopes": wanted})

    def missing(self, granted: frozenset[str]) -> dict[str, Purpose]:
        """Give the scopes that were asked for and not given."""
        return {name: purpose for name, purpose in self.scopes.items() if name not in granted}


class Attempt(NamedTuple):
    """One try to get a person's yes; its state and verifier are never used again."""

    address: str  # where the person goes
    redirect: str
    state: str
    verifier: SecretStr


def begun(way: Authorisation, client_id: str, redirect: str) -> Attempt:
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    asked = {
        "response_type": "code",
        way.id_field: client_id,
        "redirect_uri": redirect,
        "scope": way.separator.join(way.scopes),
        "state": state,
        **way.parameters,
    }
    if way.challenge:
        asked |= {"code_challenge": challenge(way.challenge, verifier), "code_challenge_method": "S256"}
    return Attempt(f"{way.authorise}?{urlencode(asked)}", redirect, state, SecretStr(verifier))


def challenge(kind: Literal["S256", "hex"], verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode())
    return digest.hexdigest() if kind == "hex" else _base64url(digest.digest())


def ways(network: str) -> tuple[Authorisation, ...]:
    """Give the ways in of a network, the usual one first; none where a password is asked for."""
    return _ways().get(network, ())


def title(network: str) -> str:
    return ways(network)[0].title if ways(network) else _TITLES[network]


@cache
def _ways() -> dict[str, tuple[Authorisation, ...]]:
    written = json.loads((files("parution.cli") / "authorisations.json").read_text("utf-8"))
    return {
        network: tuple(Authorisation.model_validate(way) for way in entries)
        for network, entries in written.items()
    }


def _moved(url: str, base_url: str) -> str:
    base = urlsplit(base_url)
    return urlunsplit(urlsplit(url)._replace(scheme=base.scheme, netloc=base.netloc))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
