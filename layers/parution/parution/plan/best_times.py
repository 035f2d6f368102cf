"""How good an hour of the week is for a network, as published tables have it, until results say more."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from parution.plan.model import WEEKDAYS

_ANY = "*"


class Judged(NamedTuple):
    """What a time is worth beside an ordinary one, which is 1, and who says so."""

    worth: float
    why: str


# What a learner may put in the tables' place: a network and a time on the brand's clock, judged.
Judge = Callable[[str, datetime], Judged]


def prior(network: str, wall: datetime) -> Judged:
    """Judge a time by the tables of best_times.json; they only nudge, from 0.7 to 1.2."""
    worth, by = _hours(network)[wall.weekday()][wall.hour]
    return Judged(worth, f"prior of {network}, {worth:.2f} ({by})")


@cache
def _hours(network: str) -> tuple[tuple[tuple[float, str], ...], ...]:
    table = _table()
    known = any(network in source["hours"] for source in table["sources"])
    name = network if known else _ANY
    sources = [source for source in table["sources"] if name in source["hours"]]
    return tuple(tuple(_worth(table, sources, name, day, hour) for hour in range(24)) for day in WEEKDAYS)


def _worth(
    table: Mapping[str, Any], sources: list[Mapping[str, Any]], name: str, day: str, hour: int
) -> tuple[float, str]:
    naming = [one for one in sources if _names(one["hours"][name], day, hour)]
    worst = any(day in one["worst"].get(name, ()) for one in sources)
    evening, morning = table["night"]
    weights = table["weights"]
    worth = 1 + weights["named"] * len(naming) / len(sources)
    worth -= weights["worst"] * worst + weights["night"] * (hour >= evening or hour < morning)
    return round(worth, 3), _by(naming, sources)


def _names(hours: Mapping[str, list[list[int]]], day: str, hour: int) -> bool:
    return any(first <= hour < last for first, last in hours.get(day, ()))


def _by(naming: list[Mapping[str, Any]], sources: list[Mapping[str, Any]]) -> str:
    names = ", ".join(f"{one['name']} {one['year'] or ''}".strip() for one in naming)
    return names or f"none of {len(sources)} tables names this hour"


@cache
def _table() -> Any:
    return json.loads(files("parution.plan").joinpath("best_times.json").read_text())
