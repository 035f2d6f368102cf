"""Every placement of up to two faults on the way of one delivery, through the real desk.

Each step that touches the world may die before or after its effect, or be answered with an error before
or after it; the network may also answer late, or not at all. Whatever happens: at most one post, never
before its instant, and a row that does not claim what is not so.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from parution.publishing import deliveries
from parution.publishing.deliveries import Delivery, State
from parution.publishing.desk import PublishingDesk
from parution.publishing.ports import Outcome, Outgoing, Unknown
from parution.publishing.tick import DispatchDesk
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from tests.builders import BUCHE, NOON, a_delivery
from tests.publishing.doubles import NoLimits, NoMedia, ObedientClock, OneNetwork, ScriptedNetwork, WorkerDied

FAULTS = ("dies before", "dies after", "error before", "error after")
SECOND = timedelta(seconds=1)


class LostAnswer(Exception):
    """What an SDK raises when it gave up."""


class Faulty:
    """Counts every call on the wrapped objects and breaks those that the schedule names."""

    def __init__(self, schedule: dict[int, str]) -> None:
        self.schedule, self.step = schedule, 0

    def around(self, wrapped: object, *names: str) -> Any:
        faulty = self

        class Wrapper:
            def __getattr__(self, name: str) -> Any:
                found = getattr(wrapped, name)
                return faulty.call(found) if name in names else found

        return Wrapper()

    def call(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def through(*args: Any, **kwargs: Any) -> Any:
            fault = self.schedule.get(self.step)
            self.step += 1
            if fault == "dies before":
                raise WorkerDied
            if fault == "error before":
                return self._failed(function)
            answer = function(*args, **kwargs)
            if fault == "dies after":
                raise WorkerDied
            return self._failed(function) if fault == "error after" else answer

        return through

    @staticmethod
    def _failed(function: Callable[..., Any]) -> Outcome:
        if function.__name__ == "commit":
            return Unknown(reason="the connection was cut")
        raise LostAnswer(function.__name__)


class Ran(NamedTuple):
    """How a run ended, and how many steps it took: all of them places for one more fault."""

    state: State
    network: ScriptedNetwork
    steps: int


def run(schedule: dict[int, str], *, keyed: bool, late: bool) -> Ran:
    clock = ObedientClock(NOON - 2 * SECOND)
    posts, queue = MemoryPosts(), MemoryDeliveryQueue(clock)
    network = ScriptedNetwork(clock, key_lives=timedelta(minutes=50) if keyed else None)
    network.script = ["late effect"] if late else []
    delivery = a_delivery()
    posts.create(delivery)
    posts.keep_content(delivery.brand, delivery.post, BUCHE)
    faulty = Faulty(schedule)
    desk = PublishingDesk(
        deliveries=faulty.around(posts, "read", "content", "move"),
        holds=faulty.around(posts, "standing"),
        networks=OneNetwork(faulty.around(network, "prepare", "commit", "find")),
        media=NoMedia(),
        rates=NoLimits(),
        queue=faulty.around(queue, "send"),
        clock=clock,
        lease=timedelta(seconds=60),
        wake_early=2 * SECOND,
    )
    tick = DispatchDesk(posts, queue, 2 * SECOND)
    queue.send([Outgoing(delivery.ticket, delivery.network, timedelta(0))])
    while (row := _row(posts, delivery)).wake_at or queue.next_at:
        assert clock.now() < NOON + timedelta(hours=40), schedule
        for ticket in queue.receive():
            try:
                desk.deliver(ticket)
            except (WorkerDied, LostAnswer):
                queue.send([Outgoing(ticket, delivery.network, timedelta(minutes=6))])  # SQS shows it again
        clock.wait_until(_next_event(clock.now(), queue.next_at, _row(posts, delivery).wake_at))
        tick.dispatch(clock.now())
    clock.pass_(timedelta(hours=1))
    network.land_late()  # whether or not anybody still looks
    return Ran(row.state, network, faulty.step)


def _row(posts: MemoryPosts, delivery: Delivery) -> Delivery:
    row = posts.read(delivery.ticket, consistent=True)
    assert row is not None
    return row


def _next_event(now: datetime, *instants: datetime | None) -> datetime:
    """Give the next minute tick, or a tick five minutes before the next instant that is further away."""
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    coming = min((at for at in instants if at), default=minute)
    return coming if now < coming < minute else max(minute, coming - timedelta(minutes=5))


def runs(*, keyed: bool, late: bool) -> Iterator[tuple[dict[int, str], Ran]]:
    """Run without a fault, with one at each step of that, and with a second at each later step of those."""
    waiting: list[dict[int, str]] = [{}]
    while waiting:
        schedule = waiting.pop()
        ran = run(schedule, keyed=keyed, late=late)
        yield schedule, ran
        if len(schedule) < 2:
            later = range(max(schedule, default=-1) + 1, ran.steps)
            waiting += [{**schedule, step: fault} for step in later for fault in FAULTS]


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "readable"])
@pytest.mark.parametrize("late", [False, True], ids=["prompt", "late effect"])
def test_no_two_faults_make_a_double_an_early_post_or_a_silent_loss(
    monkeypatch: pytest.MonkeyPatch, *, keyed: bool, late: bool
) -> None:
    # The looks after five minutes differ from the first two in their distance alone, and take the time.
    monkeypatch.setattr(deliveries, "KEEP_LOOKING", deliveries.KEEP_LOOKING[:2])
    tried, flagged = 0, 0
    for schedule, (state, network, _) in runs(keyed=keyed, late=late):
        tried += 1
        assert len(network.timeline) <= 1, schedule
        assert all(at >= NOON for at in network.timeline), schedule
        if state is State.PUBLISHED:
            assert len(network.timeline) == 1, schedule
        else:
            flagged += 1
            assert schedule, "without a fault it is published"
            assert not keyed, schedule
            assert state in {State.UNCONFIRMED, State.MISSED}, schedule
            assert network.timeline == [], schedule
    print(f"{tried} schedules, {flagged} flagged")  # noqa: T201 (the figures are the result)
    assert tried > 1_000
