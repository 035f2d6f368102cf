"""Curves of any shape under any constraints: what the search by branch and bound gives is the best there is."""

import json
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.allocator import allocate
from parution.buying.branching import searched
from parution.buying.limits import limits
from parution.buying.problems import Answer, Problem
from tests.buying.builders import a_hill, a_line, a_problem, scaled, solved, split
from tests.buying.slow_ways import allowed, best_by_dynamic_programming, best_of_all
from tests.buying.strategies import drawn, grouped_problems, hard_problems, problems, s_shaped_curves

INSTANCES = Path(__file__).parents[3] / "shared" / "instances"


def assert_best(answer: Answer, best: float) -> None:
    """Say that an answer is the best, proven, and that its proof is true."""
    assert answer.objective is not None
    assert answer.upper_bound is not None
    assert answer.gap is not None
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(best, rel=1e-9)
    assert answer.upper_bound >= best * (1 - 1e-12)
    assert 0 <= answer.gap <= 1e-6


# -------------------------------------------------------------------- known answers
@pytest.mark.parametrize("name", ["C5", "C20", "C100", "C1000", "S5", "S20", "S100", "S1000", "T20"])
def test_published_instances_reach_their_known_optimum(name: str) -> None:
    if not INSTANCES.is_dir():
        pytest.skip("the published instances lie beside the repository, and are not there")
    known = json.loads((INSTANCES / "known_optima.json").read_text())[name]["optimum"]
    problem = Problem.read((INSTANCES / f"{name}.json").read_bytes())

    answer = allocate(problem)

    assert answer.status == "optimal"
    assert answer.spent == problem.budget
    assert answer.objective == pytest.approx(known, rel=1e-6)
    assert answer.gap is not None
    assert answer.gap <= 1e-9


def test_one_s_shaped_line_is_funded_rather_than_two_halfway() -> None:
    lines = [a_line(name, a_hill(100.0, 5_000.0, slope=4.0)) for name in ("a", "b")]

    answer = split(6_000, *lines)

    assert answer.allocations == {"a": 6_000, "b": 0}
    assert answer.objective == pytest.approx(100 * 6**4 / (5**4 + 6**4))


def test_the_traps_of_a_greedy_grid_are_none() -> None:
    # Two cubic hills on which a well-known optimiser spends nothing of 6,000, and leaves 1,018 of 9,000.
    lines = [a_line("a", a_hill(100.0, 5_000.0, 3.0)), a_line("b", a_hill(90.0, 8_000.0, 3.0))]

    answers = {budget: split(budget, *lines) for budget in (6_000, 9_000)}

    assert answers[6_000].objective == pytest.approx(63.3, abs=0.05)
    assert answers[9_000].objective == pytest.approx(85.4, abs=0.05)
    assert [answer.leftover for answer in answers.values()] == [0, 0]


def test_a_line_is_left_out_where_its_minimum_is_too_dear() -> None:
    small, large = a_hill(20.0, 1_000.0), a_hill(100.0, 1_000.0)

    answer = split(2_000, a_line("small", small, minimum_if_funded=1_500), a_line("large", large))

    assert answer.allocations == {"small": 0, "large": 2_000}
    assert [(one.line, one.constraint) for one in answer.binding] == [("small", "minimum_if_funded")]


def test_amounts_are_multiples_of_the_step_counted_from_zero() -> None:
    answer = split(
        1_050,
        a_line("a", a_hill(10.0, 500.0), step=100, floor=150),
        a_line("b", a_hill(10.0, 500.0), step=250),
    )

    assert answer.allocations == {"a": 500, "b": 500}
    assert (answer.leftover, answer.leftover_because) == (50, "steps")


def test_a_groups_cap_holds_its_lines_together_and_its_floor_keeps_money_in_it() -> None:
    best, good = a_hill(100.0, 1_000.0), a_hill(50.0, 1_000.0)
    lines = [
        a_line("a", best, groups=["x"]),
        a_line("b", best, groups=["x"]),
        a_line("c", good, groups=["y"]),
    ]

    held = split(3_000, *lines, groups=({"id": "x", "cap": 1_001}, {"id": "y"}))
    kept = split(3_000, *lines, groups=({"id": "x"}, {"id": "y", "floor": 2_000}))

    assert held.allocations == {"a": 501, "b": 500, "c": 1_999}
    assert kept.allocations == {"a": 500, "b": 500, "c": 2_000}
    assert [(one.group, one.constraint) for one in held.binding] == [("x", "cap")]
    assert [(one.group, one.constraint) for one in kept.binding] == [("y", "floor")]


