"""What a line's days teach, and what they do not."""

from itertools import pairwise
from math import isfinite, log

import pytest

from parution.measuring.learned import Interval, Learned, LineFacts, words
from parution.measuring.learning import CARRIES, learn
from parution.measuring.readings import Reading
from parution.plan.model import Prior
from tests.measuring.readings import (
    SHARE,
    a_line,
    a_reading,
    chance,
    counted,
    day,
    hill,
    steady,
    varied,
)

TODAY = day(60)


def of_one(readings: list[Reading], line: LineFacts | None = None) -> Learned:
    line = line or a_line()
    return learn([line], readings, TODAY)[line.id]


def width(interval: Interval) -> float:
    return log(interval.high / interval.low)


# ------------------------------------------------------------------ the curve
def test_the_days_results_are_recovered_where_money_was_spent() -> None:
    learned = of_one(varied(40))

    for spend in (2_500, 5_000, 10_000):
        assert learned.response.value(spend) == pytest.approx(hill(spend), rel=0.15)


def test_days_tell_a_steep_curve_from_one_that_bends_downward_only() -> None:
    flat = of_one(varied(40, slope=0.8, ceiling=200.0))
    steep = of_one(varied(40, slope=2.5, ceiling=200.0))

    assert flat.slope.mid <= 1.0
    assert steep.slope.mid >= 2.0


def test_more_days_narrow_every_interval() -> None:
    learned = [of_one(varied(days)) for days in (3, 12, 50)]

    for fewer, more in pairwise(learned):
        assert width(more.cost_per_result) < width(fewer.cost_per_result)
        assert width(more.half_spend) < width(fewer.half_spend)
        assert width(more.results_at(2 * SHARE)) < width(fewer.results_at(2 * SHARE))


def test_the_interval_is_wider_where_nothing_was_spent_yet() -> None:
    learned = of_one(steady(range(1, 29), 30.0))

    assert width(learned.results_at(6 * SHARE)) > 2 * width(learned.results_at(SHARE))


def test_money_that_brings_nothing_lowers_the_curve_but_never_to_nothing() -> None:
    learned = of_one(steady(range(1, 21), 0.0))

    assert 0 < learned.response.value(SHARE) < 0.5


def test_the_mean_lies_inside_its_interval() -> None:
    learned = of_one(varied(14))

    now = learned.results_now
    assert now.low < learned.response.value(learned.current) < now.high
    assert now.low < now.mid < now.high


# ------------------------------------------------------------------ priors
def test_before_any_day_a_stated_cost_holds_at_the_even_share() -> None:
    line = a_line(prior=Prior(cost_per_result=200, sd=0.4))

    learned = of_one([], line)

    assert SHARE / learned.response.value(SHARE) == pytest.approx(200, rel=0.15)
    assert learned.prior_weight == pytest.approx(1)
    assert not learned.enough


def test_a_stated_prior_is_not_moved_by_other_lines() -> None:
    stated = a_line("stated", prior=Prior(cost_per_result=200, sd=0.4))
    others = steady(range(1, 29), 90.0, line="other")

    alone = of_one([], stated).results_at(SHARE)
    beside = learn([stated, a_line("other")], others, TODAY)["stated"].results_at(SHARE)

    assert beside.mid == pytest.approx(alone.mid, rel=0.05)


def test_a_line_without_a_prior_learns_from_the_others() -> None:
    lines = [a_line("new"), a_line("cheap")]

    alone = learn(lines, [], TODAY)["new"].results_at(SHARE)
    beside = learn(lines, steady(range(1, 29), 90.0, line="cheap"), TODAY)["new"].results_at(SHARE)

    assert beside.mid > 2 * alone.mid
    assert width(beside) < width(alone)


def test_the_surer_a_stated_prior_the_less_the_days_move_it() -> None:
    days = steady(range(1, 4), 50.0)

    sure = of_one(days, a_line(prior=Prior(cost_per_result=200, sd=0.1))).response.value(SHARE)
    unsure = of_one(days, a_line(prior=Prior(cost_per_result=200, sd=1.5))).response.value(SHARE)

    assert 25 < sure < unsure < 55


def test_enough_days_outweigh_a_wrong_prior() -> None:
    wrong = a_line(prior=Prior(cost_per_result=1_000, sd=0.5))

    assert of_one(varied(40), wrong).response.value(SHARE) == pytest.approx(30, rel=0.15)


