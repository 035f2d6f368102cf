"""A delivery: one post on one channel at one instant, published exactly once.

The functions here are the edges of its state machine. Each takes a delivery as it was read and gives
it as it shall stand; the table stores the new one only if the row is still the one that was read.
"""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from parution.records import Id, Instant, Record

# After a first empty search a late effect may still appear; each delay counts from the last look.
KEEP_LOOKING = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=6),
    timedelta(hours=24),
)

_KEYS = uuid.UUID("6f6f6d58-6f3b-5d2e-9d0a-70617275740a")  # a namespace of our own, never to be changed


class State(StrEnum):
    """Where a delivery stands; DESIGN section 4 draws the edges."""

    PLANNED = "planned"
    AWAITING_APPROVAL = "awaiting_approval"
    SENDING = "sending"
    CHECKING = "checking"
    PUBLISHED = "published"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"
    HELD = "held"
    SKIPPED = "skipped"


# States from which nothing was ever sent, so that a change of plan may still reach them.
OPEN_TO_THE_PLAN = frozenset(
    {State.PLANNED, State.AWAITING_APPROVAL, State.HELD, State.CANCELLED, State.MISSED, State.SKIPPED}
)


class Ticket(Record):
    """All that a message carries: which delivery, and the version it was sent for."""

    brand: Id
    post: Id
    channel: Id
    version: int


class Attempt(Record):
    """A commit call that was begun: from here on an effect may exist until the contrary is proven."""

    id: str
    number: int
    at: Instant


class Change(Record):
    """Who moved the delivery last, why, and when."""

    actor: str
    cause: str
    at: Instant


class Delivery(Record):
    """One row of the posts table; its content lives in a row of its own, named by its hash."""

    brand: Id
    post: Id
    channel: Id
    network: str
    account: str | None  # the name of the secret that opens the channel; None on a retired network
    due_at: Instant
    local_at: str  # as the person wrote it, with the zone: "2026-12-03T08:00 Europe/Paris"
    max_late: timedelta
    content: str
    state: State
    version: int = 1  # of the plan's wish: an edit or a cancel raises it and voids older messages
    fence: int = 0  # raised by every change of the row
    wake_at: Instant | None = None  # when somebody must look at it next; None: nobody
    attempts: int = 0
    attempt: Attempt | None = None  # None: proven that nothing of this version is on the network
    first_sent_at: Instant | None = None
    looks: int = 0
    remote_id: str | None = None
    url: str | None = None
    proof: str | None = None
    published_at: Instant | None = None
    reason: str | None = None
    changed: Change

    @property
    def id(self) -> str:
        """The name people see: brand/post/channel."""
        return f"{self.brand}/{self.post}/{self.channel}"

    @property
    def key(self) -> str:
        """The idempotency key: the same for every attempt at this version of this delivery."""
        return str(uuid.uuid5(_KEYS, f"{self.id}/{self.version}"))

    @property
    def ticket(self) -> Ticket:
        return Ticket(brand=self.brand, post=self.post, channel=self.channel, version=self.version)

    @property
    def stale_at(self) -> datetime:
        """The first whole second at which it is stale."""
        return self.due_at + self.max_late + timedelta(seconds=1)

    def is_stale(self, now: datetime) -> bool:
        # Later than its own limit it is old news: it is reported as missed, never published.
        return now > self.due_at + self.max_late

    def may_still_be_sending(self, now: datetime, lease: timedelta) -> bool:
        """Say whether the worker that holds the attempt may be alive (lease: a function's whole timeout)."""
        return self.attempt is not None and now < self.attempt.at + lease


def _moved(delivery: Delivery, state: State, change: Change, **fields: object) -> Delivery:
    moved = {"state": state, "fence": delivery.fence + 1, "changed": change, "reason": None}
    return delivery.model_copy(update={**moved, **fields})


