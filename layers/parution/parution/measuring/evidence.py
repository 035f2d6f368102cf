"""What a line's days say of its curve: the posterior, exact on a lattice of hills.

A day's results r have the mean level * f * g(x), where g is a hill scaled to 1 at the reference spend, the
level is the results of a day there, and f what the day is worth (its weekday, the share that is known yet).
Their variance is weighed by w (`seasons`), and the level is Gamma(a, b) before. Then, for one hill,

    level after:  Gamma(a + sum w r, b + sum w f g)
    evidence:     exp(sum w r ln g) b^a Gamma(a + sum w r) / (Gamma(a) (b + sum w f g)^(a + sum w r))

so that only the hill is left to try out: a few hundred of them, whose sums are slices of one table. A line
that once changed has two levels and keeps its hill; the day of the change is the likeliest one.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate
from math import exp, fsum, lgamma, log
from typing import NamedTuple

from parution.measuring.hills import SHAPES, Shape, Sums, sums
from parution.measuring.levels import Level

# A line changes about once in two months (a creative that wears out, an audience that is used up), and
# then by a factor that two times in three lies between a half and twice.
_HAZARD = 1 / 60
_SHIFT = Level.believed(0.0, 0.7)
# A change must leave this many days on either side to be seen as one.
_DAYS_APART = 3
_NEGLIGIBLE = 1e-3  # of the likeliest hill
_WORTH_A_LOOK = 2.0  # of the logarithm of the evidence; less than this would not outweigh the hazard


class Day(NamedTuple):
    """A line's day: ``places`` are where its spend stands in the tables, one for each carry-over tried.

    ``known`` is the share of its results that is in, ``worth`` that share times its weekday's factor, and
    ``weight`` what it counts for, in plain counts.
    """

    day: date
    places: tuple[int, ...]
    results: float
    known: float = 1.0
    worth: float = 1.0
    weight: float = 1.0


class Change(NamedTuple):
    """When a line's level may have changed, what the days since then say, and the odds before looking."""

    day: date
    results: float
    sums: tuple[Sums, ...]
    odds: float


class Evidence(NamedTuple):
    """All that the days say; ``sums`` has one entry for each carry-over tried."""

    results: float
    sums: tuple[Sums, ...]
    change: Change | None = None


class Part(NamedTuple):
    """One hill that the line may have, how likely it is, and its level then."""

    probability: float
    shape: Shape
    level: Level
    carry: int = 0  # which of the carry-overs tried
    times: float = 0.0  # after a change: its level over the earlier one; 0 without one

    @property
    def ceiling(self) -> float:
        """Give what multiplies the hill to give a day's mean results."""
        return self.level.mean * (1 + exp(self.shape.slope * self.shape.half))

    def expected(self, day: Day) -> float:
        return self.ceiling * self.shape.at(day.places[self.carry]) * day.worth


class Belief(NamedTuple):
    """What is believed before: the level, and the logarithm of each hill's probability.

    ``rates`` are the level's under each hill: where the effect begins late, a day at the reference is
    believed to bring less.
    """

    shape: float
    rates: tuple[float, ...]
    shapes: tuple[float, ...]
    carries: tuple[float, ...] = (0.0,)  # logarithms too


def evidence_of(days: Sequence[Day], carries: int = 1) -> Evidence:
    return Evidence(fsum(day.weight * day.results for day in days), _sums(days, carries))


def with_change(evidence: Evidence, days: Sequence[Day], belief: Belief) -> Evidence:
    """Add the likeliest day of a change of level, if any is worth a look under the likeliest hill."""
    top = max(posterior(evidence, belief))
    before = Level(belief.shape, belief.rates[SHAPES.index(top.shape)])
    found = list(_changes(days, top, before))
    best, first = max(found, default=(0.0, 0))
    if best < _WORTH_A_LOOK:
        return evidence
    later = days[first:]
    odds = _HAZARD * fsum(exp(one - best) for one, _ in found)
    seen = evidence_of(later, len(belief.carries))
    return evidence._replace(change=Change(later[0].day, seen.results, seen.sums, odds))


