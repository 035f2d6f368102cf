"""An envelope lies on or above its curve, bends downward only, and is the least that does."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from parution.buying.curves import Hill, Points
from parution.buying.envelopes import Amounts, Shifted, envelope
from tests.buying.strategies import Curve, curves, drawn

CUBIC = Hill(kind="hill", ceiling=100.0, half_spend=100.0, slope=3.0)


@st.composite
def amounts(draw: st.DrawFn) -> Amounts:
    step = draw(st.sampled_from([1, 1, 2, 7]))
    first = step * draw(st.integers(1, 20))
    return Amounts(
        zero=draw(st.booleans()), first=first, last=first + step * draw(st.integers(-1, 40)), step=step
    )


def every(allowed: Amounts) -> list[int]:
    return ([0] if allowed.zero else []) + list(range(allowed.first, allowed.last + 1, allowed.step))


def least_concave(points: Sequence[tuple[int, float]], at: int) -> float:
    """Give the height of the hull: the highest chord over a place."""
    below, above = [p for p in points if p[0] <= at], [p for p in points if p[0] >= at]
    return max(
        y0 if x0 == x1 else y0 + (y1 - y0) * (at - x0) / (x1 - x0) for x0, y0 in below for x1, y1 in above
    )


@drawn(15)
@given(curves(), amounts())
def test_it_is_the_least_concave_line_above_the_curve(curve: Curve, allowed: Amounts) -> None:
    assume(not allowed.none)
    points = [(spend, curve.value(spend)) for spend in every(allowed)]

    line = envelope(curve, allowed)

    assert (line.start, line.end) == (points[0][0], points[-1][0])
    for spend in range(line.start, line.end + 1, 3):
        assert line.height(spend) == pytest.approx(least_concave(points, spend), rel=1e-9, abs=1e-300)


@drawn(15)
@given(curves(), amounts())
def test_its_edges_only_get_worse_and_lead_to_its_end(curve: Curve, allowed: Amounts) -> None:
    assume(not allowed.none)
    line, spend, slopes = envelope(curve, allowed), allowed.least, [float("inf")]

    while spend < line.end:
        slope, width = line.edge(spend)
        spend += width
        slopes.append(slope)
        assert spend in allowed

    assert spend == line.end
    assert all(after <= before * (1 + 1e-9) for before, after in pairwise(slopes))
    assert slopes[-1] == (line.last if len(slopes) > 1 else slopes[0])


@drawn(15)
@given(curves(), amounts(), st.floats(-1, 1e4))
@example(CUBIC, Amounts(zero=True, first=1, last=400, step=1), 0.3)
def test_its_profit_is_the_best_of_all_amounts(curve: Curve, allowed: Amounts, price: float) -> None:
    assume(not allowed.none)
    best = max(curve.value(spend) - price * spend for spend in every(allowed))

    profit = envelope(curve, allowed).profit(price)

    assert profit == pytest.approx(best, rel=1e-9, abs=1e-9 * (1 + abs(price)) * (1 + allowed.most) * 1e-6)


@drawn(15)
@given(curves(), amounts(), st.floats(1e-6, 1e4))
def test_up_to_a_corner_every_edge_brings_more_than_the_price(
    curve: Curve, allowed: Amounts, price: float
) -> None:
    assume(not allowed.none)
    line, spend, passed = envelope(curve, allowed), allowed.least, 0

    corner = line.corner(price)

    while spend < line.end:
        slope, width = line.edge(spend)
        if spend < corner:
            assert slope >= price * (1 - 1e-9)
        elif slope > price * (1 + 1e-9):
            passed += 1
        spend += width
    assert passed <= line.missing


@drawn(15)
@given(curves(), amounts(), st.integers(0, 200))
def test_parting_the_amounts_loses_none(curve: Curve, allowed: Amounts, spend: int) -> None:
    below, above = allowed.below(spend), allowed.above(spend + 1)

    assert every(below) + every(above) == every(allowed)
    assert curve.value(0) >= 0


def test_a_tangent_from_zero_touches_where_the_formula_says() -> None:
    line = envelope(CUBIC, Amounts(zero=True, first=1, last=1_000, step=1))

    # (x / 100)^3 = 3 - 1
    assert line.edge(0).width == 126
    assert line.corner(0.9) == 0


def test_a_minimum_beyond_the_tangent_is_where_the_first_edge_ends() -> None:
    line = envelope(CUBIC, Amounts(zero=True, first=300, last=1_000, step=1))

    assert line.edge(0) == (CUBIC.value(300) / 300, 300)


def test_an_edge_of_points_can_be_had_in_part_where_the_points_lie_on_it() -> None:
    bent = Points(kind="points", points=((0, 0.0), (50, 10.0), (100, 30.0), (200, 40.0)))

    line = envelope(bent, Amounts(zero=True, first=1, last=200, step=1))

    assert line.edge(0) == (0.3, 100)
    assert line.part(0, 70) == 0  # the points lie below: 0.3 a unit is only to be had at 100
    assert line.part(100, 70) == 70


def test_a_price_of_its_own_takes_from_every_edge() -> None:
    line = envelope(CUBIC, Amounts(zero=True, first=1, last=1_000, step=1))

    shifted = Shifted(line, 0.1)

    assert shifted.corner(0.2) == line.corner(0.2 + 0.1)
    assert shifted.edge(0).slope == line.edge(0).slope - 0.1
    assert shifted.profit(0.2) == line.profit(0.2 + 0.1)
    assert shifted.height(300) == line.height(300) - 0.1 * 300
