"""Concave curves under one budget: the split that is exact cent by cent."""

from collections.abc import Callable
from math import fsum, inf, isclose, sqrt
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parution.buying.problems import Problem
from tests.buying.builders import a_hill, a_line, scaled, solved, split
from tests.buying.slow_ways import best_by_dynamic_programming
from tests.buying.strategies import concave_curves, drawn, problems


# -------------------------------------------------------------------- known answers
def test_equal_lines_share_equally() -> None:
    lines = [a_line(name, a_hill(100.0, 5_000.0)) for name in ("a", "b", "c", "d")]

    answer = split(10_000, *lines)

    assert answer.allocations == {"a": 2_500, "b": 2_500, "c": 2_500, "d": 2_500}
    assert answer.objective == pytest.approx(4 * 100 * 2_500 / 7_500, rel=1e-14)


def test_a_cent_that_does_not_divide_goes_to_the_first_id() -> None:
    answer = split(10_001, a_line("b", a_hill(100.0, 5_000.0)), a_line("a", a_hill(100.0, 5_000.0)))

    assert answer.allocations == {"b": 5_000, "a": 5_001}


def test_hills_meet_their_closed_form() -> None:
    ceilings, halves, budget = (812.0, 450.0, 1_300.0), (42_000.0, 9_000.0, 88_000.0), 150_000
    root_of_price = sum(map(sqrt, (c * k for c, k in zip(ceilings, halves, strict=True)))) / (
        budget + sum(halves)
    )
    exact = [sqrt(c * k) / root_of_price - k for c, k in zip(ceilings, halves, strict=True)]

    answer = split(
        budget,
        *(a_line(f"l{n}", a_hill(c, k)) for n, (c, k) in enumerate(zip(ceilings, halves, strict=True))),
    )

    assert all(abs(answer.allocations[f"l{n}"] - x) < 1 for n, x in enumerate(exact))
    assert answer.shadow_price == pytest.approx(root_of_price**2, rel=1e-4)


def test_logs_meet_their_closed_form() -> None:
    answer = split(
        30_000,
        a_line("a", {"kind": "log", "scale": 10.0, "half_spend": 1_000.0}),
        a_line("b", {"kind": "log", "scale": 20.0, "half_spend": 2_000.0}),
    )

    assert answer.allocations == {"a": 10_000, "b": 20_000}  # x = scale * 33,000 / 30 - half_spend


def test_powers_meet_their_closed_form() -> None:
    answer = split(
        10_000,
        a_line("a", {"kind": "power", "scale": 3.0, "exponent": 0.5}),
        a_line("b", {"kind": "power", "scale": 4.0, "exponent": 0.5}),
    )

    assert answer.allocations == {"a": 3_600, "b": 6_400}  # as the squares of the scales


def test_straight_lines_are_filled_one_after_another() -> None:
    answer = split(
        100,
        a_line("a", {"kind": "points", "points": [[0, 0], [50, 100], [100, 120]]}),
        a_line("b", {"kind": "points", "points": [[0, 0], [80, 80]]}),
    )

    assert answer.allocations == {"a": 50, "b": 50}
    assert answer.objective == 150.0


# -------------------------------------------------------------------- what always holds
@drawn(15)
@given(problems())
def test_no_allocation_of_whole_units_brings_more(document: dict[str, Any]) -> None:
    answer = solved(document)

    best = best_by_dynamic_programming(document)

    assert answer.objective is not None
    assert answer.upper_bound is not None
    assert answer.objective == pytest.approx(best, rel=1e-12)
    assert answer.upper_bound >= best * (1 - 1e-12)
    assert answer.gap is not None
    assert 0 <= answer.gap <= 1e-9


@drawn(12)
@given(problems(most_lines=8, most_budget=5_000))
def test_every_constraint_is_kept_and_the_sum_is_told(document: dict[str, Any]) -> None:
    answer = solved(document)

    for line in document["lines"]:
        cap = document["budget"] if line["cap"] is None else line["cap"]
        assert line["floor"] <= answer.allocations[line["id"]] <= max(cap, line["floor"])
    assert answer.spent == sum(answer.allocations.values())
    assert answer.spent + answer.leftover == document["budget"]
    assert (answer.leftover > 0) == (answer.leftover_because is not None)


@drawn(12)
@given(problems(most_lines=8, most_budget=5_000))
def test_the_objective_is_right_to_the_last_digits(document: dict[str, Any]) -> None:
    problem, answer = Problem.of(document), solved(document)

    exact = fsum(line.response.value(answer.allocations[line.id]) for line in problem.lines)

    assert answer.objective == exact


