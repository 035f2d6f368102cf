"""A channel's rhythm: what breaks it is an error, what it lacks a warning, each at its place."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.plan.plans import NOW, a_plan, judged, only, told


def rhythm(**values: Any) -> dict[str, Any]:
    return {"channels": ["fil"], **values}


def with_posts(*times: str, cadence: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    posts = [
        {"id": f"p{number}", "at": at, "channels": ["fil"], "text": "Bonjour.", **fields}
        for number, at in enumerate(times)
    ]
    return a_plan(posts=posts, cadence=cadence)


DAILY = [f"2026-12-{day:02}T08:00" for day in range(1, 22)]  # a Tuesday to the Monday after two whole weeks


def test_two_posts_that_are_too_close_are_told_with_the_time_that_would_do() -> None:
    plan = with_posts("2026-12-03T08:00", "2026-12-03T20:30", cadence=[rhythm(min_gap="PT20H")])

    found = only(plan)

    assert (found.code, found.pointer) == ("E311", "/posts/1/at")
    assert "12 h 30 min after 'p0' on 'fil'; min_gap is 20 h" in found.message
    assert "2026-12-04T04:00" in found.hint


def test_exactly_the_gap_is_enough() -> None:
    assert told(with_posts("2026-12-03T08:00", "2026-12-04T04:00", cadence=[rhythm(min_gap="PT20H")])) == []


def test_the_gap_is_kept_per_channel() -> None:
    plan = with_posts("2026-12-03T08:00", "2026-12-03T09:00", cadence=[rhythm(min_gap="PT20H")])
    plan["posts"][1]["channels"] = ["site"]

    assert told(plan) == []


def test_the_post_that_comes_later_is_told_wherever_it_stands_in_the_plan() -> None:
    plan = with_posts("2026-12-03T20:30", "2026-12-03T08:00", cadence=[rhythm(min_gap="PT20H")])

    assert told(plan) == [("E311", "/posts/0/at")]


def test_a_variants_own_time_is_told_at_its_offset() -> None:
    plan = with_posts("2026-12-03T08:00", "2026-12-03T08:10", cadence=[rhythm(min_gap="PT20H")])
    plan["posts"][1]["variants"] = {"fil": {"at_offset": "PT2H"}}

    assert told(plan) == [("E311", "/posts/1/variants/fil/at_offset")]


def test_a_week_runs_from_monday_to_sunday_and_its_first_post_too_many_is_told() -> None:
    sunday, *week, next_monday = (f"2026-12-{day:02}T08:00" for day in (6, 7, 9, 11, 13, 14))

    found = only(with_posts(sunday, *week, next_monday, cadence=[rhythm(per_week={"max": 3})]))

    assert (found.code, found.pointer) == ("E312", "/posts/4/at")
    assert "4 posts on 'fil' in the week of 2026-12-07; per_week.max is 3" in found.message


def test_quiet_hours_reach_over_midnight_and_end_before_their_last_minute() -> None:
    cadence = [rhythm(quiet=["22:00", "06:30"])]
    times = ("2026-12-03T21:59", "2026-12-04T22:00", "2026-12-06T06:29", "2026-12-07T06:30")

    assert told(with_posts(*times, cadence=cadence)) == [("E313", "/posts/1/at"), ("E313", "/posts/2/at")]


def test_quiet_hours_of_the_day_end_where_they_say() -> None:
    plan = with_posts("2026-12-03T12:30", "2026-12-03T14:00", cadence=[rhythm(quiet=["12:00", "14:00"])])

    assert told(plan) == [("E313", "/posts/0/at")]


def test_weeks_with_too_few_posts_are_warned_of_together_and_only_whole_ones_count() -> None:
    cadence = [rhythm(per_week={"min": 3})]
    tuesday_to_monday = with_posts(DAILY[0], DAILY[6], DAILY[7], DAILY[20], cadence=cadence)

    found = only(tuesday_to_monday)

    assert (found.code, found.pointer, found.severity) == ("W311", "/cadence/0/per_week/min", "warning")
    assert "fewer than 3 posts on 'fil' in the weeks of 2026-12-07, 2026-12-14" in found.message


def test_a_rhythm_that_is_kept_says_nothing() -> None:
    cadence = [rhythm(per_week={"min": 7, "max": 7}, min_gap="PT24H", formats={"text": {"min": 7}})]

    assert told(with_posts(*DAILY, cadence=cadence)) == []


def test_a_week_without_its_video_is_warned_of() -> None:
    plan = with_posts(*DAILY, cadence=[rhythm(formats={"video": {"min": 1}})])
    plan["posts"][7]["media"] = [{"src": "s3://media/film.mp4", "alt": "Un four", "silent_ok": True}]

    found = only(plan)

    assert (found.code, found.pointer) == ("W312", "/cadence/0/formats/video")
    assert "the week of 2026-12-14" in found.message


def test_what_is_over_is_no_longer_told() -> None:
    cadence = [rhythm(min_gap="P2D", per_week={"min": 2, "max": 1}, quiet=["07:00", "09:00"])]
    plan = with_posts(*DAILY, cadence=cadence)

    found = judged(plan, now=datetime(2027, 1, 5, tzinfo=UTC))[1]

    assert {one.code for one in found} == {"E310", "E303", "E402"}


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"per_week": {"min": 5, "max": 3}}, "/cadence/0/per_week"),
        ({"slots": [{"at": "auto"}]}, "/cadence/0/slots/0"),
        ({"slots": [{"at": "08:00", "between": ["07:00", "09:00"]}]}, "/cadence/0/slots/0/between"),
        ({"slots": [{"at": "auto", "between": ["14:00", "11:00"]}]}, "/cadence/0/slots/0/between"),
        ({"slots": [{"at": "23:00"}], "quiet": ["22:00", "06:30"]}, "/cadence/0/slots/0/at"),
    ],
)
def test_a_cadence_that_nothing_could_keep_is_refused(values: dict[str, Any], pointer: str) -> None:
    assert told(a_plan(cadence=[rhythm(**values)])) == [("E310", pointer)]


def test_a_cadence_names_channels_of_the_plan() -> None:
    found = only(a_plan(cadence=[{"channels": ["fil", "sit"]}]))

    assert (found.code, found.pointer, found.hint) == (
        "E202",
        "/cadence/0/channels/1",
        "did you mean 'site'?",
    )


@pytest.mark.parametrize(
    ("values", "code", "pointer", "hint"),
    [
        ({"slot": []}, "E101", "/cadence/0/slot", "did you mean 'slots'?"),
        ({"slots": [{"days": ["tues"], "at": "08:00"}]}, "E105", "/cadence/0/slots/0/days/0", "'tue'"),
        ({"slots": [{"at": "8:00"}]}, "E108", "/cadence/0/slots/0/at", '"08:00"'),
        ({"quiet": ["22:00"]}, "E109", "/cadence/0/quiet", "at least 2"),
        ({"min_gap": "20h"}, "E112", "/cadence/0/min_gap", "PT4H"),
        ({"formats": {"vidéo": {"min": 1}}}, "E101", "/cadence/0/formats/vidéo", "'video'"),
    ],
)
def test_what_has_not_the_shape_of_a_cadence_is_told(
    values: dict[str, Any], code: str, pointer: str, hint: str
) -> None:
    found = only(a_plan(cadence=[rhythm(**values)]))

    assert (found.code, found.pointer) == (code, pointer)
    assert hint in found.hint


def test_the_other_posts_are_still_checked_where_one_has_no_time() -> None:
    plan = with_posts("2026-12-03T08:00", "demain", "2026-12-03T09:00", cadence=[rhythm(min_gap="PT20H")])

    assert told(plan, now=NOW) == [("E110", "/posts/1/at"), ("E311", "/posts/2/at")]
