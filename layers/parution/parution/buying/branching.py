"""Branch and bound: where envelopes promise more than their curves keep, part what a line may have in two.

Each part is bounded by its envelopes; a part that can't bring more than the best amounts found is closed.
Lines that are alike are kept in order, for else each of their orders would be searched.
"""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from math import fsum, inf
from typing import NamedTuple

from parution.buying.envelopes import Amounts, envelope
from parution.buying.fillings import Filling
from parution.buying.limits import Limits
from parution.buying.pools import Pool
from parution.buying.problems import PROVEN
from parution.buying.relaxations import Line, More, Relaxed, relaxed, shifted

# Until so many lines have been filled the optimum is sought to its last digits, as far as prices of pools
# apart are found at all; from there on to what is proof enough.
_EXACT_WORK, _EXACT, _EXACT_APART = 100_000, 1e-13, 1e-10
# What only rounding takes from a promise, as a share of all results.
_ROUNDING = 1e-15


class Found(NamedTuple):
    """The best amounts, if there are any; the bound that nothing passes; whether all was searched."""

    amounts: list[int] | None
    value: float
    bound: float
    complete: bool


class _Part(NamedTuple):
    """Amounts that are still to be searched, the most promising first."""

    rank: float  # what they can bring at most, negative
    number: int
    lines: list[Line]
    origin: Relaxed | None


def searched(within: Limits, more: More) -> Found:
    """Search the best amounts within the limits of a problem."""
    pairs = zip(within.lines, within.amounts, strict=True)
    lines = [envelope(line.response, amounts) for line, amounts in pairs]
    return Search(lines, within.root, within.apart).run(more)


class Search:
    """Searches the best amounts of lines within a tree of pools, and pools apart that overlap them."""

    def __init__(self, lines: Sequence[Line], root: Pool, apart: Sequence[Pool] = ()) -> None:
        self._root, self._apart = root, apart
        self._twins = _twins(lines, root, apart)
        self._best: list[int] | None = None
        self._value, self._closed = -inf, -inf
        self._parts = [_Part(-inf, 0, list(lines), None)]
        self._work, self._opened = 0, 0

    def run(self, more: More) -> Found:
        """Search until nothing better can be, or no more is wanted; the whole is looked at in any case."""
        turn = 0
        while self._parts and (not turn or more()):
            turn += 1
            part = heappop(self._parts)
            if self._is_closed(-part.rank):
                self._parts.clear()
                break
            # Until amounts are found, and ever more rarely, straight down to some that can be had.
            self._visit(part, more, down=self._best is None or turn & (turn - 1) == 0)
        highest = max(self._value, self._closed, *(-part.rank for part in self._parts[:1]))
        return Found(self._best, self._value, highest, not self._parts)

    def _is_closed(self, value: float) -> bool:
        exact = _EXACT_APART if self._apart else _EXACT
        share = exact if self._work <= _EXACT_WORK else PROVEN / 2
        closed = value <= self._value + share * abs(self._value)
        if closed:
            self._closed = max(self._closed, value)
        return closed

    def _visit(self, part: _Part, more: More, *, down: bool) -> None:
        parts = self._parted(part, more)
        while down and parts and more():
            best, *others = sorted(parts)
            self._put(others)
            parts = [] if self._is_closed(-best.rank) else self._parted(best, more)
        self._put(parts)

    def _put(self, parts: Iterable[_Part]) -> None:
        for part in parts:
            heappush(self._parts, part)

    def _parted(self, part: _Part, more: More) -> list[_Part]:
        """Bound a part, try the amounts that this leads to, and give what is to be searched of it."""
        found = relaxed(part.lines, self._root, self._apart, part.origin, enough=self._value, more=more)
        self._work += len(part.lines) * (1 if found is None else 1 + found.fillings)
        if found is None:
            return []
        value = min(found.value, -part.rank)
        for amounts in (*(plane.point for plane in found.planes), found.mean()):
            self._keep_if_best(found.lines, amounts)
        if self._is_closed(value):
            return []
        whole = Filling(shifted(found.lines, found.apart), self._root, self._apart, whole=True)
        if whole.fill(found.guess):
            self._keep_if_best(found.lines, whole.amounts)
        return [] if self._is_closed(value) else self._parts_of(found, value)

    def _keep_if_best(self, lines: Sequence[Line], amounts: Sequence[int]) -> None:
        if not all(amount in line.amounts for line, amount in zip(lines, amounts, strict=True)):
            return
        if not all(pool.floor <= sum(amounts[n] for n in pool.lines) <= pool.cap for pool in self._apart):
            return
        value = fsum(line.curve.value(amount) for line, amount in zip(lines, amounts, strict=True))
        if value > self._value:
            self._best, self._value = list(amounts), value

    # ---------------------------------------------------------------- parts
    def _parts_of(self, found: Relaxed, value: float) -> list[_Part]:
        """Part the amounts of the line whose promise is broken most, there where it is."""
        number = _worst(found, abs(value))
        if number is None:
            self._closed = max(self._closed, value)
            return []
        spend, lines = int(found.spend(number)), found.lines
        twins = self._twins[number]
        below = {twin: lines[twin].amounts.below(spend) for twin in twins if twin >= number}
        above = {twin: lines[twin].amounts.above(spend + 1) for twin in twins if twin <= number}
        parts = [self._part(found, value, changes) for changes in (below, above)]
        return [part for part in parts if part and not self._is_closed(-part.rank)]

    def _part(self, found: Relaxed, value: float, changes: dict[int, Amounts]) -> _Part | None:
        if any(amounts.none for amounts in changes.values()):
            return None
        lines, promise = list(found.lines), found.value
        for number, amounts in changes.items():
            old, price = found.lines[number], found.prices[number]
            if amounts != old.amounts:
                lines[number] = envelope(old.curve, amounts)
                promise += lines[number].profit(price) - old.profit(price)
        self._opened += 1
        return _Part(-min(promise, value), self._opened, lines, found)


def _worst(found: Relaxed, scale: float) -> int | None:
    """Find the line that loses most of what is promised, or else one whose amount can't be had."""
    losses = [_lost(found, number) for number in range(len(found.lines))]
    most = max(losses)
    if most > _ROUNDING * scale:
        return losses.index(most)
    barred = (number for number in range(len(losses)) if not _can_be_had(found, number))
    return next(barred, None)


def _lost(found: Relaxed, number: int) -> float:
    """Give what a line's envelope promises beyond what the amount below it keeps."""
    line = found.lines[number]
    kept = line.amounts.part(line.start, max(0, int(found.spend(number)) - line.start))
    return found.promised(number) - line.curve.value(kept)


def _can_be_had(found: Relaxed, number: int) -> bool:
    spend = found.spend(number)
    return spend == int(spend) and int(spend) in found.lines[number].amounts


def _twins(lines: Sequence[Line], root: Pool, apart: Sequence[Pool]) -> list[list[int]]:
    """Give each line's alike, itself included: those with its curve and amounts, in the same pools."""
    kinds: dict[object, list[int]] = {}
    found = []
    for number, line in enumerate(lines):
        places = tuple(number in pool.lines for pool in apart)
        kind = (line.curve, line.amounts, root.homes[number], places)
        kinds.setdefault(kind, []).append(number)
        found.append(kinds[kind])
    return found
