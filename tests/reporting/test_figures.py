"""The figures: they add up to the cent, and what nobody gave is not made a zero."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parution.plan.model import Plan
from parution.publishing.deliveries import State
from parution.reporting.sheet import sheet
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris, studio
from tests.reporting.situations import in_language

LINES = ("fb-video", "ig-reel", "ig-story")


def report_of(month: Month, now: Any = MID_FLIGHT) -> dict[str, Any]:
    return month.report(now).model_dump(mode="json", by_alias=True)


def campaign_of(month: Month, now: Any = MID_FLIGHT) -> dict[str, Any]:
    campaign: dict[str, Any] = report_of(month, now)["campaigns"][0]
    return campaign


# ---------------------------------------------------------------- to the cent
READS = st.lists(
    st.tuples(
        st.sampled_from(LINES),
        st.integers(0, 9),
        st.integers(0, 4000),
        st.none() | st.integers(0, 50) | st.floats(0, 50, allow_nan=False),
    ),
    max_size=60,
)


@given(reads=READS)
@settings(deadline=None, max_examples=20)
def test_lines_days_campaign_account_and_sheet_add_up_to_the_cent(
    reads: list[tuple[str, int, int, Any]],
) -> None:
    month, spent = Month(MARTIN), {}
    month.open_account(NOEL)
    for number, (line, step, spend, results) in enumerate(reads):
        day, read_at = date(2026, 12, 1) + timedelta(days=step), MID_FLIGHT + timedelta(seconds=number)
        month.spend(NOEL, line, day, read_at, spend=spend, results=results)
        spent[line, day] = spend

    report = month.report(MID_FLIGHT + timedelta(hours=1))

    campaign = report.model_dump(mode="json")["campaigns"][0]
    total = sum(spent.values()) if reads else None
    ledger = sum(
        entry.amount for entry in month.budgets.entries(month.brand, "noel") if entry.kind == "spent"
    )
    assert campaign["spent"]["value"] == total
    assert sum(line["spent"]["value"] or 0 for line in campaign["lines"]) == (total or 0) == ledger
    assert sum(day["spent"]["value"] or 0 for day in campaign["days"]) == (total or 0)
    assert max((day["spent_total"]["value"] or 0 for day in campaign["days"]), default=0) == (total or 0)
    assert sum(day["planned"]["value"] for day in campaign["days"]) == NOEL.budget
    rows = csv.DictReader(io.StringIO(sheet(report)[0].decode(), newline=""))
    by_line = [
        Decimal(row["value"])
        for row in rows
        if (row["section"], row["figure"]) == ("line", "spent") and row["value"]
    ]
    assert sum(by_line) * 100 == (total or 0)


def test_a_line_that_left_the_plan_keeps_what_it_spent() -> None:
    month = bakery()
    month.spend(NOEL, "ig-live", date(2026, 12, 2), MID_FLIGHT, spend=1234, results=3)

    lines = {line["id"]: line for line in campaign_of(month)["lines"]}

    assert lines["ig-live"]["spent"]["value"] == 1234
    assert (lines["ig-live"]["network"], lines["ig-live"]["format"]) == (None, None)


def test_results_are_added_without_losing_fractions() -> None:
    month = Month(MARTIN)
    month.open_account(NOEL)
    for step in range(10):
        month.spend(
            NOEL, "fb-video", date(2026, 12, 1) + timedelta(days=step), MID_FLIGHT, spend=100, results=0.1
        )

    assert campaign_of(month)["results"]["value"] == 1


# ---------------------------------------------------------------- missing is not zero
def test_before_any_figure_everything_read_is_null() -> None:
    month = Month(MARTIN)
    month.open_account(NOEL)
    month.tell(NOEL, "fb-video", MID_FLIGHT.date(), 5000)

    campaign = campaign_of(month)

    unknown = (
        "spent",
        "results",
        "clicks",
        "impressions",
        "cost_per_result",
        "projected",
        "projected_results",
        "pace",
    )
    assert {name: campaign[name]["value"] for name in unknown} == dict.fromkeys(unknown)
    assert all(line["spent"]["value"] is None for line in campaign["lines"])


def test_before_the_flight_nothing_was_spent_and_that_is_known() -> None:
    later = {**NOEL.model_dump(by_alias=True), "flight": ["2026-12-20", "2026-12-24"]}
    month = Month(Plan.model_validate({**MARTIN.model_dump(by_alias=True), "campaigns": [later]}))

    assert campaign_of(month)["spent"]["value"] == 0


def test_a_day_that_a_platform_does_not_report_is_missing_and_said_so() -> None:
    month = Month(MARTIN)
    month.open_account(NOEL)
    for day in (1, 2, 3):
        month.tell(NOEL, "fb-video", date(2026, 12, day), 5000)
    month.spend(NOEL, "fb-video", date(2026, 12, 1), MID_FLIGHT, spend=4900)
    month.spend(NOEL, "fb-video", date(2026, 12, 3), MID_FLIGHT, spend=5000)

    report = report_of(month)

    days = {day["day"]: day["spent"]["value"] for day in report["campaigns"][0]["days"]}
    assert (days["2026-12-01"], days["2026-12-02"], days["2026-12-03"]) == (4900, None, 5000)
    missing = {"code": "days_missing", "values": {"campaign": "noel", "line": "fb-video", "n": 1}}
    assert missing in report["notes"]


def test_a_network_that_gives_no_shares_has_null_shares() -> None:
    posts = {
        (post["post"], post["channel"]): post for post in report_of(studio(), in_paris(12, 15, 0))["posts"]
    }

    assert posts["craft", "li"]["shares"]["value"] is None
    assert posts["craft", "li"]["likes"]["value"] == 1204


def test_spend_that_is_read_but_not_booked_is_said_so() -> None:
    month = bakery()
    (first, *_) = month.insights.newest_lines(month.brand, "noel")
    month.insights.append_line(
        first.model_copy(update={"spend": first.spend + 250, "read_at": MID_FLIGHT + timedelta(minutes=1)})
    )

    report = report_of(month, MID_FLIGHT + timedelta(hours=1))

    assert {"code": "not_booked", "values": {"campaign": "noel", "currency": "EUR", "amount": 250}} in report[
        "notes"
    ]


# ---------------------------------------------------------------- what each figure says of itself
def figures_in(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [figure for one in node for figure in figures_in(one)]
    if not isinstance(node, dict):
        return []
    if "unit" in node and "source" in node:
        return [node]
    return [figure for one in node.values() for figure in figures_in(one)]


def test_every_figure_has_its_unit_and_source_and_money_its_currency() -> None:
    figures = figures_in(report_of(bakery()))

    assert len(figures) > 150
    assert all(figure["unit"] and figure["source"] for figure in figures)
    money = [figure for figure in figures if figure["unit"] == "minor"]
    assert {(figure["source"] == "estimate", figure["currency"]) for figure in money} == {
        (False, "EUR"),
        (True, "USD"),
    }
    assert all(isinstance(figure["value"], int | None) for figure in money)


def test_what_was_read_says_when() -> None:
    figures = figures_in(report_of(bakery())["campaigns"])

    read = [f for f in figures if f["source"] in {"ledger", "platform"} and f["value"] is not None]
    assert {figure["read_at"] for figure in read} == {"2026-12-10T11:40:00Z"}


def test_settled_days_are_final_and_young_ones_may_be_revised() -> None:
    days = {day["day"]: day["spent"]["revisable"] for day in campaign_of(bakery())["days"]}

    assert (days["2026-12-07"], days["2026-12-08"], days["2026-12-10"]) == (False, True, True)


def test_the_report_of_a_language_has_the_same_figures() -> None:
    french, english = (report_of(in_language(bakery(), locale)) for locale in ("fr-FR", "en-GB"))

    assert french["campaigns"] == english["campaigns"]
    assert french["posts"] == english["posts"]


# ---------------------------------------------------------------- posts
@pytest.mark.parametrize(
    ("late", "on_time"), [(timedelta(0), True), (timedelta(seconds=60), True), (timedelta(seconds=61), False)]
)
def test_a_post_is_on_time_up_to_a_minute_late(late: timedelta, on_time: bool) -> None:  # noqa: FBT001 (a parametrised fact)
    month = Month(MARTIN)
    month.publish("a", "fil", "mastodon", in_paris(2, 8, 0), "Bonjour", late=late)

    assert report_of(month)["posts"][0]["on_time"] is on_time


@pytest.mark.parametrize("state", [State.CANCELLED, State.SKIPPED])
def test_a_post_that_was_called_off_is_not_expected(state: State) -> None:
    month = Month(MARTIN)
    month.publish("a", "fil", "mastodon", in_paris(2, 8, 0), "Bonjour", state=state)

    summary = report_of(month)["posts_summary"]

    assert (summary["planned"]["value"], summary["expected"]["value"], summary["not_out"]["value"]) == (
        0,
        0,
        0,
    )


@pytest.mark.parametrize(
    "state", [State.FAILED, State.MISSED, State.HELD, State.UNCONFIRMED, State.PLANNED, State.SENDING]
)
def test_a_post_that_is_not_out_at_its_time_counts_whatever_the_cause(state: State) -> None:
    month = Month(MARTIN)
    month.publish("a", "fil", "mastodon", in_paris(2, 8, 0), "Bonjour", state=state)

    summary = report_of(month)["posts_summary"]

    assert (summary["expected"]["value"], summary["on_time"]["value"], summary["not_out"]["value"]) == (
        1,
        0,
        1,
    )


def test_a_long_text_is_cut_between_words() -> None:
    month = Month(MARTIN)
    month.publish("a", "fil", "mastodon", in_paris(2, 8, 0), "Pain\n au  levain, " * 20)

    (post,) = report_of(month)["posts"]

    assert post["text"].endswith("Pain au levain, Pain au…")
    assert len(post["text"]) <= 91


# ---------------------------------------------------------------- the split
def test_the_split_shows_what_the_last_and_the_next_cent_bring() -> None:
    split = campaign_of(bakery())["allocation"]

    assert split["certified"] is True
    assert split["next_cent"]["gain"]["value"] <= split["last_cent"]["gain"]["value"]
    free = [share for share in split["shares"] if share["limit"] is None]
    assert max(share["next"]["value"] for share in free) == split["next_cent"]["gain"]["value"]
    assert min(share["last"]["value"] for share in free) == split["last_cent"]["gain"]["value"]


def test_the_amounts_of_the_split_are_the_days_money() -> None:
    split = campaign_of(bakery())["allocation"]

    assert sum(share["amount"]["value"] for share in split["shares"]) == split["spent"]["value"] == 6314
