"""Stopping and going on: a hold stops at once, and a release brings back what it held, as a plan."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import batched
from typing import Protocol

from parution.errors import NotAsRead, TooManyHolds
from parution.guarding.holds import MOST_HOLDS, Hold, Holds, Scope, Standing
from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, State
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.ports import Clock, Deliveries, DeliveryQueue, Outgoing
from parution.publishing.releases import Manner, Slots, Step, steps_of
from parution.records import Record

# Two people seldom change the holds in the same tenth of a second; eight do so never.
_TRIES = 8

# After the hold is lifted, workers that had read it just before may still write that they held something.
_PASSES = 3

_SENT_AT_ONCE = 10

_WAITING = frozenset({State.PLANNED, State.AWAITING_APPROVAL})


class Directory(Protocol):
    def brands(self) -> list[str]:
        """Give the ids of all brands, sorted."""


class Reach:
    """What a scope reaches. Tags stand in the content, which is read only where everything else fits."""

    def __init__(self, deliveries: Deliveries, directory: Directory) -> None:
        self._deliveries, self._directory = deliveries, directory
        self._contents: dict[tuple[str, str, str], Content | None] = {}

    def rows(self, scope: Scope) -> Iterator[Delivery]:
        """Give all deliveries of the scope's brand, or of every brand."""
        for brand in [scope.brand] if scope.brand else self._directory.brands():
            yield from self._deliveries.of_brand(brand)

    def covers(self, scope: Scope, row: Delivery) -> bool:
        roughly = scope.model_copy(update={"tag": None}).covers(row.brand, row.channel, (), row.campaign)
        return roughly and (scope.tag is None or scope.tag in self.tags(row))

    def over(self, row: Delivery, standing: Standing) -> Hold | None:
        """Give the hold that stops this delivery; the widest, should there be several."""
        tags = self.tags(row) if any(hold.scope.tag for hold in standing.holds) else ()
        return standing.over(row.brand, row.channel, tags, row.campaign)

    def left_behind(self, rows: Iterable[Delivery], standing: Standing) -> list[Delivery]:
        """Give those of the rows that are held although no hold stands over them."""
        return [row for row in rows if row.state is State.HELD and not self.over(row, standing)]

    def tags(self, row: Delivery) -> tuple[str, ...]:
        content = self._content(row)
        return content.tags if content else ()

    def has_media(self, row: Delivery) -> bool:
        content = self._content(row)
        return bool(content and content.media)

    def _content(self, row: Delivery) -> Content | None:
        key = row.brand, row.post, row.content
        if key not in self._contents:
            try:
                self._contents[key] = self._deliveries.content(*key)
            except KeyError:  # a row that somebody wrote by hand
                self._contents[key] = None
        return self._contents[key]


# -------------------------------------------------------------------- holding
class Placed(Record):
    """A hold that stands from now on, and the one on the same scope whose place it took."""

    hold: Hold
    instead_of: Hold | None


class Stopped(Record):
    """What a hold stops, the soonest first; and what it is too late for, should that succeed."""

    waiting: tuple[Delivery, ...]
    sending: tuple[Delivery, ...]


class StopDesk:
    """Places holds; ``actor`` is the person, or what acts for one."""

    def __init__(self, reach: Reach, holds: Holds, clock: Clock, actor: str) -> None:
        self._reach, self._holds, self._clock, self._actor = reach, holds, clock, actor

    def hold(self, scope: Scope, reason: str) -> Placed:
        """Stop everything in the scope that is not yet in its commit call.

        Raises TooManyHolds; NotAsRead when others changed the holds each time.
        """

        def with_it(standing: Standing) -> Standing:
            after = standing.with_hold(scope, reason, self._actor, self._clock.now())
            # Whatever the count, everything can be stopped at once.
            if len(after.holds) > MOST_HOLDS and scope != Scope():
                raise TooManyHolds(f"{len(standing.holds)} holds stand")
            return after

        before, after = _change(self._holds, with_it)
        return Placed(hold=after.holds[-1], instead_of=_hold_on(scope, before))

    def stopped(self, scope: Scope) -> Stopped:
        """Say what the scope covers that waits, or is being sent at this moment."""
        covered = [row for row in self._reach.rows(scope) if self._reach.covers(scope, row)]
        covered.sort(key=lambda row: (row.due_at, row.id))
        return Stopped(
            waiting=tuple(row for row in covered if row.state in _WAITING),
            sending=tuple(row for row in covered if row.state is State.SENDING),
        )

    def tags_waiting(self, brand: str | None) -> frozenset[str]:
        """Give every tag that something waiting carries."""
        rows = self._reach.rows(Scope(brand=brand))
        return frozenset(tag for row in rows if row.state in _WAITING for tag in self._reach.tags(row))


