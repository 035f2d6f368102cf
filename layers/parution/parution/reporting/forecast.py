"""Where a campaign's pace leads: what it will have spent and brought by its end, and how sure that is.

The bounds are P10 and P90. The days ahead follow the plan's own line as the last full ones followed it:
each was off by its own share, so a mean over a week of them is known only so well (Student's t), and each
day ahead will be off again. Results are counted, so they vary at least as counts do (Poisson), more where
the days read so far did.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import fsum, sqrt
from typing import NamedTuple

from parution.buying.pacing import Flight
from parution.reporting.pace import planned_on, planned_to

# Two days have no pace yet: their mean could be off by three times what they differ.
LEAST_DAYS = 3
# Student's t at P90 for so many degrees of freedom, from 2 on; a week of days has six.
_T90 = {2: 1.886, 3: 1.638, 4: 1.533, 5: 1.476, 6: 1.440}
_Z90 = 1.2816


class Between(NamedTuple):
    """A value, and the bounds between which it lies with 80 %."""

    low: float
    mid: float
    high: float


class RecentDay(NamedTuple):
    """A full day with figures: what the plan wanted, what was spent, and what it brought."""

    planned: int
    spent: int
    results: float | None


class Forecast(NamedTuple):
    """The present pace of a campaign, to be followed to any later day of its flight."""

    flight: Flight
    days: Sequence[RecentDay]
    spent: int
    planned: int  # by now

    @property
    def speed(self) -> Fraction:
        """Give how many times as fast as planned the last days went."""
        wanted = sum(day.planned for day in self.days)
        return Fraction(sum(day.spent for day in self.days), wanted) if wanted else Fraction(0)

    def spend_by(self, day: date) -> Between:
        """Give what will have been spent by the end of a day, never less than now, nor above the budget."""
        most = max(self.flight.budget, self.spent)
        ahead = planned_to(self.flight, day) - self.planned
        mid = self.spent + round(ahead * self.speed)
        off = self._off(day)
        low, high = (max(self.spent, round(mid + sign * off)) for sign in (-1, 1))
        return Between(*(min(most, value) for value in (low, max(self.spent, mid), high)))

    def _off(self, day: date) -> float:
        """Give the half-width of the spend's interval: the mean's own doubt, and that of each day ahead."""
        ratios = [day.spent / day.planned for day in self.days if day.planned]
        if len(ratios) < LEAST_DAYS:
            return float(self.flight.budget)
        mean = fsum(ratios) / len(ratios)
        sd = sqrt(fsum((ratio - mean) ** 2 for ratio in ratios) / (len(ratios) - 1))
        parts = self._parts_until(day)
        return _T90[len(ratios) - 1] * sd * sqrt(sum(parts) ** 2 / len(ratios) + sum(p * p for p in parts))

    def _parts_until(self, day: date) -> list[float]:
        """Give what the plan wants of each day that is left, the present one by what is left of it."""
        parts, last = [], day
        left = planned_to(self.flight, day) - self.planned
        while left > 0 and last >= self.flight.first:
            part = min(left, planned_on(self.flight, last))
            parts.append(float(part))
            left, last = left - part, last - timedelta(days=1)
        return parts

    def results_by_end(self, results: float, cost: Fraction) -> Between:
        """Give the results at the end, at this cost of each."""
        spend = self.spend_by(self.flight.last)
        seen = [(day.spent, day.results) for day in self.days if day.results is not None]
        mean = (spend.mid - self.spent) / float(cost)
        money = (spend.high - spend.low) / (2 * _Z90) / float(cost)
        counted = fsum(found for _, found in seen)
        own = mean * mean / counted if counted else mean * mean
        off = _Z90 * sqrt(_overdispersion(seen) * (mean + own) + money * money)
        return Between(max(results, results + mean - off), results + mean, results + mean + off)


def _overdispersion(seen: Sequence[tuple[int, float]]) -> float:
    """Say how many times as widely as counts the results of the days varied; at least as widely."""
    money, counted = sum(spent for spent, _ in seen), fsum(found for _, found in seen)
    if len(seen) < LEAST_DAYS or not money or not counted:
        return 1.0
    expected = ((found, counted * spent / money) for spent, found in seen if spent)
    return max(1.0, fsum((found - mean) ** 2 / mean for found, mean in expected) / (len(seen) - 1))
