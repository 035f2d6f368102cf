"""Lines and readings to learn from, without chance unless it is asked for."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from math import exp, pow  # noqa: A004 (the one for floats alone)
from random import Random
from typing import Any

from parution.measuring.learned import LineFacts
from parution.measuring.readings import Reading

FIRST = date(2026, 3, 2)  # a Monday
SHARE = 5_000


def a_line(name: str = "fb-video", **facts: Any) -> LineFacts:
    known = {"network": "facebook", "format": "video", "reference": float(SHARE), **facts}
    return LineFacts(id=name, **known)


def day(number: int) -> date:
    """Give a day of the flight, the first being 1."""
    return FIRST + timedelta(days=number - 1)


def morning(number: int) -> datetime:
    return datetime.combine(day(number), time(5), UTC)


def a_reading(
    number: int, spend: int, results: float | None, *, line: str = "fb-video", read_on: int = 60
) -> Reading:
    """Give a day's figures; unless it says otherwise, read when all of its results were in."""
    return Reading(line, day(number), spend, results, morning(read_on))


def hill(spend: float, ceiling: float = 60.0, half: float = 5_000.0, slope: float = 1.0) -> float:
    reached = pow(spend, slope)
    return ceiling * reached / (pow(half, slope) + reached)


def varied(days: int, *, line: str = "fb-video", seed: int = 1, **curve: float) -> list[Reading]:
    """Give days whose spends differ and whose results are counts around a hill."""
    random = chance(f"{line} {seed}")
    spends = [round(SHARE * exp(random.uniform(-1.2, 1.2))) for _ in range(days)]
    return [
        a_reading(number, spend, float(counted(random, hill(spend, **curve))), line=line)
        for number, spend in enumerate(spends, start=1)
    ]


def chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311 (a test's own chance, no secret)


def counted(random: Random, mean: float) -> int:
    """Draw a Poisson count."""
    return random.binomialvariate(100_000, min(1.0, mean / 100_000))


def steady(numbers: Iterable[int], results: float, spend: int = SHARE, **facts: Any) -> list[Reading]:
    return [a_reading(number, spend, results, **facts) for number in numbers]
