"""A delivery: one post on one channel at one instant, published exactly once.

The functions here are the edges of its state machine. Each takes a delivery as it was read and gives
it as it shall stand; the table stores the new one only if the row is still the one that was read.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from parution.errors import IllegalEdge
from parution.publishing.rates import Turn
from parution.records import Id, Instant, Record

# After a first empty search a late effect may still appear; each delay counts from the last look.
KEEP_LOOKING = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=6),
    timedelta(hours=24),
)

# Uploads and containers begin so long before the instant: a video may be in work for minutes.
PREPARE_AHEAD = timedelta(minutes=10)

# A later part of a sequence is called when the part before it is out; this is for when the call is lost.
_UNCALLED = timedelta(seconds=60)

_KEYS = uuid.UUID("6f6f6d58-6f3b-5d2e-9d0a-70617275740a")  # a namespace of our own, never to be changed


class State(StrEnum):
    """Where a delivery stands; EDGES says from where to where it may go."""

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


# States in which nothing of this version is on the network, so that a change of plan may still reach it.
OPEN_TO_THE_PLAN = frozenset(
    {
        State.PLANNED,
        State.AWAITING_APPROVAL,
        State.HELD,
        State.CANCELLED,
        State.MISSED,
        State.SKIPPED,
        State.FAILED,
    }
)

_BY_THE_PLAN = {State.PLANNED, State.AWAITING_APPROVAL, State.HELD, State.SKIPPED}

# Every edge there is; docs/delivery.md is drawn from it, and no other is ever taken.
EDGES: Mapping[State, frozenset[State]] = {
    State.PLANNED: frozenset(
        {
            *_BY_THE_PLAN,
            State.SENDING,
            State.MISSED,
            State.CANCELLED,
            State.FAILED,  # refused in preparation
            State.UNCONFIRMED,  # an earlier attempt is open, and it cannot be sent again
        }
    ),
    State.AWAITING_APPROVAL: frozenset({*_BY_THE_PLAN, State.MISSED, State.CANCELLED}),
    State.SENDING: frozenset(
        {
            State.PLANNED,
            State.CHECKING,
            State.PUBLISHED,
            State.UNCONFIRMED,
            State.FAILED,
            State.HELD,
        }
    ),
    State.CHECKING: frozenset({State.CHECKING, State.PLANNED, State.PUBLISHED, State.UNCONFIRMED}),
    State.UNCONFIRMED: frozenset({State.UNCONFIRMED, State.PUBLISHED, State.PLANNED, State.MISSED}),
    State.HELD: frozenset({*_BY_THE_PLAN, State.CANCELLED}),
    State.CANCELLED: frozenset(_BY_THE_PLAN),
    State.MISSED: frozenset(_BY_THE_PLAN),
    State.SKIPPED: frozenset(_BY_THE_PLAN),
    State.FAILED: frozenset(_BY_THE_PLAN),
    State.PUBLISHED: frozenset(),
}


class Ticket(Record):
    """All that a message carries: which delivery, and the version it was sent for."""

    brand: Id
    post: Id
    channel: Id
    part: int = 0  # of a sequence: the later parts of a thread, the first comment
    version: int

    @property
    def delivery(self) -> str:
        """The delivery's name: brand/post/channel, and the part where it is a later one."""
        return "/".join((self.brand, self.post, self.channel, *([str(self.part)] if self.part else ())))


class Attempt(Record):
    """A commit call that was begun: from here on an effect may exist until the contrary is proven."""

    id: str
    number: int
    at: Instant
    request: str | None = None  # SHA-256 of what is sent, its first 16 hex digits
    marker: str | None = None  # what the network can be searched for


class Prepared(Record):
    """What was made ahead and is not public: references that the commit call names."""

    refs: tuple[str, ...] = ()
    ready: bool = True  # False: the network is still at work on it
    good_until: Instant | None = None  # None: as long as the post may wait

    def is_good(self, at: datetime) -> bool:
        return self.ready and (self.good_until is None or at < self.good_until)


class Approval(Record):
    """A person's yes to one exact content."""

    by: str
    at: Instant
    content: str


class Change(Record):
    """Who moved the delivery last, why, and when."""

    actor: str
    cause: str
    at: Instant


