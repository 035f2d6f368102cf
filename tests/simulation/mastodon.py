"""The real Mastodon connector, over a transport in memory, onto the sandbox's real Mastodon API.

Each copy of a world has an account of its own there, brought to where it was by making its requests again;
ids are given stable names on the way, so that two such accounts are alike.
"""

import json
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import cache
from typing import NamedTuple

import httpx

from parution.networks.mastodon import Mastodon
from parution.publishing.ports import Guarantee
from parution.sandbox.mastodon import create_app
from parution.transport import open_client
from tests.builders import NOON
from tests.simulation.seam import Fates, acting, calling, dies, sleep, then, through
from tests.simulation.sites import AN_HOUR, BUSY, LAG, LATE, PATIENCE, Call, Effect, Site, Surroundings

_ACCOUNTS = 400
_STATUSES = "/api/v1/statuses"
_KEY = "idempotency-key"
_BASE = "https://masto.example"


class _Sandbox:
    """One instance, with so many accounts; the clock is that of whoever asks."""

    def __init__(self) -> None:
        self.now = NOON
        accounts = {f"token-{number}": "martin" for number in range(_ACCOUNTS)}
        self.tokens = list(accounts)
        self._app = httpx.WSGITransport(
            create_app(accounts=accounts, clock=lambda: self.now, rate_limit=1_000_000)
        )

    def answer(self, request: httpx.Request, now: datetime) -> httpx.Response:
        self.now = now
        response = self._app.handle_request(request)
        response.read()
        return response


@cache
def _sandboxes() -> list[_Sandbox]:
    return [_Sandbox()]


def _new_account() -> tuple[_Sandbox, str]:
    if not _sandboxes()[-1].tokens:
        _sandboxes()[-1] = _Sandbox()
    return _sandboxes()[-1], _sandboxes()[-1].tokens.pop()


class _Posted(NamedTuple):
    at: datetime
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MastodonSite(Site):
    """One account on the instance."""

    def __init__(self) -> None:
        super().__init__(Guarantee.KEYED)
        self.posted: tuple[_Posted, ...] = ()
        self._account: tuple[_Sandbox, str] | None = None
        self._ids: dict[str, str] = {}  # the instance's own by ours

    def copy(self) -> "MastodonSite":
        new = MastodonSite()
        new.effects, new.late, new.posted = self.effects, self.late, self.posted
        new.hidden_until = self.hidden_until
        return new

    def likeness(self) -> Hashable:
        return self.effects, self.late, self.posted, self.hidden_until

    def publish(self, call: Call, now: datetime, wrong: tuple[str, ...]) -> str | None:
        """Let a late request take effect: its key was looked for when it came in, and is stored only now."""
        headers = [("content-type", "application/json")]
        if call.key and not self.knows(call.key):
            headers.append((_KEY, call.key))
        self.send(_Posted(now, _STATUSES, tuple(headers), call.body), wrong)
        return None

    def knows(self, key: str) -> bool:
        return any((_KEY, key) in one.headers for one in self.posted)

    # ---------------------------------------------------------------- requests
    def send(self, posted: _Posted, wrong: tuple[str, ...] = ()) -> httpx.Response:
        """Make a request that has an effect, and remember it."""
        sandbox, token = self._opened()
        self.posted = (*self.posted, posted)
        response = self._made(posted, sandbox, token)
        document = response.json()
        known = {effect.id for effect in self.effects}
        if posted.path == _STATUSES and response.is_success and document["id"] not in known:
            effect = Effect(
                posted.at,
                document["id"],
                json.loads(posted.body)["status"],
                document["in_reply_to_id"],
                wrong,
            )
            self.effects = (*self.effects, effect)
        return response

    def ask(self, request: httpx.Request, now: datetime) -> httpx.Response:
        sandbox, token = self._opened()
        return self._translated(sandbox.answer(_with_token(request, token), now))

    def _opened(self) -> tuple[_Sandbox, str]:
        if self._account is None:
            self._account = _new_account()
            for posted in self.posted:
                self._made(posted, *self._account)
        return self._account

    def _made(self, posted: _Posted, sandbox: _Sandbox, token: str) -> httpx.Response:
        body = posted.body
        for ours, theirs in self._ids.items():
            body = body.replace(ours.encode(), theirs.encode())
        headers = [(name, value) for name, value in posted.headers if name != "content-length"]
        request = httpx.Request("POST", _BASE + posted.path, headers=headers, content=body)
        response = sandbox.answer(_with_token(request, token), posted.at)
        made = response.json().get("id") if response.is_success else None
        if made and made not in self._ids.values():
            self._ids[str(10**17 + len(self._ids))] = made
        return self._translated(response)

    def _translated(self, response: httpx.Response) -> httpx.Response:
        content = response.content
        for ours, theirs in self._ids.items():
            content = content.replace(theirs.encode(), ours.encode())
        return httpx.Response(response.status_code, content=content)


