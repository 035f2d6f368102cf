"""Learning while spending: what each way of splitting brings, in worlds whose curves it doesn't know.

Twenty seeded worlds (bench/worlds.py), eight lines, 28 days from nothing: each morning a buyer sees what has
been reported so far and splits the day's budget. The oracle knows every curve and every change on its day;
all figures are shares of what it brings.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from statistics import mean
from time import perf_counter
from typing import Any, NamedTuple

from bench.measure import Aim, Measure
from bench.worlds import DAYS, LINES, Amounts, Flight, World
from parution.buying.allocator import allocate
from parution.measuring.exploring import trials
from parution.measuring.learned import Learned
from parution.measuring.learning import learn

type Buyer = Callable[[Flight], Amounts]

WORLDS = 20
RUNS = 5


class Score(NamedTuple):
    """Shares of the oracle's results, one for each world."""

    shares: list[float]

    @property
    def mean(self) -> float:
        return 100 * mean(self.shares)

    @property
    def worst(self) -> float:
        return 100 * min(self.shares)

    def above(self, other: "Score") -> int:
        return sum(a > b for a, b in zip(self.shares, other.shares, strict=True))


def measures() -> list[Measure]:
    """Measure the aims of section 9 of the design, and the alternatives in the same worlds."""
    worlds = [World(seed) for seed in range(WORLDS)]
    scores = {name: score(buyer, worlds) for name, buyer in BUYERS.items()}
    ours, equal = scores.pop(OURS), scores["equal split"]
    concave = score(with_trials, [World(seed, steep=False) for seed in range(WORLDS)])
    times = sorted(milliseconds(world) for world in worlds[:5])
    return [
        Measure(
            f"results of {WORLDS} worlds against the oracle, mean",
            ours.mean,
            "%",
            Aim(">=", 96),
            {name: one.mean for name, one in scores.items()},
        ),
        Measure(
            "the same, worst world",
            ours.worst,
            "%",
            Aim(">=", 92),
            {name: one.worst for name, one in scores.items()},
        ),
        Measure(
            "worlds above the equal split",
            ours.above(equal),
            "worlds",
            Aim(">=", WORLDS),
            {name: one.above(equal) for name, one in scores.items() if one is not equal},
        ),
        Measure("the same with no S-shaped curve, mean", concave.mean, "%"),
        Measure("the same with no S-shaped curve, worst world", concave.worst, "%"),
        Measure(f"learn {LINES} lines x {DAYS} days", times[len(times) // 2], "ms", Aim("<=", 200)),
    ]


def score(buyer: Buyer, worlds: list[World]) -> Score:
    return Score([flown(world, buyer).results / world.best for world in worlds])


def flown(world: World, buyer: Buyer) -> Flight:
    flight = Flight(world)
    for _ in range(DAYS):
        flight.spend(buyer(flight))
    return flight


def milliseconds(world: World) -> float:
    """Time the whole posterior on the last day; the best of some runs, for others share the machine."""
    flight, times = flown(world, equal), []
    for _ in range(RUNS):
        started = perf_counter()
        learned(flight)
        times.append(perf_counter() - started)
    return min(times) * 1000


# ------------------------------------------------------------------ how people split now
def equal(flight: Flight) -> Amounts:
    return dict.fromkeys((line.id for line in flight.world.lines), flight.world.budget // LINES)


def historical(flight: Flight) -> Amounts:
    """Split as ever: a habit that knows nothing of the curves."""
    random = Random(f"habit {flight.world.seed}")  # noqa: S311 (a world, no secret)
    habits = {line.id: random.lognormvariate(0, 0.5) for line in flight.world.lines}
    total = sum(habits.values())
    return {line: int(flight.world.budget * habit / total) for line, habit in habits.items()}


def by_rule(flight: Flight) -> Amounts:
    """Each day move a fifth of the line with the worst average of the last week to the one with the best."""
    if not flight.amounts:
        return equal(flight)
    amounts = dict(flight.amounts[-1])
    since = flight.today - timedelta(days=7)
    spent, brought = dict.fromkeys(amounts, 0), dict.fromkeys(amounts, 0.0)
    for reading in {(one.line, one.day): one for one in flight.readings if one.day >= since}.values():
        spent[reading.line] += reading.spend
        brought[reading.line] += reading.results or 0.0
    ranked = sorted((line for line in amounts if spent[line]), key=lambda line: brought[line] / spent[line])
    moved = amounts[ranked[0]] // 5
    amounts[ranked[0]] -= moved
    amounts[ranked[-1]] += moved
    return amounts


# ------------------------------------------------------------------ the same learner, other rules
def learned(flight: Flight) -> dict[str, Learned]:
    return learn(flight.world.facts, flight.readings, flight.today)


def of_the_mean(flight: Flight) -> Amounts:
    return flight.world.split(means(learned(flight)))


def with_trials(flight: Flight) -> Amounts:
    """Split for the mean, with a floor under what is worth a trial: what allocate_budget does."""
    found = learned(flight)
    problem = flight.world.problem(means(found), trials(found, flight.world.budget))
    return allocate(problem).allocations


def thompson(flight: Flight) -> Amounts:
    """Split as is best for one draw of each line's curve."""
    return flight.world.split(drawn(flight, learned(flight), 0))


def averaged(flight: Flight) -> Amounts:
    """Split as is best for each of eight draws, and take the mean of the splits."""
    found = learned(flight)
    splits = [flight.world.split(drawn(flight, found, number)) for number in range(8)]
    return {line: sum(split[line] for split in splits) // 8 for line in found}


def means(found: Mapping[str, Learned]) -> dict[str, Any]:
    return {line: one.response.model_dump() for line, one in found.items()}


def drawn(flight: Flight, found: Mapping[str, Learned], number: int) -> dict[str, Any]:
    random = Random(f"draw {number} {flight.world.seed} {flight.today}")  # noqa: S311 (a world, no secret)
    return {line: {"kind": "hill", **random.choice(one.draws)._asdict()} for line, one in found.items()}


OURS = "posterior mean with trials"
BUYERS: dict[str, Buyer] = {
    OURS: with_trials,
    "posterior mean": of_the_mean,
    "averaged draws": averaged,
    "Thompson": thompson,
    "a fifth to the best average": by_rule,
    "historical split": historical,
    "equal split": equal,
}