@drawn(12)
@given(problems(most_lines=6, most_budget=5_000), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(document: dict[str, Any], random: Random) -> None:
    shuffled = random.sample(document["lines"], len(document["lines"]))

    answer, other = solved(document), solved({**document, "lines": shuffled})

    assert answer.allocations == other.allocations
    assert answer.objective == other.objective


@drawn(12)
@given(problems(most_lines=6, most_budget=5_000), st.integers(-60, 60))
def test_the_scale_of_results_does_not_matter(document: dict[str, Any], power: int) -> None:
    scale = 2.0**power  # exact in binary, so that not even a tie may turn

    answer, other = (
        solved(document),
        solved({**document, "lines": [scaled(line, scale) for line in document["lines"]]}),
    )

    assert answer.allocations == other.allocations
    assert answer.objective is not None
    assert other.objective == answer.objective * scale


def test_results_counted_in_tiny_units_are_split_alike() -> None:
    lines = [
        a_line("a", a_hill(800.0, 5_000.0)),
        a_line("b", a_hill(300.0, 900.0)),
        a_line("c", a_hill(90.0, 70.0)),
    ]

    answers = [split(20_000, *(scaled(line, scale) for line in lines)) for scale in (1.0, 1e-7, 1e-30, 1e30)]

    assert len({tuple(answer.allocations.items()) for answer in answers}) == 1


@drawn(12)
@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.floats(100, 1e5)), min_size=2, max_size=6),
    st.integers(1_000, 10**5),
)
def test_the_scale_of_money_does_not_matter(hills: list[tuple[float, float]], budget: int) -> None:
    coarse = split(budget, *(a_line(f"l{n}", a_hill(c, k)) for n, (c, k) in enumerate(hills)))
    fine = split(budget * 100, *(a_line(f"l{n}", a_hill(c, k * 100)) for n, (c, k) in enumerate(hills)))

    assert all(
        abs(fine.allocations[name] - 100 * amount) <= 100 for name, amount in coarse.allocations.items()
    )
    assert coarse.objective is not None
    assert fine.objective is not None
    assert fine.objective >= coarse.objective * (1 - 1e-12)


@drawn(12)
@given(problems(), concave_curves())
def test_splitting_a_line_in_two_brings_no_less(document: dict[str, Any], curve: Any) -> None:
    whole = a_line("whole", curve.model_dump())
    halves = [a_line("left", curve.model_dump()), a_line("right", curve.model_dump())]

    one = solved({**document, "lines": [*document["lines"], whole]})
    two = solved({**document, "lines": [*document["lines"], *halves]})

    assert one.objective is not None
    assert two.objective is not None
    assert two.objective >= one.objective * (1 - 1e-12) + curve.value(0) * (1 - 1e-12)


@drawn(12)
@given(problems())
def test_a_worthless_line_gets_nothing_and_changes_nothing(document: dict[str, Any]) -> None:
    answer = solved(document)
    other = solved({**document, "lines": [*document["lines"], a_line("worthless", a_hill(0.0, 100.0))]})

    assert other.allocations == {**answer.allocations, "worthless": 0}
    assert other.objective == answer.objective


@drawn(12)
@given(problems(), st.integers(1, 20))
def test_more_budget_never_brings_less(document: dict[str, Any], more: int) -> None:
    answer, other = solved(document), solved({**document, "budget": document["budget"] + more})

    assert answer.objective is not None
    assert other.objective is not None
    assert other.objective >= answer.objective
    assert answer.shadow_price is not None
    assert (
        other.objective - answer.objective
        <= more * answer.shadow_price * (1 + 1e-9) + 1e-12 * other.objective
    )


@drawn(12)
@given(problems())
def test_one_more_unit_of_budget_brings_the_shadow_price(document: dict[str, Any]) -> None:
    answer, richer = solved(document), solved({**document, "budget": document["budget"] + 1})
    assume(answer.leftover == 0)

    assert answer.objective is not None
    assert richer.objective is not None
    assert answer.shadow_price is not None
    gained = richer.objective - answer.objective
    assert isclose(gained, answer.shadow_price, rel_tol=1e-6, abs_tol=1e-12 * richer.objective)


@drawn(12)
@given(problems())
def test_a_binding_constraint_costs_its_price(document: dict[str, Any]) -> None:
    answer = solved(document)

    for binding in answer.binding:
        change = 1 if binding.constraint == "cap" else -1
        moved = [
            {**line, binding.constraint: line[binding.constraint] + change}
            if line["id"] == binding.line
            else line
            for line in document["lines"]
        ]
        relaxed = solved({**document, "lines": moved})
        assert answer.objective is not None
        assert relaxed.objective is not None
        gained = relaxed.objective - answer.objective
        assert isclose(gained, binding.price, rel_tol=1e-6, abs_tol=1e-12 * relaxed.objective)


@drawn(12)
@given(problems())
def test_a_constraint_that_is_not_binding_costs_nothing(document: dict[str, Any]) -> None:
    answer = solved(document)
    binding = {(one.line, one.constraint) for one in answer.binding}

    # Each by itself: a floor and a cap that leave one unit no way out may cost nothing alone, and together do.
    for number, line in enumerate(document["lines"]):
        for constraint, free in (("floor", 0), ("cap", None)):
            if (line["id"], constraint) not in binding:
                lines = [*document["lines"]]
                lines[number] = {**line, constraint: free}
                freed = solved({**document, "lines": lines})
                assert freed.objective == pytest.approx(answer.objective, rel=1e-12)


