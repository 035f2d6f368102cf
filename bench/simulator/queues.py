"""SQS queues, and the event source mappings that empty them into a function."""

import zlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import batched

from bench.simulator import facts
from bench.simulator.functions import Died, Environment, Function
from bench.simulator.world import SECOND, World, micros
from parution.publishing.deliveries import Ticket
from parution.publishing.ports import Outgoing

_MOST_DELAY = 900
_THREADS = 10  # as SqsDeliveryQueue sends


class Message:
    """A ticket on its way; ``receipts`` counts how often it was received."""

    __slots__ = ("receipts", "ticket")

    def __init__(self, ticket: Ticket) -> None:
        self.ticket, self.receipts = ticket, 0


class Lane:
    """One standard queue and its mapping."""

    def __init__(
        self,
        world: World,
        name: str,
        function: Function,
        work: Callable[[Environment, Ticket], object],
        *,
        batch: int,
        most: int,
        visibility: float,
        receives: int,
        faults: bool,
    ) -> None:
        self._world, self._function, self._work = world, function, work
        self._chance = world.random(name)
        self._batch, self._most = batch, min(most, facts.MOST_BATCHES)
        self._visibility, self._receives = round(visibility * SECOND), receives
        self._faults = faults
        self._visible: deque[Message] = deque()
        self._working, self._pollers = 0, facts.AT_FIRST
        self._growing, self._last_wait = False, 0
        self.requests = self.dead = self.doubled = self.received_by_nobody = self.messages = 0
        self.batches: Counter[int] = Counter()

    def arrive(self, message: Message, delay: int) -> None:
        """Show the message after its delay, in whole seconds, and a moment more."""
        self.messages += 1
        wait = delay * SECOND + facts.APPEAR.draw(self._chance)
        if self._faults and self._chance.random() < facts.STRAGGLES:
            wait += facts.STRAGGLER.draw(self._chance)
        self._world.at(self._world.now + wait, partial(self._show, message))

    def _show(self, message: Message) -> None:
        self._visible.append(message)
        self._poll()

    def _poll(self) -> None:
        """Let every poller that is free receive; let there be more of them while messages wait."""
        now = self._world.now
        if not self._growing and now - self._last_wait > facts.BACK_AFTER * SECOND:
            self._pollers = max(facts.AT_FIRST, self._working)
        promised = 0
        while len(self._visible) > promised and self._working < min(self._pollers, self._most):
            self._working += 1
            promised += self._batch
            self._world.at(now + facts.RECEIVE.draw(self._chance), self._receive)
        if len(self._visible) > promised:
            self._last_wait = now
            if not self._growing:
                self._growing = True
                self._world.at(now + SECOND, self._grow)

    def _grow(self) -> None:
        self._growing = False
        if self._visible:
            self._pollers = min(self._pollers + facts.MORE_A_SECOND, self._most)
            self._poll()

    def _receive(self) -> None:
        taken = [self._visible.popleft() for _ in range(min(self._batch, len(self._visible)))]
        if not taken:  # another poller was faster
            self._working -= 1
            return
        self.requests += 1
        self.batches[len(taken)] += 1
        for message in taken:
            message.receipts += 1
        if self._faults and self._chance.random() < facts.RECEIVED_BY_NOBODY:
            self.received_by_nobody += len(taken)
            self._release(taken)
        else:
            self._invoke(taken, facts.THROTTLED_FIRST, self._world.now + self._visibility)

    def _invoke(self, taken: list[Message], again: float, until: int) -> None:
        jobs = [lambda environment, one=one: self._work(environment, one.ticket) for one in taken]
        if self._function.invoke(jobs, lambda failed: self._ended(taken, failed)):
            return
        if self._world.now > until:
            self._release(taken)
            return
        wait = round(again * SECOND)
        again = min(again * 2, facts.THROTTLED_MOST)
        self._world.at(self._world.now + wait, lambda: self._invoke(taken, again, until))

    def _ended(self, taken: list[Message], failed: set[int]) -> None:
        left = [message for number, message in enumerate(taken) if number in failed]
        if len(left) < len(taken):
            self.requests += 1  # the deletion
        if self._faults:
            for number, message in enumerate(taken):
                if number not in failed and self._chance.random() < facts.DOUBLED:
                    self.doubled += 1
                    after = self._world.now + facts.DOUBLE_AFTER.draw(self._chance)
                    self._world.at(after, partial(self._show, message))
        self._release(left)

    def _release(self, left: list[Message]) -> None:
        """Free the poller; what is left appears again when its visibility timeout is over."""
        self._working -= 1
        for message in left:
            if message.receipts >= self._receives:
                self.dead += 1
            else:
                self._world.at(self._world.now + self._visibility, partial(self._show, message))
        self._poll()


class Sending:
    """A DeliveryQueue: SqsDeliveryQueue, with its calls in virtual time."""

    def __init__(self, lanes: Sequence[Lane], environment: Environment) -> None:
        self._lanes, self._environment = lanes, environment

    def send(self, waiting: Sequence[Outgoing]) -> None:
        by_lane: dict[int, list[Outgoing]] = {}
        for one in waiting:
            by_lane.setdefault(self._lane(one.ticket), []).append(one)
        calls = deque(
            (self._lanes[lane], batch)
            for lane, all_of_it in by_lane.items()
            for batch in batched(all_of_it, facts.AT_ONCE, strict=False)
        )
        began = self._environment.world.now
        if len(calls) == 1:
            self._call(*calls[0], began)
        elif calls:
            threads = min(_THREADS, len(calls))
            self._environment.world.all_of([self._thread(calls, began) for _ in range(threads)])
            if self._environment.dead:
                raise Died

    def _thread(self, calls: deque[tuple[Lane, tuple[Outgoing, ...]]], began: int) -> Callable[[], None]:
        def work() -> None:
            try:
                while calls:
                    self._call(*calls.popleft(), began)
            except Died:
                return

        return work

    def _call(self, lane: Lane, batch: tuple[Outgoing, ...], began: int) -> None:
        self._environment.pause(facts.CPU_SEND, facts.SEND)
        lane.requests += 1
        passed = self._environment.world.now - began
        for one in batch:
            delay = min(max((micros(one.delay) - passed) // SECOND, 0), _MOST_DELAY)
            lane.arrive(Message(one.ticket), delay)

    def _lane(self, ticket: Ticket) -> int:
        return zlib.crc32(f"{ticket.brand}/{ticket.post}".encode()) % len(self._lanes)
