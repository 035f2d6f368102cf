"""Films are read in ranges, whole or in parts."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.errors import MediaChanged
from parution.networks.uploads import opened, spans
from parution.publishing.content import MediaRef
from parution.transport import open_client

FILM = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4")
MIB = 1024 * 1024


class Counted:
    """A film of so many bytes, and the longest range that was read of it."""

    def __init__(self, size: int, changed_at: int | None = None) -> None:
        self._size, self._changed_at, self.longest, self.read_whole = size, changed_at, 0, False

    def read(self, ref: MediaRef) -> bytes:
        raise AssertionError(ref)

    def size(self, ref: MediaRef) -> int:
        return self._size

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        if self._changed_at is not None and start >= self._changed_at:
            raise MediaChanged(ref.key)
        self.longest = max(self.longest, length)
        return bytes([start // MIB % 256]) * min(length, self._size - start)

    def address(self, ref: MediaRef) -> str:
        raise AssertionError(ref)


@given(size=st.integers(1, 10_000), each=st.integers(1, 3_000))
def test_parts_follow_each_other_and_make_the_whole(size: int, each: int) -> None:
    parts = list(spans(size, each))

    assert [part.number for part in parts] == list(range(len(parts)))
    assert sum(part.length for part in parts) == size
    assert all(part.length == each for part in parts[:-1])
    assert [part.first for part in parts[1:]] == [part.last + 1 for part in parts[:-1]]
    assert parts[-1].content_range == f"bytes {parts[-1].first}-{size - 1}/{size}"


@pytest.mark.parametrize("in_a_form", [True, False])
def test_a_film_is_sent_with_its_length_and_read_a_few_megabytes_at_a_time(*, in_a_form: bool) -> None:
    film, sent = Counted(21 * MIB + 5), 0

    def count(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        assert "Transfer-Encoding" not in request.headers
        assert isinstance(request.stream, httpx.SyncByteStream)
        sent = sum(len(chunk) for chunk in request.stream)
        assert sent == int(request.headers["Content-Length"])
        return httpx.Response(200)

    with open_client(httpx.MockTransport(count)) as client:
        file = opened(film, FILM)
        parts = {"files": {"file": ("four.mp4", file, FILM.kind)}} if in_a_form else {"content": file}
        client.post("https://reseau.example/", **parts)

    assert sent == 21 * MIB + 5 if not in_a_form else sent > 21 * MIB + 5
    assert film.longest <= 4 * MIB


def test_a_film_that_is_replaced_while_it_is_sent_is_told_as_changed() -> None:
    film = Counted(9 * MIB, changed_at=5 * MIB)
    with (
        open_client(
            httpx.MockTransport(lambda request: httpx.Response(200, content=request.read()))
        ) as client,
        pytest.raises(MediaChanged),
    ):
        client.post("https://reseau.example/", content=opened(film, FILM))


def test_a_file_is_read_from_where_one_asks() -> None:
    class Letters(Counted):
        def part(self, ref: MediaRef, start: int, length: int) -> bytes:
            return b"abcdefgh"[start : start + length]

    file = opened(Letters(8), FILM)

    assert file.read(3) == b"abc"
    assert (file.seek(-2, 2), file.read()) == (6, b"gh")
    assert (file.seek(1), file.read(2), file.tell(), file.seek(2, 1), file.read()) == (1, b"bc", 3, 5, b"fgh")
    assert file.read() == b""
