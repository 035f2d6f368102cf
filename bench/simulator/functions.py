"""Lambda: environments that start cold, share a processor, have a clock of their own, and may die."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from bench.simulator import facts
from bench.simulator.world import SECOND, Spread, World

# One message, worked in an environment.
Job = Callable[["Environment"], object]


class Died(BaseException):
    """The process is gone; nothing of ours may catch it."""


class Environment:
    """One process. It is the Clock of the desk that lives in it."""

    def __init__(self, world: World, chance: Random, *, share: float, off_by: int, crash: float) -> None:
        self.world, self.chance, self.dead = world, chance, False
        self._share, self._off_by, self._crash = share, off_by, crash
        self._free_at = 0  # when its processor is
        self.idle_since = 0
        self.die: Callable[[], None] = lambda: None
        self.kept: dict[str, int] = {}  # secrets, and until when
        self.desk: Any = None  # what INIT made

    def forget(self) -> None:
        """Break the circle of desk and environment: nothing else would free a million's."""
        self.desk = None
        self.kept.clear()

    def now(self) -> datetime:
        return self.world.instant(self.world.now + self._off_by)

    def wait_until(self, instant: datetime) -> None:
        wait = self.world.since_beginning(instant) - self._off_by - self.world.now
        if wait > 0:
            self._wait(wait)

    def pause(self, cpu: float, wait: Spread) -> None:
        """Compute, when the processor has time for it, then wait; a process may die at each such point."""
        self.work(cpu, wait.draw(self.chance))

    def work(self, cpu: float, wait: int) -> None:
        now = self.world.now
        self._free_at = max(self._free_at, now) + round(cpu / self._share * SECOND)
        self.rest(self._free_at - now + wait)

    def rest(self, time: int) -> None:
        if self.chance.random() < self._crash:
            self.die()
            raise Died
        self._wait(time)

    def _wait(self, time: int) -> None:
        self.world.sleep(time)
        if self.dead:
            raise Died


class Account:
    """What all functions of one account share."""

    def __init__(self, world: World, concurrency: int) -> None:
        self.world, self.concurrency, self.running = world, concurrency, 0
        self.most: Counter[int] = Counter()  # at once, by second
        self.left: dict[int, int] = {}  # at the end of the second

    def change(self, by: int) -> None:
        second = self.world.now // SECOND
        self.most[second] = max(self.most[second], self.running, self.running + by)
        self.running += by
        self.left[second] = self.running

    def by_second(self, first: int, last: int) -> Iterator[int]:
        """Give the most at once in each second; where nothing began or ended, what was left."""
        running = 0
        for second in range(last + 1):
            if second >= first:
                yield self.most.get(second, running)
            running = self.left.get(second, running)


