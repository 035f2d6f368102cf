"""Today's amount: the money that remains, over the days that remain, as the plan's pacing weighs them.

Plan, in days since the flight began, B the budget and N the flight's days:
  even           C(k) = B k / N
  ahead:F@DATE   C(k) = T k / m up to day m = DATE, where T = min(B, F B m / N); then evenly up to B
  behind:F@DATE  the same, with F below 1
Today: floor(R w / W), where R is the money not spent before today, w = C(today) - C(yesterday) and W the
sum of these weights from today on. On the last day w = W: the days' amounts add up to the budget exactly.
Then at most ``max_daily``, and at most what exposure allows: floor((q A - n (q - 1)) / p) for the available
money A, the overdelivery p / q and n lines, because each line's worst case is rounded up by itself.
"""

from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

Limit = Literal["pacing", "max_daily", "exposure", "hold"]


class Flight(NamedTuple):
    """A campaign's budget in minor units, its days, and its pacing as the plan writes it."""

    budget: int
    first: date
    last: date
    pacing: str = "even"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def number(self, day: date) -> int:
        """Give how many days of the flight are over when ``day`` ends."""
        return min(max((day - self.first).days + 1, 0), self.days)


class Today(NamedTuple):
    """Today's amount, the share it is of the money that remains, and what limited it."""

    amount: int
    share: Fraction
    limit: Limit


# Under a hold nothing is spent; the days that are left when it is released share the money.
HELD = Today(0, Fraction(0), "hold")


def planned(flight: Flight, days: int | Fraction) -> Fraction:
    """Give what the plan wants spent when so many days of the flight, or parts of them, are over."""
    target, until = _target(flight)
    if days <= until:
        return target * days / until
    return target + (flight.budget - target) * (days - until) / (flight.days - until)


def todays_amount(
    flight: Flight,
    today: date,
    spent_before: int,
    *,
    available: int,
    overdelivery: float,
    lines: int,
    max_daily: int | None = None,
) -> Today:
    """Give the day's amount; ``spent_before`` is all that was spent, or may yet be, on earlier days."""
    remaining = max(0, flight.budget - spent_before)
    wanted = int(remaining * _weight(flight, today))
    limits: list[tuple[int, Limit]] = [
        (wanted, "pacing"),
        (wanted if max_daily is None else max_daily, "max_daily"),
        (_exposable(max(0, available), overdelivery, lines), "exposure"),
    ]
    amount, limit = min(limits, key=lambda one: one[0])
    return Today(amount, Fraction(amount, remaining) if remaining else Fraction(0), limit)


def _weight(flight: Flight, today: date) -> Fraction:
    number = flight.number(today)
    rest = flight.budget - planned(flight, number - 1)
    if not rest:  # the plan wanted all of it spent by now
        return Fraction(1, flight.days - number + 1)
    return (planned(flight, number) - planned(flight, number - 1)) / rest


def _target(flight: Flight) -> tuple[Fraction, int]:
    if flight.pacing == "even":
        return Fraction(flight.budget), flight.days
    factor, day = flight.pacing.split(":")[1].split("@")
    until = flight.number(date.fromisoformat(day))
    if not 0 < until < flight.days:  # with no day after it, or none before, there is nothing to bend
        return Fraction(flight.budget), flight.days
    return min(Fraction(flight.budget), Fraction(factor) * flight.budget * until / flight.days), until


def _exposable(available: int, overdelivery: float, lines: int) -> int:
    times = Fraction(str(overdelivery))
    rounding = lines * (times.denominator - 1)
    return max(0, (times.denominator * available - rounding) // times.numerator)
