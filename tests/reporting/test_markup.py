"""The page before the standard: its syntax, its elements, and what each may hold."""

import html5lib
import pytest
import turbohtml
from turbohtml import conformance

from tests.reporting.golden import FOLDER, MONTHS
from tests.reporting.months import MID_FLIGHT
from tests.reporting.test_page import hostile_month

# The role of a table is said again: WebKit forgets it of one that the phone's style sheet unfolds.
SAID_AGAIN = "aria-redundant-role"
# What may stand in what, where no parser complains: the content models of the HTML standard, as far as used here.
PHRASING = ["a", "abbr", "b", "bdi", "br", "code", "em", "i", "small", "span", "strong", "svg", "time"]
HOLDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "p", "span", "small", "dt", "bdi", "summary"), PHRASING),
    "ul": ["li"],
    "ol": ["li"],
    "dl": ["div"],
    "tr": ["th", "td"],
    "thead": ["tr"],
    "tbody": ["tr"],
    "tfoot": ["tr"],
    "table": ["caption", "colgroup", "thead", "tbody", "tfoot"],
    "head": ["meta", "title", "style"],
}


def faults(page: str) -> list[str]:
    """Give what a page has wrong: what a parser must repair, what authors may not write, what is misplaced."""
    parser = html5lib.HTMLParser()
    parser.parse(page)
    document = turbohtml.parse(page)
    found = [f"{place}: {code}" for place, code, _ in parser.errors]
    found += [f"{error.line}: {error.code}" for error in document.errors]
    found += [
        f"{one.line}: {one.message}" for one in conformance.check(document).messages if one.code != SAID_AGAIN
    ]
    for element in document.iter_elements():
        allowed = HOLDS.get(element.tag)
        found += [
            f"{element.source_line}: <{child.tag}> in <{element.tag}>"
            for child in element.children
            if allowed and isinstance(child, turbohtml.Element) and child.tag not in allowed
        ]
    return found


@pytest.mark.parametrize("name", MONTHS)
def test_a_page_is_valid_html(name: str) -> None:
    assert faults((FOLDER / name / "report.html").read_text(encoding="utf-8")) == []


def test_no_text_makes_a_page_invalid() -> None:
    assert faults(hostile_month().written(MID_FLIGHT)["report.html"].decode()) == []


@pytest.mark.parametrize(
    "body",
    [
        "<p><div>x</div></p>",
        "<p class=a class=b>x",
        "<p>&unheard;</p>",
        "<div>x",
        "<p><font>x</font></p>",
        "<p role=oracle>x</p>",
        "<p id=a>x</p><p id=a>y</p>",
        "<ul><p>x</p></ul>",
        "<span><h2>x</h2></span>",
    ],
)
def test_an_invalid_page_is_found_out(body: str) -> None:
    page = f"<!doctype html><html lang=en><head><title>x</title></head><body>{body}</body></html>"

    assert faults(page)
