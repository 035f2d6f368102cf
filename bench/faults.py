"""What faults make of a post: ours, and other ways, over every schedule of the same model."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from typing import Any, NamedTuple

from bench.measure import Aim, Measure
from bench.other_ways import WAYS, on_the_clock_of
from parution.publishing.ports import Guarantee
from tests.simulation import scenes
from tests.simulation.explorer import Found, explore
from tests.simulation.judging import Outcome
from tests.simulation.searches import ALL
from tests.simulation.world import Deliverer, World

_OURS = "ours"
_NONE = Aim("==", 0)

type _Of = Callable[[Outcome], object]


def _doubled(end: Outcome) -> object:
    return end.doubles


def _lost(end: Outcome) -> object:
    return end.lost


def _early(end: Outcome) -> object:
    return "early" in end.wrong


def _misplaced(end: Outcome) -> object:
    return set(end.wrong) - {"early"}


def _flagged(end: Outcome) -> object:
    return end.flagged


def _flagged_live(end: Outcome) -> object:
    return end.flagged_live


class _Model(NamedTuple):
    """One fault model, for a post on a network that can be searched and honours no key."""

    name: str
    faults: int
    cast: dict[str, Any]


_ONE_FAULT = _Model("one worker, one fault", 1, {})
_TWO_FAULTS = _Model("one worker, two faults", 2, {})
_TWO_WORKERS = _Model("two workers, one fault", 1, {"workers": 2, "copies": 2})


def measures() -> list[Measure]:
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        searched = pool.map(
            _searched, [(group, number) for group in ALL for number in range(len(ALL[group]))]
        )
        models = (_ONE_FAULT, _TWO_FAULTS, _TWO_WORKERS)
        tried = pool.map(_tried, [(model, way) for model in models for way in (_OURS, *WAYS)])
        totals = list(searched)
        found = dict(tried)
    return [*_compared(found), *_summed(totals)]


# -------------------------------------------------------------------- ours beside other ways
def _tried(which: tuple[_Model, str]) -> tuple[tuple[str, str], Found]:
    model, way = which
    if way == _OURS:
        return (model.name, way), explore(scenes.one_post(Guarantee.READABLE, model.faults, **model.cast))
    clock = _Clock()
    row = {"wake_at": None}  # the other ways know no due index
    cast = {**model.cast, "told": False, "desk": clock.watched(WAYS[way])}
    with on_the_clock_of(clock):
        return (model.name, way), explore(scenes.one_post(Guarantee.READABLE, model.faults, row=row, **cast))


class _Clock:
    """The clock of the world in which somebody delivers."""

    def __init__(self) -> None:
        self._world: World | None = None

    def watched(self, way: Callable[[World], Deliverer]) -> Callable[[World], Deliverer]:
        def begin(world: World) -> Deliverer:
            self._world = world
            return way(world)

        return begin

    def __call__(self) -> datetime:
        assert self._world is not None
        return self._world.now


def _compared(found: dict[tuple[str, str], Found]) -> Iterator[Measure]:
    rows: list[tuple[str, _Model, _Of, Aim | None]] = [
        ("posted twice", _TWO_FAULTS, _doubled, _NONE),
        ("lost in silence", _TWO_FAULTS, _lost, _NONE),
        ("early", _TWO_FAULTS, _early, _NONE),
        ("posted twice", _TWO_WORKERS, _doubled, _NONE),
        ("lost in silence", _TWO_WORKERS, _lost, _NONE),
        ("early", _TWO_WORKERS, _early, _NONE),
        ("left to a person", _ONE_FAULT, _flagged, None),
        ("left to a person though it is there", _ONE_FAULT, _flagged_live, _NONE),
    ]
    for what, model, of, aim in rows:
        shares = {way: _share(found[model.name, way], of) for way in (_OURS, *WAYS)}
        yield Measure(f"{what}: {model.name}", shares.pop(_OURS), "% of schedules", aim, shares)


def _share(found: Found, of: _Of) -> float:
    return round(100 * found.count(of) / found.schedules, 2)


# -------------------------------------------------------------------- all searches
class _Total(NamedTuple):
    schedules: int
    doubled: int
    lost: int
    wrong: int
    flagged_live: int


def _searched(which: tuple[str, int]) -> _Total:
    group, number = which
    search = ALL[group][number]
    found = explore(search.world(deep=True))
    return _Total(
        found.schedules,
        found.count(_doubled),
        found.count(_lost),
        found.count(lambda end: end.wrong),
        0 if search.may_be_live else found.count(_flagged_live),
    )


def _summed(totals: list[_Total]) -> Iterator[Measure]:
    sums = _Total(*map(sum, zip(*totals, strict=True)))
    yield Measure("schedules of faults, workers and people tried", sums.schedules, "schedules")
    yield Measure("of these, posted twice", sums.doubled, "schedules", _NONE)
    yield Measure("of these, lost in silence", sums.lost, "schedules", _NONE)
    yield Measure("of these, early, stale, held or out of place", sums.wrong, "schedules", _NONE)
    yield Measure("of these, left to a person though it can be found", sums.flagged_live, "schedules", _NONE)
