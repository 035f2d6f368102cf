"""What a campaign's earlier days were: the amounts that stood, when they changed, and what came of them."""

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from parution.buying.campaigns import LineDay
from parution.buying.platform_rules import LearningRule
from parution.measuring.insights import LineInsight


class Base(NamedTuple):
    """Where a line's amount comes from: as it stood, and as it would be if all lines followed the pace.

    ``low`` is the smaller of both and ``high`` the larger, so that what pacing asks is no change.
    """

    low: int
    high: int

    def is_left_by(self, amount: int) -> bool:
        """Say whether the amount is another one, beyond the unit that rounding moves."""
        return not self.low - 1 <= amount <= self.high + 1


class _Day(NamedTuple):
    day: date
    amounts: dict[str, int]
    total: int


class Track:
    """The days before today. A day on which nothing stood is no day to compare with."""

    def __init__(
        self, days: Iterable[LineDay], insights: Iterable[LineInsight], lines: frozenset[str], today: date
    ) -> None:
        self._today = today
        self._first: dict[str, date] = {}
        self._insights: dict[str, list[LineInsight]] = {}
        for one in insights:
            if one.day < today:
                self._insights.setdefault(one.line, []).append(one)
        amounts: dict[date, dict[str, int]] = {}
        for row in sorted(days, key=lambda row: row.day):
            if row.day < today and row.line in lines:
                # What was paused during the day stood before.
                stood = row.known or row.told
                amounts.setdefault(row.day, {})[row.line] = stood
                if stood:
                    self._first.setdefault(row.line, row.day)
        stands = [_Day(day, amounts[day], sum(amounts[day].values())) for day in sorted(amounts)]
        self._days = [day for day in stands if day.total]

    @property
    def last(self) -> dict[str, int]:
        """Give the amounts of the last day on which any stood."""
        return self._days[-1].amounts if self._days else {}

    def base(self, line: str, amount: int) -> Base | None:
        """Give where a line's amount comes from when the day gets so much; None for a line without a past."""
        return _base(self._days[-1], line, amount) if self._days else None

    def changed_on(self, line: str) -> date | None:
        """Give the last day on which the line's amount was another than the pace made of the day before."""
        changed = None
        for before, after in pairwise(self._days):
            base, amount = _base(before, line, after.total), after.amounts.get(line)
            if amount is not None and (base is None or base.is_left_by(amount)):
                changed = after.day
        return changed

    def is_learning(self, line: str, rule: LearningRule) -> bool:
        first, since = self._first.get(line), self._today - timedelta(days=rule.days)
        if first is None or first < since:
            return False
        return sum(one.results or 0 for one in self._insights.get(line, [])) < rule.results

    def rests(self, line: str, days: int) -> bool:
        """Say whether the line's last change is at most so many days ago."""
        changed = self.changed_on(line)
        return changed is not None and self._today - changed <= timedelta(days=days)

    def brought(self, line: str) -> tuple[int, float]:
        """Give what the line spent on days whose results are known, and those results."""
        known = [one for one in self._insights.get(line, []) if one.results is not None]
        return sum(one.spend for one in known), sum(one.results or 0 for one in known)


def _base(before: _Day, line: str, total: int) -> Base | None:
    amount = before.amounts.get(line)
    if amount is None:
        return None
    paced = Fraction(amount * total, before.total)
    return Base(min(amount, int(paced)), max(amount, ceil(paced)))
