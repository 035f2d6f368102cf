"""What a part of the search can bring at most, and where: envelopes filled under pools.

Pools inside each other are filled exactly. A pool that overlaps them, apart, asks a price of its own, which
its lines pay beside the others'. Whatever the prices, what comes out is a bound; those that make it least
are found by cutting planes (Kelley's method): each filling gives a plane that lies below the bound.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, fsum, inf
from operator import mul
from typing import NamedTuple

from parution.buying.bounds import bound
from parution.buying.curves import Points
from parution.buying.cutting_planes import Lowest, Planes
from parution.buying.envelopes import Amounts, Arc, Envelope, Hull, Shifted, envelope
from parution.buying.fillings import Filling
from parution.buying.pools import Pool

type Line = Arc | Hull
type More = Callable[[], bool]

_FLAT = Points(kind="points", points=((0, 0.0), (1, 0.0)))
_CLOSE, _NOTHING = 1e-11, 1e-9
_FILLINGS_PER_POOL, _KEPT_PER_POOL = 30, 4
# Prices are first sought no further from 0 than so many times the price of the budget; then further.
_WIDE, _WIDER = 2.0, 8.0
# Weights are rounded: a mean of amounts this near to a whole unit is one.
_A_UNIT, _DIGITS = 1e-6, 1e-13


def _always() -> bool:
    return True


class Plane(NamedTuple):
    """A filling, and the plane it gives: what it promises, and what each pool apart has left of a limit."""

    point: list[int]
    base: float
    slopes: list[int]


class Relaxed(NamedTuple):
    """A bound, the prices behind it, and the fillings at whose weighted mean envelopes promise it."""

    lines: Sequence[Line]
    value: float
    guess: float  # the price of the budget
    prices: list[float]  # what each line pays for a unit in all
    apart: dict[Pool, float]  # the part of it that each pool apart asks
    planes: list[Plane]
    weights: list[float]
    fillings: int

    def spend(self, number: int) -> float:
        spends = (plane.point[number] for plane in self.planes)
        spend = fsum(weight * one for weight, one in zip(self.weights, spends, strict=True))
        near = round(spend)
        return near if abs(spend - near) < _A_UNIT else spend

    def mean(self) -> list[int]:
        return [int(self.spend(number)) for number in range(len(self.lines))]

    def promised(self, number: int) -> float:
        heights = (self.lines[number].height(plane.point[number]) for plane in self.planes)
        return fsum(weight * height for weight, height in zip(self.weights, heights, strict=True) if weight)


def relaxed(
    lines: Sequence[Line],
    root: Pool,
    apart: Sequence[Pool],
    start: Relaxed | None = None,
    *,
    enough: float = -inf,
    more: More = _always,
) -> Relaxed | None:
    """Give the least bound found, or nothing where not all floors and caps can be kept.

    Goes on from where the search came from, and stops when the bound is low ``enough`` or no ``more`` time is
    left: it is a bound wherever it stops.
    """
    guess, asked = (start.guess, start.apart) if start else (0.0, dict.fromkeys(apart, 0.0))
    first = _filled(lines, root, guess, asked)
    if first is None or not apart or first.value <= enough:
        return first
    steepest = max((abs(line.edge(line.start).slope) for line in lines if line.start < line.end), default=0.0)
    best = _Descent(root, first, start, 2 * (1 + len(apart)) * steepest).run(enough, more)
    if best.value <= enough or _kept(best):
        return best
    return None if missing([line.amounts for line in lines], root, apart) else best


def missing(amounts: Sequence[Amounts], root: Pool, apart: Sequence[Pool]) -> int:
    """Give by how many units in all pools apart must be broken at least; more than 0 if the tree must be.

    With curves that bring nothing, and prices of at most 1 for a unit beyond a floor or a cap, the bound is
    that number, negative.
    """
    flat = [envelope(_FLAT, each) for each in amounts]
    first = _filled(flat, root, 0.0, dict.fromkeys(apart, 0.0))
    if first is None or not apart:
        return 1 if first is None else 0
    found = _Descent(root, first, None, 1.0).run(-inf, _always)
    # What rounding alone may have added up says nothing.
    return max(0, ceil(-found.value - max(_A_UNIT, _DIGITS * root.cap)))


def shifted(lines: Sequence[Line], asked: Mapping[Pool, float]) -> list[Envelope]:
    """Give the envelopes under the prices that pools apart ask."""
    extra = _extra(asked, len(lines))
    return [Shifted(line, price) if price else line for line, price in zip(lines, extra, strict=True)]


def _extra(asked: Mapping[Pool, float], count: int) -> list[float]:
    extra = [0.0] * count
    for pool, price in asked.items():
        for number in pool.lines if price else ():
            extra[number] += price
    return extra


def _kept(found: Relaxed) -> bool:
    totals = {pool: fsum(found.spend(number) for number in pool.lines) for pool in found.apart}
    return all(pool.floor - _A_UNIT <= total <= pool.cap + _A_UNIT for pool, total in totals.items())


def _filled(lines: Sequence[Line], root: Pool, guess: float, asked: Mapping[Pool, float]) -> Relaxed | None:
    """Fill the tree at some prices of the pools apart."""
    filling = Filling(shifted(lines, asked), root)
    if not filling.fill(guess):
        return None
    proven, extra = bound(filling), _extra(asked, len(lines))
    limits = [_limit(pool, price, filling.amounts) for pool, price in asked.items()]
    value = fsum([proven.value, *map(mul, asked.values(), limits)])
    slopes = [limit - _total(pool, filling.amounts) for pool, limit in zip(asked, limits, strict=True)]
    plane = Plane(
        filling.amounts, fsum([value, *(-a * b for a, b in zip(asked.values(), slopes, strict=True))]), slopes
    )
    prices = [proven.prices[home] + price for home, price in zip(root.homes, extra, strict=True)]
    return Relaxed(lines, value, proven.prices[root], prices, dict(asked), [plane], [1.0], 1)


def _limit(pool: Pool, price: float, amounts: Sequence[int]) -> int:
    """Give what a pool's price pays for: its cap, or below 0 its floor; at 0 the one that is passed."""
    if price:
        return pool.cap if price > 0 else pool.floor
    return min(max(_total(pool, amounts), pool.floor), pool.cap)


