"""The posts table: rows that many see late, an index that follows, partitions that throttle, units counted.

Rows are the models themselves; what PostsTable does to them on their way is tested elsewhere.
"""

import math
import zlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import heappop, heappush
from random import Random

from bench.simulator import facts
from bench.simulator.functions import Environment
from bench.simulator.world import SECOND, Spread, World
from parution.errors import NotAsRead
from parution.guarding.holds import Standing
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State, Ticket
from parution.publishing.dispatch import minute_of
from parution.publishing.ports import Waiting

COPIES = 16  # of the holds
_RETIRED_AFTER = 3 * 3600 * SECOND  # a message lives for at most five visibility timeouts

# From these a delivery goes no further without a person.
ENDED = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED, State.HELD, State.SKIPPED})


class Throttled(Exception):
    """What the SDK raises when its retries are used up."""


class Partitions:
    """Physical partitions, each with its own rate; a key lies on one of them."""

    def __init__(self, world: World, warm: int, each: int, least: int) -> None:
        self._world, self._rate = world, float(each)
        self._left = [(float(each), 0)] * max(math.ceil(warm / each), least)
        self.throttled = 0

    def take(self, key: str, units: float) -> bool:
        place = zlib.crc32(key.encode()) % len(self._left)
        left, at = self._left[place]
        now = self._world.now
        left = min(left + (now - at) * self._rate / SECOND, self._rate)
        if left <= 0:  # the last one let in may overdraw
            self.throttled += 1
            self._left[place] = (left, now)
            return False
        self._left[place] = (left - units, now)
        return True


class Row:
    """A delivery, and what somebody who reads the other copy may still see."""

    __slots__ = ("before", "now", "since")

    def __init__(self, now: Delivery, before: Delivery | None, since: int) -> None:
        self.now, self.before, self.since = now, before, since


class Table:
    """What is stored, for all environments."""

    def __init__(self, world: World, *, shards: int, warm_writes: int, warm_reads: int) -> None:
        self.world, self.shards = world, shards
        self.rows: dict[str, Row] = {}
        self.contents: dict[str, str] = {}  # their texts: all else is alike in all of them
        self.marks: dict[str, datetime] = {}
        self.standing = Standing()
        self.wru: dict[str, float] = defaultdict(float)
        self.rru: dict[str, float] = defaultdict(float)
        least = math.ceil(warm_reads / facts.PARTITION_READS)
        self.writes = Partitions(world, warm_writes, facts.PARTITION_WRITES, least)
        self.reads = Partitions(world, warm_reads, facts.PARTITION_READS, len(self.writes._left))  # noqa: SLF001 (the same partitions)
        self.index_writes = Partitions(world, warm_writes, facts.PARTITION_WRITES, least)
        self.edges = 0  # of deliveries, each a row of the history
        self.open = 0  # rows that somebody must still look at
        self._chance = world.random("table")
        self._index: dict[tuple[datetime, int], dict[str, Waiting]] = {}
        self._following: list[tuple[int, int, str, Delivery | None, Delivery]] = []
        self._followed_at: dict[str, int] = {}
        self._count = 0
        self.retired: list[Delivery] = []
        self._ended: deque[tuple[int, str]] = deque()
        self.retire: Callable[[Delivery], None] = self.retired.append

    def put(self, before: Delivery | None, after: Delivery) -> None:
        name = after.id
        self.edges += 1
        self.rows[name] = Row(after, before, self.world.now)
        is_open = _is_open(after)
        self.open += is_open - (before is not None and _is_open(before))
        if not is_open:
            self._ended.append((self.world.now, name))
            self._retire_those_long_ended()
        if self.index_units(before, after):
            self._count += 1
            # Changes of one item reach the index in their order.
            at = max(self.world.now + facts.INDEX_LAG.draw(self._chance), self._followed_at.get(name, 0))
            self._followed_at[name] = at
            heappush(self._following, (at, self._count, name, before, after))

    def _retire_those_long_ended(self) -> None:
        """Keep a million rows from filling the memory: what ended hours ago, no message names any more."""
        while self._ended[0][0] < self.world.now - _RETIRED_AFTER:
            _, name = self._ended.popleft()
            row = self.rows.get(name)
            if row is not None and not _is_open(row.now) and row.since < self.world.now - _RETIRED_AFTER:
                del self.rows[name]
                self.retire(row.now)

    def index_units(self, before: Delivery | None, after: Delivery) -> int:
        was, is_ = _entry(before), _entry(after)
        if was == is_:
            return 0
        moved = was and is_ and was[:2] != is_[:2]
        return 2 if moved else 1

    def shard_of(self, delivery: str) -> int:
        return zlib.crc32(delivery.encode()) % self.shards

    def indexed(self, minute: datetime, shard: int) -> list[Waiting]:
        """Give an index partition as it is seen now."""
        while self._following and self._following[0][0] <= self.world.now:
            at, _, name, before, after = heappop(self._following)
            if self._followed_at.get(name) == at:
                del self._followed_at[name]
            place = self.shard_of(name)
            if before is not None and before.wake_at:
                key = (minute_of(before.wake_at), place)
                self._index[key].pop(name, None)
                if not self._index[key]:
                    del self._index[key]
            if after.wake_at:
                waiting = Waiting(after.ticket, after.network, after.wake_at)
                self._index.setdefault((minute_of(after.wake_at), place), {})[name] = waiting
        found = self._index.get((minute, shard))
        return sorted(found.values(), key=lambda one: one.wake_at) if found else []


