"""A post that comes again keeps the time on the wall, through every change of the clocks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parution.plan import times
from parution.plan.facts import Facts
from parution.plan.model import Plan
from parution.plan.timetable import settled
from parution.plan.wishes import wishes
from parution.publishing.deliveries import Delivery
from tests.builders import a_change
from tests.plan.plans import NOW, a_plan, only, parsed, told

# A dozen zones: both hemispheres, half an hour (Lord Howe), midnight jumps (Beirut, Santiago), years with
# other rules than their neighbours (Casablanca), and one that never changes.
ZONES = (
    "Europe/Paris", "Europe/London", "America/New_York", "America/Santiago", "America/St_Johns",
    "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Auckland", "Asia/Kolkata",
)  # fmt: skip


def again(rule: str, at: str = "2026-12-03T08:00", but: Sequence[str] = (), **post: Any) -> dict[str, Any]:
    values = {f"posts__0__{name}": value for name, value in {**post, "except": list(but)}.items()}
    return a_plan(posts__0__at=at, posts__0__repeat=rule, posts__0__media=[], **values)


def deliveries(plan: dict[str, Any]) -> list[Delivery]:
    return [wish.delivery for wish in wishes(parsed(plan), {}, a_change(at=NOW))]


def test_each_day_is_a_delivery_of_its_own_named_after_the_post_and_the_day() -> None:
    found = deliveries(again("FREQ=WEEKLY;COUNT=2"))

    assert [(one.id.removeprefix("boulangerie-martin/"), one.local_at) for one in found] == [
        ("buche-20261203/fil", "2026-12-03T08:00 Europe/Paris"),
        ("buche-20261203/site", "2026-12-03T08:00 Europe/Paris"),
        ("buche-20261210/fil", "2026-12-10T08:00 Europe/Paris"),
        ("buche-20261210/site", "2026-12-10T08:00 Europe/Paris"),
    ]


def test_what_a_variant_says_holds_for_every_day() -> None:
    found = deliveries(again("FREQ=DAILY;COUNT=2", variants={"site": {"at_offset": "P1D"}}))

    assert [one.local_at[:16] for one in found if one.channel == "site"] == [
        "2026-12-04T08:00",
        "2026-12-05T08:00",
    ]


def test_a_day_that_is_excepted_is_left_out() -> None:
    found = deliveries(again("FREQ=DAILY;COUNT=3", but=["2026-12-04"]))

    assert [one.post for one in found if one.channel == "fil"] == ["buche-20261203", "buche-20261205"]


@pytest.mark.parametrize("place", ZONES)
def test_the_wall_clock_is_kept_over_every_change_of_the_clocks(place: str) -> None:
    zone = times.zone(place)
    moved = set()
    for change in _changes(zone):
        # What the clock on the wall would show at that moment without the change, and the hours around it.
        unchanged = (change - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None) + timedelta(
            minutes=1
        )
        for step in range(-6, 7):
            wall = unchanged + timedelta(minutes=15 * step)
            plan = again("FREQ=DAILY;COUNT=5", f"{wall - timedelta(days=2):%Y-%m-%dT%H:%M}", channels=["fil"])
            plan["brand"]["timezone"] = place
            moved |= {one.post for one in _settled(plan) if _is_moved(one, wall.time(), zone)}

    assert bool(moved) is (place != "Asia/Kolkata")


def _settled(plan: dict[str, Any]) -> list[Delivery]:
    made = settled(Plan.model_validate(plan), {}, None).plan
    found = [wish.delivery for wish in wishes(made, {}, a_change(at=NOW))]
    assert len({one.post for one in found}) == 5
    return found


def _is_moved(one: Delivery, wanted: time, zone: ZoneInfo) -> bool:
    """Judge a delivery by the rules of the zone; say whether the clocks jump over its time."""
    wall = datetime.combine(date.fromisoformat(one.post[-8:]), wanted)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = one.due_at.astimezone(zone).replace(tzinfo=None)
    if first <= second:  # there is such a time, and of two the first is meant
        assert (one.due_at, shown) == (first, wall)
        return False
    just_before = (one.due_at - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert just_before < wall < shown  # it is the first moment behind the jump
    return True


def _changes(zone: ZoneInfo) -> list[datetime]:
    """Find to the minute each change of the clocks from 2026 to 2030, by asking every day."""
    found, day = [], datetime(2026, 1, 1, tzinfo=UTC)
    while day.year < 2031:
        after = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            low, high = day, after
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                is_same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if is_same else (low, middle)
            found.append(high.replace(second=0, microsecond=0))
        day = after
    return found


def test_a_night_on_which_the_clocks_jump_over_it_is_told_once_for_all_channels() -> None:
    found = only(again("FREQ=DAILY;COUNT=3", "2027-03-27T02:30"))

    assert (found.code, found.pointer) == ("W313", "/posts/0/repeat")
    assert "2027-03-28T02:30 does not exist in Europe/Paris: that day it appears at 03:00" in found.message


@pytest.mark.parametrize(
    ("plan", "problems"),
    [
        (again("FREQ=WEEKLY"), [("E315", "/posts/0/repeat")]),
        (again("FREQ=WEEKLY;COUNT=2", "slot"), [("E316", "/posts/0/repeat")]),
        (again("FREQ=WEEKLY;COUNT=2", fold=1), [("E316", "/posts/0/fold")]),
        (again("FREQ=WEEKLY;COUNT=2", id="a" * 32), [("E315", "/posts/0/id")]),
        (again("FREQ=WEEKLY;COUNT=2", but=["2026-12-09"]), [("E315", "/posts/0/except/0")]),
        (again("FREQ=DAILY;COUNT=1", but=["2026-12-03"]), [("E315", "/posts/0/except")]),
        (again("FREQ=WEEKLY;COUNT=2", "3/12/2026"), [("E110", "/posts/0/at")]),
        (again("FREQ=WEEKLY;COUNT=3", "2026-11-12T08:00"), [("W321", "/posts/0"), ("E303", "/posts/0/at")]),
        (a_plan(posts__0__except=["2026-12-03"]), [("E316", "/posts/0/except")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_series_is_told_at_its_place(
    plan: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    assert told(plan) == problems


def test_what_follows_a_series_is_told_at_its_own_place() -> None:
    plan = again("FREQ=DAILY;COUNT=5")
    plan["posts"].append({"id": "later", "at": "2026-11-02T08:00", "channels": ["fil"], "text": "A"})
    plan["posts"].append({"id": "wrong", "at": "noon", "channels": ["fil"], "text": "B"})

    assert told(plan) == [("E303", "/posts/1/at"), ("E110", "/posts/2/at")]


def test_a_day_may_not_have_the_name_of_another_post() -> None:
    plan = again("FREQ=WEEKLY;COUNT=2")
    plan["posts"].append({**plan["posts"][0], "id": "buche-20261210", "at": "2026-12-24T08:00"})
    del plan["posts"][1]["repeat"]

    assert told(plan) == [("E201", "/posts/0/id")]


def test_a_longer_series_leaves_the_days_that_stand_as_they_are() -> None:
    standing = {one.id: one for one in deliveries(again("FREQ=WEEKLY;COUNT=2"))}
    after_the_first = datetime(2026, 12, 5, tzinfo=UTC)

    assert told(again("FREQ=WEEKLY;COUNT=3"), Facts(deliveries=standing), after_the_first) == []
