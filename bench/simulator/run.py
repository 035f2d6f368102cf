"""One run: the real desks between models of AWS and of networks, from an import to the last verdict."""

import gc
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time
from typing import Any, NamedTuple, override

from bench.simulator import facts
from bench.simulator.functions import Account, Environment, Function
from bench.simulator.judge import Judge
from bench.simulator.networks import HONEST, Lies, Opening, Secrets, Timelines
from bench.simulator.plans import NONE, Scenario, Whims, Wish, wishes
from bench.simulator.queues import Lane, Sending
from bench.simulator.table import Table, TableCalls
from bench.simulator.world import SECOND, World, micros
from parution.guarding.holds import Scope
from parution.publishing import deliveries as edges
from parution.publishing.content import MediaRef
from parution.publishing.deliveries import Change, Delivery, State, Ticket
from parution.publishing.desk import PublishingDesk
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.ports import DeliveryQueue, Outgoing
from parution.publishing.rates import FRESH, Limit, Rates, Turn
from parution.publishing.tick import DispatchDesk

# A Thursday in the season, at no round hour.
BEGINS = datetime(2026, 12, 3, 7, 48, tzinfo=UTC)
_MINUTE = 60 * SECOND


class Setup(NamedTuple):
    """What a stack is deployed with, by default as samconfig.toml has it for prod, and its world."""

    scenario: Scenario = "day"
    deliveries: int = 10_000
    seed: int = 1
    lanes: int = 4
    shards: int = 4
    batch: int = 10
    most_batches: int = 110  # MaximumConcurrency of each mapping
    memory: int = 512
    tick_memory: int = 512
    concurrency: int = facts.ACCOUNT_CONCURRENCY
    warm_writes: int = facts.WARM_WRITES
    warm_reads: int = facts.WARM_READS
    secret_reads: float = facts.SECRET_READS
    wake_early: float = 2.0
    lease: float = 120.0
    timeout: float = 90.0
    tick_timeout: float = 60.0
    visibility: float = 540.0
    receives: int = 5
    faults: bool = True
    # Of a process, at each point where it asks or computes: one invocation in some 1,500.
    crash: float = 0.0000025
    minutes: int = 0  # for so long it ticks at least
    hours_after: int = 40  # the last instant it ends; the last look is some 31 hours after a doubt
    lies: Lies = Lies()
    whims: Whims = Whims()
    clock_off_by: float = facts.CLOCK_OFF_BY  # seconds, one standard deviation
    clocks_astray: float = 0.0  # the share of environments whose clock is up to 5 s off

    @property
    def wake_early_by(self) -> timedelta:
        return timedelta(seconds=self.wake_early)

    def in_peace(self) -> "Setup":
        """Give it in a world without faults, lies and changes of mind."""
        return self._replace(faults=False, lies=HONEST, whims=NONE)


# What 10,000 deliveries in one second ask for; docs/scale.md says which limit each lifts.
RAISED: Mapping[str, Any] = {
    "lanes": 8,
    "shards": 16,
    "most_batches": 140,
    "memory": 1024,
    "tick_memory": 1769,
    "concurrency": 2_000,
    "warm_writes": 20_000,
    "secret_reads": 1_000,
}

# How the desks are made; a test breaks one to see the judge find it.
MakeDesk = Callable[..., PublishingDesk]
MakeTick = Callable[[TableCalls, DeliveryQueue, Setup], DispatchDesk]


class NoMedia:
    def read(self, ref: MediaRef) -> bytes:
        raise NotImplementedError(ref)  # texts alone


class NothingScarce(Rates):
    """Rates of networks that allow what we ask; reading that costs what it costs."""

    def __init__(self, calls: TableCalls, environment: Environment) -> None:
        self._calls, self._environment = calls, environment
        self._fresh_until: dict[str, int] = {}

    @override
    def turn(
        self,
        network: str,
        account: str,
        limits: Iterable[Limit],
        now: datetime,
        *,
        at: datetime | None = None,
        latest: datetime | None = None,
        held: Turn | None = None,
    ) -> Turn:
        for holder in (network, account):
            if self._fresh_until.get(holder, 0) <= self._environment.world.now:
                self._calls.glance(f"rate#{holder}")
                self._fresh_until[holder] = self._environment.world.now + micros(FRESH)
        return Turn(at=at or now)

    @override
    def give_back(self, network: str, account: str, turn: Turn, *, held: Turn | None = None) -> None:
        pass


