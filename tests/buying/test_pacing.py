from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.pacing import UNBOUND, Bounds, Flight, Kept, flight_of, planned, todays_amount
from tests.buying.doubles import a_campaign, a_plan

FIRST = date(2026, 12, 1)
NOEL = Flight(150_000, FIRST, date(2026, 12, 24))


def walk(flight: Flight, bounds: Bounds = UNBOUND) -> list[int]:
    """Spend each day's whole amount, on a platform that never overdelivers."""
    amounts: list[int] = []
    for number in range(flight.days):
        today = flight.first + timedelta(days=number)
        left = flight.budget - sum(amounts)
        amounts.append(
            todays_amount(
                flight, today, sum(amounts), available=left, overdelivery=1.0, lines=3, bounds=bounds
            ).amount
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
    today = todays_amount(
        NOEL, FIRST, 0, available=150_000, overdelivery=1.0, lines=1, bounds=Bounds(max_daily=5_000)
    )

    assert (today.amount, today.limit) == (5_000, "max_daily")


# ---------------------------------------------------------------------- days that weigh more
TWO_WEEKS = Flight(140_000, date(2026, 12, 7), date(2026, 12, 20))  # from a Monday


def weekdays(**weights: float) -> tuple[Fraction, ...]:
    return tuple(
        Fraction(str(weights.get(day, 1))) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )


def test_a_weekday_that_weighs_twice_gets_twice_as_much() -> None:
    amounts = walk(TWO_WEEKS._replace(budget=160_000, weekdays=weekdays(sat=2)))

    assert amounts == [10_000] * 5 + [20_000] + [10_000] * 6 + [20_000, 10_000]


def test_a_weekday_that_weighs_nothing_gets_nothing() -> None:
    amounts = walk(TWO_WEEKS._replace(budget=120_000, weekdays=weekdays(sun=0)))

    assert amounts == [10_000] * 6 + [0] + [10_000] * 6 + [0]


def test_a_day_with_a_post_of_the_campaign_weighs_more_by_the_stated_factor() -> None:
    flight = TWO_WEEKS._replace(
        budget=150_000, on_post_days=Fraction(2), post_days=frozenset({date(2026, 12, 9)})
    )

    assert walk(flight)[:4] == [10_000, 10_000, 20_000, 10_000]


def test_ahead_is_ahead_of_what_the_weights_make_even() -> None:
    even = TWO_WEEKS._replace(weekdays=weekdays(sat=3, sun=0))
    ahead = even._replace(pacing="ahead:1.5@2026-12-13")

    assert planned(ahead, 7) == Fraction(3, 2) * planned(even, 7)


def test_the_plan_says_what_days_weigh() -> None:
    (campaign,) = a_plan(a_campaign(weekdays={"sat": 2}, on_post_days=1.5)).campaigns

    flight = flight_of(campaign, [date(2026, 12, 5)])

    assert [flight.weight(date(2026, 12, day)) for day in (4, 5, 6)] == [1, 3, 1]


# ---------------------------------------------------------------------- reserve
def test_a_reserve_is_kept_back_and_spent_from_its_day_on() -> None:
    flight = TWO_WEEKS._replace(reserve=Kept(Fraction("0.1"), date(2026, 12, 17)))

    assert walk(flight) == [9_000] * 10 + [12_500] * 4


def test_a_reserve_is_not_touched_when_the_days_before_spent_too_much() -> None:
    flight = TWO_WEEKS._replace(reserve=Kept(Fraction("0.1"), date(2026, 12, 17)))

    today = todays_amount(flight, date(2026, 12, 16), 125_500, available=14_500, overdelivery=1.0, lines=1)

    assert (today.amount, today.limit) == (500, "reserve")


# ---------------------------------------------------------------------- limits of catching up
def test_catching_up_is_limited_to_so_many_times_the_plan() -> None:
    today = todays_amount(
        NOEL,
        date(2026, 12, 24),
        100_000,
        available=50_000,
        overdelivery=1.0,
        lines=1,
        bounds=Bounds(catch_up=2),
    )

    assert (today.amount, today.limit) == (12_500, "catch_up")


def test_slowing_down_is_limited_to_so_much_of_the_plan_and_to_what_is_left() -> None:
    late, broke = (
        todays_amount(
            NOEL, day, spent, available=9**9, overdelivery=1.0, lines=1, bounds=Bounds(slow_down=0.5)
        )
        for day, spent in [(date(2026, 12, 13), 140_000), (date(2026, 12, 24), 149_000)]
    )

    assert (late.amount, late.limit) == (3_125, "slow_down")
    assert (broke.amount, broke.limit) == (1_000, "slow_down")


@st.composite
def flights(draw: st.DrawFn) -> Flight:
    days = draw(st.integers(1, 45))
    until = FIRST + timedelta(days=draw(st.integers(0, days - 1)))
    share = draw(st.sampled_from([Fraction(1, 10), Fraction(1, 2), Fraction(99, 100)]))
    posts = draw(st.sets(st.integers(0, 44)))
    return Flight(
        draw(st.integers(0, 10**6)),
        FIRST,
        FIRST + timedelta(days=days - 1),
        draw(st.sampled_from(["even", "ahead:1.7@2026-12-09", "behind:0.3@2026-12-20"])),
        weekdays=draw(st.tuples(*[st.sampled_from([Fraction(each) for each in ("0", "0.5", "1", "4")])] * 7)),
        on_post_days=Fraction(3, 2),
        post_days=frozenset(FIRST + timedelta(days=day) for day in posts),
        reserve=draw(st.sampled_from([None, Kept(share, until)])),
    )


@given(flights())
def test_whatever_days_weigh_a_flight_spends_its_budget_to_the_cent(flight: Flight) -> None:
    amounts = walk(flight)

    assert (sum(amounts), min(amounts) >= 0) == (flight.budget, True)


@given(flights(), st.sampled_from([Bounds(catch_up=1, slow_down=1), Bounds(catch_up=1.5, slow_down=0.2)]))
def test_no_limit_of_catching_up_or_slowing_down_spends_more_than_the_budget(
    flight: Flight, bounds: Bounds
) -> None:
    assert sum(walk(flight, bounds)) <= flight.budget


@given(flights())
def test_the_plan_rises_from_nothing_to_the_budget(flight: Flight) -> None:
    wanted = [planned(flight, Fraction(number, 2)) for number in range(2 * flight.days + 1)]

    assert wanted == sorted(wanted)
    assert wanted[0] == 0
    assert wanted[-1] == flight.budget


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
