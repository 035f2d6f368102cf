"""Words and numbers as French and English readers write them, the same set of texts in both."""

import re
import string
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from babel import Locale

import parution
from parution.buying import guardrails
from parution.buying.pacing import Limit
from parution.buying.problems import Constraint, Leftover
from parution.publishing.deliveries import State
from parution.reporting import alerts, situations, verdict
from parution.reporting.situations import SITUATIONS
from parution.reporting.words import LANGUAGES, Words, catalogue, network_name, printable

SOURCES = [
    path
    for path in (Path(parution.__file__).parent / "reporting").rglob("*.*")
    if path.suffix in {".py", ".j2"}
]


def words(locale: str, timezone: str = "Europe/Paris") -> Words:
    return Words(locale, timezone)


def texts(language: str) -> dict[str, list[str]]:
    return {
        key: list(text.values()) if isinstance(text, dict) else [text]
        for key, text in catalogue(language).items()
    }


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# ---------------------------------------------------------------- catalogues
def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    french, english = (
        {key: set().union(*map(places, all_)) for key, all_ in texts(one).items()} for one in LANGUAGES
    )

    assert french == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_that_a_language_uses_has_its_text(language: str) -> None:
    rules = Locale(language).plural_form
    needed = {rules(n) for n in range(1000)}

    for key, text in catalogue(language).items():
        if isinstance(text, dict):
            assert needed <= set(text), key


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = {
        key for path in SOURCES for key in re.findall(r"\bsay\(\s*[\"']([a-z_.]+)[\"']", path.read_text())
    }

    assert {key for key in asked if not key.endswith(".")} <= set(catalogue("fr"))
    assert len(asked) > 60


def test_every_state_situation_and_note_has_its_text() -> None:
    keys = {f"post_state.{state}" for state in State} | {f"state.{one.name}" for one in SITUATIONS}
    codes = {code for path in SOURCES for code in re.findall(r"Note\(code=\"(\w+)\"", path.read_text())}

    assert keys | {f"note.{code}" for code in codes} <= set(catalogue("en"))


def test_every_rule_of_a_split_and_every_cause_of_a_leftover_has_its_text() -> None:
    source = Path(guardrails.__file__).read_text(encoding="utf-8")
    asked = re.findall(r"(?:Wish\(\"\w+\", |_within\(at, )[^\"\n]*\"([a-z_ ]+)\"", source)
    rules = {name.replace(" ", "_") for name in (*asked, *get_args(Constraint))}
    keys = {f"rule.{name}" for name in rules} | {f"split.day.{name}" for name in get_args(Limit)}
    keys |= {f"split.left.{because.replace(' ', '_')}" for because in get_args(Leftover)}

    assert len(set(asked)) == 15
    assert keys <= set(catalogue("en"))


# Keys that the code puts together from two names.
COMPOSED = frozenset(
    {
        "projection.spend_and_results",
        "projection.left_and_results",
        "alert.lowered_line_overspent",
        "alert.lowered_above_cap",
    }
)


def test_no_text_is_left_that_nothing_asks_for() -> None:
    package = Path(parution.__file__).parent
    files = [path for path in package.rglob("*.*") if path.suffix in {".py", ".j2"}]
    everything = "\n".join(path.read_text(encoding="utf-8") for path in files)
    # Where a key is made of a family and a code, the code is a name that the package writes itself.
    names = {name.replace(" ", "_") for name in re.findall(r'"([a-z_0-9 ]+)"', everything)}
    names |= set(re.findall(r"^    ([a-z_0-9]+): ", everything, re.MULTILINE))

    idle = [
        key
        for key in catalogue("fr")
        if f'"{key}"' not in everything and not names & set(key.split(".")[1:]) and key not in COMPOSED
    ]

    assert idle == []


def test_every_reason_action_and_alert_has_its_text() -> None:
    buying = Path(guardrails.__file__).parent
    reasons = (buying / "guardrails.py").read_text() + (buying / "desk.py").read_text()
    codes = re.findall(r'code="(\w+)"(?: if \w+ else "(\w+)")?', reasons)
    acts = Path(situations.__file__).read_text() + Path(verdict.__file__).read_text()
    named = re.findall(r'Action\(\s*"(\w+)"(?: if [^,]+ else "(\w+)")?', acts)
    happened = re.findall(r'code="(\w+)"|: "(post_\w+)"', Path(alerts.__file__).read_text())
    keys = {f"because.{code}" for both in codes for code in both if code}
    keys |= {f"action.{name}" for both in named for name in both if name}
    keys |= {f"alert.{code}" for both in happened for code in both if code}

    assert (len(keys), keys - set(catalogue("en"))) == (44, set())


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("fr-FR").say("no.such.text")


def test_french_points_stand_behind_a_no_break_space() -> None:
    for key, all_ in texts("fr").items():
        for text in all_:
            assert not re.search(
                r"(?<![\u00a0\u202f\d])[;?!%»]|(?<![\u00a0\d/])(?<!^):(?!/)|«(?!\u00a0)", text
            ), key
            assert "'" not in text, key


