"""What floors, caps, minimums, steps and groups leave: the amounts of each line, and the pools they share."""

from collections.abc import Iterator, Sequence
from math import gcd
from typing import NamedTuple

from parution.buying.envelopes import Amounts
from parution.buying.pools import Pool, Shared, nested
from parution.buying.problems import Group, Problem, ProblemLine


class Limits(NamedTuple):
    """Lines in the order of their ids, so that the order of a document changes nothing."""

    lines: list[ProblemLine]
    amounts: list[Amounts]
    root: Pool
    apart: list[Pool]


def limits(problem: Problem) -> Limits:
    """Ready a problem whose floors and caps don't exclude each other (see ``obstacles``)."""
    lines = sorted(problem.lines, key=lambda line: line.id)
    groups = {group.id: group for group in problem.groups}
    amounts = [amounts_of(line, [groups[name] for name in line.groups], problem.budget) for line in lines]
    numbers = frozenset(range(len(lines)))
    budget = _on_grid(Shared("", 0, problem.budget, numbers), lines)
    shared = [one for one in _shared(problem, lines) if _may_bind(one, amounts, budget.cap)]
    root, apart = nested(budget, shared)
    return Limits(lines, amounts, root, [Pool(one) for one in apart])


def amounts_of(line: ProblemLine, groups: Sequence[Group], budget: int) -> Amounts:
    """Give the amounts that a line may have, but none from which on a unit brings nothing.

    Those are on offer only where a group's floor may ask for them.
    """
    caps = [cap for cap in (line.cap, *(group.cap for group in groups)) if cap is not None]
    step, most = line.step, min(budget, *caps) if caps else budget
    first = _up(max(line.floor, line.minimum_if_funded, 1), step)
    if not any(group.floor for group in groups):
        pays = _up(line.response.pays_until, step)
        most = min(most, max(first, pays) if pays or line.floor else 0)
    return Amounts(zero=not line.floor, first=first, last=most // step * step, step=step)


def _shared(problem: Problem, lines: Sequence[ProblemLine]) -> Iterator[Shared]:
    for group in problem.groups:
        members = frozenset(number for number, line in enumerate(lines) if group.id in line.groups)
        cap = problem.budget if group.cap is None else min(group.cap, problem.budget)
        if members:
            yield _on_grid(Shared(group.id, group.floor, cap, members), lines)


def _on_grid(shared: Shared, lines: Sequence[ProblemLine]) -> Shared:
    # Sums of multiples are multiples: what lies between no allocation can reach.
    grid = gcd(*(lines[number].step for number in shared.lines))
    return shared._replace(floor=_up(shared.floor, grid), cap=shared.cap // grid * grid)


def _may_bind(shared: Shared, amounts: Sequence[Amounts], budget: int) -> bool:
    least = sum(amounts[number].least for number in shared.lines)
    most = sum(amounts[number].most for number in shared.lines)
    return shared.floor > least or shared.cap < min(most, budget)


def _up(spend: int, step: int) -> int:
    return -(-spend // step) * step
