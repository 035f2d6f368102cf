"""What the tick sends, and what the sweep finds."""

from datetime import timedelta

from parution.publishing.tick import DispatchDesk
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from tests.builders import NOON, a_delivery
from tests.publishing.doubles import ObedientClock

WAKE_EARLY = timedelta(seconds=2)


class Tower:
    def __init__(self) -> None:
        self.clock = ObedientClock(NOON)
        self.posts = MemoryPosts()
        self.queue = MemoryDeliveryQueue(self.clock)
        self.desk = DispatchDesk(self.posts, self.queue, WAKE_EARLY)


def test_the_tick_sends_what_is_due_within_five_minutes() -> None:
    tower = Tower()
    tower.posts.create(a_delivery(post="soon", due_at=NOON + timedelta(minutes=5, seconds=59)))
    tower.posts.create(a_delivery(post="later", due_at=NOON + timedelta(minutes=6)))

    dispatched = tower.desk.dispatch(NOON)

    assert dispatched.sent == 1
    assert tower.queue.next_at == NOON + timedelta(minutes=5, seconds=57)


def test_each_minute_is_taken_once() -> None:
    tower = Tower()
    tower.posts.create(a_delivery(due_at=NOON + timedelta(minutes=3)))

    assert [tower.desk.dispatch(NOON + timedelta(minutes=m)).sent for m in range(3)] == [1, 0, 0]


def test_lost_ticks_are_caught_up_from_the_mark() -> None:
    tower = Tower()
    tower.desk.dispatch(NOON)
    tower.posts.create(a_delivery(due_at=NOON + timedelta(hours=3)))

    assert tower.desk.dispatch(NOON + timedelta(hours=3, minutes=4)).sent == 1


def test_a_tick_that_comes_too_soon_takes_nothing_and_moves_nothing() -> None:
    tower = Tower()
    tower.desk.dispatch(NOON)

    assert tower.desk.dispatch(NOON - timedelta(minutes=2)).sent == 0
    assert tower.posts.mark("dispatch") == NOON + timedelta(minutes=5)


def test_the_sweep_sends_what_is_overdue_and_still_waits() -> None:
    tower = Tower()
    tower.desk.dispatch(NOON)
    tower.posts.create(a_delivery(due_at=NOON + timedelta(seconds=10)))

    assert tower.desk.dispatch(NOON + timedelta(seconds=50)).swept == 0
    assert tower.desk.dispatch(NOON + timedelta(minutes=1)).swept == 1


def test_the_sweep_comes_back_to_what_stays_stuck() -> None:
    tower = Tower()
    tower.desk.dispatch(NOON)
    tower.posts.create(a_delivery(due_at=NOON + timedelta(seconds=10)))

    sweeps = [tower.desk.dispatch(NOON + timedelta(minutes=m)).swept for m in (1, 30, 90)]

    assert sweeps == [1, 1, 1]


def test_the_sweep_leaves_minutes_that_settled_empty() -> None:
    tower = Tower()

    tower.desk.dispatch(NOON)
    tower.desk.dispatch(NOON + timedelta(hours=2))

    assert tower.posts.mark("sweep") == NOON + timedelta(hours=2) - timedelta(minutes=10)


def test_a_crowd_is_woken_earlier_than_one_delivery_so_that_all_of_it_is_in_hand() -> None:
    tower = Tower()
    at = NOON + timedelta(minutes=4)
    for number in range(300):
        tower.posts.create(a_delivery(post=f"post-{number}", due_at=at))

    tower.desk.dispatch(NOON)

    # 30 batches on one queue: 25 more than its first five, at five a second.
    assert tower.queue.next_at == at - timedelta(seconds=2 + 5)
