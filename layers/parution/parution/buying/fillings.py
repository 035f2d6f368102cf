"""Fill pools with the best that envelopes offer.

Edges only get worse along an envelope, so taking the best first is optimal in pools that lie inside each
other: first inside each pool that has a floor, up to it, the inmost pools first; then everywhere, up to the
budget. Only an edge that a pool has no room for is taken in part. To be fast, a price is searched at which
nearly all is spent; edge by edge goes only what is left then. Filled ``whole``, what does not fit is left
out, and pools that overlap others are kept too: amounts that can be had, if perhaps not the best ones.
"""

from collections.abc import Callable, Mapping, Sequence
from heapq import heapify, heappop, heapreplace
from math import inf

from parution.buying.envelopes import Envelope
from parution.buying.pools import Pool
from parution.buying.price_search import ANYTHING, Demand

# When more than this many units per line are left, they are not handed out one by one.
_MANY = 4


class Filling:
    """Amounts that only grow, within the pools of a tree and perhaps some apart from it."""

    def __init__(
        self, lines: Sequence[Envelope], root: Pool, apart: Sequence[Pool] = (), *, whole: bool = False
    ) -> None:
        self.lines, self.root, self._whole = lines, root, whole
        self.amounts = [line.start for line in lines]
        self._apart = apart if whole else ()
        self.totals = root.totals(self.amounts)
        for pool in self._apart:
            self.totals |= pool.totals(self.amounts)
        self._around = [
            (*home.outward, *(pool for pool in self._apart if number in pool.lines))
            for number, home in enumerate(root.homes)
        ]
        self._out: set[int] = set()

    def fill(self, guess: float = 0.0) -> bool:
        """Spend up to the floors, then up to the budget; say whether all floors and caps are kept."""
        if any(total > pool.cap for pool, total in self.totals.items()):
            return False
        for pool in (*self.root.inmost_first, *self._apart):
            self._raise(pool, pool.floor, -inf)
        self._raise(self.root, self.root.cap, ANYTHING, guess)
        return all(pool.floor <= total <= pool.cap for pool, total in self.totals.items())

    def _raise(self, pool: Pool, aim: int, worth: float, guess: float = 0.0) -> None:
        while self.totals[pool] < aim:
            self._near(pool, aim, worth, guess)
            if not self._hand_out(pool, aim, worth):
                break

    # ---------------------------------------------------------------- near
    def _near(self, pool: Pool, aim: int, worth: float, guess: float) -> None:
        """Raise to one price for all, which is still a little too high."""
        if self._whole:
            self._leave_out_what_never_fits(pool, aim)
        numbers = [number for number in pool.lines if self._is_open(number)]
        demand = Demand(self.lines, self.amounts, numbers, self._summed(pool, numbers))
        if numbers and aim - self.totals[pool] > demand.slack:
            self._take(pool, demand.nearly(aim, worth, guess))

    def _leave_out_what_never_fits(self, pool: Pool, aim: int) -> None:
        # Room only gets less: an edge that does not fit now never will.
        for number in filter(self._is_open, pool.lines):
            room = self._room(number, pool, aim)
            if self._width(number) > room and not self.lines[number].part(self.amounts[number], room):
                self._out.add(number)

    def _summed(self, pool: Pool, numbers: Sequence[int]) -> Callable[[Mapping[int, int]], float] | int:
        watched = [one for one in self._apart if one is not pool]
        if pool in self._apart:
            watched += self.root.inmost_first
        if not pool.inside and not watched:
            return self.totals[pool] - sum(self.amounts[number] for number in numbers)

        def total(wanted: Mapping[int, int]) -> float:
            if any(self._rise(one, wanted) > one.cap for one in watched):
                return inf
            return self._within(pool, wanted)

        return total

    def _within(self, pool: Pool, wanted: Mapping[int, int]) -> int:
        own = sum(wanted.get(number, self.amounts[number]) for number in pool.own)
        return own + sum(min(self._within(one, wanted), one.cap) for one in pool.inside)

    def _rise(self, pool: Pool, wanted: Mapping[int, int]) -> int:
        """Give what a pool would hold with these amounts."""
        rises = (wanted[number] - self.amounts[number] for number in pool.lines if number in wanted)
        return self.totals[pool] + sum(rises)

    def _take(self, pool: Pool, wanted: Mapping[int, int]) -> None:
        for number in pool.own:
            self._set(number, wanted.get(number, self.amounts[number]))
        for one in pool.inside:
            # An edge may be missing of each line: near its cap a pool chooses among all its edges itself.
            missing = 0 if self._whole else sum(self.lines[number].missing for number in one.lines)
            total = self._within(one, wanted)
            if total + missing <= one.cap:
                self._take(one, wanted)
            else:
                self._raise(one, min(total, one.cap), ANYTHING)

    # ---------------------------------------------------------------- edge by edge
    def _hand_out(self, pool: Pool, aim: int, worth: float) -> bool:
        """Take the best edges one by one; say whether a price should be searched for what is left."""
        offers = [self._offer(number) for number in pool.lines if self._is_open(number)]
        heapify(offers)
        while offers and self.totals[pool] < aim and -offers[0][0] >= worth:
            number = offers[0][1]
            room = self._room(number, pool, aim)
            fits = self._width(number) <= room
            self._add(number, self._run(offers, room, worth) if fits else self._cut(number, room))
            if fits and self._is_open(number):
                heapreplace(offers, self._offer(number))
                continue
            heappop(offers)
            if not fits and self._whole and aim - self.totals[pool] > _MANY * len(offers) > 0:
                return True
        return False

    def _room(self, number: int, pool: Pool, aim: int) -> int:
        room = max(0, min(one.cap - self.totals[one] for one in self._around[number]))
        # Whole edges may pass a floor, as far as caps allow.
        passing = self._whole and pool is not self.root
        return room if passing else min(room, aim - self.totals[pool])

    def _run(self, offers: Sequence[tuple[float, int]], room: int, worth: float) -> int:
        """Count the units, an edge at least, by which the best line stays ahead of the second."""
        number = offers[0][1]
        rival = min([*offers[1:3], (-worth, len(self.lines))])
        return self.lines[number].ahead(self.amounts[number], room, lambda slope: (-slope, number) < rival)

    def _cut(self, number: int, room: int) -> int:
        """Give how much of an edge is taken that has no room."""
        if not self._whole:
            return room
        self._out.add(number)
        return self.lines[number].part(self.amounts[number], room)

    # ---------------------------------------------------------------- amounts
    def _is_open(self, number: int) -> bool:
        return self.amounts[number] < self.lines[number].end and number not in self._out

    def _offer(self, number: int) -> tuple[float, int]:
        return -self.lines[number].edge(self.amounts[number]).slope, number

    def _width(self, number: int) -> int:
        return self.lines[number].edge(self.amounts[number]).width

    def _set(self, number: int, amount: int) -> None:
        self._add(number, amount - self.amounts[number])

    def _add(self, number: int, units: int) -> None:
        if units:
            self.amounts[number] += units
            for pool in self._around[number]:
                self.totals[pool] += units