class Follows(Record):
    """Another post of the brand that must be out first, on which channel, and how long before."""

    post: Id
    channel: Id
    delay: timedelta = timedelta(0)


class Delivery(Record):
    """One row of the posts table; its content lives in a row of its own, named by its hash."""

    brand: Id
    post: Id
    channel: Id
    part: int = 0
    parts: int = 1  # of the whole sequence
    under: int | None = None  # the part that this one answers; None: it stands alone, or first
    follows: Follows | None = None
    network: str
    account: str | None  # the name of the secret that opens the channel; None on a retired network
    campaign: Id | None = None  # the one that may boost it
    due_at: Instant
    local_at: str  # as the person wrote it, with the zone: "2026-12-03T08:00 Europe/Paris"
    asked: str | None = None  # what the plan left open of the time, in its words: "slot", "auto 11:00/14:00"
    shifted_from: Instant | None = None  # the plan's own instant, where a release gave it another
    max_late: timedelta
    content: str
    asks_approval: bool = False
    approval: Approval | None = None
    state: State
    version: int = 1  # of the plan's wish: an edit or a cancel raises it and voids older messages
    fence: int = 0  # raised by every change of the row
    wake_at: Instant | None = None  # when somebody must look at it next; None: nobody
    prepared: Prepared | None = None
    turn: Turn | None = None  # its place among those that wait for a network's limit
    attempts: int = 0
    attempt: Attempt | None = None  # None: proven that nothing of this version is on the network
    first_sent_at: Instant | None = None
    looks: int = 0
    held_by: str | None = None  # the scope of the hold
    dropped: bool = False  # cancelled by a person at a release: the plan alone does not bring it back
    remote_id: str | None = None
    url: str | None = None
    proof: str | None = None
    published_at: Instant | None = None
    reason: str | None = None
    changed: Change

    @property
    def id(self) -> str:
        """The name people see: brand/post/channel, and the part where it is a later one."""
        return self.ticket.delivery

    @property
    def key(self) -> str:
        """The idempotency key: the same for every attempt at this version of this delivery."""
        return str(uuid.uuid5(_KEYS, f"{self.id}/{self.version}"))

    @property
    def ticket(self) -> Ticket:
        return self.part_ticket(self.part)

    def part_ticket(self, part: int) -> Ticket:
        """Name another part of its sequence."""
        return Ticket(brand=self.brand, post=self.post, channel=self.channel, part=part, version=self.version)

    @property
    def comes_after(self) -> Ticket | None:
        """Name what must be out before it: the part that it answers, or the post that it follows."""
        if self.under is not None:
            return self.part_ticket(self.under)
        if self.follows is None:
            return None
        first = {"post": self.follows.post, "channel": self.follows.channel, "part": 0}
        return self.ticket.model_copy(update=first)

    @property
    def asked_at(self) -> datetime:
        """The instant that the plan asks for, whatever a release made of it."""
        return self.shifted_from or self.due_at

    @property
    def stale_at(self) -> datetime:
        """The first whole second at which it is stale."""
        return self.due_at + self.max_late + timedelta(seconds=1)

    def is_stale(self, now: datetime) -> bool:
        # Later than its own limit it is old news: it is reported as missed, never published.
        return now > self.due_at + self.max_late

    @property
    def has_its_yes(self) -> bool:
        """Say whether it may appear: nobody need be asked, or somebody said yes to exactly this."""
        return not self.asks_approval or (self.approval is not None and self.approval.content == self.content)

    def may_still_be_sending(self, now: datetime, lease: timedelta) -> bool:
        """Say whether the worker that holds the attempt may be alive (lease: a function's whole timeout)."""
        return self.attempt is not None and now < self.attempt.at + lease


def _moved(delivery: Delivery, state: State, change: Change, **fields: object) -> Delivery:
    if state not in EDGES[delivery.state]:
        raise IllegalEdge(f"{delivery.id}: {delivery.state} -> {state}")
    moved = {"state": state, "fence": delivery.fence + 1, "changed": change, "reason": None}
    return _woken(delivery.model_copy(update={**moved, **fields}), delivery.wake_at)


