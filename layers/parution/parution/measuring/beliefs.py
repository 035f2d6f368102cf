"""What is believed of a line before its own days speak: a person's prior, published costs, the other lines.

A line's cost is its published one times what all lines are off, its network, its format and itself. What the
other lines' days say of the first three is believed before its own days are looked at; so are how wide and
how steep their curves are. A person's own prior is moved by nobody but the line's own days.
"""

from collections.abc import Sequence
from functools import cache
from math import exp, fsum, log
from typing import NamedTuple

from parution.measuring.evidence import Belief, Evidence, Part, posterior
from parution.measuring.hills import HALVES, SHAPES, SLOPES, Shape
from parution.measuring.learned import LineFacts
from parution.measuring.levels import Level
from parution.measuring.pooling import Guess, Seen, from_the_others
from parution.measuring.priors import usual

# Half of the effect is reached around the even share, two times in three between a half and 2.7 times it.
_HALF = Guess(0.2, 0.8)
# Known tools let slopes range from 0.5 to 3 (Robyn) and centre them on 1, or on 2 for reach (Meridian).
_SLOPES = (0.08, 0.32, 0.20, 0.18, 0.13, 0.09)
# How costs differ from the published ones, as standard deviations of the logarithm: all lines alike (an
# order is no click), those of one network, of one format, and each by itself.
_COMMON, _NETWORK, _FORMAT, _OWN = 2.0, 0.35, 0.25, 0.6
# How far the half spends of all lines are off together, and what the usual slopes count for, in lines.
_COMMON_HALF, _USUAL_SLOPES = 0.5, 4.0
# Before anything is known an even share buys this many results; the first days correct it.
_RESULTS_OF_A_SHARE = 10.0
_NONE = (0.0,) * len(SLOPES)
_FAINT = 0.02  # of a belief's precision: days that add less than this to it say nothing


class Begun(NamedTuple):
    """A line on its way to a curve; ``cost`` is what published costs come to before any day has spoken."""

    facts: LineFacts
    cost: float
    guess: Guess  # of the cost's logarithm
    belief: Belief
    evidence: Evidence
    half: Guess = _HALF

    @property
    def parts(self) -> list[Part]:
        return posterior(self.evidence, self.belief)


def published_costs(lines: Sequence[LineFacts]) -> list[float]:
    """Give what published costs come to, on a scale on which an average even share buys a few results."""
    logs = [log(usual(line.network, line.format).cost) for line in lines]
    shares = [log(line.reference) for line in lines]
    scale = (fsum(shares) - fsum(logs)) / max(1, len(lines)) - log(_RESULTS_OF_A_SHARE)
    return [exp(one + scale) for one in logs]


def first_guess(cost: float) -> Guess:
    return Guess(log(cost), (_COMMON**2 + _NETWORK**2 + _FORMAT**2 + _OWN**2) ** 0.5)


def first_belief(line: LineFacts, guess: Guess) -> Belief:
    return _belief(line, guess, _HALF, _SLOPES)


def _belief(line: LineFacts, cost: Guess, half: Guess, slopes: Sequence[float]) -> Belief:
    if line.prior:
        cost = Guess(log(line.prior.cost_per_result), line.prior.sd)
    level = Level.believed(log(line.reference) - cost.mean, cost.sd)
    rates = tuple(level.rate if line.prior else level.rate / exp(_lift(shape)) for shape in SHAPES)
    chance = -log(len(line.carries))
    return Belief(level.shape, rates, _shapes(half, tuple(slopes)), tuple(chance for _ in line.carries))


@cache
def _lift(shape: Shape) -> float:
    """Give the logarithm of how many times more the reference brings than where a result costs as much.

    A published cost is held to be what a result costs where half of the effect is reached.
    """
    return log(2 * shape.value(1.0)) + shape.half


def _shapes(half: Guess, slopes: tuple[float, ...]) -> tuple[float, ...]:
    near = [-0.5 * ((one - half.mean) / half.sd) ** 2 for one in HALVES]
    # Scaled to add up to 1, so that evidence of one belief can be compared with that of another.
    total = log(fsum(exp(one) for one in near) * fsum(slopes))
    return tuple(log(chance) + one - total for chance in slopes for one in near)


