"""Files on their way to a network, read in ranges: a film of 500 MB takes no more memory than a picture."""

import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from parution.errors import MediaChanged
from parution.publishing.content import MediaRef
from parution.publishing.ports import Media

# What is read of the bucket at once: small beside a function's memory, large beside a request's overhead.
_AT_ONCE = 2 * 1024 * 1024


class Span(NamedTuple):
    """One part of a file, as uploads in parts count them: from 0, the last byte included."""

    number: int
    first: int
    last: int
    of: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The part as Content-Range writes it (RFC 9110, 14.4)."""
        return f"bytes {self.first}-{self.last}/{self.of}"


def spans(size: int, each: int) -> Iterator[Span]:
    """Cut ``size`` bytes into parts of ``each``; the last holds what is left."""
    for number, first in enumerate(range(0, size, each)):
        yield Span(number, first, min(first + each, size) - 1, size)


def opened(media: Media, ref: MediaRef, span: Span | None = None) -> BinaryIO:
    """Give the file, or a part of it, as httpx takes one: for a body or in a form; it is read as it is sent.

    What reads it raises MediaChanged when the file is replaced meanwhile.
    """
    first, length = (span.first, span.length) if span else (0, media.size(ref))
    return cast("BinaryIO", _Ranges(media, ref, first, length))


class _Ranges:
    """A window that moves over the file, and is let go at its end."""

    def __init__(self, media: Media, ref: MediaRef, first: int, length: int) -> None:
        self._media, self._ref, self._first, self._length = media, ref, first, length
        self._at, self._window, self._begins = 0, b"", 0

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self._at)
        wanted = left if size < 0 else min(size, left)
        parts: list[bytes] = []
        while wanted:
            parts.append(self._some(wanted))
            wanted -= len(parts[-1])
        if self._at >= self._length:
            self._window = b""
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _some(self, wanted: int) -> bytes:
        offset = self._at - self._begins
        if not 0 <= offset < len(self._window):
            length = min(_AT_ONCE, self._length - self._at)
            self._window = self._media.part(self._ref, self._first + self._at, length)
            self._begins, offset = self._at, 0
        if not self._window:
            raise MediaChanged(self._ref.key)
        some = self._window[offset : offset + wanted]
        self._at += len(some)
        return some

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}
        self._at = max(0, begins[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def __iter__(self) -> Iterator[bytes]:
        while some := self.read(_AT_ONCE):
            yield some
