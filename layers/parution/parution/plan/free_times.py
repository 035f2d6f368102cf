"""A channel's free times: what appears on it already, and the next slot or the best hour beside that."""

import hashlib
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parution.plan.best_times import Judge, Judged
from parution.plan.cadence import clock, limits_of, monday, slots_of
from parution.plan.model import WEEKDAYS, Channel, Plan, Slot, Span
from parution.plan.times import existing, instant

_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)


class Chosen(NamedTuple):
    wall: datetime  # on the brand's clock
    due: datetime
    why: str


class _Time(NamedTuple):
    wall: datetime
    due: datetime


class Days(NamedTuple):
    """The days from one to another, both included."""

    first: date
    last: date

    def each(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


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

        self._instants: dict[datetime, _Time | None] = {}
        self._judged: dict[tuple[Days, Span], list[list[tuple[Judged, _Time]]]] = {}

    @property
    def has_slots(self) -> bool:
        return any(self._slots.values())

    def take(self, due: datetime) -> None:
        insort(self._due, due)
        day = due.astimezone(self._place).date()
        self._days[day] += 1
        self._weeks[monday(day)] += 1

    def slot(self, after: datetime, days: Days) -> Chosen | None:
        """Give the first free slot later than an instant on these days."""
        day, last = max(days.first, after.astimezone(self._place).date()), days.last
        while day <= last:
            found = [self._in(slot, day, after) for slot in self._slots[WEEKDAYS[day.weekday()]]]
            if free := [each for each in found if each is not None]:
                return min(free)
            day += _DAY
        return None

    def best(self, after: datetime, days: Days, span: Span, lot: str) -> Chosen | None:
        """Give the free time that is judged best; among equals a day with few posts, then ``lot`` decides."""
        for equal in self._ranked(days, span):
            # What is taken stays so: the next post need not look at it again.
            equal[:] = [pair for pair in equal if self._is_free(pair[1])]
            if free := [pair for pair in equal if pair[1].due > after]:
                return _chosen(*self._drawn(free, lot))
        return None

    def _ranked(self, days: Days, span: Span) -> list[list[tuple[Judged, _Time]]]:
        """Give the quarters of an hour between two times of these days, those of equal worth together."""
        if (days, span) not in self._judged:
            walls = (wall for day in days.each() for wall in _quarters(day, span))
            times = (one for one in map(self._time, walls) if one is not None)
            judged = [(self._judge(self._channel.network, one.wall), one) for one in times]
            ranked = sorted(judged, key=lambda pair: -pair[0].worth)
            groups = groupby(ranked, key=lambda pair: pair[0].worth)
            self._judged[days, span] = [list(equal) for _, equal in groups]
        return self._judged[days, span]

    def _drawn(self, free: list[tuple[Judged, _Time]], lot: str) -> tuple[Judged, _Time]:
        fewest = min(self._days[one.wall.date()] for _, one in free)
        left = [pair for pair in free if self._days[pair[1].wall.date()] == fewest]
        return left[_number(lot) % len(left)]

    def _in(self, slot: Slot, day: date, after: datetime) -> Chosen | None:
        if slot.between is not None:
            return self.best(after, Days(day, day), slot.between, f"{self._seed}/{day}")
        wall = datetime.combine(day, clock(slot.at))
        one = self._time(wall) or self._time(existing(wall, self._place))
        if one is None or one.due <= after or not self._is_free(one):
            return None
        return Chosen(*one, f"the next free slot of '{self._channel.id}'")

    def _time(self, wall: datetime) -> _Time | None:
        """Give a time with its instant; None where the clocks jump over it."""
        if wall not in self._instants:
            is_there = existing(wall, self._place) == wall
            self._instants[wall] = _Time(wall, instant(wall, self._place)) if is_there else None
        return self._instants[wall]

    def _is_free(self, one: _Time) -> bool:
        place = bisect_left(self._due, one.due)
        near = self._due[max(0, place - 1) : place + 1]
        most = self._limits.most
        return (
            all(abs(one.due - other) >= self._gap for other in near)
            and (most is None or self._weeks[monday(one.wall.date())] < most)
            and not self._limits.is_quiet(one.wall.time())
        )


def _quarters(day: date, span: Span) -> Iterator[datetime]:
    wall, last = (datetime.combine(day, clock(each)) for each in span)
    while wall < last:
        yield wall
        wall += _QUARTER


def _chosen(judged: Judged, one: _Time) -> Chosen:
    return Chosen(*one, judged.why)


def _number(lot: str) -> int:
    """Draw the same number on every machine."""
    return int.from_bytes(hashlib.sha256(lot.encode()).digest()[:8])
