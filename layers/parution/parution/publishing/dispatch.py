"""When a ticket is sent, and how long the queue keeps it back."""

from collections.abc import Iterator
from datetime import datetime, timedelta

# The tick comes once a minute and its own precision is 60 s: five minutes cover four lost ones.
LOOK_AHEAD = timedelta(minutes=5)

# What is written inside the look-ahead may be missed by the tick that takes its minute at that moment
# (the index is eventually consistent), so whoever writes it sends it too; a second ticket is harmless.
MARGIN = timedelta(minutes=2)

# Overdue by more than this and still in the index: its message was lost, or its worker died.
OVERDUE = timedelta(seconds=45)

# The sweep leaves a minute for good when it has been empty for so long that no write can still appear.
SETTLED = timedelta(minutes=10)

# A worker holds a ticket at most so long; one that comes earlier goes back to the queue. With a network's
# 30 s for the commit it stays below the function's 90 s.
LONGEST_HOLD = timedelta(seconds=45)

_MINUTE = timedelta(minutes=1)


def minute_of(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    """Give each minute from ``first`` to ``last``, both included."""
    while first <= last:
        yield first
        first += _MINUTE


def following(mark: datetime) -> datetime:
    return mark + _MINUTE


def is_soon(wake_at: datetime, now: datetime) -> bool:
    """Say whether the tick may have passed this minute already, so that the writer must send."""
    return wake_at < now + LOOK_AHEAD + MARGIN


def delay(wake_at: datetime, now: datetime, wake_early: timedelta) -> timedelta:
    """Give the queue's delay: the worker has the ticket ``wake_early`` before the instant and holds it."""
    return max(wake_at - now - wake_early, timedelta(0))
