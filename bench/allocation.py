"""The allocator: how fast, how good, and what the ways that people split budgets now would give.

Instances are drawn here, from a fixed seed, as in the published study of peers: hills of slope 1, half of
the ceiling at about 200.00 a day, results per unit of money spread over a factor of seven, a budget that
half-fills them all.
"""

from collections.abc import Callable
from heapq import heapify, heapreplace
from importlib import import_module
from importlib.util import find_spec
from math import fsum
from random import Random
from statistics import median
from time import perf_counter
from typing import NamedTuple

from bench.measure import Aim, Measure
from parution.buying.allocator import allocate
from parution.buying.curves import Hill
from parution.buying.problems import Problem

type Split = dict[str, float]

RUNS = 7


class Timed(NamedTuple):
    milliseconds: float
    results: float


def measures() -> list[Measure]:
    """Measure the aims of section 9 of the design, and the alternatives on the same instances."""
    small, middle, large = instance(20), instance(100), instance(1_000)
    ours = {len(problem.lines): best_time(problem) for problem in (small, middle, large)}
    return [
        Measure("allocate 1,000 concave lines, certified", ours[1_000].milliseconds, "ms", Aim("<=", 25)),
        Measure("gap proven, 1,000 lines", gap(large), "ratio", Aim("<=", 1e-6)),
        Measure("budget not spent, 1,000 lines", unspent(large), "minor units", Aim("==", 0)),
        Measure(
            "results lost against the proven bound, 1,000 lines",
            lost(large, ours[1_000].results),
            "%",
            Aim("<=", 1e-4),
            {"equal split": lost(large, value(large, equal(large))), **proportions(large)},
        ),
        Measure(
            "allocate 20 lines",
            ours[20].milliseconds,
            "ms",
            None,
            {"cent by cent": timed(lambda: cent_by_cent(small)), **slsqp(small)},
        ),
        Measure("allocate 100 lines", ours[100].milliseconds, "ms", None, slsqp(middle)),
        Measure("results beyond cent by cent, 20 lines", beyond_cents(small), "results", Aim(">=", 0)),
    ]


def instance(count: int) -> Problem:
    random = Random(f"allocation {count}")  # noqa: S311 (an instance, no secret)
    halves = [round(random.lognormvariate(9.9, 0.8)) for _ in range(count)]
    lines = [
        {
            "id": f"line-{number:04}",
            "response": {
                "kind": "hill",
                "ceiling": half / 100 * random.lognormvariate(2, 0.5),
                "half_spend": half,
            },
            "cap": 4 * half,
        }
        for number, half in enumerate(halves)
    ]
    budget = sum(halves) // 2
    return Problem.of({"currency": "USD", "budget": budget, "lines": lines})


def best_time(problem: Problem) -> Timed:
    answers = [allocate(problem) for _ in range(RUNS)]
    assert {answer.status for answer in answers} == {"optimal"}
    return Timed(median(answer.seconds for answer in answers) * 1000, answers[0].objective or 0.0)


def timed(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return (perf_counter() - started) * 1000


def gap(problem: Problem) -> float:
    return allocate(problem).gap or 0.0


def unspent(problem: Problem) -> float:
    return allocate(problem).leftover


def lost(problem: Problem, results: float) -> float:
    bound = allocate(problem).upper_bound or 0.0
    return max(0.0, 100 * (bound - results) / bound)


def value(problem: Problem, split: Split) -> float:
    return fsum(curve(line.response).value(int(split[line.id])) for line in problem.lines)


def curve(response: object) -> Hill:
    assert isinstance(response, Hill)
    return response


# ------------------------------------------------------------------ how people split now
def equal(problem: Problem) -> Split:
    return filled(problem, {line.id: 1.0 for line in problem.lines})


def proportions(problem: Problem) -> dict[str, float]:
    weights = {
        "in proportion to the ceilings": {line.id: curve(line.response).ceiling for line in problem.lines},
        "in proportion to the half spends": {
            line.id: curve(line.response).half_spend for line in problem.lines
        },
    }
    return {name: lost(problem, value(problem, filled(problem, weight))) for name, weight in weights.items()}


def filled(problem: Problem, weights: Split) -> Split:
    """Split in proportion, and what a cap keeps back in proportion again over the others."""
    amounts = dict.fromkeys(weights, 0.0)
    caps = {line.id: float(line.cap or problem.budget) for line in problem.lines}
    while (left := problem.budget - sum(amounts.values())) >= 1:
        room = {name: weight for name, weight in weights.items() if amounts[name] < caps[name]}
        total = sum(room.values())
        for name, weight in room.items():
            amounts[name] = min(caps[name], amounts[name] + left * weight / total)
    return amounts


def cent_by_cent(problem: Problem) -> Split:
    """Give each cent to the line where it brings most: right, and as slow as there are cents."""
    curves = [curve(line.response) for line in problem.lines]
    amounts = [0] * len(curves)
    offers = [(-one.gain(0), number) for number, one in enumerate(curves)]
    heapify(offers)
    for _ in range(problem.budget):
        number = offers[0][1]
        amounts[number] += 1
        full = amounts[number] == problem.lines[number].cap
        heapreplace(offers, (0.0 if full else -curves[number].gain(amounts[number]), number))
    return {line.id: float(amount) for line, amount in zip(problem.lines, amounts, strict=True)}


def beyond_cents(problem: Problem) -> float:
    return (allocate(problem).objective or 0.0) - value(problem, cent_by_cent(problem))


def slsqp(problem: Problem) -> dict[str, float]:
    """Time scipy's SLSQP as PyMC-Marketing calls it; nothing where scipy is not installed.

    Its time grows with the cube of the lines: on a thousand it would take minutes.
    """
    if find_spec("scipy") is None:
        return {}
    minimize = import_module("scipy.optimize").minimize
    curves = [curve(line.response) for line in problem.lines]
    budget = problem.budget

    def loss(amounts: list[float]) -> float:
        return -fsum(one.ceiling * x / (one.half_spend + x) for one, x in zip(curves, amounts, strict=True))

    def slope(amounts: list[float]) -> list[float]:
        return [
            -one.ceiling * one.half_spend / (one.half_spend + x) ** 2
            for one, x in zip(curves, amounts, strict=True)
        ]

    def solve() -> object:
        return minimize(
            loss,
            [budget / len(curves)] * len(curves),
            jac=slope,
            method="SLSQP",
            bounds=[(0, line.cap) for line in problem.lines],
            constraints=[{"type": "eq", "fun": lambda amounts: sum(amounts) - budget}],
            options={"ftol": 1e-9, "maxiter": 1_000},
        )

    return {"scipy SLSQP": timed(solve)}
