"""The page: safe with any text, small, complete without a network, readable in both themes."""

import base64
import hashlib
import itertools
import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import parution.reporting
from parution.plan.model import Plan
from parution.publishing.deliveries import State
from tests.reporting.golden import MONTHS
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "{{ 7*7 }} {% raw %} {0} {n} %s",
    "</style><style>*{display:none}",
    "\u202egnirts desrever\u202c \u200b\ufeff",
    "\x00\x08\x0b\x1b[31m\x7f\x85\ufffe",
    '=HYPERLINK("http://evil.example")',
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L 👩‍👩‍👧‍👦 ﷽",
    "javascript:alert(1)",
    "&amp;lt; &#x3c;",
    "a" * 5000,
)
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page as a browser's parser would name its parts, and notes what is out of place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def a_page(name: str) -> str:
    month, now = MONTHS[name]()
    return month.written(now)["report.html"].decode()


@pytest.fixture(scope="module", params=[*MONTHS])
def page(request: pytest.FixtureRequest) -> str:
    return a_page(request.param)


def hostile_month() -> Month:
    """A bakery in whose every free text stands something that wants to be code."""
    facts = MARTIN.model_dump(by_alias=True)
    facts["brand"]["name"] = "".join(HOSTILE)[:200]
    facts["objectives"][0]["unit"] = HOSTILE[2] + HOSTILE[6]
    for line, text in zip(facts["campaigns"][0]["formats"], HOSTILE[:3], strict=True):
        line["format"] = text[:40]
    month = bakery(plan=Plan.model_validate(facts), posts=False)
    for number, text in enumerate(HOSTILE):
        failed = {"state": State.FAILED, "reason": text} if number % 2 else {}
        month.publish(f"post-{number}", "fil", "mastodon", in_paris(2, 8, number), text, **failed)
    return month


@pytest.fixture(scope="module")
def hostile() -> str:
    return hostile_month().written(MID_FLIGHT)["report.html"].decode()


def test_the_page_is_well_formed(page: str) -> None:
    read = Reader(page)

    assert (read.faults, read.open) == ([], [])


def test_hostile_text_stays_text(hostile: str) -> None:
    read = Reader(hostile)
    wanted = {tag for tag, _ in Reader(a_page("bakery")).tags}

    assert read.faults == []
    assert {tag for tag, _ in read.tags} <= wanted
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert "</script><script>alert(1)</script>" in "".join(read.texts)


