"""The way to the sandboxes inside this process: it takes time, and breaks by seed."""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, override

import httpx

from parution.rehearsing.clock import VirtualClock
from parution.rehearsing.contract import FaultLevel
from parution.sandbox.faults import PREFIX, Fault, Kind
from parution.transport import open_client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# A call to a network with its handshake: half of them take less, one in fifty twice as long or more.
_USUAL, _SPREAD = 0.22, 0.35
_PUBLIC = {"status", "post", "record", "pin", "comment"}  # of the effects in the sandboxes' journals
_UPLOAD = timedelta(seconds=1.5)  # a file's way, and the network's work on it
_GIVEN_UP = timedelta(seconds=30)  # the longest that a connector waits


class _Trouble(NamedTuple):
    kind: Kind
    costs: timedelta  # beyond a usual call


_TROUBLES = (
    _Trouble(Kind.ERROR_BEFORE, timedelta(0)),
    _Trouble(Kind.ERROR_AFTER, timedelta(0)),
    _Trouble(Kind.RATE_LIMIT, timedelta(0)),
    _Trouble(Kind.LOST_ANSWER, _GIVEN_UP),
)


def client_on(wire: "Wire") -> httpx.Client:
    """Make the connectors' client, less what no sandbox uses: cookies, redirects, authentication.

    They are a third of a call's time, and a month has thousands of calls.
    """
    client = open_client(wire)

    def send(request: httpx.Request, **_: object) -> httpx.Response:
        return wire.handle_request(request)

    client.send = send  # type: ignore[method-assign]
    return client


class Wire(httpx.BaseTransport):
    """Hands each request to the sandbox of its host, half of the call's time before it and half after."""

    def __init__(
        self,
        apps: Mapping[str, "WSGIApplication"],
        clock: VirtualClock,
        seed: int,
        level: FaultLevel,
    ) -> None:
        self._doors = {host: httpx.WSGITransport(app) for host, app in apps.items()}
        self._clock, self._level = clock, level
        self._chance = random.Random(f"{seed}/wire")  # noqa: S311 (a rehearsal)
        self.calls = self.troubles = 0

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.calls += 1
        half = timedelta(seconds=self._chance.lognormvariate(0, _SPREAD) * _USUAL / 2)
        trouble = self._trouble()
        self._clock.pass_by(half)
        if trouble:
            self._order(request, trouble.kind)
        try:
            response = self._doors[request.url.host].handle_request(request)
        except ConnectionAbortedError as error:  # the sandbox cut the connection
            raise httpx.ReadError("cut", request=request) from error
        finally:
            uploads = request.headers.get("content-type", "").startswith("multipart/")
            self._clock.pass_by(half + (_UPLOAD if uploads else timedelta(0)))
            if trouble:
                self._clock.pass_by(trouble.costs)
        return response

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Let nothing go wrong for a while: what a lost pair of tokens costs is another rehearsal."""
        stormy, self._level = self._level, FaultLevel.NONE
        yield
        self._level = stormy

    def effects(self) -> int:
        """Count what really became public, by the sandboxes' own journals."""
        journals = (
            door.handle_request(httpx.Request("GET", f"https://{host}{PREFIX}/events"))
            for host, door in self._doors.items()
        )
        events = (one for journal in journals for one in json.loads(journal.read())["events"])
        return sum(one["effect"] in _PUBLIC for one in events)

    def _trouble(self) -> _Trouble | None:
        if self._chance.random() >= self._level.share:
            return None
        self.troubles += 1
        return self._chance.choice(_TROUBLES)

    def _order(self, request: httpx.Request, kind: Kind) -> None:
        """Order the fault from the sandbox itself, for the very next request."""
        url = request.url.copy_with(path=f"{PREFIX}/faults", query=None)
        order = httpx.Request("POST", url, content=Fault(kind=kind).model_dump_json())
        self._doors[url.host].handle_request(order).close()
