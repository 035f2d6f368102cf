"""A channel's free times: what appears on it already, and the next slot or the best hour beside that."""

import hashlib
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parution.plan.best_times import Judge, Judged
from parution.plan.cadence import clock, limits_of, monday, slots_of
from parution.plan.model import WEEKDAYS, Channel, Plan, Slot, Span
from parution.plan.times import existing, instant

_QUARTER = timedelta(minutes=15)


class Chosen(NamedTuple):
    wall: datetime  # on the brand's clock
    due: datetime
    why: str


class _Time(NamedTuple):
    wall: datetime
    due: datetime


class FreeTimes:
    """The times of one channel; those that are taken are added one by one."""

    def __init__(self, plan: Plan, channel: Channel, place: ZoneInfo, judge: Judge) -> None:
        self._channel, self._place, self._judge = channel, place, judge
        self._seed = f"{plan.brand.id}/{channel.id}"
        self._limits = limits_of(plan, channel.id)
        self._gap = max(self._limits.gap, timedelta(minutes=1))
        self._due: list[datetime] = []
        self._days: defaultdict[date, int] = defaultdict(int)
        self._weeks: defaultdict[date, int] = defaultdict(int)
        # One that lacks its hours is an error of the cadence, and told there.
        slots = [slot for slot in slots_of(plan, channel.id) if slot.at != "auto" or slot.between]
        self._slots = {day: [slot for slot in slots if day in slot.days] for day in WEEKDAYS}

    @property
    def has_slots(self) -> bool:
        return any(self._slots.values())

    def take(self, due: datetime) -> None:
        insort(self._due, due)
        day = due.astimezone(self._place).date()
        self._days[day] += 1
        self._weeks[monday(day)] += 1

    def slot(self, after: datetime, days: Iterable[date]) -> Chosen | None:
        """Give the first free slot later than an instant on these days, which follow each other."""
        first = after.astimezone(self._place).date()
        for day in (each for each in days if each >= first):
            found = [self._in(slot, day, after) for slot in self._slots[WEEKDAYS[day.weekday()]]]
            if free := [each for each in found if each is not None]:
                return min(free)
        return None

    def best(self, after: datetime, days: Iterable[date], span: Span, lot: str) -> Chosen | None:
        """Give the free time that is judged best; among equals a day with few posts, then ``lot`` decides."""
        times = (one for day in days for one in self._quarters(day, span) if one.due > after)
        judged = [(self._judge(self._channel.network, one.wall), one) for one in times]
        ranked = sorted(judged, key=lambda pair: -pair[0].worth)
        for _, equal in groupby(ranked, key=lambda pair: pair[0].worth):
            free = [pair for pair in equal if self._is_free(pair[1])]
            if free:
                return _chosen(*self._drawn(free, lot))
        return None

    def _drawn(self, free: list[tuple[Judged, _Time]], lot: str) -> tuple[Judged, _Time]:
        fewest = min(self._days[one.wall.date()] for _, one in free)
        left = [pair for pair in free if self._days[pair[1].wall.date()] == fewest]
        return left[_number(lot) % len(left)]

    def _in(self, slot: Slot, day: date, after: datetime) -> Chosen | None:
        if slot.between is not None:
            return self.best(after, [day], slot.between, f"{self._seed}/{day}")
        wall = existing(datetime.combine(day, clock(slot.at)), self._place)
        one = _Time(wall, instant(wall, self._place))
        if one.due <= after or not self._is_free(one):
            return None
        return Chosen(*one, f"the next free slot of '{self._channel.id}'")

    def _quarters(self, day: date, span: Span) -> Iterator[_Time]:
        wall, last = (datetime.combine(day, clock(each)) for each in span)
        while wall < last:
            if existing(wall, self._place) == wall:
                yield _Time(wall, instant(wall, self._place))
            wall += _QUARTER

    def _is_free(self, one: _Time) -> bool:
        place = bisect_left(self._due, one.due)
        near = self._due[max(0, place - 1) : place + 1]
        most = self._limits.most
        return (
            all(abs(one.due - other) >= self._gap for other in near)
            and (most is None or self._weeks[monday(one.wall.date())] < most)
            and not self._limits.is_quiet(one.wall.time())
        )


def _chosen(judged: Judged, one: _Time) -> Chosen:
    return Chosen(*one, judged.why)


def _number(lot: str) -> int:
    """Draw the same number on every machine."""
    return int.from_bytes(hashlib.sha256(lot.encode()).digest()[:8])
