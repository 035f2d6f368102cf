"""What becomes of a flight that does not go as planned: each case has one stated outcome."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.buying.doubles import NOON, TODAY, Office, a_campaign, a_line

DAY = timedelta(days=1)


def fly(office: Office, days: int, spend: float = 1.0) -> list[int]:
    """Live through so many days: allocate, apply, spend this part of it, and read figures that have settled."""
    amounts = []
    for _ in range(days):
        office.run_day()
        today = office.now.date()
        amounts.append(sum(office.allocation(today).amounts.values()))
        for line, amount in office.allocation(today).amounts.items():
            spent = int(amount * spend)
            office.insights.append_line(settled(office, line, today, spent))
        office.now += DAY
    return amounts


def settled(office: Office, line: str, day: date, spend: int) -> Any:
    office.report(line, day, spend)
    (insight,) = (
        one
        for one in office.insights.newest_lines("boulangerie-martin", "noel")
        if (one.line, one.day) == (line, day)
    )
    # Read two days later: what a platform says of a day then is final.
    return insight.model_copy(update={"read_at": office.now + 2 * DAY})


def test_a_flight_that_nothing_disturbs_spends_its_budget_to_the_cent() -> None:
    office = Office(a_campaign(flight=["2026-12-03", "2026-12-09"]))

    amounts = fly(office, 7)
    office.book()

    assert sum(amounts) == office.account.spent == 10_000
    assert max(amounts) - min(amounts) <= 1


def test_a_day_on_which_a_post_of_the_campaign_appears_gets_its_weight() -> None:
    campaign = a_campaign(flight=["2026-12-03", "2026-12-06"], on_post_days=2.0)
    office = Office()
    office.replan(campaign, boosted_days={"noel": (TODAY,)})

    office.allocate()

    assert office.allocation().budget == 10_000 * 2 // 5


def test_a_campaign_that_starts_late_spreads_all_of_its_money_over_the_days_left() -> None:
    office = Office(a_campaign(flight=["2026-11-23", "2026-12-12"]))  # imported ten days after its first

    office.allocate()

    assert office.allocation().budget == 1_000


def test_a_budget_raised_in_flight_is_spread_over_the_days_left() -> None:
    office = Office(a_campaign(flight=["2026-12-03", "2026-12-12"]))
    fly(office, 5)

    office.replan(a_campaign(flight=["2026-12-03", "2026-12-12"], budget=20_000))
    office.allocate()

    assert office.allocation(office.now.date()).budget == 3_000  # 20,000 - 5,000 over 5 days


def test_a_budget_lowered_below_what_is_spent_stops_the_flight() -> None:
    office = Office(a_campaign(flight=["2026-12-03", "2026-12-12"]))
    fly(office, 5)

    office.replan(a_campaign(flight=["2026-12-03", "2026-12-12"], budget=4_000))
    office.run_day()

    assert office.allocation(office.now.date()).budget == 0
    assert office.account.cap == 10_000  # what was spent was allowed when it was


def test_a_flight_cut_short_takes_back_what_was_set_for_today() -> None:
    office = Office()
    office.run_day()
    office.replan(a_campaign(flight=["2026-12-01", "2026-12-02"]))

    (outcome,) = office.allocate()
    office.apply_all()

    assert outcome.metric == "CampaignNotInFlight"
    assert (office.amount_on_platform("fb-video"), office.amount_on_platform("ig-reel")) == (0, 0)
    assert office.account.reserved == 0


def test_a_flight_made_longer_slows_down() -> None:
    office = Office(a_campaign(flight=["2026-12-03", "2026-12-07"]))
    fly(office, 2)

    office.replan(a_campaign(flight=["2026-12-03", "2026-12-14"]))
    office.allocate()

    assert office.allocation(office.now.date()).budget == 600


def test_a_flight_knows_no_months() -> None:
    office = Office(a_campaign(flight=["2026-12-30", "2027-01-02"]))
    office.now = NOON.replace(day=30)

    assert fly(office, 4) == [2_500] * 4


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),  # its 25th hour
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 28)),  # the last of its 23 hours
        (datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),
    ],
)
def test_a_day_of_the_flight_is_the_brands_own_whatever_its_clock_does(now: datetime, day: date) -> None:
    office = Office(a_campaign(flight=["2026-10-20", "2027-03-31"]))
    office.now = now

    office.allocate()

    assert office.allocation(day).budget > 0


def test_a_day_of_25_hours_gets_no_more_than_another() -> None:
    office = Office(a_campaign(budget=4_000, flight=["2026-10-24", "2026-10-27"]))
    office.now = datetime(2026, 10, 24, 12, tzinfo=UTC)

    assert fly(office, 4) == [1_000] * 4


def test_a_day_that_was_not_spent_is_made_good_within_the_limit() -> None:
    campaign = a_campaign(flight=["2026-12-03", "2026-12-12"], guardrails={"catch_up": 1.2})
    office = Office(campaign)
    fly(office, 5, spend=0)

    (outcome,) = office.allocate()

    assert office.allocation(office.now.date()).budget == 1_200
    assert "catch_up" in outcome.reason


@pytest.mark.parametrize(
    ("currency", "budget", "first"), [("JPY", 7_001, 3_500), ("TND", 7_000_001, 3_500_000)]
)
def test_whole_units_of_the_currency_are_split_whatever_its_decimals(
    currency: str, budget: int, first: int
) -> None:
    lines = [a_line("fb-video"), a_line("ig-reel")]
    office = Office(
        a_campaign(budget=budget, currency=currency, flight=["2026-12-03", "2026-12-04"], formats=lines)
    )

    amounts = fly(office, 2)

    assert amounts == [first, budget - first]
    assert office.budgets.allocation("boulangerie-martin", "noel", TODAY).currency == currency  # type: ignore[union-attr]
