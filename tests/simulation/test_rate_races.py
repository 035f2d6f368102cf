"""Two workers on one bucket: every order of their requests, and in each order every lost answer.

A request whose answer is lost was made. Either the SDK makes it again, or the worker gives up and its
message comes again. Whatever happens: no number has two holders, no more go at once than are left, and a
fault wastes one number at most.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import greenlet  # type: ignore[import-untyped]  # it publishes no types

from parution.publishing.rates import Bucket, Holder, Left, Limit, Rates, Turn
from parution.sandbox.memory_rates import MemoryRates
from tests.builders import NOON

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
MARTIN = Holder("x", "secret:x-martin")
RESET = NOON + MINUTE - SECOND  # with the second that is added, a minute from now
FAULTS = ("lost", "repeated")


class LostAnswer(Exception):
    """What an SDK raises when it gave up."""


class Seam:
    """Lets the explorer decide when each request for the account's bucket is made, and what becomes of it."""

    def __init__(self, buckets: MemoryRates) -> None:
        self._buckets = buckets

    def __getattr__(self, name: str) -> Callable[..., Any]:
        request = getattr(self._buckets, name)

        def through(holder: Holder, *what: Any) -> Any:
            if holder != MARTIN:
                return request(holder, *what)
            fault = greenlet.getcurrent().parent.switch()
            answer = request(holder, *what)
            if fault == "lost":
                raise LostAnswer
            if fault == "repeated":
                greenlet.getcurrent().parent.switch()  # the other one may come between
                return request(holder, *what)
            return answer

        return through


class Worker:
    """A process of its own; what it is asked to do it does again when an answer was lost."""

    def __init__(self, buckets: MemoryRates, *limits: Limit) -> None:
        self._rates, self._limits = Rates(Seam(buckets)), limits
        self.turns: list[Turn] = []

    def turn(self, held: Turn | None = None) -> None:
        self.turns.append(
            self._again(lambda: self._rates.turn("x", "secret:x-martin", self._limits, NOON, held=held))
        )

    def give_back(self) -> None:
        turn = self.turns.pop()
        self._again(lambda: self._rates.give_back("x", "secret:x-martin", turn))

    def is_told(self, remaining: int) -> None:
        self._heed(Left(counted="account", remaining=remaining, limit=25, per=DAY, resets_at=RESET))

    def pause(self) -> None:
        self._heed(Left(counted="account", remaining=0, resets_at=RESET + DAY))

    def _heed(self, left: Left) -> None:
        self._again(lambda: self._rates.heed("x", "secret:x-martin", [left], NOON))

    @staticmethod
    def _again[T](step: Callable[[], T]) -> T:
        while True:
            try:
                return step()
            except LostAnswer:  # its message comes again
                continue


class Ran(NamedTuple):
    schedule: tuple[tuple[int, str], ...]
    workers: list[Worker]
    bucket: Bucket

    @property
    def faults(self) -> int:
        return sum(fault != "" for _, fault in self.schedule)

    @property
    def numbers(self) -> list[int]:
        return [place.number for worker in self.workers for turn in worker.turns for place in turn.places]

    @property
    def at_once(self) -> int:
        return sum(turn.at == NOON for worker in self.workers for turn in worker.turns)

    def asserts_the_invariants(self, left: int) -> None:
        assert len(set(self.numbers)) == len(self.numbers), self.schedule
        assert self.at_once <= left, self.schedule
        assert self.bucket.taken <= len(self.numbers) + self.faults, self.schedule


Scene = Callable[[], tuple[MemoryRates, list[Worker], list[Callable[[], None]]]]


def runs(scene: Scene, faults: int = 1) -> Iterator[Ran]:
    """Run every order of the workers' requests, with up to so many faults."""
    waiting: list[list[tuple[int, str]]] = [[]]
    while waiting:
        planned = waiting.pop()
        schedule, others, ran = run(scene, planned, faults)
        waiting += [
            [*schedule[:place], other]
            for place in range(len(planned), len(schedule))
            for other in others[place]
        ]
        yield ran