# ---------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("locale", "minor", "currency", "written"),
    [
        ("fr-FR", 123450, "EUR", "1\u202f234,50\u00a0€"),
        ("fr-CH", 123450, "CHF", "1\u202f234,50\u00a0CHF"),
        ("en-GB", 123450, "EUR", "€1,234.50"),
        ("en-CA", 123450, "CAD", "$1,234.50"),
        ("en-US", -1, "USD", "\u2212$0.01"),
        ("fr-FR", 1234, "JPY", "1\u202f234\u00a0JPY"),
        ("en-GB", 1234, "TND", "TND\u00a01.234"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(
    locale: str, minor: int, currency: str, written: str
) -> None:
    assert words(locale).money(minor, currency) == written


def test_round_amounts_leave_their_decimals_out() -> None:
    assert words("fr-FR").round_money(50000, "EUR") == "500\u00a0€"
    assert words("en-US").round_money(50050, "USD") == "$500.50"
    assert words("en-GB").round_money(500, "JPY") == "JP¥500"


def test_percents_keep_the_locales_own_space() -> None:
    assert words("fr-FR").percent(0.408) == "41\u00a0%"
    assert words("en-US").percent(0.408, 1) == "40.8%"


def test_the_largest_number_is_still_written() -> None:
    assert len(words("en-US").count(1.7e308)) == 309 + 102


def test_a_unit_is_never_put_in_the_plural_of_one() -> None:
    assert words("fr-FR").of_unit(146, "commandes") == "146\u00a0commandes"
    assert words("fr-FR").of_unit(1, "commandes") == "commandes\u00a0: 1"
    assert words("en-US").of_unit(0, "lead forms") == "0\u00a0lead\u00a0forms"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (124.4, "124"),
        (12.44, "12,4"),
        (0.314, "0,31"),
        (-0.0314, "\u22120,031"),
        (0.00003, "0"),
        (0.0, "0"),
    ],
)
def test_expected_results_are_written_as_fine_as_they_are_meant(value: float, written: str) -> None:
    assert words("fr-FR").result(value) == written


def test_what_is_gained_has_its_sign() -> None:
    assert [words("en-GB").result(one, signed=True) for one in (1.26, -1.26, 0.0)] == [
        "+1.3",
        "\u22121.3",
        "0",
    ]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.44, "0,4\u00a0s"),
        (59.94, "59,9\u00a0s"),
        (59.96, "1\u00a0min"),
        (3599, "59\u00a0min"),
        (7860, "2\u00a0h\u00a011\u00a0min"),
        (86400, "1\u00a0jour"),
        (200000, "2\u00a0jours"),
    ],
)
def test_durations_are_written_in_the_units_that_matter(seconds: float, written: str) -> None:
    assert words("fr-FR").duration(seconds) == written


# ---------------------------------------------------------------- days
def test_french_writes_the_first_of_a_month_as_an_ordinal() -> None:
    french = words("fr-FR")

    assert french.day(date(2026, 12, 1)) == "1er\u00a0déc."
    assert french.day(date(2026, 12, 11)) == "11\u00a0déc."
    assert french.long_day(date(2026, 12, 1)) == "1er\u00a0décembre\u00a02026"
    assert french.days(date(2026, 12, 1), date(2026, 12, 24)) == "1er\u201324\u00a0déc.\u00a02026"


def test_nothing_in_a_span_of_days_may_break() -> None:
    for locale in ("fr-FR", "fr-CA", "en-GB", "en-US", "en-CA"):
        assert not re.search(r"[ \u2009]", words(locale).days(date(2026, 11, 23), date(2027, 1, 9)))


def test_an_instant_is_told_on_the_brands_clock() -> None:
    instant = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert words("fr-FR").instant(instant) == "1er\u00a0janv.\u00a000:30"
    assert words("en-CA", "America/Toronto").instant(instant) == "Dec\u00a031\u00a06:30\u202fp.m."


@pytest.mark.parametrize("locale", ["de-DE", "xx-XX", "", "not a locale", "zh"])
def test_a_locale_without_a_catalogue_is_told_in_english(locale: str) -> None:
    english = words(locale)

    assert (english.language, english.money(123450, "EUR")) == ("en", "€1,234.50")


def test_a_locale_may_be_written_with_an_underscore() -> None:
    assert words("fr_CA").tag == "fr-CA"


# ---------------------------------------------------------------- texts
def test_control_characters_and_non_characters_are_left_out() -> None:
    assert printable("a\x00b\x1b[31m\x85c\ufffe\U0001ffff é👩‍👧") == "ab[31mc é👩‍👧"


def test_networks_are_named_as_they_name_themselves() -> None:
    assert [network_name(name) for name in ("youtube", "mastodon", None)] == ["YouTube", "Mastodon", ""]
