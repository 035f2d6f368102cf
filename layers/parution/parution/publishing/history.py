"""The history of a delivery: its row knows the last edge, the history knows all of them."""

from collections.abc import Iterable
from typing import Protocol

from parution.publishing.deliveries import Attempt, Delivery, State
from parution.records import Instant, Record


class Edge(Record):
    """One change of a delivery: where it came to stand, by whom, why and when."""

    delivery: str
    state: State
    version: int
    fence: int
    actor: str
    cause: str
    at: Instant
    attempt: Attempt | None = None
    url: str | None = None
    reason: str | None = None


def edge_of(delivery: Delivery) -> Edge:
    """Give the edge that brought a delivery to where it stands."""
    return Edge(
        delivery=delivery.id,
        state=delivery.state,
        version=delivery.version,
        fence=delivery.fence,
        actor=delivery.changed.actor,
        cause=delivery.changed.cause,
        at=delivery.changed.at,
        attempt=delivery.attempt,
        url=delivery.url,
        reason=delivery.reason,
    )


class History(Protocol):
    """What happened to deliveries, only ever added to."""

    def append(self, edges: Iterable[Edge]) -> None:
        """Keep each edge under its delivery and fence; keeping it again changes nothing."""

    def of(self, delivery: str) -> list[Edge]:
        """Give every edge of a delivery (its id), in their order."""
