"""The posts table in memory: deliveries, contents, marks, holds and brands, for tests and rehearsals."""

from collections.abc import Iterator
from datetime import datetime
from threading import RLock

from parution.errors import NotAsRead
from parution.guarding.holds import Standing
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, Ticket
from parution.publishing.ports import Waiting


class MemoryPosts:
    """Deliveries, Holds and Brands; every write is atomic, as the table's conditional writes are."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._deliveries: dict[str, Delivery] = {}
        self._contents: dict[tuple[str, str, str], Content] = {}
        self._marks: dict[str, datetime] = {}
        self._standing = Standing()
        self._brands: dict[str, BrandRow] = {}
        self._owners: dict[str, str] = {}

    # deliveries
    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:  # noqa: ARG002 (always is)
        return self._deliveries.get(ticket.delivery)

    def create(self, delivery: Delivery) -> None:
        with self._lock:
            standing = self._deliveries.setdefault(delivery.id, delivery)
            if standing != delivery:
                raise NotAsRead(delivery.id)

    def move(self, before: Delivery, after: Delivery) -> None:
        with self._lock:
            standing = self._deliveries.get(before.id)
            if standing == after:
                return
            if standing is None or _stamp(standing) != _stamp(before):
                raise NotAsRead(before.id)
            self._deliveries[before.id] = after

    def content(self, brand: str, post: str, content: str) -> Content:
        return self._contents[brand, post, content]

    def keep_content(self, brand: str, post: str, content: Content) -> None:
        self._contents[brand, post, content.hash] = content

    def of_brand(self, brand: str) -> Iterator[Delivery]:
        yield from sorted(
            (delivery for delivery in list(self._deliveries.values()) if delivery.brand == brand),
            key=lambda delivery: (delivery.post, delivery.channel, delivery.part),
        )

    def due(self, minute: datetime) -> Iterator[Waiting]:
        for delivery in list(self._deliveries.values()):
            if delivery.wake_at and delivery.wake_at.replace(second=0, microsecond=0) == minute:
                yield Waiting(delivery.ticket, delivery.network, delivery.wake_at)

    def mark(self, name: str) -> datetime | None:
        return self._marks.get(name)

    def advance(self, name: str, before: datetime | None, after: datetime) -> None:
        with self._lock:
            if self._marks.get(name) not in {before, after}:
                raise NotAsRead(name)
            self._marks[name] = after

    # holds
    def standing(self) -> Standing:
        return self._standing

    def change(self, before: Standing, after: Standing) -> None:
        with self._lock:
            if self._standing not in (before, after):
                raise NotAsRead("holds")
            self._standing = after

    # brands
    def brand(self, brand: str) -> BrandRow | None:
        return self._brands.get(brand)

    def brands(self) -> list[str]:
        return sorted(self._brands)

    def owner(self, key: str) -> str | None:
        return self._owners.get(key)

    def claim_key(self, key: str, brand: str) -> None:
        with self._lock:
            if self._owners.setdefault(key, brand) != brand:
                raise NotAsRead(key)

    def keep_brand(self, row: BrandRow, before: BrandRow | None) -> None:
        with self._lock:
            brand = row.plan.brand.id
            standing = self._brands.get(brand)
            if standing not in (before, row):
                raise NotAsRead(brand)
            self._brands[brand] = row


def _stamp(delivery: Delivery) -> tuple[str, int, int]:
    return delivery.state, delivery.version, delivery.fence
