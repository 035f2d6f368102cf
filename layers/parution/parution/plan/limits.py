"""What each network takes in one post; limits.json holds the figures, their date and their sources."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from parution.records import Record

Counting = Literal["seen", "weighted", "emoji-bytes", "utf-16", "bytes"]
Needs = Literal["media", "film"]


class TextLimit(Record):
    """How long a text may be, and how it is counted."""

    most: int
    counted: Counting
    url: int | None = None  # what each address counts as
    bytes: int | None = None  # in UTF-8, beside ``most``


class FormatLimits(Record):
    """What one format takes where it differs from its network."""

    needs: Needs | None = None
    most: int | None = None
    ratios: tuple[float, float] | None = None  # width / height
    seconds: tuple[float, float] | None = None


class Limits(FormatLimits):
    """What one network takes; None: nothing is known."""

    text: TextLimit | None = None
    hashtags: int | None = None
    kinds: frozenset[str] | None = None  # MIME types
    most_films: int | None = None
    films_alone: bool = False  # a film takes no picture beside it
    image_mb: float | None = None
    film_mb: float | None = None
    document_mb: float | None = None
    alt: int | None = None
    formats: Mapping[str, FormatLimits] = {}
    source: str

    def of(self, format_: str | None) -> "Limits":
        """Give what a format takes: what it says itself, otherwise what its network says."""
        own = self.formats.get(format_ or "")
        return self if own is None else self.model_copy(update=own.model_dump(exclude_unset=True))


def limits_of(network: str, format_: str | None = None) -> Limits | None:
    """Give the limits of a network, and of a format there; None for a network that nobody knows."""
    found = _networks().get(network)
    return found.of(format_) if found else None


@cache
def _networks() -> Mapping[str, Limits]:
    written = json.loads((Path(__file__).parent / "limits.json").read_text("utf-8"))
    return {name: Limits.model_validate(row) for name, row in written["networks"].items()}