def posterior(evidence: Evidence, belief: Belief) -> list[Part]:
    """Give the hills that are not out of the question, with probabilities that add up to 1."""
    blocks = [*_unchanged(evidence, belief), *_changed(evidence, belief)]
    most = max(max(block.logs) for block in blocks)
    weights = [[exp(one - most) for one in block.logs] for block in blocks]
    kept = [
        (weight, block, place)
        for row, block in zip(weights, blocks, strict=True)
        for place, weight in enumerate(row)
        if weight > _NEGLIGIBLE
    ]
    total = fsum(weight for weight, _, _ in kept)
    return [block.part(weight / total, place) for weight, block, place in kept]


def _sums(days: Sequence[Day], carries: int) -> tuple[Sums, ...]:
    return tuple(
        sums((day.places[carry], day.weight * day.results, day.weight * day.worth) for day in days)
        for carry in range(carries)
    )


class _Block(NamedTuple):
    """All hills under one carry-over, with or without a change: evidence, and the level's rate."""

    logs: list[float]
    shape: float
    rates: list[float]
    carry: int
    old_shape: float = 0.0  # of the level before a change
    old_rates: Sequence[float] = ()

    def part(self, probability: float, place: int) -> Part:
        level = Level(self.shape, self.rates[place])
        times = level.mean / Level(self.old_shape, self.old_rates[place]).mean if self.old_rates else 0.0
        return Part(probability, SHAPES[place], level, self.carry, times)


def _unchanged(evidence: Evidence, belief: Belief) -> Iterator[_Block]:
    shape = belief.shape + evidence.results
    constant = lgamma(shape) - lgamma(belief.shape)
    for carry, (chance, seen) in enumerate(zip(belief.carries, evidence.sums, strict=True)):
        rates = [rate + exposure for rate, exposure in zip(belief.rates, seen.exposures, strict=True)]
        rows = zip(belief.shapes, seen.logs, belief.rates, rates, strict=True)
        logs = [
            chance + constant + likely + told + belief.shape * log(rate) - shape * log(after)
            for likely, told, rate, after in rows
        ]
        yield _Block(logs, shape, rates, carry)


def _changed(evidence: Evidence, belief: Belief) -> Iterator[_Block]:
    if evidence.change is None:
        return
    change = evidence.change
    old, new = belief.shape + evidence.results - change.results, _SHIFT.shape + change.results
    constant = lgamma(old) - lgamma(belief.shape) + lgamma(new) - lgamma(_SHIFT.shape) + log(change.odds)
    for carry, (chance, seen, later) in enumerate(
        zip(belief.carries, evidence.sums, change.sums, strict=True)
    ):
        exposures = zip(belief.rates, seen.exposures, later.exposures, strict=True)
        olds = [rate + all_ - new_ for rate, all_, new_ in exposures]
        # Before the change is looked at, the new level is like the old one, give or take.
        scales = [_SHIFT.rate * rate / old for rate in olds]
        rates = [scale + exposure for scale, exposure in zip(scales, later.exposures, strict=True)]
        firsts = [
            chance + constant + likely + told + belief.shape * log(rate)
            for likely, told, rate in zip(belief.shapes, seen.logs, belief.rates, strict=True)
        ]
        rows = zip(firsts, olds, scales, rates, strict=True)
        logs = [
            first - old * log(rate) + _SHIFT.shape * log(scale) - new * log(late)
            for first, rate, scale, late in rows
        ]
        yield _Block(logs, new, rates, carry, old, olds)


def _changes(days: Sequence[Day], top: Part, before: Level) -> Iterator[tuple[float, int]]:
    """Give for each day on which the level may have changed how much better it explains the days."""
    results = list(accumulate(day.weight * day.results for day in days))
    exposures = list(accumulate(_exposure(day, top) for day in days))
    if len(days) < 2 * _DAYS_APART:
        return
    none = _log_evidence(before, results[-1], exposures[-1])
    for last in range(_DAYS_APART - 1, len(days) - _DAYS_APART):
        old = Level(before.shape + results[last], before.rate + exposures[last])
        new = Level(_SHIFT.shape, _SHIFT.rate * old.rate / old.shape)
        later = _log_evidence(new, results[-1] - results[last], exposures[-1] - exposures[last])
        yield _log_evidence(before, results[last], exposures[last]) + later - none, last + 1


def _exposure(day: Day, top: Part) -> float:
    return day.weight * day.worth * top.shape.at(day.places[top.carry]) / top.shape.value(1.0)


def _log_evidence(level: Level, results: float, exposure: float) -> float:
    shape, rate = level.shape + results, level.rate + exposure
    return lgamma(shape) - lgamma(level.shape) + level.shape * log(level.rate) - shape * log(rate)