class Run:
    """A stack in its world."""

    def __init__(
        self,
        setup: Setup,
        make_desk: MakeDesk = PublishingDesk,
        make_tick: MakeTick = lambda calls, queue, setup: DispatchDesk(
            calls, queue, setup.wake_early_by, setup.lanes
        ),
    ) -> None:
        self.setup, self._make_desk, self._make_tick = setup, make_desk, make_tick
        world = self.world = World(BEGINS, setup.seed)
        self.account = Account(world, setup.concurrency)
        self.table = Table(
            world, shards=setup.shards, warm_writes=setup.warm_writes, warm_reads=setup.warm_reads
        )
        self.timelines = Timelines(world)
        self.secrets = Secrets(world, setup.secret_reads)
        self.judge = Judge(world, self.timelines)
        self.table.retire = self.judge.one
        crash = setup.crash if setup.faults else 0.0
        self.deliver = Function(
            self.account,
            "deliver_post",
            memory=setup.memory,
            timeout=setup.timeout,
            crash=crash,
            clock_off_by=setup.clock_off_by,
            clocks_astray=setup.clocks_astray,
        )
        self.dispatch = Function(
            self.account,
            "dispatch_due",
            memory=setup.tick_memory,
            timeout=setup.tick_timeout,
            crash=crash,
        )
        self.lanes = [self._lane(number) for number in range(setup.lanes)]
        self._chance = world.random("run")
        self._imported_all, self._ends_at = False, 0
        self.outcomes: dict[str, int] = {}
        self.ticks = 0
        self.first_due = self.last_due = BEGINS
        self.took = 0.0

    def _lane(self, number: int) -> Lane:
        setup = self.setup
        return Lane(
            self.world,
            f"lane {number}",
            self.deliver,
            self._deliver,
            batch=setup.batch,
            most=setup.most_batches,
            visibility=setup.visibility,
            receives=setup.receives,
            faults=setup.faults,
        )

    def run(self) -> "Run":
        began = process_time()
        gc.disable()  # what is thrown away here is in no circle
        try:
            self.world.start(self._import)
            self.world.at(0, lambda: self._tick(0))
            self.world.run()
            self.judge.all_of([row.now for row in self.table.rows.values()])
        finally:
            gc.enable()
        self.took = process_time() - began
        return self

    # ------------------------------------------------------------------ deliver_post
    def _deliver(self, environment: Environment, ticket: Ticket) -> None:
        desk = environment.desk or self._new_desk(environment)
        environment.pause(facts.CPU_MESSAGE, facts.NO_TIME)
        metric = desk.deliver(ticket).metric
        self.outcomes[metric] = self.outcomes.get(metric, 0) + 1

    def _new_desk(self, environment: Environment) -> PublishingDesk:
        setup = self.setup
        calls = TableCalls(self.table, environment, "deliver_post", faults=setup.faults)
        desk: PublishingDesk = self._make_desk(
            deliveries=calls,
            holds=calls,
            networks=Opening(self.timelines, self.secrets, environment, setup.lies),
            media=NoMedia(),
            rates=NothingScarce(calls, environment),
            queue=Sending(self.lanes, environment),
            clock=environment,
            lease=timedelta(seconds=setup.lease),
            wake_early=setup.wake_early_by,
        )
        environment.desk = desk
        return desk

    # ------------------------------------------------------------------ dispatch_due
    def _tick(self, minute: int) -> None:
        """Fire somewhere within the minute, or not, or twice; then see to the next minute."""
        times = 1
        if self.setup.faults:
            lost, doubled = facts.TICK_LOST, facts.TICK_LOST + facts.TICK_DOUBLED
            drawn = self._chance.random()
            times = 0 if drawn < lost else 2 if drawn < doubled else 1
        for _ in range(times):
            at = minute + round(self._chance.random() * facts.TICK_WITHIN * SECOND)
            self.world.at(at, lambda: self.dispatch.invoke([self._dispatch], lambda _: None))
        over = self._imported_all and (not self.table.open or self.world.now > self._ends_at)
        if not over or minute < self.setup.minutes * _MINUTE:
            self.world.at(minute + _MINUTE, lambda: self._tick(minute + _MINUTE))

    def _dispatch(self, environment: Environment) -> None:
        self.ticks += 1
        setup = self.setup
        calls = TableCalls(self.table, environment, "dispatch_due", faults=setup.faults)
        queue = Sending(self.lanes, environment)
        self._make_tick(calls, queue, setup).dispatch(environment.now())

    # ------------------------------------------------------------------ import_plan, and people
    def _import(self) -> None:
        """Write what is planned when it is planned; and now and then a person changes it."""
        world, setup = self.world, self.setup
        chance = world.random("plans")
        importer = Environment(world, world.random("importer"), share=1.0, off_by=0, crash=0.0)
        queue = Sending(self.lanes, importer)
        for wish in wishes(setup.scenario, setup.deliveries, BEGINS, chance, setup.whims):
            world.sleep(world.since_beginning(wish.at) - world.now)
            self._write(wish)
            self.first_due = wish.delivery.due_at if self.first_due == BEGINS else self.first_due
            self.last_due = max(self.last_due, wish.delivery.due_at)
            self._send_if_soon(wish.delivery, importer, queue)
            self._perhaps_change(wish.delivery, chance, importer, queue)
            due_at = world.since_beginning(wish.delivery.due_at)
            self._ends_at = max(self._ends_at, due_at + self.setup.hours_after * 60 * _MINUTE)
        self._imported_all = True

    def _write(self, wish: Wish) -> None:
        delivery, table = wish.delivery, self.table
        key = f"{delivery.post}#{delivery.content}"
        table.wru["import_plan"] += 1 + table.index_units(None, delivery) + (key not in table.contents)
        table.contents[key] = wish.content.text
        table.put(None, delivery)

    def _send_if_soon(self, delivery: Delivery, importer: Environment, queue: DeliveryQueue) -> None:
        now = importer.now()
        if delivery.wake_at and is_soon(delivery.wake_at, now):
            wait = delay(delivery.wake_at, now, self.setup.wake_early_by)
            waiting = [Outgoing(delivery.ticket, delivery.network, wait)]
            self.world.start(lambda: queue.send(waiting))

    def _perhaps_change(
        self, delivery: Delivery, chance: Random, importer: Environment, queue: DeliveryQueue
    ) -> None:
        whims, world = self.setup.whims, self.world
        drawn = chance.random()
        due_at = world.since_beginning(delivery.due_at)
        # At the worst moment: while its ticket is under way, or its worker holds it.
        at = due_at - round(chance.expovariate(1 / 20) * SECOND) + SECOND // 2
        if drawn < whims.cancelled:
            world.at(at, lambda: self._edit(delivery.id, edges.cancelled))
        elif drawn < whims.cancelled + whims.moved:
            later = timedelta(seconds=chance.choice((30, 120, 3600)))
            world.at(at, lambda: self._move(delivery.id, later, importer, queue))
        elif drawn < whims.cancelled + whims.moved + whims.held:
            world.at(at, lambda: self._hold(delivery.brand))

    def _edit(self, name: str, edge: Callable[[Delivery, Change], Delivery]) -> Delivery | None:
        row = self.table.rows.get(name)
        change = Change(actor="import_plan", cause="changed", at=self.world.instant(self.world.now))
        if row is None or row.now.state is not State.PLANNED or row.now.attempt is not None:
            return None
        self.table.put(row.now, after := edge(row.now, change))
        return after

    def _move(self, name: str, later: timedelta, importer: Environment, queue: DeliveryQueue) -> None:
        def moved(row: Delivery, change: Change) -> Delivery:
            due_at = row.due_at + later
            wish = row.model_copy(update={"due_at": due_at, "wake_at": due_at, "changed": change})
            return edges.replanned(row, wish)

        after = self._edit(name, moved)
        if after is not None:
            self._send_if_soon(after, importer, queue)

    def _hold(self, brand: str) -> None:
        now = self.world.instant(self.world.now)
        self.table.standing = self.table.standing.with_hold(Scope(brand=brand), "crisis", "claire", now)
        self.judge.held_since.setdefault(brand, self.world.now)


def simulate(setup: Setup, **made_by: Callable[..., object]) -> Run:
    return Run(setup, **made_by).run()  # type: ignore[arg-type]  # a desk, broken on purpose, of a test
