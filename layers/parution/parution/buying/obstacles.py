"""Constraints that no allocation can meet: which, and by how many minor units."""

from collections.abc import Iterator
from typing import NamedTuple

from parution.buying.pools import Pool, Shared, nested
from parution.buying.problems import Group, Obstacle, Problem, ProblemLine

_NO_LIMIT = 2**80  # more than all the money that a document can hold


class _Reach(NamedTuple):
    """The least and the most that lines can add up to."""

    least: int
    most: int


def obstacles(problem: Problem) -> tuple[Obstacle, ...]:
    """Name what excludes each other in one line, in one group, or in groups inside each other."""
    alone = (*_in_lines(problem), *_in_groups(problem))
    return alone or tuple(_in_sums(problem))


def _in_lines(problem: Problem) -> Iterator[Obstacle]:
    for number, line in enumerate(problem.lines):
        place, least, most = f"/lines/{number}", max(line.floor, line.minimum_if_funded), _reach(line).most
        if line.cap is None or not line.floor:
            continue
        if line.floor > line.cap:
            text = f"the floor of {line.id} is above its cap"
            yield Obstacle(constraint=text, by=line.floor - line.cap, pointer=f"{place}/floor")
        elif least > line.cap:
            text = f"the minimum of {line.id}, which has a floor, is above its cap"
            yield Obstacle(constraint=text, by=least - line.cap, pointer=f"{place}/minimum_if_funded")
        elif _reach(line).least > line.cap:
            text = f"no multiple of the step of {line.id} lies between its floor and its cap"
            by = min(_reach(line).least - line.cap, least - most)
            yield Obstacle(constraint=text, by=by, pointer=f"{place}/step")


def _in_groups(problem: Problem) -> Iterator[Obstacle]:
    for number, group in enumerate(problem.groups):
        pointer = f"/groups/{number}/floor"
        if group.cap is not None and group.floor > group.cap:
            text = f"the floor of group {group.id} is above its cap"
            yield Obstacle(constraint=text, by=group.floor - group.cap, pointer=pointer)
        elif group.floor and not any(group.id in line.groups for line in problem.lines):
            text = f"group {group.id} has a floor and no line"
            yield Obstacle(constraint=text, by=group.floor, pointer=pointer)


# ------------------------------------------------------------------ sums
def _in_sums(problem: Problem) -> Iterator[Obstacle]:
    numbers = {group.id: number for number, group in enumerate(problem.groups)}
    budget = Shared("", 0, problem.budget, frozenset(range(len(problem.lines))))
    root, apart = nested(budget, [_shared(problem, group) for group in problem.groups])
    reaches: dict[Pool, _Reach] = {}
    for pool in (*root.inmost_first, *(Pool(one) for one in apart)):
        parts = [*(_reach(problem.lines[n]) for n in pool.own), *(reaches[one] for one in pool.inside)]
        sums = _Reach(sum(one.least for one in parts), sum(one.most for one in parts))
        reaches[pool] = _Reach(max(sums.least, pool.floor), min(sums.most, pool.cap))
        yield from _in_sum(pool, sums, f"/groups/{numbers[pool.name]}" if pool.name in numbers else "")


def _in_sum(pool: Pool, sums: _Reach, place: str) -> Iterator[Obstacle]:
    if sums.least > pool.cap:
        text = f"the floors in group {pool.name} add up to more than its cap"
        whole = "the floors add up to more than the budget"
        by = sums.least - pool.cap
        yield Obstacle(
            constraint=text if place else whole, by=by, pointer=f"{place}/cap" if place else "/budget"
        )
    if sums.most < pool.floor:
        text = f"the caps in group {pool.name} add up to less than its floor"
        yield Obstacle(constraint=text, by=pool.floor - sums.most, pointer=f"{place}/floor")


def _shared(problem: Problem, group: Group) -> Shared:
    members = frozenset(number for number, line in enumerate(problem.lines) if group.id in line.groups)
    return Shared(group.id, group.floor, _NO_LIMIT if group.cap is None else group.cap, members)


def _reach(line: ProblemLine) -> _Reach:
    needed, step = max(line.floor, line.minimum_if_funded, 1), line.step
    first = -(-needed // step) * step
    most = _NO_LIMIT if line.cap is None else line.cap // step * step
    return _Reach(first if line.floor else 0, most if most >= first or line.floor else 0)
