from datetime import datetime, timedelta

import pytest

from parution.publishing.crowds import wakes
from tests.builders import NOON

SECOND = timedelta(seconds=1)
LEAST, MOST = 2 * SECOND, 43 * SECOND


def a_crowd(size: int, at: datetime = NOON) -> list[datetime]:
    return [at] * size


def early(size: int, lanes: int) -> float:
    return wakes(a_crowd(size), lanes, LEAST, MOST)[NOON].total_seconds()


def test_nothing_due_wakes_nobody() -> None:
    assert wakes([], 4, LEAST, MOST) == {}


@pytest.mark.parametrize("size", [1, 100])
def test_a_small_crowd_comes_as_early_as_one_delivery(size: int) -> None:
    assert early(size, lanes=8) == 2


def test_a_crowd_comes_earlier_by_the_time_that_the_ramp_takes() -> None:
    # 1,000 on one lane are 100 batches: 95 more than the first five, at five a second.
    assert early(1_000, lanes=1) == 2 + 19


def test_more_lanes_need_less_time() -> None:
    assert early(10_000, lanes=8) > early(10_000, lanes=16) > early(10_000, lanes=64)


def test_a_lane_may_have_more_than_its_share() -> None:
    # 1,250 on each of eight lanes, 106 more in the fullest: 136 batches.
    assert early(10_000, lanes=8) == pytest.approx(2 + (136 - 5) / 5)


def test_nobody_comes_earlier_than_a_worker_may_hold() -> None:
    assert early(1_000_000, lanes=8) == 43


def test_a_second_within_a_minute_counts_for_its_whole() -> None:
    later = NOON + timedelta(milliseconds=700)

    together = wakes([*a_crowd(500), *a_crowd(500, later)], 1, LEAST, MOST)

    assert together == {NOON: 21 * SECOND}


def test_a_crowd_right_before_another_comes_before_it_in_full() -> None:
    later = NOON + SECOND

    both = wakes([*a_crowd(400), *a_crowd(400, later)], 1, LEAST, MOST)

    # The later one's 40 batches take 8 s; the earlier one's 35 beyond the first five, 7 s before that.
    assert both[later] == 10 * SECOND
    assert (NOON - both[NOON]) + 7 * SECOND == later - both[later]


def test_a_crowd_long_after_another_finds_the_ramp_where_that_one_left_it() -> None:
    later = NOON + 30 * SECOND

    both = wakes([*a_crowd(400), *a_crowd(400, later)], 1, LEAST, MOST)

    assert both[later] == LEAST


def test_a_steady_flow_is_woken_early_only_at_its_beginning() -> None:
    flow = wakes((NOON + n * SECOND for n in range(60) for _ in range(100)), 1, LEAST, MOST)

    assert flow[NOON] > LEAST
    assert {flow[NOON + n * SECOND] for n in range(4, 60)} == {LEAST}
