"""The dispatch desk: every minute it sends the tickets of what comes due, and finds what was lost."""

from datetime import datetime, timedelta
from itertools import batched

from parution.publishing.crowds import second_of, wakes
from parution.publishing.dispatch import (
    LONGEST_HOLD,
    LOOK_AHEAD,
    OVERDUE,
    SETTLED,
    delay,
    following,
    minute_of,
    minutes,
)
from parution.publishing.ports import Deliveries, DeliveryQueue, Outgoing, Waiting
from parution.records import Record

# The queue counts whole seconds, and a worker that got its ticket too early would send it back.
_EARLIEST = LONGEST_HOLD - timedelta(seconds=2)

# After an outage the marks advance an hour at a time, so that a run that is cut off was not in vain.
_CHUNK = 60


class Dispatched(Record):
    """What one tick did."""

    sent: int
    swept: int
    metric: str = "TicketsSent"


class DispatchDesk:
    """Finds what is due through the index and sends its tickets; finds what was lost on the way."""

    def __init__(
        self, deliveries: Deliveries, queue: DeliveryQueue, wake_early: timedelta, lanes: int = 1
    ) -> None:
        self._deliveries, self._queue, self._wake_early = deliveries, queue, wake_early
        self._lanes = lanes

    def dispatch(self, now: datetime) -> Dispatched:
        """Take each minute up to the look-ahead once, then send again what is overdue.

        Raises NotAsRead when another run is at work; it takes the same minutes.
        """
        return Dispatched(sent=self._look_ahead(now), swept=self._sweep(now))

    def _look_ahead(self, now: datetime) -> int:
        mark = self._deliveries.mark("dispatch")
        first = following(mark) if mark else minute_of(now)
        sent = 0
        for chunk in batched(minutes(first, minute_of(now + LOOK_AHEAD)), _CHUNK, strict=False):
            sent += self._send([one for minute in chunk for one in self._deliveries.due(minute)], now)
            self._deliveries.advance("dispatch", mark, chunk[-1])
            mark = chunk[-1]
        return sent

    def _sweep(self, now: datetime) -> int:
        mark = self._deliveries.mark("sweep")
        first = following(mark) if mark else minute_of(now - SETTLED)
        all_empty, swept = True, 0
        for chunk in batched(minutes(first, minute_of(now - OVERDUE)), _CHUNK, strict=False):
            for minute in chunk:
                waiting = list(self._deliveries.due(minute))
                swept += self._send([one for one in waiting if one.wake_at <= now - OVERDUE], now)
                all_empty = all_empty and not waiting and minute <= now - SETTLED
                if all_empty:
                    first = following(minute)
            self._leave(mark, first)
            mark = self._deliveries.mark("sweep")
        return swept

    def _leave(self, mark: datetime | None, first_kept: datetime) -> None:
        left = first_kept - timedelta(minutes=1)
        if mark is None or left > mark:
            self._deliveries.advance("sweep", mark, left)

    def _send(self, waiting: list[Waiting], now: datetime) -> int:
        instants = [one.wake_at for one in waiting]
        early = wakes(instants, self._lanes, self._wake_early, max(self._wake_early, _EARLIEST))
        self._queue.send(
            [
                Outgoing(one.ticket, one.network, delay(one.wake_at, now, early[second_of(one.wake_at)]))
                for one in waiting
            ]
        )
        return len(waiting)
