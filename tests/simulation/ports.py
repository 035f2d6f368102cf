"""The desk's ports on a world: each step of theirs goes through the seam."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from parution.errors import NoSuchSecret
from parution.guarding.holds import Hold, Standing
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery, State, Ticket
from parution.publishing.ports import Network, Outgoing, Waiting
from parution.publishing.rates import Bucket, Holder, Place
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_rates import MemoryRates
from tests.simulation.seam import Fates, acting, dies, reading, sleep, then, through, writing

_A_LITTLE, _A_WHILE = timedelta(milliseconds=500), timedelta(seconds=30)


class Surroundings(Protocol):
    """What the ports need of the world that they are in."""

    now: datetime
    posts: MemoryPosts
    buckets: MemoryRates
    older: dict[str, Delivery]
    flagged: dict[str, str]
    held_when_claimed: frozenset[tuple[str, int, int]]  # delivery, attempt, epoch of the hold

    def send(self, ticket: Ticket, visible_at: datetime) -> None: ...


class _Port:
    def __init__(self, world: Surroundings) -> None:
        self._world = world

    def _now(self) -> datetime:
        return self._world.now

    def _read[Answer](
        self, step: str, act: Callable[[], Answer], more: Fates[Answer] | None = None, *, alone: bool = False
    ) -> Answer:
        return through(step, act, {**reading(act), **(more or {})}, self._now, alone=alone)

    def _write(self, step: str, act: Callable[[], None], *, alone: bool = False) -> None:
        through(step, act, writing(act), self._now, alone=alone)


class Table(_Port):
    """Deliveries and Holds."""

    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:
        world = self._world

        def act() -> Delivery | None:
            return world.posts.read(ticket, consistent=consistent)

        older = world.older.get(ticket.delivery)
        more: Fates[Delivery | None] = (
            {} if consistent or not older else {"reads an older row": lambda: older}
        )
        return self._read("table: read" if consistent else "table: read soon", act, more)

    def create(self, delivery: Delivery) -> None:
        self._write("table: create", lambda: self._world.posts.create(delivery))

    def move(self, before: Delivery, after: Delivery) -> None:
        self._write(f"table: {before.state} to {after.state}", lambda: self._moved(before, after))

    def _moved(self, before: Delivery, after: Delivery) -> None:
        world, actor = self._world, acting()
        standing = world.posts.read(before.ticket, consistent=True)
        world.posts.move(before, after)
        if standing is not None:
            world.older[before.id] = standing
        if after.state is State.UNCONFIRMED and before.state is not State.UNCONFIRMED:
            world.flagged[after.id] = _why(before, after.reason or "", world.now)
        if after.state is State.SENDING and after.attempt:
            attempt = (after.id, after.attempt.number)
            if actor:
                actor.attempt, actor.saw_hold = attempt, False
            hold = hold_over(world, after)
            if hold:
                world.held_when_claimed |= {(*attempt, hold.epoch)}

    def content(self, brand: str, post: str, content: str) -> Content:
        return self._read(
            "table: content", lambda: self._world.posts.content(brand, post, content), alone=True
        )

    def keep_content(self, brand: str, post: str, content: Content) -> None:
        self._write(
            "table: keep content", lambda: self._world.posts.keep_content(brand, post, content), alone=True
        )

    def of_brand(self, brand: str) -> Iterator[Delivery]:
        return iter(self._read("table: all of a brand", lambda: list(self._world.posts.of_brand(brand))))

    def due(self, minute: datetime) -> Iterator[Waiting]:
        return iter(self._read("table: due", lambda: list(self._world.posts.due(minute)), alone=True))

    def mark(self, name: str) -> datetime | None:
        return self._read("table: mark", lambda: self._world.posts.mark(name), alone=True)

    def advance(self, name: str, before: datetime | None, after: datetime) -> None:
        self._write("table: advance", lambda: self._world.posts.advance(name, before, after), alone=True)

    # holds
    def standing(self) -> Standing:
        def act() -> Standing:
            standing = self._world.posts.standing()
            actor = acting()
            if actor and actor.attempt:
                row = self._world.posts._deliveries[actor.attempt[0]]
                actor.saw_hold = hold_over(self._world, row) is not None
            return standing

        return self._read("holds: read", act)

    def change(self, before: Standing, after: Standing) -> None:
        self._write("holds: change", lambda: self._world.posts.change(before, after))


def _why(before: Delivery, reason: str, now: datetime) -> str:
    if "cannot be searched" in reason:
        return "blind"
    return "old news" if before.is_stale(now) else reason.split(":", 1)[0]


def hold_over(world: Surroundings, row: Delivery) -> Hold | None:
    """Give the hold that stands over this delivery at this moment."""
    tags = world.posts.content(row.brand, row.post, row.content).tags
    return world.posts.standing().over(row.brand, row.channel, tags, row.campaign)


class Queue(_Port):
    def send(self, waiting: Sequence[Outgoing]) -> None:
        if not waiting:
            return

        def act() -> None:
            for one in waiting:
                self._world.send(one.ticket, self._world.now + one.delay)

        fates = {**writing(act), "arrives twice": lambda: then(act, act)}
        through("queue: send", act, fates, self._now, alone=True)


class Clock(_Port):
    def now(self) -> datetime:
        return self._world.now

    def wait_until(self, instant: datetime) -> None:
        if instant <= self._world.now:
            return

        def until(then: datetime) -> Callable[[], None]:
            return lambda: sleep(then)

        fates = {
            "dies": dies,
            "wakes early": until(instant - _A_LITTLE),
            "oversleeps": until(instant + _A_WHILE),
        }
        through("clock: wait", until(instant), fates, self._now, alone=True)


class Secrets(_Port):
    """Networks: one account, whose secret may be missing for a moment."""

    def __init__(self, world: Surroundings, network: Network) -> None:
        super().__init__(world)
        self._network = network

    def open(self, network: str, account: str) -> Network:
        def missing() -> Network:
            raise NoSuchSecret(account)

        return self._read("secrets: open", lambda: self._network, {"is missing": missing}, alone=True)


class Buckets(_Port):
    """What rates are kept in."""

    def read(self, holder: Holder) -> Bucket | None:
        return self._read("rates: read", lambda: self._world.buckets.read(holder), alone=True)

    def draw(self, holder: Holder) -> Bucket | None:
        def act() -> Bucket | None:
            return self._world.buckets.draw(holder)

        return through("rates: draw", act, writing(act), self._now, alone=True)

    def swap(self, holder: Holder, before: Bucket | None, after: Bucket) -> Bucket:
        def act() -> Bucket:
            return self._world.buckets.swap(holder, before, after)

        return through("rates: swap", act, writing(act), self._now, alone=True)

    def give_back(self, holder: Holder, place: Place) -> None:
        self._write("rates: give back", lambda: self._world.buckets.give_back(holder, place), alone=True)


class Files(_Port):
    """Media: every file is a picture."""

    def read(self, ref: MediaRef) -> bytes:
        return self._read("files: read", lambda: b"\x89PNG\r\n\x1a\n" + ref.key.encode(), alone=True)

    def size(self, ref: MediaRef) -> int:
        return len(self.read(ref))

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        return self.read(ref)[start : start + length]

    def address(self, ref: MediaRef) -> str:
        return f"https://media.example/{ref.key}"
