"""A plan's posts as a table for planners, that reads back to the same posts."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from parution.plan.cells import FORMULA_SIGNS
from parution.plan.model import OPEN_TIMES

_COLUMNS = ("id", "date", "time", "channels", "text")
_LAST = ("link", "media", "alt", "tags", "pillar", "first_comment")
_BETWEEN = " | "  # what stands in no file's name


def sheet_of(posts: Sequence[Mapping[str, Any]], separator: str = ";") -> str:
    """Write posts as CSV: what has a column here; the rest stays in the plan when it is imported again."""
    variants = dict.fromkeys(
        name for post in posts for name, value in post.get("variants", {}).items() if value.get("text")
    )
    out = StringIO(newline="")
    table = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    table.writerow([*_COLUMNS, *(f"text_{name}" for name in variants), *_LAST])
    table.writerows([_guarded(cell) for cell in _cells(post, list(variants))] for post in posts)
    return out.getvalue()


def _cells(post: Mapping[str, Any], variants: Sequence[str]) -> Iterator[str]:
    day, _, clock = (post["at"], "", "") if post["at"] in OPEN_TIMES else post["at"].partition("T")
    yield from (post["id"], day, clock, ", ".join(post["channels"]), post.get("text", ""))
    for name in variants:
        yield post.get("variants", {}).get(name, {}).get("text", "")
    media = post.get("media", [])
    alts = [file.get("alt") or "" for file in media]
    yield post.get("link", {}).get("url", "")
    yield _BETWEEN.join(file["src"].removeprefix("s3://media/") for file in media)
    # Where one has none, or holds the sign between, they stay in the plan.
    yield _BETWEEN.join(alts) if all(alts) and not any("|" in alt for alt in alts[1:] and alts) else ""
    yield _tags(post.get("tags", []))
    yield from (post.get("pillar", ""), post.get("first_comment", ""))


def _tags(tags: Sequence[str]) -> str:
    # A comma at the end says of a single tag that its spaces are its own.
    return ", ".join(tags) + ("," if len(tags) == 1 and " " in tags[0] else "")


def _guarded(cell: str) -> str:
    """Keep a spreadsheet from calculating what begins like a formula."""
    return f"'{cell}" if cell.lstrip("'")[:1] in FORMULA_SIGNS else cell
