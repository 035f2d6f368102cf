"""Rates: how many calls a network still takes, and whose turn it is where they are few.

Nothing is kept while there is plenty. A bucket stands for an account, or for a network with all of its
accounts, only where the network says that little is left, where it asked for a pause, or where it has a
limit that no header tells. Whoever is about to call then takes a number, as in a bakery: taking one is a
single write that cannot fail and waits for nobody, so that any number of workers draw at once; and no two
get the same. The n-th number has the n-th turn.

A number, not an instant, is what is kept: a later word of the network moves the turns of all that wait,
in their order. And windows that end, not drops that trickle in: networks give nothing until a window is
over, and then all of it.

What is promised, of numbers used at their turns:
- No more than ``left`` go before a window ends, and no more than ``limit`` in each later one.
- Of a limit that is counted here, at most ``amount`` in each window of ``per``; in any time of that
  length twice as many, when a window that filled up late meets one that fills up early. Whoever plans no
  more than ``amount`` in any such time is never kept waiting.
- Lost answers, crashes and deliveries that never come back waste numbers; none is ever handed out twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Literal, NamedTuple, Protocol

from parution.records import Instant, Record

# Whose calls a network counts together.
Counted = Literal["network", "app", "account"]
# Whose bucket it is: all accounts on a network share one, each has one of its own.
Kind = Literal["app", "account"]

ALWAYS = datetime.min.replace(tzinfo=UTC)
SPACING = timedelta(seconds=1)  # between two that were kept waiting, where the limit allows as much
MARGIN = timedelta(seconds=1)  # networks cut the end of a window to a whole second, and clocks differ
GRACE = timedelta(minutes=1)  # who comes later than that to its turn takes a new number
FRESH = timedelta(seconds=3)  # for so long a worker trusts what it read
_SAME = timedelta(seconds=5)  # ends of one window as different answers tell it: seconds are rounded
_FEW = 5  # of an unknown number
_SCARCE = 5  # less than one fifth: above it a worker may rely on a reading that is a moment old
_TRIES = 8  # a write that comes too late did so because another one was in time
_MOST_KNOWN = 1_000  # buckets that a worker remembers


class Limit(Record):
    """So many calls in any such time, as a network's documentation states; for what no header tells."""

    counted: Counted
    amount: int
    per: timedelta


class Left(Record):
    """What a network said: so many more calls until then; after it ``limit`` in each ``per``."""

    counted: Counted
    remaining: int
    limit: int | None = None
    per: timedelta | None = None
    resets_at: Instant

    @property
    def is_scarce(self) -> bool:
        if not self.limit:
            return self.remaining <= _FEW
        return self.remaining * _SCARCE < self.limit

    @property
    def name(self) -> str:
        """Tell windows apart: a pause until some instant, or a count over some time."""
        if self.limit is None and self.remaining == 0:
            return f"{self.counted}: pause"
        return f"{self.counted}: {self.per or 'told'}"


class Holder(NamedTuple):
    """Who shares a bucket: an account, or (None) all accounts on a network."""

    network: str
    account: str | None = None

    @property
    def kind(self) -> Kind:
        return "account" if self.account else "app"


class Place(Record):
    """A number taken from one bucket; ``serial`` is that of the bucket it was taken from."""

    counted: Kind
    number: int
    serial: int


class Turn(Record):
    """When a call may be made, and the numbers that say so; kept in the delivery's row while it waits."""

    at: Instant
    places: tuple[Place, ...] = ()

    def joined(self, place: Place | None, at: datetime) -> "Turn":
        """Add a place in another queue; the later turn of both is the one."""
        return Turn(at=max(self.at, at), places=(*self.places, *((place,) if place else ())))


