"""Search the price at which what lines take is nearly an amount."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from math import inf, nextafter, sqrt
from typing import NamedTuple

from parution.buying.envelopes import Envelope

# The least price there is: an edge that is worth it brings something.
ANYTHING = 5e-324
_TURNS = 120


class _At(NamedTuple):
    """What lines take at a price: all edges that bring more."""

    price: float
    amounts: list[int]
    total: float


class Demand:
    """What some lines take, which have amounts already; ``total`` sums them with all else that counts."""

    def __init__(
        self,
        lines: Sequence[Envelope],
        amounts: Sequence[int],
        numbers: Sequence[int],
        total: Callable[[Mapping[int, int]], float] | int,
    ) -> None:
        self._lines = [lines[number] for number in numbers]
        self._now = [amounts[number] for number in numbers]
        self._numbers, self._sum = numbers, total
        self.slack = sum(line.missing for line in self._lines)
        self._near = self.slack + 2 * max((line.step for line in self._lines), default=0)

    def nearly(self, aim: int, worth: float, guess: float) -> dict[int, int]:
        """Give the amounts at a price that is still above the one at which all lines take the aim."""
        # With room left for each line's edge that may be missing.
        aim -= self.slack
        lowest = self._at(worth)
        if lowest.total <= aim:
            return self._named(lowest)
        cheap, dear = self._ends(lowest)
        cheap, dear = self._around(guess, cheap, dear, aim)
        return self._named(self._between(cheap, dear, aim))

    def _between(self, cheap: _At, dear: _At, aim: int) -> _At:
        jumps = sorted({slope for line in self._lines for slope in line.jumps})
        for turn in range(_TURNS):
            if aim - dear.total <= self._near:
                break
            jump = _middle(jumps, cheap.price, dear.price)
            at = self._at(jump or _next(cheap, dear, aim, turn))
            if not cheap.price < at.price < dear.price:
                break
            if at.total > aim:
                cheap = at
                continue
            dear = at
            if jump:
                after = self._at(nextafter(jump, -inf))
                if after.total > aim:
                    break
                dear = after
        return dear

    def _ends(self, lowest: _At) -> tuple[_At, _At]:
        edges = (line.edge(now).slope for line, now in zip(self._lines, self._now, strict=True))
        dear = _At(max(edges), self._now, self._total(self._now))
        last = nextafter(min(line.last for line in self._lines), -inf)
        return lowest._replace(price=max(last, lowest.price)), dear

    def _around(self, guess: float, cheap: _At, dear: _At, aim: int) -> tuple[_At, _At]:
        """Close in on a price from one that is thought to be near it, in growing strides."""
        share = 1e-4
        while guess and cheap.price < guess < dear.price and share < 1:
            at = self._at(guess)
            up = at.total > aim
            cheap, dear = (at, dear) if up else (cheap, at)
            guess *= 1 + share if up else 1 - share
            share *= 16
            if cheap.price > 0 and dear.price / cheap.price < 1 + share / 16:
                break
        return cheap, dear

    def _at(self, price: float) -> _At:
        wanted = [max(now, line.corner(price)) for line, now in zip(self._lines, self._now, strict=True)]
        return _At(price, wanted, self._total(wanted))

    def _total(self, wanted: list[int]) -> float:
        if isinstance(self._sum, int):
            return self._sum + sum(wanted)
        return self._sum(dict(zip(self._numbers, wanted, strict=True)))

    def _named(self, at: _At) -> dict[int, int]:
        return dict(zip(self._numbers, at.amounts, strict=True))


def _middle(jumps: Sequence[float], low: float, high: float) -> float:
    """Give the middle one of the prices between two at which an amount jumps."""
    first, last = bisect_right(jumps, low), bisect_left(jumps, high)
    return jumps[(first + last) // 2] if first < last else 0.0


def _next(cheap: _At, dear: _At, aim: int, turn: int) -> float:
    if cheap.price <= 0:
        return (cheap.price + dear.price) / 2
    least, most, middle = 1 / sqrt(dear.price), 1 / sqrt(cheap.price), sqrt(cheap.price) * sqrt(dear.price)
    if turn % 3 == 0 or cheap.total == inf:
        return middle
    # The spend of a saturating line is nearly a straight line in the root of 1 / price.
    wanted = aim - 0.5 * min(1, aim - dear.total)
    root = least + (most - least) * (wanted - dear.total) / max(1, cheap.total - dear.total)
    price = 1 / (root * root)
    # Beside a price next to nothing it may come out as nothing.
    return price if cheap.price < price < dear.price else middle
