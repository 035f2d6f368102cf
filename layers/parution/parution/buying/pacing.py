"""Today's amount: the money that remains, over the days that remain, as the plan's pacing weighs them.

Plan: a day weighs what its weekday does, times ``on_post_days`` where a post of the campaign appears; k
days of N have come c = (sum of their weights) / (sum of all). B is the budget and R its reserve.
  even           C(k) = B c(k)
  ahead:F@DATE   C(k) = T c(k) / c(m) up to day m = DATE, where T = min(B, F B c(m)); then by weight up to B
  behind:F@DATE  the same, with F below 1
  reserve        until its day the curve is that of B - R, and then what is left by weight up to B
Today: floor(M w / W), where M is the money not spent before today, w = C(today) - C(yesterday) and W the
sum of these from today on. On the last day w = W: the days' amounts add up to the budget exactly.
Then at most ``catch_up`` and at least ``slow_down`` times what the plan wants for today, w; at most what
the reserve leaves; at most ``max_daily``; and at most what exposure allows: floor((q A - n (q - 1)) / p)
for the available money A, the overdelivery p / q and n lines, because each line's worst case is rounded up.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import ceil
from typing import Literal, NamedTuple

from parution.plan.model import WEEKDAYS, Campaign

Limit = Literal["pacing", "catch_up", "slow_down", "reserve", "max_daily", "pool", "exposure", "stopped"]


class Kept(NamedTuple):
    """Money kept back: a share of the budget, until a day on which it may be spent."""

    share: Fraction
    until: date


class Flight(NamedTuple):
    """A campaign's budget in minor units, its days, and its pacing as the plan writes it."""

    budget: int
    first: date
    last: date
    pacing: str = "even"
    weekdays: tuple[Fraction, ...] = (Fraction(1),) * 7  # Monday first
    on_post_days: Fraction = Fraction(1)
    post_days: frozenset[date] = frozenset()
    reserve: Kept | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def number(self, day: date) -> int:
        """Give how many days of the flight are over when ``day`` ends."""
        return min(max((day - self.first).days + 1, 0), self.days)

    def weight(self, day: date) -> Fraction:
        return self.weekdays[day.weekday()] * (self.on_post_days if day in self.post_days else 1)

    def share(self, days: int | Fraction) -> Fraction:
        """Give what part of all weights so many days have, or parts of them: 1 for the whole flight."""
        whole, sums = int(days), _sums(self)
        if whole >= self.days:
            return Fraction(1)
        return (sums[whole] + (sums[whole + 1] - sums[whole]) * (days - whole)) / sums[-1]

    def kept(self, day: date) -> int:
        """Give what a day must leave for later, in minor units."""
        return int(self.budget * self.reserve.share) if self.reserve and day < self.reserve.until else 0


@lru_cache(maxsize=64)
def _sums(flight: Flight) -> tuple[Fraction, ...]:
    days = [flight.first + timedelta(days=number) for number in range(flight.days)]
    weights = [flight.weight(day) for day in days]
    # Days that weigh nothing all together weigh the same.
    return tuple(accumulate(weights if any(weights) else [Fraction(1)] * flight.days, initial=Fraction(0)))


class Today(NamedTuple):
    """Today's amount, the share it is of the money that remains, and what limited it."""

    amount: int
    share: Fraction
    limit: Limit


# Under a hold, or out of flight, nothing is spent; the days that are left after it share the money.
STOPPED = Today(0, Fraction(0), "stopped")


def flight_of(campaign: Campaign, post_days: Iterable[date] = ()) -> Flight:
    """Give a campaign's flight; ``post_days`` are those on which a post of it appears."""
    reserve = campaign.guardrails.reserve
    return Flight(
        campaign.budget,
        *campaign.flight,
        campaign.pacing,
        weekdays=tuple(_exact(campaign.weekdays.get(day, 1.0)) for day in WEEKDAYS),
        on_post_days=_exact(campaign.on_post_days),
        post_days=frozenset(post_days),
        reserve=Kept(_exact(reserve.share), reserve.until) if reserve else None,
    )