# -------------------------------------------------------------------- what is left, and what can't be done
def test_money_that_caps_keep_back_is_left_and_said() -> None:
    answer = split(
        1_000, a_line("a", a_hill(10.0, 100.0), cap=300), a_line("b", a_hill(10.0, 100.0), cap=500)
    )

    assert (answer.spent, answer.leftover, answer.leftover_because) == (800, 200, "caps")
    assert answer.shadow_price == 0
    assert {(one.line, one.constraint) for one in answer.binding} == {("a", "cap"), ("b", "cap")}


def test_money_that_would_bring_nothing_is_left_and_said() -> None:
    answer = split(1_000, a_line("a", {"kind": "points", "points": [[0, 0], [300, 9], [900, 9]]}))

    assert (answer.spent, answer.leftover, answer.leftover_because) == (300, 700, "curves stop paying")


def test_floors_above_the_budget_are_infeasible_by_so_much() -> None:
    answer = split(
        1_000, a_line("a", a_hill(10.0, 100.0), floor=700), a_line("b", a_hill(10.0, 100.0), floor=423)
    )

    assert answer.status == "infeasible"
    assert answer.allocations == {}
    (obstacle,) = answer.infeasible
    assert (obstacle.constraint, obstacle.by) == ("the floors add up to more than the budget", 123)


def test_a_floor_above_its_cap_is_infeasible_by_so_much() -> None:
    answer = split(1_000, a_line("a", a_hill(10.0, 100.0), floor=700, cap=650))

    (obstacle,) = answer.infeasible
    assert (obstacle.constraint, obstacle.by, obstacle.pointer) == (
        "the floor of a is above its cap",
        50,
        "/lines/0/floor",
    )


@drawn(12)
@given(problems(most_lines=5), st.integers(1, 50))
def test_floors_are_infeasible_exactly_when_they_pass_the_budget(document: dict[str, Any], more: int) -> None:
    floors = sum(line["floor"] for line in document["lines"])

    assert solved({**document, "budget": floors}).status == "optimal"
    if floors >= more:
        short = solved({**document, "budget": floors - more})
        assert short.status == "infeasible"
        assert [obstacle.by for obstacle in short.infeasible] == [more]


def test_a_minimum_that_the_floor_guarantees_and_a_step_of_one_are_no_constraint() -> None:
    answer = split(1_000, a_line("a", a_hill(10.0, 100.0), floor=500, minimum_if_funded=500, step=1))

    assert answer.spent == 1_000


# -------------------------------------------------------------------- hard numbers
def test_nearly_straight_curves_are_split_exactly_too() -> None:
    lines = [
        a_line("a", a_hill(1.0, 1e18)),
        a_line("b", a_hill(1.0000000001, 1e18)),
        a_line("c", a_hill(1.0, 1e18)),
    ]

    answer = split(10**7, *lines)

    assert answer.spent == 10**7
    assert answer.gap is not None
    assert answer.gap <= 1e-12


def test_a_large_straight_line_is_not_walked_unit_by_unit() -> None:
    straight = {"kind": "power", "scale": 1.0, "exponent": 1.0}

    answer = split(
        10**15, a_line("a", straight, cap=4 * 10**14), a_line("b", straight), a_line("c", straight)
    )

    assert answer.allocations == {"a": 4 * 10**14, "b": 6 * 10**14, "c": 0}


@pytest.mark.parametrize("seed", range(20))
def test_larger_problems_carry_their_own_proof(seed: int) -> None:
    random = Random(seed)  # noqa: S311 (nothing secret is drawn)
    count, budget = random.randint(2, 60), random.randint(0, 10**6)
    kinds: list[Callable[[], dict[str, Any]]] = [
        lambda: a_hill(random.lognormvariate(5, 2), random.lognormvariate(9, 2)),
        lambda: a_hill(random.lognormvariate(5, 2), random.lognormvariate(9, 2), random.uniform(0.3, 1)),
        lambda: {
            "kind": "log",
            "scale": random.lognormvariate(3, 2),
            "half_spend": random.lognormvariate(8, 2),
        },
        lambda: {"kind": "power", "scale": random.lognormvariate(0, 2), "exponent": random.uniform(0.2, 1)},
    ]
    lines = [a_line(f"l{n:02}", random.choice(kinds)()) for n in range(count)]

    answer = split(budget, *lines)

    problem = Problem.of({"currency": "EUR", "budget": budget, "lines": lines})
    following = [line.response.gain(answer.allocations[line.id]) for line in problem.lines]
    last = [line.response.gain(spend - 1) for line in problem.lines if (spend := answer.allocations[line.id])]
    assert answer.spent == budget
    assert max(following) <= min(last, default=inf) * (1 + 1e-12)
    assert answer.gap is not None
    assert answer.gap <= 1e-9
