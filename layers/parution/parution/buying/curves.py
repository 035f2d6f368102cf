"""Response curves: expected results of a line as a function of what it spends, in minor units.

Each curve answers five questions, to a few units in the last place: its ``value``; the ``gain`` of one
more minor unit (never by subtracting two values, which would lose half of the digits); ``spend_at``, the
spend from which on no further unit brings more than a price; ``bends_at``, the spend up to which it may
bend upward (from there on it bends downward only); and from where on a further unit brings nothing.
"""

from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import accumulate, pairwise
from math import exp, expm1, inf, log, log1p, pow, sqrt, ulp  # noqa: A004 (the one for floats alone)
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from parution.records import Record

# Above this a number in JSON is no longer sure to be read as the same integer (RFC 8259, section 6).
LARGEST_MONEY = 2**53 - 1
# Between these bounds no product of two parameters overflows or vanishes.
_LEAST_RESULTS, _MOST_RESULTS = 1e-100, 1e100


def _zero_or_ordinary(results: float) -> float:
    if 0 < results < _LEAST_RESULTS:
        raise ValueError(f"must be 0 or at least {_LEAST_RESULTS:g}")
    return results


Results = Annotated[
    float,
    Field(strict=True, ge=0, le=_MOST_RESULTS, allow_inf_nan=False),
    AfterValidator(_zero_or_ordinary),
]
HalfSpend = Annotated[float, Field(strict=True, ge=1e-9, le=1e18, allow_inf_nan=False)]
Money = Annotated[int, Field(strict=True, ge=0, le=LARGEST_MONEY)]
Point = tuple[Money, Results]


def _rising(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) < 2:  # noqa: PLR2004 (a straight line has two ends)
        raise PydanticCustomError("points", "must hold at least two points")
    if points[0][0] != 0:
        raise PydanticCustomError("points", "the first point stands at spend 0", {"at": (0, 0)})
    for number, (before, after) in enumerate(pairwise(points), start=1):
        if after[0] <= before[0]:
            raise PydanticCustomError("points", "spends rise from point to point", {"at": (number, 0)})
        if after[1] < before[1]:
            raise PydanticCustomError("points", "results never fall with more spend", {"at": (number, 1)})
    return points


class Hill(Record):
    """``ceiling * x^slope / (half_spend^slope + x^slope)``: concave up to slope 1, S-shaped above."""

    kind: Literal["hill"]
    ceiling: Results
    half_spend: HalfSpend
    slope: Annotated[float, Field(strict=True, ge=1e-6, le=1e6, allow_inf_nan=False)] = 1.0

    @property
    def concave(self) -> bool:
        return self.slope <= 1

    @property
    def pays_until(self) -> int:
        return LARGEST_MONEY if self.ceiling else 0

    @cached_property
    def bends_at(self) -> float:
        # Where the second derivative is zero: (x / half_spend)^slope = (slope - 1) / (slope + 1).
        if self.concave:
            return 0.0
        return self.half_spend * pow((self.slope - 1) / (self.slope + 1), 1 / self.slope)

    def value(self, spend: int) -> float:
        if self.slope == 1:
            return self.ceiling * spend / (self.half_spend + spend)
        return self.ceiling * self._reached(spend)

    def gain(self, spend: int) -> float:
        half = self.half_spend
        if self.slope == 1:
            return self.ceiling * half / ((half + spend) * (half + spend + 1))
        if not spend:
            return self.ceiling * self._reached(1)
        grown = -expm1(-self.slope * log1p(1 / spend))
        return self.ceiling * grown * self._reached(spend + 1) * self._missing(spend)

    def spend_at(self, price: float) -> float:
        if self.slope == 1:
            return max(0.0, sqrt(self.ceiling * self.half_spend / price) - self.half_spend)
        if not self.ceiling:
            return 0.0
        level = self._level - log(price)
        if level <= self._least_level:
            return 0.0
        return self.half_spend * exp(min(_hill_root(level, 1 / self.slope) / self.slope, 700.0))

    def _reached(self, spend: int) -> float:
        # The share of the ceiling; neither power is above 1, so that none overflows.
        if spend > self.half_spend:
            return 1 / (1 + pow(self.half_spend / spend, self.slope))
        power = pow(spend / self.half_spend, self.slope)
        return power / (1 + power)

    def _missing(self, spend: int) -> float:
        if spend > self.half_spend:
            power = pow(self.half_spend / spend, self.slope)
            return power / (1 + power)
        return 1 / (1 + pow(spend / self.half_spend, self.slope))

    @cached_property
    def _level(self) -> float:
        return log(self.slope) + log(self.ceiling) - log(self.half_spend)

    @cached_property
    def _least_level(self) -> float:
        """Give the level of the price that not even the steepest place of an S-shaped curve is worth."""
        if self.concave:
            return -inf
        steepest = log((self.slope - 1) / (self.slope + 1))
        return 2 * log1p(exp(steepest)) - (1 - 1 / self.slope) * steepest