def _exact(number: float) -> Fraction:
    return Fraction(str(number))


def planned(flight: Flight, days: int | Fraction) -> Fraction:
    """Give what the plan wants spent when so many days of the flight, or parts of them, are over."""
    turn = flight.number(flight.reserve.until) - 1 if flight.reserve else 0
    if turn <= 0:
        return _bent(flight, flight.budget, days)
    before = _bent(flight, flight.budget - flight.kept(flight.first), min(days, turn))
    if days <= turn:
        return before
    done, later = flight.share(turn), Fraction(days - turn, flight.days - turn)
    return before + (flight.budget - before) * _part(flight.share(days) - done, 1 - done, later)


def _bent(flight: Flight, budget: int, days: int | Fraction) -> Fraction:
    target, until = _target(flight, budget)
    done, now = flight.share(until), flight.share(days)
    if days <= until:
        return target * _part(now, done, Fraction(days, until))
    rest = Fraction(days - until, flight.days - until)
    return target + (budget - target) * _part(now - done, 1 - done, rest)


def _part(of: Fraction, whole: Fraction, by_days: Fraction) -> Fraction:
    # Where all days of a stretch weigh nothing, its money is spent evenly all the same.
    return of / whole if whole else by_days


def _target(flight: Flight, budget: int) -> tuple[Fraction, int]:
    if flight.pacing == "even":
        return Fraction(budget), flight.days
    factor, day = flight.pacing.split(":")[1].split("@")
    until = flight.number(date.fromisoformat(day))
    if not 0 < until < flight.days:  # with no day after it, or none before, there is nothing to bend
        return Fraction(budget), flight.days
    return min(Fraction(budget), Fraction(factor) * budget * flight.share(until)), until


class Bounds(NamedTuple):
    """What besides the pace limits a day; None does not. Shares are of what the plan wants for that day."""

    catch_up: float | None = None
    slow_down: float | None = None
    max_daily: int | None = None


UNBOUND = Bounds()


def todays_amount(
    flight: Flight,
    today: date,
    spent_before: int,
    *,
    available: int,
    overdelivery: float,
    lines: int,
    bounds: Bounds = UNBOUND,
) -> Today:
    """Give the day's amount; ``spent_before`` is all that was spent, or may yet be, on earlier days."""
    remaining = max(0, flight.budget - spent_before)
    paced = _paced(flight, today, remaining, bounds)
    limits: list[tuple[int, Limit]] = [
        paced,
        (max(0, remaining - flight.kept(today)), "reserve"),
        (_exposable(max(0, available), overdelivery, lines), "exposure"),
    ]
    if bounds.max_daily is not None:
        limits.append((bounds.max_daily, "max_daily"))
    amount, limit = min(limits, key=lambda one: one[0])
    return Today(amount, Fraction(amount, remaining) if remaining else Fraction(0), limit)


def _paced(flight: Flight, today: date, remaining: int, bounds: Bounds) -> tuple[int, Limit]:
    number = flight.number(today)
    even = planned(flight, number) - planned(flight, number - 1)
    wanted = int(remaining * _weight(flight, number, even))
    if bounds.catch_up is not None and wanted > (most := int(even * _exact(bounds.catch_up))):
        return most, "catch_up"
    if bounds.slow_down is not None and wanted < (least := ceil(even * _exact(bounds.slow_down))):
        return min(least, remaining), "slow_down"
    return wanted, "pacing"


def _weight(flight: Flight, number: int, wanted: Fraction) -> Fraction:
    rest = flight.budget - planned(flight, number - 1)
    if not rest:  # the plan wanted all of it spent by now
        return Fraction(1, flight.days - number + 1)
    return wanted / rest


def _exposable(available: int, overdelivery: float, lines: int) -> int:
    times = _exact(overdelivery)
    rounding = lines * (times.denominator - 1)
    return max(0, (times.denominator * available - rounding) // times.numerator)
