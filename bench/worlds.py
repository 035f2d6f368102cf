"""Seeded worlds of advertising: curves that no learner sees, and days read with all their faults.

A third of the curves are hills that bend downward only, a third are S-shaped, the rest are logarithms and
powers, which have no ceiling and are no hills at all. Costs scatter around the published ones by each row's
own spread. Results are counts that come in waves, differ by weekday, arrive over a week, and are in part
taken back; from some day on one line brings twice or half as much.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from math import exp, log
from random import Random
from typing import Any, NamedTuple

from parution.buying.allocator import allocate
from parution.buying.problems import Problem
from parution.measuring.learned import LineFacts
from parution.measuring.priors import usual
from parution.measuring.readings import Reading

type Amounts = dict[str, int]

FIRST = date(2026, 3, 2)
DAYS = 28
LINES = 8
_SOLD = [
    ("facebook", "video"),
    ("facebook", "image"),
    ("facebook", "story"),
    ("facebook", "lead"),
    ("instagram", "reel"),
    ("instagram", "story"),
    ("instagram", "carousel"),
    ("tiktok", "video"),
    ("youtube", "video"),
    ("linkedin", "image"),
    ("linkedin", "video"),
    ("google", "search"),
    ("google", "display"),
    ("x", "image"),
    ("pinterest", "image"),
]
_READ_FOR = 9  # days after a day on which its figures are read again


class Line(NamedTuple):
    """A line's truth: its curve, and from which day on it brings how many times as much."""

    id: str
    network: str
    format: str
    curve: dict[str, Any]
    changes_on: int = DAYS
    times: float = 1.0

    def response(self, day: int) -> dict[str, Any]:
        if day < self.changes_on:
            return self.curve
        height = "ceiling" if self.curve["kind"] == "hill" else "scale"
        return {**self.curve, height: self.curve[height] * self.times}


class World:
    """One world; all that happens in it follows from its seed and the amounts that were spent."""

    def __init__(self, seed: int, *, steep: bool = True) -> None:
        self.random = Random(f"world {seed}")  # noqa: S311 (a world, no secret)
        draw = self.random
        self.seed, self.steep = seed, steep  # with S-shaped curves, or with none
        self.budget = round(draw.lognormvariate(log(40_000), 0.5))
        self.share = self.budget / LINES
        self.spread = draw.uniform(0.1, 0.35)
        self.weekdays = [draw.lognormvariate(0, 0.2) for _ in range(7)]
        self.arrives = draw.uniform(0.35, 0.85)  # of what has not arrived yet, with each day
        self.lines = self._lines()

    def _lines(self) -> list[Line]:
        draw = self.random
        sold = draw.sample(_SOLD, LINES)
        logs = [draw.gauss(log(usual(*one).cost), usual(*one).sd) for one in sold]
        # An average even share buys from ten to a hundred results.
        level = log(self.share) - sum(logs) / LINES - draw.uniform(log(10), log(100))
        wide = draw.gauss(0, 0.4)
        lines = [
            Line(f"{network}-{name}", network, name, self._curve(exp(cost + level), wide))
            for (network, name), cost in zip(sold, logs, strict=True)
        ]
        changing = draw.randrange(LINES)
        times = draw.uniform(0.4, 0.6) if draw.random() < 0.5 else draw.uniform(1.7, 2.5)
        lines[changing] = lines[changing]._replace(changes_on=draw.randint(8, 20), times=times)
        return lines

    def _curve(self, cost: float, wide: float) -> dict[str, Any]:
        """Draw a curve on which a result costs this, on average, where half of the effect is reached."""
        draw = self.random
        half = self.share * exp(wide + draw.gauss(0, 0.7))
        kind = draw.choices(["concave", "steep", "log", "power"], [7, 7 * self.steep, 3, 3])[0]
        if kind == "power":
            exponent = draw.uniform(0.4, 0.9)
            return {"kind": "power", "scale": half ** (1 - exponent) / cost, "exponent": exponent}
        if kind == "log":
            return {"kind": "log", "scale": half / cost / log(2), "half_spend": half}
        slope = draw.uniform(0.6, 1.0) if kind == "concave" else draw.uniform(1.2, 3.0)
        return {"kind": "hill", "ceiling": 2 * half / cost, "half_spend": half, "slope": slope}

    @property
    def facts(self) -> list[LineFacts]:
        return [
            LineFacts(id=line.id, network=line.network, format=line.format, reference=self.share)
            for line in self.lines
        ]

    def problem(self, responses: Mapping[str, Any], floors: Mapping[str, int] | None = None) -> Problem:
        least = floors or {}
        lines = [
            {"id": line.id, "response": responses[line.id], "floor": least.get(line.id, 0)}
            for line in self.lines
        ]
        return Problem.of({"currency": "EUR", "budget": self.budget, "lines": lines})

    def split(self, responses: Mapping[str, Any]) -> Amounts:
        return allocate(self.problem(responses)).allocations

    def truth(self, day: int) -> Problem:
        return self.problem({line.id: line.response(day) for line in self.lines})

    def results(self, day: int, amounts: Amounts) -> float:
        """Give the results to expect of a day, without its chance."""
        lines = self.truth(day).lines
        return self.weekdays[day % 7] * sum(line.response.value(amounts[line.id]) for line in lines)

    @cached_property
    def best(self) -> float:
        """Give what one who knows all curves, and each change on its day, would have brought."""
        splits: dict[bool, Amounts] = {}
        total = 0.0
        for day in range(DAYS):
            changed = any(day >= line.changes_on for line in self.lines)
            if changed not in splits:
                splits[changed] = allocate(self.truth(day)).allocations
            total += self.results(day, splits[changed])
        return total


