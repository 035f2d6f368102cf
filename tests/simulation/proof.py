"""What every search must show."""

from collections.abc import Callable, Iterable, Mapping

import pytest

from tests.simulation.explorer import Found, explore
from tests.simulation.judging import Outcome
from tests.simulation.searches import DEEP, Search

# A search that stopped early would prove nothing.
_LEAST = 30

_NEVER: Mapping[str, Callable[[Outcome], object]] = {
    "doubled": lambda end: end.doubles,
    "shown early, stale or out of place": lambda end: end.wrong,
    "lost in silence": lambda end: end.lost,
}


def each(searches: Iterable[Search]) -> pytest.MarkDecorator:
    """Try each of these that this run has time for."""
    chosen = [search for search in searches if DEEP or search.faults is not None]
    return pytest.mark.parametrize("search", chosen, ids=lambda search: search.name)


def proven(search: Search) -> Found:
    """Try every schedule: nothing doubled, early, stale or lost, and what is flagged is truly not there."""
    found = explore(search.world())
    flagged = found.count(lambda end: end.flagged)
    print(f"{search.name}: {found.schedules:,} schedules, {flagged:,} flagged")  # noqa: T201 (the figures are the result)
    for what, happened in _NEVER.items():
        assert not found.example(happened), f"{what}: {found.example(happened)}"
    for end, story in found.examples.items():
        assert set(end.flagged) <= search.may_flag, (end, story)
        assert search.may_be_live or not end.flagged_live, (end, story)
    assert found.schedules >= _LEAST
    return found
