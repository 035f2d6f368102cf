"""What becomes of a delivery at the publishing desk."""

from datetime import timedelta

import pytest

from parution.errors import NoSuchSecret
from parution.guarding.holds import Scope
from parution.publishing import deliveries
from parution.publishing.deliveries import Delivery, State, Ticket
from parution.publishing.ports import Guarantee, NotSent, Refused
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import NOON, a_change
from tests.publishing.doubles import SETTLING, OneNetwork, WorkerDied
from tests.publishing.newsroom import LEASE, WAKE_EARLY, Newsroom


def test_a_delivery_is_published_at_its_instant_and_not_before() -> None:
    newsroom = Newsroom()

    row = newsroom.deliver()

    assert row.state is State.PUBLISHED
    assert newsroom.network.timeline == [NOON]
    assert (row.remote_id, row.url, row.proof) == ("1", "https://masto.example/1", "answer")


def test_a_ticket_that_arrives_twice_publishes_once() -> None:
    newsroom = Newsroom()

    newsroom.deliver()
    newsroom.deliver()

    assert newsroom.network.timeline == [NOON]


def test_a_ticket_of_an_older_version_is_void() -> None:
    newsroom = Newsroom(version=2)

    delivered = newsroom.desk.deliver(newsroom.delivery.ticket.model_copy(update={"version": 1}))

    assert delivered.metric == "TicketVoided"
    assert newsroom.network.timeline == []


def test_a_ticket_for_nothing_is_void() -> None:
    newsroom = Newsroom()

    delivered = newsroom.desk.deliver(newsroom.delivery.ticket.model_copy(update={"post": "gone"}))

    assert delivered.metric == "TicketVoided"


def test_a_ticket_that_comes_much_too_early_waits_in_the_queue_not_in_the_worker() -> None:
    newsroom = Newsroom(due_at=NOON + timedelta(minutes=3))

    newsroom.deliver()

    assert newsroom.clock.now() == NOON - WAKE_EARLY
    assert newsroom.queue.next_at == NOON + timedelta(minutes=3) - WAKE_EARLY


def test_old_news_is_missed_never_published() -> None:
    newsroom = Newsroom(due_at=NOON - timedelta(minutes=11), max_late=timedelta(minutes=10))

    row = newsroom.deliver()

    assert row.state is State.MISSED
    assert newsroom.network.timeline == []


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(brand="boulangerie-martin"),
        Scope(brand="boulangerie-martin", channel="masto"),
        Scope(tag="noel"),
        Scope(brand="boulangerie-martin", campaign="noel"),
    ],
    ids=lambda scope: scope.name,
)
def test_a_hold_stops_a_delivery(scope: Scope) -> None:
    newsroom = Newsroom(campaign="noel")
    newsroom.place_hold(scope, "intoxication signalée")

    row = newsroom.deliver()

    assert (row.state, row.reason) == (State.HELD, "intoxication signalée")
    assert newsroom.network.timeline == []


def test_a_hold_placed_while_the_worker_waits_for_the_instant_stops_it_too() -> None:
    newsroom = Newsroom()
    wait = newsroom.clock.wait_until

    def wait_and_hold(instant: object) -> None:
        wait(NOON)
        newsroom.place_hold(Scope(), "stop")

    newsroom.clock.wait_until = wait_and_hold  # type: ignore[method-assign]  # the moment is the point
    row = newsroom.deliver()

    assert row.state is State.HELD
    assert newsroom.network.timeline == []


def test_an_edit_while_the_worker_waits_wins() -> None:
    newsroom = Newsroom()
    wait = newsroom.clock.wait_until

    def wait_and_edit(instant: object) -> None:
        wait(NOON)
        newsroom.posts.move(newsroom.delivery, deliveries.cancelled(newsroom.delivery, a_change("removed")))

    newsroom.clock.wait_until = wait_and_edit  # type: ignore[method-assign]  # the moment is the point
    row = newsroom.deliver()

    assert row.state is State.CANCELLED
    assert newsroom.network.timeline == []


