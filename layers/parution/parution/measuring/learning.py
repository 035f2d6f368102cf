"""What is learned of each line: its response curve with intervals, from a prior and the days read so far.

One call for a campaign: `learn` takes its lines, every reading of their days and the day on which it is
asked, and gives a `Learned` for each line. Nothing is drawn at random: the same inputs give the same answer.
The days are weighed (what is known of them yet, their weekday, their noise), each line's posterior is taken
over all hills, and lines without a prior of their own learn from the others before their own days speak.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from math import fsum

from parution.measuring.beliefs import Begun, first_belief, first_guess, pooled, published_costs
from parution.measuring.drawing import curve_of, draws_of
from parution.measuring.evidence import Part, evidence_of, with_change
from parution.measuring.learned import METHOD, Learned, LineFacts, Shift, interval
from parution.measuring.readings import ORDERS, Delay, Reading, delay_of, newest
from parution.measuring.weighing import days_of, weighed

# The share of a day's effect that is carried to the next, to choose from where the objective has any.
CARRIES = (0.0, 0.3, 0.5, 0.7)

_ROUNDS = 2  # of lines learning from each other; a third changes nothing that can be seen
_LATELY = 7  # days whose mean is the current spend
_SURE_ENOUGH = 0.5  # that a line has changed, to say so


def learn(
    lines: Sequence[LineFacts], readings: Iterable[Reading], today: date, usual: Delay = ORDERS
) -> dict[str, Learned]:
    """Learn the curves of a campaign's lines as of a day, from all readings made until then."""
    read = [one for one in readings if one.read_at.date() <= today]
    kept, delay = newest(read), delay_of(read, usual)
    begun = _begun(lines, kept, delay, today)
    for _ in range(_ROUNDS):
        begun = pooled(begun)
    digest = _digest(lines, kept, delay, today)
    return {line.facts.id: _learned(line, kept.get(line.facts.id, []), digest, today) for line in begun}


def _begun(
    lines: Sequence[LineFacts], kept: Mapping[str, list[Reading]], delay: Delay, today: date
) -> list[Begun]:
    costs = published_costs(lines)
    guesses = [first_guess(cost) for cost in costs]
    beliefs = [first_belief(line, guess) for line, guess in zip(lines, guesses, strict=True)]
    rows = [days_of(line, kept.get(line.id, []), delay) for line in lines]
    begun = []
    weighted = weighed(rows, beliefs, today)
    for line, cost, guess, belief, days in zip(lines, costs, guesses, beliefs, weighted, strict=True):
        evidence = evidence_of(days, len(line.carries))
        begun.append(Begun(line, cost, guess, belief, with_change(evidence, days, belief)))
    return begun


def _digest(lines: Sequence[LineFacts], kept: Mapping[str, list[Reading]], delay: Delay, today: date) -> str:
    inputs = [METHOD, today.isoformat(), delay.known, [line.model_dump() for line in lines], kept]
    return sha256(json.dumps(inputs, default=str, sort_keys=True).encode()).hexdigest()


def _learned(line: Begun, readings: Sequence[Reading], digest: str, today: date) -> Learned:
    facts, parts = line.facts, line.parts
    draws = draws_of(parts, facts.reference)
    current = _current(readings) or round(facts.reference)
    return Learned(
        digest=digest,
        line=facts.id,
        as_of=today,
        response=curve_of(parts, facts.reference),
        days=sum(one.spend > 0 for one in readings),
        results=fsum(one.results or 0.0 for one in readings),
        spend=sum(one.spend for one in readings),
        current=current,
        prior_weight=fsum(part.probability * line.belief.shape / part.level.shape for part in parts),
        cost_per_result=interval([current / draw.value(current) for draw in draws]),
        results_now=interval([draw.value(current) for draw in draws]),
        half_spend=interval([draw.half_spend for draw in draws]),
        slope=interval([draw.slope for draw in draws]),
        carry_over=fsum(part.probability * facts.carries[part.carry] for part in parts),
        change=_shift(line, parts),
        draws=draws,
    )


def _current(readings: Sequence[Reading]) -> int:
    spends = [one.spend for one in readings if one.spend > 0][-_LATELY:]
    return round(sum(spends) / len(spends)) if spends else 0


def _shift(line: Begun, parts: Sequence[Part]) -> Shift | None:
    changed = [part for part in parts if part.times]
    sure = fsum(part.probability for part in changed)
    if line.evidence.change is None or sure < _SURE_ENOUGH:
        return None
    times = fsum(part.probability * part.times for part in changed) / sure
    return Shift(day=line.evidence.change.day, times=times, probability=sure)