def _is_open(delivery: Delivery) -> bool:
    return delivery.wake_at is not None or (
        delivery.state not in ENDED and delivery.state is not State.UNCONFIRMED
    )


def _entry(delivery: Delivery | None) -> tuple[datetime, datetime, int] | None:
    if delivery is None or delivery.wake_at is None:
        return None
    return minute_of(delivery.wake_at), delivery.wake_at, delivery.version


class TableCalls:
    """Deliveries and Holds, as one environment calls them; ``who`` pays for the units."""

    def __init__(self, table: Table, environment: Environment, who: str, *, faults: bool) -> None:
        self._table, self._environment, self._who, self._faults = table, environment, who, faults
        self._chance: Random = environment.chance

    # ------------------------------------------------------------------ Deliveries
    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:
        units = 1.0 if consistent else 0.5
        self._ask(f"brand#{ticket.brand}", units)
        row = self._table.rows.get(ticket.delivery)
        if row is None:
            return None
        if consistent:
            seen: Delivery | None = row.now
            self._environment.pause(0, _BACK)
            return seen
        if self._chance.random() < facts.STALE:
            seen_at = self._table.world.now - facts.STALE_BY.draw(self._chance)
            return row.now if row.since <= seen_at else row.before
        return row.now

    def create(self, delivery: Delivery) -> None:
        self._write(delivery, lambda: self._created(delivery), None)

    def _created(self, delivery: Delivery) -> None:
        row = self._table.rows.get(delivery.id)
        if row is None:
            self._table.put(None, delivery)
        elif row.now != delivery:
            raise NotAsRead(delivery.id)

    def move(self, before: Delivery, after: Delivery) -> None:
        self._write(after, lambda: self._moved(before, after), before)

    def _moved(self, before: Delivery, after: Delivery) -> None:
        row = self._table.rows.get(before.id)
        if row is None or _stamp(row.now) != _stamp(before):
            if row is not None and row.now == after:
                return  # an answer was lost, and the write that won was our own
            raise NotAsRead(before.id)
        self._table.put(row.now, after)

    def content(self, brand: str, post: str, content: str) -> Content:
        self._ask(f"brand#{brand}", 0.5)
        return Content(text=self._table.contents[f"{post}#{content}"], language="fr-FR")

    def keep_content(self, brand: str, post: str, content: Content) -> None:
        self._call(f"brand#{brand}", 1, lambda: self._keep(post, content))

    def _keep(self, post: str, content: Content) -> None:
        self._table.contents[f"{post}#{content.hash}"] = content.text

    def of_brand(self, brand: str) -> Iterator[Delivery]:
        raise NotImplementedError(brand)  # neither desk asks

    def due(self, minute: datetime) -> Iterator[Waiting]:
        """Ask one shard after the other; the time for many empty ones passes at once."""
        cpu, wait = 0.0, 0
        for shard in range(self._table.shards):
            found = self._table.indexed(minute, shard)
            size = len(found) * facts.INDEX_ENTRY
            self._table.rru[self._who] += max(math.ceil(size / (4 * facts.KB)), 1) * 0.5
            cpu += facts.CPU_READ + len(found) * facts.CPU_ENTRY
            wait += facts.READ.draw(self._chance)
            if found or shard == self._table.shards - 1:
                self._environment.work(cpu, wait)
                cpu, wait = 0.0, 0
            yield from found

    def mark(self, name: str) -> datetime | None:
        self._ask("marks", 1)
        return self._table.marks.get(name)

    def advance(self, name: str, before: datetime | None, after: datetime) -> None:
        self._call("marks", 1, lambda: self._advanced(name, before, after))

    def _advanced(self, name: str, before: datetime | None, after: datetime) -> None:
        if self._table.marks.get(name) not in {before, after}:
            raise NotAsRead(name)
        self._table.marks[name] = after

    # ------------------------------------------------------------------ Holds
    def standing(self) -> Standing:
        self._ask(f"holds#{self._chance.randrange(COPIES)}", 1)
        standing = self._table.standing
        self._environment.pause(0, _BACK)
        return standing

    def change(self, before: Standing, after: Standing) -> None:
        self._call("holds#0", 2 * COPIES, lambda: self._changed(before, after))

    def _changed(self, before: Standing, after: Standing) -> None:
        if self._table.standing not in (before, after):
            raise NotAsRead("holds")
        self._table.standing = after

    def glance(self, key: str) -> None:
        """Read a row of no interest here, eventually consistent."""
        self._ask(key, 0.5)

    # ------------------------------------------------------------------ the way there and back
    def _ask(self, key: str, units: float) -> None:
        """Pay for a reading."""
        self._tried(facts.CPU_READ, facts.READ, lambda: self._table.reads.take(key, units))
        self._table.rru[self._who] += units

    def _write(self, delivery: Delivery, effect: Callable[[], object], before: Delivery | None) -> None:
        index = self._table.index_units(before, delivery)
        wake_at = delivery.wake_at or (before.wake_at if before else None)
        due = f"{minute_of(wake_at)}#{self._table.shard_of(delivery.id)}" if index and wake_at else None
        self._call(f"brand#{delivery.brand}", 1, effect, due, index)

    def _call(
        self, key: str, units: int, effect: Callable[[], object], due: str | None = None, index: int = 0
    ) -> None:
        def admitted() -> bool:
            table = self._table
            if due is not None and not table.index_writes.take(due, index):
                return False  # a hot index partition pushes back on the table
            return table.writes.take(key, units)

        self._tried(facts.CPU_WRITE, facts.WRITE, admitted)
        self._table.wru[self._who] += units + index
        effect()
        self._environment.pause(0, _BACK)
        if self._faults and self._chance.random() < facts.ANSWER_LOST:
            self._environment.rest(round(facts.READ_TIMEOUT * SECOND))
            self._table.wru[self._who] += units
            effect()

    def _tried(self, cpu: float, wait: Spread, admitted: Callable[[], bool]) -> None:
        for attempt in range(facts.TRIES):
            self._environment.pause(cpu, wait)
            if admitted():
                return
            if attempt + 1 < facts.TRIES:
                self._environment.rest(round(self._chance.random() * 2**attempt * SECOND))
        raise Throttled


_BACK = Spread(0.001, 0.005)


def _stamp(delivery: Delivery) -> tuple[State, int, int]:
    return delivery.state, delivery.version, delivery.fence
