"""The table of connectors, and what the suite needs of each: how it is opened, and what its network says.

A network's row is all that the suite knows of it. Whoever writes a connector elsewhere makes a `stage` of
their own and imports the tests of test_behaviour.py (docs/networks.md shows it).
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple, Self

import httpx

from parution.networks import SecretNetworks
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import Guarantee, Network, NotSent, Piece, Refused
from parution.publishing.tokens import Connection, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import Server
from parution.transport import open_client
from tests.builders import a_piece
from tests.networks.accounts import OneSecret

# The smallest PNG there is: one transparent pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6300010000000500010d0a2db40000000049454e44ae426082"
)


def _picture(number: int) -> MediaRef:
    return MediaRef(key=f"media/four-{number}.png", etag="a", kind="image/png", alt=f"Le four {number}")


CONTENTS = {
    "text": Content(text="La bûche praliné est de retour 🎄", language="fr-FR"),
    "link": Content(text="À commander ici.", language="fr-FR", link="https://martin.example/buche?a=1&b=2"),
    "picture": Content(text="Notre four.", language="fr-FR", media=(_picture(1),)),
    "pictures": Content(text="Nos fours.", language="fr-FR", media=(_picture(1), _picture(2))),
}


class Said(NamedTuple):
    """What a network says instead of doing anything."""

    status: int
    body: str
    headers: Mapping[str, str] = {}


class Row(NamedTuple):
    """One connector as the suite sees it."""

    name: str  # of the network, and what its secret makes of it
    is_commit: Callable[[httpx.Request], bool]
    effect: str  # what the sandbox's ground truth calls a post
    refusal: Said
    throttled: Said
    waits: timedelta  # what the throttling says
    expired: Said
    then: type[Refused | NotSent]  # what an expired token comes to: NotSent where it can be renewed
    options: Mapping[str, bool] = {}  # of the sandbox
    leaves_out: tuple[str, ...] = ()  # of the secret
    finds: bool = True
    counts: bool = True  # figures can be read where the suite runs
    reads_bodies: bool = True  # webhook: a status is all the answer there is

    @property
    def network(self) -> str:
        return self.name.split(" ", 1)[0]


def _posts_to(*endings: str) -> Callable[[httpx.Request], bool]:
    return lambda request: request.method == "POST" and request.url.path.endswith(endings)


def _publishes(request: httpx.Request) -> bool:
    status = (
        json.loads(request.content).get("status") if request.method == "POST" and _is_json(request) else None
    )
    return status in {"publish", "approved"}


def _delivers(request: httpx.Request) -> bool:
    return request.method == "POST" and b'"type":"post.publish"' in request.content


def _is_json(request: httpx.Request) -> bool:
    return "application/json" in request.headers.get("content-type", "")


_MASTODON = Row(
    "mastodon",
    is_commit=_posts_to("/api/v1/statuses"),
    effect="status",
    refusal=Said(422, '{"error": "Validation failed: Text character limit of 500 exceeded"}'),
    throttled=Said(
        429,
        '{"error": "Too many requests"}',
        {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "2026-12-03T12:05:00.000000Z",
            "Date": "Thu, 03 Dec 2026 12:00:00 GMT",
        },
    ),
    waits=timedelta(minutes=5),
    expired=Said(401, '{"error": "The access token is invalid"}'),
    then=Refused,
)
_BLUESKY = Row(
    "bluesky",
    is_commit=_posts_to("/xrpc/com.atproto.repo.putRecord"),
    effect="record",
    refusal=Said(400, '{"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record"}'),
    throttled=Said(
        429,
        '{"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}',
        {
            "RateLimit-Limit": "5000",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": "300",
            "Retry-After": "300",
        },
    ),
    waits=timedelta(minutes=5),
    expired=Said(400, '{"error": "ExpiredToken", "message": "Token has expired"}'),
    then=NotSent,
)
_WORDPRESS = Row(
    "wordpress",
    is_commit=_publishes,
    effect="post",
    refusal=Said(403, '{"code": "rest_cannot_publish", "message": "Sorry.", "data": {"status": 403}}'),
    throttled=Said(429, "<html>Too Many Requests</html>", {"Retry-After": "120"}),
    waits=timedelta(minutes=2),
    expired=Said(401, '{"code": "rest_cannot_edit", "message": "Sorry.", "data": {"status": 401}}'),
    then=Refused,
)
_WEBHOOK = Row(
    "webhook keyed",
    is_commit=_delivers,
    effect="post",
    refusal=Said(422, '{"error": "no"}'),
    throttled=Said(429, "", {"Retry-After": "7"}),
    waits=timedelta(seconds=7),
    expired=Said(401, '{"error": "no signature matches"}'),
    then=Refused,
    options={"deduplicates": True},
    leaves_out=("lookup_url",),
    finds=False,
    reads_bodies=False,
)
ROWS = (
    _MASTODON,
    _BLUESKY,
    _WORDPRESS,
    _WEBHOOK,
    _WEBHOOK._replace(name="webhook readable", options={}, leaves_out=(), finds=True),
    _WEBHOOK._replace(name="webhook blind", options={}),
)


# Reading the certificates takes longer than a whole test; all may share them.
_WIRE = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))


class Wire(httpx.BaseTransport):
    """The way to a server, on which the one call that publishes may meet with a misfortune."""

    def __init__(self, is_commit: Callable[[httpx.Request], bool]) -> None:
        self._is_commit = is_commit
        self.loses = False  # the next answer to the commit
        self.breaks = False  # the next connection
        self.instead: httpx.Response | None = None  # of sending the next commit
        self.said: list[tuple[httpx.Request, httpx.Response]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if self.breaks:
            self.breaks = False
            raise httpx.ConnectError("certificate verify failed")
        is_commit = self._is_commit(request)
        if is_commit and self.instead is not None:
            instead, self.instead = self.instead, None
            return instead
        answer = _WIRE.handle_request(request)
        body = answer.read()
        answer.close()
        if is_commit and self.loses:
            self.loses = False
            raise httpx.ReadError("connection reset by peer")
        answer = httpx.Response(answer.status_code, headers=answer.headers, content=body)
        self.said.append((request, answer))
        return answer


class Stage:
    """One connector with an account of its own, ready to be tried."""

    def __init__(self, row: Row, secret: Mapping[str, str], posts: Callable[[], list[str]]) -> None:
        """``posts`` gives what is public on the network, in any form that tells one from another."""
        self.row, self._posts, self._before = row, posts, len(posts())
        self._name, self._tokens = uuid.uuid4().hex, MemoryTokens()
        self.wire = Wire(row.is_commit)
        values = {key: value for key, value in secret.items() if key not in row.leaves_out}
        self.network: Network = SecretNetworks(
            OneSecret("account", values), open_client(self.wire), self._keeper
        ).open(row.network, "secret:account")

    @classmethod
    def on(cls, row: Row, server: Server) -> Self:
        """Stand before a sandbox, whose ground truth tells what was published."""
        (secret,) = server.secrets().values()

        def posts() -> list[str]:
            return [event["id"] for event in server.events() if event["effect"] == row.effect]

        return cls(row, secret, posts)

    def _keeper(self, connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, self._tokens, timedelta(seconds=120))

    @property
    def keeps_to_one(self) -> bool:
        """Whether the same piece, sent twice, is one post."""
        return self.network.guarantee in {Guarantee.KEYED, Guarantee.STEPWISE}

    def posts(self) -> int:
        """Count what is public since the beginning."""
        return len(self._posts()) - self._before

    def piece(self, kind: str = "text", key: str = "first", reply_to: str | None = None) -> Piece:
        """Give a piece as it is before anything was prepared; no other stage has its key or its words."""
        content = CONTENTS[kind]
        content = content.model_copy(update={"text": f"{content.text} ({self._name[:8]})"})
        return a_piece(content, f"{self._name}-{key}", reply_to=reply_to)

    def prepared(self, kind: str = "text", key: str = "first", reply_to: str | None = None) -> Piece:
        piece = self.piece(kind, key, reply_to)
        made = self.network.prepare(piece, Pixels())
        assert isinstance(made, Prepared), made
        return piece.model_copy(update={"refs": made.refs})

    def says(self, said: Said) -> None:
        """Let the next commit be answered so, and not be sent."""
        self.wire.instead = httpx.Response(said.status, headers=dict(said.headers), content=said.body)


class Pixels:
    """Every file is a picture of one pixel; each has bytes of its own."""

    def read(self, ref: MediaRef) -> bytes:
        return PIXEL + ref.key.encode()


class Endless(httpx.SyncByteStream):
    """A body of 100 MB, which counts what was read of it."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(1600):
            self.read += 65_536
            yield bytes(65_536)