def _with_token(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


class SandboxTransport(httpx.BaseTransport):
    """Where the connector's requests leave; each of them is a step, with all that can befall it."""

    def __init__(self, world: Surroundings, site: Callable[[], MastodonSite]) -> None:
        self._world, self._site = world, site

    def _now(self) -> datetime:
        return self._world.now

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        match request.method, request.url.path:
            case "POST", path if path == _STATUSES:
                response = self._publish(request)
            case "POST", _:
                response = self._upload(request)
            case _, path:
                response = self._ask(request, lists=path.endswith("/statuses"))
        actor = acting()
        if actor:  # what it learned depends on the request and on what was posted so far alone
            actor.learns(self._site().likeness())
        return response

    def _publish(self, request: httpx.Request) -> httpx.Response:
        world, site = self._world, self._site()
        document, actor = json.loads(request.content), acting()
        call = Call(
            text=document["status"],
            reply_to=document.get("in_reply_to_id"),
            key=request.headers[_KEY],
            attempt=actor.attempt if actor else None,
            saw_hold=actor.saw_hold if actor else False,
            body=request.content,
        )

        def appear() -> httpx.Response:
            return site.send(_posted(request, world.now), world.wrongs(call))

        def later() -> None:
            if call.key and not site.knows(call.key):
                site.late = (*site.late, (world.now + LATE, call))

        def times_out() -> httpx.Response:
            sleep(world.now + PATIENCE)
            raise httpx.ReadTimeout("no answer in time")

        fates: Fates[httpx.Response] = {
            **calling(appear),
            "dies, late effect": lambda: then(later, dies),
            "cut before": _cut,
            "cut after": lambda: then(appear, _cut),
            "late effect": lambda: then(later, _cut),
            "times out": times_out,
            "times out after": lambda: then(appear, times_out),
            "breaks before": _breaks,
            "breaks after": lambda: then(appear, _breaks),
            "refused": lambda: _says(422, "Validation failed"),
            "busy": lambda: _busy(BUSY.seconds),
            "busy for an hour": lambda: _busy(AN_HOUR.seconds),
            "unreachable": _unreachable,
        }
        return through("http: publish", appear, fates, self._now)

    def _upload(self, request: httpx.Request) -> httpx.Response:
        def upload() -> httpx.Response:
            return self._site().send(_posted(request, self._world.now))

        fates: Fates[httpx.Response] = {
            **calling(upload),
            "cut before": _cut,
            "cut after": lambda: then(upload, _cut),
            "breaks before": _breaks,
            "refused": lambda: _says(422, "Validation failed"),
        }
        return through("http: upload", upload, fates, self._now, alone=True)

    def _ask(self, request: httpx.Request, *, lists: bool) -> httpx.Response:
        site, nothing = self._site(), httpx.Response(200, json=[])

        def ask() -> httpx.Response:
            return nothing if lists and site.lags(self._now()) else site.ask(request, self._now())

        def lag() -> httpx.Response:
            site.hidden_until = self._now() + LAG
            return nothing

        fates: dict[str, Callable[[], httpx.Response]] = {
            "dies": dies,
            "cut": _cut,
            "breaks": _breaks,
            "busy": lambda: _busy(BUSY.seconds),
        }
        if lists and site.effects:
            fates["shows nothing"] = lag
        return through("http: find" if lists else "http: ask", ask, fates, self._now)


def mastodon(world: Surroundings) -> Mastodon:
    """Open the account with the connector as it is."""

    def site() -> MastodonSite:
        assert isinstance(world.site, MastodonSite)
        return world.site

    return Mastodon(open_client(SandboxTransport(world, site)), _BASE, "a-token", pause=lambda _: None)


_NOT_KEPT = {
    "authorization",
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
}


def _posted(request: httpx.Request, now: datetime) -> _Posted:
    headers = tuple((name, value) for name, value in request.headers.items() if name not in _NOT_KEPT)
    return _Posted(now, request.url.path, headers, request.content)


def _cut() -> httpx.Response:
    raise httpx.ReadError("the connection was cut")


def _unreachable() -> httpx.Response:
    raise httpx.ConnectError("could not be reached")


def _breaks() -> httpx.Response:
    return httpx.Response(502, text="Bad gateway")


def _says(status: int, error: str) -> httpx.Response:
    return httpx.Response(status, json={"error": error})


def _busy(seconds: int) -> httpx.Response:
    return httpx.Response(429, json={"error": "Too many requests"}, headers={"Retry-After": str(seconds)})
