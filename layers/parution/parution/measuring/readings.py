"""What was read of each line and day: the newest figures count, and young days are known in part only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple


class Reading(NamedTuple):
    """A line's day as it stood when it was read; ``read_at`` in the zone in which the day is counted.

    ``spend`` is in minor units. A later reading of the same day replaces an earlier one, whether it says
    more or less.
    """

    line: str
    day: date
    spend: int
    results: float | None
    read_at: datetime

    @property
    def age(self) -> int:
        return (self.read_at.date() - self.day).days


class Delay(NamedTuple):
    """The share of a day's results that is known 1, 2, ... days after it; all of them after that."""

    known: tuple[float, ...]

    def share(self, age: int) -> float:
        return self.known[age - 1] if 0 < age <= len(self.known) else 1.0


# Where nothing else is known. Clicks are counted within hours; orders follow over a window of a week, and
# most of them within a day. An account's own readings soon outweigh both.
CLICKS = Delay((0.99,))
ORDERS = Delay((0.75, 0.87, 0.93, 0.96, 0.98, 0.99, 0.995))
# The prior's weight against an account's own readings, in results.
_WEIGHT = 30.0


def newest(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    """Give the newest reading of each day that had ended when it was read, by line, oldest day first."""
    kept: dict[tuple[str, date], Reading] = {}
    for reading in readings:
        if reading.age < 1 or reading.results is None:
            continue
        key = reading.line, reading.day
        if key not in kept or reading.read_at >= kept[key].read_at:
            kept[key] = reading
    lines: dict[str, list[Reading]] = defaultdict(list)
    for reading in sorted(kept.values(), key=lambda one: one.day):
        lines[reading.line].append(reading)
    return dict(lines)


def delay_of(readings: Iterable[Reading], usual: Delay) -> Delay:
    """Learn from how days grew, or shrank, from one reading to the next what is known of a young day.

    A chain of ratios, each of all days read at both ages, pulled towards the usual one.
    """
    grown = _growth(_by_day(readings), len(usual.known) + 7)
    known, shares = 1.0, []
    for age in range(len(grown), 0, -1):
        before, after = grown[age - 1]
        known *= (_WEIGHT * usual.share(age) + before) / (_WEIGHT * usual.share(age + 1) + after)
        shares.append(known)
    return Delay(tuple(reversed(shares)))


def _by_day(readings: Iterable[Reading]) -> Mapping[tuple[str, date], list[Reading]]:
    days: dict[tuple[str, date], list[Reading]] = defaultdict(list)
    for reading in sorted(readings, key=lambda one: one.read_at):
        if reading.age > 0 and reading.results is not None:
            days[reading.line, reading.day].append(reading)
    return days


def _growth(days: Mapping[tuple[str, date], list[Reading]], ages: int) -> list[tuple[float, float]]:
    """Sum the results known at each age and one day later, over the days read at least that late."""
    grown = [(0.0, 0.0)] * ages
    for readings in days.values():
        first, last = readings[0].age, readings[-1].age
        stood = {min(one.age, ages + 1): one.results or 0.0 for one in readings}
        known = stood.get(first, 0.0)
        for age in range(first, min(last, ages + 1)):
            later = stood.get(age + 1, known)
            before, after = grown[age - 1]
            grown[age - 1] = before + known, after + later
            known = later
    return grown