class Window(Record):
    """So many numbers after ``after`` go at once; those beyond wait for its end."""

    name: str
    after: int
    left: int
    resets_at: Instant
    limit: int | None = None
    per: timedelta | None = None
    ours: bool = False  # a limit that is counted here, because no header tells it

    def turn(self, number: int) -> datetime:
        """Give the instant at which this number may go."""
        waiting = number - self.after - self.left - 1
        if waiting < 0:
            return ALWAYS
        if not self.limit or self.per is None:
            return self.resets_at + waiting * SPACING
        windows, place = divmod(waiting, self.limit)
        spread = min(place * SPACING, place * self.per / self.limit)
        return self.resets_at + windows * self.per + spread

    def stands(self, taken: int, at: datetime) -> bool:
        """Say whether a call at ``at`` must be counted.

        It must until the window has ended, and all who waited have had their turns; where nobody but us
        counts, until the window has ended in which the last of them had his.
        """
        if at < self.resets_at or self.turn(taken + 1) > at:
            return True
        last = taken - self.after - self.left - 1
        if not self.ours or last < 0 or not self.limit or self.per is None:
            return False
        return at < self.resets_at + (last // self.limit + 1) * self.per

    def is_corrected_by(self, left: Left, taken: int) -> bool:
        """Say whether a network's word says less than is believed, or speaks of a later window."""
        later = left.resets_at + MARGIN - self.resets_at
        believed = max(0, self.left - (taken - self.after))
        return later > _SAME or (later >= -_SAME and left.remaining < believed)


class Bucket(Record):
    """One row: the last number that was taken, and the windows that say when numbers may go.

    ``serial`` rises with every change but the taking of a number.
    """

    serial: int = 0
    taken: int = 0
    windows: tuple[Window, ...] = ()

    def stands(self, at: datetime) -> bool:
        return any(window.stands(self.taken, at) for window in self.windows)

    def turn(self, number: int) -> datetime:
        return max((window.turn(number) for window in self.windows), default=ALWAYS)

    def still_counts(self, number: int) -> bool:
        """Say whether no window began after this number's turn had come."""
        return all(number > window.after for window in self.windows)

    def served(self, now: datetime) -> int:
        """Give the last number whose turn has come."""
        first = min((window.after for window in self.windows), default=self.taken)
        return first - 1 + bisect_right(range(first, self.taken + 1), now, key=self.turn)

    def begun(self, limits: Iterable[Limit], at: datetime) -> "Bucket":
        """Give it with a window for each limit that is counted here, and without those that are over."""
        standing = tuple(window for window in self.windows if window.stands(self.taken, at))
        names = {window.name for window in standing}
        new = (_counted(limit, self.taken, at) for limit in limits)
        wanted = (*standing, *(window for window in new if window.name not in names))
        # Where nothing stands nobody asks, and a write to say so would be paid for nothing.
        return self._with(wanted) if wanted else self

    def heeding(self, left: Left, now: datetime) -> "Bucket":
        """Give it as it stands once the network has said this."""
        known = next((window for window in self.windows if window.name == left.name), None)
        if known and not known.is_corrected_by(left, self.taken):
            return self
        window = Window(
            name=left.name,
            after=self.served(now),
            left=left.remaining,
            resets_at=left.resets_at + MARGIN,
            limit=left.limit,
            per=left.per,
        )
        kept = (one for one in self.windows if one is not known and one.stands(self.taken, now))
        return self._with((*kept, window))

    def _with(self, windows: tuple[Window, ...]) -> "Bucket":
        return self if windows == self.windows else self.model_copy(update={"windows": windows})


def _counted(limit: Limit, taken: int, at: datetime) -> Window:
    return Window(
        name=f"{limit.counted}: {limit.amount} in {limit.per}",
        after=taken,
        left=limit.amount,
        resets_at=at + limit.per,
        limit=limit.amount,
        per=limit.per,
        ours=True,
    )


class Buckets(Protocol):
    """Where buckets are kept. Used by several threads at once."""

    def read(self, holder: Holder) -> Bucket | None:
        """Read a bucket, perhaps as it was a moment ago; None when there is none."""

    def draw(self, holder: Holder) -> Bucket | None:
        """Take the next number, and give the bucket as it stands then; None when there is none."""

    def swap(self, holder: Holder, before: Bucket | None, after: Bucket) -> Bucket:
        """Write the windows of ``after`` if the bucket still is ``before``.

        Gives the bucket as it stands then, whoever wrote it.
        """

    def give_back(self, holder: Holder, place: Place) -> None:
        """Take a number back that was not used, if it is still the last one and nothing changed since."""


class _Known(NamedTuple):
    bucket: Bucket | None
    read_at: datetime


class Rates:
    """What networks still allow. Used by several threads at once, which share what they read.

    Nothing scarce: no write, and at most one reading of each of two rows in three seconds. Scarce: one
    write for a number, another where a network's word changes what is believed.
    """

    def __init__(self, buckets: Buckets, fresh: timedelta = FRESH) -> None:
        self._buckets, self._fresh = buckets, fresh
        self._known: dict[Holder, _Known] = {}
        self._alone: dict[Holder, Lock] = {}
        self._lock = Lock()

    def turn(
        self,
        network: str,
        account: str,
        limits: Sequence[Limit],
        now: datetime,
        *,
        at: datetime | None = None,
        latest: datetime | None = None,
        held: Turn | None = None,
    ) -> Turn:
        """Say when a call that is meant for ``at`` may be made: then, or later, with numbers to keep.

        ``held`` is what an earlier call gave: its numbers are good until a minute after their turn. Where
        the turn would be later than ``latest``, it is told and no number is kept.
        """
        told = Turn(at=at or now)
        begins = max(told.at, now)
        kept = {place.counted: place for place in held.places} if held and begins <= held.at + GRACE else {}
        for holder in _holders(network, account):
            own = [limit for limit in limits if _kind(limit.counted) == holder.kind]
            bucket = self._changed(holder, now, partial(Bucket.begun, limits=own, at=begins))
            if bucket and bucket.stands(begins):
                place, turn = self._place(holder, bucket, kept.get(holder.kind), latest, now)
                told = told.joined(place, turn if turn > begins else told.at)
            if latest is not None and told.at > latest:
                self.give_back(network, account, told, held=held)
                return Turn(at=told.at)
        return told

    def heed(self, network: str, account: str, told: Iterable[Left], now: datetime) -> None:
        """Take note of what a network said is left; while that is plenty it costs nothing.

        A pause is nothing left, of an unknown number.
        """
        holders = {holder.kind: holder for holder in _holders(network, account)}
        for left in told:
            if left.is_scarce and left.resets_at > now:
                self._changed(holders[_kind(left.counted)], now, partial(Bucket.heeding, left=left, now=now))

    def give_back(self, network: str, account: str, turn: Turn, *, held: Turn | None = None) -> None:
        """Return the numbers with which provably no call was made. Somebody after them: they are wasted.

        Those of ``held`` are not returned: they stood in the delivery's row, and a second worker with the
        same message may be calling with them.
        """
        holders = {holder.kind: holder for holder in _holders(network, account)}
        for place in turn.places:
            if held is None or place not in held.places:
                self._buckets.give_back(holders[place.counted], place)

    # ---------------------------------------------------------------- one bucket
    def _place(
        self, holder: Holder, bucket: Bucket, kept: Place | None, latest: datetime | None, now: datetime
    ) -> tuple[Place | None, datetime]:
        """Give the place in this bucket's queue, the one that was kept or a new one, and its turn."""
        if kept and bucket.still_counts(kept.number):
            return kept, bucket.turn(kept.number)
        expected = bucket.turn(bucket.taken + 1)
        if latest is not None and expected > latest:
            return None, expected
        drawn = self._buckets.draw(holder)
        if drawn is None:
            return None, ALWAYS
        self._remember(holder, drawn, now)
        place = Place(counted=holder.kind, number=drawn.taken, serial=drawn.serial)
        return place, drawn.turn(place.number)

    def _changed(self, holder: Holder, now: datetime, change: Callable[[Bucket], Bucket]) -> Bucket | None:
        """Read the bucket, and write it where it must change; None where there is and need be none."""
        with self._lock:
            alone = self._alone.setdefault(holder, Lock())
        with alone:  # of ten that deliver for one account at once, one reads and writes for all
            bucket = self._read(holder, now)
            for _ in range(_TRIES):
                standing = bucket or Bucket()
                after = change(standing)
                if after is standing:
                    break
                bucket = self._buckets.swap(holder, bucket, after)
                self._remember(holder, bucket, now)
            return bucket

    def _read(self, holder: Holder, now: datetime) -> Bucket | None:
        known = self._known.get(holder)
        if known and abs(now - known.read_at) < self._fresh:
            return known.bucket
        bucket = self._buckets.read(holder)
        self._remember(holder, bucket, now)
        return bucket

    def _remember(self, holder: Holder, bucket: Bucket | None, now: datetime) -> None:
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
                self._alone.clear()
            self._known[holder] = _Known(bucket, now)


def _holders(network: str, account: str) -> tuple[Holder, Holder]:
    return Holder(network), Holder(network, account)


def _kind(counted: Counted) -> Kind:
    return "account" if counted == "account" else "app"
