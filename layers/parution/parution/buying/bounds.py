"""What no allocation can pass: the Lagrangian dual at the prices that a filling leads to."""

from collections.abc import Sequence
from math import fsum, inf
from typing import NamedTuple

from parution.buying.fillings import Filling
from parution.buying.pools import Pool

# Each term is right to its last digits; there are some sums in each.
_ROUNDING = 1e-15


class Bound(NamedTuple):
    """At these prices per pool, what pools hold and each line's best profit bring so much, and no more."""

    value: float
    prices: dict[Pool, float]


def bound(filling: Filling) -> Bound:
    """Price each pool at the best edge that it leaves out: true at any prices, sharp at these."""
    lines, root, totals = filling.lines, filling.root, filling.totals
    offers = _offers(filling)
    prices = {root: max(offers[root], 0.0) if totals[root] >= root.cap else 0.0}
    terms = [prices[root] * root.cap]
    for pool in reversed(root.inmost_first):
        for one in pool.inside:
            offer = offers[one] if offers[one] > -inf else _worst_taken(filling, one)
            prices[one] = _price(one, totals[one], offer, prices[pool])
            extra = prices[one] - prices[pool]
            terms.append(extra * (one.cap if extra > 0 else one.floor))
        terms += [lines[number].profit(prices[pool]) for number in pool.own]
    promise = fsum(line.height(amount) for line, amount in zip(lines, filling.amounts, strict=True))
    return Bound(_rounded(fsum(terms), promise, terms), prices)


def _price(pool: Pool, total: int, offer: float, around: float) -> float:
    full, bare = total >= pool.cap, total <= pool.floor
    if full and bare:
        return offer
    if full:
        return max(offer, around)
    return min(offer, around) if bare else around


def _offers(filling: Filling) -> dict[Pool, float]:
    """Find the slope of the best edge that each pool leaves out, of its own or in a pool with room."""
    lines, amounts, best = filling.lines, filling.amounts, dict[Pool, float]()
    for pool in filling.root.inmost_first:
        slopes = [lines[n].edge(amounts[n]).slope for n in pool.own if amounts[n] < lines[n].end]
        slopes += [best[one] for one in pool.inside if filling.totals[one] < one.cap]
        best[pool] = max(slopes, default=-inf)
    return best


def _worst_taken(filling: Filling, pool: Pool) -> float:
    # Where nothing is left out, a price below it makes nobody give back what a floor asks for.
    lines, amounts = filling.lines, filling.amounts
    taken = (lines[n].edge(amounts[n] - 1).slope for n in pool.lines if amounts[n] > lines[n].start)
    return min(taken, default=0.0)


def _rounded(value: float, promise: float, terms: Sequence[float]) -> float:
    """Give the promise where only the rounding of larger terms stands between: the filling is the best."""
    return promise if abs(value - promise) <= _ROUNDING * fsum(map(abs, terms)) else value
