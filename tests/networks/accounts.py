"""What the network tests share: secrets in a dictionary, media in memory, contents to publish."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from parution.publishing.content import Content, MediaRef
from parution.transport import open_client

MEDIA_HOST = "media.example"  # where tests let networks fetch files
LONG_AGO = timedelta(minutes=10)
PICTURE = b"\x89PNG\r\n\x1a\n a picture of a log cake"

BUCHE = Content(text="La bûche praliné est de retour.", language="fr-FR", link="https://martin.example/buche")
VITRINE = Content(
    text="Notre vitrine de Noël.",
    language="fr-FR",
    media=(MediaRef(key="media/vitrine.png", etag="abc", kind="image/png", alt="Une vitrine illuminée"),),
)


class OneSecret:
    """The secrets port with the one secret that a test is about."""

    def __init__(self, name: str, value: Mapping[str, str]) -> None:
        self._name, self._value = name, value

    def known(self, names: frozenset[str]) -> frozenset[str]:
        return names & {self._name}

    def value(self, name: str) -> Mapping[str, str]:
        assert name == self._name
        return self._value

    def store(self, name: str, value: Mapping[str, str]) -> None:
        self._name, self._value = name, value


class Asked(list[httpx.Request]):
    """A network that answers one after the other, the last for ever, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        super().__init__()
        self._answers = [*answers]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @property
    def client(self) -> httpx.Client:
        return open_client(httpx.MockTransport(self))

    def said(self, number: int) -> Any:
        return json.loads(self[number].content)


class Overheard(list[tuple[httpx.Request, httpx.Response]]):
    """The way to a server, and all that was said on it."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        with open_client() as client:
            sent = client.build_request(
                request.method, request.url, headers=request.headers, content=request.content
            )
            answer = client.send(sent)
        self.append((request, answer))
        return answer

    @property
    def client(self) -> httpx.Client:
        return open_client(httpx.MockTransport(self))


class MediaInMemory:
    """Every file is the same picture."""

    def read(self, ref: MediaRef) -> bytes:
        return PICTURE

    def size(self, ref: MediaRef) -> int:
        return len(self.read(ref))

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        return self.read(ref)[start : start + length]

    def address(self, ref: MediaRef) -> str:
        return f"https://{MEDIA_HOST}/{ref.key}"


class OnlyInRanges(MediaInMemory):
    """Every file is a film of nine million bytes, which nobody may read whole."""

    def read(self, ref: MediaRef) -> bytes:
        raise AssertionError(f"{ref.key} was read whole")

    def size(self, ref: MediaRef) -> int:
        return 9_000_000

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        return bytes(min(length, 9_000_000 - start))


def now() -> datetime:
    return datetime.now(UTC)


def a_status(text: str = "<p>La bûche praliné est de retour.</p>", **facts: Any) -> dict[str, Any]:
    """A status as Mastodon gives it, cut down to what is read."""
    return {
        "id": "115000000000000001",
        "created_at": "2026-12-03T07:00:00.412Z",
        "url": "https://masto.example/@martin/115000000000000001",
        "content": text,
        "media_attachments": [],
        **facts,
    }