def _total(pool: Pool, amounts: Sequence[int]) -> int:
    return sum(amounts[number] for number in pool.lines)


class _Descent:
    """Goes down from one filling to the prices at which the bound is least."""

    def __init__(self, root: Pool, first: Relaxed, start: Relaxed | None, furthest: float) -> None:
        self._root, self._best, self._furthest = root, first, furthest
        known = max((abs(price) for price in first.apart.values()), default=0.0)
        self._width = min(furthest, _WIDE * max(first.guess, known) or furthest)
        self._above = Planes([(-self._width if pool.floor else 0.0, self._width) for pool in first.apart])
        self._seen: list[Plane] = []
        for plane in (*first.planes, *(_inherited(start, first.lines) if start else ())):
            self._add(plane)

    def run(self, enough: float, more: More) -> Relaxed:
        low = self._above.lowest()
        for _ in range(_FILLINGS_PER_POOL * (1 + len(self._best.apart))):
            if self._best.value <= enough or not more():
                break
            if self._best.value - low.value <= _CLOSE * abs(self._best.value) and not self._widened(low):
                break
            low = self._above.lowest()
            asked = dict(zip(self._best.apart, low.at, strict=True))
            at = _filled(self._best.lines, self._root, self._best.guess, asked)
            if at is None:
                break
            self._best = min(self._best, at, key=lambda one: one.value)
            self._add(*at.planes)
            low = self._above.lowest()
        return self._weighted(low)

    def _add(self, plane: Plane) -> None:
        self._seen.append(plane)
        self._above.add(plane.base, plane.slopes)

    def _widened(self, low: Lowest) -> bool:
        """Look further where a side of the box holds a price back; say whether it was done."""
        held = max(map(abs, low.at)) >= self._width * (1 - _NOTHING)
        if not held or self._width >= self._furthest:
            return False
        self._width *= _WIDER
        self._above.widen(_WIDER)
        return True

    def _weighted(self, low: Lowest) -> Relaxed:
        # Besides those that hold, the latest may touch the bounds of the parts of this one.
        latest = len(self._seen) - _KEPT_PER_POOL * (1 + len(low.at))
        kept = [
            (plane, weight)
            for place, (plane, weight) in enumerate(zip(self._seen, low.weights, strict=True))
            if weight > _NOTHING or place >= latest
        ]
        weights = [weight if weight > _NOTHING else 0.0 for _, weight in kept]
        return self._best._replace(
            planes=[plane for plane, _ in kept], weights=weights, fillings=len(self._seen)
        )


def _inherited(start: Relaxed, lines: Sequence[Line]) -> Iterator[Plane]:
    """Give the planes of the whole that are planes of a part: what their fillings promise there."""
    pairs = zip(start.lines, lines, strict=True)
    changed = [(number, old, new) for number, (old, new) in enumerate(pairs) if old is not new]
    for plane in start.planes:
        if all(new.start <= plane.point[number] <= new.end for number, _, new in changed):
            lost = [old.height(plane.point[n]) - new.height(plane.point[n]) for n, old, new in changed]
            yield plane._replace(base=plane.base - fsum(lost))
