"""The lowest place above planes within a box: a small linear program, solved from its dual.

The dual weighs the planes, with weights that add up to 1 and slopes that cancel but for what the sides of
the box hold. Every plane is a column, so that one more leaves the present weights feasible, and the simplex
method goes on from there; the multipliers of the rows are the place.
"""

from collections.abc import Sequence
from math import sumprod
from typing import NamedTuple

_EPSILON = 1e-12
_TURNS = 500

type Vector = list[float]


class Lowest(NamedTuple):
    """Where it is, how low, and the weights of the planes, in the order in which they came."""

    at: Vector
    value: float
    weights: Vector


class Planes:
    """Planes ``base + slopes . x`` above a box around 0, which can be widened."""

    def __init__(self, box: Sequence[tuple[float, float]]) -> None:
        self._size = len(box) + 1
        self._columns: list[Vector] = []
        self._costs: Vector = []
        for row, (low, high) in enumerate(box):
            for side, cost in ((-1.0, low), (1.0, -high)):
                self._columns.append([side * (row == number) for number in range(self._size)])
                self._costs.append(cost)
        self._sides = len(self._columns)
        self._basis: list[int] = []
        self._inverse: list[Vector] = []

    def add(self, base: float, slopes: Sequence[float]) -> None:
        self._columns.append([*slopes, 1.0])
        self._costs.append(base)
        if not self._basis:
            self._basis = [2 * row + (slope <= 0) for row, slope in enumerate(slopes)] + [self._sides]
            self._invert()

    def widen(self, times: float) -> None:
        """Make the box so many times as wide; sides at 0 stay where they are."""
        for side in range(self._sides):
            self._costs[side] *= times

    def lowest(self) -> Lowest:
        """Find the place; at least one plane has been added."""
        self._invert()
        for turn in range(_TURNS):
            entering = self._entering(first=turn > _TURNS // 2)
            leaving = None if entering is None else self._leaving(entering)
            if entering is None or leaving is None:
                break
            self._pivot(entering, leaving)
        *place, value = self._multipliers()
        weights = [0.0] * (len(self._columns) - self._sides)
        for column, row in zip(self._basis, self._inverse, strict=True):
            if column >= self._sides:
                weights[column - self._sides] = max(row[-1], 0.0)
        return Lowest([-multiplier for multiplier in place], value, weights)

    def _multipliers(self) -> Vector:
        costs = [self._costs[column] for column in self._basis]
        return [sumprod(costs, column) for column in zip(*self._inverse, strict=True)]

    def _entering(self, *, first: bool) -> int | None:
        """Give the column that promises most, or the first that promises any, which never goes in circles."""
        multipliers = self._multipliers()
        best, found = 0.0, None
        for number, (column, cost) in enumerate(zip(self._columns, self._costs, strict=True)):
            paid = sumprod(multipliers, column)
            promise = cost - paid
            if promise > best + _EPSILON * (abs(cost) + abs(paid)) and number not in self._basis:
                best, found = promise, number
                if first:
                    break
        return found

    def _leaving(self, entering: int) -> int | None:
        """Give the place in the basis whose weight, the last entry of its row, reaches 0 first."""
        change = self._change(entering)
        largest = max(map(abs, change))
        ratios = [
            (row[-1] / rate, self._basis[place], place)
            for place, (row, rate) in enumerate(zip(self._inverse, change, strict=True))
            if rate > _EPSILON * largest
        ]
        return min(ratios)[2] if ratios else None

    def _change(self, entering: int) -> Vector:
        return [sumprod(row, self._columns[entering]) for row in self._inverse]

    def _pivot(self, entering: int, leaving: int) -> None:
        change = self._change(entering)
        pivot = [entry / change[leaving] for entry in self._inverse[leaving]]
        self._inverse = [
            pivot
            if place == leaving
            else [entry - rate * other for entry, other in zip(row, pivot, strict=True)]
            for place, (row, rate) in enumerate(zip(self._inverse, change, strict=True))
        ]
        self._basis[leaving] = entering

    def _invert(self) -> None:
        """Invert the basis afresh, which sheds the rounding of earlier turns (Gauss and Jordan)."""
        size = self._size
        work = [
            [*(self._columns[column][row] for column in self._basis), *(float(row == n) for n in range(size))]
            for row in range(size)
        ]
        for place in range(size):
            best = max(range(place, size), key=lambda row: abs(work[row][place]))
            work[place], work[best] = work[best], work[place]
            pivot = [entry / work[place][place] for entry in work[place]]
            work = [
                pivot
                if n == place
                else [entry - row[place] * other for entry, other in zip(row, pivot, strict=True)]
                for n, row in enumerate(work)
            ]
        self._inverse = [row[size:] for row in work]
