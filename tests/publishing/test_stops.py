"""Holding and releasing over memory, with the real publishing desk as the one that obeys."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from parution.errors import NotAsRead, TooManyHolds
from parution.guarding.holds import MOST_HOLDS, Scope, Standing
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import PREPARE_AHEAD, Delivery, State
from parution.publishing.releases import Manner, Way
from parution.publishing.stops import Reach, Release, Released, ReleaseDesk, StopDesk
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import BUCHE, NOON, a_delivery
from tests.publishing.newsroom import WAKE_EARLY, Newsroom

EVERYTHING = Scope()
BRAND = "boulangerie-martin"
CRISIS = "intoxication au praliné"
TWO_HOURS = timedelta(hours=2)


class NextDay:
    """The same time on the days that follow."""

    def after(self, delivery: Delivery, moment: datetime) -> Iterator[datetime]:
        at = delivery.due_at
        while True:
            at += timedelta(days=1)
            if at > moment:
                yield at


class Disturbed(MemoryPosts):
    """Memory in which somebody else acts right before a chosen write."""

    def __init__(self) -> None:
        super().__init__()
        self.before_holds: list[Callable[[], None]] = []
        self.before_move: list[Callable[[], None]] = []
        self.after_lifting: list[Callable[[], None]] = []

    def change(self, before: Standing, after: Standing) -> None:
        while self.before_holds:
            self.before_holds.pop()()
        super().change(before, after)
        while self.after_lifting:
            self.after_lifting.pop()()

    def move(self, before: Delivery, after: Delivery) -> None:
        while self.before_move:
            self.before_move.pop()()
        super().move(before, after)


class Crew:
    """A newsroom with someone who holds and releases."""

    def __init__(self, posts: MemoryPosts | None = None) -> None:
        self.room = Newsroom(posts)
        self.posts, self.clock, self.queue = self.room.posts, self.room.clock, self.room.queue

    @property
    def reach(self) -> Reach:
        return Reach(self.posts, OneBrand())

    @property
    def desk(self) -> StopDesk:
        return StopDesk(self.reach, self.posts, self.clock, "claire")

    @property
    def releases(self) -> ReleaseDesk:
        return ReleaseDesk(
            self.reach,
            self.posts,
            self.clock,
            "claire",
            deliveries=self.posts,
            slots=NextDay(),
            queue=self.queue,
            wake_early=WAKE_EARLY,
        )

    def add(self, post: str, content: Content = BUCHE, **facts: Any) -> Delivery:
        delivery = a_delivery(post=post, content=content.hash, **facts)
        self.posts.create(delivery)
        self.posts.keep_content(BRAND, post, content)
        return delivery

    def add_held(self, post: str, content: Content = BUCHE, **facts: Any) -> Delivery:
        return self.add(post, content, state=State.HELD, wake_at=None, held_by="everything", **facts)

    def release(self, scope: Scope = EVERYTHING, way: Way = Way.SPACED) -> Released:
        return self.releases.release(self.releases.planned(scope, Manner(way=way)))

    def row(self, delivery: Delivery) -> Delivery:
        row = self.posts.read(delivery.ticket, consistent=True)
        assert row is not None
        return row


class OneBrand:
    def brands(self) -> list[str]:
        return [BRAND]


# ---------------------------------------------------------------------- holding
@pytest.mark.parametrize(
    "scope",
    [EVERYTHING, Scope(brand=BRAND), Scope(brand=BRAND, channel="masto"), Scope(tag="noel")],
    ids=lambda scope: scope.name,
)
def test_what_a_hold_covers_is_held_at_its_instant(scope: Scope) -> None:
    crew = Crew()
    crew.desk.hold(scope, CRISIS)

    row = crew.room.deliver()

    assert (row.state, row.held_by, row.reason) == (State.HELD, scope.name, CRISIS)
    assert crew.room.network.timeline == []


@pytest.mark.parametrize(
    "scope",
    [
        Scope(brand="hotel-cimes"),
        Scope(brand=BRAND, channel="site"),
        Scope(tag="paques"),
        Scope(campaign="noel"),
    ],
    ids=lambda scope: scope.name,
)
def test_what_a_hold_does_not_cover_appears(scope: Scope) -> None:
    crew = Crew()
    crew.desk.hold(scope, CRISIS)

    assert crew.room.deliver().state is State.PUBLISHED


def test_a_hold_says_who_placed_it_why_and_when() -> None:
    placed = Crew().desk.hold(EVERYTHING, CRISIS)

    assert (placed.hold.by, placed.hold.reason, placed.hold.at) == ("claire", CRISIS, NOON - WAKE_EARLY)
    assert placed.instead_of is None


def test_a_second_hold_on_a_scope_takes_the_place_of_the_first() -> None:
    crew = Crew()
    crew.desk.hold(EVERYTHING, CRISIS)

    placed = crew.desk.hold(EVERYTHING, "et maintenant une inondation")

    assert placed.instead_of is not None
    assert placed.instead_of.reason == CRISIS
    assert [hold.reason for hold in crew.posts.standing().holds] == ["et maintenant une inondation"]


def test_two_people_who_hold_at_once_both_succeed() -> None:
    posts = Disturbed()
    crew = Crew(posts)
    posts.before_holds = [lambda: crew.room.place_hold(Scope(tag="noel"), "trop tôt")]

    crew.desk.hold(EVERYTHING, CRISIS)

    assert {hold.scope.name for hold in posts.standing().holds} == {"everything", "tag=noel"}


def test_when_the_holds_change_each_time_it_is_said_that_nothing_was_held() -> None:
    class Restless(MemoryPosts):
        def change(self, before: Standing, after: Standing) -> None:
            raise NotAsRead("holds")

    with pytest.raises(NotAsRead):
        Crew(Restless()).desk.hold(EVERYTHING, CRISIS)


def test_holds_are_bounded_but_everything_can_always_be_held() -> None:
    crew = Crew()
    for number in range(MOST_HOLDS):
        crew.desk.hold(Scope(tag=f"tag-{number}"), CRISIS)

    with pytest.raises(TooManyHolds):
        crew.desk.hold(Scope(tag="one-more"), CRISIS)
    crew.desk.hold(EVERYTHING, CRISIS)

    assert crew.room.deliver().state is State.HELD


def test_it_is_told_what_a_hold_stops_and_what_it_is_too_late_for() -> None:
    crew = Crew()
    later = crew.add("later", due_at=NOON + TWO_HOURS)
    sending = crew.add("sending", state=State.SENDING)
    crew.add("out", state=State.PUBLISHED)
    crew.add("elsewhere", Content(text="Galette", language="fr-FR", tags=("galette",)))

    stopped = crew.desk.stopped(Scope(tag="noel"))

    assert stopped.waiting == (crew.room.delivery, later)
    assert stopped.sending == (sending,)


def test_the_tags_of_what_waits_are_known() -> None:
    crew = Crew()
    crew.add("galette", Content(text="Galette", language="fr-FR", tags=("galette", "noel")))
    crew.add("out", Content(text="Pâques", language="fr-FR", tags=("paques",)), state=State.PUBLISHED)

    assert crew.desk.tags_waiting(None) == {"galette", "noel"}


# ---------------------------------------------------------------------- releasing
def held_since_noon(posts: MemoryPosts | None = None) -> Crew:
    """A crew two hours after a post was held."""
    crew = Crew(posts)
    crew.desk.hold(EVERYTHING, CRISIS)
    assert crew.room.deliver().state is State.HELD
    crew.clock.pass_(TWO_HOURS)
    return crew


def test_what_was_held_appears_after_the_release_once_and_at_its_new_instant() -> None:
    crew = held_since_noon()

    crew.release()
    crew.room.let_pass(timedelta(minutes=5))

    assert crew.room.row.state is State.PUBLISHED
    assert crew.room.network.timeline == [NOON + TWO_HOURS + timedelta(minutes=2)]


def test_a_release_shows_its_plan_and_changes_nothing_before_it_is_taken() -> None:
    crew = held_since_noon()
    before = crew.room.row, crew.posts.standing()

    release = crew.releases.planned(EVERYTHING, Manner())

    assert [step.delivery.id for step in release.steps] == [crew.room.delivery.id]
    assert release.lifts is not None
    assert (crew.room.row, crew.posts.standing()) == before


def test_the_steps_are_taken_as_they_were_shown() -> None:
    crew = held_since_noon()
    crew.add_held("second", due_at=NOON + timedelta(minutes=1))
    release = crew.releases.planned(EVERYTHING, Manner())
    crew.clock.pass_(timedelta(seconds=20))

    released = crew.releases.release(release)

    assert released.taken == release.steps
    assert [crew.row(step.delivery).due_at for step in release.steps] == [step.at for step in release.steps]


def test_the_hold_is_lifted_before_anything_comes_back() -> None:
    posts = Disturbed()
    crew = held_since_noon(posts)
    standing: list[Standing] = []
    posts.before_move = [lambda: standing.append(posts.standing())]

    crew.release()

    assert [each.holds for each in standing] == [()]


def test_a_released_delivery_says_who_released_it() -> None:
    crew = held_since_noon()

    crew.release()

    assert (crew.room.row.changed.actor, crew.room.row.changed.cause) == ("claire", "released (everything)")


def test_dropped_posts_never_appear_and_say_why() -> None:
    crew = held_since_noon()

    crew.release(way=Way.DROP)
    row = crew.room.let_pass(timedelta(minutes=30))

    assert (row.state, row.dropped) == (State.CANCELLED, True)
    assert row.reason == "dropped at the release (everything)"
    assert crew.room.network.timeline == []


def test_shifted_posts_wait_for_their_slot_with_their_pictures_prepared_ahead() -> None:
    crew = Crew()
    picture = MediaRef(key="media/buche.png", etag="e", kind="image/png")
    buche = crew.add_held(
        "vitrine", Content(text="Vitrine", language="fr-FR", media=(picture,)), due_at=NOON - TWO_HOURS
    )

    crew.release(way=Way.SHIFT)

    row = crew.row(buche)
    assert row.due_at == NOON - TWO_HOURS + timedelta(days=1)
    assert row.wake_at == row.due_at - PREPARE_AHEAD


def test_what_another_hold_covers_stays_held_and_is_told() -> None:
    crew = held_since_noon()
    crew.desk.hold(Scope(tag="noel"), "trop tôt")
    galette = crew.add_held("galette", Content(text="Galette", language="fr-FR"))

    release = crew.releases.planned(EVERYTHING, Manner())
    crew.releases.release(release)

    assert [(stays.delivery.id, stays.hold.scope.name) for stays in release.staying] == [
        (crew.room.delivery.id, "tag=noel")
    ]
    assert (crew.room.row.state, crew.row(galette).state) == (State.HELD, State.PLANNED)


def test_releasing_one_channel_leaves_the_others_held() -> None:
    crew = held_since_noon()
    site = crew.add_held("site", channel="site")

    crew.release(Scope(brand=BRAND, channel="site"))

    assert crew.row(site).state is State.HELD  # everything still stands over it
    assert [hold.scope.name for hold in crew.posts.standing().holds] == ["everything"]


def test_a_release_takes_up_nothing_outside_its_scope() -> None:
    crew = held_since_noon()
    crew.room.lift_holds()
    site = crew.add_held("site", channel="site")

    crew.release(Scope(brand=BRAND, channel="site"))

    assert (crew.row(site).state, crew.room.row.state) == (State.PLANNED, State.HELD)


def test_a_post_without_its_yes_asks_for_it_again_when_it_is_released() -> None:
    crew = Crew()
    asked = crew.add_held("asked", asks_approval=True)
    crew.clock.pass_(TWO_HOURS)

    crew.release()

    assert crew.row(asked).state is State.AWAITING_APPROVAL


# ---------------------------------------------------------------------- releasing at the worst moment
class CutOff(BaseException):
    """The command was killed."""


@pytest.mark.parametrize("moves", [0, 1, 2, 3])
def test_a_release_that_was_cut_off_is_finished_by_running_it_again(moves: int) -> None:
    class Fragile(MemoryPosts):
        left: int | None = None

        def move(self, before: Delivery, after: Delivery) -> None:
            if self.left is not None:
                if self.left == 0:
                    raise CutOff
                self.left -= 1
            super().move(before, after)

    posts = Fragile()
    crew = held_since_noon(posts)
    thread: dict[str, Any] = {"parts": 3, "due_at": NOON + timedelta(minutes=1)}
    parts = [
        crew.add_held("recette", **thread),
        crew.add("recette", part=1, under=0, **thread),
        crew.add("recette", part=2, under=1, state=State.MISSED, **thread),
    ]
    posts.left = moves
    with pytest.raises(CutOff):
        crew.release()
    posts.left = None
    crew.clock.pass_(timedelta(minutes=1))

    crew.release()

    assert posts.standing().holds == ()
    assert crew.room.row.state is State.PLANNED
    assert {(crew.row(part).state, crew.row(part).due_at - crew.row(parts[0]).due_at) for part in parts} == {
        (State.PLANNED, timedelta(0))
    }
    assert crew.row(parts[0]).due_at > crew.clock.now()
    assert abs(crew.row(parts[0]).due_at - crew.room.row.due_at) >= timedelta(minutes=10)


def test_what_a_worker_holds_while_the_hold_is_lifted_is_released_in_the_same_run() -> None:
    posts = Disturbed()
    crew = held_since_noon(posts)
    late = crew.add("late", due_at=NOON + TWO_HOURS - WAKE_EARLY)
    held = late.model_copy(update={"state": State.HELD, "wake_at": None, "fence": 1})
    posts.after_lifting = [lambda: posts.move(late, held)]

    released = crew.release()

    assert {step.delivery.id for step in released.taken} == {crew.room.delivery.id, late.id}
    assert crew.row(late).state is State.PLANNED
    assert crew.row(late).due_at - crew.room.row.due_at == timedelta(minutes=10)


def test_what_changed_meanwhile_is_released_as_it_stands_then() -> None:
    posts = Disturbed()
    crew = held_since_noon(posts)
    edited = crew.room.row.model_copy(update={"version": 2, "content": "other", "fence": 9})
    posts.before_move = [lambda: MemoryPosts.move(posts, crew.room.row, edited)]

    crew.release()

    assert (crew.room.row.state, crew.room.row.content) == (State.PLANNED, "other")


def test_a_later_part_that_somebody_else_moves_keeps_its_sequence_held_until_both_can_go() -> None:
    posts = Disturbed()
    crew = Crew(posts)
    first = crew.add_held("recette", parts=2)
    second = crew.add("recette", part=1, parts=2, under=0)
    crew.clock.pass_(TWO_HOURS)
    missed = second.model_copy(update={"state": State.MISSED, "fence": 1})
    posts.before_move = [lambda: MemoryPosts.move(posts, second, missed)]

    crew.release()

    assert [crew.row(part).state for part in (first, second)] == [State.PLANNED, State.PLANNED]
    assert crew.row(first).due_at == crew.row(second).due_at


def test_a_hold_that_is_placed_while_another_is_released_holds() -> None:
    posts = Disturbed()
    crew = held_since_noon(posts)
    posts.after_lifting = [lambda: crew.room.place_hold(Scope(brand=BRAND), "et une inondation")]

    crew.release()
    crew.room.let_pass(timedelta(minutes=5))

    assert (crew.room.row.state, crew.room.row.held_by) == (State.HELD, f"brand={BRAND}")
    assert crew.room.network.timeline == []


def test_releasing_again_changes_nothing() -> None:
    crew = held_since_noon()
    crew.release()
    row = crew.room.row

    again = crew.releases.planned(EVERYTHING, Manner())
    crew.releases.release(again)

    assert again == Release(scope=EVERYTHING, manner=Manner(), lifts=None, steps=(), staying=())
    assert crew.room.row == row


def test_what_is_held_although_no_hold_stands_is_found_and_taken_up() -> None:
    crew = held_since_noon()
    crew.room.lift_holds()

    assert crew.reach.left_behind([crew.room.row], crew.posts.standing()) == [crew.room.row]
    crew.release(Scope(brand=BRAND))

    assert crew.room.row.state is State.PLANNED


def test_what_a_hold_stands_over_is_not_left_behind() -> None:
    crew = held_since_noon()

    assert crew.reach.left_behind([crew.room.row], crew.posts.standing()) == []
