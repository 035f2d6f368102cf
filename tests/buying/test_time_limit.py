"""Out of time, the answer is still one that can be had, and its bound is still a bound."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from parution.buying.allocator import allocate
from parution.buying.problems import Answer, Problem
from tests.buying.builders import a_hill, a_line, a_problem
from tests.buying.test_search import a_grouped_problem


def ticking(seconds: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += seconds


def within(document: dict[str, Any], looks: int) -> Answer:
    """Solve with a clock that is at the limit after so many looks at it."""
    clock = ticking(1.0)
    return allocate(Problem.of(document), clock=lambda: next(clock), time_limit=looks)


def a_hard_problem(seed: int) -> dict[str, Any]:
    """Lines that are nearly all or nothing, of nearly one efficiency: a knapsack."""
    random = Random(seed)  # noqa: S311 (nothing secret is drawn)
    halves = [random.uniform(3_000, 30_000) for _ in range(30)]
    lines = [
        a_line(f"l{number:02}", a_hill(half * random.uniform(0.99, 1.01), half, slope=random.uniform(8, 12)))
        for number, half in enumerate(halves)
    ]
    return a_problem(round(sum(halves) * 0.4), *lines)


@pytest.mark.parametrize("seed", range(2))
def test_the_bound_and_the_gap_are_true_wherever_the_search_stops(seed: int) -> None:
    document = a_hard_problem(seed)
    best = allocate(Problem.of(document))

    stopped = [within(document, looks) for looks in (1, 3, 10)]

    assert best.objective is not None
    assert best.status == "optimal"
    for answer in stopped:
        assert answer.objective is not None
        assert answer.upper_bound is not None
        assert answer.gap is not None
        assert answer.objective <= best.objective <= answer.upper_bound * (1 + 1e-12)
        assert answer.gap == pytest.approx((answer.upper_bound - answer.objective) / answer.objective)
        assert answer.status == ("optimal" if answer.gap <= 1e-6 else "time_limit")
        assert answer.spent == sum(answer.allocations.values()) <= document["budget"]
    assert stopped[0].status == "time_limit"


def test_more_time_never_gives_less() -> None:
    document = a_hard_problem(1)

    answers = [within(document, looks) for looks in (1, 5, 20, 80)]

    objectives = [answer.objective or 0.0 for answer in answers]
    bounds = [answer.upper_bound or 0.0 for answer in answers]
    assert objectives == sorted(objectives)
    assert bounds == sorted(bounds, reverse=True)


def test_the_bound_is_true_where_groups_overlap_and_no_time_is_given() -> None:
    document = a_grouped_problem(Random(5), 24, overlapping=True)  # noqa: S311 (nothing secret is drawn)
    best = allocate(Problem.of(document))

    answer = within(document, 1)

    assert answer.objective is not None
    assert best.objective is not None
    assert answer.upper_bound is not None
    assert answer.objective <= best.objective <= answer.upper_bound
