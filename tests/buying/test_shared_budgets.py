"""A pool is split between brands and campaigns so that no other split brings more, within every limit."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.campaigns import Account, LineDay
from parution.buying.curves import Hill
from parution.buying.shared_budgets import Member, Sharing, shared
from parution.plan.model import Campaign
from parution.plan.workspace import BudgetPool
from tests.buying.doubles import a_campaign, a_line

TODAY = date(2026, 12, 1)
FLIGHT = ["2026-12-01", "2026-12-10"]


def a_pool(total: int = 10_000, **shares: dict[str, Any]) -> BudgetPool:
    return BudgetPool.model_validate(
        {
            "id": "pool-q4",
            "currency": "EUR",
            "total": total,
            "flight": (date(2026, 12, 1), date(2026, 12, 31)),
            "shares": shares or {"martin": {}, "cimes": {}},
        }
    )


def a_member(
    brand: str, ceiling: float = 10.0, *, gone: int = 0, today: date = TODAY, **facts: Any
) -> Member:
    """One line whose hill brings half of the ceiling a day at 500."""
    campaign = Campaign.model_validate(
        a_campaign(**{"formats": [a_line("fb-video")], "flight": FLIGHT, **facts})
    )
    account = Account(brand=brand, campaign="noel", currency="EUR", cap=campaign.budget, reserved=gone)
    curve = Hill(kind="hill", ceiling=ceiling, half_spend=500.0, slope=1.0)
    return Member(brand, campaign, account, [], today, {"fb-video": curve})


def parts(found: Sharing) -> dict[str, int]:
    return {part.brand: part.part for part in found.parts}


def test_brands_that_bring_alike_get_alike() -> None:
    assert parts(shared(a_pool(), [a_member("martin"), a_member("cimes")])) == {
        "martin": 5_000,
        "cimes": 5_000,
    }


def test_money_follows_the_results_until_the_next_cent_brings_the_same_everywhere() -> None:
    found = shared(a_pool(), [a_member("martin", 10.0), a_member("cimes", 40.0)])

    # The margins c h / (h + x)^2 are equal where h + x is as the root of c: 5,000 + x is 1 to 2.
    assert parts(found) == {"martin": 1_667, "cimes": 8_333}
    assert found.answer.status == "optimal"
    assert found.answer.shadow_price == pytest.approx(400 * 5_000 / 13_333**2, rel=1e-3)


def test_what_a_result_is_worth_moves_the_money() -> None:
    pool = a_pool(martin={}, cimes={"worth": 4})

    found = shared(pool, [a_member("martin", 10.0), a_member("cimes", 10.0)])

    assert parts(found) == {"martin": 1_667, "cimes": 8_333}
    assert found.parts[1].brings == pytest.approx(10 * 10 * 833 / 1_333)  # results, whatever they are worth


@pytest.mark.parametrize(
    ("share", "martin", "price"),
    [({"min": 0.3}, 3_000, "floor"), ({"max": 0.1}, 1_000, "cap"), ({"fixed": 2_500}, 2_500, "floor")],
)
def test_a_brands_share_is_kept_and_priced(share: dict[str, Any], martin: int, price: str) -> None:
    found = shared(a_pool(martin=share, cimes={}), [a_member("martin", 10.0), a_member("cimes", 40.0)])

    assert parts(found) == {"martin": martin, "cimes": 10_000 - martin}
    (held,) = (one for one in found.answer.binding if one.group == "martin" and one.price)
    assert held.constraint == price


def test_what_was_spent_counts_as_the_brands_share() -> None:
    pool = a_pool(martin={"min": 0.3, "max": 0.3}, cimes={})

    found = shared(pool, [a_member("martin", gone=1_000), a_member("cimes")])

    assert (found.gone, parts(found)["martin"], found.allowances["martin/noel"]) == (1_000, 2_000, 3_000)


def test_a_pool_never_lets_a_campaign_pass_its_own_budget() -> None:
    members = [a_member("martin", budget=2_000, gone=500), a_member("cimes", budget=3_000)]

    found = shared(a_pool(), members)

    assert found.allowances == {"martin/noel": 2_000, "cimes/noel": 3_000}
    assert found.answer.leftover == 5_000
    assert found.answer.leftover_because == "caps"


def test_a_share_that_campaigns_can_not_take_yields_and_is_told() -> None:
    found = shared(
        a_pool(martin={"min": 0.5}, cimes={}), [a_member("martin", budget=2_000), a_member("cimes")]
    )

    assert parts(found) == {"martin": 2_000, "cimes": 8_000}
    assert found.yields == ("martin is to have 30.00 EUR more than its campaigns may cost",)


def test_shares_that_exclude_each_other_are_named_where_they_stand() -> None:
    found = shared(
        a_pool(martin={"min": 0.6}, cimes={"fixed": 5_000}), [a_member("martin"), a_member("cimes")]
    )

    assert (found.answer.status, found.parts) == ("infeasible", ())
    (obstacle,) = found.answer.infeasible
    assert (obstacle.by, obstacle.pointer) == (1_000, "/budget_pool")


def test_a_campaign_that_is_over_keeps_what_it_has_cost_and_gets_no_more() -> None:
    over = a_member("martin", gone=4_000, today=date(2026, 12, 11))

    found = shared(a_pool(), [over, a_member("cimes")])

    assert (found.parts[0].part, found.allowances["martin/noel"]) == (0, 4_000)
    assert parts(found)["cimes"] == 6_000


def test_a_day_whose_amounts_are_set_is_no_day_left() -> None:
    member = a_member("martin", today=date(2026, 12, 3))
    day = LineDay(brand="martin", campaign="noel", line="fb-video", day=date(2026, 12, 3), told=100)

    assert member.days_left == 8
    assert member._replace(days=[day]).days_left == 7


def test_a_longer_flight_gets_more_of_the_same_curve() -> None:
    short = a_member("martin", flight=["2026-12-01", "2026-12-05"])

    found = shared(a_pool(), [short, a_member("cimes")])

    assert parts(found) == {"martin": 3_333, "cimes": 6_667}  # as much a day


def test_minimums_of_lines_are_kept_where_their_campaign_has_the_money() -> None:
    lines = [a_line("fb-video", min=4_000)]

    found = shared(a_pool(), [a_member("martin", 0.1, formats=lines), a_member("cimes")])
    broke = shared(a_pool(), [a_member("martin", 0.1, formats=lines, gone=7_000), a_member("cimes")])

    assert parts(found)["martin"] == 4_000
    assert broke.answer.status == "optimal"


def test_what_campaigns_cost_that_have_left_is_not_shared_out_again() -> None:
    found = shared(a_pool(), [a_member("martin"), a_member("cimes")], left=4_000)

    assert sum(parts(found).values()) == 6_000


@given(
    total=st.integers(1, 30_000),
    gone=st.tuples(st.integers(0, 9_000), st.integers(0, 9_000)),
    least=st.floats(0, 1),
    most=st.floats(0, 1),
    day=st.integers(0, 12),
)
def test_whatever_was_spent_nothing_more_is_shared_out_than_there_is(
    total: int, gone: tuple[int, int], least: float, most: float, day: int
) -> None:
    pool, today = a_pool(total, martin={"min": least}, cimes={"max": most}), TODAY + timedelta(days=day)
    members = [
        a_member(brand, gone=cost, today=today) for brand, cost in zip(("martin", "cimes"), gone, strict=True)
    ]

    found = shared(pool, members)

    assert sum(part.part for part in found.parts) <= max(0, total - sum(gone))
    assert all(part.allowance <= max(10_000, part.gone) for part in found.parts)  # each campaign's own budget
