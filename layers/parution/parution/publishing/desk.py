"""The publishing desk: publishes each delivery once, at its instant, or finds out what became of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from parution.errors import FenceBypassed, FenceClosed, MediaChanged, NoSuchSecret, NotAsRead
from parution.guarding.holds import Hold, Holds
from parution.publishing import deliveries as edges
from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, Prepared, State, Ticket
from parution.publishing.dispatch import LONGEST_HOLD, delay, is_soon
from parution.publishing.fence import Fence
from parution.publishing.passage import Passage
from parution.publishing.ports import (
    Clock,
    Deliveries,
    DeliveryQueue,
    Guarantee,
    Media,
    Network,
    Networks,
    NotFound,
    NotSent,
    Outcome,
    Outgoing,
    Piece,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Rates, Turn
from parution.records import Record

# How long a delivery waits whose channel cannot be opened at all (its secret is missing).
_WITHOUT_SECRET = timedelta(minutes=1)

_AT_ONCE = timedelta(0)

# A later part of a sequence that comes before the one it answers.
_AFTER_YOU, _AFTER_A_HOLD = timedelta(seconds=30), timedelta(minutes=5)

# A worker has 512 MB and up to ten deliveries in hand, and a film may have 100 MB.
_AFTER_A_FILM = timedelta(seconds=20)

# The ends of a part after which the next one has nothing to stand under.
_NEVER_OUT = {State.FAILED, State.MISSED, State.CANCELLED, State.SKIPPED}

# Where another worker may have brought a delivery while our own call was still on its way.
_IN_DOUBT = {State.CHECKING, State.UNCONFIRMED}

_METRICS = {
    State.PLANNED: "PostDelayed",
    State.AWAITING_APPROVAL: "PostUnapproved",
    State.CHECKING: "PostDoubted",
    State.PUBLISHED: "PostPublished",
    State.UNCONFIRMED: "PostUnconfirmed",
    State.FAILED: "PostRefused",
    State.MISSED: "PostMissed",
    State.HELD: "PostHeld",
    State.SKIPPED: "PostSkipped",
}


class Delivered(Record):
    """What became of one ticket; ``state`` is None when the ticket was void or another worker has it."""

    id: str
    metric: str
    state: State | None = None
    reason: str | None = None
    late_by: timedelta | None = None


class _Ready(NamedTuple):
    """What needs only its instant."""

    piece: Piece
    prepared: Prepared
    turn: Turn


class Whole(NamedTuple):
    """All that is published of a delivery, and since when it may be where it follows another post."""

    piece: Piece
    not_before: datetime | None = None


class PublishingDesk:
    """Publishes what a ticket names, once, at its instant; or finds out what became of it.

    Several threads may call it at once, each with a ticket of its own. ``lease`` is the longest that a
    worker can live: the function's timeout.
    """

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        holds: Holds,
        networks: Networks,
        media: Media,
        rates: Rates,
        queue: DeliveryQueue,
        clock: Clock,
        lease: timedelta,
        wake_early: timedelta,
        actor: str = "deliver_post",
    ) -> None:
        self._deliveries, self._holds, self._networks = deliveries, holds, networks
        self._media, self._rates, self._queue, self._clock = media, rates, queue, clock
        self._lease, self._wake_early, self._actor = lease, wake_early, actor
        self._films, self._counting = 0, Lock()

    def deliver(self, ticket: Ticket) -> Delivered:
        """Do what the delivery's state asks for. A ticket of an older version is void.

        The first reading may be a moment old, for half the price, and is good enough to publish by: the
        claim is written only if the row still is what was read. All else waits for a consistent reading.
        Raises FenceBypassed when a connector is broken; the delivery is then in doubt.
        """
        metric = "TicketVoided"
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
        return Delivered(id=ticket.delivery, metric=metric)

    def _work(self, delivery: Delivery) -> Delivered:
        match delivery.state:
            case State.PLANNED | State.AWAITING_APPROVAL if delivery.is_stale(self._clock.now()):
                return self._miss(delivery)
            case State.PLANNED:
                return self._publish(delivery)
            case State.SENDING if delivery.may_still_be_sending(self._clock.now(), self._lease):
                return Delivered(id=delivery.id, metric="DeliveryBusy")  # the sweep comes back to it
            case State.SENDING:
                return self._doubt(delivery, "the worker stopped before it could say what became of it")
            case State.CHECKING | State.UNCONFIRMED if delivery.wake_at:  # without: a person is asked
                return self._look(delivery)
            case _:
                return Delivered(id=delivery.id, metric="TicketVoided")

    # ---------------------------------------------------------------- planned -> sending -> …
    def _publish(self, delivery: Delivery) -> Delivered:
        begins_at = delivery.wake_at or delivery.due_at
        if begins_at > self._clock.now() + LONGEST_HOLD:
            self._see_to(delivery)
            return Delivered(id=delivery.id, metric="TicketEarly")
        if begins_at >= delivery.stale_at:  # it was only to be told missed; to ask again would be a loop
            self._clock.wait_until(begins_at)
            return self._miss(delivery)
        if not delivery.has_its_yes:
            return self._move(delivery, edges.unapproved, "nobody said yes to this content")
        try:
            network = self._networks.open(delivery.network, delivery.account or "")
        except NoSuchSecret as error:
            return self._later(delivery, NotSent(reason=str(error), retry_after=_WITHOUT_SECRET))
        whole = self._whole(delivery)
        if not isinstance(whole, Whole):
            return self._not_yet(delivery, whole)
        send_at = max(delivery.due_at, begins_at, whole.not_before or begins_at)
        return self._make_ready(delivery, network, whole.piece, send_at)

    def _whole(self, delivery: Delivery) -> "Whole | State":
        """Put together what is published; or give the state of what must be out before it."""
        content = self._deliveries.content(delivery.brand, delivery.post, delivery.content)
        refs = delivery.prepared.refs if delivery.prepared else ()
        piece = Piece(content=content, key=delivery.key, due_at=delivery.due_at, refs=refs)
        if (before := delivery.comes_after) is None:
            return Whole(piece)
        first = self._deliveries.read(before, consistent=True)
        if first is None or first.state is not State.PUBLISHED:
            return first.state if first else State.CANCELLED
        if delivery.under is not None:
            return (
                Whole(piece.model_copy(update={"reply_to": first.remote_id}))
                if first.remote_id
                else first.state
            )
        return _following(delivery, piece, first)

    def _not_yet(self, delivery: Delivery, before: State) -> Delivered:
        what = "the part that it answers" if delivery.under is not None else "the post that it follows"
        # Without its id nothing can be put under a post that a person saw live.
        if before in _NEVER_OUT or before is State.PUBLISHED:
            without = " without its address" if before is State.PUBLISHED else ""
            reason = f"{what} ended {before}{without}"
            return self._move(delivery, lambda row, change: edges.skipped(row, reason, change), reason)
        # A release brings both back; until then nobody need ask often.
        wait = _AFTER_A_HOLD if before is State.HELD else _AFTER_YOU
        return self._later(delivery, NotSent(reason=f"{what} is {before}", retry_after=wait))

    def _make_ready(self, delivery: Delivery, network: Network, piece: Piece, send_at: datetime) -> Delivered:
        prepared = self._prepared(delivery, network, piece, send_at)
        match prepared:
            case Refused() | NotSent():
                return self._record(delivery, network, prepared)
            case Preparing(refs=refs):
                return self._prepare_on(delivery, prepared, Prepared(refs=refs, ready=False))
            case Prepared() if send_at > self._clock.now() + LONGEST_HOLD:
                ahead = "prepared ahead"
                return self._move(
                    delivery, lambda row, change: edges.made_ready(row, prepared, send_at, change), ahead
                )
            case Prepared():
                return self._at_the_instant(delivery, network, piece, prepared, send_at)

    def _prepared(
        self, delivery: Delivery, network: Network, piece: Piece, send_at: datetime
    ) -> Prepared | Preparing | Refused | NotSent:
        standing = delivery.prepared
        if standing and standing.is_good(max(send_at, self._clock.now())):
            return standing
        if delivery.attempt is not None and network.guarantee is Guarantee.STEPWISE:
            return Refused(reason="what was prepared for the first attempt has expired")
        try:
            return self._uploaded(network, piece, has_time=send_at > self._clock.now() + LONGEST_HOLD)
        except MediaChanged as error:
            return Refused(reason=str(error))

    def _uploaded(
        self, network: Network, piece: Piece, *, has_time: bool
    ) -> Prepared | Preparing | Refused | NotSent:
        """Prepare it; while there is time, one film after the other, for each is whole in our memory."""
        if not piece.content.has_film:
            return network.prepare(piece, self._media)
        with self._counting:
            if self._films and has_time:
                return NotSent(reason="another film is being uploaded", retry_after=_AFTER_A_FILM)
            self._films += 1
        try:
            return network.prepare(piece, self._media)
        finally:
            with self._counting:
                self._films -= 1

    def _prepare_on(self, delivery: Delivery, unfinished: Preparing, refs: Prepared) -> Delivered:
        wake_at = self._clock.now() + unfinished.retry_after

        def after(row: Delivery, change: Change) -> Delivery:
            return edges.made_ready(row, refs, wake_at, change)

        return self._move(delivery, after, unfinished.reason)

    def _at_the_instant(
        self, delivery: Delivery, network: Network, piece: Piece, prepared: Prepared, send_at: datetime
    ) -> Delivered:
        turn = self._rates.turn(
            delivery.network,
            delivery.account or "",
            network.limits,
            self._clock.now(),
            at=send_at,
            latest=delivery.stale_at,
            held=delivery.turn,
        )
        if turn.at > send_at:
            return self._wait_for(delivery, turn)
        self._clock.wait_until(send_at)
        if delivery.is_stale(self._clock.now()):
            return self._miss(delivery)
        if delivery.attempt and not self._may_resend(delivery, network, self._clock.now()):
            return self._unconfirmed(delivery, "by now the network might take it for another post")
        if not prepared.is_good(self._clock.now()):  # good until the instant, not until a late waking
            expired = NotSent(reason="what was prepared has expired", retry_after=_AT_ONCE)
            return self._later(delivery, expired)
        ready = _Ready(piece.model_copy(update={"refs": prepared.refs}), prepared, turn)
        return self._commit(delivery, network, ready)

    def _wait_for(self, delivery: Delivery, turn: Turn) -> Delivered:
        """Wait in the queue for its turn, with its number; nobody waits for longer than the post is news."""
        wake_at = min(turn.at, delivery.stale_at)
        open_attempt = delivery.attempt is not None

        def after(row: Delivery, change: Change) -> Delivery:
            return edges.given_back(row, wake_at, change, open_attempt=open_attempt, turn=turn)

        reason = f"{delivery.network} takes no more calls before {turn.at:%H:%M:%S} UTC"
        return self._move(delivery, after, reason)

    def _commit(self, delivery: Delivery, network: Network, ready: _Ready) -> Delivered:
        """Let the adapter cross the fence and make its one call."""
        passage = self._passage(delivery, ready.piece.content, ready.prepared)
        fence, open_attempt = Fence(passage.go), delivery.attempt is not None
        try:
            outcome = network.commit(ready.piece, fence)
        except NotAsRead:
            self._give_back(delivery, ready.turn)
            raise
        except FenceClosed:
            told = self._stopped(passage, open_attempt=open_attempt)
            self._give_back(delivery, ready.turn)
            return told
        if not fence.crossed:
            # Without a token, or a file, nothing can be sent: who says so before the fence is believed.
            if passage.claimed is not delivery or not isinstance(outcome, NotSent | Refused):
                raise self._bypassed(passage, network)
            self._give_back(delivery, ready.turn)
        return self._record(passage.claimed, network, outcome, open_attempt=open_attempt)

    def _stopped(self, passage: Passage, *, open_attempt: bool) -> Delivered:
        if passage.hold:
            return self._hold(passage, passage.hold, open_attempt=open_attempt)
        if passage.not_sent:
            return self._later(passage.claimed, passage.not_sent, open_attempt=open_attempt)
        raise FenceBypassed(f"{passage.claimed.id}: its connector closed the fence itself")

    def _give_back(self, delivery: Delivery, turn: Turn) -> None:
        """Return the numbers that were taken for a call that was not made, not those that the row holds."""
        self._rates.give_back(delivery.network, delivery.account or "", turn, held=delivery.turn)

    def _passage(self, delivery: Delivery, content: Content, prepared: Prepared) -> Passage:
        return Passage(
            delivery,
            content,
            prepared,
            deliveries=self._deliveries,
            holds=self._holds,
            clock=self._clock,
            actor=self._actor,
        )

    def _bypassed(self, passage: Passage, network: Network) -> FenceBypassed:
        """Put in doubt what a connector did behind the fence; nobody knows what it did."""
        if passage.claimed.state is not State.SENDING:
            passage.claim(request=None, marker=None)
        row = passage.claimed
        said = f"the connector of {row.network} came back without having crossed the fence"
        settled_at = self._clock.now() + network.settling
        doubted = edges.in_doubt(row, settled_at, self._change(said))
        self._deliveries.move(row, doubted)
        self._see_to(doubted)
        return FenceBypassed(f"{row.id}: {said}")

    def _record(
        self, delivery: Delivery, network: Network, outcome: Outcome, *, open_attempt: bool | None = None
    ) -> Delivered:
        if open_attempt is None:
            open_attempt = delivery.attempt is not None
        told = self._recorded(delivery, network, outcome, open_attempt=open_attempt)
        self._heed(delivery, outcome)  # last: no failure here may leave the row behind
        return told

    def _recorded(
        self, delivery: Delivery, network: Network, outcome: Outcome, *, open_attempt: bool
    ) -> Delivered:
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

    def _heed(self, delivery: Delivery, outcome: Outcome) -> None:
        """Take note of what the network said about its limits; nothing of a delivery depends on it."""
        if not isinstance(outcome, Unknown) and outcome.left:
            account = delivery.account or ""
            self._rates.heed(delivery.network, account, outcome.left, self._clock.now())

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
            told = self._move(delivery, after, f"shown by its {seen.proof}")
        except NotAsRead:
            # Our lease ran out and another worker began to look; what we know is more than it can find.
            standing = self._deliveries.read(delivery.ticket, consistent=True)
            if standing is None or standing.attempt != delivery.attempt or standing.state not in _IN_DOUBT:
                raise
            told = self._move(standing, after, f"shown by its {seen.proof}")
        self._call_those_under(delivery)
        return told

    def _call_those_under(self, delivery: Delivery) -> None:
        """Wake the parts that answer this one; if that is lost, they come by themselves a minute later."""
        for part in range(delivery.part + 1, delivery.parts):
            row = self._deliveries.read(delivery.part_ticket(part), consistent=True)
            if row and row.state is State.PLANNED and row.under == delivery.part:
                called = edges.called(row, self._change("the part that it answers is out"))
                try:
                    self._deliveries.move(row, called)
                except NotAsRead:  # it came by itself
                    continue
                self._see_to(called)

    def _hold(self, passage: Passage, hold: Hold, *, open_attempt: bool) -> Delivered:
        if open_attempt:
            reason = f"held before it could be sent again: {hold.reason}"
            return self._unconfirmed(passage.claimed, reason)
        held = edges.held(passage.claimed, hold.scope.name, hold.reason, self._change(hold.reason))
        self._deliveries.move(passage.claimed, held)
        if passage.standing_hold():
            return self._told(held)

        # Whoever lifted it at this very moment looked for what it held before this row said so.
        def after(row: Delivery, change: Change) -> Delivery:
            return edges.released(row, row.due_at, change)

        return self._move(held, after, "the hold was lifted")

    def _miss(self, delivery: Delivery) -> Delivered:
        if delivery.attempt is not None:
            return self._unconfirmed(delivery, "too late to be sent again")
        without_yes = "nobody said yes in time"
        last = without_yes if delivery.state is State.AWAITING_APPROVAL else delivery.reason
        cause = f"later than its limit of {delivery.max_late}" + (f"; last: {last}" if last else "")
        return self._move(delivery, edges.missed, cause)

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
        settling = _WITHOUT_SECRET
        try:
            network = network or self._networks.open(delivery.network, delivery.account or "")
            settling = network.settling
        except NoSuchSecret:
            pass
        if network and network.guarantee is Guarantee.BLIND:
            return self._leave(delivery, reason)
        doubted = edges.in_doubt(delivery, self._clock.now() + settling, self._change(reason))
        self._deliveries.move(delivery, doubted)
        return self._look(doubted)

    def _leave(self, delivery: Delivery, reason: str) -> Delivered:
        # An empty search would tell a person that it is not there, where nobody can know.
        return self._move(delivery, edges.left_to_a_person, f"{reason}; this network cannot be searched")

    def _look(self, delivery: Delivery) -> Delivered:
        if delivery.wake_at and delivery.wake_at - self._clock.now() <= self._wake_early:
            self._clock.wait_until(delivery.wake_at)
        try:
            network = self._networks.open(delivery.network, delivery.account or "")
            if network.guarantee is Guarantee.BLIND:  # its secret was missing when the doubt began
                return self._leave(delivery, delivery.reason or "")
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
            case NotFound() if network and self._to_resend(delivery, network, now):
                return self._move(delivery, edges.to_resend, "not found; a second attempt cannot double it")
            case NotFound():
                return self._unconfirmed(delivery, "the network does not show it")

    def _find(self, delivery: Delivery, network: Network) -> Published | NotFound | NotSent:
        whole = self._whole(delivery)
        if not isinstance(whole, Whole):  # it was there when the attempt was made
            return NotSent(reason=f"what it answers or follows is {whole}", retry_after=_AFTER_YOU)
        return network.find(whole.piece, delivery.first_sent_at or delivery.due_at)

    def _to_resend(self, delivery: Delivery, network: Network, now: datetime) -> bool:
        return delivery.state is State.CHECKING and self._may_resend(delivery, network, now)

    def _may_resend(self, delivery: Delivery, network: Network, now: datetime) -> bool:
        """Say whether one more attempt cannot double: the network itself would see to that."""
        if delivery.is_stale(now) or not delivery.first_sent_at:
            return False
        match network.guarantee:
            case Guarantee.KEYED:
                lives = network.key_lives
                return lives is not None and now < delivery.first_sent_at + lives
            case Guarantee.STEPWISE:  # a container publishes once
                return delivery.prepared is not None and delivery.prepared.is_good(now + LONGEST_HOLD)
            case Guarantee.READABLE | Guarantee.BLIND:
                return False

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
            wait = delay(delivery.wake_at, now, self._wake_early)
            self._queue.send([Outgoing(delivery.ticket, delivery.network, wait)])

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


def _following(delivery: Delivery, piece: Piece, first: Delivery) -> Whole | State:
    """Put it together with the post that it follows, which is out."""
    if piece.content.asks_for_address and first.url is None:
        return first.state
    told = piece.model_copy(update={"content": piece.content.with_address(first.url)})
    out_at = first.published_at or first.due_at
    return Whole(told, out_at + delivery.follows.delay if delivery.follows else None)
