"""What the desk makes of a network's limits: one is told, all that share them wait."""

from datetime import timedelta

from parution.guarding.holds import Scope
from parution.publishing.deliveries import Delivery, State
from parution.publishing.rates import Holder, Left, Limit
from tests.builders import BUCHE, NOON, a_delivery
from tests.publishing.newsroom import Newsroom

SECOND = timedelta(seconds=1)
ACCOUNT = Holder("mastodon", "secret:masto-martin")


def beside(newsroom: Newsroom, post: str) -> Delivery:
    """Plan another post at the same instant on the same account."""
    other = a_delivery(post=post)
    newsroom.posts.create(other)
    newsroom.posts.keep_content(other.brand, post, BUCHE)
    return other


def test_after_one_was_asked_to_pause_the_others_of_its_account_do_not_knock() -> None:
    newsroom = Newsroom()
    second = beside(newsroom, "second")
    newsroom.network.script = ["paused"]
    newsroom.deliver()

    told = newsroom.desk.deliver(second.ticket)

    assert told.state is State.PLANNED
    assert told.reason == "mastodon takes no more calls before 12:00:21 UTC"
    assert len(newsroom.network.pieces) == 1


def test_those_that_wait_come_one_after_the_other() -> None:
    newsroom = Newsroom()
    others = [beside(newsroom, f"post-{number}") for number in range(3)]
    newsroom.network.script = ["paused"]
    newsroom.deliver()
    desk = newsroom.desk
    for other in others:
        desk.deliver(other.ticket)

    newsroom.let_pass(timedelta(minutes=1))

    assert len(newsroom.network.timeline) == 4
    assert all(NOON + 20 * SECOND <= at <= NOON + 26 * SECOND for at in newsroom.network.timeline)
    assert len(set(newsroom.network.timeline)) >= 3


def test_what_a_network_says_is_left_is_heeded() -> None:
    newsroom = Newsroom()
    newsroom.network.left = (
        Left(counted="account", remaining=1, limit=300, resets_at=NOON + timedelta(minutes=5)),
    )

    newsroom.deliver()

    bucket = newsroom.buckets.read(ACCOUNT)
    assert bucket is not None
    assert bucket.windows[0].left == 1


def test_a_limit_that_no_header_tells_is_counted_here() -> None:
    newsroom = Newsroom()
    newsroom.network.limits = (Limit(counted="account", amount=1, per=timedelta(minutes=2)),)
    second = beside(newsroom, "second")
    desk = newsroom.desk

    desk.deliver(newsroom.delivery.ticket)
    told = desk.deliver(second.ticket)

    assert told.state is State.PLANNED
    assert newsroom.network.timeline == [NOON]


def test_a_number_that_a_hold_left_unused_is_given_back() -> None:
    newsroom = Newsroom()
    newsroom.network.limits = (Limit(counted="account", amount=1, per=timedelta(minutes=2)),)
    newsroom.place_hold(Scope(brand="boulangerie-martin"), "intoxication signalée")

    newsroom.deliver()

    bucket = newsroom.buckets.read(ACCOUNT)
    assert bucket is not None
    assert bucket.taken == 0


def test_a_turn_after_its_limit_makes_a_post_missed_in_time_to_say_so() -> None:
    newsroom = Newsroom(max_late=timedelta(minutes=1))
    second = beside(newsroom, "second")
    newsroom.posts.move(second, second.model_copy(update={"fence": 1, "max_late": timedelta(minutes=1)}))
    newsroom.network.script = ["paused for an hour"]
    newsroom.deliver()
    newsroom.desk.deliver(second.ticket)

    newsroom.let_pass(timedelta(minutes=2))

    row = newsroom.posts.read(second.ticket, consistent=True)
    assert row is not None
    assert row.state is State.MISSED
    assert "takes no more calls" in (row.reason or "")
