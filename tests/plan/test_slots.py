"""The next times of a channel: by its cadence, by the brand's clock, whatever the clocks do at night."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from parution.plan.model import Plan
from parution.plan.ports import BrandRow
from parution.plan.slots import ChannelSlots
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import NOON, a_delivery
from tests.plan.plans import a_plan, parsed

CADENCE = [
    {
        "channels": ["fil", "site"],
        "per_week": {"min": 3, "max": 5},
        "slots": [
            {"days": ["tue", "thu", "sat"], "at": "08:00"},
            {"days": ["wed"], "at": "auto", "between": ["11:00", "14:00"]},
        ],
    }
]


def with_cadence(*cadence: Any) -> Plan:
    return parsed(a_plan(cadence=list(cadence)))


def next_times(plan: Plan | None, after: datetime, count: int, **facts: Any) -> list[str]:
    """The next times of the channel `fil`, as its brand's clock shows them."""
    posts = MemoryPosts()
    if plan:
        row = BrandRow(plan=plan, key="plans/martin.json", digest="d", version=1, imported_at=NOON)
        posts.keep_brand(row, None)
    delivery = a_delivery(**{"channel": "fil", "local_at": "2026-12-03T08:00 Europe/Paris", **facts})
    found: Iterator[datetime] = ChannelSlots(posts).after(delivery, after)
    return [f"{at:%a %d/%m %H:%M}" for at in islice(found, count)]


def test_a_channel_with_a_cadence_takes_its_slots() -> None:
    thursday_noon = NOON

    assert next_times(with_cadence(*CADENCE), thursday_noon, 4) == [
        "Sat 05/12 07:00",
        "Tue 08/12 07:00",
        "Wed 09/12 10:00",
        "Thu 10/12 07:00",
    ]


def test_a_slot_at_this_very_moment_is_gone() -> None:
    at_eight_in_paris = datetime(2026, 12, 5, 7, 0, tzinfo=UTC)

    assert next_times(with_cadence(*CADENCE), at_eight_in_paris, 1) == ["Tue 08/12 07:00"]


@pytest.mark.parametrize("plan", [None, with_cadence(), with_cadence({**CADENCE[0], "channels": ["site"]})])
def test_a_channel_without_slots_takes_the_posts_own_time_of_day(plan: Plan | None) -> None:
    assert next_times(plan, NOON, 2) == ["Fri 04/12 07:00", "Sat 05/12 07:00"]


def test_the_time_of_day_is_kept_when_the_clocks_change() -> None:
    before_the_change = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)

    assert next_times(None, before_the_change, 1) == ["Sun 28/03 06:00"]


def test_a_time_inside_the_spring_jump_comes_right_after_it() -> None:
    in_the_jump = {"local_at": "2027-03-20T02:30 Europe/Paris"}

    times = next_times(None, datetime(2027, 3, 27, 12, 0, tzinfo=UTC), 2, **in_the_jump)

    assert times == ["Sun 28/03 01:00", "Mon 29/03 00:30"]


def test_of_a_doubled_time_the_first_is_taken() -> None:
    doubled = {"local_at": "2027-10-20T02:30 Europe/Paris"}

    times = next_times(None, datetime(2027, 10, 30, 12, 0, tzinfo=UTC), 2, **doubled)

    assert times == ["Sun 31/10 00:30", "Mon 01/11 01:30"]


def test_several_rhythms_of_a_channel_are_taken_together_and_each_time_once() -> None:
    plan = with_cadence(
        *CADENCE, {"channels": ["fil"], "slots": [{"at": "08:00"}, {"days": ["mon"], "at": "18:30"}]}
    )

    assert next_times(plan, NOON, 6) == [
        "Fri 04/12 07:00",
        "Sat 05/12 07:00",
        "Sun 06/12 07:00",
        "Mon 07/12 07:00",
        "Mon 07/12 17:30",
        "Tue 08/12 07:00",
    ]
