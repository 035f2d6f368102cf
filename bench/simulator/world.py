"""Virtual time. What waits on it are greenlets; the seed alone decides their order."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from statistics import NormalDist
from typing import Any

import greenlet  # type: ignore[import-untyped]  # it publishes no types

SECOND = 1_000_000  # all time here is whole microseconds since the run's beginning
_DRAWN_FROM = 4096  # quantiles; the largest is the 99.99th percentile
_NORMAL_99 = NormalDist().inv_cdf(0.99)


def micros(time: timedelta) -> int:
    return (time.days * 86_400 + time.seconds) * SECOND + time.microseconds


class World:
    """A clock, and what is to happen when."""

    def __init__(self, begins: datetime, seed: int) -> None:
        self.now, self._begins, self._seed = 0, begins, seed
        self._coming: list[tuple[int, int, Any]] = []
        self._count = 0
        self._hub = greenlet.getcurrent()

    def random(self, name: str) -> random.Random:
        """Give a stream of its own to each model, so that one more draw in one moves no other."""
        return random.Random(f"{self._seed}/{name}")  # noqa: S311 (a model, no secret)

    def instant(self, at: int) -> datetime:
        return self._begins + timedelta(microseconds=at)

    def since_beginning(self, instant: datetime) -> int:
        return micros(instant - self._begins)

    def at(self, when: int, what: Callable[[], object]) -> None:
        """Call ``what`` at that time; it must not wait."""
        self._count += 1
        heappush(self._coming, (max(when, self.now), self._count, what))

    def start(self, work: Callable[[], object]) -> None:
        """Begin work that may wait, as soon as whoever runs now waits or ends."""
        self._count += 1
        heappush(self._coming, (self.now, self._count, greenlet.greenlet(work, self._hub)))

    def sleep(self, time: int) -> None:
        """Let others run until ``time`` has passed."""
        self._count += 1
        heappush(self._coming, (self.now + max(time, 0), self._count, greenlet.getcurrent()))
        self._hub.switch()

    def all_of(self, works: list[Callable[[], object]]) -> None:
        """Do these at once, and come back when the last has ended."""
        left, waiting = len(works), greenlet.getcurrent()

        def one(work: Callable[[], object]) -> None:
            nonlocal left
            try:
                work()
            finally:
                left -= 1
                if not left:
                    self.at(self.now, waiting.switch)

        for work in works:
            self.start(partial(one, work))
        if works:
            self._hub.switch()

    def run(self) -> None:
        """Let everything happen that is to come."""
        coming, one_that_waits = self._coming, greenlet.greenlet
        while coming:
            self.now, _, what = heappop(coming)
            if isinstance(what, one_that_waits):
                what.switch()
            else:
                what()


class Spread:
    """A log-normal time, told by its median and 99th percentile in seconds."""

    def __init__(self, median: float, p99: float, least: float = 0.0, most: float = float("inf")) -> None:
        sigma = NormalDist(0, 1)
        stretch = (p99 / median) ** (1 / _NORMAL_99)
        self._times: list[int] = [
            round(SECOND * min(max(median * stretch ** sigma.inv_cdf((n + 0.5) / _DRAWN_FROM), least), most))
            for n in range(_DRAWN_FROM)
        ]

    def draw(self, chance: random.Random) -> int:
        return self._times[int(chance.random() * _DRAWN_FROM)]
