"""What each guarantee class makes of a lost answer, and what the fence asks of every connector."""

from datetime import timedelta

import pytest

from parution.errors import CrossedTwice, FenceBypassed, IllegalEdge
from parution.guarding.holds import Scope, Standing
from parution.publishing import deliveries
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import EDGES, OPEN_TO_THE_PLAN, Delivery, Prepared, State
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Guarantee,
    NotSent,
    Outcome,
    Piece,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import NOON, a_change, a_delivery
from tests.publishing.doubles import SETTLING, ScriptedNetwork
from tests.publishing.newsroom import Newsroom

CONTAINER = Prepared(refs=("container-1",), good_until=NOON + timedelta(hours=24))


# ---------------------------------------------------------------- the fence
class Bypassing(ScriptedNetwork):
    """Publishes without having asked."""

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        return self._appear(piece.key)


class Doubling(ScriptedNetwork):
    """Makes its public call twice."""

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        super().commit(piece, fence)
        return super().commit(piece, fence)


class Swallowing(ScriptedNetwork):
    """Tells that it has published, although the fence did not open."""

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        try:
            return super().commit(piece, fence)
        except Exception:  # noqa: BLE001 (what no connector may do)
            return Published(remote_id="1", proof="answer")


class WithoutToken(ScriptedNetwork):
    """Has nothing to make its call with, and says so before it asks."""

    answer: Outcome = NotSent(reason="the access is to be renewed", retry_after=timedelta(seconds=5))

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        return self.answer


class OnAForeignAccount(WithoutToken):
    answer = Refused(reason="another account's upload")


class SwallowingToWait(WithoutToken):
    """Says that nothing was sent, although it was the fence that did not open."""

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        try:
            fence.cross(b"request")
        except Exception:  # noqa: BLE001 (what no connector may do)
            return self.answer
        return self._appear(piece.key)


@pytest.mark.parametrize(
    ("network", "state"), [(WithoutToken, State.PLANNED), (OnAForeignAccount, State.FAILED)]
)
def test_a_connector_that_says_before_the_fence_that_nothing_was_sent_is_believed(
    network: type[ScriptedNetwork], state: State
) -> None:
    newsroom = Newsroom(network=network)

    row = newsroom.deliver()

    assert (row.state, row.attempt) == (state, None)
    assert newsroom.network.timeline == []


def test_a_connector_that_swallows_a_closed_fence_is_not_believed_whatever_it_says() -> None:
    newsroom = Newsroom(network=SwallowingToWait)
    newsroom.place_hold(Scope(), "stop")

    with pytest.raises(FenceBypassed):
        newsroom.deliver()

    assert newsroom.row.state is State.CHECKING


def test_a_connector_that_comes_back_without_crossing_the_fence_fails_loudly_and_is_looked_up() -> None:
    newsroom = Newsroom(network=Bypassing)

    with pytest.raises(FenceBypassed, match="mastodon came back without having crossed the fence"):
        newsroom.deliver()

    assert newsroom.row.state is State.CHECKING
    assert newsroom.let_pass(timedelta(minutes=1)).state is State.PUBLISHED
    assert newsroom.network.timeline == [NOON]


def test_a_connector_that_swallows_a_closed_fence_fails_loudly() -> None:
    newsroom = Newsroom(network=Swallowing)
    newsroom.place_hold(Scope(), "stop")

    with pytest.raises(FenceBypassed):
        newsroom.deliver()

    assert newsroom.row.state is State.CHECKING
    assert newsroom.network.timeline == []


def test_a_second_public_call_in_one_attempt_is_not_made() -> None:
    newsroom = Newsroom(network=Doubling)

    with pytest.raises(CrossedTwice):
        newsroom.deliver()

    assert newsroom.network.timeline == [NOON]


def test_the_row_keeps_what_was_sent_and_what_it_can_be_found_by() -> None:
    row = Newsroom().deliver()

    assert row.attempt is not None
    assert (len(row.attempt.request or ""), row.attempt.marker) == (16, "own feed")
    assert (row.changed.actor, row.changed.cause) == ("deliver_post", "shown by its answer")