# -------------------------------------------------------------------- what always holds
@drawn(15)
@given(hard_problems())
def test_no_allocation_brings_more(document: dict[str, Any]) -> None:
    assert_best(solved(document), best_by_dynamic_programming(document))


@drawn(15)
@given(grouped_problems(overlapping=False))
def test_no_allocation_brings_more_where_groups_lie_inside_each_other(document: dict[str, Any]) -> None:
    answer, best = solved(document), best_of_all(document)

    assert (answer.status == "infeasible") == (best == -inf)
    if best > -inf:
        assert_best(answer, best)


@drawn(15)
@given(grouped_problems(overlapping=True))
def test_no_allocation_brings_more_where_groups_overlap(document: dict[str, Any]) -> None:
    answer, best = solved(document), best_of_all(document)

    assert (answer.status == "infeasible") == (best == -inf)
    if best > -inf:
        assert_best(answer, best)


@drawn(12)
@given(problems())
def test_the_search_gives_what_cent_by_cent_gives(document: dict[str, Any]) -> None:
    problem = Problem.of(document)

    found = searched(limits(problem), lambda: True)

    assert found.complete
    assert found.value == pytest.approx(allocate(problem).objective, rel=1e-12)
    assert found.bound == pytest.approx(found.value, rel=1e-9)


@drawn(15)
@given(grouped_problems(overlapping=True, most_lines=6, most_budget=300))
def test_every_constraint_is_kept(document: dict[str, Any]) -> None:
    answer = solved(document)

    if answer.status == "infeasible":
        assert answer.allocations == {}
        return
    problem, spends = Problem.of(document), answer.allocations
    assert all(spends[line.id] in allowed(line, problem.budget) for line in problem.lines)
    for group in problem.groups:
        total = sum(spends[line.id] for line in problem.lines if group.id in line.groups)
        assert group.floor <= total <= (inf if group.cap is None else group.cap)
    assert answer.spent == sum(spends.values()) == problem.budget - answer.leftover >= 0
    assert (answer.leftover > 0) == (answer.leftover_because is not None)


@drawn(12)
@given(hard_problems(most_budget=500), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(document: dict[str, Any], random: Random) -> None:
    shuffled = random.sample(document["lines"], len(document["lines"]))

    answer, other = solved(document), solved({**document, "lines": shuffled})

    assert answer.allocations == other.allocations
    assert answer.objective == other.objective


@drawn(12)
@given(hard_problems(most_budget=500), st.integers(-60, 60))
def test_the_scale_of_results_does_not_matter(document: dict[str, Any], power: int) -> None:
    scale = 2.0**power  # exact in binary, so that not even a tie may turn
    other = solved({**document, "lines": [scaled(line, scale) for line in document["lines"]]})

    answer = solved(document)

    assert answer.objective is not None
    assert other.objective == pytest.approx(answer.objective * scale, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-30, 1e-7, 1e30])
def test_results_counted_in_other_units_are_split_alike(scale: float) -> None:
    lines = [a_line(f"l{n}", a_hill(c, k, s)) for n, (c, k, s) in enumerate(HILLS)]

    answer, other = split(40_000, *lines), split(40_000, *(scaled(line, scale) for line in lines))

    assert answer.allocations == other.allocations
    assert other.status == "optimal"


@pytest.mark.parametrize("factor", [10, 100, 1_000])
def test_the_scale_of_money_does_not_matter(factor: int) -> None:
    coarse = split(40_000, *(a_line(f"l{n}", a_hill(c, k, s)) for n, (c, k, s) in enumerate(HILLS)))
    fine = split(
        40_000 * factor, *(a_line(f"l{n}", a_hill(c, k * factor, s)) for n, (c, k, s) in enumerate(HILLS))
    )

    assert all(
        abs(fine.allocations[name] - factor * spend) <= factor for name, spend in coarse.allocations.items()
    )
    assert coarse.objective is not None
    assert fine.objective is not None
    assert coarse.objective <= fine.objective <= coarse.objective * (1 + 1e-6)


HILLS = [(812.0, 12_000.0, 2.3), (450.0, 9_000.0, 1.0), (1_300.0, 28_000.0, 3.1), (300.0, 4_000.0, 1.4)]


