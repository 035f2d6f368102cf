"""What other budgets would bring."""

import pytest

from parution.buying.allocator import allocate
from parution.buying.problems import Problem
from parution.buying.scenarios import BudgetRefused, Budgets, budgets, frontier
from tests.buying.builders import a_hill, a_line, a_problem


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("80%", 9_600, 9_600),
        ("150000", 150_000, 150_000),
        ("50%..200%", 6_000, 24_000),
        ("1000..3000", 1_000, 3_000),
        ("1000 .. 12.5%", 1_000, 1_500),
        ("0..100%", 0, 12_000),
    ],
)
def test_budgets_are_amounts_or_shares_of_the_problems_own(text: str, low: int, high: int) -> None:
    assert budgets(text, 12_000) == Budgets(low, high)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("", "write whole minor units or a share"),
        ("-5", "write whole minor units or a share"),
        ("nan", "write whole minor units or a share"),
        ("50%..", "write whole minor units or a share"),
        ("1e3", "write whole minor units or a share"),
        ("12.50", "such as 150000 for 1500.00 EUR"),
        ("200%..50%", "write the smaller one first: 50%..200%"),
        ("9999999999999999", "write at most 9007199254740991"),
    ],
)
def test_what_is_no_budget_is_refused_with_what_to_write(text: str, instead: str) -> None:
    with pytest.raises(BudgetRefused) as refused:
        budgets(text, 12_000)

    assert instead in refused.value.instead


def test_budgets_are_spread_evenly_with_both_ends_and_none_twice() -> None:
    assert Budgets(100, 300).spread(5) == [100, 150, 200, 250, 300]
    assert Budgets(10, 12).spread(7) == [10, 11, 12]


def test_the_frontier_says_what_each_budget_brings_and_what_the_next_result_costs() -> None:
    problem = Problem.of(a_problem(10_000, a_line("a", a_hill(100.0, 1_000.0), cap=3_000)))

    found = frontier(problem, [1_000, 3_000, 4_000], allocate)

    assert [(one.budget, one.spent, one.objective) for one in found.scenarios] == [
        (1_000, 1_000, 50.0),
        (3_000, 3_000, 75.0),
        (4_000, 3_000, 75.0),
    ]
    costs = [one.next_result_costs for one in found.scenarios]
    assert costs == [pytest.approx(2_000 * 2_001 / 100_000), None, None]


def test_a_budget_below_the_floors_is_infeasible_on_the_frontier_and_the_others_are_not() -> None:
    problem = Problem.of(a_problem(10_000, a_line("a", a_hill(100.0, 1_000.0), floor=2_000)))

    found = frontier(problem, [1_000, 2_000], allocate)

    assert [(one.status, one.objective is None) for one in found.scenarios] == [
        ("infeasible", True),
        ("optimal", False),
    ]
