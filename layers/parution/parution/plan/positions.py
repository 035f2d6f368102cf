"""Where the values of a JSON text stand, by line and column."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from parution.plan.problems import Problem, parts_of

# What is wrong with these is the key, not its value.
_AT_THEIR_KEY = frozenset({"E006", "E101", "E206"})
_BLANK = " \t\n\r"
_SPACE = re.compile(r"[ \t\n\r]*")
_skip = json.JSONDecoder(strict=False).raw_decode

# Where a value begins, where its key, and where the same key stood before.
_Ends = tuple[int, int, int | None]
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
    before: Place | None = None  # the same key, where it stands twice


_START = Position(Place(1, 1), Place(1, 1))


def positions(text: str, pointers: Iterable[str]) -> dict[str, Position]:
    """Find where pointers lead to in a text that is JSON; what nobody asks for is passed over unread."""
    wanted: _Wanted = {}
    for pointer in dict.fromkeys(pointers):
        node = wanted
        for part in parts_of(pointer):
            node = node.setdefault(part, {})
        node[None] = pointer
    found: dict[str, _Ends] = {}
    start = _space(text, 0)
    _walk(text, (start, start, None), wanted, found)
    lines = [0, *(each.end() for each in re.finditer("\n", text))]
    return {pointer: _position(lines, *ends) for pointer, ends in found.items()}


def located(text: str | None, problems: Iterable[Problem]) -> list[Problem]:
    """Give each finding its line and column; where the text is no JSON, those without stand at its start."""
    found = list(problems)
    places = {} if text is None else positions(text, [one.pointer for one in found if one.line is None])
    return [placed(one, places.get(one.pointer, _START)) for one in found]


def placed(found: Problem, at: Position | None) -> Problem:
    """Put a finding at a position, unless it has one already."""
    if found.line is not None or at is None:
        return found
    place = at.key if found.code in _AT_THEIR_KEY else at.value
    said = found.message
    if found.code == "E006" and at.before is not None:
        said = f"{said}, in line {at.before.line} and in line {at.key.line}"
    return found.model_copy(update={"line": place.line, "column": place.column, "message": said})


def _position(lines: list[int], at: int, key: int, before: int | None) -> Position:
    return Position(_place(lines, at), _place(lines, key), None if before is None else _place(lines, before))


def _place(lines: list[int], at: int) -> Place:
    line = bisect_right(lines, at)
    return Place(line, at - lines[line - 1] + 1)


def _space(text: str, at: int) -> int:
    if text[at : at + 1] not in _BLANK:
        return at
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _walk(text: str, ends: _Ends, wanted: _Wanted, found: dict[str, _Ends]) -> int:
    """Note the place of a value and of what is wanted inside it; give where it ends."""
    _note(wanted, ends, found)
    at = ends[0]
    inside = wanted.keys() - {None}
    if not inside or text[at] not in "{[":
        return _skip(text, at)[1]
    return _members(text, at, wanted, found)


def _note(wanted: _Wanted, place: _Ends, found: dict[str, _Ends]) -> None:
    """Give this place to all that is wanted here or below: what exists below replaces it by its own."""
    for name, node in wanted.items():
        if name is None:
            found[node] = place
        else:
            _note(node, place, found)


def _members(text: str, at: int, wanted: _Wanted, found: dict[str, _Ends]) -> int:
    is_object = text[at] == "{"
    number, at = 0, _space(text, at + 1)
    seen: dict[str, int] = {}
    while text[at] not in "}]":
        key, name = at, str(number)
        if is_object:
            name, at = _skip(text, at)
            at = _space(text, _space(text, at) + 1)
        if name in wanted:
            at = _walk(text, (at, key, seen.get(name)), wanted[name], found)
            seen[name] = key
        else:
            at = _skip(text, at)[1]
        number, at = number + 1, _space(text, at)
        at = _space(text, at + 1) if text[at] == "," else at
    return at + 1