# -------------------------------------------------------------------- releasing
class Staying(Record):
    """A delivery that this release leaves held, and the other hold that does."""

    delivery: Delivery
    hold: Hold


class Release(Record):
    """A release as it is shown to a person, before anything is changed."""

    scope: Scope
    manner: Manner
    lifts: Hold | None  # None: no such hold stands (any more)
    steps: tuple[Step, ...]
    staying: tuple[Staying, ...]


class Released(Record):
    """The steps that were taken; and those that somebody else was in the way of: release again."""

    taken: tuple[Step, ...]
    left: tuple[Step, ...]


class ReleaseDesk:
    """Lifts a hold and brings back what it held, as it was shown before."""

    def __init__(
        self,
        reach: Reach,
        holds: Holds,
        clock: Clock,
        actor: str,
        *,
        deliveries: Deliveries,
        slots: Slots,
        queue: DeliveryQueue,
        wake_early: timedelta,
    ) -> None:
        self._reach, self._holds, self._clock, self._actor = reach, holds, clock, actor
        self._deliveries, self._slots, self._queue = deliveries, slots, queue
        self._wake_early = wake_early

    def planned(self, scope: Scope, manner: Manner) -> Release:
        """Say what lifting this hold would do; a hold that is gone leaves only what nobody took up."""
        standing = self._holds.standing()
        return self._planned(scope, manner, _hold_on(scope, standing), standing.without(scope))

    def release(self, release: Release) -> Released:
        """Lift the hold, then take the steps as they were shown.

        The hold goes first: under it, whatever came back would be held again. What is cut off, or what
        a worker held in the last moment, stays held, and the same release takes it up when run again.
        """
        if release.lifts:
            _change(self._holds, lambda standing: standing.without(release.scope))
        taken, left = self._take(release), release.steps
        for _ in range(_PASSES):
            again = self._planned(release.scope, release.manner, None, self._holds.standing())
            left = again.steps
            if not left:
                break
            taken |= self._take(again)
        return Released(
            taken=tuple(taken.values()), left=tuple(step for step in left if step.delivery.id not in taken)
        )

    def _planned(self, scope: Scope, manner: Manner, lifts: Hold | None, remaining: Standing) -> Release:
        rows = list(self._reach.rows(scope))
        held = [row for row in rows if row.state is State.HELD and self._reach.covers(scope, row)]
        over = {row.id: hold for row in held if (hold := self._reach.over(row, remaining))}
        up = [row for row in held if row.id not in over]
        channels = {(row.brand, row.channel) for row in up}
        on_them = (row for row in rows if (row.brand, row.channel) in channels)
        return Release(
            scope=scope,
            manner=manner,
            lifts=lifts,
            steps=steps_of(on_them, {row.id for row in up}, manner, self._clock.now(), self._slots),
            staying=tuple(Staying(delivery=row, hold=over[row.id]) for row in held if row.id in over),
        )

    def _take(self, release: Release) -> dict[str, Step]:
        """Move what each step moves; where somebody else was first, leave the rest of its sequence."""
        taken: dict[str, Step] = {}
        overtaken: set[tuple[str, str, str]] = set()
        for batch in batched(release.steps, _SENT_AT_ONCE, strict=False):
            moved = []
            for step in (step for step in batch if step.sequence not in overtaken):
                try:
                    moved.append(self._move(step, release.scope))
                except NotAsRead:
                    overtaken.add(step.sequence)
                    continue
                taken[step.delivery.id] = step
            self._send(moved)
        return taken

    def _move(self, step: Step, scope: Scope) -> Delivery:
        what = "released" if step.at else "dropped at the release"
        change = Change(actor=self._actor, cause=f"{what} ({scope.name})", at=self._clock.now())
        after = step.taken(change, to_prepare=self._reach.has_media(step.delivery))
        self._deliveries.move(step.delivery, after)
        return after

    def _send(self, moved: Iterable[Delivery]) -> None:
        """Send at once what the tick may have passed already."""
        now = self._clock.now()
        soon = [
            Outgoing(row.ticket, row.network, delay(row.wake_at, now, self._wake_early))
            for row in moved
            if row.state is State.PLANNED and row.wake_at and is_soon(row.wake_at, now)
        ]
        if soon:
            self._queue.send(soon)


# -------------------------------------------------------------------- what both share
def _change(holds: Holds, edge: Callable[[Standing], Standing]) -> tuple[Standing, Standing]:
    """Change the holds; again, from how they stand then, when somebody else was first."""
    for _ in range(_TRIES):
        before = holds.standing()
        after = edge(before)
        try:
            holds.change(before, after)
        except NotAsRead:
            continue
        return before, after
    raise NotAsRead("holds")


def _hold_on(scope: Scope, standing: Standing) -> Hold | None:
    return next((hold for hold in standing.holds if hold.scope == scope), None)