def test_networks_compare_as_their_published_costs_before_any_day() -> None:
    lines = [a_line("li", network="linkedin", format="image"), a_line("x", network="x", format="image")]

    learned = learn(lines, [], TODAY)

    ratio = learned["x"].results_at(SHARE).mid / learned["li"].results_at(SHARE).mid
    assert ratio == pytest.approx(13.23 / 0.38, rel=0.1)


# ------------------------------------------------------------------ days that arrive late, twice or never
def test_results_that_have_not_arrived_yet_are_no_failures() -> None:
    # 75 % of a day's orders are known the next morning, 100 % after a week.
    settled = steady(range(1, 28), 32.0, read_on=40)
    young = steady([28], 24.0, read_on=29)
    lost = steady([28], 24.0, read_on=40)

    late = of_one(settled + young).response.value(SHARE)
    fewer = of_one(settled + lost).response.value(SHARE)

    assert late == pytest.approx(of_one(settled).response.value(SHARE), rel=0.01)
    assert fewer < late


def test_a_later_reading_of_a_day_replaces_the_earlier_one_upward_or_downward() -> None:
    days = varied(20)
    corrected = a_reading(5, 5_000, 12.0, read_on=60)
    rest = [one for one in days if one.day != day(5)]

    for before in (3.0, 70.0):
        revised = [*rest, a_reading(5, 5_000, before, read_on=40), corrected]
        assert of_one(revised).response.value(SHARE) == pytest.approx(
            of_one([*rest, corrected]).response.value(SHARE), rel=0.02
        )


def test_a_day_without_figures_is_no_evidence() -> None:
    days = varied(12)
    unread = [a_reading(number, SHARE, None) for number in range(13, 20)]

    assert of_one(days + unread).response == of_one(days).response


def test_a_day_without_spend_is_no_evidence() -> None:
    days = varied(12)
    paused = steady(range(13, 20), 0.0, spend=0)

    assert of_one(days + paused).response == of_one(days).response


def test_a_day_that_was_read_before_its_end_is_no_evidence() -> None:
    days = varied(12)
    half = [a_reading(13, SHARE, 2.0, read_on=13)]

    assert of_one(days + half).response == of_one(days).response


def test_readings_made_after_the_day_that_is_asked_about_are_not_seen() -> None:
    days = varied(12)
    later = steady(range(13, 20), 0.0, read_on=70)

    assert of_one(days + later).response == of_one(days).response


def test_the_order_of_readings_and_of_lines_changes_nothing() -> None:
    lines = [a_line("one"), a_line("two", network="tiktok"), a_line("three", format="story")]
    readings = [*varied(9, line="one"), *varied(12, line="two", ceiling=20.0), *varied(5, line="three")]
    mixed = chance("any order").sample(readings, len(readings))

    ordered = learn(lines, readings, TODAY)
    turned = learn(lines[::-1], mixed, TODAY)

    for line in ("one", "two", "three"):
        for spend in (1_000, 5_000, 20_000):
            one, other = ordered[line].response.value(spend), turned[line].response.value(spend)
            assert one == pytest.approx(other, rel=1e-6)


def test_the_same_readings_give_the_same_digest_and_others_another() -> None:
    days = varied(9)

    assert of_one(days).digest == of_one(days).digest
    assert of_one(days).digest != of_one(days[:-1]).digest


# ------------------------------------------------------------------ changes, weekdays, carried effects
def test_a_change_of_level_is_found_dated_and_told() -> None:
    before, after = steady(range(1, 21), 40.0), steady(range(21, 36), 16.0)

    learned = of_one(before + after)

    assert learned.change is not None
    assert abs((learned.change.day - day(21)).days) <= 1
    assert learned.change.times == pytest.approx(0.4, abs=0.08)
    assert learned.response.value(SHARE) == pytest.approx(16, rel=0.15)
    assert "since 2026-03-22 it brings 0.4" in words(learned, "EUR")


def test_days_that_scatter_are_no_change() -> None:
    changed = [of_one(varied(28, seed=seed)).change for seed in range(20)]

    assert sum(change is not None for change in changed) <= 1


def test_a_weekend_that_brings_less_is_no_change_and_no_worse_line() -> None:
    weekend = {5, 6}
    days = [
        a_reading(number, SHARE, 20.0 if day(number).weekday() in weekend else 40.0)
        for number in range(1, 36)
    ]

    learned = of_one(days)

    assert learned.change is None
    assert learned.response.value(SHARE) == pytest.approx((5 * 40 + 2 * 20) / 7, rel=0.05)


