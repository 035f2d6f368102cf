"""What days are worth beside the curve: their weekday, the share of results known yet, and their noise.

A day's variance around its mean m is ``m * unit + (spread * m)^2``: counted results have unit 1 and scatter
more than that where people come in waves; an amount of money has a unit of its own, and is given no wave.
A day's weight is what it would count for as plain counts: ``1 / (unit + spread^2 m)``.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from math import exp, fsum, log, sqrt
from typing import NamedTuple

# Before anything is seen: weekdays differ by some 15 %, days of one spend scatter by some 25 %.
_WEEKDAY_SD = 0.15
_SPREAD = 0.25
# What the usual spread is worth beside what is seen, in days.
_DAYS = 20.0
# An amount of money, before anything is seen: a day's results scatter by half.
_AMOUNT_SPREAD = 0.5
# Days after which a day counts for half: creatives wear out, auctions move.
_HALF_LIFE = 60.0


class Residual(NamedTuple):
    """A day's results beside what a first fit expected of them, and what the day counts for."""

    day: date
    results: float
    expected: float
    weight: float


class Noise(NamedTuple):
    """How a line's days scatter."""

    unit: float = 1.0
    spread: float = _SPREAD

    def weight(self, expected: float, known: float, age: int) -> float:
        """Give what a day counts for, so many days later and known in part."""
        # What is not known yet is guessed, and the guess may be wrong by half of it.
        guessed = max(0.0, 1 - known) / (2 * known)
        scatter = self.unit + (self.spread * self.spread + guessed * guessed) * expected
        return exp(-log(2) * age / _HALF_LIFE) / scatter


def weekdays(residuals: Iterable[Residual]) -> tuple[float, ...]:
    """Give each weekday's factor, Monday first, on average 1, for all lines together."""
    prior = 1 / (_WEEKDAY_SD * _WEEKDAY_SD)
    results, expected = [prior] * 7, [prior] * 7
    for one in residuals:
        results[one.day.weekday()] += one.weight * one.results
        expected[one.day.weekday()] += one.weight * one.expected
    factors = [seen / foreseen for seen, foreseen in zip(results, expected, strict=True)]
    return tuple(factor * 7 / fsum(factors) for factor in factors)


def usual_noise(results: Sequence[float]) -> Noise:
    """Give the noise to begin with: of counts where all are whole numbers, else of amounts."""
    if counted(results):
        return Noise()
    return Noise(_AMOUNT_SPREAD**2 * fsum(results) / len(results), 0.0)


def noise_of(residuals: Sequence[Residual]) -> Noise:
    """Learn how a line's days scatter from how each differs from the next, pulled towards the usual.

    Differences of neighbours see the scatter alone: a curve that fits badly, or a change, moves both.
    """
    squares = fsum(one.expected * one.expected for one in residuals)
    if len(residuals) < 2 or not squares:  # noqa: PLR2004 (neighbours)
        return usual_noise([one.results for one in residuals])
    left = [one.results - one.expected for one in residuals]
    jumps = fsum((later - one) ** 2 for one, later in pairwise(left)) / 2
    scatter = jumps * len(left) / (len(left) - 1)
    usual = _DAYS * squares / len(left)
    total = fsum(one.expected for one in residuals)
    if counted([one.results for one in residuals]):
        waves = (scatter - total + usual * _SPREAD**2) / (squares + usual)
        return Noise(1.0, sqrt(max(0.0, waves)))
    return Noise((scatter + usual * _AMOUNT_SPREAD**2) / (squares + usual) * squares / total, 0.0)


def counted(results: Sequence[float]) -> bool:
    return all(float(one).is_integer() for one in results)
