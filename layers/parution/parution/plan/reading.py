"""From a file's bytes to a plan, or to everything that is wrong with its shape."""

import codecs
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from parution.plan.model import Plan
from parution.plan.problems import Problem, in_document_order, pointer_to, problem
from parution.plan.wording import kind_of, worded

COMMENT = "$comment"  # a key that may stand in any object, and is passed over
LIMIT = 4 * 1024 * 1024  # bytes; an import reads the file whole and answers within its timeout

_UTF16_AND_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|(-?(?:Infinity|NaN)|-?\d{4301,})', re.DOTALL)
_COMMENT = re.compile(r"//|/\*|#")
_OTHER_QUOTES = tuple("'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb")

# Sections whose elements stand for themselves: a broken one is set aside and the others are still checked.
_LISTS = frozenset(name for name, field in Plan.model_fields.items() if get_origin(field.annotation) is tuple)


class Reading(NamedTuple):
    """What a file holds.

    ``plan`` is None when anything is wrong with the shape. ``rest`` then is the plan without its broken
    parts, good for finding more errors and for nothing else; ``kept`` gives, for each list of it that lost
    elements, the places that the remaining ones have in the document. ``text`` is the file's, where it is
    JSON.
    """

    plan: Plan | None
    problems: list[Problem]
    document: Any = None
    rest: Plan | None = None
    kept: Mapping[str, tuple[int, ...]] = {}
    text: str | None = None


def read(raw: bytes, size: int | None = None) -> Reading:
    """Read a plan file. ``size`` is the file's own where ``raw`` is only its beginning."""
    if (length := size or len(raw)) > LIMIT:
        return Reading(None, [_too_large(length)])
    try:
        text, notes = _text(raw)
        document = _document(text)
    except _Unreadable as unreadable:
        return Reading(None, [unreadable.problem])
    return _shaped(text, document, notes)._replace(text=text)


def parsed(raw: bytes) -> tuple[Any, list[Problem]]:
    """Read any JSON file as strictly as a plan; gives None, and why, where nothing can be read."""
    try:
        text, notes = _text(raw)
        document = _document(text)
    except _Unreadable as unreadable:
        return None, [unreadable.problem]
    return document, [*notes, *_repeated_and_null(document, ())]


class _Unreadable(Exception):
    def __init__(self, found: Problem) -> None:
        super().__init__(found.message)
        self.problem = found


def _too_large(size: int) -> Problem:
    said = f"the file has {size:,} bytes; a plan may have {LIMIT:,}"
    return problem("E001", "", said, "put pictures under media/ and name them, or split the plan by brand")


# ---------------------------------------------------------------------- characters
def _text(raw: bytes) -> tuple[str, list[Problem]]:
    if raw.startswith(_UTF16_AND_32):
        raise _Unreadable(problem("E003", "", "the file is UTF-16 or UTF-32", "save it as UTF-8"))
    notes = []
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw.removeprefix(codecs.BOM_UTF8)
        notes.append(
            problem("W001", "", "the file begins with a byte order mark", "save it as UTF-8 without BOM")
        )
    try:
        return raw.decode(), notes
    except UnicodeDecodeError as error:
        raise _Unreadable(_not_utf8(raw, error.start)) from error


def as_utf8(raw: bytes) -> bytes | None:
    """Give a file in UTF-8 without mark, read as Windows-1252 or by its mark; None where it is that already.

    The five bytes that Windows-1252 leaves open become U+FFFD, which stands out.
    """
    if raw.startswith(_UTF16_AND_32):
        encoding = "utf-32" if raw.startswith(_UTF16_AND_32[:2]) else "utf-16"
        return raw.decode(encoding, errors="replace").encode()
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw.removeprefix(codecs.BOM_UTF8)
        return as_utf8(raw) or raw
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").encode()
    return None


def _not_utf8(raw: bytes, place: int) -> Problem:
    before = raw[:place].decode()
    letter = raw[place : place + 1].decode("cp1252", errors="replace")
    said = f"byte 0x{raw[place]:02x} is not UTF-8; in Windows-1252 (Latin-1) it is '{letter}'"
    line, column = _position(before)
    hint = "save the file as UTF-8, or let --fix-encoding write it"
    return problem("E003", "", said, hint, line=line, column=column)