def test_an_effect_that_is_carried_on_is_found_where_the_objective_may_have_one() -> None:
    carry, state, days = 0.5, 5_000.0, []
    random = chance("carried")
    for number in range(1, 57):
        spend = random.choice([500, 5_000, 15_000])
        state = carry * state + (1 - carry) * spend
        days.append(a_reading(number, spend, float(counted(random, hill(state, ceiling=400.0)))))

    carried = of_one(days, a_line(carries=CARRIES))

    assert carried.carry_over == pytest.approx(carry, abs=0.1)
    assert of_one(days).carry_over == 0


# ------------------------------------------------------------------ calibration
def test_the_80_percent_interval_holds_the_truth_about_80_times_in_100() -> None:
    """Draw worlds from the prior: of 200 lines, between 140 and 180 lie inside (4 standard errors)."""
    random = chance("calibration")
    held = 0
    for _ in range(200):
        line = a_line(prior=Prior(cost_per_result=250, sd=0.6))
        slope = random.choices([0.7, 1.0, 1.3, 1.7, 2.2, 2.8], [8, 32, 20, 18, 13, 9])[0]
        half = SHARE * random.lognormvariate(0.2, 0.8)
        at_share = random.lognormvariate(log(SHARE / 250), 0.6)
        ceiling = at_share / hill(SHARE, 1.0, half, slope)
        days = []
        for number in range(1, 11):
            spend = round(SHARE * random.lognormvariate(0, 0.5))
            waves = random.gammavariate(16, 1 / 16)
            mean = hill(spend, ceiling, half, slope) * waves
            days.append(a_reading(number, spend, float(counted(random, mean)), read_on=20))
        told = learn([line], days, day(20))[line.id].results_at(2 * SHARE)
        held += told.low <= hill(2 * SHARE, ceiling, half, slope) <= told.high

    assert 140 <= held <= 180


# ------------------------------------------------------------------ the ends of the scale
@pytest.mark.parametrize(
    "days",
    [
        [],
        steady([1], 0.0),
        steady([1], 0.0, spend=0),
        steady([1], 3.0, spend=1),
        steady(range(1, 4), 1e6, spend=10**6),
        steady(range(1, 29), 0.0, spend=10**9),
        steady(range(1, 29), 0.5, spend=10**9),
        steady([1, 28], 10.0),
    ],
    ids=["none", "no results", "no spend", "a cent", "a million", "a billion", "nearly nothing", "a gap"],
)
def test_every_figure_is_a_number_whatever_the_days(days: list[Reading]) -> None:
    learned = of_one(days)

    intervals = [learned.cost_per_result, learned.results_now, learned.half_spend, learned.slope]
    figures = [figure for one in intervals for figure in (one.low, one.mid, one.high)]
    assert all(isfinite(figure) and figure > 0 for figure in figures)
    assert isfinite(learned.response.value(10**6))
    assert learned.response.value(10**6) > 0
    assert learned.prior_weight <= 1 + 1e-9


def test_the_unit_of_money_changes_nothing() -> None:
    days = varied(14)
    scaled = [one._replace(spend=one.spend * 1_000) for one in days]
    line = a_line(reference=float(SHARE * 1_000))

    cents, mills = of_one(days), of_one(scaled, line)

    assert mills.response.value(SHARE * 1_000) == pytest.approx(cents.response.value(SHARE), rel=0.02)


# ------------------------------------------------------------------ words
def test_what_was_learned_is_told_in_a_line() -> None:
    learned = of_one(steady(range(1, 15), 20.0), a_line(prior=Prior(cost_per_result=250, sd=0.5)))

    told = words(learned, "EUR", "order")

    assert told.startswith("n = 14 days, 280 results; half of the effect by ")
    assert " EUR per order at 50.00 EUR a day" in told
    low, high = told.split("80 % between ")[1].split(" EUR")[0].split(" and ")
    assert float(low) < 2.50 < float(high)


def test_a_line_with_too_little_data_says_so() -> None:
    assert words(of_one(steady([1], 2.0)), "EUR").startswith("too little data (1 day, 2 results)")


def test_amounts_are_told_in_the_currencys_own_decimals() -> None:
    learned = of_one(steady(range(1, 15), 20.0))

    assert " JPY per result at 5000 JPY a day" in words(learned, "JPY")
    assert " TND per result at 5.000 TND a day" in words(learned, "TND")
