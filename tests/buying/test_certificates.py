"""What an answer says of its margins, and of the price of every constraint that holds it."""

from math import isclose
from typing import Any

import pytest
from hypothesis import assume, given

from tests.buying.builders import a_hill, a_line, solved, split
from tests.buying.strategies import drawn, grouped_problems, problems


def concave_groups(document: dict[str, Any]) -> dict[str, Any]:
    """Keep of a problem's lines what is concave: prices are exact only there."""
    lines = [
        {**line, "response": a_hill(50.0 + 7 * number, 9.0 + number), "minimum_if_funded": 0, "step": 1}
        for number, line in enumerate(document["lines"])
    ]
    return {**document, "lines": lines}


@drawn(8)
@given(problems())
def test_every_line_shows_what_its_last_and_its_next_unit_bring(document: dict[str, Any]) -> None:
    answer = solved(document)

    assert (
        answer.next_cent is None or answer.last_cent is None or answer.next_cent.gain <= answer.last_cent.gain
    )
    assert set(answer.margins) == set(answer.allocations)
    assert all(
        (margin.last is None) == (answer.allocations[name] == 0) for name, margin in answer.margins.items()
    )


@drawn(8)
@given(grouped_problems(overlapping=False))
def test_one_unit_more_of_budget_brings_the_shadow_price(document: dict[str, Any]) -> None:
    concave = concave_groups(document)
    answer, richer = solved(concave), solved({**concave, "budget": concave["budget"] + 1})

    if answer.objective is not None and answer.shadow_price is not None:
        assert richer.objective is not None
        assert isclose(richer.objective - answer.objective, answer.shadow_price, rel_tol=1e-6, abs_tol=1e-9)


@drawn(8)
@given(grouped_problems(overlapping=False))
def test_one_unit_more_of_a_binding_constraint_brings_its_price(document: dict[str, Any]) -> None:
    concave = concave_groups(document)
    answer = solved(concave)

    for binding in answer.binding:
        kind, name = ("lines", binding.line) if binding.line else ("groups", binding.group)
        change = 1 if binding.constraint == "cap" else -1
        wider = [
            {**one, binding.constraint: one[binding.constraint] + change} if one["id"] == name else one
            for one in concave[kind]
        ]
        gained = (solved({**concave, kind: wider}).objective or 0.0) - (answer.objective or 0.0)
        assert isclose(gained, binding.price, rel_tol=1e-6, abs_tol=1e-9)


@drawn(8)
@given(grouped_problems(overlapping=False))
def test_a_groups_constraint_that_is_not_named_costs_nothing(document: dict[str, Any]) -> None:
    concave = concave_groups(document)
    answer = solved(concave)
    assume(answer.objective is not None)
    named = {(one.group, one.constraint) for one in answer.binding}

    for number, group in enumerate(concave["groups"]):
        for constraint, change in (("floor", -1), ("cap", 1)):
            if (group["id"], constraint) in named or not group[constraint]:
                continue
            groups = [*concave["groups"]]
            groups[number] = {**group, constraint: group[constraint] + change}
            assert solved({**concave, "groups": groups}).objective == pytest.approx(
                answer.objective, rel=1e-9
            )


def test_a_line_held_at_its_minimum_shows_what_a_unit_less_would_bring() -> None:
    answer = split(
        2_000,
        a_line("best", a_hill(100.0, 1_000.0)),
        a_line("held", a_hill(55.0, 900.0), minimum_if_funded=800),
    )

    (binding,) = answer.binding
    assert (answer.allocations["held"], binding.line, binding.constraint) == (
        800,
        "held",
        "minimum_if_funded",
    )
    elsewhere = answer.margins["best"].next or 0.0
    assert binding.price == pytest.approx(elsewhere - 55 * 900 / (1_699 * 1_700))


def test_a_step_shows_what_a_unit_off_its_grid_would_bring() -> None:
    answer = split(
        2_000, a_line("fine", a_hill(100.0, 1_000.0)), a_line("coarse", a_hill(80.0, 1_000.0), step=900)
    )

    (binding,) = answer.binding
    assert (answer.allocations["coarse"], binding.line, binding.constraint) == (900, "coarse", "step")
    assert binding.price > 0


@pytest.mark.parametrize(
    ("lines", "left", "because"),
    [
        ([a_line("a", a_hill(9.0, 50.0), cap=300)], 700, "caps"),
        (
            [a_line("a", {"kind": "points", "points": [[0, 0], [300, 9], [900, 9]]})],
            700,
            "curves stop paying",
        ),
        ([a_line("a", a_hill(9.0, 50.0), step=300)], 100, "steps"),
        (
            [
                a_line("a", a_hill(9.0, 50.0), cap=300),
                a_line("b", a_hill(9.0, 50.0, 2.0), minimum_if_funded=1_200),
            ],
            700,
            "minimums",
        ),
        ([a_line("a", a_hill(9.0, 50.0), groups=["g"])], 600, "caps"),
    ],
)
def test_money_that_is_left_is_said_why(lines: list[dict[str, Any]], left: int, because: str) -> None:
    groups = ({"id": "g", "cap": 400},) if "groups" in lines[0] else ()

    answer = split(1_000, *lines, groups=groups)

    assert (answer.leftover, answer.leftover_because) == (left, because)


def test_where_steps_leave_money_the_next_cent_names_the_step_it_comes_in() -> None:
    answer = split(1_000, a_line("a", a_hill(9.0, 50.0), step=300))

    assert answer.next_cent is not None
    assert (answer.next_cent.line, answer.next_cent.units) == ("a", 300)
    assert answer.next_cent.gain == pytest.approx((9 * 1_200 / 1_250 - 9 * 900 / 950) / 300)