def test_a_clock_that_wakes_early_gives_the_delivery_back() -> None:
    newsroom = Newsroom()
    newsroom.clock.wait_until = lambda instant: None  # type: ignore[method-assign]  # a broken wait

    row = newsroom.deliver()

    assert (row.state, row.attempt) == (State.PLANNED, None)
    assert newsroom.network.timeline == []
    assert newsroom.queue.next_at is not None


def test_a_refusal_is_final_and_says_why() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["refused"]

    row = newsroom.deliver()

    assert (row.state, row.reason) == (State.FAILED, "the text is too long")


def test_a_refused_preparation_is_final_too() -> None:
    newsroom = Newsroom()
    newsroom.network.preparation = Refused(reason="the picture is too large")

    assert newsroom.deliver().state is State.FAILED


def test_a_busy_network_is_tried_again_when_it_asks_to() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["busy"]

    row = newsroom.deliver()
    assert (row.state, row.attempt, row.wake_at) == (State.PLANNED, None, NOON + timedelta(seconds=20))

    newsroom.let_pass(timedelta(seconds=30))
    assert newsroom.network.timeline == [NOON + timedelta(seconds=20)]


def test_a_missing_secret_delays_until_it_is_stored() -> None:
    newsroom = Newsroom()
    newsroom.networks = OneNetwork(newsroom.network, missing=[NoSuchSecret("no secret 'masto-martin'")])

    assert newsroom.deliver().reason == "no secret 'masto-martin'"

    assert newsroom.let_pass(timedelta(minutes=2)).state is State.PUBLISHED


def test_what_was_delayed_beyond_its_limit_is_missed_with_the_last_reason() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["busy"] * 40

    row = newsroom.let_pass(timedelta(minutes=12))
    newsroom.deliver()
    row = newsroom.let_pass(timedelta(minutes=12))

    assert row.state is State.MISSED
    assert "too many requests" in (row.reason or "")


def test_a_network_that_asks_for_a_day_does_not_delay_the_news_that_the_post_was_missed() -> None:
    newsroom = Newsroom(max_late=timedelta(minutes=10))
    newsroom.network.preparation = NotSent(reason="come back tomorrow", retry_after=timedelta(days=1))
    newsroom.deliver()

    row = newsroom.let_pass(timedelta(minutes=11))

    assert row.state is State.MISSED
    assert "come back tomorrow" in (row.reason or "")


def test_a_lost_answer_is_found_at_once_on_the_networks_own_feed() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["lost answer"]

    row = newsroom.deliver()

    assert (row.state, row.proof, row.published_at) == (State.PUBLISHED, "own feed", NOON)
    assert newsroom.network.timeline == [NOON]


def test_a_late_effect_is_waited_for_and_found() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["late effect"]

    assert newsroom.deliver().state is State.CHECKING

    assert newsroom.let_pass(SETTLING + timedelta(seconds=1)).state is State.PUBLISHED
    assert len(newsroom.network.timeline) == 1


def test_nothing_found_after_settling_is_unconfirmed_and_looked_for_less_and_less_often() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["nothing"]
    newsroom.deliver()

    row = newsroom.let_pass(timedelta(seconds=31))
    assert (row.state, row.looks, row.wake_at) == (State.UNCONFIRMED, 1, NOON + timedelta(seconds=90))

    row = newsroom.let_pass(timedelta(minutes=45))
    assert (row.state, row.looks) == (State.UNCONFIRMED, 4)
    assert newsroom.network.timeline == []


def test_an_unconfirmed_delivery_that_shows_up_later_is_published() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["nothing"]
    newsroom.deliver()
    newsroom.let_pass(timedelta(seconds=31))

    newsroom.network.timeline.append(NOON)

    assert newsroom.let_pass(timedelta(minutes=2)).state is State.PUBLISHED


def test_a_network_that_honours_the_key_gets_a_second_attempt_under_it() -> None:
    newsroom = Newsroom()
    newsroom.network.key_lives = timedelta(minutes=50)
    newsroom.network.guarantee = Guarantee.KEYED
    newsroom.network.script = ["nothing"]
    newsroom.deliver()

    row = newsroom.let_pass(timedelta(seconds=40))

    assert (row.state, row.attempts) == (State.PUBLISHED, 2)
    assert len(newsroom.network.timeline) == 1


