"""The posts table in memory: deliveries, contents, marks, holds and brands, for tests and rehearsals."""

from collections.abc import Iterator
from datetime import datetime
from threading import RLock

from parution.errors import NotAsRead
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, Ticket
from parution.publishing.ports import Waiting


class MemoryPosts:
    """Deliveries, Holds and Brands; every write is atomic, as the table's conditional writes are."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._deliveries: dict[tuple[str, str, str], Delivery] = {}
        self._contents: dict[tuple[str, str, str], Content] = {}
        self._marks: dict[str, datetime] = {}
        self._holds: dict[tuple[str | None, str | None], str] = {}
        self._brands: dict[str, BrandRow] = {}
        self._owners: dict[str, str] = {}

    # deliveries
    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:  # noqa: ARG002 (always is)
        return self._deliveries.get((ticket.brand, ticket.post, ticket.channel))

    def create(self, delivery: Delivery) -> None:
        with self._lock:
            standing = self._deliveries.setdefault(_key(delivery), delivery)
            if standing != delivery:
                raise NotAsRead(delivery.id)

    def move(self, before: Delivery, after: Delivery) -> None:
        with self._lock:
            standing = self._deliveries.get(_key(before))
            if standing == after:
                return
            if standing is None or _stamp(standing) != _stamp(before):
                raise NotAsRead(before.id)
            self._deliveries[_key(before)] = after

    def content(self, brand: str, post: str, content: str) -> Content:
        return self._contents[brand, post, content]

    def keep_content(self, brand: str, post: str, content: Content) -> None:
        self._contents[brand, post, content.hash] = content

    def of_brand(self, brand: str) -> Iterator[Delivery]:
        yield from sorted(
            (delivery for delivery in list(self._deliveries.values()) if delivery.brand == brand),
            key=lambda delivery: (delivery.post, delivery.channel),
        )

    def due(self, minute: datetime) -> Iterator[Waiting]:
        for delivery in list(self._deliveries.values()):
            if delivery.wake_at and delivery.wake_at.replace(second=0, microsecond=0) == minute:
                yield Waiting(delivery.ticket, delivery.wake_at)

    def mark(self, name: str) -> datetime | None:
        return self._marks.get(name)

    def advance(self, name: str, before: datetime | None, after: datetime) -> None:
        with self._lock:
            if self._marks.get(name) not in {before, after}:
                raise NotAsRead(name)
            self._marks[name] = after

    # holds
    def standing(self, brand: str, channel: str) -> str | None:
        scopes = ((None, None), (brand, None), (brand, channel))
        return next((self._holds[scope] for scope in scopes if scope in self._holds), None)

    def place_hold(self, brand: str | None, channel: str | None, reason: str) -> None:
        self._holds[brand, channel] = reason

    def lift_hold(self, brand: str | None, channel: str | None) -> None:
        self._holds.pop((brand, channel), None)

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


def _key(delivery: Delivery) -> tuple[str, str, str]:
    return delivery.brand, delivery.post, delivery.channel


def _stamp(delivery: Delivery) -> tuple[str, int, int]:
    return delivery.state, delivery.version, delivery.fence
