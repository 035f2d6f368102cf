"""Where a pace leads: never outside what can be, wide while little is known, and right eight times in ten."""

import random
from datetime import date, timedelta
from fractions import Fraction

from parution.buying.pacing import Flight
from parution.reporting.forecast import Forecast, RecentDay
from parution.reporting.pace import planned_on, planned_to

CHRISTMAS = Flight(150000, date(2026, 12, 1), date(2026, 12, 24))
LAST = CHRISTMAS.last


def after(days: int, *spends: int, results: int | None = 20) -> Forecast:
    """Give the forecast when so many days are over, of which the last ones spent so much each."""
    first = days - len(spends)
    recent = [
        RecentDay(planned_on(CHRISTMAS, CHRISTMAS.first + timedelta(days=first + n)), spend, results)
        for n, spend in enumerate(spends)
    ]
    planned = planned_to(CHRISTMAS, CHRISTMAS.first + timedelta(days=days - 1))
    return Forecast(CHRISTMAS, recent, sum(spends), planned)


def test_days_that_all_went_alike_leave_no_doubt() -> None:
    assert after(4, 5000, 5000, 5000, 5000).spend_by(LAST) == (120000, 120000, 120000)


def test_days_that_went_apart_leave_doubt_on_both_sides() -> None:
    low, mid, high = after(4, 4000, 6000, 4000, 6000).spend_by(LAST)

    assert (round(low), mid, round(high)) == (99281, 120000, 140719)


def test_the_end_is_never_above_the_budget_nor_below_what_is_spent() -> None:
    fast, slow = after(4, 9000, 5000, 9000, 5000).spend_by(LAST), after(4, 4000, 0, 0, 4000).spend_by(LAST)

    assert (fast.high, slow.low) == (150000, 8000)


def test_a_budget_that_is_overspent_stays_so() -> None:
    forecast = after(4, 40000, 40000, 40000, 40000)

    assert forecast.spend_by(LAST) == (160000, 160000, 160000)


def test_two_days_say_nothing_sure() -> None:
    low, mid, high = after(2, 5000, 5000).spend_by(LAST)

    assert (low, mid, high) == (10000, 120000, 150000)


def test_doubt_grows_with_the_days_ahead() -> None:
    forecast = after(4, 4000, 6000, 4000, 6000)

    near, far = (forecast.spend_by(date(2026, 12, day)) for day in (6, 20))

    assert near.high - near.low < far.high - far.low


def test_few_results_leave_more_doubt_than_many() -> None:
    few, many = (after(4, 5000, 5000, 5000, 5000, results=n) for n in (1, 100))

    wide, narrow = few.results_by_end(4, Fraction(5000)), many.results_by_end(400, Fraction(50))

    assert [round(value, 1) for value in wide] == [10.0, 24.0, 38.0]
    assert [round(value) for value in narrow] == [2260, 2400, 2540]


def test_eight_months_of_ten_end_between_the_bounds() -> None:
    drawn, inside = random.Random(7), 0  # noqa: S311 (a simulation)
    days = [CHRISTMAS.first + timedelta(days=step) for step in range(CHRISTMAS.days)]

    for _ in range(100):
        spends = [round(planned_on(CHRISTMAS, day) * max(0, 0.8 * drawn.gauss(1, 0.15))) for day in days]
        forecast = after(10, *spends[3:10])._replace(spent=sum(spends[:10]))
        low, _, high = forecast.spend_by(LAST)
        inside += low <= sum(spends) <= high

    assert 0.70 <= inside / 100 <= 0.88
