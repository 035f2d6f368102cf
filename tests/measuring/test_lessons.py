"""How a plan's campaign and what was read of it become curves."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from parution.measuring.insights import LineInsight
from parution.measuring.learned import Learned
from parution.measuring.lessons import even_share, kept_of, learned_of
from parution.plan.model import Plan
from tests.buying.doubles import TODAY, a_campaign, a_line, a_plan

# 10,000 cents over 10 days and 2 lines: an even share is 500 cents a day.
EVEN_SHARE = 500


def a_plan_of(*lines: dict[str, Any], **facts: Any) -> Plan:
    return a_plan(a_campaign(formats=list(lines), **facts))


def an_insight(
    day: int, results: float | None, *, spend: int = EVEN_SHARE, read: str = "2026-12-15T06:00"
) -> LineInsight:
    return LineInsight(
        brand="boulangerie-martin",
        campaign="noel",
        line="fb-video",
        day=date(2026, 12, day),
        spend=spend,
        results=results,
        read_at=datetime.fromisoformat(read).replace(tzinfo=UTC),
    )


def learned_by(
    plan: Plan, insights: list[LineInsight], today: date = date(2026, 12, 20)
) -> dict[str, Learned]:
    return learned_of(plan, plan.campaigns[0], insights, today)


def test_an_even_share_is_the_budget_over_days_and_lines() -> None:
    assert even_share(a_plan_of(a_line("a"), a_line("b")).campaigns[0]) == EVEN_SHARE


def test_at_an_even_share_a_result_costs_what_the_plan_says() -> None:
    learned = learned_by(a_plan_of(a_line("fb-video"), a_line("ig-reel")), [])

    assert EVEN_SHARE / learned["fb-video"].response.value(EVEN_SHARE) == pytest.approx(200, rel=0.15)


def test_lines_of_which_the_same_is_known_have_the_same_curve() -> None:
    learned = learned_by(a_plan_of(a_line("one"), a_line("two", network="tiktok")), [])

    assert learned["one"].response == learned["two"].response


def test_a_stated_cost_sets_the_level_of_lines_without_one() -> None:
    dear = a_plan_of(a_line("a", prior={"cost_per_result": 2_000, "sd": 0.2}), a_line("b", prior=None))
    cheap = a_plan_of(a_line("a", prior={"cost_per_result": 20, "sd": 0.2}), a_line("b", prior=None))

    ratio = learned_by(cheap, [])["b"].response.value(500) / learned_by(dear, [])["b"].response.value(500)

    assert 30 < ratio < 100


def test_a_revision_is_learned_from_and_not_added() -> None:
    plan = a_plan_of(a_line("fb-video"), a_line("ig-reel"))
    first = [an_insight(day, 9.0, read=f"2026-12-{day + 1:02}T06:00") for day in range(1, 9)]
    revised = [an_insight(day, 2.0) for day in range(1, 9)]

    both = learned_by(plan, first + revised)["fb-video"]

    assert both.results == 16
    assert both.days == 8


def test_how_late_results_come_is_learned_from_all_readings() -> None:
    """Half of each day's results came late: the newest days are worth more than they show."""
    plan = a_plan_of(a_line("fb-video"), a_line("ig-reel"))
    settled = [an_insight(day, 40.0, read="2026-12-12T06:00") for day in range(1, 10)]
    next_morning = [an_insight(day, 20.0, read=f"2026-12-{day + 1:02}T06:00") for day in range(1, 12)]

    with_history = learned_by(plan, next_morning + settled, date(2026, 12, 12))["fb-video"]
    without = learned_by(plan, settled + next_morning[-2:], date(2026, 12, 12))["fb-video"]

    assert with_history.response.value(EVEN_SHARE) > 1.03 * without.response.value(EVEN_SHARE)


def test_a_day_is_over_when_it_is_over_where_the_brand_is() -> None:
    plan = a_plan_of(a_line("fb-video"), a_line("ig-reel"))
    # 23:30 in London is half past midnight in Paris.
    late = [an_insight(1, 9.0, read="2026-12-01T23:30")]
    early = [an_insight(1, 9.0, read="2026-12-01T22:30")]

    assert learned_by(plan, late)["fb-video"].days == 1
    assert learned_by(plan, early)["fb-video"].days == 0


@pytest.mark.parametrize(("family", "carried"), [("notoriety", True), ("sales", False)])
def test_what_is_seen_is_remembered_and_what_is_ordered_was_ordered(family: str, *, carried: bool) -> None:
    objective = {
        "id": "voir",
        "family": family,
        "kpi": "views",
        "unit": "vues",
        "target": 1,
        "period": "2026-12",
    }
    plan = Plan.model_validate(
        a_plan_of(a_line("fb-video"), a_line("ig-reel"), objective="voir").model_dump(
            by_alias=True, exclude_none=True
        )
        | {"objectives": [objective]}
    )
    days = [an_insight(day, 9.0) for day in range(1, 10)]

    assert (learned_by(plan, days)["fb-video"].carry_over > 0) is carried


def test_what_is_kept_of_fifty_lines_is_small() -> None:
    plan = a_plan_of(*(a_line(f"line-{number}") for number in range(50)))

    kept = [kept_of(one) for one in learned_by(plan, [], TODAY).values()]

    assert len(json.dumps(kept)) < 60_000
    assert "draws" not in kept[0]
    assert kept[0]["digest"]
