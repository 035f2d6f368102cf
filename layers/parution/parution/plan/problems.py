"""What is wrong with a plan: where, which rule, and what to write instead."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal

from parution.plan.codes import CODES
from parution.records import Record


class Problem(Record):
    """One finding. ``line`` and ``column`` are None until the document's positions are known."""

    code: str  # stable: E101, W201, …
    severity: Literal["error", "warning"]
    pointer: str  # JSON Pointer into the plan: /posts/3/at
    message: str
    hint: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


def problem(
    code: str, pointer: str, message: str, hint: str, *, line: int | None = None, column: int | None = None
) -> Problem:
    """Make a finding; its code decides whether it is an error or a warning. Raises KeyError for no code."""
    CODES[code]
    severity: Literal["error", "warning"] = "error" if code.startswith("E") else "warning"
    return Problem(
        code=code, severity=severity, pointer=pointer, message=message, hint=hint, line=line, column=column
    )


def errors_in(problems: Iterable[Problem]) -> list[Problem]:
    return [found for found in problems if found.severity == "error"]


def pointer_to(parts: Sequence[str | int]) -> str:
    """Write a JSON Pointer (RFC 6901)."""
    whole = "/".join(["", *map(str, parts)])
    if "~" not in whole and whole.count("/") == len(parts):
        return whole
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def parts_of(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def nearest(wrong: str, valid: Iterable[str]) -> str | None:
    """Give the valid value that was probably meant, or None where nothing is near."""
    return _nearest(wrong.casefold(), tuple(valid))


@lru_cache(1024)  # whoever misspells a word once does it again
def _nearest(wrong: str, valid: tuple[str, ...]) -> str | None:
    choices = {choice.casefold(): choice for choice in valid}
    found = get_close_matches(wrong, choices, n=1, cutoff=0.6)
    return choices[found[0]] if found else None


def instead(wrong: str, valid: Iterable[str], lead: str = "write one of") -> str:
    """Word a hint: the nearest valid value where there is one, otherwise all of them."""
    choices = sorted(valid)
    near = nearest(wrong, choices)
    return f"did you mean '{near}'?" if near else f"{lead}: {', '.join(choices) or '(there is none)'}"


def in_document_order(document: Any, problems: Iterable[Problem]) -> list[Problem]:
    """Sort findings by where they stand in the document; what is missing stands where its object begins."""
    return sorted(problems, key=lambda found: (_place(document, parts_of(found.pointer)), found.code))


def _place(node: Any, parts: Sequence[str]) -> tuple[int, ...]:
    place: list[int] = []
    for part in parts:
        if isinstance(node, dict) and part in node:
            place.append(list(node).index(part))
            node = node[part]
        elif isinstance(node, list) and part.isascii() and part.isdigit() and int(part) < len(node):
            place.append(int(part))
            node = node[int(part)]
        else:
            break
    return tuple(place)
