"""What the network tests share: secrets in a dictionary, media in memory, contents to publish."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from parution.publishing.content import Content, MediaRef

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
