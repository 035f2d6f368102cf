"""Desks that are broken on purpose, in one place each: a search that misses one of them would prove nothing."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from parution.errors import FenceClosed, NotAsRead
from parution.guarding.holds import Hold
from parution.publishing import deliveries as edges
from parution.publishing import ports
from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, Prepared, State
from parution.publishing.desk import Delivered, PublishingDesk, Whole
from parution.publishing.passage import Passage
from parution.publishing.ports import (
    Guarantee,
    Network,
    NotFound,
    NotSent,
    Piece,
    Published,
    Unknown,
)
from tests.simulation import people, scenes
from tests.simulation.explorer import explore
from tests.simulation.judging import Outcome
from tests.simulation.sites import Call, SiteNetwork
from tests.simulation.world import World

KEYED, STEPWISE, READABLE = Guarantee.KEYED, Guarantee.STEPWISE, Guarantee.READABLE


# -------------------------------------------------------------------- a gap in the fence
class Nowhere:
    def move(self, before: Delivery, after: Delivery) -> None:
        """Write nothing."""


class SkipsTheClaim(Passage):
    def claim(self, request: str | None, marker: str | None) -> None:
        table, self._deliveries = self._deliveries, Nowhere()  # type: ignore[assignment]  # that is the point
        super().claim(request, marker)
        self._deliveries = table


class IgnoresThatAnotherClaimed(Passage):
    def claim(self, request: str | None, marker: str | None) -> None:
        try:
            super().claim(request, marker)
        except NotAsRead:
            self.claimed = _standing(self, self.claimed)
            if self.claimed.state is not State.SENDING:
                raise


class ClaimsWhateverStands(Passage):
    def claim(self, request: str | None, marker: str | None) -> None:
        standing = _standing(self, self.claimed)
        self.claimed = standing if standing.state is State.PLANNED else self.claimed
        super().claim(request, marker)


class ReadsTheHoldsBeforeTheClaim(Passage):
    def go(self, request: str, marker: str | None) -> None:
        self.hold = self.standing_hold()
        self.claim(request, marker)
        if self.hold:
            raise FenceClosed(self.hold.reason)


class ComparesNoClock(Passage):
    def go(self, request: str, marker: str | None) -> None:
        self.claim(request, marker)


def _standing(passage: Passage, row: Delivery) -> Delivery:
    standing = passage._deliveries.read(row.ticket, consistent=True)
    assert standing is not None
    return standing


# -------------------------------------------------------------------- a wrong word for what was lost
class SendsAgainWhatWasLost(PublishingDesk):
    def _doubt(self, delivery: Delivery, reason: str, network: Network | None = None) -> Delivered:
        return self._later(delivery, NotSent(reason=reason, retry_after=timedelta(0)), open_attempt=False)


class TakesLostForRefused(PublishingDesk):
    def _doubt(self, delivery: Delivery, reason: str, network: Network | None = None) -> Delivered:
        return self._move(delivery, lambda row, change: edges.failed(row, reason, change), reason)


class TakesLostForSent(PublishingDesk):
    def _doubt(self, delivery: Delivery, reason: str, network: Network | None = None) -> Delivered:
        return self._published(delivery, Published(remote_id="1", proof="hope"))


class SendsAgainWhatItDoesNotFind(PublishingDesk):
    def _may_resend(self, delivery: Delivery, network: Network, now: datetime) -> bool:
        return not delivery.is_stale(now)


class TakesAnEarlyLookForAnAnswer(PublishingDesk):
    def _look(self, delivery: Delivery) -> Delivered:
        network = self._networks.open(delivery.network, delivery.account or "")
        if isinstance(self._find(delivery, network), NotFound) and delivery.state is State.CHECKING:
            return self._move(delivery, edges.to_resend, "not found")
        return super()._look(delivery)


class LeavesWhatACrashLeft(PublishingDesk):
    def _work(self, delivery: Delivery) -> Delivered:
        if delivery.state is State.SENDING:
            self._deliveries.move(delivery, delivery.model_copy(update={"wake_at": None}))
            return Delivered(id=delivery.id, metric="TicketVoided")
        return super()._work(delivery)


class LooksOnce(PublishingDesk):
    def _unconfirmed(self, delivery: Delivery, reason: str) -> Delivered:
        return self._move(delivery, edges.left_to_a_person, reason)


class HoldsForGood(PublishingDesk):
    def _hold(self, passage: Passage, hold: Hold, *, open_attempt: bool) -> Delivered:
        def after(row: Delivery, change: Change) -> Delivery:
            return edges.held(row, hold.scope.name, hold.reason, change)

        return self._move(passage.claimed, after, hold.reason)


# -------------------------------------------------------------------- another piece than before
class MakesAKeyForEachAttempt(PublishingDesk):
    def _whole(self, delivery: Delivery) -> Whole | State:
        whole = super()._whole(delivery)
        if not isinstance(whole, Whole):
            return whole
        return whole._replace(piece=whole.piece.model_copy(update={"key": str(uuid.uuid4())}))


class MakesAContainerForEachAttempt(PublishingDesk):
    def _make_ready(self, delivery: Delivery, network: Network, piece: Piece, send_at: datetime) -> Delivered:
        afresh = delivery.model_copy(update={"attempt": None, "prepared": None})
        prepared = self._prepared(afresh, network, piece.model_copy(update={"refs": ()}), send_at)
        if not isinstance(prepared, Prepared):
            return self._record(delivery, network, NotSent(reason="later", retry_after=timedelta(0)))
        return self._at_the_instant(delivery, network, piece, prepared, send_at)

    def _may_resend(self, delivery: Delivery, network: Network, now: datetime) -> bool:
        return not delivery.is_stale(now)


class WaitsForNothingAbove(PublishingDesk):
    def _whole(self, delivery: Delivery) -> Whole | State:
        return super()._whole(delivery.model_copy(update={"under": None}))


class TriesTwice(SiteNetwork):
    """A connector that sends once more by itself when it gets no answer."""

    def publish(self, call: Call) -> ports.Outcome:
        outcome = super().publish(call)
        return super().publish(call) if isinstance(outcome, Unknown) else outcome


# -------------------------------------------------------------------- how each is caught
type Broken = type[Passage | PublishingDesk | SiteNetwork]
type Bad = Callable[[Outcome], object]


def with_passage(kind: type[Passage]) -> type[PublishingDesk]:
    class Desk(PublishingDesk):
        def _passage(self, delivery: Delivery, content: Content, prepared: Prepared) -> Passage:
            return kind(
                delivery,
                content,
                prepared,
                deliveries=self._deliveries,
                holds=self._holds,
                clock=self._clock,
                actor=self._actor,
            )

    return Desk


def desk_with(broken: Broken) -> Callable[[World], PublishingDesk]:
    if issubclass(broken, SiteNetwork):
        return lambda world: scenes.desk_of(world, PublishingDesk, broken)
    kind = with_passage(broken) if issubclass(broken, Passage) else broken
    return lambda world: scenes.desk_of(world, kind)


def doubled(end: Outcome) -> object:
    return end.doubles


def lost(end: Outcome) -> object:
    return end.lost


def live_though_flagged(end: Outcome) -> object:
    return end.flagged_live


def wrong(what: str) -> Bad:
    return lambda end: what in end.wrong


ONE: dict[str, Any] = {}
TWO = {"workers": 2, "copies": 2}
EDITED = {"people": {"import": people.importing(people.wished(scenes.MARRON))}}
HELD = {"people": {"hold": people.hold}}
RELEASED = {"people": {"hold": people.hold, "release": people.release}, "after": {"release": "hold"}}

# What is broken, on which network, with how many faults, beside whom, and what comes of it.
BROKEN: list[tuple[Broken, Guarantee, int, dict[str, Any], Bad]] = [
    (SkipsTheClaim, READABLE, 0, ONE, doubled),
    (IgnoresThatAnotherClaimed, READABLE, 0, TWO, doubled),
    (ClaimsWhateverStands, READABLE, 0, EDITED, wrong("stale")),
    (ReadsTheHoldsBeforeTheClaim, READABLE, 0, HELD, wrong("under a hold")),
    (ComparesNoClock, READABLE, 1, ONE, wrong("early")),
    (SendsAgainWhatWasLost, READABLE, 1, ONE, doubled),
    (TakesLostForRefused, READABLE, 1, ONE, lost),
    (TakesLostForSent, READABLE, 1, ONE, lost),
    (SendsAgainWhatItDoesNotFind, READABLE, 2, ONE, doubled),
    (TakesAnEarlyLookForAnAnswer, KEYED, 1, ONE, doubled),
    (LeavesWhatACrashLeft, READABLE, 1, ONE, lost),
    (LooksOnce, READABLE, 2, ONE, live_though_flagged),
    (HoldsForGood, READABLE, 0, RELEASED, lost),
    (MakesAKeyForEachAttempt, KEYED, 2, ONE, doubled),
    (MakesAContainerForEachAttempt, STEPWISE, 2, ONE, doubled),
    (TriesTwice, READABLE, 1, ONE, doubled),
]


@pytest.mark.parametrize(
    ("broken", "on", "faults", "cast", "bad"), BROKEN, ids=[broken.__name__ for broken, *_ in BROKEN]
)
def test_a_broken_desk_is_caught(
    broken: Broken, on: Guarantee, faults: int, cast: dict[str, Any], bad: Bad
) -> None:
    found = explore(scenes.one_post(on, faults, desk=desk_with(broken), **cast), stop=bad)

    assert found.example(bad), f"it does all that it should, in {found.schedules} schedules"


def test_a_part_that_does_not_wait_for_the_one_above_is_caught() -> None:
    bad = wrong("out of place")

    found = explore(scenes.a_sequence(READABLE, 1, desk=desk_with(WaitsForNothingAbove)), stop=bad)

    assert found.example(bad)
