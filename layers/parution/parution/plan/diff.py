"""What importing a plan changes: the wished deliveries against those that stand."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from parution.plan.wishes import Wish
from parution.publishing.content import Content
from parution.publishing.deliveries import (
    OPEN_TO_THE_PLAN,
    Change,
    Delivery,
    State,
    cancelled,
    replanned,
)
from parution.records import Record

# What a plan takes out is cancelled where it still waits; what is over stays as it ended.
_WAITING = frozenset({State.PLANNED, State.AWAITING_APPROVAL, State.HELD})
_OVER = frozenset({State.MISSED, State.FAILED, State.SKIPPED})
_UNDECIDED = frozenset({State.SENDING, State.CHECKING, State.UNCONFIRMED})


class Moved(Record):
    """A delivery as it was read and as it shall stand, with its content where that is new."""

    before: Delivery
    after: Delivery
    content: Content | None = None


class Created(Record):
    delivery: Delivery
    content: Content


class Diff(Record):
    """The plan against the table. Locked: edits that come too late, for it was sent or is being sent."""

    create: tuple[Created, ...] = ()
    change: tuple[Moved, ...] = ()
    cancel: tuple[Moved, ...] = ()
    locked: tuple[Delivery, ...] = ()
    same: tuple[Delivery, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        return not (self.create or self.change or self.cancel)

    @property
    def written(self) -> list[Delivery]:
        """Give the deliveries as they stand after the change."""
        return [*(each.delivery for each in self.create), *(each.after for each in self.change)]

    @property
    def contents(self) -> list[tuple[Delivery, Content]]:
        """Give each content that must be there before its delivery."""
        new = [(each.delivery, each.content) for each in self.create]
        return new + [(each.after, each.content) for each in self.change if each.content]

    def summary(self) -> dict[str, Any]:
        """Give the counts, and per kind the ids of the deliveries; those that stay are only counted."""
        ids: dict[str, list[Any]] = {
            "create": [each.delivery.id for each in self.create],
            "change": [each.after.id for each in self.change],
            "cancel": [each.after.id for each in self.cancel],
            "locked": [{"delivery": each.id, "state": each.state} for each in self.locked],
        }
        return {"counts": {**{kind: len(each) for kind, each in ids.items()}, "same": len(self.same)}, **ids}


def diff(wished: Iterable[Wish], standing: Mapping[str, Delivery], change: Change) -> Diff:
    """Compare. ``standing`` holds all deliveries of the brand, by id."""
    left = dict(standing)
    create, moved, locked, same = [], [], [], []
    reopened: set[str] = set()  # what later parts of a sequence may stand under again
    # What follows another post comes after it, whatever their order in the plan.
    for wish in sorted(wished, key=lambda one: one.delivery.follows is not None):
        old = left.pop(wish.delivery.id, None)
        if old is None:
            create.append(Created(delivery=wish.delivery, content=wish.content))
        elif _as_wished(old, wish.delivery) and not _was_skipped_for(old, reopened):
            same.append(old)
        elif _is_open(old) and not _too_late(old, kept := _kept_back(old, wish.delivery), change.at):
            after = replanned(old, kept)
            moved.append(Moved(before=old, after=after, content=wish.content))
            reopened.add(after.id)
        else:
            locked.append(old)
    return Diff(
        create=tuple(create),
        change=tuple(moved),
        cancel=tuple(_taken_out(left.values(), change)),
        locked=(*locked, *(old for old in left.values() if _is_undecided(old))),
        same=tuple(same),
    )


def _is_open(old: Delivery) -> bool:
    # A planned row that still holds an attempt may have been published already.
    return old.state in OPEN_TO_THE_PLAN and old.attempt is None


def _is_undecided(old: Delivery) -> bool:
    return old.state in _UNDECIDED or (old.state in _WAITING and old.attempt is not None)


def _as_wished(old: Delivery, wish: Delivery) -> bool:
    # What a person dropped stays so until the plan asks for something else.
    # A comment that is added later changes nothing about a post that is out.
    same_parts = old.parts == wish.parts or old.state is State.PUBLISHED
    stands = old.state is not State.CANCELLED or old.dropped
    return stands and same_parts and _facts(old) == _facts(wish)


def _facts(one: Delivery) -> tuple[object, ...]:
    told = one.network, one.account, one.campaign, one.local_at, one.max_late, one.content
    return (*told, one.asked_at, one.asked, one.asks_approval, one.under, one.follows)


def _was_skipped_for(old: Delivery, reopened: set[str]) -> bool:
    """Say whether it was left out because what it answers had failed, which is planned anew."""
    return old.state is State.SKIPPED and old.comes_after is not None and old.comes_after.delivery in reopened


def _too_late(old: Delivery, wish: Delivery, now: datetime) -> bool:
    """Say whether it would only be missed again: a new text does not turn back its time."""
    return old.state in _OVER and wish.is_stale(now)


def _kept_back(old: Delivery, wish: Delivery) -> Delivery:
    """Leave what is held so, and at its new time what a release moved: an edit undoes neither."""
    kept = wish
    if old.shifted_from == wish.due_at and wish.state is State.PLANNED:
        kept = wish.model_copy(
            update={"due_at": old.due_at, "shifted_from": old.shifted_from, "wake_at": old.due_at}
        )
    if old.state is not State.HELD or wish.state is not State.PLANNED:
        return kept
    return kept.model_copy(
        update={"state": State.HELD, "wake_at": None, "reason": old.reason, "held_by": old.held_by}
    )


def _taken_out(left: Iterable[Delivery], change: Change) -> Iterator[Moved]:
    for old in left:
        if old.state in _WAITING and old.attempt is None:
            yield Moved(before=old, after=cancelled(old, change))