def test_no_control_character_reaches_the_page(hostile: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", hostile)


def test_only_an_address_of_the_web_becomes_a_link() -> None:
    month = Month(MARTIN)
    month.publish("lien", "fil", "mastodon", in_paris(2, 8, 0), "x")
    (delivery,) = month.posts.of_brand(month.brand)
    month.posts.move(delivery, delivery.model_copy(update={"url": "javascript:alert(1)", "fence": 9}))

    links = Reader(month.written(MID_FLIGHT)["report.html"].decode()).all("a")

    assert [link["href"] for link in links] == ["#verdict"]


def test_nothing_is_fetched_and_nothing_runs(page: str) -> None:
    read = Reader(page)

    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & {
        t for t, _ in read.tags
    }
    assert not [a for _, a in read.tags if {"src", "srcset", "style", "background", "ping"} & set(a)]
    assert not re.search(
        r"url\(|@import|expression\(", "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    )
    assert all((link["href"] or "").startswith(("#", "https://")) for link in read.all("a"))


def test_the_policy_allows_this_style_sheet_and_nothing_else(page: str) -> None:
    (policy,) = [
        m["content"] for m in Reader(page).all("meta") if m.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_id_is_there_once_and_every_reference_finds_one(page: str) -> None:
    attributes = [attributes for _, attributes in Reader(page).tags]
    ids = [a["id"] for a in attributes if "id" in a]
    named = {name for a in attributes for name in (a.get("aria-labelledby") or "").split()}

    assert len(ids) == len(set(ids))
    assert named <= set(ids)


def test_each_table_has_a_caption_and_each_heading_a_scope(page: str) -> None:
    read = Reader(page)

    assert len(read.all("caption")) == len(read.all("table"))
    assert {heading.get("scope") for heading in read.all("th")} <= {"row", "col"}


def test_each_chart_is_an_image_with_a_title_and_its_numbers(page: str) -> None:
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)

    for chart in charts:
        assert re.search(r'<svg [^>]*role="img"', chart)
        assert re.search(r"<title [^>]*>.+</title><desc [^>]*>.+</desc>", chart)
        # Colours are the page's own tokens: the same drawing serves light, dark and paper.
        assert not re.search(r'(fill|stroke)="(?!none|var\(--)', chart)
    shown = len(Reader(page).all("figure")) + page.count('class="narrow"') + page.count('class="spark"')
    assert len(charts) == shown


def test_nothing_parts_a_number_from_its_unit(page: str) -> None:
    text = "".join(Reader(page).texts)

    assert not re.findall(r"\d [€$%]|[€$] \d|\d \d{3}\b|\d (?:s|min|h) ", text)


def test_headings_go_down_one_level_at_a_time(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Reader(page).tags if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_a_busy_month_stays_under_150_kilobytes() -> None:
    plan = MARTIN.model_dump(by_alias=True)
    plan["campaigns"] = [
        {**NOEL.model_dump(by_alias=True), "id": f"noel-{number}", "budget": 150000 - number}
        for number in range(8)
    ]
    month = Month(Plan.model_validate(plan))
    for number in range(400):
        at = in_paris(1, 0, 0) + timedelta(hours=number * 1.8)
        state = State.FAILED if number % 5 == 0 else State.PUBLISHED
        month.publish(
            f"post-{number}", "fil", "mastodon", at, "Du pain au levain, chaque matin. " * 4, state=state
        )
    for campaign in month.plan.campaigns:
        month.open_account(campaign)
        for line in campaign.lines:
            for day in range(1, 24):
                month.tell(campaign, line.id, NOEL.flight[0].replace(day=day), 1900)
                month.spend(
                    campaign, line.id, NOEL.flight[0].replace(day=day), MID_FLIGHT, spend=1800, results=7
                )

    files = month.written(in_paris(24, 12, 0))

    assert len(files["report.html"]) <= 150_000
    assert len(json.loads(files["report.json"])["posts"]) == 400


def test_what_went_wrong_is_shown_however_many_posts_there_are() -> None:
    month = Month(MARTIN)
    month.publish(
        "refuse", "fil", "mastodon", in_paris(1, 0, 1), "Bonjour", state=State.FAILED, reason="Trop long."
    )
    for number in range(200):
        month.publish(f"post-{number}", "fil", "mastodon", in_paris(2, 8, 0), "Bonjour")

    page = month.written(MID_FLIGHT)["report.html"].decode()

    assert "Trop long." in page
    assert "141 publications de plus" in page.replace("\u00a0", " ")


# ---------------------------------------------------------------- colours
def tokens(theme: str) -> dict[str, str]:
    css = (Path(parution.reporting.__file__).parent / "report.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return dict(re.findall(r"--([\w]+): (#[0-9a-f]{6})", dark if theme == "dark" else light))


def contrast(one: str, other: str) -> float:
    """Give the ratio that WCAG 2.2 defines, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize(
    ("token", "least"),
    [*((text, 4.5) for text in ("ink", "muted", "good", "watch", "act", "link")), ("s1", 3.0), ("s2", 3.0)],
)
def test_every_colour_stands_out_from_its_ground(theme: str, ground: str, token: str, least: float) -> None:
    colours = tokens(theme)

    assert contrast(colours[token], colours[ground]) >= least


def test_both_themes_name_the_same_colours() -> None:
    assert tokens("light").keys() == tokens("dark").keys()


def test_every_colour_that_is_used_is_defined() -> None:
    page = a_page("bakery")
    used: set[Any] = set(re.findall(r"var\(--(\w+)\)", page))

    assert used <= set(tokens("light"))
