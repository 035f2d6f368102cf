import copy
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from parution.publishing.deliveries import State
from parution.rehearsing import looks
from parution.rehearsing.calendar_page import MOST_PREVIEWS, calendar_page
from parution.rehearsing.contract import Rehearsal
from parution.rehearsing.rehearsal import Rehearsed
from tests.rehearsing.studio import HOSTILE, PLAN, a_rehearsal


class Outline(HTMLParser):
    """What a page holds: tags, ids, links within it, and its texts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, name: str) -> list[str]:
        return [value for _, each, value in self.attributes if each == name]


@pytest.fixture(scope="module", params=["fr-FR", "en-GB", "en-US"])
def page(request: pytest.FixtureRequest, found: Rehearsal) -> Outline:
    return Outline(calendar_page(found, request.param))


def test_the_page_asks_nobody_for_anything(page: Outline) -> None:
    sources = [value for tag, name, value in page.attributes if name in {"src", "srcset", "poster"}]

    assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
    assert sources
    assert all(source.startswith("media/") for source in sources)
    assert {value for value in page.of("href") if not value.startswith("#")} == {"report.html"}


def test_only_its_own_style_is_allowed(page: Outline) -> None:
    assert any("default-src 'none'; style-src 'sha256-" in value for value in page.of("content"))
    assert page.of("style") == []


def test_hostile_text_is_shown_as_it_was_written(page: Outline) -> None:
    assert "".join(page.texts).count(HOSTILE) == 4  # on two channels, in the month and in the week
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_every_link_within_the_page_leads_somewhere(page: Outline) -> None:
    ids = page.of("id")

    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.of("href") if link.startswith("#")} <= set(ids)


def test_what_one_section_names_as_its_heading_is_there(page: Outline) -> None:
    assert set(page.of("aria-labelledby")) <= set(page.of("id"))


def test_headings_go_down_one_level_at_a_time(page: Outline) -> None:
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_has_an_alternative_text(page: Outline) -> None:
    assert page.tags.count("img") == sum(tag == "img" and name == "alt" for tag, name, _ in page.attributes)


def test_the_week_begins_as_in_the_readers_country(found: Rehearsal) -> None:
    first = {
        locale: re.search(r'<abbr title="(\w+)"', calendar_page(found, locale).decode())
        for locale in ("fr-FR", "en-US")
    }

    assert [match and match[1] for match in first.values()] == ["lundi", "Sunday"]


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    french, english = (
        json.loads(Path(looks.__file__).with_name(f"{language}.json").read_text())
        for language in ("fr", "en")
    )

    assert french.keys() == english.keys()
    assert {key: values(french[key]) for key in french} == {key: values(english[key]) for key in english}


def values(text: str | dict[str, str]) -> set[str]:
    return set(re.findall(r"{(\w+)}", text if isinstance(text, str) else text["other"]))


def test_the_reader_chooses_the_language(found: Rehearsal) -> None:
    french, english = (calendar_page(found, locale).decode() for locale in ("fr-FR", "en-GB"))

    assert ("… plus</span>" in french, "… more</span>" in english) == (True, True)
    assert ("rien ne partirait" in french, "nothing would go out" in english) == (True, True)


def test_a_network_that_is_not_connected_is_marked(page: Outline) -> None:
    # Three posts, in the month and in the week.
    assert sum("ghost" in value for value in page.of("class")) == 6


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("locale", ["fr-CA", "pt-BR"])
def test_whatever_becomes_of_a_post_is_told_with_its_reason(
    state: State, locale: str, found: Rehearsal
) -> None:
    end = {"state": state, "late": None, "published_at": None, "reason": "le four est en panne"}
    one = found.showings[0].model_copy(update=end)

    page = calendar_page(found.model_copy(update={"showings": (one,)}), locale).decode()

    assert ("le four est en panne" in page) is (state is not State.PUBLISHED)


def test_the_page_is_light(rehearsed: Rehearsed) -> None:
    assert len(rehearsed.files["calendar.html"]) < 60_000


def test_a_full_month_stays_below_300_kb(found: Rehearsal) -> None:
    long = next(one for one in found.showings if one.behind)
    many = tuple(long.model_copy(update={"post": f"post-{number}"}) for number in range(400))

    page = calendar_page(found.model_copy(update={"showings": many}))

    assert page.count(b"<article") == MOST_PREVIEWS
    assert len(page) < 300_000


def test_a_language_of_choice_reaches_calendar_and_report() -> None:
    plan = copy.deepcopy(PLAN)
    plan["posts"] = plan["posts"][2:3]

    files = a_rehearsal(plan, language="en").files

    assert b'<html lang="en-GB">' in files["calendar.html"]
    assert b'<html lang="en-GB">' in files["report.html"]
