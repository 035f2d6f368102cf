"""How long a film is stands in its index, wherever in the file that lies."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.plan.films import seconds_of


def box(name: bytes, content: bytes = b"", *, long: bool = False) -> bytes:
    if long:
        return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), name) + content


def header(units: int, length: int, version: int = 0) -> bytes:
    form = ">B3xQQIQ" if version else ">B3xIIII"
    return box(b"mvhd", struct.pack(form, version, 0, 0, units, length) + bytes(80))


def read(film: bytes) -> float | None:
    return seconds_of(lambda start, length: film[start : start + length], len(film))


FTYP = box(b"ftyp", b"mp42\0\0\0\0mp42isom")


@pytest.mark.parametrize(
    "film",
    [
        FTYP + box(b"moov", header(600, 54_000)) + box(b"mdat", bytes(1_000)),
        FTYP + box(b"mdat", bytes(1_000)) + box(b"moov", header(600, 54_000)),
        FTYP + box(b"mdat", bytes(1_000), long=True) + box(b"moov", box(b"udta") + header(1_000, 90_000, 1)),
        FTYP + struct.pack(">I4s", 0, b"moov") + header(600, 54_000),
    ],
    ids=["index first", "index last", "64 bits", "to the end of the file"],
)
def test_the_length_is_read_wherever_the_index_lies(film: bytes) -> None:
    assert read(film) == 90.0


@pytest.mark.parametrize(
    "film",
    [
        b"",
        b"GIF89a",
        FTYP,
        FTYP + box(b"moov", header(0, 54_000)),
        FTYP + box(b"moov", header(600, 0)),
        FTYP + box(b"moov", box(b"trak")),
        FTYP + box(b"moov", header(600, 54_000))[:-90],
        struct.pack(">I4s", 4, b"free") * 50,
        struct.pack(">I4sQ", 1, b"mdat", 2**63),
    ],
    ids=[
        "empty",
        "a picture",
        "no index",
        "no units",
        "no length",
        "no header",
        "cut off",
        "too small",
        "too large",
    ],
)
def test_a_film_that_says_nothing_sound_has_no_length(film: bytes) -> None:
    assert read(film) is None


@given(st.binary(max_size=200))
def test_nothing_that_lies_in_a_file_breaks_the_reading(junk: bytes) -> None:
    for film in (junk, FTYP + junk, FTYP + box(b"moov", junk)):
        found = read(film)
        assert found is None or found > 0


def test_only_the_index_of_a_large_film_is_read() -> None:
    film = FTYP + box(b"mdat", bytes(5_000_000)) + box(b"moov", header(600, 54_000))
    asked: list[int] = []

    def counted(start: int, length: int) -> bytes:
        asked.append(length)
        return film[start : start + length]

    assert seconds_of(counted, len(film)) == 90.0
    assert sum(asked) < 200
