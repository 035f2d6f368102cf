import time
from datetime import UTC, datetime, timedelta

import pytest

from parution.aws.clock import SystemClock


def test_the_present_is_told_in_utc() -> None:
    before = datetime.now(UTC)

    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


@pytest.mark.parametrize("milliseconds", [-1000, 0, 20])
def test_waiting_never_ends_early(milliseconds: int) -> None:
    clock = SystemClock()
    instant = clock.now() + timedelta(milliseconds=milliseconds)

    clock.wait_until(instant)

    assert clock.now() >= instant


def test_a_sleep_that_ends_early_by_the_wall_clock_is_slept_again(monkeypatch: pytest.MonkeyPatch) -> None:
    instant = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
    slept: list[float] = []

    class Slow(SystemClock):
        """A wall clock on which each sleep advances by only half of what was asked, until the last."""

        def now(self) -> datetime:
            return instant - timedelta(seconds=(8, 4, 0)[len(slept)])

    monkeypatch.setattr(time, "sleep", slept.append)

    Slow().wait_until(instant)

    assert slept == [8.0, 4.0]