def _position(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


# ---------------------------------------------------------------------- JSON
class _Twice(dict[str, Any]):
    """An object in which keys stand twice."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    pairs = [pair for pair in pairs if pair[0] != COMMENT]
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    twice = _Twice(made)
    names = [name for name, _ in pairs]
    twice.repeated = tuple(name for name in made if names.count(name) > 1)
    return twice


class _NoNumber(ValueError):
    """NaN or Infinity, which only JavaScript takes for numbers."""


def _no_constant(name: str) -> NoReturn:
    raise _NoNumber(f"{name} is not a JSON number")


def _document(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _Unreadable(_not_json(error)) from error
    except RecursionError as error:
        hint = "a plan needs a dozen levels; look for brackets that are never closed"
        raise _Unreadable(problem("E002", "", "the brackets are nested too deeply", hint)) from error
    except ValueError as error:
        said = str(error) if isinstance(error, _NoNumber) else "a number has thousands of digits"
        line, column = _number_at(text)
        found = problem("E002", "", f"not JSON: {said}", "write an ordinary number", line=line, column=column)
        raise _Unreadable(found) from error


def _number_at(text: str) -> tuple[int, int]:
    """Find the first number that none of the parsers takes, outside of texts."""
    found = next((each for each in _NO_NUMBER.finditer(text) if each[1]), None)
    return _position(text[: found.start()] if found else "")


def _not_json(error: json.JSONDecodeError) -> Problem:
    said = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    hint = _syntax_hint(error.doc, error.pos)
    return problem("E002", "", said, hint, line=error.lineno, column=error.colno)


def _syntax_hint(text: str, place: int) -> str:
    rest, before = text[place:].lstrip(), text[:place].rstrip()
    hints = (
        (not text.strip(), "the file is empty; `parution schema` shows what a plan holds"),
        (not rest, "the file ends too early: close what is open, or upload it again"),
        (rest[:1] in _OTHER_QUOTES, f'write a straight double quote " where {rest[:1]} stands'),
        (_COMMENT.match(rest), 'JSON has no comments; remove it, or write "$comment": "..."'),
        (before.endswith(",") and rest[:1] in {"}", "]"}, "remove the comma before it"),
        (rest.startswith(","), "remove the comma that nothing follows"),
    )
    return next((hint for fits, hint in hints if fits), "mend this place; nothing after it was read")


# ---------------------------------------------------------------------- shape
def _shaped(text: str, document: Any, notes: list[Problem]) -> Reading:
    if not isinstance(document, dict):
        said = f"the document is {kind_of(document)}, a plan is an object"
        return Reading(None, [*notes, problem("E005", "", said, "begin with { and end with }")], document)
    if "workspace" in document or "brands" in document:
        hint = "import one file per brand; on your machine `parution validate` resolves it"
        return Reading(
            None, [*notes, problem("E008", "", "this file gathers several brands", hint)], document
        )
    found = [*notes, *_repeated_and_null(document, ())]
    silenced = {note.pointer for note in found if note.code == "E007"}
    try:
        plan = Plan.model_validate_json(_without_comments(text, document), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        if details[0]["type"] == "json_invalid":
            return Reading(None, [*found, _invalid(details[0])], document)
        worded_ones = (worded(detail, document) for detail in details if not _follows(detail))
        found += [note for note in worded_ones if note.pointer not in silenced]
        rest, kept = _salvaged(document, details)
        return Reading(None, in_document_order(document, found), document, rest, kept)
    sound = not any(note.severity == "error" for note in found)
    return Reading(plan if sound else None, in_document_order(document, found), document, plan)


def _without_comments(text: str, document: Any) -> str:
    """Give the text to validate: as written, unless it holds comments that the document has lost."""
    if COMMENT not in text:
        return text
    try:
        from_json(text, cache_strings="none")
    except ValueError:
        return text  # what is wrong is told at its place in the file
    return json.dumps(document)


def _follows(detail: ErrorDetails) -> bool:
    """Say whether it only counts a list short because elements of it are wrong, each told already."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _invalid(detail: ErrorDetails) -> Problem:
    """Word what only the stricter of the two parsers refuses: half a character, chiefly."""
    reason = detail.get("ctx", {}).get("error", "")
    place = re.search(r"(.*) at line (\d+) column (\d+)", reason)
    said, line, column = place.groups() if place else (reason, None, None)
    return problem(
        "E002",
        "",
        f"not JSON: {said}",
        "write the character itself instead of half of its escape",
        line=int(line) if line else None,
        column=int(column) if column else None,
    )


# A null means something only inside sections whose shape is still open.
_FREE = frozenset({"audience", "approvals", "crisis", "on_call", "watch", "job", "contest", "event"})


def _repeated_and_null(node: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict):
        inner = node.items()
        for name in getattr(node, "repeated", ()):
            yield problem(
                "E006", pointer_to((*path, name)), f"the key '{name}' stands twice", "keep one of them"
            )
    elif isinstance(node, list):
        inner = enumerate(node)
    elif node is None and not _FREE.intersection(path):
        yield problem("E007", pointer_to(path), "null is not a value here", "remove the key")
    for part, value in inner:
        if value is None or isinstance(value, dict | list):
            yield from _repeated_and_null(value, (*path, part))


def _salvaged(
    document: Mapping[str, Any], details: list[ErrorDetails]
) -> tuple[Plan | None, dict[str, tuple[int, ...]]]:
    """Set aside what is broken, so that the rest can be checked in the same go.

    Of an unknown key only the key is set aside: what stands around it may be wrong too.
    """
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    document = _without(document, unknown)
    details = [detail for detail in details if detail["type"] != "extra_forbidden"]
    broken = {detail["loc"][:2] for detail in details if detail["loc"][:1] and detail["loc"][0] in _LISTS}
    whole = {detail["loc"][0] for detail in details if detail["loc"] and detail["loc"][0] not in _LISTS}
    whole |= {place[0] for place in broken if len(place) == 1}
    rest = {key: value for key, value in document.items() if key not in whole or key == "brand"}
    kept: dict[str, tuple[int, ...]] = {}
    for section in {str(place[0]) for place in broken if len(place) > 1 and place[0] in rest}:
        kept[section] = tuple(i for i in range(len(document[section])) if (section, i) not in broken)
        rest[section] = [document[section][i] for i in kept[section]]
    try:
        return Plan.model_validate_json(json.dumps({**rest, "version": 1}), strict=True), kept
    except ValidationError:
        return None, {}


def _without(node: Any, paths: Iterable[tuple[str | int, ...]]) -> Any:
    """Give a document without what stands at these places."""
    gone, below = set(), defaultdict(list)
    for first, *rest in paths:
        if rest:
            below[first].append(tuple(rest))
        else:
            gone.add(first)
    if isinstance(node, dict):
        kept = ((key, value) for key, value in node.items() if key not in gone)
        return {key: _without(value, below[key]) if key in below else value for key, value in kept}
    return [_without(each, below[place]) if place in below else each for place, each in enumerate(node)]
