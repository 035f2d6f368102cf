"""What people decide about a single delivery: that it is on the network or is not, that it may appear."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import ValidationError

from parution.errors import NoSuchDelivery, NotAsRead, NothingToDecide
from parution.publishing.content import Content
from parution.publishing.deliveries import (
    Change,
    Delivery,
    State,
    Ticket,
    approved,
    seen_live,
    seen_missing,
)
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.ports import Clock, Deliveries, DeliveryQueue, Outgoing
from parution.records import Record

# Longer than a worker may live and any network takes to show what it was sent: from then on it counts
# that a person does not see it, even if the network cannot be asked.
_SURE_AFTER = timedelta(minutes=5)

_TRIES = 5  # against workers that look at the same time

_SEEN, _NOT_SEEN = "somebody saw it on the network", "somebody looked: it is not on the network"

_BACK = "change it in the plan and import that again"
_NOTHING_SENT = {
    State.PLANNED: ("nothing of it was sent so far", "it appears by itself; take it out of the plan if not"),
    State.AWAITING_APPROVAL: (
        "nothing of it was sent: it waits for a yes",
        "`parution approve` shows and approves it",
    ),
    State.HELD: ("nothing of it was sent: it is held", "`parution release` says what comes back, and when"),
    State.FAILED: ("the network refused it", _BACK),
    State.MISSED: ("it was not sent, for it was too late", "give it a new time in the plan"),
    State.CANCELLED: ("it was taken back before it was sent", _BACK),
    State.SKIPPED: ("it was not sent", _BACK),
}


class Verdict(Record):
    """The delivery as it stands now; not ``changed`` when it stood so already."""

    delivery: Delivery
    changed: bool


class VerdictDesk:
    """Takes a person's word, once and in time; ``remote_id`` reads a network's own id from an address."""

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        queue: DeliveryQueue,
        clock: Clock,
        wake_early: timedelta,
        remote_id: Callable[[str, str], str | None],
        actor: str,
    ) -> None:
        self._deliveries, self._queue, self._clock = deliveries, queue, clock
        self._wake_early, self._remote_id, self._actor = wake_early, remote_id, actor

    def content(self, delivery: Delivery) -> Content:
        """Give what the delivery would show."""
        return self._deliveries.content(delivery.brand, delivery.post, delivery.content)

    def live(self, name: str, url: str) -> Verdict:
        """Take it that the post is to be seen under this address. Raises NoSuchDelivery, NothingToDecide."""

        def verdict(row: Delivery) -> Delivery | None:
            if row.state is State.PUBLISHED:
                return None
            if row.state not in {State.CHECKING, State.UNCONFIRMED}:
                raise _nothing_to_decide(row)
            return seen_live(row, url, self._change(_SEEN), remote_id=self._remote_id(row.network, url))

        return self._decide(name, verdict)

    def missing(self, name: str) -> Verdict:
        """Take it that the post is not on the network: it is sent again, unless it is old news by now.

        Raises NoSuchDelivery, NothingToDecide.
        """

        def verdict(row: Delivery) -> Delivery | None:
            if row.state in {State.PLANNED, State.MISSED} and row.changed.cause == _NOT_SEEN:
                return None
            if _may_still_appear(row) and self._clock.now() < (sure_at := _sure_at(row)):
                why = (
                    "the network is still being asked, and" if row.state is State.CHECKING else "the network"
                )
                raise NothingToDecide(
                    f"{why} may show it until {sure_at:%H:%M:%S} UTC",
                    "say so after that, should it still not be there",
                )
            if row.state not in {State.CHECKING, State.UNCONFIRMED}:
                raise _nothing_to_decide(row)
            return seen_missing(row, self._change(_NOT_SEEN))

        return self._decide(name, verdict)

    def approve(self, shown: Delivery) -> Verdict:
        """Say yes to the content that was shown, and to no other. Raises NothingToDecide."""

        def verdict(row: Delivery) -> Delivery | None:
            if row.content != shown.content:
                raise NothingToDecide("its content has changed since you saw it", "look at it again")
            if row.state is State.AWAITING_APPROVAL and not row.is_stale(self._clock.now()):
                return approved(row, self._actor, self._change("approved"))
            if row.approval is not None and row.has_its_yes:
                return None
            raise _no_yes_wanted(row)

        return self._decide(shown.id, verdict)

    def _decide(self, name: str, verdict: Callable[[Delivery], Delivery | None]) -> Verdict:
        """Move the delivery by the verdict; once more, by how it stands then, if somebody was first."""
        for _ in range(_TRIES):
            row = named(self._deliveries, name)
            after = verdict(row)
            if after is None:
                return Verdict(delivery=row, changed=False)
            try:
                self._deliveries.move(row, after)
            except NotAsRead:
                continue
            self._see_to(after)
            return Verdict(delivery=after, changed=True)
        raise NotAsRead(name)

    def _see_to(self, row: Delivery) -> None:
        now = self._clock.now()
        if row.wake_at and is_soon(row.wake_at, now):
            self._queue.send([Outgoing(row.ticket, row.network, delay(row.wake_at, now, self._wake_early))])

    def _change(self, cause: str) -> Change:
        return Change(actor=self._actor, cause=cause, at=self._clock.now())


def named(deliveries: Deliveries, name: str) -> Delivery:
    """Read the delivery of this name, brand/post/channel or brand/post/channel/part.

    Raises NoSuchDelivery.
    """
    found = deliveries.read(_ticket(name), consistent=True)
    if found is None:
        raise NoSuchDelivery(f"no delivery is called '{name}'")
    return found


def _ticket(name: str) -> Ticket:
    fields = dict(zip(("brand", "post", "channel", "part"), name.split("/"), strict=False))
    try:
        ticket = Ticket.model_validate({**fields, "version": 1})
    except ValidationError as error:
        raise NoSuchDelivery(f"'{name}' is no delivery's name") from error
    if ticket.delivery != name:
        raise NoSuchDelivery(f"'{name}' is no delivery's name")
    return ticket


def _may_still_appear(row: Delivery) -> bool:
    # Where nothing can be searched, nobody has waited yet until what was sent must show.
    return row.state is State.CHECKING or (row.state is State.UNCONFIRMED and row.looks == 0)


def _sure_at(row: Delivery) -> datetime:
    return (row.attempt.at if row.attempt else row.changed.at) + _SURE_AFTER


def _nothing_to_decide(row: Delivery) -> NothingToDecide:
    if row.state is State.PUBLISHED:
        where = f"{row.url or 'without an address'} ({row.proof})"
        return NothingToDecide(
            f"it is published: {where}", "take it down on the network itself, and plan another post"
        )
    if row.state is State.SENDING:
        return NothingToDecide("it is being sent at this moment", "look again in three minutes")
    if row.attempt is not None:
        return NothingToDecide(
            "it is about to be sent once more, which its network keeps from doubling", "look again later"
        )
    what, instead = _NOTHING_SENT[row.state]
    return NothingToDecide(what + (f" ({row.reason})" if row.reason else ""), instead)


def _no_yes_wanted(row: Delivery) -> NothingToDecide:
    if row.state is State.AWAITING_APPROVAL:
        return NothingToDecide("it is too late for a yes", "give it a new time in the plan")
    if row.state is State.HELD:
        return NothingToDecide("it is held", "`parution release` first; it then waits for its yes again")
    if not row.asks_approval:
        return NothingToDecide("it needs nobody's yes", "there is nothing to do")
    return NothingToDecide(f"it is {row.state}", "there is nothing to approve any more")