class Unreadable(MemoryPosts):
    """Holds that cannot be read the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = [ConnectionError("throttled")]

    def standing(self) -> Standing:
        if self.failures:
            raise self.failures.pop()
        return super().standing()


def test_holds_that_cannot_be_read_keep_a_post_back_for_a_moment_and_ask_nobody() -> None:
    newsroom = Newsroom(Unreadable())

    row = newsroom.deliver()

    assert (row.state, row.reason, row.attempt) == (State.PLANNED, "the holds could not be read", None)
    assert newsroom.let_pass(timedelta(seconds=20)).state is State.PUBLISHED
    assert newsroom.network.timeline == [NOON + timedelta(seconds=5)]


# ---------------------------------------------------------------- stepwise
def test_a_container_that_did_not_appear_is_published_once_more_and_cannot_double() -> None:
    newsroom = Newsroom(guarantee=Guarantee.STEPWISE)
    newsroom.network.preparation = CONTAINER
    newsroom.network.script = ["late effect"]

    newsroom.deliver()
    row = newsroom.let_pass(timedelta(minutes=5))

    assert row.state is State.PUBLISHED
    assert len(newsroom.network.timeline) == 1
    assert {piece.refs for piece in newsroom.network.pieces} == {("container-1",)}


def test_what_was_lost_with_an_expired_container_is_not_sent_in_another() -> None:
    newsroom = Newsroom(guarantee=Guarantee.STEPWISE, max_late=timedelta(hours=1))
    expiring = CONTAINER.model_copy(update={"good_until": NOON + SETTLING + timedelta(seconds=10)})
    newsroom.network.preparation = expiring
    newsroom.network.script = ["nothing"]

    newsroom.deliver()
    row = newsroom.let_pass(timedelta(minutes=2))

    assert row.state is State.UNCONFIRMED
    assert len(newsroom.network.pieces) == 1


class Commenting(ScriptedNetwork):
    """Has containers for films, and none for comments; the answer is always lost."""

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        fence.cross(b"comment")
        self.pieces.append(piece)
        return Unknown(reason="the answer was lost")


def test_what_stands_in_no_container_is_never_sent_again_by_itself() -> None:
    newsroom = Newsroom(network=Commenting, guarantee=Guarantee.STEPWISE, max_late=timedelta(hours=1))

    newsroom.deliver()
    row = newsroom.let_pass(timedelta(minutes=2))

    assert row.state is State.UNCONFIRMED
    assert len(newsroom.network.pieces) == 1


# ---------------------------------------------------------------- blind
def test_a_network_that_shows_nothing_leaves_a_lost_answer_to_a_person_at_once() -> None:
    newsroom = Newsroom(guarantee=Guarantee.BLIND)
    newsroom.network.script = ["lost answer"]

    row = newsroom.deliver()

    assert (row.state, row.wake_at) == (State.UNCONFIRMED, None)
    assert row.reason == "the answer was lost; this network cannot be searched"


# ---------------------------------------------------------------- prepare ahead
def test_uploads_are_made_ten_minutes_before_and_named_by_the_one_call_at_the_instant() -> None:
    ahead = timedelta(minutes=10)
    newsroom = Newsroom(due_at=NOON + ahead, wake_at=NOON)
    newsroom.network.preparation = Prepared(refs=("22",))

    row = newsroom.deliver()
    assert (row.state, row.prepared, row.wake_at) == (State.PLANNED, Prepared(refs=("22",)), NOON + ahead)

    newsroom.let_pass(ahead)
    assert newsroom.row.state is State.PUBLISHED
    assert newsroom.network.timeline == [NOON + ahead]
    assert len(newsroom.network.prepared) == 1
    assert newsroom.network.pieces[0].refs == ("22",)


def test_what_expires_before_the_instant_is_made_again() -> None:
    old = Prepared(refs=("old",), good_until=NOON - timedelta(seconds=1))
    newsroom = Newsroom(prepared=old)
    newsroom.network.preparation = Prepared(refs=("new",))

    newsroom.deliver()

    assert newsroom.network.pieces[0].refs == ("new",)


def test_what_the_network_is_still_at_work_on_is_asked_for_again_not_sent_again() -> None:
    newsroom = Newsroom()
    newsroom.network.preparation = Preparing(
        refs=("22",), reason="still at work", retry_after=timedelta(seconds=10)
    )

    row = newsroom.deliver()
    newsroom.network.preparation = Prepared(refs=("22",))
    newsroom.let_pass(timedelta(seconds=30))

    assert (row.state, row.prepared) == (State.PLANNED, Prepared(refs=("22",), ready=False))
    assert newsroom.network.prepared[1].refs == ("22",)
    assert newsroom.row.state is State.PUBLISHED


FILM = Content(
    text="Le fournil.",
    language="fr-FR",
    media=(MediaRef(key="media/fournil.mp4", etag="e1", kind="video/mp4"),),
)


def test_while_there_is_time_one_film_is_uploaded_after_the_other() -> None:
    ahead = timedelta(minutes=10)
    newsroom = Newsroom(due_at=NOON + ahead, wake_at=NOON, content=FILM.hash)
    other = a_delivery(post="other", due_at=NOON + ahead, wake_at=NOON, content=FILM.hash)
    newsroom.posts.create(other)
    for post in ("buche-2026", "other"):
        newsroom.posts.keep_content(other.brand, post, FILM)
    desk, seen = newsroom.desk, []
    newsroom.network.while_preparing = lambda: seen.append(desk.deliver(other.ticket))

    desk.deliver(newsroom.delivery.ticket)

    assert [(one.state, one.reason) for one in seen] == [(State.PLANNED, "another film is being uploaded")]
    newsroom.network.while_preparing = lambda: None
    newsroom.let_pass(ahead)
    assert newsroom.network.timeline == [NOON + ahead] * 2


# ---------------------------------------------------------------- approvals
def test_without_a_yes_to_its_content_nothing_appears() -> None:
    newsroom = Newsroom(asks_approval=True)

    row = newsroom.deliver()

    assert row.state is State.AWAITING_APPROVAL
    assert newsroom.network.timeline == []


def test_what_nobody_said_yes_to_in_time_is_missed_and_says_so() -> None:
    newsroom = Newsroom(asks_approval=True, max_late=timedelta(minutes=1))
    newsroom.deliver()

    row = newsroom.let_pass(timedelta(minutes=3))

    assert row.state is State.MISSED
    assert row.reason == "later than its limit of 0:01:00; last: nobody said yes in time"


def test_a_yes_to_this_content_lets_it_appear() -> None:
    newsroom = Newsroom(asks_approval=True)
    waiting = newsroom.deliver()
    newsroom.posts.move(waiting, deliveries.approved(waiting, "claire", a_change("read it", NOON)))

    assert newsroom.deliver().state is State.PUBLISHED


# ---------------------------------------------------------------- the edges
HOUR = timedelta(hours=1)
HELD = a_delivery(state=State.HELD, wake_at=None, held_by="everything")
ASKED = a_delivery(state=State.AWAITING_APPROVAL, asks_approval=True, wake_at=NOON + HOUR)
LATER = a_change(at=NOON + HOUR)


@pytest.mark.parametrize(
    "after",
    [
        deliveries.replanned(a_delivery(), a_delivery(changed=LATER, content="0" * 32)),
        deliveries.released(HELD, NOON, LATER),
        deliveries.approved(ASKED, "claire", LATER),
        deliveries.planned(
            **a_delivery().model_dump(
                include={
                    *("brand", "post", "channel", "network", "account"),
                    *("due_at", "local_at", "max_late", "content"),
                }
            ),
            to_prepare=True,
            change=LATER,
        ),
    ],
    ids=["edited", "released", "approved", "planned"],
)
def test_nobody_is_woken_in_a_minute_that_is_over_for_the_sweep_may_have_left_it(after: Delivery) -> None:
    assert after.wake_at == NOON + HOUR


def test_nothing_leaves_published() -> None:
    out = a_delivery(state=State.PUBLISHED, wake_at=None)

    with pytest.raises(IllegalEdge, match="published -> cancelled"):
        deliveries.cancelled(out, a_change())
    with pytest.raises(IllegalEdge):
        deliveries.replanned(out, a_delivery())


def test_every_state_has_its_edges_and_only_published_is_final() -> None:
    assert set(EDGES) == set(State)
    assert [state for state, there in EDGES.items() if not there] == [State.PUBLISHED]


def test_what_a_plan_may_change_was_never_sent_in_this_version() -> None:
    undecided = {State.SENDING, State.CHECKING, State.UNCONFIRMED, State.PUBLISHED}
    assert set(State) - undecided == OPEN_TO_THE_PLAN
