"""What can't be met is said: which constraint, and by how many minor units; nothing is moved."""

from math import inf
from typing import Any

import pytest
from hypothesis import assume, given

from parution.buying.allocator import allocate
from parution.buying.problems import Obstacle, Problem
from tests.buying.builders import a_hill, a_line, a_problem, solved
from tests.buying.slow_ways import best_of_all
from tests.buying.strategies import drawn, grouped_problems

HILL = a_hill(10.0, 100.0)
IN_X: dict[str, Any] = {"response": HILL, "groups": ["x"]}


@pytest.mark.parametrize(
    ("document", "words", "by", "pointer"),
    [
        (
            a_problem(1_000, a_line("a", HILL, floor=100, minimum_if_funded=500, cap=450)),
            "the minimum of a, which has a floor, is above its cap",
            50,
            "/lines/0/minimum_if_funded",
        ),
        (
            a_problem(1_000, a_line("a", HILL, floor=110, cap=190, step=100)),
            "no multiple of the step of a lies between its floor and its cap",
            10,
            "/lines/0/step",
        ),
        (
            a_problem(1_000, a_line("a", **IN_X), groups=({"id": "x", "floor": 500, "cap": 400},)),
            "the floor of group x is above its cap",
            100,
            "/groups/0/floor",
        ),
        (
            a_problem(1_000, a_line("a", HILL), groups=({"id": "x", "floor": 500},)),
            "group x has a floor and no line",
            500,
            "/groups/0/floor",
        ),
        (
            a_problem(
                1_000,
                a_line("a", **IN_X, floor=300),
                a_line("b", **IN_X, floor=150),
                groups=({"id": "x", "cap": 400},),
            ),
            "the floors in group x add up to more than its cap",
            50,
            "/groups/0/cap",
        ),
        (
            a_problem(
                1_000,
                a_line("a", **IN_X, cap=300),
                a_line("b", **IN_X, cap=150),
                groups=({"id": "x", "floor": 500},),
            ),
            "the caps in group x add up to less than its floor",
            50,
            "/groups/0/floor",
        ),
        (
            a_problem(
                1_000,
                a_line("a", HILL, groups=["x"]),
                a_line("b", HILL, groups=["y"]),
                groups=({"id": "x", "floor": 600}, {"id": "y", "floor": 500}),
            ),
            "the floors add up to more than the budget",
            100,
            "/budget",
        ),
        (
            a_problem(
                1_000,
                a_line("a", HILL, groups=["x", "z"]),
                a_line("b", HILL, groups=["y", "z"]),
                a_line("c", HILL, groups=["x", "y"]),
                groups=({"id": "x", "cap": 400}, {"id": "y", "cap": 300}, {"id": "z", "floor": 730}),
            ),
            "the cap of x, the cap of y and the floor of z can't be kept together",
            30,
            "/groups/0/cap",
        ),
        (
            a_problem(
                1_000,
                a_line("a", **IN_X, step=100),
                a_line("b", **IN_X, minimum_if_funded=370),
                groups=({"id": "x", "floor": 310, "cap": 360},),
            ),
            "steps and minimums in group x pass from below its floor to above a cap",
            10,
            "/groups/0/floor",
        ),
        (
            a_problem(
                1_000,
                a_line("a", HILL, groups=["x", "z"], step=100),
                a_line("b", HILL, groups=["x", "y"], step=100),
                a_line("c", HILL, groups=["y", "z"], step=100),
                groups=(
                    {"id": "x", "floor": 310, "cap": 390},
                    {"id": "y", "cap": 400},
                    {"id": "z", "cap": 500},
                ),
            ),
            "the cap of x and the floor of x can't be kept together, with steps and minimums",
            1,
            "/groups/0/cap",
        ),
        (
            a_problem(
                16,
                a_line("a", HILL, groups=["x", "y", "z"]),
                a_line("b", HILL, groups=["x"]),
                a_line("c", HILL, groups=["z"], step=3),
                groups=({"id": "x", "floor": 8, "cap": 15}, {"id": "y", "cap": 2}, {"id": "z", "floor": 9}),
            ),
            # 2 for a, 6 for b, and 9 for c, which 7 would do for but are no step.
            "the floors, with steps and minimums, add up to more than the budget",
            1,
            "/budget",
        ),
        (
            a_problem(
                500,
                a_line("a", **IN_X, minimum_if_funded=400),
                a_line("b", HILL, groups=["y"], step=300),
                groups=({"id": "x", "floor": 10}, {"id": "y", "floor": 100}),
            ),
            "the floors, with steps and minimums, add up to more than the budget",
            200,
            "/budget",
        ),
    ],
)
def test_what_can_not_be_met_is_named_with_its_amount(
    document: dict[str, Any], words: str, by: int, pointer: str
) -> None:
    answer = solved(document)

    assert answer.infeasible == (Obstacle(constraint=words, by=by, pointer=pointer),)
    assert (answer.status, answer.allocations, answer.spent, answer.objective) == ("infeasible", {}, 0, None)


@drawn(8)
@given(grouped_problems(overlapping=True))
def test_a_problem_is_infeasible_exactly_when_no_allocation_keeps_all(document: dict[str, Any]) -> None:
    answer = solved(document)

    assert (best_of_all(document) == -inf) == (answer.status == "infeasible") == bool(answer.infeasible)


@drawn(8)
@given(grouped_problems(overlapping=False))
def test_a_budget_that_is_too_small_by_so_much_is_just_enough_when_raised_by_it(
    document: dict[str, Any],
) -> None:
    found = solved({**document, "budget": 0}).infeasible
    assume(found and {one.pointer for one in found} == {"/budget"})
    (obstacle,) = found

    enough, short = ({**document, "budget": obstacle.by - less} for less in (0, 1))

    assert solved(enough).status == "optimal"
    assert solved(short).status == "infeasible"


def test_a_floor_that_no_step_meets_within_the_budget_says_what_is_missing() -> None:
    problem = Problem.of(a_problem(250, a_line("a", HILL, floor=210, step=100)))

    (obstacle,) = allocate(problem).infeasible

    assert (obstacle.constraint, obstacle.by) == ("the floors add up to more than the budget", 50)
