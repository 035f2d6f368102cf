"""The models of AWS that the simulation runs on: each does what AWS's documentation says."""

from datetime import timedelta

import pytest

from bench.simulator import facts
from bench.simulator.functions import Account, Environment, Function
from bench.simulator.queues import Lane, Message
from bench.simulator.table import Partitions, Table
from bench.simulator.world import SECOND, Spread, World
from parution.publishing.deliveries import Ticket
from parution.publishing.dispatch import minute_of
from tests.builders import NOON, a_delivery

TICKET = Ticket(brand="b", post="p", channel="c", version=1)


@pytest.fixture
def world() -> World:
    return World(NOON, seed=1)


class Bench:
    """One lane with a function whose work a test chooses."""

    def __init__(self, world: World, holds: float = 300.0, *, crash: float = 0.0, batch: int = 10) -> None:
        self.world, self._holds, self.worked = world, holds, list[int]()
        self.account = Account(world, facts.ACCOUNT_CONCURRENCY)
        self.function = Function(self.account, "f", memory=512, timeout=600, crash=crash)
        self.lane = Lane(
            world,
            "lane",
            self.function,
            self._work,
            batch=batch,
            most=1_000,
            visibility=540,
            receives=5,
            faults=False,
        )

    def _work(self, environment: Environment, _: Ticket) -> None:
        self.worked.append(self.world.now)
        environment.rest(round(self._holds * SECOND))

    def send(self, messages: int) -> None:
        for _ in range(messages):
            self.lane.arrive(Message(TICKET), 0)
        self.world.run()


def test_a_mapping_begins_with_five_batches_and_adds_five_a_second(world: World) -> None:
    bench = Bench(world)

    bench.send(1_000)

    running = list(bench.account.by_second(0, 10))
    assert running[0] == 5
    assert running[9] == pytest.approx(50, abs=5)


def test_a_message_that_failed_appears_again_after_its_timeout_and_is_dead_after_five(world: World) -> None:
    bench = Bench(world, crash=1.0)

    bench.send(1)

    apart = [later - earlier for earlier, later in zip(bench.worked, bench.worked[1:], strict=False)]
    assert len(bench.worked) == 5
    assert min(apart) >= 540 * SECOND
    assert bench.lane.dead == 1


def test_a_process_that_dies_takes_its_batch_with_it(world: World) -> None:
    bench = Bench(world, crash=0.2)

    bench.send(10)

    # Each of the ten is received again as long as one of its batch meets a crash.
    assert bench.function.crashed > 0
    assert len(bench.worked) > 10


def test_a_second_invocation_finds_a_warm_environment_until_it_was_idle_too_long(world: World) -> None:
    bench = Bench(world, holds=0.1)
    for at in (0, 60, 60 + facts.KEPT_IDLE + 60):
        world.at(round(at * SECOND), lambda: bench.lane.arrive(Message(TICKET), 0))

    world.run()

    assert bench.function.invocations == 3
    assert bench.function.cold == 2


def test_an_account_runs_no_more_at_once_than_it_may(world: World) -> None:
    bench = Bench(world, holds=5, batch=1)
    bench.account.concurrency = 7

    bench.send(100)

    assert max(bench.account.most.values()) == 7
    assert bench.function.throttled > 0
    assert len(bench.worked) == 100


def test_a_partition_takes_a_thousand_writes_a_second(world: World) -> None:
    writes = Partitions(world, warm=1_000, each=1_000, least=1)

    taken = sum(writes.take("brand#b", 1) for _ in range(1_500))
    world.now += SECOND // 2
    later = sum(writes.take("brand#b", 1) for _ in range(1_500))

    assert (taken, later) == (1_000, 500)


def test_the_index_follows_within_two_seconds_and_not_at_once(world: World) -> None:
    table = Table(world, shards=1, warm_writes=4_000, warm_reads=12_000)
    delivery = a_delivery()
    table.put(None, delivery)
    minute = minute_of(NOON)

    at_once = table.indexed(minute, 0)
    world.now += 2 * SECOND

    assert at_once == []
    assert [one.ticket for one in table.indexed(minute, 0)] == [delivery.ticket]


def test_what_is_taken_out_leaves_the_index(world: World) -> None:
    table = Table(world, shards=1, warm_writes=4_000, warm_reads=12_000)
    delivery = a_delivery()
    table.put(None, delivery)
    table.put(delivery, delivery.model_copy(update={"wake_at": None}))
    world.now += 2 * SECOND

    assert table.indexed(minute_of(NOON), 0) == []


def test_two_clocks_of_one_world_differ(world: World) -> None:
    function = Function(Account(world, 10), "f", memory=512, timeout=60, clock_off_by=0.5)
    times = []
    for _ in range(2):
        function.invoke(
            [lambda environment: times.append(environment.now() - world.instant(world.now))], lambda _: None
        )

    world.run()

    assert times[0] != times[1]
    assert max(map(abs, times)) < timedelta(seconds=3)


def test_a_spread_has_its_median_and_its_99th_percentile(world: World) -> None:
    spread, chance = Spread(0.1, 1.0), world.random("test")

    drawn = sorted(spread.draw(chance) for _ in range(20_000))

    assert drawn[10_000] == pytest.approx(0.1 * SECOND, rel=0.1)
    assert drawn[19_800] == pytest.approx(1.0 * SECOND, rel=0.15)