# ------------------------------------------------------------------ lines that learn from each other
def pooled(lines: Sequence[Begun]) -> list[Begun]:
    """Let each line believe, before its own days, what the others' days make likely."""
    parts = [line.parts for line in lines]
    costs = _costs_from_others(lines, parts)
    halves = _halves_from_others(lines, parts)
    slopes = _slopes_from_others(lines, parts)
    rows = zip(lines, costs, halves, slopes, strict=True)
    return [
        line._replace(belief=_belief(line.facts, cost, half, chances), guess=cost, half=half)
        for line, cost, half, chances in rows
    ]


def _costs_from_others(lines: Sequence[Begun], parts: Sequence[list[Part]]) -> list[Guess]:
    seen = [_seen_cost(line, found) for line, found in zip(lines, parts, strict=True)]
    spreads = {"all": _COMMON}
    for line in lines:
        spreads |= {f"network {line.facts.network}": _NETWORK, f"format {line.facts.format}": _FORMAT}
    guesses = from_the_others(seen, spreads, _OWN)
    return [Guess(log(line.cost) + off.mean, off.sd) for line, off in zip(lines, guesses, strict=True)]


def _seen_cost(line: Begun, parts: Sequence[Part]) -> Seen:
    """Give how far a line's cost is off the published one, by its own days and its stated prior alone."""
    effects = "all", f"network {line.facts.network}", f"format {line.facts.format}"
    means = [part.level.log_mean - _lift(part.shape) for part in parts]
    mean = fsum(part.probability * one for part, one in zip(parts, means, strict=True))
    spread = fsum(
        part.probability * (part.level.log_sd**2 + (one - mean) ** 2)
        for part, one in zip(parts, means, strict=True)
    )
    off = log(line.facts.reference) - log(line.cost) - mean
    if line.facts.prior:
        return Seen(effects, off, spread)
    before = Guess(line.guess.mean - log(line.cost), line.guess.sd)
    own = _without(Guess(off, spread**0.5), before)
    return Seen(effects, own.mean, own.sd**2) if own else Seen(effects)


def _halves_from_others(lines: Sequence[Begun], parts: Sequence[list[Part]]) -> list[Guess]:
    seen = [_seen_half(line, found) for line, found in zip(lines, parts, strict=True)]
    own = (_HALF.sd**2 - _COMMON_HALF**2) ** 0.5
    offs = from_the_others(seen, {"all": _COMMON_HALF}, own)
    return [Guess(_HALF.mean + off.mean, off.sd) for off in offs]


def _seen_half(line: Begun, parts: Sequence[Part]) -> Seen:
    mean = fsum(part.probability * part.shape.half for part in parts)
    spread = fsum(part.probability * (part.shape.half - mean) ** 2 for part in parts)
    own = _without(Guess(mean, max(spread, 1e-4) ** 0.5), line.half)
    return Seen(("all",), own.mean - _HALF.mean, own.sd**2) if own else Seen(("all",))


def _without(after: Guess, before: Guess) -> Guess | None:
    """Take a belief out of what it became: give what the days alone say, None where that is nothing."""
    precision = 1 / after.sd**2 - 1 / before.sd**2
    if precision * before.sd**2 < _FAINT:
        return None
    mean = (after.mean / after.sd**2 - before.mean / before.sd**2) / precision
    return Guess(mean, precision**-0.5)


def _slopes_from_others(lines: Sequence[Begun], parts: Sequence[list[Part]]) -> list[tuple[float, ...]]:
    own = [
        _slope_chances(found) if line.evidence.results else _NONE
        for line, found in zip(lines, parts, strict=True)
    ]
    total = [fsum(chances) for chances in zip(_NONE, *own, strict=True)]
    shares = []
    for chances in own:
        others = [_USUAL_SLOPES * a + b - c for a, b, c in zip(_SLOPES, total, chances, strict=True)]
        shares.append(tuple(one / fsum(others) for one in others))
    return shares


def _slope_chances(parts: Sequence[Part]) -> tuple[float, ...]:
    chances = dict.fromkeys(SLOPES, 0.0)
    for part in parts:
        chances[part.shape.slope] += part.probability
    return tuple(chances.values())
