"""Slow ways to find the best split, which can't be wrong: every allocation is looked at."""

from collections.abc import Iterator
from math import fsum, inf
from typing import Any

from parution.buying.problems import Problem, ProblemLine


def allowed(line: ProblemLine, budget: int) -> list[int]:
    """Give every amount that a line may have."""
    most = budget if line.cap is None else min(line.cap, budget)
    least = max(line.floor, line.minimum_if_funded)
    return [
        spend
        for spend in range(line.floor, most + 1)
        if spend % line.step == 0 and (spend >= least or not spend)
    ]


def best_by_dynamic_programming(document: dict[str, Any]) -> float:
    """Give the most that any allocation brings, for a problem without groups; -inf where there is none."""
    problem = Problem.of(document)
    best = [0.0] * (problem.budget + 1)
    for line in problem.lines:
        values = {spend: line.response.value(spend) for spend in allowed(line, problem.budget)}
        best = [
            max(
                (best[total - spend] + value for spend, value in values.items() if spend <= total),
                default=-inf,
            )
            for total in range(problem.budget + 1)
        ]
    return best[-1]


def every_allocation(problem: Problem) -> Iterator[tuple[int, ...]]:
    """Give every allocation that keeps all constraints."""
    amounts = [allowed(line, problem.budget) for line in problem.lines]

    def chosen(left: int, number: int) -> Iterator[tuple[int, ...]]:
        if number == len(amounts):
            yield ()
            return
        for spend in amounts[number]:
            if spend > left:
                break
            for rest in chosen(left - spend, number + 1):
                yield (spend, *rest)

    members = [
        (group, [number for number, line in enumerate(problem.lines) if group.id in line.groups])
        for group in problem.groups
    ]
    for spends in chosen(problem.budget, 0):
        totals = [(group, sum(spends[number] for number in numbers)) for group, numbers in members]
        if all(group.floor <= total <= (inf if group.cap is None else group.cap) for group, total in totals):
            yield spends


def best_of_all(document: dict[str, Any]) -> float:
    """Give the most that any allocation brings, groups kept too; -inf where there is none."""
    problem = Problem.of(document)
    values = [
        {spend: line.response.value(spend) for spend in allowed(line, problem.budget)}
        for line in problem.lines
    ]
    return max(
        (
            fsum(value[spend] for value, spend in zip(values, spends, strict=True))
            for spends in every_allocation(problem)
        ),
        default=-inf,
    )
