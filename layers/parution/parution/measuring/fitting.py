"""The hill that is nearest to some points, by ratio: Gauss and Newton's method, damped."""

from collections.abc import Sequence
from math import exp, log, log1p
from typing import NamedTuple

from parution.measuring.hills import Shape

type Point = tuple[float, float]  # spend in units of the reference, and results

_FLATTEST = log(0.4)
_FARTHEST = 4.0  # logarithm of half spend over the reference
_TURNS, _STIFFEST, _NO_GAIN = 30, 1e6, 1e-9


class _Hill(NamedTuple):
    """A hill by its logarithms: of the ceiling, of half spend over the reference, of the slope."""

    ceiling: float
    half: float
    slope: float

    def log_value(self, where: float) -> float:
        return self.ceiling - log1p(exp(-exp(self.slope) * (where - self.half)))

    def miss(self, points: Sequence[Point]) -> float:
        return sum((self.log_value(where) - wanted) ** 2 for where, wanted in points)

    def moved(self, step: Sequence[float], steepest: float) -> "_Hill":
        half = min(_FARTHEST, max(-_FARTHEST, self.half + step[1]))
        slope = min(steepest, max(_FLATTEST, self.slope + step[2]))
        return _Hill(self.ceiling + step[0], half, slope)


def fitted(points: Sequence[Point], start: Shape, steepest: float = 4.0) -> tuple[float, Shape]:
    """Give the ceiling and the shape of the hill nearest to points above 0, from a shape to start with."""
    logs = [(log(spend), log(results)) for spend, results in points]
    hill = _Hill(0.0, start.half, log(start.slope))
    height = sum(wanted - hill.log_value(where) for where, wanted in logs) / len(logs)
    hill = _nearest(logs, hill._replace(ceiling=height), log(steepest))
    return exp(hill.ceiling), Shape(exp(hill.slope), hill.half)


def _nearest(logs: Sequence[Point], hill: _Hill, steepest: float) -> _Hill:
    miss, damping = hill.miss(logs), 1e-3
    for _ in range(_TURNS):
        tried = hill.moved(_step(logs, hill, damping), steepest)
        gained = miss - tried.miss(logs)
        if gained > 0:
            hill, miss, damping = tried, miss - gained, damping / 4
        else:
            damping *= 8
        if damping > _STIFFEST or 0 < gained < _NO_GAIN * (1 + miss):
            break
    return hill


def _step(logs: Sequence[Point], hill: _Hill, damping: float) -> list[float]:
    """Solve the normal equations of the points' logarithms in the hill's three."""
    normal = [[0.0] * 4 for _ in range(3)]
    for where, wanted in logs:
        row = _slopes(hill, where)
        error = wanted - hill.log_value(where)
        for one, target in zip(row, normal, strict=True):
            for place, value in enumerate((*row, error)):
                target[place] += one * value
    for place in range(3):
        normal[place][place] += damping * normal[place][place] + 1e-12
    return _solved(normal)


def _slopes(hill: _Hill, where: float) -> tuple[float, float, float]:
    steep = exp(hill.slope)
    above = where - hill.half
    rest = 1 / (1 + exp(steep * above))
    return 1.0, -steep * rest, steep * above * rest


def _solved(rows: list[list[float]]) -> list[float]:
    """Eliminate (Gauss and Jordan); the damping keeps the pivots above 0."""
    for pivot, row in enumerate(rows):
        rows[pivot] = [value / row[pivot] for value in row]
        for other, target in enumerate(rows):
            if other != pivot:
                pairs = zip(target, rows[pivot], strict=True)
                rows[other] = [value - target[pivot] * unit for value, unit in pairs]
    return [row[-1] for row in rows]
