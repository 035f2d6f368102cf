"""The best split of a budget, exact to the minor unit, with its proof: any curves, any constraints.

Concave curves under one budget are split cent by cent (``marginal``). Everything else, S-shaped curves,
minimums, steps and groups, is searched by branch and bound on concave envelopes (``branching``), which is
loaded only where it is needed. Nothing here but the standard library.
"""

from collections.abc import Callable, Mapping
from math import fsum
from time import perf_counter

from parution.buying import marginal
from parution.buying.certificates import certified
from parution.buying.obstacles import obstacles
from parution.buying.problems import PROVEN, Answer, Obstacle, Problem, Status

# In seconds. What is hard takes longer, and says so; most problems take milliseconds.
TIME_LIMIT = 10.0


def allocate(
    problem: Problem, clock: Callable[[], float] = perf_counter, *, time_limit: float = TIME_LIMIT
) -> Answer:
    """Split the budget, as well as it can be done within the time limit, and say what is proven."""
    started = clock()

    def more() -> bool:
        return clock() - started < time_limit

    if found := obstacles(problem):
        answer = _nothing("infeasible", _exactly(problem, found, more))
    elif marginal.is_marginal(problem):
        split = marginal.split(problem)
        answer = _answer(problem, split.amounts, split.bound)
    else:
        answer = _searched(problem, more)
    return answer.model_copy(update={"seconds": clock() - started})


def _searched(problem: Problem, more: Callable[[], bool]) -> Answer:
    # Most problems are concave, and start without these modules.
    from parution.buying import branching, unreachable  # noqa: PLC0415 (the same)
    from parution.buying.limits import limits  # noqa: PLC0415 (the same)

    within = limits(problem)
    if found := unreachable.overlaps(problem, within, more):
        return _nothing("infeasible", found)
    result = branching.searched(within, more)
    if result.amounts is None:
        if result.complete:
            return _nothing("infeasible", unreachable.combinations(problem, more))
        return _nothing("time_limit", ())
    ids = (line.id for line in within.lines)
    return _answer(problem, dict(zip(ids, result.amounts, strict=True)), result.bound)


def _exactly(problem: Problem, found: tuple[Obstacle, ...], more: Callable[[], bool]) -> tuple[Obstacle, ...]:
    """Say how much budget is missing in all, where floors of groups meet minimums and steps of lines."""
    if not problem.groups or any(one.pointer != "/budget" for one in found):
        return found
    from parution.buying import unreachable  # noqa: PLC0415 (the same)

    exact = unreachable.combinations(problem, more)
    places = [[(one.pointer, one.by) for one in some] for some in (found, exact)]
    return found if places[0] == places[1] else exact


def _answer(problem: Problem, by_id: Mapping[str, int], bound: float) -> Answer:
    amounts = {line.id: by_id[line.id] for line in problem.lines}
    # In the order of ids: then the order of the document does not even move the last digit.
    objective = fsum(line.response.value(amounts[line.id]) for line in problem.lines)
    bound, spent = max(objective, bound), sum(amounts.values())
    gap = (bound - objective) / (objective or bound or 1.0)
    proof = certified(problem, amounts)
    return Answer(
        status="optimal" if gap <= PROVEN else "time_limit",
        allocations=amounts,
        spent=spent,
        objective=objective,
        upper_bound=bound,
        gap=gap,
        shadow_price=proof.shadow_price,
        binding=proof.bindings,
        seconds=0,
        leftover=problem.budget - spent,
        leftover_because=proof.leftover_because,
        next_cent=proof.next_cent,
        last_cent=proof.last_cent,
        margins=proof.margins,
    )


def _nothing(status: Status, found: tuple[Obstacle, ...]) -> Answer:
    return Answer(
        status=status,
        allocations={},
        spent=0,
        objective=None,
        upper_bound=None,
        gap=None,
        shadow_price=None,
        binding=(),
        seconds=0,
        leftover=0,
        infeasible=found,
    )