def planned(  # one keyword per fact of the plan
    *,
    brand: str,
    post: str,
    channel: str,
    network: str,
    account: str | None,
    due_at: datetime,
    local_at: str,
    max_late: timedelta,
    content: str,
    change: Change,
) -> Delivery:
    """Make a delivery as the plan asks for it."""
    return Delivery(
        brand=brand,
        post=post,
        channel=channel,
        network=network,
        account=account,
        due_at=due_at,
        local_at=local_at,
        max_late=max_late,
        content=content,
        state=State.PLANNED,
        wake_at=due_at,
        changed=change,
    )


def replanned(old: Delivery, wish: Delivery) -> Delivery:
    """Give ``old`` the time, content and channel facts of ``wish``; older messages become void."""
    return wish.model_copy(update={"version": old.version + 1, "fence": old.fence + 1})


def cancelled(delivery: Delivery, change: Change) -> Delivery:
    return _moved(delivery, State.CANCELLED, change, version=delivery.version + 1, wake_at=None)


def held(delivery: Delivery, reason: str, change: Change) -> Delivery:
    """Stop before any commit call; only a person's release brings it back."""
    never_sent = {"attempt": None, "first_sent_at": None}
    return _moved(delivery, State.HELD, change, wake_at=None, reason=reason, **never_sent)


def missed(delivery: Delivery, change: Change) -> Delivery:
    return _moved(delivery, State.MISSED, change, wake_at=None, reason=change.cause)


def skipped(delivery: Delivery, reason: str, change: Change) -> Delivery:
    return _moved(delivery, State.SKIPPED, change, wake_at=None, reason=reason)


def claimed(delivery: Delivery, attempt_id: str, change: Change) -> Delivery:
    """Begin an attempt; from now on the row says that an effect may exist."""
    number = delivery.attempts + 1
    return _moved(
        delivery,
        State.SENDING,
        change,
        attempt=Attempt(id=attempt_id, number=number, at=change.at),
        attempts=number,
        first_sent_at=delivery.first_sent_at or change.at,
    )


def given_back(delivery: Delivery, wake_at: datetime, change: Change, *, open_attempt: bool) -> Delivery:
    """Return to planned, or stay there, after a try that provably had no effect.

    ``open_attempt`` says that the fate of an earlier attempt is unknown; the row then keeps saying so.
    """
    kept = {} if open_attempt else {"attempt": None, "first_sent_at": None}
    return _moved(delivery, State.PLANNED, change, wake_at=wake_at, reason=change.cause, **kept)


def published(
    delivery: Delivery, *, remote_id: str, url: str | None, proof: str, at: datetime, change: Change
) -> Delivery:
    return _moved(
        delivery,
        State.PUBLISHED,
        change,
        remote_id=remote_id,
        url=url,
        proof=proof,
        published_at=at,
        wake_at=None,
    )


def failed(delivery: Delivery, reason: str, change: Change) -> Delivery:
    return _moved(delivery, State.FAILED, change, reason=reason, wake_at=None)


def in_doubt(delivery: Delivery, settled_at: datetime, change: Change) -> Delivery:
    """Ask the network what became of it; an empty answer counts only from ``settled_at`` on."""
    return _moved(delivery, State.CHECKING, change, wake_at=settled_at, reason=change.cause)


def to_resend(delivery: Delivery, change: Change) -> Delivery:
    """Allow one more attempt under the same key, on a network that honours it.

    The attempt stays in the row: it still says that an effect may exist.
    """
    return _moved(delivery, State.PLANNED, change, wake_at=change.at, reason=change.cause)


def to_look_again(delivery: Delivery, wake_at: datetime, change: Change) -> Delivery:
    """Keep the state: the network could not be asked."""
    return _moved(delivery, delivery.state, change, wake_at=wake_at, reason=change.cause)


def not_found(delivery: Delivery, change: Change) -> Delivery:
    """Record one more empty look; the next is later each time, and the last leaves it to a person."""
    looks = delivery.looks + 1
    wake_at = change.at + KEEP_LOOKING[looks - 1] if looks <= len(KEEP_LOOKING) else None
    return _moved(delivery, State.UNCONFIRMED, change, looks=looks, wake_at=wake_at, reason=change.cause)
