"""Where the values of a JSON text stand, by line and column."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from parution.plan.problems import parts_of

_SPACE = re.compile(r"[ \t\n\r]*")
_skip = json.JSONDecoder(strict=False).raw_decode

# What is asked for, as a tree of keys; under None, the pointer that leads here.
_Wanted = dict[str | None, Any]


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Position(NamedTuple):
    """Where a value begins, and its key where it has one; what is missing stands where its object does."""

    value: Place
    key: Place


def positions(text: str, pointers: Iterable[str]) -> dict[str, Position]:
    """Find where pointers lead to in a text that is JSON; what nobody asks for is passed over unread."""
    wanted: _Wanted = {}
    for pointer in dict.fromkeys(pointers):
        node = wanted
        for part in parts_of(pointer):
            node = node.setdefault(part, {})
        node[None] = pointer
    found: dict[str, tuple[int, int]] = {}
    start = _space(text, 0)
    _walk(text, start, start, wanted, found)
    lines = [0, *(each.end() for each in re.finditer("\n", text))]
    return {pointer: Position(_place(lines, at), _place(lines, key)) for pointer, (at, key) in found.items()}


def _place(lines: list[int], at: int) -> Place:
    line = bisect_right(lines, at)
    return Place(line, at - lines[line - 1] + 1)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _walk(text: str, at: int, key: int, wanted: _Wanted, found: dict[str, tuple[int, int]]) -> int:
    """Note the place of a value and of what is wanted inside it; give where it ends."""
    _note(wanted, (at, key), found)
    inside = wanted.keys() - {None}
    if not inside or text[at] not in "{[":
        return _skip(text, at)[1]
    return _members(text, at, wanted, found)


def _note(wanted: _Wanted, place: tuple[int, int], found: dict[str, tuple[int, int]]) -> None:
    """Give this place to all that is wanted here or below: what exists below replaces it by its own."""
    for name, node in wanted.items():
        if name is None:
            found[node] = place
        else:
            _note(node, place, found)


def _members(text: str, at: int, wanted: _Wanted, found: dict[str, tuple[int, int]]) -> int:
    is_object = text[at] == "{"
    number, at = 0, _space(text, at + 1)
    while text[at] not in "}]":
        key, name = at, str(number)
        if is_object:
            name, at = _skip(text, at)
            at = _space(text, _space(text, at) + 1)
        at = _walk(text, at, key, wanted[name], found) if name in wanted else _skip(text, at)[1]
        number, at = number + 1, _space(text, at)
        at = _space(text, at + 1) if text[at] == "," else at
    return at + 1
