"""Importing a plan with open times: chosen once, told once, and nothing to do the next time."""

from datetime import timedelta
from typing import Any

from tests.plan.newsroom import BRAND, Crash, Newsroom, dying_at
from tests.plan.plans import NOW, a_plan

OPEN: dict[str, Any] = a_plan(
    cadence=[{"channels": ["fil", "site"], "slots": [{"days": ["tue", "thu"], "at": "08:00"}]}],
    posts=[
        {"id": "a", "at": "slot", "channels": ["fil", "site"], "text": "A"},
        {"id": "b", "at": "auto", "between": ["12:00", "14:00"], "channels": ["fil"], "text": "B"},
        {
            "id": "marche",
            "at": "2026-12-05T09:00",
            "repeat": "FREQ=WEEKLY;COUNT=3",
            "channels": ["fil"],
            "text": "C",
        },
        {"id": "c", "at": "slot", "channels": ["fil"], "text": "D"},
    ],
)


def chosen(newsroom: Newsroom) -> dict[str, str]:
    return {each.id.removeprefix(f"{BRAND}/"): each.local_at[:16] for each in newsroom.posts.of_brand(BRAND)}


def test_the_result_says_what_was_chosen_and_why() -> None:
    newsroom = Newsroom()

    result = newsroom.imported(OPEN)

    first, *_ = result.changes["times"]
    assert first == {
        "delivery": f"{BRAND}/a/fil",
        "at": "2026-11-24T08:00",
        "why": "tue 08:00: the next free slot of 'fil'",
    }
    assert [each["delivery"].removeprefix(BRAND) for each in result.changes["times"]] == [
        "/a/fil",
        "/a/site",
        "/b/fil",
        "/c/fil",
    ]


def test_a_plan_without_open_times_says_nothing_of_them() -> None:
    assert "times" not in Newsroom().imported(a_plan()).changes


def test_importing_it_again_on_another_day_changes_nothing() -> None:
    newsroom = Newsroom()
    newsroom.imported(OPEN)
    before = newsroom.standing()

    again = newsroom.imported(OPEN, now=NOW + timedelta(days=1))

    assert (again.status, newsroom.writes) == ("unchanged", [])
    assert newsroom.standing() == before


def test_a_crash_at_any_moment_leaves_what_the_next_try_brings_to_the_same_end() -> None:
    whole = Newsroom()
    whole.imported(OPEN)
    for moment in range(len(whole.moments)):
        newsroom = Newsroom()
        newsroom.upload(OPEN)
        try:
            newsroom.take(seen=dying_at(moment))
        except Crash:
            newsroom.take(now=NOW + timedelta(minutes=3))

        assert newsroom.standing() == whole.standing()


def test_an_edit_elsewhere_leaves_the_chosen_times_and_a_new_word_for_the_time_moves_it() -> None:
    newsroom = Newsroom()
    newsroom.imported(OPEN)
    before = chosen(newsroom)

    edited = {**OPEN, "posts": [{**OPEN["posts"][0], "text": "A, again"}, *OPEN["posts"][1:]]}
    newsroom.imported(edited, now=NOW + timedelta(hours=5))
    assert chosen(newsroom) == before

    moved = {**OPEN, "posts": [{**OPEN["posts"][0], "at": "2026-12-01T08:00"}, *OPEN["posts"][1:]]}
    newsroom.imported(moved, now=NOW + timedelta(hours=6))
    assert chosen(newsroom) == {**before, "a/fil": "2026-12-01T08:00", "a/site": "2026-12-01T08:00"}
