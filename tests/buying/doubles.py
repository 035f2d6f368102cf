"""A bakery's campaign, and an ad platform that fails, lies and answers late on demand."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from parution.buying.brakes import Brake
from parution.buying.campaigns import Account, Allocation, Entry, LineDay
from parution.buying.desk import BuyingDesk, Outcome
from parution.buying.ports import Order, Spending
from parution.errors import PlatformBusy, PlatformUnknown
from parution.guarding.holds import Scope
from parution.measuring.insights import LineInsight
from parution.plan.model import Plan
from parution.plan.ports import BrandRow
from parution.sandbox.memory_budgets import MemoryBudgets
from parution.sandbox.memory_insights import MemoryInsights
from parution.sandbox.memory_posts import MemoryPosts

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
TODAY = date(2026, 12, 3)


def a_campaign(**facts: Any) -> dict[str, Any]:
    """Ten days from 1 December, 10,000 cents over two lines of equal prior."""
    return {
        "id": "noel",
        "budget": 10_000,
        "currency": "EUR",
        "flight": ["2026-12-01", "2026-12-10"],
        "formats": [a_line("fb-video"), a_line("ig-reel", network="instagram", format="reel")],
        **facts,
    }


def a_line(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": name,
        "network": "facebook",
        "format": "video",
        "minimum_daily": 0,
        "prior": {"cost_per_result": 200, "sd": 0.5},
        **facts,
    }


def a_plan(*campaigns: dict[str, Any]) -> Plan:
    brand = {
        "id": "boulangerie-martin",
        "name": "Boulangerie Martin",
        "locale": "fr-FR",
        "timezone": "Europe/Paris",
        "currency": "EUR",
    }
    return Plan.model_validate(
        {
            "version": 1,
            "brand": brand,
            "ad_accounts": [{"id": "regie", "platform": "sandbox", "account": "secret:ads-martin"}],
            "campaigns": campaigns or [a_campaign()],
        }
    )


def a_row(plan: Plan) -> BrandRow:
    return BrandRow(plan=plan, key="plans/bakery.json", digest="0" * 64, version=1, imported_at=NOON)


def an_insight(line: str, day: date, spend: int, results: float | None = None, **facts: Any) -> LineInsight:
    return LineInsight(
        brand="boulangerie-martin",
        campaign="noel",
        line=line,
        day=day,
        spend=spend,
        results=results,
        read_at=facts.get("read_at", NOON),
    )


class FakeQueue:
    def __init__(self) -> None:
        self.sent: list[Order] = []

    def send(self, orders: list[Order]) -> None:
        self.sent += orders

    def take(self) -> list[Order]:
        taken, self.sent = self.sent, []
        return taken


class FakePlatform:
    """An ad account. ``faults`` run before (and ``late`` after) the next calls of ``set_amount``."""

    def __init__(self, overdelivery: float = 1.0) -> None:
        self.overdelivery = overdelivery
        self.amounts: dict[tuple[str, date], int] = {}
        self.spent: dict[tuple[str, date], int] = {}
        self.calls: list[str] = []
        self.faults: list[Callable[[], None]] = []
        self.lost_answers = 0
        self.forgets = 0

    def open(self, platform: str, account: str) -> "FakePlatform":
        assert (platform, account) == ("sandbox", "secret:ads-martin")
        return self

    def ensure(self, name: str, network: str, format: str, currency: str) -> str:  # noqa: A002 (the trade's word)
        self.calls.append(f"ensure {name}")
        return f"ad:{name}"

    def find(self, name: str) -> str | None:
        return f"ad:{name}"

    def set_amount(self, ad_object: str, day: date, amount: int) -> None:
        self.calls.append(f"set {ad_object} {amount}")
        if self.faults:
            self.faults.pop(0)()
        if self.forgets:
            self.forgets -= 1
            return
        self.amounts[ad_object, day] = amount
        if self.lost_answers:
            self.lost_answers -= 1
            raise PlatformUnknown("the answer was lost")

    def read_amount(self, ad_object: str, day: date) -> int:
        self.calls.append(f"read {ad_object}")
        return self.amounts.get((ad_object, day), 0)

    def spending(self, ad_object: str, since: date) -> list[Spending]:
        return [
            Spending(day=day, spend=spend)
            for (name, day), spend in self.spent.items()
            if name == ad_object and day >= since
        ]


def raises(error: Exception) -> Callable[[], None]:
    def fault() -> None:
        raise error

    return fault


def busy() -> PlatformBusy:
    return PlatformBusy("too many calls", timedelta(seconds=30))


class Office:
    """The buying desk with all that it works with; each test moves its clock."""

    def __init__(self, *campaigns: dict[str, Any], overdelivery: float = 1.0) -> None:
        self.brands, self.budgets, self.insights = MemoryPosts(), MemoryBudgets(), MemoryInsights()
        self.queue, self.platform, self.now = FakeQueue(), FakePlatform(overdelivery), NOON
        self.desk = BuyingDesk(
            self.brands, self.budgets, self.insights, self.platform, self.queue, holds=self.brands
        )
        self._row: BrandRow | None = None
        self.replan(*campaigns)

    def replan(self, *campaigns: dict[str, Any], **facts: Any) -> None:
        row = a_row(a_plan(*campaigns)).model_copy(update=facts)
        self.brands.keep_brand(row, self._row)
        self._row = row

    def allocate(self) -> list[Outcome]:
        return self.desk.allocate("boulangerie-martin", self.now)

    def book(self) -> list[Outcome]:
        return self.desk.book("boulangerie-martin", self.now)

    def apply_all(self) -> list[str]:
        """Deliver every waiting order once."""
        return [self.desk.apply(order, self.now).metric for order in self.queue.take()]

    def run_day(self) -> None:
        self.allocate()
        self.apply_all()

    def hold(self, **scope: str) -> None:
        """Place a hold, and pull the brake as `parution hold` does."""
        standing = self.brands.standing()
        self.brands.change(standing, standing.with_hold(Scope(**scope), "une rumeur", "claire", self.now))
        Brake(self.brands, self.budgets, self.queue).pull(Scope(**scope), self.now)

    def release(self, **scope: str) -> None:
        standing = self.brands.standing()
        self.brands.change(standing, standing.without(Scope(**scope)))

    def report(self, line: str, day: date, spend: int, results: float | None = None) -> None:
        self.insights.append_line(an_insight(line, day, spend, results, read_at=self.now))

    @property
    def account(self) -> Account:
        account = self.budgets.account("boulangerie-martin", "noel")
        assert account
        return account

    def day(self, line: str = "fb-video", day: date = TODAY) -> LineDay:
        return self.budgets.line_day("boulangerie-martin", "noel", line, day)

    def allocation(self, day: date = TODAY) -> Allocation:
        allocation = self.budgets.allocation("boulangerie-martin", "noel", day)
        assert allocation
        return allocation

    def ledger(self) -> list[Entry]:
        return list(self.budgets.entries("boulangerie-martin", "noel"))

    def amount_on_platform(self, line: str = "fb-video", day: date = TODAY) -> int:
        return self.platform.amounts.get((f"ad:boulangerie-martin/noel/{line}", day), 0)
