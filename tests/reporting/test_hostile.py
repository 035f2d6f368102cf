"""Any text anywhere: whatever a plan, a person or a network wrote, the page stays the page that it was."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from parution.reporting.contract import Report
from parution.reporting.page import page
from parution.reporting.words import printable
from tests.reporting.golden import FOLDER
from tests.reporting.test_markup import faults
from tests.reporting.test_page import HOSTILE, Reader

# What people, plans and networks write freely; of the rest models check each letter. A figure's unit is a code.
FREE = {
    "name",
    "text",
    "reason",
    "unit",
    "format",
    "by",
    "lifted_by",
    "approved_by",
    "learned",
    "key",
    "tags",
}


def replaced(document: Any, texts: Iterator[str], key: str = "") -> Any:
    """Give a report in which each free text is another of these."""
    if isinstance(document, dict):
        codes = {"unit"} if "source" in document else set()
        return {
            name: value if name in codes else replaced(value, texts, name) for name, value in document.items()
        }
    if isinstance(document, list):
        return [replaced(value, texts, key) for value in document]
    return next(texts) if key in FREE and isinstance(document, str) else document


def written(document: dict[str, Any], texts: Iterator[str]) -> str:
    return page(Report.model_validate(replaced(document, texts))).decode()


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Give the page's elements outside its drawings, with the names of their attributes."""
    outside = re.sub(r"<svg.*?</svg>", "<svg></svg>", html, flags=re.DOTALL)
    return [(tag, tuple(attributes)) for tag, attributes in Reader(outside).tags]


@pytest.mark.parametrize("name", ["after-a-crisis"])
def test_no_text_in_any_field_changes_the_page_around_it(name: str) -> None:
    month: dict[str, Any] = json.loads((FOLDER / name / "report.json").read_bytes())
    plain = written(month, itertools.repeat("pain"))

    for first in (0, 5):
        html = written(month, map(printable, itertools.islice(itertools.cycle(HOSTILE), first, None)))

        assert skeleton(html) == skeleton(plain)
        assert faults(html) == []
        assert "<script>" not in html