def test_a_second_attempt_that_is_refused_leaves_the_first_in_doubt() -> None:
    newsroom = Newsroom()
    newsroom.network.key_lives = timedelta(minutes=50)
    newsroom.network.guarantee = Guarantee.KEYED
    newsroom.network.script = ["nothing", "refused"]
    newsroom.deliver()

    assert newsroom.let_pass(timedelta(seconds=40)).state is State.UNCONFIRMED


def test_a_hold_before_the_second_attempt_leaves_the_first_in_doubt() -> None:
    newsroom = Newsroom()
    newsroom.network.key_lives = timedelta(minutes=50)
    newsroom.network.guarantee = Guarantee.KEYED
    newsroom.network.script = ["nothing"]
    newsroom.deliver()
    newsroom.place_hold(Scope(), "stop")

    assert newsroom.let_pass(timedelta(seconds=40)).state is State.UNCONFIRMED
    assert newsroom.network.timeline == []


def test_a_search_that_cannot_be_made_is_made_later() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["lost answer"]
    newsroom.network.searches = [NotSent(reason="503", retry_after=timedelta(seconds=50))]

    assert newsroom.deliver().state is State.CHECKING

    assert newsroom.let_pass(timedelta(seconds=60)).state is State.PUBLISHED


@pytest.mark.parametrize("death", ["died before", "died after"])
def test_a_worker_that_dies_in_the_call_is_found_by_the_sweep_and_never_repeated(death: str) -> None:
    newsroom = Newsroom()
    newsroom.network.script = [death]
    with pytest.raises(WorkerDied):
        newsroom.deliver()
    assert newsroom.row.state is State.SENDING

    row = newsroom.let_pass(timedelta(minutes=4))

    assert row.state is (State.PUBLISHED if death == "died after" else State.UNCONFIRMED)
    assert len(newsroom.network.timeline) == (1 if death == "died after" else 0)


def test_while_a_worker_may_be_alive_another_does_not_touch_its_delivery() -> None:
    newsroom = Newsroom()
    newsroom.network.script = ["died after"]
    with pytest.raises(WorkerDied):
        newsroom.deliver()

    newsroom.clock.pass_(LEASE - timedelta(seconds=1))

    assert newsroom.desk.deliver(newsroom.delivery.ticket).metric == "DeliveryBusy"
    assert newsroom.row.state is State.SENDING


def test_an_answer_that_comes_after_the_lease_still_counts() -> None:
    newsroom = Newsroom()

    def another_worker_begins_to_look() -> None:
        row = newsroom.row
        newsroom.posts.move(row, deliveries.in_doubt(row, NOON + SETTLING, a_change("lease ran out")))

    newsroom.network.in_flight = another_worker_begins_to_look

    row = newsroom.deliver()

    assert (row.state, row.proof) == (State.PUBLISHED, "answer")


class LaggingPosts(MemoryPosts):
    """A table whose cheap readings are a moment old: they give what stood there before the last write."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Delivery | None = None

    def read(self, ticket: Ticket, *, consistent: bool) -> Delivery | None:
        return super().read(ticket, consistent=True) if consistent else self.before

    def move(self, before: Delivery, after: Delivery) -> None:
        super().move(before, after)
        self.before = before


def test_a_delivery_too_new_for_a_cheap_reading_is_published_all_the_same() -> None:
    newsroom = Newsroom(posts=LaggingPosts())

    assert newsroom.deliver().state is State.PUBLISHED


def test_a_cheap_reading_of_what_was_published_meanwhile_publishes_nothing() -> None:
    newsroom = Newsroom(posts=LaggingPosts())
    newsroom.deliver()

    newsroom.deliver()

    assert newsroom.network.timeline == [NOON]


def test_a_cheap_reading_does_not_delay_a_second_attempt() -> None:
    newsroom = Newsroom(posts=LaggingPosts())
    newsroom.network.script = ["busy"]
    newsroom.deliver()

    newsroom.let_pass(timedelta(seconds=21))

    assert newsroom.network.timeline == [NOON + timedelta(seconds=20)]


def test_every_change_says_who_why_and_when() -> None:
    newsroom = Newsroom()

    row = newsroom.deliver()

    assert (row.changed.actor, row.changed.at) == ("deliver_post", NOON)
    assert row.changed.cause == "shown by its answer"
