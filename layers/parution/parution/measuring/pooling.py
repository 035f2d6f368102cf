"""What lines tell of each other, where each is its kin's, give or take.

y_i = the sum of the effects that line i shares with others + its own, all normal around 0 with known spreads,
and y_i is seen with a known noise. What the other lines say of line i is the prediction with i left out,
which has a closed form (the leave-one-out identity of linear models); so its own days speak once, not twice.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple


class Seen(NamedTuple):
    """What a line's own days say, with a variance (None: nothing), and the effects that it shares."""

    effects: tuple[str, ...]
    value: float = 0.0
    variance: float | None = None


class Guess(NamedTuple):
    mean: float
    sd: float


def from_the_others(seen: Sequence[Seen], spreads: Mapping[str, float], own: float) -> list[Guess]:
    """Give for each line what the others say of it; ``spreads`` has a standard deviation per effect."""
    places = {effect: place for place, effect in enumerate(spreads)}
    rows = [[places[effect] for effect in one.effects] for one in seen]
    weights = [0.0 if one.variance is None else 1 / (one.variance + own * own) for one in seen]
    precision = [[0.0] * len(places) for _ in places]
    weighted = [0.0] * len(places)
    for effect, place in places.items():
        precision[place][place] = 1 / spreads[effect] ** 2
    for one, row, weight in zip(seen, rows, weights, strict=True):
        for place in row:
            weighted[place] += weight * one.value
            for other in row:
                precision[place][other] += weight
    inverse = _inverse(precision)
    guesses = []
    for one, row, weight in zip(seen, rows, weights, strict=True):
        column = [sum(inverse[place][other] for place in row) for other in range(len(places))]
        mean = sum(a * b for a, b in zip(column, weighted, strict=True))
        variance = sum(column[place] for place in row)
        rest = 1 - weight * variance
        left_out = (mean - weight * variance * one.value) / rest
        guesses.append(Guess(left_out, sqrt(variance / rest + own * own)))
    return guesses


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Invert a symmetric positive definite matrix (Gauss and Jordan; such a one needs no pivots)."""
    size = len(matrix)
    wide = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for i in range(size):
        wide[i] = [value / wide[i][i] for value in wide[i]]
        for j in range(size):
            factor = wide[j][i]
            if j != i and factor:
                wide[j] = [one - factor * other for one, other in zip(wide[j], wide[i], strict=True)]
    return [row[size:] for row in wide]
