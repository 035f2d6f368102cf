"""What a pool allows is written for all of its campaigns at once, and each day's allocation keeps to it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from parution.buying.campaigns import Account, Allocation
from parution.buying.desk import BuyingDesk
from parution.buying.sharing import SharingDesk
from parution.errors import NotAsRead, NothingToDecide
from parution.plan.workspace import BudgetPool
from parution.sandbox.memory_budgets import MemoryBudgets
from parution.sandbox.memory_insights import MemoryInsights
from parution.sandbox.memory_posts import MemoryPosts
from tests.buying.doubles import NOON, FakePlatform, FakeQueue, a_campaign, a_line, a_plan, a_row

BY = "claire"
DAY = timedelta(days=1)


def a_pool(total: int = 10_000, **shares: dict[str, Any]) -> BudgetPool:
    flight = (date(2026, 12, 1), date(2026, 12, 31))
    return BudgetPool.model_validate(
        {
            "id": "pool-q4",
            "currency": "EUR",
            "total": total,
            "flight": flight,
            "shares": shares or {"martin": {}, "cimes": {}},
        }
    )


class Agency:
    """Two brands, each with a campaign of two lines, 10,000 over ten days of which this is the third."""

    def __init__(self) -> None:
        self.brands, self.budgets, self.insights = MemoryPosts(), MemoryBudgets(), MemoryInsights()
        self.queue, self.platform, self.time = FakeQueue(), FakePlatform(), NOON
        self.buying = BuyingDesk(
            self.brands, self.budgets, self.insights, self.platform, self.queue, holds=self.brands
        )
        self.sharing = SharingDesk(
            brands=self.brands, budgets=self.budgets, insights=self.insights, clock=self
        )
        for brand in ("martin", "cimes"):
            self.replan(brand)

    def now(self) -> datetime:
        return self.time

    def replan(self, brand: str, **facts: Any) -> None:
        plan = a_plan(a_campaign(**facts))
        plan = plan.model_copy(update={"brand": plan.brand.model_copy(update={"id": brand})})
        self.brands.keep_brand(a_row(plan), self.brands.brand(brand))

    def share_out(self, pool: BudgetPool) -> None:
        self.sharing.share_out(self.sharing.draft(pool), BY)

    def run_day(self, *brands: str) -> None:
        for brand in brands or ("martin", "cimes"):
            self.buying.allocate(brand, self.time)
        while orders := self.queue.take():
            for order in orders:
                self.buying.apply(order, self.time)

    def account(self, brand: str) -> Account:
        account = self.budgets.account(brand, "noel")
        assert account
        return account

    def today(self, brand: str) -> Allocation:
        allocation = self.budgets.allocation(brand, "noel", self.time.date())
        assert allocation
        return allocation


def test_a_draft_changes_nothing() -> None:
    agency = Agency()

    draft = agency.sharing.draft(a_pool())

    assert draft.sharing.allowances == {"martin/noel": 5_000, "cimes/noel": 5_000}
    assert agency.budgets.account("martin", "noel") is None
    assert agency.budgets.pool("pool-q4") is None


def test_the_day_paces_what_the_pool_allows_and_names_it() -> None:
    agency = Agency()
    agency.share_out(a_pool(martin={"fixed": 4_000}, cimes={}))

    agency.run_day()

    assert (agency.today("martin").budget, agency.today("cimes").budget) == (500, 750)  # over 8 days
    day = agency.today("martin").guards[0]
    assert (day.rule, day.limit, day.pointer) == ("pool", 500, "/budget_pool/shares/martin")
    assert day.reason == "pool-q4 pays 40.00 EUR for it in all"
    assert day.price == pytest.approx(agency.today("martin").answer["shadow_price"])


def test_an_allowance_above_the_budget_changes_nothing_of_the_day() -> None:
    agency = Agency()
    agency.share_out(a_pool(50_000))

    agency.run_day("martin")

    assert (agency.today("martin").budget, agency.today("martin").guards[0].rule) == (1_250, "pacing")


def test_a_budget_below_the_allowance_stays_the_cap() -> None:
    agency = Agency()
    agency.share_out(a_pool(50_000))
    agency.replan("martin", budget=4_000)

    agency.run_day("martin")

    assert (agency.account("martin").limit, agency.today("martin").budget) == (4_000, 500)


def test_an_allowance_that_is_lowered_slows_the_days_that_follow() -> None:
    agency = Agency()
    agency.run_day()  # 1,250 each
    agency.time += DAY
    agency.share_out(a_pool(martin={"fixed": 2_650}, cimes={}))

    agency.run_day()

    assert agency.account("martin").available == 2_650 - 1_250 - 200
    assert agency.today("martin").budget == 200  # 1,400 over 7 days


def test_what_stands_today_is_never_taken_back_by_a_pool() -> None:
    agency = Agency()
    agency.run_day()

    agency.share_out(a_pool(martin={"fixed": 1_000}, cimes={}))

    assert agency.account("martin").allowance == agency.account("martin").exposure == 1_250


def test_both_together_never_cost_more_than_the_pool() -> None:
    agency = Agency()
    for day in range(8):
        agency.time = NOON + day * DAY
        agency.share_out(a_pool(7_000))
        agency.run_day()
        exposed = agency.account("martin").exposure + agency.account("cimes").exposure
        assert exposed <= 7_000

    assert exposed == 7_000


def test_of_two_who_share_out_from_one_reading_the_second_is_refused() -> None:
    agency = Agency()
    first, second = (
        agency.sharing.draft(a_pool()),
        agency.sharing.draft(a_pool(martin={"fixed": 1}, cimes={})),
    )
    agency.sharing.share_out(first, BY)

    with pytest.raises(NotAsRead):
        agency.sharing.share_out(second, "karim")

    assert agency.account("martin").allowance == 5_000


def test_what_was_spent_since_the_draft_refuses_it_where_it_is_more_than_allowed() -> None:
    agency = Agency()
    draft = agency.sharing.draft(a_pool(martin={"fixed": 500}, cimes={}))
    agency.run_day()  # 1,250 stand now

    with pytest.raises(NotAsRead):
        agency.sharing.share_out(draft, BY)

    assert (agency.account("martin").allowance, agency.account("cimes").allowance) == (None, None)


def test_who_leaves_the_pool_has_its_own_budget_again_and_what_it_cost_stays_spent() -> None:
    agency = Agency()
    agency.share_out(a_pool())
    agency.run_day()  # 625 each

    agency.share_out(a_pool(martin={}))

    assert (agency.account("cimes").payer, agency.account("cimes").limit) == (None, 10_000)
    assert agency.account("martin").allowance == 10_000 - 625
    row = agency.budgets.pool("pool-q4")
    assert row
    assert (row.version, row.left) == (2, {"cimes/noel": 625})


def test_who_comes_back_is_not_counted_twice() -> None:
    agency = Agency()
    agency.share_out(a_pool())
    agency.run_day()
    agency.share_out(a_pool(martin={}))

    agency.share_out(a_pool())

    allowed = agency.account("martin").allowance or 0, agency.account("cimes").allowance or 0
    assert sum(allowed) == 10_000


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"currency": "CHF"}, "it is in CHF: money is never converted"),
        (
            {"flight": ["2026-11-30", "2026-12-10"]},
            "it flies 2026-11-30 to 2026-12-10, not within the pool's flight",
        ),
    ],
)
def test_what_takes_no_part_is_named_with_its_reason(facts: dict[str, Any], reason: str) -> None:
    agency = Agency()
    agency.replan("cimes", **facts)

    draft = agency.sharing.draft(a_pool(martin={}, cimes={}, montreal={}))

    assert [(one.name, one.reason) for one in draft.left_out] == [
        ("cimes/noel", reason),
        ("montreal", "no plan of this brand is deployed"),
    ]
    assert draft.sharing.allowances == {"martin/noel": 10_000}


def test_a_campaign_has_one_pool() -> None:
    agency = Agency()
    agency.share_out(a_pool())

    with pytest.raises(NothingToDecide) as refused:
        agency.sharing.draft(a_pool().model_copy(update={"id": "pool-2"}))

    assert refused.value.instead == "martin/noel: pool-q4 pays for it; cimes/noel: pool-q4 pays for it"


def test_what_was_learned_moves_the_pools_money() -> None:
    agency = Agency()
    cheap = {"prior": {"cost_per_result": 50, "sd": 0.1}}
    agency.replan("cimes", formats=[a_line("fb-video", **cheap), a_line("ig-reel", **cheap)])

    draft = agency.sharing.draft(a_pool())

    assert draft.sharing.allowances["cimes/noel"] > 2 * draft.sharing.allowances["martin/noel"]
    assert draft.sharing.answer.status == "optimal"
