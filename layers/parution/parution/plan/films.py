"""What a film says of itself: how long it is, read from its index and not from its pictures."""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

Read = Callable[[int, int], bytes]  # from this byte on, so many

_HEAD, _LONG_HEAD = 8, 16  # bytes of a box's own: length and name, and a length of 64 bits
_LARGEST_INDEX = 64 * 1024 * 1024
_BOXES = 10_000  # a sound film has a few dozen before its index


class _Box(NamedTuple):
    name: bytes
    begins: int  # where its content does
    ends: int


def seconds_of(read: Read, size: int) -> float | None:
    """Give the length of an MP4 or MOV; None where it does not say one (ISO/IEC 14496-12, 4.2 and 8.2.2)."""
    try:
        movie = next(box for box in _boxes(read, 0, size) if box.name == b"moov")
        if movie.ends - movie.begins > _LARGEST_INDEX:
            return None
        header = next(box for box in _boxes(read, movie.begins, movie.ends) if box.name == b"mvhd")
        return _length(read(header.begins, 32))
    except (StopIteration, struct.error):
        return None


def _boxes(read: Read, at: int, end: int) -> Iterator[_Box]:
    for _ in range(_BOXES):
        if at + _HEAD > end:
            return
        head = read(at, _LONG_HEAD)
        length, name, begins = *struct.unpack_from(">I4s", head), at + _HEAD
        if length == 1:
            (length,) = struct.unpack_from(">Q", head, _HEAD)
            begins = at + _LONG_HEAD
        ends = at + length if length else end  # 0: it goes on to the end
        if ends < begins or ends > end:
            return
        yield _Box(name, begins, ends)
        at = ends


def _length(header: bytes) -> float | None:
    form = ">QQIQ" if header[:1] == b"\x01" else ">IIII"
    _, _, units, length = struct.unpack_from(form, header, 4)
    return length / units if units and 0 < length < 2**32 * units else None