def _hill_root(level: float, inverse: float) -> float:
    """Find where a hill's slope is the price: w = ln((x / half_spend)^slope), the larger root.

    The logarithm of slope / price is level + (1 - inverse) w - 2 ln(1 + e^w), and concave in w: from
    the right of the root every step of Newton's method comes nearer to it and stays on the right.
    """
    where = level / (1 + inverse)
    for _ in range(100):
        tail = exp(-where if where > 0 else where)
        more = log1p(tail)
        share = tail / (1 + tail)
        if where > 0:
            more, share = more + where, 1 - share
        step = (level + (1 - inverse) * where - 2 * more) / (1 - inverse - 2 * share)
        where -= step
        # The error after a step is about its square: here the last digits.
        if step * step <= 1e-16 * (1 + where * where):
            break
    return where


class Log(Record):
    """``scale * ln(1 + x / half_spend)``."""

    kind: Literal["log"]
    scale: Results
    half_spend: HalfSpend

    @property
    def concave(self) -> bool:
        return True

    @property
    def bends_at(self) -> float:
        return 0.0

    @property
    def pays_until(self) -> int:
        return LARGEST_MONEY if self.scale else 0

    def value(self, spend: int) -> float:
        return self.scale * log1p(spend / self.half_spend)

    def gain(self, spend: int) -> float:
        return self.scale * log1p(1 / (self.half_spend + spend))

    def spend_at(self, price: float) -> float:
        return max(0.0, self.scale / price - self.half_spend)


class Power(Record):
    """``scale * x^exponent``, with an exponent of at most 1."""

    kind: Literal["power"]
    scale: Results
    exponent: Annotated[float, Field(strict=True, ge=0.01, le=1, allow_inf_nan=False)]

    @property
    def concave(self) -> bool:
        return True

    @property
    def bends_at(self) -> float:
        return 0.0

    @property
    def pays_until(self) -> int:
        return LARGEST_MONEY if self.scale else 0

    def value(self, spend: int) -> float:
        return self.scale * pow(spend, self.exponent)

    def gain(self, spend: int) -> float:
        if self.exponent == 1 or not spend:
            return self.scale
        return self.scale * pow(spend, self.exponent) * expm1(self.exponent * log1p(1 / spend))

    def spend_at(self, price: float) -> float:
        if self.exponent == 1:
            return inf if self.scale > price else 0.0
        if not self.scale:
            return 0.0
        return exp(min((log(self.scale * self.exponent) - log(price)) / (1 - self.exponent), 700.0))


class Points(Record):
    """Straight lines between points ``[spend, results]``, the first at spend 0; flat after the last."""

    kind: Literal["points"]
    points: Annotated[tuple[Point, ...], AfterValidator(_rising)]

    @cached_property
    def concave(self) -> bool:
        # As far as the results' own last digits tell: 0.1, 0.2, 0.3 rise evenly, but not in binary.
        digits = 4 * ulp(self.points[-1][1])
        return all(
            after <= before + digits / width
            for (before, after), width in zip(pairwise(self._pieces), self._widths[1:], strict=True)
        )

    @property
    def bends_at(self) -> float:
        return 0.0 if self.concave else float(self._spends[-1])

    @property
    def pays_until(self) -> int:
        return self._spends[max((n for n, slope in enumerate(self._pieces, start=1) if slope), default=0)]

    def value(self, spend: int) -> float:
        segment = bisect_right(self._spends, spend) - 1
        start, results = self.points[segment]
        return results + (spend - start) * self._slopes[segment]

    def gain(self, spend: int) -> float:
        return self._slopes[bisect_right(self._spends, spend) - 1]

    def spend_at(self, price: float) -> float:
        if self.concave:  # the slopes fall, so their negatives are sorted
            return self._spends[bisect_left(self._falling, -price)]
        return self._spends[max((n for n, slope in enumerate(self._pieces, 1) if slope > price), default=0)]

    @cached_property
    def _spends(self) -> tuple[int, ...]:
        return tuple(spend for spend, _ in self.points)

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        return tuple(after - before for before, after in pairwise(self._spends))

    @cached_property
    def _pieces(self) -> tuple[float, ...]:
        rises = (after - before for (_, before), (_, after) in pairwise(self.points))
        return tuple(rise / width for rise, width in zip(rises, self._widths, strict=True))

    @cached_property
    def _slopes(self) -> tuple[float, ...]:
        # Where it is concave never rising, not even by a rounding error: the allocator relies on it.
        return (*(accumulate(self._pieces, min) if self.concave else self._pieces), 0.0)

    @cached_property
    def _falling(self) -> tuple[float, ...]:
        return tuple(-slope for slope in self._slopes[:-1])


Response = Annotated[Hill | Log | Power | Points, Field(discriminator="kind")]
