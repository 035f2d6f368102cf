"""Orders: what must be said to the platforms so that an allocation stands."""

from collections.abc import Iterable

from parution.buying.brakes import may_spend
from parution.buying.campaigns import Allocation, LineDay
from parution.buying.ports import Order


def orders_of(allocation: Allocation, days: Iterable[LineDay]) -> list[Order]:
    """Give an order for each line that does not stand at its amount; what is lowered goes first.

    A line that the allocation does not name, because the plan has dropped it, is lowered to nothing. A run
    that died between keeping an allocation and sending its orders is made good by the next one.
    """
    standing = {day.line: day for day in days if day.day == allocation.day}
    dropped = [line for line, day in standing.items() if may_spend(day)]
    amounts = dict.fromkeys(dropped, 0) | allocation.amounts
    rises = {
        line: amount - (standing[line].known if line in standing else 0) for line, amount in amounts.items()
    }
    return [
        Order(
            brand=allocation.brand,
            campaign=allocation.campaign,
            line=line,
            day=allocation.day,
            version=allocation.version,
        )
        for line, rise in sorted(rises.items(), key=lambda one: one[1])
        if rise or (line in standing and standing[line].in_doubt)
    ]
