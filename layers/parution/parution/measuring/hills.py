"""Every hill that a line's response may be, on one lattice, so that a day costs a few look-ups.

A hill in units of a reference spend e is ``g(x) = x^slope / (half^slope + x^slope)``. In logarithms it only
shifts when ``half`` moves: with halves a whole number of steps apart, the values of a day under all of them
are one slice of one table. Spends are rounded by up to 2.5 %, far below what a
day's results can tell.
"""

from collections.abc import Iterable
from functools import cache
from math import exp, log, log1p
from typing import NamedTuple

SLOPES = (0.7, 1.0, 1.3, 1.7, 2.2, 2.8)
# Half of the effect anywhere from a twelfth of the reference spend to twelve times it.
HALVES = tuple(-2.5 + 0.25 * place for place in range(21))

_STEP = 0.05
_APART = round((HALVES[1] - HALVES[0]) / _STEP)
_WIDEST = 9.0  # logarithm of a spend over the reference; beyond it a hill is flat or nothing
_TOP = round((_WIDEST - HALVES[0]) / _STEP)
_BOTTOM = round((-_WIDEST - HALVES[-1]) / _STEP) - _APART


class Shape(NamedTuple):
    """A hill without its height: ``half`` is the logarithm of half_spend over the reference spend."""

    slope: float
    half: float

    def value(self, spend: float) -> float:
        """Give the share of the ceiling that is reached at a spend in units of the reference."""
        return 1 / (1 + exp(-self.slope * (log(spend) - self.half))) if spend > 0 else 0.0

    def at(self, place: int) -> float:
        """Give the same for a spend that stands at a place of the tables."""
        return 1 / (1 + exp(-self.slope * (place * _STEP - self.half)))


class Sums(NamedTuple):
    """What days say about each shape: results times ln g, and exposure times g, both weighted."""

    logs: list[float]
    exposures: list[float]


SHAPES = tuple(Shape(slope, half) for slope in SLOPES for half in HALVES)


class _Table(NamedTuple):
    values: list[float]
    logs: list[float]


@cache
def _tables() -> tuple[_Table, ...]:
    places = range(_BOTTOM, _TOP + 1)
    logs = [[-log1p(exp(-slope * place * _STEP)) for place in places] for slope in SLOPES]
    return tuple(_Table([exp(value) for value in row], row) for row in logs)


def place_of(spend: float) -> int:
    """Give where a spend, in units of the reference and above 0, stands in the tables."""
    return round(min(_WIDEST, max(-_WIDEST, log(spend))) / _STEP)


def _slice(place: int) -> slice:
    first = place - round(HALVES[0] / _STEP) - _BOTTOM
    return slice(first, first - _APART * len(HALVES), -_APART)


def sums(days: Iterable[tuple[int, float, float]], at: int = 0) -> Sums:
    """Sum (place, results, exposure) of days over all shapes, each hill scaled to 1 at the place ``at``."""
    together: dict[int, tuple[float, float]] = {}
    for place, results, exposure in days:
        before = together.get(place, (0.0, 0.0))
        together[place] = before[0] + results, before[1] + exposure
    all_logs: list[float] = []
    all_exposures: list[float] = []
    for values, table_logs in _tables():
        logs = exposures = [0.0] * len(HALVES)
        for place, (results, exposure) in together.items():
            window = _slice(place)
            exposures = [a + exposure * b for a, b in zip(exposures, values[window], strict=True)]
            if results:
                logs = [a + results * b for a, b in zip(logs, table_logs[window], strict=True)]
        total = sum(results for results, _ in together.values())
        here = _slice(at)
        all_logs += [a - total * b for a, b in zip(logs, table_logs[here], strict=True)]
        all_exposures += [a / b for a, b in zip(exposures, values[here], strict=True)]
    return Sums(all_logs, all_exposures)
