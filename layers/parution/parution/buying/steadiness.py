"""Whether a change is worth it: amounts stay as they stand unless moving them brings enough."""

from collections.abc import Mapping
from fractions import Fraction
from math import fsum

from parution.buying.problems import Answer, Problem


def kept(
    problem: Problem, answer: Answer, standing: Mapping[str, int], least_gain: float
) -> tuple[dict[str, int], float] | None:
    """Give the amounts to keep, and the results that keeping them forgoes; None where the change is worth it.

    What stands is first brought to the day's total in its own proportions. It is compared under the same
    curves and limits as the answer, so that the gain of a change is the exact difference of both.
    """
    amounts = _paced([line.id for line in problem.lines], standing, answer.spent)
    if amounts is None or answer.objective is None or amounts == answer.allocations:
        return None
    if not _is_allowed(problem, amounts):
        return None
    brought = fsum(line.response.value(amounts[line.id]) for line in problem.lines)
    gain = answer.objective - brought
    return (amounts, max(0.0, gain)) if gain <= least_gain * brought else None


def _paced(lines: list[str], standing: Mapping[str, int], total: int) -> dict[str, int] | None:
    """Bring amounts to a total: each rounded down, the units left to those that lost most by it."""
    before = sum(standing.get(line, 0) for line in lines)
    if not before or any(line not in standing for line in lines):
        return None
    exact = {line: Fraction(standing[line] * total, before) for line in lines}
    amounts = {line: int(amount) for line, amount in exact.items()}
    by_loss = sorted(lines, key=lambda line: (amounts[line] - exact[line], line))
    for line in by_loss[: total - sum(amounts.values())]:
        amounts[line] += 1
    return amounts


def _is_allowed(problem: Problem, amounts: Mapping[str, int]) -> bool:
    for line in problem.lines:
        amount = amounts[line.id]
        most = problem.budget if line.cap is None else line.cap
        if not line.floor <= amount <= most or amount % line.step:
            return False
        if 0 < amount < line.minimum_if_funded:
            return False
    for group in problem.groups:
        total = sum(amounts[line.id] for line in problem.lines if group.id in line.groups)
        if not group.floor <= total <= (problem.budget if group.cap is None else group.cap):
            return False
    return True
