"""The delivery queue in memory: tickets with the instant from which a worker may have them."""

from collections.abc import Sequence
from datetime import datetime

from parution.publishing.deliveries import Ticket
from parution.publishing.ports import Clock, Outgoing


class MemoryDeliveryQueue:
    """Keeps each ticket back for its delay, by the clock that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, Ticket]] = []

    def send(self, waiting: Sequence[Outgoing]) -> None:
        now = self._clock.now()
        self._waiting += [(now + one.delay, one.ticket) for one in waiting]

    @property
    def next_at(self) -> datetime | None:
        """When the next ticket may be received; None when the queue is empty."""
        return min((at for at, _ in self._waiting), default=None)

    def receive(self) -> list[Ticket]:
        """Take out every ticket whose delay is over."""
        now = self._clock.now()
        ready = [ticket for at, ticket in self._waiting if at <= now]
        self._waiting = [(at, ticket) for at, ticket in self._waiting if at > now]
        return ready
