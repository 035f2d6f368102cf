from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.pacing import Flight, planned, todays_amount

FIRST = date(2026, 12, 1)
NOEL = Flight(150_000, FIRST, date(2026, 12, 24))


def walk(flight: Flight) -> list[int]:
    """Spend each day's whole amount, on a platform that never overdelivers."""
    amounts: list[int] = []
    for number in range(flight.days):
        today = flight.first + timedelta(days=number)
        left = flight.budget - sum(amounts)
        amounts.append(
            todays_amount(flight, today, sum(amounts), available=left, overdelivery=1.0, lines=3).amount
        )
    return amounts


def test_an_even_pace_spends_the_same_each_day() -> None:
    assert walk(NOEL) == [6_250] * 24


def test_cents_that_do_not_divide_come_last_and_none_is_lost() -> None:
    assert walk(Flight(100, FIRST, date(2026, 12, 7))) == [14, 14, 14, 14, 14, 15, 15]


def test_ahead_means_that_many_times_the_even_pace_at_the_end_of_that_day() -> None:
    flight = NOEL._replace(pacing="ahead:1.2@2026-12-15")

    amounts = walk(flight)

    assert sum(amounts[:15]) == 112_500  # 1.2 * 150,000 * 15 / 24
    assert amounts[:15] == [7_500] * 15
    assert sum(amounts) == 150_000


def test_behind_means_that_much_less() -> None:
    amounts = walk(NOEL._replace(pacing="behind:0.5@2026-12-12"))

    assert sum(amounts[:12]) == 37_500
    assert sum(amounts) == 150_000


def test_a_pace_that_spends_all_early_leaves_nothing_for_the_rest() -> None:
    amounts = walk(Flight(1_000, FIRST, date(2026, 12, 10), "ahead:3@2026-12-05"))

    assert amounts == [200] * 5 + [0] * 5


def test_money_left_after_the_plan_wanted_all_of_it_spent_goes_to_the_days_left() -> None:
    flight = Flight(1_000, FIRST, date(2026, 12, 10), "ahead:3@2026-12-05")

    today = todays_amount(flight, date(2026, 12, 6), 400, available=600, overdelivery=1.0, lines=1)

    assert today.amount == 120


@pytest.mark.parametrize("pacing", ["ahead:1.5@2026-12-24", "ahead:1.5@2027-01-03", "behind:0.5@2026-11-30"])
def test_a_day_that_can_bend_nothing_leaves_the_pace_even(pacing: str) -> None:
    assert walk(NOEL._replace(pacing=pacing)) == walk(NOEL)


@given(
    st.integers(0, 10**7),
    st.integers(1, 70),
    st.sampled_from(["even", "ahead", "behind"]),
    st.integers(1, 400),
    st.integers(-2, 72),
)
def test_a_flight_spends_its_budget_to_the_cent(
    budget: int, days: int, kind: str, percent: int, bend: int
) -> None:
    pacing = kind if kind == "even" else f"{kind}:{percent / 100}@{FIRST + timedelta(days=bend)}"
    flight = Flight(budget, FIRST, FIRST + timedelta(days=days - 1), pacing)

    amounts = walk(flight)

    assert sum(amounts) == budget
    assert min(amounts) >= 0
    assert all(
        abs(sum(amounts[:number]) - planned(flight, number)) < flight.days + 1
        for number in range(flight.days + 1)
    )


def test_what_was_missed_is_spread_over_the_days_left() -> None:
    today = todays_amount(NOEL, date(2026, 12, 13), 51_000, available=99_000, overdelivery=1.0, lines=1)

    assert (today.amount, today.limit, today.share) == (8_250, "pacing", Fraction(1, 12))


def test_what_was_overspent_slows_the_rest_down() -> None:
    today = todays_amount(NOEL, date(2026, 12, 23), 149_000, available=1_000, overdelivery=1.0, lines=1)

    assert today.amount == 500


def test_nothing_is_left_to_spend_after_more_than_the_budget() -> None:
    today = todays_amount(NOEL, date(2026, 12, 23), 150_100, available=-100, overdelivery=1.0, lines=1)

    assert today.amount == 0


def test_the_guardrail_holds_and_says_so() -> None:
    today = todays_amount(NOEL, FIRST, 0, available=150_000, overdelivery=1.0, lines=1, max_daily=5_000)

    assert (today.amount, today.limit) == (5_000, "max_daily")


@given(
    st.integers(0, 10_000),
    st.sampled_from([1.0, 1.1, 1.25, 1.75, 2.0, 4.0]),
    st.lists(st.integers(0, 100), min_size=1, max_size=9),
)
def test_todays_worst_case_fits_what_is_available_however_it_is_split(
    available: int, overdelivery: float, weights: list[int]
) -> None:
    flight = Flight(10_000, FIRST, FIRST)
    amount = todays_amount(
        flight, FIRST, 0, available=available, overdelivery=overdelivery, lines=len(weights)
    ).amount

    shares = [amount * weight // max(1, sum(weights)) for weight in weights]
    shares[0] += amount - sum(shares)

    times = Fraction(str(overdelivery))
    assert sum(-(-share * times.numerator // times.denominator) for share in shares) <= available