def _woken(after: Delivery, before: datetime | None = None) -> Delivery:
    """Let nobody be woken in a minute that is over: the sweep may have left it for good."""
    if after.wake_at is None or after.wake_at == before or after.wake_at >= after.changed.at:
        return after
    return after.model_copy(update={"wake_at": after.changed.at})


# -------------------------------------------------------------------- by the plan and by people
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
    campaign: str | None = None,
    asked: str | None = None,
    part: int = 0,
    parts: int = 1,
    under: int | None = None,
    to_prepare: bool = False,
    asks_approval: bool = False,
) -> Delivery:
    """Make a delivery as the plan asks for it. ``to_prepare``: something must be uploaded ahead."""
    delivery = Delivery(
        brand=brand,
        post=post,
        channel=channel,
        part=part,
        parts=parts,
        under=under,
        network=network,
        account=account,
        campaign=campaign,
        due_at=due_at,
        local_at=local_at,
        asked=asked,
        max_late=max_late,
        content=content,
        asks_approval=asks_approval,
        state=State.AWAITING_APPROVAL if asks_approval else State.PLANNED,
        wake_at=_first_wake(due_at, later_part=part > 0, to_prepare=to_prepare),
        changed=change,
    )
    # Without a yes it must end as missed, and somebody must see to that.
    waking = delivery.model_copy(update={"wake_at": delivery.stale_at}) if asks_approval else delivery
    return _woken(waking)


def _first_wake(due_at: datetime, *, later_part: bool, to_prepare: bool) -> datetime:
    if later_part:
        return due_at + _UNCALLED
    return due_at - PREPARE_AHEAD if to_prepare else due_at


def replanned(old: Delivery, wish: Delivery) -> Delivery:
    """Give ``old`` the time, content and channel facts of ``wish``; older messages become void.

    A yes to this very content stays one; any other content must be asked for again.
    """
    if old.state not in OPEN_TO_THE_PLAN or wish.state not in EDGES[old.state]:
        raise IllegalEdge(f"{old.id}: {old.state} -> {wish.state}")
    after = wish.model_copy(
        update={"version": old.version + 1, "fence": old.fence + 1, "approval": old.approval}
    )
    if after.state is State.AWAITING_APPROVAL and after.has_its_yes:
        return _woken(after.model_copy(update={"state": State.PLANNED, "wake_at": after.due_at}))
    return _woken(after if after.has_its_yes else after.model_copy(update={"approval": None}))


def approved(delivery: Delivery, by: str, change: Change) -> Delivery:
    """Say yes to the content that stands in the row."""
    yes = Approval(by=by, at=change.at, content=delivery.content)
    return _moved(delivery, State.PLANNED, change, approval=yes, wake_at=delivery.due_at)


def unapproved(delivery: Delivery, change: Change) -> Delivery:
    """Take back what was about to be sent without a yes to its content."""
    return _moved(delivery, State.AWAITING_APPROVAL, change, wake_at=delivery.stale_at, reason=change.cause)


def cancelled(delivery: Delivery, change: Change, *, dropped: bool = False) -> Delivery:
    reason = change.cause if dropped else None
    return _moved(
        delivery,
        State.CANCELLED,
        change,
        version=delivery.version + 1,
        wake_at=None,
        dropped=dropped,
        reason=reason,
    )


def held(delivery: Delivery, scope: str, reason: str, change: Change) -> Delivery:
    """Stop before any commit call; only a person's release brings it back."""
    never_sent = {"attempt": None, "first_sent_at": None}
    return _moved(delivery, State.HELD, change, wake_at=None, reason=reason, held_by=scope, **never_sent)


def released(delivery: Delivery, due_at: datetime, change: Change, *, to_prepare: bool = False) -> Delivery:
    """Bring back what was held, at another instant where its own is over; older messages become void."""
    moved = due_at != delivery.due_at
    state = State.PLANNED if delivery.has_its_yes else State.AWAITING_APPROVAL
    after = _moved(
        delivery,
        state,
        change,
        version=delivery.version + 1,
        due_at=due_at,
        shifted_from=(delivery.shifted_from or delivery.due_at) if moved else delivery.shifted_from,
        held_by=None,
        prepared=None,
        wake_at=_first_wake(due_at, later_part=delivery.part > 0, to_prepare=to_prepare),
    )
    return after if state is State.PLANNED else _woken(after.model_copy(update={"wake_at": after.stale_at}))


