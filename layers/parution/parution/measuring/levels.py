"""A level that is above 0: a gamma distribution, matched to what is believed of its logarithm."""

from functools import lru_cache
from math import exp, log, sqrt
from typing import NamedTuple, Self


class Level(NamedTuple):
    """Gamma with a shape (what it is worth, in results) and a rate; its mean is shape / rate."""

    shape: float
    rate: float

    @classmethod
    def believed(cls, log_mean: float, log_sd: float) -> Self:
        """Give the level whose logarithm has this mean and this standard deviation."""
        shape = _shape(log_sd)
        return cls(shape, exp(digamma(shape) - log_mean))

    @property
    def mean(self) -> float:
        return self.shape / self.rate

    @property
    def log_mean(self) -> float:
        return digamma(self.shape) - log(self.rate)

    @property
    def log_sd(self) -> float:
        return sqrt(trigamma(self.shape))


@lru_cache(256)
def digamma(x: float) -> float:
    """Give the derivative of ln gamma, to nine digits for x > 0 (Abramowitz and Stegun 6.3.18)."""
    below = 0.0
    while x < 8:  # noqa: PLR2004 (from here on the series has nine digits)
        below += 1 / x
        x += 1
    square = 1 / (x * x)
    return log(x) - 0.5 / x - square * (1 / 12 - square * (1 / 120 - square / 252)) - below


@lru_cache(256)
def trigamma(x: float) -> float:
    """Give the second derivative of ln gamma, to nine digits for x > 0 (the same, 6.4.12)."""
    below = 0.0
    while x < 8:  # noqa: PLR2004 (the same)
        below += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    return below + (1 + 0.5 / x + square * (1 / 6 - square * (1 / 30 - square / 42))) / x


@lru_cache(256)
def _shape(log_sd: float) -> float:
    # Newton's method on the logarithm; trigamma is nearly a power of x on both of its ends.
    wanted = log(log_sd * log_sd)
    where = log(0.5 + 1 / (log_sd * log_sd))
    for _ in range(50):
        here = log(trigamma(exp(where))) - wanted
        slope = (log(trigamma(exp(where + 1e-4))) - wanted - here) / 1e-4
        where -= here / slope
        if abs(here) < 1e-10:  # noqa: PLR2004 (nine digits of trigamma)
            break
    return exp(where)
