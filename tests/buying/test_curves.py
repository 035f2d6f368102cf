from fractions import Fraction
from math import isclose, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.curves import LARGEST_MONEY, Hill, Log, Points, Power
from tests.buying.strategies import concave_curves

HILL = Hill(kind="hill", ceiling=100.0, half_spend=1_000.0)


@pytest.mark.parametrize(
    ("curve", "spend", "results"),
    [
        (HILL, 0, 0.0),
        (HILL, 1_000, 50.0),
        (HILL, 3_000, 75.0),
        (Hill(kind="hill", ceiling=100.0, half_spend=1_000.0, slope=0.5), 4_000, 200 / 3),
        (Log(kind="log", scale=10.0, half_spend=100.0), 100, 10 * log(2)),
        (Power(kind="power", scale=3.0, exponent=0.5), 400, 60.0),
        (Points(kind="points", points=((0, 1.0), (10, 6.0), (20, 8.0))), 15, 7.0),
        (Points(kind="points", points=((0, 1.0), (10, 6.0), (20, 8.0))), 99, 8.0),
    ],
)
def test_a_curve_is_worth_what_its_formula_says(
    curve: Hill | Log | Power | Points, spend: int, results: float
) -> None:
    assert curve.value(spend) == pytest.approx(results, rel=1e-14)


@given(concave_curves(), st.integers(0, 10**7))
def test_a_gain_is_the_difference_of_two_values(curve: Hill | Log | Power | Points, spend: int) -> None:
    difference = curve.value(spend + 1) - curve.value(spend)

    assert isclose(curve.gain(spend), difference, rel_tol=1e-3, abs_tol=4e-16 * curve.value(spend + 1))


def test_a_gain_keeps_its_digits_where_a_difference_loses_them() -> None:
    spend = 10**9
    exact = Fraction(100 * 1_000, (1_000 + spend) * (1_001 + spend))

    assert isclose(HILL.gain(spend), float(exact), rel_tol=1e-15)
    assert not isclose(HILL.value(spend + 1) - HILL.value(spend), float(exact), rel_tol=1e-3)


@given(concave_curves(), st.integers(0, 10**6))
def test_every_unit_brings_at_most_what_the_one_before_brought(
    curve: Hill | Log | Power | Points, spend: int
) -> None:
    assert curve.gain(spend + 1) <= curve.gain(spend) * (1 + 1e-12)


@given(concave_curves(), st.floats(1e-9, 1e3))
def test_the_spend_at_a_price_is_where_a_unit_begins_to_bring_less(
    curve: Hill | Log | Power | Points, price: float
) -> None:
    spend = int(min(curve.spend_at(price), 10**12))

    if spend > 1:
        assert curve.gain(spend - 1) >= price * (1 - 1e-9)
    if spend < 10**12:
        assert curve.gain(spend + 1) <= price * (1 + 1e-9)


@pytest.mark.parametrize(
    ("points", "concave"),
    [
        (((0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3)), True),  # even, though 0.3 - 0.2 < 0.1 in binary
        (((0, 0.0), (10, 5.0), (20, 9.0)), True),
        (((0, 0.0), (10, 4.0), (20, 9.0)), False),
    ],
)
def test_points_are_concave_when_no_piece_is_steeper_than_the_one_before(
    points: tuple[tuple[int, float], ...], *, concave: bool
) -> None:
    assert Points(kind="points", points=points).concave is concave


def test_a_hill_is_s_shaped_above_slope_one() -> None:
    assert [HILL.model_copy(update={"slope": slope}).concave for slope in (0.5, 1.0, 1.001)] == [
        True,
        True,
        False,
    ]


def test_a_curve_pays_until_its_next_unit_brings_nothing() -> None:
    assert HILL.pays_until == LARGEST_MONEY
    assert HILL.model_copy(update={"ceiling": 0.0}).pays_until == 0
    assert Points(kind="points", points=((0, 0.0), (10, 5.0), (30, 5.0))).pays_until == 10