class Flight:
    """One buyer's days in a world: what was spent, and every reading of it so far."""

    def __init__(self, world: World, chance: int = 0) -> None:
        self.world, self.chance = world, chance
        self.readings: list[Reading] = []
        self.amounts: list[Amounts] = []
        self.results = 0.0
        self._pending: list[Reading] = []

    @property
    def day(self) -> int:
        return len(self.amounts)

    @property
    def today(self) -> date:
        return FIRST + timedelta(days=self.day)

    def spend(self, amounts: Amounts) -> None:
        """Live through a day; its readings come with the mornings after it."""
        assert sum(amounts.values()) <= self.world.budget
        self.results += self.world.results(self.day, amounts)
        for line in self.world.truth(self.day).lines:
            self._pending += self._read(line.id, amounts[line.id], line.response.value(amounts[line.id]))
        self.amounts.append(amounts)
        morning = datetime.combine(self.today, time(5), UTC)
        self.readings += [one for one in self._pending if one.read_at <= morning]
        self._pending = [one for one in self._pending if one.read_at > morning]

    def _read(self, line: str, spend: int, expected: float) -> list[Reading]:
        world = self.world
        # The same chance for all buyers, as far as they spend the same.
        draw = Random(f"{world.seed} {self.chance} {line} {self.day}")  # noqa: S311 (a world, no secret)
        waves = 1 / world.spread**2
        mean = expected * world.weekdays[self.day % 7] * draw.gammavariate(waves, 1 / waves)
        left = draw.binomialvariate(100_000, min(1.0, mean / 100_000))
        known, readings = 0, []
        for age in range(1, _READ_FOR + 1):
            # Most come on the day itself.
            come = draw.binomialvariate(left, 0.5 + world.arrives / 2 if age == 1 else world.arrives)
            known, left = known + come, left - come
            if age == 5:  # and a few are taken back
                known -= draw.binomialvariate(known, 0.03)
            at = datetime.combine(self.today + timedelta(days=age), time(5), UTC)
            readings.append(Reading(line, self.today, spend, float(known), at))
        return readings
