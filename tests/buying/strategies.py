"""Curves, lines, groups and problems for property tests."""

import os
from itertools import accumulate
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from parution.buying.curves import Hill, Log, Points, Power

# Who searches draws all that the profile says, and plays every pair of faults.
SEARCHES = os.environ.get("HYPOTHESIS_PROFILE") == "search"


def drawn(usually: int) -> settings:
    """Draw so many examples on every run, which are seconds for all tests together; more when searching."""
    return settings() if SEARCHES else settings(max_examples=usually)


type Curve = Hill | Log | Power | Points


def _results(smallest: float = 1e-6, largest: float = 1e6) -> st.SearchStrategy[float]:
    return st.floats(smallest, largest)


@st.composite
def points(draw: st.DrawFn, *, concave: bool) -> Points:
    widths = draw(st.lists(st.integers(1, 60), min_size=1, max_size=5))
    slopes = draw(st.lists(st.integers(0, 50), min_size=len(widths), max_size=len(widths)))
    if concave:
        slopes.sort(reverse=True)
    spends = accumulate(widths, initial=0)
    # Eighths are exact in binary, so that pieces of one slope are exactly equal.
    results = accumulate(
        (width * slope / 8 for width, slope in zip(widths, slopes, strict=True)), initial=0.0
    )
    return Points(kind="points", points=tuple(zip(spends, results, strict=True)))


def hills(slopes: st.SearchStrategy[float]) -> st.SearchStrategy[Hill]:
    half_spends = st.floats(0.5, 1e5)
    return st.builds(Hill, kind=st.just("hill"), ceiling=_results(), half_spend=half_spends, slope=slopes)


def concave_curves() -> st.SearchStrategy[Curve]:
    half_spends = st.floats(0.5, 1e5)
    return st.one_of(
        hills(st.just(1.0)),
        hills(st.floats(0.2, 1.0)),
        st.builds(Log, kind=st.just("log"), scale=_results(), half_spend=half_spends),
        st.builds(Power, kind=st.just("power"), scale=_results(), exponent=st.floats(0.1, 1.0)),
        points(concave=True),
    )


def s_shaped_curves() -> st.SearchStrategy[Curve]:
    near = st.builds(
        Hill,
        kind=st.just("hill"),
        ceiling=st.floats(1, 100),
        half_spend=st.floats(1, 60),
        slope=st.floats(1.01, 12),
    )
    return st.one_of(near, near, hills(st.floats(1, 6)), points(concave=False))


def curves() -> st.SearchStrategy[Curve]:
    return st.one_of(s_shaped_curves(), concave_curves())


@st.composite
def problems(draw: st.DrawFn, most_lines: int = 4, most_budget: int = 60) -> dict[str, Any]:
    """A feasible problem of concave lines, small enough for dynamic programming."""
    budget = draw(st.integers(0, most_budget))
    lines, left = [], budget
    for number in range(draw(st.integers(1, most_lines))):
        floor = draw(st.integers(0, left // 2))
        left -= floor
        cap = draw(st.none() | st.integers(floor, most_budget + 5))
        curve = draw(concave_curves()).model_dump()
        lines.append({"id": f"line-{number}", "response": curve, "floor": floor, "cap": cap})
    return {"currency": "EUR", "budget": budget, "lines": lines}


@st.composite
def hard_problems(draw: st.DrawFn, most_lines: int = 4, most_budget: int = 40) -> dict[str, Any]:
    """A feasible problem of lines of any shape, with floors, caps, minimums and steps."""
    budget = draw(st.integers(0, most_budget))
    lines, left = [], budget
    for number in range(draw(st.integers(1, most_lines))):
        step, minimum = draw(st.sampled_from([1, 1, 1, 2, 3, 5, 7])), draw(st.integers(0, most_budget))
        floor = draw(st.sampled_from([0, 0, 0, step, 3]))
        needed = -(-max(floor, minimum) // step) * step
        if not floor or needed > left:
            floor = needed = 0
        left -= needed
        cap = draw(st.none() | st.integers(needed, most_budget + 5))
        line = {"id": f"line-{number}", "response": draw(curves()).model_dump(), "floor": floor, "cap": cap}
        lines.append({**line, "minimum_if_funded": minimum, "step": step})
        if number and draw(st.integers(0, 3)) == 0:
            # Lines that are alike are what a search finds hard, and floors would add up.
            lines[-1] = {**lines[0], "id": f"line-{number}", "floor": 0}
    return {"currency": "EUR", "budget": budget, "lines": lines}


@st.composite
def grouped_problems(
    draw: st.DrawFn, *, overlapping: bool, most_lines: int = 4, most_budget: int = 16
) -> dict[str, Any]:
    """A problem with groups, nested in each other or not; perhaps an infeasible one."""
    document = draw(hard_problems(most_lines, most_budget))
    budget, count = document["budget"], len(document["lines"])
    names = [f"group-{number}" for number in range(draw(st.integers(1, 3)))]
    members: dict[str, set[int]] = {}
    for name in names:
        first, last = sorted(draw(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))))
        chosen = draw(st.sets(st.integers(0, count - 1))) if overlapping else set(range(first, last + 1))
        if overlapping or all(
            not chosen & other or chosen <= other or other <= chosen for other in members.values()
        ):
            members[name] = chosen
    groups = [
        {
            "id": name,
            "floor": draw(st.sampled_from([0, 0, draw(st.integers(0, budget // 2))])),
            "cap": draw(st.none() | st.integers(0, budget + 2)),
        }
        for name in members
    ]
    lines = [
        {**line, "groups": [name for name, chosen in members.items() if number in chosen]}
        for number, line in enumerate(document["lines"])
    ]
    return {**document, "lines": lines, "groups": groups}
