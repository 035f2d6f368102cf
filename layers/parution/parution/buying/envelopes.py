"""One line as a search sees it: the amounts it may have, and the least concave curve above its own.

The amounts are whole minor units: perhaps 0, and from a first to a last one in even steps. The envelope
bends downward only, meets the curve at its corners, and between two neighbouring corners is straight: an
``edge``. A curve that is concave by itself has a corner at every amount it may have; an S-shaped one, or
one with a minimum, has a long edge from its start to its ``knee``, where the tangent from the start touches
it. What the best amounts bring on envelopes is a bound on what any bring on the curves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import pairwise
from math import inf
from typing import NamedTuple, Self

from parution.buying.curves import Hill, Log, Points, Power

type Curve = Hill | Log | Power | Points
type Beats = Callable[[float], bool]


class Amounts(NamedTuple):
    """The amounts that a line may have: 0 if ``zero``, and the multiples of ``step`` from first to last."""

    zero: bool
    first: int
    last: int
    step: int

    @property
    def none(self) -> bool:
        return not self.zero and self.first > self.last

    @property
    def least(self) -> int:
        return 0 if self.zero else self.first

    @property
    def most(self) -> int:
        return self.last if self.first <= self.last else 0

    def __contains__(self, spend: object) -> bool:
        if not spend:
            return self.zero
        return isinstance(spend, int) and self.first <= spend <= self.last and not spend % self.step

    def below(self, spend: int) -> Self:
        """Give those up to a spend."""
        return self._replace(last=min(self.last, spend // self.step * self.step))

    def above(self, spend: int) -> Self:
        """Give those from a spend above 0 on."""
        return self._replace(zero=False, first=max(self.first, -(-spend // self.step) * self.step))

    def beside(self, spend: float) -> tuple[int, int]:
        """Give the neighbours of a spend among the multiples from first to last."""
        if spend >= self.last:
            return self.last, self.last
        low = max(self.first, int(spend) // self.step * self.step)
        return low, min(low + self.step, self.last)

    def part(self, spend: int, room: int) -> int:
        """Give the largest amount not above a spend and its room; the spend itself where there is none."""
        most = min(self.last, (spend + room) // self.step * self.step)
        return most if most >= self.first and most > spend else spend


class Edge(NamedTuple):
    """What is next: results per minor unit, and for how many units that is offered."""

    slope: float
    width: int


class Arc:
    """The envelope of a smooth curve: perhaps one long edge to its knee, then the curve step by step."""

    def __init__(self, curve: Curve, amounts: Amounts) -> None:
        self.curve, self.amounts = curve, amounts
        self.start, self.end = amounts.least, amounts.most
        # The edge in which the slope falls to a price: for single units it is not worth being looked for.
        self.missing = 1 if amounts.step == 1 else 0
        self.step = amounts.step
        self._knee = _knee(curve, amounts)
        self._chord = _slope(curve, self.start, self._knee) if self._knee > self.start else inf

    def corner(self, price: float) -> int:
        """Give an amount up to which all edges bring more than a price; so many of those may be missing."""
        if self._chord <= price:
            return self.start
        if price <= 0:
            return self.end
        spend = self.curve.spend_at(price)
        if spend >= self.end:
            return self.end
        knee, step = self._knee, self.step
        if step == 1:
            return int(spend) if spend > knee else knee
        corner = knee + int(max(0.0, spend - knee)) // step * step
        return corner + step if self._step_slope(corner) > price else corner

    def edge(self, spend: int) -> Edge:
        """Give what lies ahead of a spend below the end."""
        if spend < self._knee:
            return Edge(self._chord, self._knee - spend)
        corner = spend - (spend - self._knee) % self.step
        return Edge(self._step_slope(corner), corner + self.step - spend)

    def ahead(self, spend: int, room: int, beats: Beats) -> int:
        """Count the units from a corner on, an edge at least, over which every edge beats a rival."""
        step = self.step
        if spend < self._knee or (spend - self._knee) % step:
            return self.edge(spend).width
        most = min(room, self.end - spend) // step
        ahead, behind = 1, 2
        while behind <= most and beats(self._step_slope(spend + (behind - 1) * step)):
            ahead, behind = behind, 2 * behind
        behind = min(behind, most + 1)
        while behind - ahead > 1:
            middle = (ahead + behind) // 2
            if beats(self._step_slope(spend + (middle - 1) * step)):
                ahead = middle
            else:
                behind = middle
        return ahead * step

    def part(self, spend: int, room: int) -> int:  # noqa: ARG002 (as a hull has it)
        """Give how many units of an edge can be had with the results that it promises; none of a long one."""
        return 0

    @property
    def last(self) -> float:
        """Give the slope of the last edge."""
        return self._chord if self.end <= self._knee else self._step_slope(self.end - self.step)

    @property
    def jumps(self) -> list[float]:
        """Give the slopes of the edges over which amounts jump."""
        return [self._chord] if self._knee > self.start else []

    def profit(self, price: float) -> float:
        """Give the most that any of the amounts brings beyond its price."""
        # Beyond its first amount the profit of a curve that bends once falls, rises, and falls again.
        candidates = {self.start, self._knee, self.end}
        if self.amounts.first <= self.amounts.last:
            candidates.update(self.amounts.beside(self.curve.spend_at(price) if price > 0 else inf))
        return max(self.curve.value(spend) - price * spend for spend in candidates)

    def height(self, spend: int) -> float:
        """Give what the envelope promises at a spend, which need not be one of the amounts."""
        if self.start < spend < self._knee:
            return self.curve.value(self.start) + (spend - self.start) * self._chord
        over = (spend - self._knee) % self.step if spend > self._knee else 0
        corner = spend - over
        return self.curve.value(corner) + (over * self._step_slope(corner) if over else 0.0)

    def _step_slope(self, corner: int) -> float:
        if self.step == 1:
            return self.curve.gain(corner)
        return _slope(self.curve, corner, corner + self.step)


class Hull:
    """The envelope of points joined by straight lines: straight edges between some of them."""

    step = missing = 0

    def __init__(self, curve: Points, amounts: Amounts) -> None:
        self.curve, self.amounts = curve, amounts
        self.start, self.end = amounts.least, amounts.most
        corners = _upper([(spend, curve.value(spend)) for spend in self._candidates()])
        self._spends = [spend for spend, _ in corners]
        self._values = [value for _, value in corners]
        self._slopes = [(b - a) / (y - x) for (x, a), (y, b) in pairwise(corners)]
        self._falling = [-slope for slope in self._slopes]

    def corner(self, price: float) -> int:
        return self._spends[bisect_left(self._falling, -price)]

    def edge(self, spend: int) -> Edge:
        place = bisect_right(self._spends, spend) - 1
        return Edge(self._slopes[place], self._spends[place + 1] - spend)

    def ahead(self, spend: int, room: int, beats: Beats) -> int:  # noqa: ARG002 (as an arc has it)
        return self.edge(spend).width

    def part(self, spend: int, room: int) -> int:
        most = self.amounts.part(spend, room)
        # Where the points themselves lie on the edge, it can be had in parts.
        promised = self.height(most)
        return most - spend if self.curve.value(most) >= promised - 1e-12 * abs(promised) else 0

    @property
    def last(self) -> float:
        return self._slopes[-1]

    @property
    def jumps(self) -> list[float]:
        return self._slopes

    def profit(self, price: float) -> float:
        place = bisect_left(self._falling, -price)
        return self._values[place] - price * self._spends[place]

    def height(self, spend: int) -> float:
        place = bisect_right(self._spends, spend) - 1
        rest = spend - self._spends[place]
        return self._values[place] + (rest * self._slopes[place] if rest else 0.0)

    def _candidates(self) -> list[int]:
        """Give the ends, and the amounts beside every point: between those the curve is straight."""
        zero, first, last, _ = self.amounts
        found = {0} if zero else set()
        if first <= last:
            spends = [spend for spend, _ in self.curve.points if first < spend < last]
            found.update((first, last), *(self.amounts.beside(spend) for spend in spends))
        return sorted(found)


class Shifted:
    """An envelope under a price of its own, beside the one that all pay."""

    def __init__(self, line: "Arc | Hull", price: float) -> None:
        self._line, self._price = line, price
        self.curve, self.amounts = line.curve, line.amounts
        self.start, self.end = line.start, line.end
        self.step, self.missing = line.step, line.missing
        self.part = line.part

    def corner(self, price: float) -> int:
        return self._line.corner(price + self._price)

    def edge(self, spend: int) -> Edge:
        slope, width = self._line.edge(spend)
        return Edge(slope - self._price, width)

    def ahead(self, spend: int, room: int, beats: Beats) -> int:
        return self._line.ahead(spend, room, lambda slope: beats(slope - self._price))

    @property
    def last(self) -> float:
        return self._line.last - self._price

    @property
    def jumps(self) -> list[float]:
        return [slope - self._price for slope in self._line.jumps]

    def profit(self, price: float) -> float:
        return self._line.profit(price + self._price)

    def height(self, spend: int) -> float:
        return self._line.height(spend) - self._price * spend


type Envelope = Arc | Hull | Shifted


def envelope(curve: Curve, amounts: Amounts) -> Arc | Hull:
    return Hull(curve, amounts) if isinstance(curve, Points) else Arc(curve, amounts)


def _slope(curve: Curve, begin: int, end: int) -> float:
    return (curve.value(end) - curve.value(begin)) / (end - begin)


def _upper(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Keep the corners of the least concave line above some points (Andrew's scan)."""
    corners: list[tuple[int, float]] = []
    for x, y in points:
        while len(corners) > 1:
            (x0, y0), (x1, y1) = corners[-2:]
            if (y1 - y0) * (x - x1) > (y - y1) * (x1 - x0):
                break
            corners.pop()
        corners.append((x, y))
    return corners


