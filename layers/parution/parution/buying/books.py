"""What a campaign's books say: what it has spent, by line and day, and what a day may still cost."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from parution.buying.campaigns import Account, LineDay
from parution.buying.guardrails import TodaysLine
from parution.buying.ledger import is_overspent

# A platform that passes its own word by more than this is taken at this.
_MOST_SEEN = 4.0


class Books(NamedTuple):
    """A campaign's balances and all of its lines' days."""

    account: Account
    days: Sequence[LineDay]

    def gone(self, before: date) -> int:
        """Sum what earlier days spent, or may have spent where their figures have not settled."""
        return sum(_gone(day) for day in self.days if day.day < before)

    def spent(self, today: date, without: Collection[str]) -> int:
        """Sum what all but these lines spent today."""
        return sum(day.spent for day in self.days if day.day == today and day.line not in without)

    def available(self, cap: int, today: date, lines: frozenset[str]) -> int:
        """Give what these lines' day may cost at worst, all else as it stands."""
        own = sum(day.spent + day.reserved for day in self.days if day.day == today and day.line in lines)
        return cap - self.account.spent - self.account.reserved + own

    def seen(self, before: date) -> dict[str, float]:
        """Give, for each line that passed what its platform says, how many times its amount it spent."""
        times: dict[str, float] = {}
        for day in self.days:
            if day.day < before and day.told and is_overspent(day):
                seen = min(_MOST_SEEN, ceil(Fraction(100 * day.spent, day.told)) / 100)
                times[day.line] = max(times.get(day.line, 1.0), seen)
        return times

    def lines(self, lines: Iterable[str], today: date) -> dict[str, TodaysLine]:
        """Give what is known of each of these lines today."""
        known = dict.fromkeys(lines, TodaysLine())
        for day in self.days:
            if day.line in known and day.day < today:
                known[day.line] = known[day.line]._replace(gone=known[day.line].gone + _gone(day))
        for day in self.days:
            if day.line in known and day.day == today:
                facts = (day.spent, day.told, day.overdelivery, is_overspent(day))
                known[day.line] = TodaysLine(known[day.line].gone, *facts)
        return known


def _gone(day: LineDay) -> int:
    return day.spent if day.closed else max(day.spent, day.known, day.attempted)


def lowered(days: Sequence[LineDay], excess: int) -> dict[str, int]:
    """Lower one day's amounts until the platforms can spend so much less, each line in its proportion.

    A line that overspent is paused, for nobody knows what it may still spend. What is spent is spent: only
    what is still reserved can be taken back.
    """
    rest = {day.line: 0 if is_overspent(day) else day.reserved for day in days}
    total = sum(rest.values())
    left = max(0, total - excess)
    amounts = {}
    for day in days:
        most = day.spent + (rest[day.line] * left // total if total else 0)
        amount = int(most / Fraction(str(day.overdelivery))) if rest[day.line] and left else 0
        amounts[day.line] = min(amount, max(day.known, day.attempted))
    return amounts


def excess(account: Account, cap: int) -> int:
    """Give by how much the exposure is above a cap."""
    return max(0, account.spent + account.reserved - cap)