def run(
    scene: Scene, planned: list[tuple[int, str]], faults: int
) -> tuple[list[tuple[int, str]], list[list[tuple[int, str]]], Ran]:
    """Follow the plan, then the first way that is open; give it, and at each step the ways not taken."""
    buckets, workers, works = scene()
    greenlets = [greenlet.greenlet(work) for work in works]
    for each in greenlets:
        each.switch()
    schedule, others = list[tuple[int, str]](), list[list[tuple[int, str]]]()
    while alive := [number for number, each in enumerate(greenlets) if not each.dead]:
        left = faults - sum(fault != "" for _, fault in schedule)
        open_ways = [(number, fault) for number in alive for fault in ("", *(FAULTS if left else ()))]
        way = planned[len(schedule)] if len(schedule) < len(planned) else open_ways[0]
        schedule.append(way)
        others.append([one for one in open_ways if one != way])
        greenlets[way[0]].switch(way[1])
    bucket = buckets.read(MARTIN)
    assert bucket is not None
    return schedule, others, Ran(tuple(schedule), workers, bucket)


def told(remaining: int) -> MemoryRates:
    """Give buckets in which so many are left."""
    buckets = MemoryRates()
    left = Left(counted="account", remaining=remaining, limit=25, per=DAY, resets_at=RESET)
    Rates(buckets).heed("x", "secret:x-martin", [left], NOON)
    return buckets


def in_turn(*steps: Callable[[], None]) -> Callable[[], None]:
    def work() -> None:
        for step in steps:
            step()

    return work


def test_a_limit_that_is_counted_lets_no_more_through_than_its_amount() -> None:
    def scene() -> tuple[MemoryRates, list[Worker], list[Callable[[], None]]]:
        buckets = MemoryRates()
        one, two = (Worker(buckets, Limit(counted="account", amount=1, per=MINUTE)) for _ in range(2))
        return buckets, [one, two], [in_turn(one.turn, one.turn), two.turn]

    seen = set()
    for ran in runs(scene):
        ran.asserts_the_invariants(left=1)
        seen.add((ran.at_once, ran.bucket.taken))

    assert seen == {(1, 3), (1, 4), (0, 4)}


def test_a_number_that_is_given_back_has_one_holder_again() -> None:
    def scene() -> tuple[MemoryRates, list[Worker], list[Callable[[], None]]]:
        buckets = told(2)
        one, two = Worker(buckets), Worker(buckets)
        return buckets, [one, two], [in_turn(one.turn, one.give_back), in_turn(two.turn, two.turn)]

    seen = set()
    for ran in runs(scene):
        assert len(set(ran.numbers)) == len(ran.numbers), ran.schedule
        assert ran.at_once <= 2, ran.schedule
        seen.add(ran.bucket.taken - len(ran.numbers))

    assert seen == {0, 1, 2}  # given back; given back too late; wasted by a fault besides


def test_the_lowest_word_is_the_one_that_is_heeded() -> None:
    def scene() -> tuple[MemoryRates, list[Worker], list[Callable[[], None]]]:
        buckets = MemoryRates()
        one, two = Worker(buckets), Worker(buckets)
        works = [in_turn(lambda: one.is_told(3), one.turn), in_turn(lambda: two.is_told(1), two.turn)]
        return buckets, [one, two], works

    for ran in runs(scene):
        ran.asserts_the_invariants(left=2)
        (window,) = ran.bucket.windows
        # One may have gone before the lower word was known; it is then the other's word that counts.
        assert window.left - (ran.bucket.taken - window.after) <= 1, ran.schedule
        assert ran.at_once >= 1 - ran.faults, ran.schedule


def test_who_waits_keeps_its_place_before_those_who_come_during_a_pause() -> None:
    def scene() -> tuple[MemoryRates, list[Worker], list[Callable[[], None]]]:
        buckets = told(0)
        held = Rates(buckets).turn("x", "secret:x-martin", (), NOON)
        one, two = Worker(buckets), Worker(buckets)
        return buckets, [one, two], [lambda: one.turn(held), in_turn(two.pause, two.turn)]

    seen = set()
    for ran in runs(scene):
        ran.asserts_the_invariants(left=0)
        (first,), (second,) = (worker.turns for worker in ran.workers)
        assert first.at < second.at, ran.schedule
        assert second.at > RESET + DAY, ran.schedule
        seen.add(first.at)

    assert seen == {RESET + SECOND, RESET + DAY + SECOND}


def test_every_order_is_tried_once() -> None:
    def scene() -> tuple[MemoryRates, list[Worker], list[Callable[[], None]]]:
        buckets = told(2)
        one, two = Worker(buckets), Worker(buckets)
        return buckets, [one, two], [one.turn, two.turn]

    without, schedules = list(runs(scene, 0)), [ran.schedule for ran in runs(scene)]

    assert len(without) == 6  # of two requests each
    # Of a worker's two requests one is made twice, for one reason or the other: 10 orders of three and two.
    assert len(schedules) == len(set(schedules)) == 6 + 2 * 2 * 2 * 10
