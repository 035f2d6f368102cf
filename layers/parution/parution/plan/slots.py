"""The next times at which a channel may appear: its cadence's slots, else the post's own time of day."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from parution.plan.cadence import clock, slots_of
from parution.plan.model import WEEKDAYS, Plan
from parution.plan.ports import Brands
from parution.plan.times import existing, instant, wall_clock, zone
from parution.publishing.deliveries import Delivery

# The times of each weekday, Monday first; each sorted.
Week = tuple[tuple[time, ...], ...]


class ChannelSlots:
    """Where a delivery may stand instead of its own instant; each brand's plan is read once."""

    def __init__(self, brands: Brands) -> None:
        self._brands = brands
        self._plans: dict[str, Plan | None] = {}

    def after(self, delivery: Delivery, moment: datetime) -> Iterator[datetime]:
        """Give without end the instants after ``moment`` at which it may stand, by its brand's clock."""
        plan = self._plan(delivery.brand)
        week = week_of(plan, delivery.channel) if plan else None
        if plan and week:
            return times_after(moment, week, zone(plan.brand.timezone))
        wall, _, place = delivery.local_at.partition(" ")
        return times_after(moment, ((wall_clock(wall).time(),),) * 7, zone(place))

    def _plan(self, brand: str) -> Plan | None:
        if brand not in self._plans:
            row = self._brands.brand(brand)
            self._plans[brand] = row.plan if row else None
        return self._plans[brand]


def week_of(plan: Plan, channel: str) -> Week | None:
    """Give the slots of a channel's cadence; None where the plan states none.

    A slot whose time is open (`"at": "auto"`) begins when it may.
    """
    slots = slots_of(plan, channel)
    times = [
        {clock(slot.between[0] if slot.between else slot.at) for slot in slots if day in slot.days}
        for day in WEEKDAYS
    ]
    return tuple(tuple(sorted(each)) for each in times) if slots else None


def times_after(moment: datetime, week: Week, place: ZoneInfo) -> Iterator[datetime]:
    """Give without end the instants of a week's times; one inside the spring jump comes right after it."""
    day = moment.astimezone(place).date()
    while True:
        walls = (existing(datetime.combine(day, at), place) for at in week[day.weekday()])
        yield from (at for at in (instant(wall, place) for wall in walls) if at > moment)
        day += timedelta(days=1)
