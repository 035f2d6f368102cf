"""The next times at which a channel may appear: its cadence's slots, else the post's own time of day."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from parution.plan.model import Plan
from parution.plan.ports import Brands
from parution.plan.times import NoSuchTime, instant, wall_clock, zone
from parution.publishing.deliveries import Delivery

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"(\d{2}):(\d{2})", re.ASCII)

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

    What this version cannot read in a cadence is passed over: it is kept as it was written.
    """
    times: defaultdict[str, set[time]] = defaultdict(set)
    rhythms = (rhythm for rhythm in plan.cadence if channel in _list(rhythm.get("channels")))
    for slot in chain.from_iterable(_list(rhythm.get("slots")) for rhythm in rhythms):
        for day, at in _read(slot):
            times[day].add(at)
    return tuple(tuple(sorted(times[day])) for day in _DAYS) if times else None


def times_after(moment: datetime, week: Week, place: ZoneInfo) -> Iterator[datetime]:
    """Give without end the instants of a week's times; one inside the spring jump comes right after it."""
    day = moment.astimezone(place).date()
    while True:
        on_the_day = (_instant(datetime.combine(day, at), place) for at in week[day.weekday()])
        yield from (at for at in on_the_day if at > moment)
        day += timedelta(days=1)


def _instant(wall: datetime, place: ZoneInfo) -> datetime:
    try:
        return instant(wall, place)
    except NoSuchTime as jump:
        return jump.after.astimezone(UTC)


def _read(slot: JsonValue) -> Iterator[tuple[str, time]]:
    if not isinstance(slot, dict):
        return
    days = _list(slot["days"]) if "days" in slot else _DAYS
    # A slot whose time is open ("at": "auto") begins when it may.
    for written in (slot.get("at"), *_list(slot.get("between"))):
        at = _time(written)
        if at is not None:
            yield from ((day, at) for day in _known(days))
            return


def _known(days: Iterable[JsonValue]) -> Iterator[str]:
    return (day for day in _DAYS if day in days)


def _time(written: JsonValue) -> time | None:
    found = _TIME.fullmatch(written) if isinstance(written, str) else None
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