class Function:
    """A function: takes an idle environment or makes one, within the account's limits."""

    def __init__(
        self,
        account: Account,
        name: str,
        *,
        memory: int,
        timeout: float,
        crash: float = 0.0,
        clock_off_by: float = facts.CLOCK_OFF_BY,
        clocks_astray: float = 0.0,
    ) -> None:
        self.account, self.world = account, account.world
        self._chance = self.world.random(name)
        self._memory, self._timeout, self._crash = memory, round(timeout * SECOND), crash
        self._clock_off_by, self._clocks_astray = clock_off_by, clocks_astray
        self._idle: list[Environment] = []
        self._new, self._new_at = float(facts.NEW_AT_ONCE), 0
        self.invocations = self.cold = self.crashed = self.timed_out = self.throttled = 0
        self.errors: Counter[str] = Counter()
        self._billed = 0

    @property
    def gb_seconds(self) -> float:
        return self._billed / SECOND * self._memory / 1024

    def invoke(self, jobs: Sequence[Job], ended: Callable[[set[int]], None]) -> bool:
        """Work the jobs at once in one environment, then tell which of them failed.

        False: there is no environment to be had now, and nothing was begun.
        """
        environment = self._take()
        if environment is None:
            self.throttled += 1
            return False
        self.account.change(1)
        self.invocations += 1
        Invocation(self, environment, jobs, ended)
        return True

    def _take(self) -> Environment | None:
        if self.account.running >= self.account.concurrency:
            return None
        while self._idle:
            environment = self._idle.pop()
            if self.world.now - environment.idle_since < facts.KEPT_IDLE * SECOND:
                return environment
            for idle in (environment, *self._idle):  # those below it are idle for longer
                idle.forget()
            self._idle.clear()
        return self._make()

    def _make(self) -> Environment | None:
        passed = (self.world.now - self._new_at) / SECOND
        self._new = min(self._new + passed * facts.NEW_A_SECOND, facts.NEW_AT_ONCE)
        self._new_at = self.world.now
        if self._new < 1:
            return None
        self._new -= 1
        self.cold += 1
        environment = Environment(
            self.world,
            self._chance,
            share=min(self._memory / facts.MEMORY_OF_A_CPU, 1.0),
            off_by=round(self._off_by() * SECOND),
            crash=self._crash,
        )
        environment.idle_since = -1  # it never ran
        return environment

    def _off_by(self) -> float:
        if self._chance.random() < self._clocks_astray:
            return self._chance.uniform(-5, 5)
        return self._chance.gauss(0, self._clock_off_by)

    def billed(self, time: int) -> None:
        self._billed += time

    def free(self, environment: Environment) -> None:
        self.account.change(-1)
        if environment.dead:
            environment.forget()
        else:
            environment.idle_since = self.world.now
            self._idle.append(environment)

    def started(self, environment: Environment) -> tuple[int, int]:
        """Give how long the start takes, and how much of it is billed."""
        if environment.idle_since >= 0:
            return 0, 0
        init = facts.INIT.draw(self._chance)
        return facts.PLACED.draw(self._chance) + init, init

    @property
    def timeout(self) -> int:
        return self._timeout


class Invocation:
    """One call of a function; when its process dies, every job in it fails where it stands."""

    def __init__(
        self,
        function: Function,
        environment: Environment,
        jobs: Sequence[Job],
        ended: Callable[[set[int]], None],
    ) -> None:
        self._function, self._environment, self._ended = function, environment, ended
        self._jobs = self._left = len(jobs)
        self._failed, self._over = set(range(len(jobs))), False
        world = function.world
        takes, billed = function.started(environment)
        function.billed(billed)
        self._begins = world.now + takes
        environment.die = self._crash
        for number, job in enumerate(jobs):
            work = self._work(number, job)
            world.at(self._begins, partial(world.start, work)) if takes else world.start(work)
        world.at(self._begins + function.timeout, self._time_out)

    def _work(self, number: int, job: Job) -> Callable[[], None]:
        def work() -> None:
            try:
                job(self._environment)
            except Died:
                return
            except (AttributeError, LookupError, NameError, TypeError):
                raise  # of a defect, here or in the desk, nothing that follows is worth a figure
            except Exception as error:  # noqa: BLE001 (as the batch processor does: the message failed)
                self._function.errors[type(error).__name__] += 1
            else:
                self._failed.discard(number)
            self._left -= 1
            if not self._left and not self._over:
                self._end()

        return work

    def _crash(self) -> None:
        if not self._over:
            self._function.crashed += 1
            self._environment.dead = True
            self._end()

    def _time_out(self) -> None:
        if not self._over:
            self._function.timed_out += 1
            self._environment.dead = True
            self._end()

    def _end(self) -> None:
        self._over = True
        self._environment.die = lambda: None
        self._function.billed(self._function.world.now - self._begins)
        self._function.free(self._environment)
        # A process that dies takes its whole batch with it, also what was done.
        failed = set(range(self._jobs)) if self._environment.dead else self._failed
        self._ended(failed)
