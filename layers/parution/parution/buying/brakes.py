"""The brake on money: what a hold stops is lowered to nothing at once, not at the next allocation."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from parution.buying.campaigns import LineDay
from parution.buying.ports import ApplyQueue, Budgets, Order
from parution.guarding.holds import Scope
from parution.plan.model import Campaign, Plan
from parution.plan.ports import Brands


class Directory(Brands, Protocol):
    def brands(self) -> list[str]:
        """Give the ids of all brands, sorted."""


class Brake:
    """Sends an order for every amount that stands in a hold's scope; who applies it reads the hold."""

    def __init__(self, directory: Directory, budgets: Budgets, queue: ApplyQueue) -> None:
        self._directory, self._budgets, self._queue = directory, budgets, queue

    def pull(self, scope: Scope, now: datetime) -> list[Order]:
        """Order the amounts of a hold that stands already to be looked at again; give the orders.

        The hold must be stored before. Then a worker that raises an amount at this moment has either
        noted so, and is found here, or reads the hold before it asks the platform.
        """
        orders = []
        for brand in [scope.brand] if scope.brand else self._directory.brands():
            row = self._directory.brand(brand)
            for campaign in row.plan.campaigns if row else ():
                if row and is_money(scope, brand, campaign):
                    sent = list(orders_to_stop(self._budgets, row.plan, campaign, now))
                    if sent:
                        self._queue.send(sent)
                    orders += sent
        return orders


def is_money(scope: Scope, brand: str, campaign: Campaign) -> bool:
    """Say whether a hold stops this campaign's money; one on a channel or a tag stops only posts."""
    return scope.covers(brand, "", (), campaign.id)


def orders_to_stop(budgets: Budgets, plan: Plan, campaign: Campaign, now: datetime) -> Iterator[Order]:
    """Give an order for each line that may be spending today."""
    brand, today = plan.brand.id, now.astimezone(ZoneInfo(plan.brand.timezone)).date()
    allocation = budgets.allocation(brand, campaign.id, today)
    if allocation is None:
        return
    for day in budgets.line_days(brand, campaign.id):
        if day.day == today and may_spend(day):
            yield Order(
                brand=brand, campaign=campaign.id, line=day.line, day=today, version=allocation.version
            )


def may_spend(day: LineDay) -> bool:
    """Say whether the platform may still spend on this day: an amount stands, or may."""
    return not day.closed and (day.known > 0 or day.in_doubt)
