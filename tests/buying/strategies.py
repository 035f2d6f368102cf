"""Curves, lines and problems for property tests."""

from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from parution.buying.curves import Hill, Log, Points, Power

type Curve = Hill | Log | Power | Points


def _results(smallest: float = 1e-6, largest: float = 1e6) -> st.SearchStrategy[float]:
    return st.floats(smallest, largest)


@st.composite
def _points(draw: st.DrawFn) -> Points:
    widths = draw(st.lists(st.integers(1, 60), min_size=1, max_size=5))
    slopes = sorted(
        draw(st.lists(st.integers(0, 50), min_size=len(widths), max_size=len(widths))), reverse=True
    )
    spends = accumulate(widths, initial=0)
    # Eighths are exact in binary, so that pieces of one slope are exactly equal.
    results = accumulate(
        (width * slope / 8 for width, slope in zip(widths, slopes, strict=True)), initial=0.0
    )
    return Points(kind="points", points=tuple(zip(spends, results, strict=True)))


def concave_curves() -> st.SearchStrategy[Curve]:
    half_spends = st.floats(0.5, 1e5)
    return st.one_of(
        st.builds(Hill, kind=st.just("hill"), ceiling=_results(), half_spend=half_spends),
        st.builds(
            Hill, kind=st.just("hill"), ceiling=_results(), half_spend=half_spends, slope=st.floats(0.2, 1.0)
        ),
        st.builds(Log, kind=st.just("log"), scale=_results(), half_spend=half_spends),
        st.builds(Power, kind=st.just("power"), scale=_results(), exponent=st.floats(0.1, 1.0)),
        _points(),
    )


@st.composite
def problems(draw: st.DrawFn, most_lines: int = 4, most_budget: int = 60) -> dict[str, Any]:
    """A feasible problem small enough for dynamic programming."""
    budget = draw(st.integers(0, most_budget))
    lines, left = [], budget
    for number in range(draw(st.integers(1, most_lines))):
        floor = draw(st.integers(0, left // 2))
        left -= floor
        cap = draw(st.none() | st.integers(floor, most_budget + 5))
        curve = draw(concave_curves()).model_dump()
        lines.append({"id": f"line-{number}", "response": curve, "floor": floor, "cap": cap})
    return {"currency": "EUR", "budget": budget, "lines": lines}