def seen_live(delivery: Delivery, url: str, change: Change, *, remote_id: str | None = None) -> Delivery:
    """Take a person's word that it is on the network; it appeared when it was sent, for all we know.

    Without its ``remote_id`` nothing can be put under it, and its figures cannot be read.
    """
    at, proof = delivery.attempt.at if delivery.attempt else change.at, f"seen by {change.actor}"
    return published(delivery, remote_id=remote_id, url=url, proof=proof, at=at, change=change)


def seen_missing(delivery: Delivery, change: Change) -> Delivery:
    """Take a person's word that it is not on the network: it is sent again, unless it is old news."""
    never_sent = {"attempt": None, "first_sent_at": None, "looks": 0}
    if delivery.is_stale(change.at):
        reason = f"{change.cause}, and its limit of {delivery.max_late} is over"
        return _moved(delivery, State.MISSED, change, wake_at=None, reason=reason, **never_sent)
    return _moved(delivery, State.PLANNED, change, wake_at=change.at, reason=change.cause, **never_sent)


# -------------------------------------------------------------------- on the way to the network
def missed(delivery: Delivery, change: Change) -> Delivery:
    return _moved(delivery, State.MISSED, change, wake_at=None, reason=change.cause)


def skipped(delivery: Delivery, reason: str, change: Change) -> Delivery:
    return _moved(delivery, State.SKIPPED, change, wake_at=None, reason=reason)


def made_ready(delivery: Delivery, prepared: Prepared, wake_at: datetime, change: Change) -> Delivery:
    """Keep what was uploaded ahead, until ``wake_at``."""
    return _moved(delivery, State.PLANNED, change, prepared=prepared, wake_at=wake_at)


def called(delivery: Delivery, change: Change) -> Delivery:
    """Wake the next part of a sequence: the one that it answers is out."""
    return _moved(delivery, State.PLANNED, change, wake_at=max(change.at, delivery.due_at))


def claimed(delivery: Delivery, attempt: Attempt, prepared: Prepared, change: Change) -> Delivery:
    """Begin an attempt; from now on the row says that an effect may exist."""
    return _moved(
        delivery,
        State.SENDING,
        change,
        attempt=attempt,
        attempts=attempt.number,
        first_sent_at=delivery.first_sent_at or change.at,
        prepared=prepared if prepared.refs else None,
        turn=None,
    )


def given_back(
    delivery: Delivery, wake_at: datetime, change: Change, *, open_attempt: bool, turn: Turn | None = None
) -> Delivery:
    """Return to planned, or stay there, after a try that provably had no effect.

    ``open_attempt`` says that the fate of an earlier attempt is unknown; the row then keeps saying so.
    """
    kept = {} if open_attempt else {"attempt": None, "first_sent_at": None}
    return _moved(delivery, State.PLANNED, change, wake_at=wake_at, reason=change.cause, turn=turn, **kept)


def published(
    delivery: Delivery, *, remote_id: str | None, url: str | None, proof: str, at: datetime, change: Change
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
    """End it: the network refused for good. Another content, by the plan, may still be published."""
    never_sent = {"attempt": None, "first_sent_at": None, "prepared": None}
    return _moved(delivery, State.FAILED, change, reason=reason, wake_at=None, **never_sent)


def in_doubt(delivery: Delivery, settled_at: datetime, change: Change) -> Delivery:
    """Ask the network what became of it; an empty answer counts only from ``settled_at`` on."""
    return _moved(delivery, State.CHECKING, change, wake_at=settled_at, reason=change.cause)


def to_resend(delivery: Delivery, change: Change) -> Delivery:
    """Allow one more attempt that cannot double: under the same key, or of the same container.

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


def left_to_a_person(delivery: Delivery, change: Change) -> Delivery:
    """Look no further: this network shows nothing that could be searched."""
    return _moved(delivery, State.UNCONFIRMED, change, wake_at=None, reason=change.cause)
