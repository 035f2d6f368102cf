"""From readings to days that can be summed: carried spend, and what each day counts for."""

from collections.abc import Sequence
from datetime import date
from math import fsum

from parution.measuring.evidence import Belief, Day, evidence_of, posterior
from parution.measuring.hills import place_of
from parution.measuring.learned import LineFacts
from parution.measuring.readings import Delay, Reading
from parution.measuring.seasons import Residual, noise_of, usual_noise, weekdays

# What came before a line's first days is not known, nor what it carried into them.
_UNKNOWN_BEFORE = 3
# A gap this long is a line that was off; a shorter one is days that nobody read.
_OFF = 3
_FAINT = 1e-3  # of the reference: an effect that has worn off


def days_of(line: LineFacts, readings: Sequence[Reading], delay: Delay) -> tuple[Day, ...]:
    """Give the days that can teach something: with spend, or with an effect carried into them."""
    spends = [_effective(readings, carry) for carry in line.carries]
    carried = any(line.carries)
    days = []
    for reading, effective in zip(readings, zip(*spends, strict=True), strict=True):
        shares = [spend / line.reference for spend in effective]
        if max(shares) > _FAINT:
            known = delay.share(reading.age)
            places = tuple(place_of(max(share, _FAINT)) for share in shares)
            days.append(Day(reading.day, places, reading.results or 0.0, known, known))
    return tuple(days[_UNKNOWN_BEFORE:] if carried else days)


def _effective(readings: Sequence[Reading], carry: float) -> list[float]:
    """Give each day's spend with what earlier ones carried into it, scaled so that a steady spend stays."""
    if not carry or not readings:
        return [float(reading.spend) for reading in readings]
    first = readings[:_UNKNOWN_BEFORE]
    state = fsum(one.spend for one in first) / len(first)
    effective, last = [], readings[0].day
    for reading in readings:
        gap = (reading.day - last).days
        state = carry * state * (carry ** (gap - 1) if gap > _OFF else 1.0) + (1 - carry) * reading.spend
        effective.append(state)
        last = reading.day
    return effective


def weighed(
    lines: Sequence[tuple[Day, ...]], beliefs: Sequence[Belief], today: date
) -> list[tuple[Day, ...]]:
    """Give the days with their weekdays' factors and weights, from what a first fit leaves unexplained."""
    first = [_typical(days, today) for days in lines]
    left = [_residuals(days, belief) for days, belief in zip(first, beliefs, strict=True)]
    factors = weekdays(one for line in left for one in line)
    return [_weighed(days, found, factors, today) for days, found in zip(lines, left, strict=True)]


def _typical(days: tuple[Day, ...], today: date) -> tuple[Day, ...]:
    results = [day.results for day in days]
    noise, mean = usual_noise(results), fsum(results) / max(1, len(results))
    return tuple(day._replace(weight=noise.weight(mean, day.known, (today - day.day).days)) for day in days)


def _residuals(days: tuple[Day, ...], belief: Belief) -> list[Residual]:
    if not days:
        return []
    top = max(posterior(evidence_of(days, len(belief.carries)), belief))
    return [Residual(day.day, day.results, top.expected(day), day.weight) for day in days]


def _weighed(
    days: tuple[Day, ...], left: Sequence[Residual], factors: Sequence[float], today: date
) -> tuple[Day, ...]:
    fit = [one._replace(expected=one.expected * factors[one.day.weekday()]) for one in left]
    noise = noise_of(fit)
    return tuple(
        day._replace(
            worth=day.known * factors[day.day.weekday()],
            weight=noise.weight(one.expected, day.known, (today - day.day).days),
        )
        for day, one in zip(days, fit, strict=True)
    )
