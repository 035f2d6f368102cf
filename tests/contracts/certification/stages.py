"""A stage: one connector with an account of its own, before a server that may meet with misfortunes.

A network's row is all that the suite knows of it. Whoever writes a connector elsewhere makes a `stage` of
their own and imports the tests of test_behaviour.py (docs/networks.md shows it).
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Self

import httpx

from parution.networks import SecretNetworks
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import Guarantee, Network, Piece
from parution.publishing.tokens import Connection, TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from parution.sandbox.servers import Server
from parution.transport import open_client
from tests.builders import a_piece
from tests.contracts.certification.rows.row import Row, Said
from tests.networks.accounts import MediaInMemory, OneSecret

# The smallest files there are: one grey pixel, and a film that has begun.
PIXEL = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb00430050373c463c32504641465a55505f78c882786e6e78f5afb991"
    "c8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc0000b08000100010101"
    "1100ffc40014000100000000000000000000000000000003ffc40014100100000000000000000000000000000000ffda0008"
    "010100003f0077ffd9"
)
FILM = bytes.fromhex("0000001c667479706d703432000000006d70343269736f6d61766331") + bytes.fromhex(
    "0000000866726565"
)


def _picture(number: int) -> MediaRef:
    return MediaRef(key=f"media/four-{number}.jpg", etag="a", kind="image/jpeg", alt=f"Le four {number}")


_FILM = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="Le four s'allume")
_PAGES = MediaRef(key="media/carte.pdf", etag="a", kind="application/pdf", alt="La carte")


def _content(text: str, *media: MediaRef, link: str | None = None, format: str | None = None) -> Content:  # noqa: A002 (the plan's word)
    return Content(text=text, language="fr-FR", media=media, link=link, format=format)


# What posts may be; a connector's TERMS name the kinds that it claims.
CONTENTS = {
    "text": _content("La bûche praliné est de retour 🎄"),
    "link": _content("À commander ici.", link="https://martin.example/buche?a=1&b=2"),
    "picture": _content("Notre four.", _picture(1)),
    "pictures": _content("Nos fours.", _picture(1), _picture(2)),
    "film": _content("Notre four s'allume.", _FILM),
    "reel": _content("Notre four en une minute.", _FILM, format="reel"),
    "story": _content("Notre four ce matin.", _picture(1), format="story"),
    "short": _content("Notre four en bref.", _FILM, format="short"),
    "document": _content("Notre carte.", _PAGES, format="document"),
}


# Reading the certificates takes longer than a whole test; all may share them.
_WIRE = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))


class Wire(httpx.BaseTransport):
    """The way to a server, on which the one call that publishes may meet with a misfortune."""

    def __init__(self, is_commit: Callable[[httpx.Request], bool], onward: httpx.BaseTransport) -> None:
        self._is_commit, self._onward = is_commit, onward
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
        answer = self._onward.handle_request(request)
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

    def __init__(
        self,
        row: Row,
        secret: Mapping[str, str],
        posts: Callable[[], list[str]],
        comment: Callable[[str, str], str] | None = None,
        *,
        opened: Callable[[Mapping[str, str], httpx.Client], Network] | None = None,
        onward: httpx.BaseTransport | None = None,
    ) -> None:
        """``posts`` gives what is public on the network, in any form that tells one from another.

        ``comment`` lets somebody else write below a post, where the server can be made to. ``opened`` opens
        the account of a connector that is not part of the product, ``onward`` leads to a double in this
        process.
        """
        self.row, self._posts, self._before, self.comment = row, posts, len(posts()), comment
        self._name, self._tokens = uuid.uuid4().hex, MemoryTokens()
        self.wire = Wire(row.is_commit, onward or _WIRE)
        values = {key: value for key, value in secret.items() if key not in row.leaves_out}
        self.network: Network = (opened or self._connected)(values, open_client(self.wire))

    def _connected(self, values: Mapping[str, str], client: httpx.Client) -> Network:
        secrets = OneSecret("account", values)
        return SecretNetworks(secrets, client, self._keeper, media=Pixels()).open(
            self.row.network, "secret:account"
        )

    @classmethod
    def on(cls, row: Row, server: Server) -> Self:
        """Stand before a sandbox, whose ground truth tells what was published."""
        (secret,) = server.secrets().values()

        def posts() -> list[str]:
            return [event["id"] for event in server.events() if event["effect"] == row.effect]

        return cls(row, secret, posts, server.comment)

    def _keeper(self, connection: Connection) -> TokenKeeper:
        return TokenKeeper(connection, self._tokens, timedelta(seconds=120))

    @property
    def keeps_to_one(self) -> bool:
        """Whether the same piece, sent twice, is one post."""
        return self.network.guarantee in {Guarantee.KEYED, Guarantee.STEPWISE}

    def posts(self) -> int:
        """Count what is public since the beginning."""
        return len(self._posts()) - self._before

    def piece(self, kind: str | None = None, key: str = "first", reply_to: str | None = None) -> Piece:
        """Give a piece as it is before anything was prepared; no other stage has its key or its words."""
        content = CONTENTS[kind or self.row.plain]
        content = content.model_copy(update={"text": f"{content.text} ({self._name[:8]})"})
        return a_piece(content, f"{self._name}-{key}", reply_to=reply_to)

    def prepared(self, kind: str | None = None, key: str = "first", reply_to: str | None = None) -> Piece:
        piece = self.piece(kind, key, reply_to)
        made = self.network.prepare(piece, Pixels())
        assert isinstance(made, Prepared), made
        return piece.model_copy(update={"refs": made.refs})

    def says(self, said: Said) -> None:
        """Let the next commit be answered so, and not be sent."""
        self.wire.instead = httpx.Response(said.status, headers=dict(said.headers), content=said.body)


class Pixels(MediaInMemory):
    """Every file is a picture of one pixel, or a film; each has bytes of its own."""

    def read(self, ref: MediaRef) -> bytes:
        return (FILM if ref.key.endswith(".mp4") else PIXEL) + ref.key.encode()


class Endless(httpx.SyncByteStream):
    """A body of 100 MB, which counts what was read of it."""

    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(1600):
            self.read += 65_536
            yield bytes(65_536)
