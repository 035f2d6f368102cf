"""The ledger's rules: what each event does to a line's day, and the entries that say so.

Raise: reserve, set the absolute amount, read it back, commit. Lower: set, read back, release. While
nobody knows whether a change was made, the larger amount stays reserved. A day's amount counts as the most
that the platform may make of it, and only on that day: the platform stops the ad object when it ends.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from parution.buying.campaigns import Entry, Kind, LineDay

OVERSPENT = "the platform spent more than it was told"
LATE = "spent before its amount was lowered or its day closed, and reported after"
RESTATED = "the platform restated its spend downward"
REPORTED = "the platform reported its spend"


class Note(NamedTuple):
    """Who, why and when, for every entry of a change."""

    actor: str
    cause: str
    at: datetime


class Change(NamedTuple):
    """A line's day as it shall stand, and the entries of the difference."""

    after: LineDay
    entries: list[Entry]


class Effect(NamedTuple):
    """What entries add to an account's balances."""

    spent: int
    reserved: int
    needs_room: bool  # a reservation that lifts exposure, which the cap may refuse; spend is a fact

    @property
    def exposure(self) -> int:
        return self.spent + self.reserved


def effect(entries: Iterable[Entry]) -> Effect:
    sums = dict.fromkeys(("reserved", "released", "committed", "spent"), 0)
    for entry in entries:
        sums[entry.kind] += entry.amount
    reserved = sums["reserved"] + sums["released"]
    return Effect(sums["spent"], reserved, sums["reserved"] > 0 and reserved + sums["spent"] > 0)


def worst(amount: int, overdelivery: float) -> int:
    """Give the most that a platform may spend on a day for which it was told this amount."""
    return ceil(amount * Fraction(str(overdelivery)))


def is_overspent(day: LineDay) -> bool:
    """Say whether the platform spent more than it may make of the most that it was told."""
    return day.spent > worst(day.told, day.overdelivery)


def asked(day: LineDay, amount: int, overdelivery: float, note: Note) -> Change:
    """Note, before the platform is told, that it will be; a raise is reserved here, nothing is released."""
    times = max(day.overdelivery, overdelivery)
    possible = worst(max(day.known, day.attempted, amount), times)
    return _changed(
        day,
        note,
        attempted=amount,
        told=max(day.told, amount),
        asked_at=note.at,
        overdelivery=times,
        reserved=max(day.reserved, possible - day.spent),
    )


def confirmed(day: LineDay, amount: int, seen: int, note: Note) -> Change:
    """Take the amount read back as the one that stands, and release what it can't spend any more.

    ``seen`` is what the platform says was spent so far: money already gone when the amount was lowered.
    """
    possible = max(worst(amount, day.overdelivery), seen)
    return _changed(
        day, note, known=amount, attempted=amount, asked_at=None, reserved=max(0, possible - day.spent)
    )


def withdrawn(day: LineDay, before: LineDay, note: Note) -> Change:
    """Take back what ``asked`` noted on ``before``: the platform said that it changed nothing."""
    possible = worst(max(day.known, before.attempted), day.overdelivery)
    # An earlier change whose fate is still open keeps its reservation.
    reserved = day.reserved if before.in_doubt else max(0, possible - day.spent)
    return _changed(
        day, note, attempted=before.attempted, asked_at=before.asked_at, told=before.told, reserved=reserved
    )


def booked(day: LineDay, spend: int, actor: str, at: datetime) -> Change | None:
    """Book the day's spend as the platform reports it; None when it is booked already.

    It moves from reserved to spent. More than was reserved is a fact too: its entry names the cause.
    """
    if spend == day.spent:
        return None
    told = worst(day.told, day.overdelivery)
    standing = worst(max(day.known, day.attempted), day.overdelivery)
    possible = max(standing, min(day.reserved + day.spent, told))
    reserved = 0 if day.closed else max(0, possible - spend)
    cause = _cause(day, spend, told, possible)
    return _changed(day, Note(actor, cause, at), spent=spend, reserved=reserved)


def _cause(day: LineDay, spend: int, told: int, possible: int) -> str:
    if spend < day.spent:
        return RESTATED
    if spend > told:
        return OVERSPENT
    return LATE if day.closed or spend > possible else REPORTED


def closed(day: LineDay, note: Note) -> Change:
    """End a day whose figures have settled: nothing more is reserved for it."""
    return _changed(day, note, reserved=0, closed=True)


def _changed(day: LineDay, note: Note, **fields: object) -> Change:
    after = day.model_copy(update={**fields, "fence": day.fence + 1})
    return Change(after, list(_entries(day, after, note)))


def _entries(before: LineDay, after: LineDay, note: Note) -> Iterator[Entry]:
    moved = after.reserved - before.reserved
    amounts: list[tuple[Kind, int]] = [
        ("released", min(moved, 0)),
        ("spent", after.spent - before.spent),
        ("reserved", max(moved, 0)),
        ("committed", after.known - before.known),
    ]
    # The part of the id that is drawn from the content keeps apart two writers that began at one fence.
    content = hashlib.sha256(after.model_dump_json().encode()).hexdigest()[:12]
    for kind, amount in amounts:
        if amount:
            yield Entry(
                brand=after.brand,
                campaign=after.campaign,
                line=after.line,
                day=after.day,
                id=f"{after.day}#{after.line}#{after.fence:06d}-{content}-{kind}",
                kind=kind,
                amount=amount,
                cause=note.cause,
                actor=note.actor,
                at=note.at,
            )
