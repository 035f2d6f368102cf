import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from parution.plan.shifting import shifted
from tests.plan.plans import judged

BAKERY: dict[str, Any] = json.loads((Path(__file__).parents[2] / "examples/bakery/plan.json").read_text())
NOW = datetime(2031, 3, 30, 0, 50, 7, 250_000, tzinfo=UTC)


def test_the_first_posts_appear_at_the_instants_and_the_rest_follow_on_later_days() -> None:
    moved = shifted(BAKERY, [NOW, NOW + timedelta(seconds=4)])

    # The clocks of Paris jump at 01:00 UTC on this very night.
    assert [post["at"] for post in moved["posts"][:4]] == [
        "2031-03-30T01:50:07",
        "2031-03-30T01:50:11",
        "2031-04-02T17:00",
        "2031-04-05T12:15",
    ]


def test_the_campaign_keeps_its_length_and_its_pace() -> None:
    (campaign,) = shifted(BAKERY, [NOW])["campaigns"]

    assert campaign["flight"] == ["2031-03-30", "2031-04-22"]
    assert campaign["pacing"] == "ahead:1.2@2031-04-13"


def test_a_reserves_day_moves_with_its_flight() -> None:
    plan = json.loads(json.dumps(BAKERY))
    plan["campaigns"][0]["guardrails"]["reserve"] = {"share": 0.1, "until": "2026-12-20"}

    (campaign,) = shifted(plan, [NOW])["campaigns"]

    assert campaign["guardrails"]["reserve"] == {"share": 0.1, "until": "2031-04-18"}


def test_a_first_day_may_be_given() -> None:
    (campaign,) = shifted(BAKERY, [], date(2030, 1, 1))["campaigns"]

    assert campaign["flight"] == ["2030-01-01", "2030-01-24"]


def test_everything_else_stays_and_the_original_too() -> None:
    before = json.dumps(BAKERY)

    moved = shifted(BAKERY, [NOW])

    assert json.dumps(BAKERY) == before
    times = ("posts", "campaigns")
    assert {key: value for key, value in moved.items() if key not in times} == {
        key: value for key, value in BAKERY.items() if key not in times
    }
    assert [post["text"] for post in moved["posts"]] == [post["text"] for post in BAKERY["posts"]]


def test_a_moved_plan_is_sound_at_that_time_even_inside_a_doubled_hour() -> None:
    doubled = datetime(2031, 10, 26, 1, 10, tzinfo=UTC)

    moved = shifted(BAKERY, [doubled + timedelta(seconds=number) for number in range(1, 7)])

    plan, problems = judged(moved, now=doubled)
    assert plan is not None, problems
    assert moved["posts"][0]["fold"] == 1


def test_open_times_stay_open_and_windows_and_series_move_by_whole_weeks() -> None:
    agency = Path(__file__).parents[2] / "examples/agency/brands/librairie-du-lac.json"

    moved = shifted(json.loads(agency.read_text()), [NOW])

    posts = {post["id"]: post for post in moved["posts"]}
    assert posts["poche-de-la-semaine"]["at"] == "slot"
    assert posts["poche-de-la-semaine"]["window"] == ["2031-04-07", "2031-04-12"]  # Monday to Saturday
    series = posts["lu-cette-semaine"]
    assert (series["at"], series["repeat"]) == ("2031-04-04T17:00", "FREQ=WEEKLY;UNTIL=2031-04-25")
    assert series["except"] == ["2031-04-25"]
    before = NOW - timedelta(minutes=1)
    assert {one.code for one in judged(moved, now=before)[1]}.isdisjoint({"E303", "E314", "E315"})


def test_a_plan_without_posts_or_campaigns_is_moved_too() -> None:
    assert shifted({"brand": BAKERY["brand"]}, [NOW]) == {"brand": BAKERY["brand"]}
