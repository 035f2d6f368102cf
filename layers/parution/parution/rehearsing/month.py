"""The month itself: every event in its order, each at its own instant of the virtual clock."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from parution.buying.desk import Outcome
from parution.errors import ParutionError
from parution.plan.model import Brand
from parution.plan.schedule_times import occurrences
from parution.publishing.dispatch import LOOK_AHEAD, minute_of
from parution.rehearsing.contract import FaultLevel
from parution.rehearsing.excerpt import Excerpt, PlanRefused
from parution.rehearsing.stage import Stage

_MINUTE = timedelta(minutes=1)
_KEY = "plans/rehearsal.json"
# Figures before the amounts that they decide, and both before the report, where they fall together.
_JOBS = ("insights", "allocate", "report")


class _Event(NamedTuple):
    at: datetime
    rank: int
    act: Callable[[], None]


class Month:
    """A rehearsal under way, and what it has counted."""

    def __init__(self, given: Excerpt, seed: int, level: FaultLevel) -> None:
        self.given, self.period, self.seed, self.level = given, given.period, seed, level
        self.brand = given.plan.brand.id
        self.stage = Stage(given.plan, given.period.opens, seed, level)
        self.runs: Counter[str] = Counter()  # of each function
        self.held = timedelta(0)  # for so long workers had tickets in hand
        self.outcomes: list[tuple[datetime, Outcome]] = []  # of each allocation and order
        self.failures: Counter[str] = Counter()  # of readings and orders, by their reason
        self.figures = 0  # read back
        self._ticked = minute_of(self.stage.clock.now())
        self._jobs = sorted(self._scheduled())

    def play(self, files: Mapping[str, bytes], readers: Brand) -> None:
        """Import the plan and run all that the period holds.

        ``readers``: the brand as reports shall name it. Raises PlanRefused.
        """
        stage, opens = self.stage, self.stage.clock.now()
        for key, body in files.items():
            stage.files.upload(key, body)
        stage.files.upload(_KEY, self.given.document, opens)
        result = stage.importing.take(_KEY, opens)
        if result.status == "refused":
            raise PlanRefused(list(result.problems))
        stage.tell_readers_of(readers)
        self.runs["import_plan"] += 1
        self._tick(self._ticked)
        while (event := min(self._upcoming(), default=None)) and event.at < self.period.end:
            stage.clock.set(event.at)
            event.act()
        stage.reporting.write(self.brand, self.period.end - timedelta(seconds=1))

    def _scheduled(self) -> Iterator[tuple[datetime, int, str]]:
        wanted = self.given.plan.schedules.model_dump(include=set(_JOBS), exclude_none=True)
        for name, expression in wanted.items():
            for at in occurrences(expression, self.period.place, self.period.begin, self.period.end):
                yield at, _JOBS.index(name), name

    def _upcoming(self) -> Iterator[_Event]:
        stage = self.stage
        if wake := stage.posts.next_wake:
            # The ticks between would find nothing: they are only paid.
            tick = max(self._ticked + _MINUTE, minute_of(wake) - LOOK_AHEAD)
            yield _Event(tick, 0, partial(self._tick, tick))
        if at := stage.tickets.next_at:
            yield _Event(at, 1, partial(self._deliver, at))
        if at := stage.orders.next_at:
            yield _Event(at, 2, self._apply)
        if self._jobs:
            at, _, name = self._jobs[0]
            yield _Event(at, 3, partial(self._job, at, name))

    # ---------------------------------------------------------------- as the functions' handlers do
    def _tick(self, at: datetime) -> None:
        self._ticked = at
        self.stage.dispatching.dispatch(at)

    def _deliver(self, at: datetime) -> None:
        for ticket in self.stage.tickets.receive():
            self.stage.clock.set(at)  # each has a worker of its own
            self.stage.publishing.deliver(ticket)
            self.runs["deliver_post"] += 1
            self.held += self.stage.clock.now() - at

    def _apply(self) -> None:
        tries, order = self.stage.orders.receive()
        self.runs["apply_budget"] += 1
        try:
            told = self.stage.buying.apply(order, self.stage.clock.now())
        except ParutionError as error:
            self.failures[type(error).__name__] += 1
            self.stage.orders.failed(tries, order)
        else:
            self.outcomes.append((self.stage.clock.now(), told))

    def _job(self, at: datetime, name: str) -> None:
        self._jobs.pop(0)
        match name:
            case "insights":
                self.runs["collect_insights"] += 1
                done = self.stage.measuring.collect(self.brand, at)
                self.figures += done.read
                self.failures.update(failure.reason for failure in done.failures)
            case "allocate":
                self.runs["allocate_budget"] += 1
                self.outcomes += [(at, told) for told in self.stage.buying.allocate(self.brand, at)]
            case _:
                self.runs["write_report"] += 1  # only the last one is kept, and written
