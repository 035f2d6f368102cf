"""The publishing desk: sends tickets in time, and publishes each delivery once."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import batched

from parution.errors import MediaChanged, NoSuchSecret, NotAsRead
from parution.publishing import deliveries as edges
from parution.publishing.deliveries import Change, Delivery, State, Ticket
from parution.publishing.dispatch import (
    LOOK_AHEAD,
    OVERDUE,
    SETTLED,
    delay,
    following,
    is_soon,
    minute_of,
    minutes,
)
from parution.publishing.ports import (
    Clock,
    Deliveries,
    DeliveryQueue,
    Holds,
    Media,
    Network,
    Networks,
    NotFound,
    NotSent,
    Outcome,
    Prepared,
    Published,
    Refused,
    Unknown,
    Waiting,
)
from parution.records import Record

# A worker holds a ticket at most so long; one that comes earlier goes back to the queue. With a network's
# 30 s for the commit it stays below the function's 60 s.
LONGEST_HOLD = timedelta(seconds=25)

# How long a delivery waits whose channel cannot be opened at all (its secret is missing).
_WITHOUT_SECRET = timedelta(minutes=1)

# After an outage the marks advance an hour at a time, so that a run that is cut off was not in vain.
_CHUNK = 60

_METRICS = {
    State.PLANNED: "PostDelayed",
    State.CHECKING: "PostDoubted",
    State.PUBLISHED: "PostPublished",
    State.UNCONFIRMED: "PostUnconfirmed",
    State.FAILED: "PostRefused",
    State.MISSED: "PostMissed",
    State.HELD: "PostHeld",
}


class Dispatched(Record):
    """What one tick did."""

    sent: int
    swept: int
    metric: str = "TicketsSent"


class Delivered(Record):
    """What became of one ticket; ``state`` is None when the ticket was void or another worker has it."""

    id: str
    metric: str
    state: State | None = None
    reason: str | None = None
    late_by: timedelta | None = None


class DispatchDesk:
    """Finds what is due through the index and sends its tickets; finds what was lost on the way."""

    def __init__(self, deliveries: Deliveries, queue: DeliveryQueue, wake_early: timedelta) -> None:
        self._deliveries, self._queue, self._wake_early = deliveries, queue, wake_early

    def dispatch(self, now: datetime) -> Dispatched:
        """Take each minute up to the look-ahead once, then send again what is overdue.

        Raises NotAsRead when another run is at work; it takes the same minutes.
        """
        return Dispatched(sent=self._look_ahead(now), swept=self._sweep(now))

    def _look_ahead(self, now: datetime) -> int:
        mark = self._deliveries.mark("dispatch")
        first = following(mark) if mark else minute_of(now)
        sent = 0
        for chunk in batched(minutes(first, minute_of(now + LOOK_AHEAD)), _CHUNK, strict=False):
            sent += sum(self._send(list(self._deliveries.due(minute)), now) for minute in chunk)
            self._deliveries.advance("dispatch", mark, chunk[-1])
            mark = chunk[-1]
        return sent

    def _sweep(self, now: datetime) -> int:
        mark = self._deliveries.mark("sweep")
        first = following(mark) if mark else minute_of(now - SETTLED)
        all_empty, swept = True, 0
        for chunk in batched(minutes(first, minute_of(now - OVERDUE)), _CHUNK, strict=False):
            for minute in chunk:
                waiting = list(self._deliveries.due(minute))
                swept += self._send([one for one in waiting if one.wake_at <= now - OVERDUE], now)
                all_empty = all_empty and not waiting and minute <= now - SETTLED
                if all_empty:
                    first = following(minute)
            self._leave(mark, first)
            mark = self._deliveries.mark("sweep")
        return swept

    def _leave(self, mark: datetime | None, first_kept: datetime) -> None:
        left = first_kept - timedelta(minutes=1)
        if mark is None or left > mark:
            self._deliveries.advance("sweep", mark, left)

    def _send(self, waiting: list[Waiting], now: datetime) -> int:
        self._queue.send([(one.ticket, delay(one.wake_at, now, self._wake_early)) for one in waiting])
        return len(waiting)


class PublishingDesk:
    """Publishes what a ticket names, once, at its instant; or finds out what became of it.

    ``lease`` is the longest that a worker can live: the function's timeout.
    """

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        holds: Holds,
        networks: Networks,
        media: Media,
        queue: DeliveryQueue,
        clock: Clock,
        lease: timedelta,
        wake_early: timedelta,
        actor: str = "deliver_post",
    ) -> None:
        self._deliveries, self._holds, self._networks = deliveries, holds, networks
        self._media, self._queue, self._clock = media, queue, clock
        self._lease, self._wake_early, self._actor = lease, wake_early, actor

    def deliver(self, ticket: Ticket) -> Delivered:
        """Do what the delivery's state asks for. A ticket of an older version is void.

        The first reading may be a moment old, for half the price, and is good enough to publish by: the
        claim is written only if the row still is what was read. All else waits for a consistent reading.
        """
        name, metric = f"{ticket.brand}/{ticket.post}/{ticket.channel}", "TicketVoided"
        for consistent in (False, True):
            delivery = self._deliveries.read(ticket, consistent=consistent)
            if delivery is None or delivery.version != ticket.version:
                continue
            if not consistent and delivery.state is not State.PLANNED:
                continue
            try:
                return self._work(delivery)
            except NotAsRead:  # another worker, or a change of plan, was first
                metric = "TicketOvertaken"
        return Delivered(id=name, metric=metric)

    def _work(self, delivery: Delivery) -> Delivered:
        match delivery.state:
            case State.PLANNED:
                return self._publish(delivery)
            case State.SENDING if delivery.may_still_be_sending(self._clock.now(), self._lease):
                return Delivered(id=delivery.id, metric="DeliveryBusy")  # the sweep comes back to it
            case State.SENDING:
                return self._doubt(delivery, "the worker stopped before it could say what became of it")
            case State.CHECKING | State.UNCONFIRMED:
                return self._look(delivery)
            case _:
                return Delivered(id=delivery.id, metric="TicketVoided")

    # ---------------------------------------------------------------- planned -> sending -> …
    def _publish(self, delivery: Delivery) -> Delivered:
        now = self._clock.now()
        wake_at = max(delivery.due_at, delivery.wake_at or delivery.due_at)
        if wake_at > now + LONGEST_HOLD:
            self._see_to(delivery)
            return Delivered(id=delivery.id, metric="TicketEarly")
        if delivery.is_stale(now):
            return self._miss(delivery)
        try:
            network = self._networks.open(delivery.network, delivery.account or "")
        except NoSuchSecret as error:
            return self._later(delivery, NotSent(reason=str(error), retry_after=_WITHOUT_SECRET))
        prepared = self._prepare(delivery, network)
        if not isinstance(prepared, Prepared):
            return self._record(delivery, network, prepared)
        self._clock.wait_until(wake_at)
        return self._commit(delivery, network, prepared)

    def _prepare(self, delivery: Delivery, network: Network) -> Prepared | Refused | NotSent:
        content = self._deliveries.content(delivery.brand, delivery.post, delivery.content)
        try:
            return network.prepare(content, self._media)
        except MediaChanged as error:
            return Refused(reason=str(error))

    def _commit(self, delivery: Delivery, network: Network, prepared: Prepared) -> Delivered:
        """Claim, read the holds last, compare the clock last, and make the one call."""
        if delivery.is_stale(self._clock.now()):
            return self._miss(delivery)
        claimed = edges.claimed(delivery, str(uuid.uuid4()), self._change("due"))
        self._deliveries.move(delivery, claimed)
        reason = self._holds.standing(delivery.brand, delivery.channel)
        if reason:
            return self._hold(claimed, reason, open_attempt=delivery.attempt is not None)
        early_by = delivery.due_at - self._clock.now()
        if early_by > timedelta(0):
            early = NotSent(reason="the clock was early", retry_after=early_by)
            return self._later(claimed, early, open_attempt=delivery.attempt is not None)
        outcome = network.commit(prepared, delivery.key)
        return self._record(claimed, network, outcome, open_attempt=delivery.attempt is not None)

    def _record(
        self, delivery: Delivery, network: Network, outcome: Outcome, *, open_attempt: bool | None = None
    ) -> Delivered:
        if open_attempt is None:
            open_attempt = delivery.attempt is not None
        match outcome:
            case Published():
                return self._published(delivery, outcome)
            case NotSent():
                return self._later(delivery, outcome, open_attempt=open_attempt)
            case Refused() if open_attempt:
                # This call was refused, but an earlier one may have gone through.
                return self._unconfirmed(delivery, f"refused when sent again: {outcome.reason}")
            case Refused():
                reason = outcome.reason
                return self._move(delivery, lambda row, change: edges.failed(row, reason, change), reason)
            case Unknown():
                return self._doubt(delivery, outcome.reason, network)

    def _published(self, delivery: Delivery, seen: Published) -> Delivered:
        def after(row: Delivery, change: Change) -> Delivery:
            return edges.published(
                row,
                remote_id=seen.remote_id,
                url=seen.url,
                proof=seen.proof,
                at=seen.at or change.at,
                change=change,
            )

        try:
            return self._move(delivery, after, f"shown by its {seen.proof}")
        except NotAsRead:
            # Our lease ran out and another worker began to look; what we know is more than it can find.
            standing = self._deliveries.read(delivery.ticket, consistent=True)
            if standing is None or standing.attempt != delivery.attempt or standing.state is State.PUBLISHED:
                raise
            return self._move(standing, after, f"shown by its {seen.proof}")

    def _hold(self, delivery: Delivery, reason: str, *, open_attempt: bool) -> Delivered:
        if open_attempt:
            return self._unconfirmed(delivery, f"held before it could be sent again: {reason}")
        return self._move(delivery, lambda row, change: edges.held(row, reason, change), reason)

    def _miss(self, delivery: Delivery) -> Delivered:
        if delivery.attempt is not None:
            return self._unconfirmed(delivery, "too late to be sent again")
        last = f"; last: {delivery.reason}" if delivery.reason else ""
        return self._move(delivery, edges.missed, f"later than its limit of {delivery.max_late}{last}")

    def _later(self, delivery: Delivery, why: NotSent, *, open_attempt: bool | None = None) -> Delivered:
        keeps = delivery.attempt is not None if open_attempt is None else open_attempt
        now = self._clock.now()
        # Nobody waits a day to be told that the post was missed.
        wake_at = min(now + why.retry_after, max(now, delivery.stale_at))

        def after(row: Delivery, change: Change) -> Delivery:
            return edges.given_back(row, wake_at, change, open_attempt=keeps)

        return self._move(delivery, after, why.reason)

    # ---------------------------------------------------------------- checking, unconfirmed
    def _doubt(self, delivery: Delivery, reason: str, network: Network | None = None) -> Delivered:
        """Note that an effect may exist, and look at once: most lost answers were successes."""
        try:
            network = network or self._networks.open(delivery.network, delivery.account or "")
            settling = network.settling
        except NoSuchSecret:
            settling = _WITHOUT_SECRET
        settled_at = self._clock.now() + settling
        doubted = edges.in_doubt(delivery, settled_at, self._change(reason))
        self._deliveries.move(delivery, doubted)
        return self._look(doubted)

    def _look(self, delivery: Delivery) -> Delivered:
        if delivery.wake_at and delivery.wake_at - self._clock.now() <= self._wake_early:
            self._clock.wait_until(delivery.wake_at)
        try:
            network = self._networks.open(delivery.network, delivery.account or "")
            seen = self._find(delivery, network)
        except NoSuchSecret as error:
            network, seen = None, NotSent(reason=str(error), retry_after=_WITHOUT_SECRET)
        now = self._clock.now()
        match seen:
            case Published():
                return self._published(delivery, seen)
            case NotSent():
                return self._look_later(delivery, seen)
            case NotFound() if delivery.wake_at and now < delivery.wake_at:
                self._see_to(delivery)  # too early for an empty answer to mean anything
                return self._told(delivery)
            case NotFound() if network and self._may_resend(delivery, network, now):
                return self._move(delivery, edges.to_resend, "not found; the network honours the key")
            case NotFound():
                return self._unconfirmed(delivery, "the network does not show it")

    def _find(self, delivery: Delivery, network: Network) -> Published | NotFound | NotSent:
        content = self._deliveries.content(delivery.brand, delivery.post, delivery.content)
        return network.find(content, delivery.key, delivery.first_sent_at or delivery.due_at)

    def _may_resend(self, delivery: Delivery, network: Network, now: datetime) -> bool:
        return (
            delivery.state is State.CHECKING
            and network.key_lives is not None
            and delivery.first_sent_at is not None
            and now < delivery.first_sent_at + network.key_lives
            and not delivery.is_stale(now)
        )

    def _look_later(self, delivery: Delivery, why: NotSent) -> Delivered:
        wake_at = self._clock.now() + why.retry_after

        def after(row: Delivery, change: Change) -> Delivery:
            return edges.to_look_again(row, max(wake_at, row.wake_at or wake_at), change)

        return self._move(delivery, after, why.reason)

    def _unconfirmed(self, delivery: Delivery, reason: str) -> Delivered:
        return self._move(delivery, edges.not_found, reason)

    # ---------------------------------------------------------------- what every edge shares
    def _move(self, before: Delivery, edge: Callable[[Delivery, Change], Delivery], cause: str) -> Delivered:
        after = edge(before, self._change(cause))
        self._deliveries.move(before, after)
        self._see_to(after)
        return self._told(after)

    def _see_to(self, delivery: Delivery) -> None:
        """Send the next ticket where the tick may already have passed its minute."""
        now = self._clock.now()
        if delivery.wake_at and is_soon(delivery.wake_at, now):
            self._queue.send([(delivery.ticket, delay(delivery.wake_at, now, self._wake_early))])

    def _told(self, delivery: Delivery) -> Delivered:
        late_by = delivery.published_at - delivery.due_at if delivery.published_at else None
        return Delivered(
            id=delivery.id,
            metric=_METRICS[delivery.state],
            state=delivery.state,
            reason=delivery.reason,
            late_by=late_by,
        )

    def _change(self, cause: str) -> Change:
        return Change(actor=self._actor, cause=cause, at=self._clock.now())
