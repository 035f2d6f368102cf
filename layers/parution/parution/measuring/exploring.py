"""Trials: what each line is worth trying with while little is known of it.

Where little is known, the curve that is right on average gives nothing to a line that may be the best. So
each line keeps a share of what it would get, on average, if one draw of its curve after the other were the
truth and money had one price everywhere. As days are read the share shrinks, and so does the spread of the
draws. Nothing is left to chance: the same day run again gives the same trials, and lines that are known alike
get the same ones.
"""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt

from parution.buying.curves import Hill
from parution.measuring.learned import Draw, Learned

_TURNS = 18  # of a bisection; the price is then known to a thousandth
_WIDE = 1e6  # from the price that no line is worth down to one at which all are full


def share_after(days: int, most: float = 1.0) -> float:
    """Give the share of a day's money that may be held for trials, after so many days with figures."""
    return min(most, 1 / (1 + days))


def trials(learned: Mapping[str, Learned], budget: int, most: float = 1.0) -> dict[str, int]:
    """Give the least that each line gets of a day's budget, in minor units; together at most the budget.

    ``most`` is the share of the budget that a person allows for trials.
    """
    share = share_after(max((one.days for one in learned.values()), default=0), most)
    hills = {line: [_hill(draw) for draw in one.draws[::2]] for line, one in learned.items()}
    wanted = _wanted(hills, _price(hills, budget), budget)
    return {line: int(share * amount) for line, amount in wanted.items()}


def _price(hills: Mapping[str, Sequence[Hill]], budget: int) -> float:
    """Find the price, in results for a minor unit, at which all lines together want the budget."""
    high = max((_best_average(hill) for row in hills.values() for hill in row), default=0.0)
    low = high / _WIDE
    for _ in range(_TURNS):
        price = sqrt(low * high)
        if fsum(_wanted(hills, price, budget).values()) > budget:
            low = price
        else:
            high = price
    return high


def _best_average(hill: Hill) -> float:
    """Bound the results that a minor unit of a line brings, on average, at any spend."""
    return max(hill.value(1), hill.ceiling / hill.half_spend)


def _wanted(hills: Mapping[str, Sequence[Hill]], price: float, most: int) -> dict[str, float]:
    return {line: fsum(_spend(hill, price, most) for hill in row) / len(row) for line, row in hills.items()}


def _spend(hill: Hill, price: float, most: int) -> float:
    spend = min(float(most), hill.spend_at(price)) if price else 0.0
    # An S-shaped curve may not be worth its price even where it is steep enough.
    return spend if hill.value(round(spend)) > price * spend else 0.0


def _hill(draw: Draw) -> Hill:
    return Hill(kind="hill", ceiling=draw.ceiling, half_spend=draw.half_spend, slope=draw.slope)
