from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.buying.cutting_planes import Planes
from tests.buying.strategies import drawn

_NUMBERS = st.floats(-100, 100).map(lambda number: round(number, 3))


@st.composite
def planes_above_boxes(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[float, list[float]]]]:
    size = draw(st.integers(1, 3))
    box = [(-draw(st.integers(0, 5)), draw(st.integers(1, 5))) for _ in range(size)]
    slopes = st.lists(_NUMBERS, min_size=size, max_size=size)
    return [(float(a), float(b)) for a, b in box], draw(
        st.lists(st.tuples(_NUMBERS, slopes), min_size=1, max_size=12)
    )


def highest(planes: list[tuple[float, list[float]]], at: list[float]) -> float:
    return max(base + sum(a * b for a, b in zip(slopes, at, strict=True)) for base, slopes in planes)


@drawn(12)
@given(planes_above_boxes())
def test_the_place_found_is_the_lowest_of_all(
    case: tuple[list[tuple[float, float]], list[tuple[float, list[float]]]],
) -> None:
    box, planes = case
    above = Planes(box)
    for base, slopes in planes:
        above.add(base, slopes)
        low = above.lowest()

    assert low.value == pytest.approx(highest(planes, low.at), abs=1e-6)
    grid = product(*([a + (b - a) * n / 8 for n in range(9)] for a, b in box))
    assert all(highest(planes, list(at)) >= low.value - 1e-6 for at in grid)
    assert all(a - 1e-9 <= x <= b + 1e-9 for (a, b), x in zip(box, low.at, strict=True))
    assert sum(low.weights) == pytest.approx(1.0)


def test_a_wider_box_lets_the_place_go_further() -> None:
    above = Planes([(0.0, 1.0)])
    above.add(10.0, [-2.0])

    assert above.lowest().at == [1.0]
    above.widen(3.0)
    assert (above.lowest().at, above.lowest().value) == ([3.0], 4.0)