@drawn(12)
@given(hard_problems(), s_shaped_curves())
def test_splitting_a_line_in_two_brings_no_less(document: dict[str, Any], curve: Any) -> None:
    whole = a_line("whole", curve.model_dump())
    halves = [a_line("left", curve.model_dump()), a_line("right", curve.model_dump())]

    one = solved({**document, "lines": [*document["lines"], whole]})
    two = solved({**document, "lines": [*document["lines"], *halves]})

    assert one.objective is not None
    assert two.objective is not None
    assert two.objective >= one.objective * (1 - 1e-12) + curve.value(0) * (1 - 1e-12)


@drawn(12)
@given(hard_problems())
def test_a_worthless_line_gets_nothing_and_changes_nothing(document: dict[str, Any]) -> None:
    worthless = a_line("worthless", a_hill(0.0, 100.0, slope=2.0))

    answer, other = solved(document), solved({**document, "lines": [*document["lines"], worthless]})

    assert other.allocations == {**answer.allocations, "worthless": 0}


@drawn(12)
@given(hard_problems(), st.integers(1, 20))
def test_more_budget_never_brings_less(document: dict[str, Any], more: int) -> None:
    answer, other = solved(document), solved({**document, "budget": document["budget"] + more})

    assert answer.objective is not None
    assert other.objective is not None
    assert other.objective >= answer.objective * (1 - 1e-12)


@drawn(12)
@given(grouped_problems(overlapping=True), st.integers(0, 3), st.sampled_from(["floor", "cap"]))
def test_a_constraint_less_never_brings_less(document: dict[str, Any], place: int, constraint: str) -> None:
    number = place % len(document["groups"])
    groups = [
        {**group, **({constraint: None if constraint == "cap" else 0} if n == number else {})}
        for n, group in enumerate(document["groups"])
    ]

    answer, freed = solved(document), solved({**document, "groups": groups})

    if answer.objective is not None:
        assert freed.objective is not None
        assert freed.objective >= answer.objective * (1 - 1e-12)


# -------------------------------------------------------------------- hard ones
@pytest.mark.parametrize("count", [7, 30])
def test_lines_that_are_alike_are_not_searched_in_every_order(count: int) -> None:
    lines = [a_line(f"l{number:02}", a_hill(100.0, 10_000.0, slope=3.0)) for number in range(count)]

    answer = split(count * 6_000, *lines)

    funded = [spend for spend in answer.allocations.values() if spend]
    assert answer.status == "optimal"
    assert max(funded) - min(funded) <= 1
    # Of lines that are alike the first are funded.
    assert all(answer.allocations[f"l{number:02}"] for number in range(len(funded)))


def test_steps_that_share_no_grid_are_combined_exactly() -> None:
    lines = [
        a_line(f"l{step}", {"kind": "power", "scale": 1.0, "exponent": 1.0}, step=step, cap=3_000)
        for step in (70, 110, 130, 170)
    ]

    answer = split(5_120, *lines)

    assert answer.spent == 5_120
    assert answer.status == "optimal"


@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_larger_problems_with_groups_are_solved_to_the_last_digits(seed: int, *, overlapping: bool) -> None:
    random = Random(seed)  # noqa: S311 (nothing secret is drawn)

    answer = solved(a_grouped_problem(random, 24, overlapping=overlapping))

    assert answer.status == "optimal"
    assert answer.gap is not None
    assert answer.gap <= 1e-9


def a_grouped_problem(random: Random, count: int, *, overlapping: bool) -> dict[str, Any]:
    """Lines on three networks in three formats, some of which have caps."""
    lines = []
    for number in range(count):
        network, form = number % 3, number // 3 % 3
        half = random.lognormvariate(9, 0.8)
        curve = a_hill(half / 100 * random.lognormvariate(2, 0.5), half, random.uniform(0.8, 3))
        inside = [f"network-{network}", f"format-{form}" if overlapping else f"both-{network}{form}"]
        lines.append(a_line(f"l{number:02}", curve, groups=inside, minimum_if_funded=random.choice([0, 500])))
    budget = round(sum(line["response"]["half_spend"] for line in lines) / 2)
    names = sorted({name for line in lines for name in line["groups"]})
    groups = tuple({"id": name, "cap": round(budget * random.uniform(0.1, 0.5))} for name in names)
    return a_problem(budget, *lines, groups=groups)