# ------------------------------------------------------------------ the tangent from the start
def _knee(curve: Curve, amounts: Amounts) -> int:
    """Find the amount with the steepest way to it from the start; of equals the first."""
    start, (_, first, last, step) = amounts.least, amounts
    bends = start < curve.bends_at
    if first > last or (not bends and start == first):
        return start
    nearest = start + step if start == first else first
    if not bends:
        # Downward from 0 on: the first amount, and where that is one step away no knee at all.
        return start if nearest == start + step else nearest
    return _touching(curve, start, range(nearest, last + 1, step)) if nearest < last else max(start, last)


def _touching(curve: Curve, start: int, ends: range) -> int:
    """Search the end at which the tangent from the start touches.

    From the bend on, what a step brings beyond the way to it only falls.
    """

    def rises(place: int) -> bool:
        spend = ends[place]
        ahead = curve.gain(spend) if ends.step == 1 else _slope(curve, spend, spend + ends.step)
        return ahead > _slope(curve, start, spend)

    def place_of(spend: float) -> int:
        return int(min(max(spend - ends.start, 0.0), ends[-1] - ends.start)) // ends.step

    low, high = place_of(curve.bends_at), len(ends) - 1
    low, high = _gallop(rises, max(low, min(high, place_of(_guess(curve)))), low, high)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if rises(middle) else (low, middle)
    places = {0, max(0, low - 1), low}
    return ends[max(places, key=lambda place: (_slope(curve, start, ends[place]), -place))]


def _gallop(rises: Callable[[int], bool], place: int, low: int, high: int) -> tuple[int, int]:
    """Close in, from a good guess, on the first place at which nothing rises, or the last place."""
    stride = 2
    if place < high and rises(place):
        low = place + 1
        while low + stride < high and rises(low + stride):
            low, stride = low + stride + 1, 4 * stride
        return low, min(high, low + stride)
    high = place
    while high - stride > low and not rises(high - stride):
        high, stride = high - stride, 4 * stride
    return max(low, high - stride), high


def _guess(curve: Curve) -> float:
    # From 0 a hill's tangent touches where (x / half_spend)^slope = slope - 1.
    if isinstance(curve, Hill) and curve.slope > 1:
        return float(min(curve.half_spend * (curve.slope - 1) ** (1 / curve.slope), 2.0**53))
    return 0.0
