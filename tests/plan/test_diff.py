from datetime import timedelta
from typing import Any

import pytest

from parution.plan.diff import Diff, diff
from parution.plan.wishes import Wish
from parution.publishing.content import Content
from parution.publishing.deliveries import Approval, Attempt, Delivery, State
from tests.builders import BUCHE, NOON, a_change, a_delivery

TODAY = a_change(at=NOON - timedelta(hours=3))
OTHER = Content(text="Il reste 40 bûches.", language="fr-FR")
SENT = Attempt(id="a1", number=1, at=NOON)


def compared(wished: list[Wish], *standing: Delivery, at: Any = TODAY) -> Diff:
    return diff(wished, {one.id: one for one in standing}, at)


def a_wish(content: Content = BUCHE, **facts: Any) -> Wish:
    return Wish(a_delivery(content=content.hash, changed=TODAY, **facts), content)


def test_what_is_new_is_created_with_its_content() -> None:
    found = compared([a_wish()])

    assert [(each.delivery.id, each.content) for each in found.create] == [
        ("boulangerie-martin/buche-2026/masto", BUCHE)
    ]


def test_what_stands_as_wished_is_left_alone() -> None:
    found = compared([a_wish()], a_delivery())

    assert found.changes_nothing
    assert found.summary()["counts"] == {"create": 0, "change": 0, "cancel": 0, "locked": 0, "same": 1}


@pytest.mark.parametrize(
    "wish",
    [
        a_wish(content=OTHER),
        a_wish(due_at=NOON + timedelta(hours=1)),
        a_wish(account="masto-second"),
        a_wish(max_late=timedelta(hours=2)),
        a_wish(network="webhook"),
        # The brand moved zone: the same instant is written otherwise.
        a_wish(local_at="2026-12-03T12:00 Europe/London"),
    ],
)
def test_an_edit_makes_a_new_version_and_voids_older_messages(wish: Wish) -> None:
    old = a_delivery(version=3, fence=7)

    (moved,) = compared([wish], old).change

    assert moved.before == old
    assert (moved.after.version, moved.after.fence, moved.after.state) == (4, 8, State.PLANNED)
    assert moved.after.ticket != old.ticket
    assert moved.content == wish.content


def test_what_is_taken_out_is_cancelled() -> None:
    (moved,) = compared([], a_delivery()).cancel

    assert (moved.after.state, moved.after.version, moved.after.wake_at) == (State.CANCELLED, 2, None)


@pytest.mark.parametrize(
    "state", [State.SENDING, State.CHECKING, State.UNCONFIRMED, State.PUBLISHED, State.FAILED]
)
def test_an_edit_that_comes_too_late_is_locked(state: State) -> None:
    old = a_delivery(state=state, attempt=SENT)

    found = compared([a_wish(content=OTHER)], old)

    assert found.changes_nothing
    assert found.locked == (old,)
    assert found.summary()["locked"] == [{"delivery": old.id, "state": state}]


def test_a_planned_delivery_whose_attempt_is_open_is_locked() -> None:
    old = a_delivery(attempt=SENT)

    assert compared([a_wish(content=OTHER)], old).locked == (old,)
    assert compared([], old).locked == (old,)
    assert compared([], old).changes_nothing


@pytest.mark.parametrize("state", [State.SENDING, State.CHECKING, State.UNCONFIRMED])
def test_what_is_under_way_cannot_be_taken_out_and_is_told(state: State) -> None:
    old = a_delivery(state=state, attempt=SENT)

    assert compared([], old).locked == (old,)


@pytest.mark.parametrize(
    "state", [State.PUBLISHED, State.FAILED, State.MISSED, State.SKIPPED, State.CANCELLED]
)
def test_what_is_over_may_leave_the_plan_without_a_word(state: State) -> None:
    assert compared([], a_delivery(state=state)) == Diff()


def test_what_is_held_stays_held_when_it_is_edited() -> None:
    old = a_delivery(state=State.HELD, wake_at=None, reason="crisis")

    (moved,) = compared([a_wish(content=OTHER)], old).change

    assert (moved.after.state, moved.after.wake_at, moved.after.reason) == (State.HELD, None, "crisis")
    assert (moved.after.version, moved.after.content) == (2, OTHER.hash)


def test_what_was_cancelled_and_returns_is_planned_anew() -> None:
    old = a_delivery(state=State.CANCELLED, version=2, fence=1, wake_at=None)

    (moved,) = compared([a_wish()], old).change

    assert (moved.after.state, moved.after.version, moved.after.wake_at) == (State.PLANNED, 3, NOON)


