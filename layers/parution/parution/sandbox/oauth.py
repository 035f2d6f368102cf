"""A token server by RFC 6749: codes with their proof keys (RFC 7636), and refresh tokens that rotate.

A network's sandbox registers its routes beside its own; alone it serves the tests of what refreshes tokens.
"""

import base64
import binascii
import hashlib
import hmac
import itertools
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote_plus, urlencode

from flask import Blueprint, Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from parution.sandbox.faults import Clock, Faults, FaultyServer, Journal, control, utc_now

CLIENTS: Mapping[str, str | None] = {"sandbox-client": "sandbox-secret"}  # None: a public client
GRANTS = {"sandbox-refresh": "sandbox"}  # refresh tokens given at the beginning, and whose they are
_CODE_LIVES = timedelta(seconds=30)  # as X's; the standard allows ten minutes


class Issued(NamedTuple):
    """What a client gets."""

    access: str
    refresh: str | None  # None: the one that was used lives on
    lifetime: timedelta
    scope: str | None = None  # None: what was asked for (RFC 6749, 5.1)


class OAuthError(Exception):
    """One of the codes of RFC 6749, 5.2."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class _Family:
    """All that came from one yes of a person: it dies as a whole."""

    def __init__(self, account: str, client: str) -> None:
        self.account, self.client, self.revoked = account, client, False


class _Refresh:
    def __init__(self, family: _Family, expires_at: datetime) -> None:
        self.family, self.expires_at = family, expires_at
        self.used_at: datetime | None = None
        self.successors: list[_Refresh] = []


class _Code(NamedTuple):
    family: "_Family"
    redirect: str
    challenge: str
    expires_at: datetime
    scope: str | None


class _Access(NamedTuple):
    family: _Family
    expires_at: datetime


class TokenServer:
    """What a token server knows, behind one lock.

    ``rotates``: a refresh token works once. ``grace``: it works again for so long, until its successor is
    used (Okta, Cognito, Bluesky's PDS); zero is the standard's default. ``detects_reuse``: outside of that,
    using it again revokes everything that came from the same yes (RFC 9700, 4.14.2).
    ``keeps_access``: older access tokens live until their own end.
    """

    def __init__(
        self,
        *,
        clients: Mapping[str, str | None] = CLIENTS,
        clock: Clock = utc_now,
        journal: Journal | None = None,
        access_life: timedelta = timedelta(hours=2),
        refresh_life: timedelta = timedelta(days=180),
        rotates: bool = True,
        grace: timedelta = timedelta(0),
        detects_reuse: bool = True,
        keeps_access: bool = True,
    ) -> None:
        self._clients, self._clock, self._journal = dict(clients), clock, journal or Journal()
        self._access_life, self._refresh_life, self._grace = access_life, refresh_life, grace
        self._rotates, self._detects_reuse, self._keeps_access = rotates, detects_reuse, keeps_access
        self._lock, self._numbers = threading.Lock(), itertools.count(1)
        self._refreshes: dict[str, _Refresh] = {}
        self._accesses: dict[str, _Access] = {}
        self._codes: dict[str, _Code] = {}
        self._used: dict[str, _Code] = {}

    def consent(
        self, client: str, to: str, challenge: str, account: str = "sandbox", scope: str | None = None
    ) -> str:
        """Let a person say yes to a client; give the code for the address ``to``."""
        with self._lock:
            code = f"sandbox-code-{next(self._numbers)}"
            family, ends = _Family(account, client), self._clock() + _CODE_LIVES
            self._codes[code] = _Code(family, to, challenge, ends, scope)
            return code

    def redeem(self, client: str, code: str, to: str, verifier: str) -> Issued:
        """Exchange a code, which works once; used again, it ends what came of it (RFC 6749, 4.1.2).

        Raises OAuthError: invalid_grant.
        """
        with self._lock:
            if code in self._used:
                self._end(self._used[code].family, "code reuse")
            known = self._codes.pop(code, None)
            if known is None or self._clock() >= known.expires_at:
                raise OAuthError("invalid_grant")
            if (
                known.family.client != client
                or known.redirect != to
                or not _proves(verifier, known.challenge)
            ):
                raise OAuthError("invalid_grant")
            self._used[code] = known
            return self._issue(known.family, None)[0]._replace(scope=known.scope)

    def knows(self, client: str) -> bool:
        return client in self._clients

    def register(self, client: str, secret: str) -> None:
        """Let another client in, as Mastodon does for whoever asks."""
        self._clients[client] = secret

    def grant(self, account: str, client: str = "sandbox-client", refresh: str | None = None) -> Issued:
        """Issue a first pair, as after a person's yes; ``refresh`` names its refresh token."""
        with self._lock:
            return self._issue(_Family(account, client), refresh)[0]

    def refresh(self, client: str, token: str) -> Issued:
        """Renew a pair. Raises OAuthError: invalid_grant."""
        with self._lock:
            now, known = self._clock(), self._refreshes.get(token)
            if known is None or known.family.client != client or not self._serves(known, now):
                raise OAuthError("invalid_grant")
            if not self._rotates:
                return self._issue(known.family, None, known)[0]._replace(refresh=None)
            known.used_at = known.used_at or now
            issued, successor = self._issue(known.family, None)
            known.successors.append(successor)
            return issued

    def account(self, access: str) -> str | None:
        """Tell whose access token this is; None when it opens nothing."""
        with self._lock:
            known = self._accesses.get(access)
            alive = known and not known.family.revoked and self._clock() < known.expires_at
            return known.family.account if known and alive else None

    def authenticate(self, client: str, secret: str | None) -> None:
        """Raises OAuthError: invalid_client."""
        if client not in self._clients or self._clients[client] != secret:
            raise OAuthError("invalid_client", 401)

    def revoke(self, token: str) -> None:
        """End everything that came from the same yes; an unknown token is fine (RFC 7009, 2.2)."""
        with self._lock:
            known = self._refreshes.get(token) or self._accesses.get(token)
            if known:
                self._end(known.family, "revoked")

    # ---------------------------------------------------------------- behind the lock
    def _serves(self, known: _Refresh, now: datetime) -> bool:
        if known.family.revoked or now >= known.expires_at:
            return False
        if known.used_at is None or self._is_in_grace(known, now):
            return True
        if self._detects_reuse:
            self._end(known.family, "reuse")
        return False

    def _is_in_grace(self, known: _Refresh, now: datetime) -> bool:
        used = any(successor.used_at for successor in known.successors)
        return known.used_at is not None and now < known.used_at + self._grace and not used

    def _issue(
        self, family: _Family, named: str | None, kept: _Refresh | None = None
    ) -> tuple[Issued, _Refresh]:
        now, number = self._clock(), next(self._numbers)
        if not self._keeps_access:
            self._accesses = {name: one for name, one in self._accesses.items() if one.family is not family}
        access, refresh = f"sandbox-access-{number}", named or f"sandbox-refresh-{number}"
        self._accesses[access] = _Access(family, now + self._access_life)
        made = kept or self._refreshes.setdefault(refresh, _Refresh(family, now + self._refresh_life))
        self._journal.record("issued", access, now, account=family.account)
        return Issued(access, refresh, self._access_life), made

    def _end(self, family: _Family, why: str) -> None:
        if not family.revoked:
            self._journal.record("revoked", family.account, self._clock(), why=why)
        family.revoked = True


def create_app(
    *,
    clients: Mapping[str, str | None] = CLIENTS,
    grants: Mapping[str, str] = GRANTS,
    clock: Clock = utc_now,
    grace: timedelta = timedelta(0),
    rotates: bool = True,
    consents: bool = True,
) -> Flask:
    """Make a token server of its own, with an account to open at ``/account``."""
    journal, faults = Journal(), Faults()
    server = TokenServer(clients=clients, clock=clock, journal=journal, grace=grace, rotates=rotates)
    for refresh, account in grants.items():
        server.grant(account, next(iter(clients)), refresh)
    app = Flask("parution-sandbox-oauth")
    app.register_blueprint(control(faults, journal))
    app.register_blueprint(routes(server, consents=consents))
    _serve_account(app, server)
    app.wsgi_app = FaultyServer(app.wsgi_app, faults)  # type: ignore[method-assign]
    return app


def _proves(verifier: str, challenge: str) -> bool:
    """Compare by S256; TikTok's challenge is the same digest in hexadecimal."""
    digest = hashlib.sha256(verifier.encode())
    encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    return not challenge or any(
        hmac.compare_digest(one.encode(), challenge.encode()) for one in (encoded, digest.hexdigest())
    )


def routes(
    server: TokenServer,
    *,
    authorise: str = "/oauth/authorize",
    token: str = "/oauth/token",  # noqa: S107 (an address)
    proof: bool = True,
    consents: bool = True,
    withheld: frozenset[str] = frozenset(),
) -> Blueprint:
    """Make the routes of a token server, and ``/oauth/revoke`` (RFC 7009).

    ``proof``: no code without a proof key. ``consents``: what the person answers, without being asked;
    ``withheld``: the scopes whose boxes they leave empty.
    """
    made = Blueprint("oauth", __name__)

    @made.errorhandler(OAuthError)
    def told(error: OAuthError) -> Response:
        response = jsonify(error=error.code, error_description="as the standard has it")
        response.status_code = error.status
        if error.status == 401:  # noqa: PLR2004 (which wants this header)
            response.headers["WWW-Authenticate"] = 'Basic realm="sandbox"'
        return _unkept(response)

    @made.get(authorise)
    def ask() -> AnyResponse:
        return _answered(server, request.args, withheld, proof=proof, consents=consents)

    @made.post(token)
    def issue() -> Response:
        if any(len(values) > 1 for _, values in request.form.lists()):
            raise OAuthError("invalid_request")
        match request.form.get("grant_type"):
            case "authorization_code":
                issued = _redeemed(server, _client(server))
            case "refresh_token":
                issued = _renewed(server, _client(server))
            case None:
                raise OAuthError("invalid_request")
            case _:
                raise OAuthError("unsupported_grant_type")
        return _unkept(jsonify(_shown(issued)))

    @made.post("/oauth/revoke")
    def revoke() -> tuple[str, int]:
        _client(server)
        server.revoke(request.form.get("token", ""))
        return "", 200

    return made


def _answered(
    server: TokenServer, said: Mapping[str, str], withheld: frozenset[str], *, proof: bool, consents: bool
) -> AnyResponse:
    """Send the browser back with what the person answers."""
    client, to = said.get("client_id") or said.get("client_key", ""), said.get("redirect_uri", "")
    # Nobody is sent to an address that a stranger named (RFC 6749, 4.1.2.1).
    if not server.knows(client) or not to.startswith("http"):
        raise OAuthError("invalid_request")
    for_code = said.get("response_type") == "code"
    proven = not proof or said.get("code_challenge_method") == "S256"
    if not consents:
        told = {"error": "access_denied"}
    elif not for_code or not proven:
        told = {"error": "invalid_request"}
    else:
        asked = said.get("scope", "").replace(",", " ").split()
        given = " ".join(one for one in asked if one not in withheld) if withheld else None
        told = {"code": server.consent(client, to, said.get("code_challenge", ""), scope=given)}
    return redirect(f"{to}?{urlencode(told | {'state': said.get('state', '')})}")


def _redeemed(server: TokenServer, client: str) -> Issued:
    said = request.form
    return server.redeem(
        client, said.get("code", ""), said.get("redirect_uri", ""), said.get("code_verifier", "")
    )


def _renewed(server: TokenServer, client: str) -> Issued:
    if not request.form.get("refresh_token"):
        raise OAuthError("invalid_request")
    return server.refresh(client, request.form["refresh_token"])


def _client(server: TokenServer) -> str:
    """Say who asks, by HTTP Basic or in the body, never by both (RFC 6749, 2.3.1)."""
    named = request.form.get("client_id") or request.form.get("client_key", "")
    client, secret = _basic() or (named, request.form.get("client_secret"))
    if "Authorization" in request.headers and "client_secret" in request.form:
        raise OAuthError("invalid_request")
    server.authenticate(client, secret)
    return client


def _basic() -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", 401) from error
    return unquote_plus(client), unquote_plus(secret)


def _shown(issued: Issued) -> dict[str, str | int]:
    shown: dict[str, str | int] = {
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": int(issued.lifetime.total_seconds()),
    }
    more = {"refresh_token": issued.refresh, "scope": issued.scope}
    return shown | {name: value for name, value in more.items() if value is not None}


def _unkept(response: Response) -> Response:
    response.headers |= {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1
    return response


def _serve_account(app: Flask, server: TokenServer) -> None:
    @app.get("/account")
    def account() -> Response:
        name = server.account(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if name is not None:
            return jsonify(account=name)
        refused = jsonify(error="invalid_token")
        refused.status_code = 401
        refused.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'  # RFC 6750, 3
        return refused
