"""Files on their way to a network, read in ranges: a film of 500 MB takes no more memory than a picture."""

import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from parution.publishing.content import MediaRef
from parution.publishing.ports import Media

# What is read of the bucket at once: small beside a function's memory, large beside a request's overhead.
_AT_ONCE = 4 * 1024 * 1024


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


def opened(media: Media, ref: MediaRef) -> BinaryIO:
    """Give the file as httpx takes one, for a body or for a part of a form; it is read as it is sent.

    What reads it raises MediaChanged when the file is replaced meanwhile.
    """
    return cast("BinaryIO", io.BufferedReader(_Ranges(media, ref), _AT_ONCE))


class _Ranges(io.RawIOBase):
    def __init__(self, media: Media, ref: MediaRef) -> None:
        super().__init__()
        self._media, self._ref, self._at, self._size = media, ref, 0, media.size(ref)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}
        self._at = max(0, begins[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        wanted = min(len(into), self._size - self._at)
        data = self._media.part(self._ref, self._at, wanted) if wanted > 0 else b""
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
