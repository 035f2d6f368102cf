"""What networks ask for a program's calls; fees.json holds the prices, their date and their sources."""

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from parution.records import Record

_LINK = re.compile(r"https?://")


class Fees(Record):
    """What one network asks, in millionths of a US dollar."""

    post: int
    post_with_link: int
    alternative_text: int = 0
    own_post: int = 0
    comment: int = 0
    author: int = 0
    deletion: int = 0
    source: str
    as_of: date

    def for_text(self, text: str) -> int:
        """Give what it asks for publishing this text, in millionths of a US dollar."""
        return self.post_with_link if _LINK.search(text) else self.post


def fees_of(network: str) -> Fees | None:
    """Give what a network asks; None for one that asks nothing."""
    row = _written()["networks"].get(network)
    return Fees.model_validate(row | {"as_of": _written()["as_of"]}) if row else None


@cache
def _written() -> Mapping[str, Any]:
    written: Mapping[str, Any] = json.loads((Path(__file__).parent / "fees.json").read_text("utf-8"))
    return written
