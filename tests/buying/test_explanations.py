"""Why each line gets what it gets: every difference that is told is one between two solutions."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parution.buying.allocator import allocate
from parution.buying.explanations import Explanation, Rule, explained
from parution.buying.problems import Problem
from tests.buying.builders import a_hill, a_line, a_problem, solved
from tests.buying.slow_ways import best_by_dynamic_programming
from tests.buying.strategies import drawn, hard_problems

FREE: dict[str, Any] = {"floor": 0, "cap": None, "minimum_if_funded": 0, "step": 1}


def explanation(document: dict[str, Any], before: dict[str, int] | None = None) -> Explanation:
    problem = Problem.of(document)
    return explained(problem, allocate(problem), before, allocate, time_limit=60)


def rule_of(found: Explanation, name: str) -> Rule:
    (rule,) = {
        **{one.line: one.rules for one in found.lines},
        **{one.group: one.rules for one in found.groups},
    }[name]
    return rule


BEST = a_line("best", a_hill(100.0, 1_000.0))


def test_a_cap_costs_what_the_line_would_bring_beyond_it() -> None:
    document = a_problem(2_000, BEST, a_line("held", a_hill(100.0, 1_000.0), cap=600))

    rule = rule_of(explanation(document), "held")

    assert (rule.constraint, rule.limit, rule.amount_without) == ("cap", 600, 1_000)
    lost = 100 * 1_400 / 2_400 + 100 * 600 / 1_600
    assert rule.results == pytest.approx(100 - lost)
    # One more result costs what the best line's next unit says.
    assert rule.money == round((100 - lost) * 2_400 * 2_401 / 100_000)


def test_a_minimum_that_keeps_a_line_out_costs_what_less_of_it_would_bring() -> None:
    document = a_problem(
        2_000, BEST, a_line("out", a_hill(20.0, 1_000.0), minimum_if_funded=1_500, cap=1_800)
    )
    free = a_problem(2_000, BEST, a_line("out", a_hill(20.0, 1_000.0), cap=1_800))

    rule = rule_of(explanation(document), "out")

    assert (rule.constraint, rule.limit) == ("minimum_if_funded", 1_500)
    assert rule.results == pytest.approx((solved(free).objective or 0) - 200 / 3)
    assert rule.amount_without == solved(free).allocations["out"]


def test_a_group_costs_what_its_lines_would_bring_without_it() -> None:
    lines = [{**BEST, "groups": ["x"]}, a_line("other", a_hill(30.0, 1_000.0))]
    document = a_problem(2_000, *lines, groups=({"id": "x", "cap": 500},))

    found = explanation(document)

    rule = rule_of(found, "x")
    free = solved(a_problem(2_000, BEST, lines[1]))
    assert (rule.constraint, rule.limit, rule.amount_without) == ("cap", 500, free.allocations["best"])
    assert [one.held_by_groups for one in found.lines] == [("x",), ()]


@drawn(8)
@given(hard_problems(most_lines=3, most_budget=25))
def test_what_a_rule_costs_is_what_leaving_it_out_brings(document: dict[str, Any]) -> None:
    found, best = explanation(document), best_by_dynamic_programming(document)

    assert found.complete
    for number, (line, told) in enumerate(zip(document["lines"], found.lines, strict=True)):
        costs = {rule.constraint: rule.results for rule in told.rules}
        for constraint, free in FREE.items():
            lines = [*document["lines"]]
            lines[number] = {**line, constraint: free}
            gain = best_by_dynamic_programming({**document, "lines": lines}) - best
            told_of = costs.get(constraint) or 0.0  # type: ignore[call-overload]
            assert told_of == pytest.approx(gain, rel=1e-6, abs=2e-9 * (best + gain))


def test_a_line_that_gets_nothing_says_from_which_budget_and_at_which_curve_it_would() -> None:
    late = a_line("late", a_hill(60.0, 2_000.0, 3.0))
    document = a_problem(1_000, BEST, late)

    line = explanation(document).lines[1]

    assert (line.amount, line.best_amount) == (0, 2_520)  # 2,000 times the cube root of 2
    assert line.funded_from is not None
    assert line.funded_at is not None
    for budget, funded in ((line.funded_from, True), (round(line.funded_from / 1.002), False)):
        assert (solved({**document, "budget": budget}).allocations["late"] > 0) is funded
    for times, funded in ((line.funded_at, True), (line.funded_at / 1.002, False)):
        better = a_line("late", a_hill(60.0 * times, 2_000.0, 3.0))
        assert (solved(a_problem(1_000, BEST, better)).allocations["late"] > 0) is funded


@pytest.mark.parametrize("facts", [{"cap": 0}, {"minimum_if_funded": 500, "cap": 400}])
def test_a_line_that_its_own_rules_never_fund_is_given_no_hope(facts: dict[str, Any]) -> None:
    line = explanation(a_problem(1_000, BEST, a_line("never", a_hill(60.0, 2_000.0), **facts))).lines[1]

    assert (line.best_amount, line.funded_from, line.funded_at) == (None, None, None)


def test_moves_say_what_each_brings_and_what_all_bring_together() -> None:
    document = a_problem(
        2_000, BEST, a_line("other", a_hill(100.0, 1_000.0)), a_line("same", a_hill(0.0, 9.0))
    )

    found = explanation(document, {"best": 2_000})

    assert [(one.line, one.before, one.after) for one in found.moves] == [
        ("best", 2_000, 1_000),
        ("other", 0, 1_000),
    ]
    assert [one.gain for one in found.moves] == [pytest.approx(50 - 200 / 3), pytest.approx(50)]
    assert found.gain == pytest.approx(100 - 200 / 3)
    assert found.gain_at_most == pytest.approx(100 - 200 / 3)
    assert found.spent_before == 2_000


@drawn(8)
@given(hard_problems(), st.data())
def test_no_split_gains_more_than_is_told(document: dict[str, Any], data: st.DataObject) -> None:
    before = {line["id"]: data.draw(st.integers(0, 20)) for line in document["lines"]}
    answer = solved(document)
    assume(answer.objective is not None)

    found = explained(Problem.of(document), answer, before, lambda _: answer, time_limit=0)

    value = sum(line.response.value(before[line.id]) for line in Problem.of(document).lines)
    best = best_by_dynamic_programming(document)
    assert found.gain_at_most == pytest.approx(best - value, rel=1e-6, abs=1e-9 * best)
    assert found.gain == pytest.approx(sum(move.gain for move in found.moves), rel=1e-6, abs=1e-9 * best)


def test_out_of_time_the_rules_that_hold_are_named_without_what_they_cost_in_all() -> None:
    problem = Problem.of(a_problem(2_000, BEST, a_line("held", a_hill(100.0, 1_000.0), cap=600)))
    clock: Iterator[int] = count()

    found = explained(problem, allocate(problem), None, allocate, lambda: next(clock), time_limit=1)

    assert not found.complete
    assert [(rule.constraint, rule.results) for rule in found.lines[1].rules] == [("cap", None)]
