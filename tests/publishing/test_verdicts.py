"""What people may decide about one delivery, how often, and what it does to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from parution.errors import NoSuchDelivery, NotAsRead, NothingToDecide
from parution.publishing.deliveries import Approval, Delivery, State
from parution.publishing.verdicts import VerdictDesk, named
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import BUCHE, NOON, a_delivery, an_attempt
from tests.publishing.newsroom import WAKE_EARLY, Newsroom

NAME = "boulangerie-martin/buche-2026/masto"
URL = "https://masto.example/@martin/115000000000000001"
IN_DOUBT: dict[str, Any] = {"attempt": an_attempt(), "first_sent_at": NOON, "attempts": 1, "looks": 1}
A_MINUTE = timedelta(minutes=1)
NEVER_SENT = (
    State.PLANNED,
    State.AWAITING_APPROVAL,
    State.HELD,
    State.MISSED,
    State.CANCELLED,
    State.SKIPPED,
)


class Overtaking(MemoryPosts):
    """Memory in which somebody else acts right before the next write."""

    def __init__(self) -> None:
        super().__init__()
        self.first: list[Callable[[], None]] = []

    def move(self, before: Delivery, after: Delivery) -> None:
        while self.first:
            self.first.pop()()
        super().move(before, after)


def room_with(state: State, posts: MemoryPosts | None = None, **facts: Any) -> Newsroom:
    """A newsroom a minute after the instant of a delivery in this state."""
    room = Newsroom(posts, state=state, wake_at=None, **facts)
    room.clock.pass_(A_MINUTE + WAKE_EARLY)
    return room


def desk_of(room: Newsroom) -> VerdictDesk:
    return VerdictDesk(
        deliveries=room.posts,
        queue=room.queue,
        clock=room.clock,
        wake_early=WAKE_EARLY,
        remote_id=lambda network, url: url.rsplit("/", 1)[-1] if network == "mastodon" else None,
        actor="claire",
    )


# ---------------------------------------------------------------------- it is there
@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.CHECKING])
def test_what_a_person_saw_is_published_under_its_address(state: State) -> None:
    room = room_with(state, **IN_DOUBT)

    verdict = desk_of(room).live(NAME, URL)

    assert verdict.changed
    assert (room.row.state, room.row.url, room.row.proof) == (State.PUBLISHED, URL, "seen by claire")
    assert (room.row.published_at, room.row.wake_at) == (NOON, None)


def test_its_remote_id_is_taken_from_the_address_so_that_a_comment_can_stand_under_it() -> None:
    room = room_with(State.UNCONFIRMED, parts=2, **IN_DOUBT)
    comment = a_delivery(part=1, parts=2, under=0, wake_at=NOON + A_MINUTE)
    room.posts.create(comment)

    desk_of(room).live(NAME, URL)
    room.let_pass(timedelta(minutes=2))

    assert room.row.remote_id == "115000000000000001"
    assert [piece.reply_to for piece in room.network.pieces] == ["115000000000000001"]


def test_seeing_it_twice_changes_nothing() -> None:
    room = room_with(State.UNCONFIRMED, **IN_DOUBT)
    desk_of(room).live(NAME, URL)
    row = room.row

    again = desk_of(room).live(NAME, URL)

    assert (again.changed, again.delivery) == (False, row)
    assert room.row == row


@pytest.mark.parametrize("state", [*NEVER_SENT, State.FAILED, State.SENDING])
def test_what_cannot_be_there_yet_is_not_taken_for_published(state: State) -> None:
    room = room_with(state)

    with pytest.raises(NothingToDecide) as told:
        desk_of(room).live(NAME, URL)

    assert str(told.value)
    assert told.value.instead
    assert room.row == room.delivery


# ---------------------------------------------------------------------- it is not there
def test_what_a_person_does_not_find_is_sent_again_at_once() -> None:
    room = room_with(State.UNCONFIRMED, **IN_DOUBT)

    desk_of(room).missing(NAME)
    assert (room.row.state, room.row.attempt) == (State.PLANNED, None)
    room.let_pass(timedelta(seconds=5))

    assert room.row.state is State.PUBLISHED
    assert len(room.network.timeline) == 1


def test_old_news_is_not_sent_again() -> None:
    room = room_with(State.UNCONFIRMED, max_late=timedelta(seconds=30), **IN_DOUBT)

    desk_of(room).missing(NAME)

    assert room.row.state is State.MISSED
    assert room.row.reason == "somebody looked: it is not on the network, and its limit of 0:00:30 is over"


@pytest.mark.parametrize(
    "max_late", [timedelta(minutes=10), timedelta(seconds=30)], ids=["sent again", "missed"]
)
def test_not_finding_it_twice_changes_nothing(max_late: timedelta) -> None:
    room = room_with(State.UNCONFIRMED, max_late=max_late, **IN_DOUBT)
    desk_of(room).missing(NAME)
    row = room.row

    again = desk_of(room).missing(NAME)

    assert (again.changed, room.row) == (False, row)


@pytest.mark.parametrize(
    ("state", "looks"), [(State.CHECKING, 1), (State.UNCONFIRMED, 0)], ids=["asked", "cannot be searched"]
)
def test_as_long_as_a_late_effect_may_appear_nobody_can_say_that_it_is_not_there(
    state: State, looks: int
) -> None:
    room = room_with(state, **{**IN_DOUBT, "looks": looks})

    with pytest.raises(NothingToDecide, match="may show it until 12:05:00 UTC") as told:
        desk_of(room).missing(NAME)

    assert told.value.instead == "say so after that, should it still not be there"
    assert room.row.state is state


def test_when_the_network_cannot_be_asked_a_person_decides_after_that() -> None:
    room = room_with(State.CHECKING, **IN_DOUBT)
    room.clock.pass_(timedelta(minutes=4))

    desk_of(room).missing(NAME)

    assert room.row.state is State.PLANNED


@pytest.mark.parametrize(
    ("state", "facts", "what", "instead"),
    [
        (State.PLANNED, {}, "nothing of it was sent so far", "take it out of the plan if not"),
        (State.PLANNED, IN_DOUBT, "once more, which its network keeps from doubling", "look again later"),
        (State.AWAITING_APPROVAL, {}, "it waits for a yes", "`parution approve`"),
        (State.SENDING, IN_DOUBT, "it is being sent at this moment", "look again in three minutes"),
        (State.HELD, {"reason": "intoxication"}, r"it is held \(intoxication\)", "`parution release`"),
        (
            State.FAILED,
            {"reason": "too long"},
            r"the network refused it \(too long\)",
            "change it in the plan",
        ),
        (State.MISSED, {}, "it was too late", "a new time in the plan"),
        (State.CANCELLED, {}, "taken back before it was sent", "change it in the plan"),
        (State.SKIPPED, {}, "it was not sent", "change it in the plan"),
        (State.PUBLISHED, {"url": URL, "proof": "answer"}, rf"published: {URL} \(answer\)", "take it down"),
    ],
    ids=lambda value: str(value) if isinstance(value, State) else "",
)
def test_in_every_other_state_it_is_told_what_it_is_and_what_to_do(
    state: State, facts: dict[str, Any], what: str, instead: str
) -> None:
    room = room_with(state, **facts)

    with pytest.raises(NothingToDecide, match=what) as told:
        desk_of(room).missing(NAME)

    assert instead in told.value.instead
    assert room.row == room.delivery


def test_a_look_of_the_network_itself_comes_before_a_persons() -> None:
    posts = Overtaking()
    room = room_with(State.UNCONFIRMED, posts, **IN_DOUBT)
    found = room.row.model_copy(
        update={"state": State.PUBLISHED, "url": URL, "proof": "own feed", "fence": 1}
    )
    posts.first = [lambda: posts.move(room.delivery, found)]

    with pytest.raises(NothingToDecide, match="own feed"):
        desk_of(room).missing(NAME)

    assert room.row == found


def test_a_verdict_is_taken_even_if_a_worker_looked_at_the_same_moment() -> None:
    posts = Overtaking()
    room = room_with(State.UNCONFIRMED, posts, **IN_DOUBT)
    looked = room.row.model_copy(update={"looks": 2, "fence": 1})
    posts.first = [lambda: posts.move(room.delivery, looked)]

    assert desk_of(room).live(NAME, URL).changed
    assert room.row.state is State.PUBLISHED


def test_who_is_overtaken_each_time_is_told_so() -> None:
    class Restless(MemoryPosts):
        def move(self, before: Delivery, after: Delivery) -> None:
            raise NotAsRead(before.id)

    with pytest.raises(NotAsRead):
        desk_of(room_with(State.UNCONFIRMED, Restless(), **IN_DOUBT)).live(NAME, URL)


@pytest.mark.parametrize("name", ["", "buche-2026/masto", f"{NAME}/1/2", f"{NAME}/one", "A/B/C", f"{NAME}/0"])
def test_what_is_no_deliverys_name_is_told(name: str) -> None:
    with pytest.raises(NoSuchDelivery, match="is no delivery's name"):
        named(Newsroom().posts, name)


def test_a_delivery_that_is_not_there_is_told() -> None:
    with pytest.raises(NoSuchDelivery, match=f"no delivery is called '{NAME}/1'"):
        named(Newsroom().posts, f"{NAME}/1")


# ---------------------------------------------------------------------- it may appear
ASKED: dict[str, Any] = {"asks_approval": True}


def test_a_yes_lets_it_appear() -> None:
    room = room_with(State.AWAITING_APPROVAL, **ASKED)

    verdict = desk_of(room).approve(room.row)
    room.let_pass(timedelta(seconds=5))

    assert verdict.changed
    assert verdict.delivery.approval == Approval(by="claire", at=NOON + A_MINUTE, content=BUCHE.hash)
    assert room.row.state is State.PUBLISHED


def test_a_yes_is_for_the_content_that_was_shown_and_no_other() -> None:
    room = room_with(State.AWAITING_APPROVAL, **ASKED)
    shown = room.row
    edited = shown.model_copy(update={"content": "another", "version": 2, "fence": 1})
    room.posts.move(shown, edited)

    with pytest.raises(NothingToDecide, match="changed since you saw it"):
        desk_of(room).approve(shown)

    assert room.row == edited


def test_a_post_that_only_moved_meanwhile_is_approved() -> None:
    room = room_with(State.AWAITING_APPROVAL, **ASKED)
    shown = room.row
    room.posts.move(
        shown, shown.model_copy(update={"due_at": NOON + timedelta(hours=1), "version": 2, "fence": 1})
    )

    assert desk_of(room).approve(shown).changed


def test_saying_yes_twice_changes_nothing() -> None:
    room = room_with(State.AWAITING_APPROVAL, **ASKED)
    desk_of(room).approve(room.row)
    row = room.row

    again = desk_of(room).approve(row)

    assert (again.changed, room.row) == (False, row)


@pytest.mark.parametrize(
    ("state", "facts", "what"),
    [
        (State.AWAITING_APPROVAL, {**ASKED, "max_late": timedelta(seconds=30)}, "too late for a yes"),
        (State.HELD, ASKED, "it is held"),
        (State.PLANNED, {}, "needs nobody's yes"),
        (State.MISSED, ASKED, "it is missed"),
    ],
)
def test_what_cannot_be_approved_says_why(state: State, facts: dict[str, Any], what: str) -> None:
    room = room_with(state, **facts)

    with pytest.raises(NothingToDecide, match=what):
        desk_of(room).approve(room.row)

    assert room.row == room.delivery


def test_the_content_is_shown_by_its_hash() -> None:
    room = room_with(State.AWAITING_APPROVAL, **ASKED)

    assert desk_of(room).content(room.row) == BUCHE
