"""What a release makes of held deliveries: a plan that is shown first, and never a burst."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Protocol

from parution.publishing.deliveries import Change, Delivery, State, cancelled, released
from parution.publishing.dispatch import following, minute_of
from parution.records import Instant, Record

# Between two posts of one channel, unless a person says otherwise; and the least that one may say.
SPACING, LEAST_SPACING = timedelta(minutes=10), timedelta(minutes=1)

# The first comes so much later at least: its ticket has a way to go, and a slip can still be held.
_LEAD = timedelta(minutes=1)

# What is about to appear on a channel, or may have.
_ON_ITS_WAY = frozenset({State.PLANNED, State.AWAITING_APPROVAL, State.SENDING, State.CHECKING})

# A later part of a sequence was never out while the part that it answers was held, however it ended then.
_CANCELLABLE = frozenset({State.PLANNED, State.AWAITING_APPROVAL})
_RETURNABLE = _CANCELLABLE | {State.MISSED, State.SKIPPED}


class Way(StrEnum):
    """How what was held comes back."""

    SPACED = "spaced"  # one after the other, from now on
    SHIFT = "shift"  # each in the next free slot of its channel
    DROP = "drop"  # not at all


class Manner(Record):
    """The way that a person chose; no two posts of a channel come closer than ``spacing``."""

    way: Way = Way.SPACED
    spacing: timedelta = SPACING


class Slots(Protocol):
    def after(self, delivery: Delivery, moment: datetime) -> Iterator[datetime]:
        """Give without end the instants after ``moment`` at which a delivery may stand."""


class Step(Record):
    """One delivery and its instant after the release; without one it is dropped."""

    delivery: Delivery
    at: Instant | None

    @property
    def sequence(self) -> tuple[str, str, str]:
        return self.delivery.brand, self.delivery.post, self.delivery.channel

    def taken(self, change: Change, *, to_prepare: bool = False) -> Delivery:
        """Give the delivery as it shall stand."""
        if self.at is None:
            return cancelled(self.delivery, change, dropped=True)
        return released(self.delivery, self.at, change, to_prepare=to_prepare)


def steps_of(
    rows: Iterable[Delivery], held: Collection[str], manner: Manner, now: datetime, slots: Slots
) -> tuple[Step, ...]:
    """Plan the release of the ``held`` (ids) among all deliveries of their channels.

    What is still ahead keeps its instant. A sequence comes back whole and at one instant, its last part
    first: as long as its held part stands, a release that was cut off finds the sequence again.
    """
    channels: defaultdict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for row in rows:
        channels[row.brand, row.channel].append(row)
    steps = chain.from_iterable(
        _on_channel(channel, held, manner, now, slots) for channel in channels.values()
    )
    return tuple(sorted(steps, key=lambda step: (step.at or now, step.sequence, -step.delivery.part)))


def _on_channel(
    channel: Sequence[Delivery], held: Collection[str], manner: Manner, now: datetime, slots: Slots
) -> Iterator[Step]:
    sequences = list(_sequences(channel, held, manner.way))
    kept = [row for parts in sequences if parts[0].due_at > now for row in parts if row.id in held]
    yield from (Step(delivery=row, at=row.due_at) for row in kept)
    late = sorted(
        (parts for parts in sequences if parts[0].due_at <= now), key=lambda parts: _order(parts[0])
    )
    moving = {row.id for parts in late for row in parts}
    others = [row for row in channel if row.state in _ON_ITS_WAY and row.id not in moving]
    taken = [_stands_at(row, now) for row in (*kept, *others)]
    taken = sorted([*taken, *(row.published_at for row in channel if row.published_at)])
    for parts in late:
        at = _place(parts[0], taken, manner, now, slots)
        yield from (Step(delivery=row, at=at) for row in parts)
        if at:
            insort(taken, at)


def _sequences(channel: Iterable[Delivery], held: Collection[str], way: Way) -> Iterator[list[Delivery]]:
    """Give each held delivery with the later parts that wait for it."""
    may_follow = _CANCELLABLE if way is Way.DROP else _RETURNABLE
    groups: defaultdict[str, dict[int | None, Delivery]] = defaultdict(dict)
    for row in sorted(channel, key=lambda row: row.part):
        group = groups[row.post]
        if row.id in held or (row.under in group and row.state in may_follow and row.attempt is None):
            group[row.part] = row
    return (list(group.values()) for group in groups.values() if group)


def _order(delivery: Delivery) -> tuple[datetime, str]:
    return delivery.due_at, delivery.id


def _stands_at(row: Delivery, now: datetime) -> datetime:
    is_out = row.state in {State.SENDING, State.CHECKING} and row.attempt is not None
    return row.attempt.at if is_out and row.attempt else max(row.due_at, now)


def _place(
    delivery: Delivery, taken: Sequence[datetime], manner: Manner, now: datetime, slots: Slots
) -> datetime | None:
    first = following(minute_of(now + _LEAD))
    match manner.way:
        case Way.DROP:
            return None
        case Way.SPACED:
            return _next_free(first, taken, manner.spacing)
        case Way.SHIFT:
            free = (at for at in slots.after(delivery, first) if _next_free(at, taken, manner.spacing) == at)
            return next(free)


def _next_free(at: datetime, taken: Sequence[datetime], spacing: timedelta) -> datetime:
    """Give the first instant from ``at`` on that nothing taken (sorted) is nearer to than ``spacing``."""
    place = bisect_right(taken, at - spacing)
    while place < len(taken) and taken[place] < at + spacing:
        at = taken[place] + spacing
        place += 1
    return at
