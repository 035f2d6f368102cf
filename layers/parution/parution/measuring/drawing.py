"""From a posterior over hills to what others take: the hill nearest to its mean, and even draws."""

from bisect import bisect
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from math import exp, fsum, log, sqrt
from statistics import NormalDist

from parution.buying.curves import Hill
from parution.measuring.evidence import Part
from parution.measuring.fitting import fitted
from parution.measuring.hills import HALVES, Shape
from parution.measuring.learned import Draw
from parution.measuring.levels import digamma, trigamma

_DRAWS = 96
# Hills of many slopes are together concave where spend is small, which no single hill above slope 1 is: one
# that is only a little above would put all of a small budget on one line, for a bend that nobody has seen.
_SURELY_STEEP = 1.3
# Spends, in units of the reference, at which the one hill meets the mean of all hills.
_SPENDS = tuple(0.2 * 20 ** (place / 7) for place in range(8))


def curve_of(parts: Sequence[Part], reference: float) -> Hill:
    """Give the hill nearest to the posterior mean, which is a mixture of hills and none itself."""
    likely = sorted(parts, reverse=True)[:30]
    total = fsum(part.probability for part in likely)
    points = [(spend, mean / total) for spend, mean in zip(_SPENDS, _means(likely), strict=True)]
    half = fsum(part.probability * part.shape.half for part in likely) / total
    slope = fsum(part.probability * part.shape.slope for part in likely) / total
    ceiling, shape = fitted(points, Shape(slope, half))
    if 1 < shape.slope < _SURELY_STEEP:
        ceiling, shape = fitted(points, Shape(1.0, shape.half), steepest=1.0)
    return Hill(kind="hill", ceiling=ceiling, half_spend=exp(shape.half) * reference, slope=shape.slope)


def _means(parts: Sequence[Part]) -> list[float]:
    heights = [(part.probability * part.ceiling, part.shape) for part in parts]
    return [fsum(height * shape.value(spend) for height, shape in heights) for spend in _SPENDS]


def draws_of(parts: Sequence[Part], reference: float) -> tuple[Draw, ...]:
    """Draw hills so evenly that a hundred of them show the posterior; nothing here is random."""
    ordered = sorted(parts, key=lambda part: (part.shape, part.carry, part.times))
    until = list(accumulate(part.probability for part in ordered))
    places = [bisect(until, share * until[-1]) for share, _, _ in _lattice()]
    rows = zip(places, _lattice(), strict=True)
    return tuple(
        _draw(ordered[min(place, len(ordered) - 1)], z, off, reference) for place, (_, z, off) in rows
    )


def _draw(part: Part, z: float, off: float, reference: float) -> Draw:
    mean, sd = _moments(part.level.shape)
    level = exp(mean - log(part.level.rate) + z * sd)
    # A hill of the lattice stands for all hills up to half-way to its neighbours.
    half = part.shape.half + off * (HALVES[1] - HALVES[0])
    ceiling = level * (1 + exp(part.shape.slope * half))
    return Draw(ceiling, exp(half) * reference, part.shape.slope)


@cache
def _lattice() -> tuple[tuple[float, float, float], ...]:
    """Give points that fill a cube evenly (the additive recurrence of M. Roberts, 2018): share, z, offset."""
    normal = NormalDist()
    return tuple(
        (
            (draw + 0.5) / _DRAWS,
            normal.inv_cdf((0.5 + draw * 0.7548776662) % 1),
            (0.5 + draw * 0.5698402910) % 1 - 0.5,
        )
        for draw in range(_DRAWS)
    )


def _moments(shape: float) -> tuple[float, float]:
    return digamma(shape), sqrt(trigamma(shape))