def test_a_missed_post_gets_another_chance_with_another_time_only() -> None:
    old = a_delivery(state=State.MISSED, wake_at=None)
    late = a_change(at=NOON + timedelta(days=1))

    assert compared([a_wish(content=OTHER)], old, at=late).locked == (old,)
    (moved,) = compared([a_wish(due_at=NOON + timedelta(days=2))], old, at=late).change
    assert moved.after.state is State.PLANNED


def test_a_channel_that_moves_from_a_retired_network_is_planned() -> None:
    old = a_delivery(state=State.SKIPPED, network="viadeo", account=None, wake_at=None)

    (moved,) = compared([a_wish()], old).change

    assert (moved.after.state, moved.after.network) == (State.PLANNED, "mastodon")


def test_a_channel_whose_network_retires_is_skipped() -> None:
    wish = a_wish(network="viadeo", account=None, state=State.SKIPPED, wake_at=None, reason="gone")

    (moved,) = compared([wish], a_delivery()).change

    assert (moved.after.state, moved.after.wake_at) == (State.SKIPPED, None)


def test_what_the_network_refused_is_sent_again_once_it_is_edited() -> None:
    refused = a_delivery(state=State.FAILED, wake_at=None, reason="the text is too long")

    (moved,) = compared([a_wish(content=OTHER)], refused).change

    assert (moved.after.state, moved.after.wake_at) == (State.PLANNED, NOON)


def test_what_the_network_refused_stays_so_while_the_plan_says_the_same() -> None:
    refused = a_delivery(state=State.FAILED, wake_at=None)

    assert compared([a_wish()], refused).changes_nothing


def test_what_a_person_dropped_at_a_release_does_not_come_back_by_itself() -> None:
    dropped = a_delivery(state=State.CANCELLED, dropped=True, wake_at=None)

    assert compared([a_wish()], dropped).changes_nothing
    assert len(compared([a_wish(content=OTHER)], dropped).change) == 1


def test_what_a_release_moved_keeps_its_new_time_through_an_edit_of_its_text() -> None:
    tomorrow = NOON + timedelta(days=1)
    moved = a_delivery(due_at=tomorrow, wake_at=tomorrow, shifted_from=NOON)

    assert compared([a_wish()], moved).changes_nothing
    (edited,) = compared([a_wish(content=OTHER)], moved).change
    assert (edited.after.due_at, edited.after.wake_at, edited.after.shifted_from) == (
        tomorrow,
        tomorrow,
        NOON,
    )


def test_another_time_in_the_plan_takes_the_place_of_a_release() -> None:
    moved = a_delivery(due_at=NOON + timedelta(days=1), shifted_from=NOON)

    (edited,) = compared([a_wish(due_at=NOON + timedelta(hours=2))], moved).change

    assert (edited.after.due_at, edited.after.shifted_from) == (NOON + timedelta(hours=2), None)


def test_a_held_delivery_stays_held_by_the_same_hold_through_an_edit() -> None:
    held = a_delivery(state=State.HELD, held_by="everything", reason="intoxication", wake_at=None)

    (edited,) = compared([a_wish(content=OTHER)], held).change

    assert (edited.after.state, edited.after.held_by, edited.after.wake_at) == (
        State.HELD,
        "everything",
        None,
    )


def test_a_comment_added_to_a_post_that_is_out_leaves_the_post_alone() -> None:
    out = a_delivery(state=State.PUBLISHED, wake_at=None, attempt=SENT)
    comment = a_wish(content=OTHER, part=1, parts=2, under=0)

    found = compared([a_wish(parts=2), comment], out)

    assert [each.delivery.part for each in found.create] == [1]
    assert (found.locked, found.same) == ((), (out,))


def test_a_part_that_was_left_out_with_its_post_is_planned_anew_with_it() -> None:
    post = a_delivery(state=State.FAILED, wake_at=None, parts=2)
    comment = a_delivery(part=1, parts=2, under=0, state=State.SKIPPED, wake_at=None)

    found = compared([a_wish(content=OTHER, parts=2), a_wish(part=1, parts=2, under=0)], post, comment)

    assert [each.after.part for each in found.change] == [0, 1]


def test_a_yes_is_for_one_content_only() -> None:
    yes = Approval(by="claire", at=NOON, content=BUCHE.hash)
    agreed = a_delivery(asks_approval=True, approval=yes)
    asks: dict[str, Any] = {"asks_approval": True, "state": State.AWAITING_APPROVAL}

    (later,) = compared([a_wish(**asks, due_at=NOON + timedelta(hours=1))], agreed).change
    (other,) = compared([a_wish(**asks, content=OTHER)], agreed).change

    assert (later.after.state, later.after.approval) == (State.PLANNED, yes)
    assert (other.after.state, other.after.approval) == (State.AWAITING_APPROVAL, None)
