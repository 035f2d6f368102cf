"""A release is a plan: spaced, in free slots, or dropped; sequences stay whole, and nothing comes in a burst."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.publishing.deliveries import Delivery, State
from parution.publishing.releases import Manner, Step, Way, steps_of
from tests.builders import NOON, a_change, a_delivery, an_attempt

TWO_O_CLOCK = NOON + timedelta(hours=2)
TEN_MINUTES = timedelta(minutes=10)
SPACED, SHIFT, DROP = (Manner(way=way) for way in Way)


class EveryHour:
    """A channel that may appear on each full hour."""

    def after(self, delivery: Delivery, moment: datetime) -> Iterator[datetime]:
        hour = moment.replace(minute=0, second=0)
        while True:
            hour += timedelta(hours=1)
            yield hour


def held(post: str, minutes: int = 0, **facts: Any) -> Delivery:
    due_at = NOON + timedelta(minutes=minutes)
    return a_delivery(
        **{
            "post": post,
            "due_at": due_at,
            "state": State.HELD,
            "wake_at": None,
            "held_by": "everything",
            **facts,
        }
    )


def waiting(post: str, minutes: int, **facts: Any) -> Delivery:
    return a_delivery(post=post, due_at=NOON + timedelta(minutes=minutes), **facts)


def release(
    rows: Iterable[Delivery], manner: Manner = SPACED, now: datetime = TWO_O_CLOCK
) -> tuple[Step, ...]:
    rows = list(rows)
    up = {row.id for row in rows if row.state is State.HELD}
    return steps_of(rows, up, manner, now, EveryHour())


def told(steps: Iterable[Step]) -> list[tuple[str, str | None]]:
    return [(step.delivery.post, f"{step.at:%H:%M}" if step.at else None) for step in steps]


# ---------------------------------------------------------------------- spaced
def test_what_was_held_comes_one_after_the_other_in_the_order_of_its_own_instants() -> None:
    steps = release([held("later", 5), held("first"), held("last", 90)])

    assert told(steps) == [("first", "14:02"), ("later", "14:12"), ("last", "14:22")]


def test_the_first_comes_a_little_after_now_and_never_before() -> None:
    (step,) = release([held("buche")], now=TWO_O_CLOCK + timedelta(seconds=59))

    assert told([step]) == [("buche", "14:02")]


def test_nothing_comes_nearer_than_the_spacing_to_what_waits_on_the_channel() -> None:
    steps = release([held("first"), held("second", 1), waiting("planned", 135)])

    # 14:15 is planned: between 14:02 and it there is no room for the second one.
    assert told(steps) == [("first", "14:02"), ("second", "14:25")]


def test_a_gap_that_is_just_wide_enough_is_used() -> None:
    steps = release([held("first"), held("second", 1), waiting("planned", 142)])

    assert told(steps) == [("first", "14:02"), ("second", "14:12")]


@pytest.mark.parametrize("state", [State.SENDING, State.CHECKING])
def test_what_may_be_appearing_at_this_moment_takes_its_place_too(state: State) -> None:
    assert told(release([held("buche"), waiting("late", 60, state=state)])) == [("buche", "14:10")]


@pytest.mark.parametrize("state", [State.SENDING, State.CHECKING])
@pytest.mark.parametrize(("minutes_ago", "at"), [(1, "14:09"), (60, "14:02")])
def test_what_was_sent_stands_where_it_was_sent(state: State, minutes_ago: int, at: str) -> None:
    attempt = an_attempt(at=TWO_O_CLOCK - timedelta(minutes=minutes_ago))

    assert told(release([held("buche"), waiting("sent", 5, state=state, attempt=attempt)])) == [("buche", at)]


def test_what_has_just_appeared_takes_its_place_too() -> None:
    just_now = TWO_O_CLOCK - timedelta(minutes=3)

    steps = release([held("buche"), waiting("out", 5, state=State.PUBLISHED, published_at=just_now)])

    assert told(steps) == [("buche", "14:07")]


def test_what_is_over_or_stays_held_takes_no_place() -> None:
    over = (State.FAILED, State.MISSED, State.CANCELLED, State.SKIPPED, State.UNCONFIRMED)
    rows = [held("buche"), *(waiting(state.value.replace("_", "-"), 125, state=state) for state in over)]
    stays = held("stays", 125)

    steps = steps_of([*rows, stays], {rows[0].id}, SPACED, TWO_O_CLOCK, EveryHour())

    assert told(steps) == [("buche", "14:02")]


def test_each_channel_begins_at_once() -> None:
    steps = release([held("buche"), held("buche", channel="site"), held("galette", 1, channel="site")])

    assert [(step.delivery.channel, f"{step.at:%H:%M}") for step in steps] == [
        ("masto", "14:02"),
        ("site", "14:02"),
        ("site", "14:12"),
    ]


def test_a_person_may_ask_for_another_spacing() -> None:
    steps = release([held("first"), held("second", 1)], Manner(spacing=timedelta(hours=1)))

    assert told(steps) == [("first", "14:02"), ("second", "15:02")]


@given(
    st.lists(st.integers(0, 300), max_size=12, unique=True),
    st.lists(st.integers(0, 300), max_size=12, unique=True),
    st.sampled_from([SPACED, SHIFT]),
)
def test_no_two_posts_of_a_channel_ever_come_closer_than_the_spacing(
    were_due: list[int], are_due: list[int], manner: Manner
) -> None:
    rows = [held(f"held-{minute}", minute) for minute in were_due]
    others = [waiting(f"waiting-{minute}", minute) for minute in are_due]
    now = NOON + timedelta(hours=3)

    steps = release([*rows, *others], manner, now)

    placed = sorted(step.at for step in steps if step.at and step.at != step.delivery.due_at)
    near = [(one, other) for one, other in pairwise(placed) if other - one < TEN_MINUTES]
    ahead = [row.due_at for row in (*rows, *others) if row.due_at > now]
    assert near == []
    assert [at for at in placed if any(abs(at - due_at) < TEN_MINUTES for due_at in ahead)] == []
    assert {step.delivery.id for step in steps} == {row.id for row in rows}
    assert all(at > now for at in placed)


# ---------------------------------------------------------------------- shifted, dropped, kept
def test_shifted_posts_take_the_next_free_slots_of_their_channel() -> None:
    steps = release([held("first"), held("second", 1), waiting("planned", 235)], SHIFT)

    assert told(steps) == [("first", "15:00"), ("second", "17:00")]


def test_dropped_posts_get_no_instant() -> None:
    steps = release([held("first"), held("second", 1)], DROP)

    assert told(steps) == [("first", None), ("second", None)]


@pytest.mark.parametrize("manner", [SPACED, SHIFT, DROP])
def test_what_is_still_ahead_keeps_its_instant(manner: Manner) -> None:
    (step,) = release([held("buche", 121)], manner)

    assert step.at == step.delivery.due_at


def test_what_keeps_its_instant_takes_its_place() -> None:
    assert told(release([held("ahead", 125), held("buche")])) == [("ahead", "14:05"), ("buche", "14:15")]


# ---------------------------------------------------------------------- sequences
def a_thread(*states: State, **facts: Any) -> list[Delivery]:
    return [
        held(
            "recette",
            part=part,
            parts=len(states),
            under=part - 1 if part else None,
            **{"state": state, **facts},
        )
        for part, state in enumerate(states)
    ]


@pytest.mark.parametrize("waits", [State.PLANNED, State.AWAITING_APPROVAL, State.MISSED, State.SKIPPED])
def test_a_sequence_comes_back_whole_whatever_became_of_its_later_parts(waits: State) -> None:
    steps = release([*a_thread(State.HELD, waits, waits), held("next", 1)])

    assert told(steps) == [*[("recette", "14:02")] * 3, ("next", "14:12")]


def test_its_held_part_is_moved_last_so_that_it_is_found_again() -> None:
    steps = release(a_thread(State.HELD, State.PLANNED, State.MISSED))

    assert [step.delivery.part for step in steps] == [2, 1, 0]


def test_a_sequence_resumes_where_it_was_held() -> None:
    published = {"published_at": NOON}
    first, second, third = a_thread(State.PUBLISHED, State.HELD, State.PLANNED)

    steps = release([first.model_copy(update=published), second, third])

    assert [step.delivery.part for step in steps] == [2, 1]


def test_a_comment_below_a_published_post_does_not_wait_for_the_held_part_of_its_thread() -> None:
    first, second = a_thread(State.PUBLISHED, State.HELD)
    comment = held("recette", part=2, parts=3, under=0, state=State.PLANNED)

    assert [step.delivery.part for step in release([first, second, comment])] == [1]


def test_a_part_that_may_have_appeared_is_never_moved() -> None:
    first, second = a_thread(State.HELD, State.PLANNED)
    in_doubt = second.model_copy(update={"attempt": an_attempt()})

    assert [step.delivery.part for step in release([first, in_doubt])] == [0]


def test_a_dropped_sequence_takes_along_what_still_waits_and_leaves_what_is_over() -> None:
    assert [
        step.delivery.part for step in release(a_thread(State.HELD, State.PLANNED, State.MISSED), DROP)
    ] == [1, 0]


# ---------------------------------------------------------------------- each step as an edge
def test_a_released_delivery_waits_for_its_new_instant_and_remembers_its_own() -> None:
    after = Step(delivery=held("buche"), at=TWO_O_CLOCK).taken(a_change("released"))

    assert (after.state, after.due_at, after.shifted_from) == (State.PLANNED, TWO_O_CLOCK, NOON)
    assert (after.held_by, after.version) == (None, 2)


def test_a_dropped_delivery_is_cancelled_for_good() -> None:
    after = Step(delivery=held("buche"), at=None).taken(a_change("dropped at the release"))

    assert (after.state, after.dropped, after.reason) == (State.CANCELLED, True, "dropped at the release")
