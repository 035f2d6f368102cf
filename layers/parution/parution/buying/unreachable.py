"""Why nothing was found where no two constraints exclude each other by themselves: which, by how much.

Groups that overlap may ask for more together than their lines can be in; and sums of steps and minimums may
leave out all that lies between a floor and a cap.
"""

from collections.abc import Callable, Iterator
from math import ceil
from typing import Literal, NamedTuple

from parution.buying.branching import searched
from parution.buying.curves import LARGEST_MONEY, Points, Power
from parution.buying.limits import Limits, limits
from parution.buying.obstacles import obstacles
from parution.buying.problems import Group, Obstacle, Problem
from parution.buying.relaxations import More, missing

_FLAT = Points(kind="points", points=((0, 0.0), (1, 0.0)))
_EVEN = Power(kind="power", scale=1.0, exponent=1.0)
# No document may hold this curve: each unit costs one result, so that the best split is the cheapest.
_COST = Points.model_construct(kind="points", points=((0, 0.0), (LARGEST_MONEY, -float(LARGEST_MONEY))))
_STEPS = ", with steps and minimums"


class _Side(NamedTuple):
    """A floor or a cap of one group, by its number."""

    group: int
    side: Literal["floor", "cap"]


def overlaps(problem: Problem, within: Limits, more: More) -> tuple[Obstacle, ...]:
    """Say by how much groups that overlap exclude each other, in all."""
    if not within.apart or not missing(within.amounts, within.root, within.apart):
        return ()

    def excluded(other: Problem) -> bool:
        return bool(obstacles(other) or _short(other))

    sides = _needed(problem, excluded, more)
    left = _with_only(problem, sides)
    by = sum(one.by for one in obstacles(left)) or _short(left)
    beside = "" if limits(left).apart else _STEPS
    return (_together(problem, sides, beside, by),)


def combinations(problem: Problem, more: More) -> tuple[Obstacle, ...]:
    """Say which sums of steps and minimums miss what is asked of them."""
    unlimited = problem.model_copy(update={"budget": LARGEST_MONEY})
    cheapest = searched(limits(_with_curve(_no_more_than_needed(unlimited), _COST)), more)
    if not cheapest.complete or cheapest.amounts is not None:
        # Out of time it is the bound: at least so much is missing.
        least = ceil(-cheapest.bound) if cheapest.amounts is None else sum(cheapest.amounts)
        text = "the floors, with steps and minimums, add up to more than the budget"
        return (Obstacle(constraint=text, by=max(1, least - problem.budget), pointer="/budget"),)
    return tuple(_missed(unlimited, more)) or (_steps(unlimited, more),)


def _no_more_than_needed(problem: Problem) -> Problem:
    """Cap each line at what the cheapest split may give it at most: a step less would break a floor."""
    floors = {group.id: group.floor for group in problem.groups}
    most = [
        max(line.floor, line.minimum_if_funded, *(floors[name] for name in line.groups), 0) + line.step
        for line in problem.lines
    ]
    caps = (
        cap if line.cap is None else min(cap, line.cap) for line, cap in zip(problem.lines, most, strict=True)
    )
    lines = tuple(line.model_copy(update={"cap": cap}) for line, cap in zip(problem.lines, caps, strict=True))
    return problem.model_copy(update={"lines": lines})


def _short(problem: Problem) -> int:
    """Give by how many units groups apart from the others must be broken at least, or 1 if others must be."""
    within = limits(problem)
    return missing(within.amounts, within.root, within.apart)


def _missed(problem: Problem, more: More) -> Iterator[Obstacle]:
    """Find groups whose lines can't add up to the floor without passing a cap, whatever else there is."""
    for number, group in enumerate(problem.groups):
        if group.floor:
            found = searched(limits(_most_into(problem, group)), more)
            if found.complete and found.value < group.floor:
                text = f"steps and minimums in group {group.id} pass from below its floor to above a cap"
                by = group.floor - round(found.value)
                yield Obstacle(constraint=text, by=by, pointer=f"/groups/{number}/floor")


def _most_into(problem: Problem, group: Group) -> Problem:
    """Give the problem of bringing as much money as possible into a group, all floors of groups left out."""
    lines = tuple(
        line.model_copy(update={"response": _EVEN if group.id in line.groups else _FLAT})
        for line in problem.lines
    )
    groups = tuple(one.model_copy(update={"floor": 0}) for one in problem.groups)
    return problem.model_copy(update={"lines": lines, "groups": groups})


def _steps(problem: Problem, more: More) -> Obstacle:
    flat = _with_curve(problem, _FLAT)

    def excluded(other: Problem) -> bool:
        found = searched(limits(other), more)
        return found.complete and found.amounts is None

    return _together(problem, _needed(flat, excluded, more), _STEPS, 1)


def _with_curve(problem: Problem, curve: Points) -> Problem:
    lines = tuple(line.model_copy(update={"response": curve}) for line in problem.lines)
    return problem.model_copy(update={"lines": lines})


# ------------------------------------------------------------------ which of them
def _needed(problem: Problem, excluded: Callable[[Problem], bool], more: More) -> list[_Side]:
    """Leave out floors and caps of groups one by one, as long as what is left excludes itself still.

    In the end no one of them could be left out; out of time there may be some too many.
    """
    kept = [_Side(number, "cap") for number, group in enumerate(problem.groups) if group.cap is not None]
    kept += [_Side(number, "floor") for number, group in enumerate(problem.groups) if group.floor]
    for side in list(kept):
        rest = [one for one in kept if one != side]
        if more() and excluded(_with_only(problem, rest)):
            kept = rest
    return sorted(kept)


def _with_only(problem: Problem, sides: list[_Side]) -> Problem:
    groups = tuple(
        group.model_copy(
            update={
                "floor": group.floor if (number, "floor") in sides else 0,
                "cap": group.cap if (number, "cap") in sides else None,
            }
        )
        for number, group in enumerate(problem.groups)
    )
    return problem.model_copy(update={"groups": groups})


def _together(problem: Problem, sides: list[_Side], beside: str, by: int) -> Obstacle:
    named = [f"the {side} of {problem.groups[number].id}" for number, side in sides]
    words = f"{', '.join(named[:-1])} and {named[-1]}" if named[1:] else named[0]
    place = f"/groups/{sides[0].group}/{sides[0].side}"
    return Obstacle(constraint=f"{words} can't be kept together{beside}", by=by, pointer=place)
