"""Amounts that several lines share: the budget, and groups; those that lie inside each other make a tree."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple


class Shared(NamedTuple):
    """A floor and a cap over some lines, by their numbers."""

    name: str
    floor: int
    cap: int
    lines: frozenset[int]


class Pool:
    """A floor and a cap over its own lines and the pools inside it; the outmost one is the budget."""

    def __init__(self, shared: Shared) -> None:
        self.name, self.floor, self.cap = shared.name, shared.floor, shared.cap
        self.lines = shared.lines
        self.inside: list[Pool] = []
        self.around: Pool | None = None

    @cached_property
    def own(self) -> tuple[int, ...]:
        """Give the lines that lie in no pool inside it."""
        return tuple(sorted(self.lines.difference(*(one.lines for one in self.inside))))

    @cached_property
    def inmost_first(self) -> tuple["Pool", ...]:
        return (*(pool for one in self.inside for pool in one.inmost_first), self)

    @cached_property
    def outward(self) -> tuple["Pool", ...]:
        """Give the pool and all around it, the budget last."""
        return (self, *(self.around.outward if self.around else ()))

    @cached_property
    def homes(self) -> tuple["Pool", ...]:
        """Give each line's inmost pool, by number; for the budget."""
        found = {number: pool for pool in self.inmost_first for number in pool.own}
        return tuple(found[number] for number in range(len(found)))

    def totals(self, amounts: Sequence[int]) -> dict["Pool", int]:
        """Sum the amounts of each pool."""
        sums: dict[Pool, int] = {}
        for pool in self.inmost_first:
            sums[pool] = sum(amounts[number] for number in pool.own) + sum(sums[one] for one in pool.inside)
        return sums


def nested(budget: Shared, groups: Iterable[Shared]) -> tuple[Pool, list[Shared]]:
    """Put groups inside each other and the budget; give those apart that overlap one that is inside."""
    root, apart = Pool(budget), []
    for group in sorted(groups, key=lambda one: (-len(one.lines), one.name)):
        if any(group.lines & pool.lines and not group.lines <= pool.lines for pool in _inmost_first(root)):
            apart.append(group)
        else:
            _put(root, Pool(group))
    return root, apart


def _put(root: Pool, pool: Pool) -> None:
    # The larger ones are there already: the smallest around it comes first.
    around = next(one for one in _inmost_first(root) if pool.lines <= one.lines)
    pool.around = around
    around.inside.append(pool)


def _inmost_first(pool: Pool) -> Iterator[Pool]:
    for one in pool.inside:
        yield from _inmost_first(one)
    yield pool
