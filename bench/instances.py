"""Allocation problems, drawn from fixed seeds as in the published study of peers.

Half of the ceiling at about 200.00 a day, results per unit of money spread over a factor of seven, a budget
that half-fills them all. C: concave hills of slope 1. S: S-shaped ones, slopes from 1.3 to 3. T: as C, with
results counted in a unit ten million times as large. M: small lines that are nearly alike, half of the
ceiling at about 20.00, with the daily minimums of platforms.
"""

from random import Random
from typing import Any

from parution.buying.problems import Problem

NAMES = ("C5", "C20", "C100", "C1000", "S5", "S20", "S100", "S1000", "T20", "M20")
_MINIMUMS = (0, 100, 500, 1_000, 2_000, 5_000)


def instance(name: str) -> Problem:
    shape, count = name[0], int(name[1:])
    # T has the lines of C in another unit.
    random = Random(f"allocation {'C' if shape == 'T' else shape}{count}")  # noqa: S311 (an instance, no secret)
    lines = [_line(random, shape, number) for number in range(count)]
    halves = sum(line["response"]["half_spend"] for line in lines)
    return Problem.of({"currency": "USD", "budget": halves // (4 if shape == "M" else 2), "lines": lines})


def _line(random: Random, shape: str, number: int) -> dict[str, Any]:
    half = round(random.lognormvariate(7.6 if shape == "M" else 9.9, 0.8))
    ceiling = half / 100 * random.lognormvariate(2, 0.2 if shape == "M" else 0.5)
    slope = random.uniform(1.3, 3) if shape == "S" else 1.0
    response = {"kind": "hill", "ceiling": ceiling, "half_spend": half, "slope": slope}
    line = {"id": f"line-{number:04}", "response": response, "cap": 4 * half}
    if shape == "T":
        response["ceiling"] = ceiling * 1e-7
    return {**line, "minimum_if_funded": random.choice(_MINIMUMS)} if shape == "M" else line
