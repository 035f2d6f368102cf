"""Posts that follow others, as a plan writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parution.plan.diff import diff
from parution.plan.wishes import Wish, wishes
from parution.publishing.deliveries import Change, Follows, failed, skipped
from tests.plan.plans import a_plan, judged

CHANGE = Change(actor="import_plan", cause="plans/a.json", at=datetime(2026, 11, 22, 9, tzinfo=UTC))


def a_post(name: str, channels: tuple[str, ...] = ("fil",), **facts: Any) -> dict[str, Any]:
    at = "2026-12-03T08:00"
    return {"id": name, "at": at, "channels": [*channels], "text": f"Voici {name}.", **facts}


def found(*posts: dict[str, Any]) -> list[tuple[str, str]]:
    _, problems = judged(a_plan(posts=[*posts]))
    return [(one.code, one.pointer) for one in problems if one.severity == "error"]


def wished(*posts: dict[str, Any]) -> dict[str, Wish]:
    plan, _ = judged(a_plan(posts=[*posts]))
    assert plan is not None
    return {wish.delivery.id.partition("/")[2]: wish for wish in wishes(plan, {}, CHANGE)}


def test_a_post_follows_the_only_channel_of_another_or_the_one_that_is_named() -> None:
    rows = wished(
        a_post("recette", ("site",)),
        a_post("annonce", after={"post": "recette", "delay": "PT10M"}),
        a_post("rappel", after={"post": "recette", "channel": "site"}),
    )

    follows = {name: wish.delivery.follows for name, wish in rows.items()}
    assert follows == {
        "recette/site": None,
        "annonce/fil": Follows(post="recette", channel="site", delay=timedelta(minutes=10)),
        "rappel/fil": Follows(post="recette", channel="site"),
    }


@pytest.mark.parametrize(
    ("posts", "code", "pointer"),
    [
        ([a_post("annonce", after={"post": "recete"}), a_post("recette")], "E220", "/posts/0/after/post"),
        ([a_post("annonce", after={"post": "annonce"})], "E221", "/posts/0/after/post"),
        (
            [a_post("recette", ("site", "fil")), a_post("annonce", after={"post": "recette"})],
            "E222",
            "/posts/1/after",
        ),
        (
            [a_post("recette", ("site",)), a_post("annonce", after={"post": "recette", "channel": "fil"})],
            "E222",
            "/posts/1/after/channel",
        ),
        ([a_post("annonce", text="Lisez {url}")], "E223", "/posts/0/text"),
        (
            [
                a_post("recette", ("site",), repeat="FREQ=DAILY;COUNT=2"),
                a_post("annonce", after={"post": "recette"}),
            ],
            "E224",
            "/posts/1/after",
        ),
    ],
)
def test_what_can_not_be_followed_is_said_with_its_place(
    posts: list[dict[str, Any]], code: str, pointer: str
) -> None:
    assert (code, pointer) in found(*posts)


def test_two_posts_that_wait_for_each_other_are_both_named() -> None:
    errors = found(a_post("a", after={"post": "b"}), a_post("b", ("site",), after={"post": "a"}))

    assert errors == [("E221", "/posts/0/after/post"), ("E221", "/posts/1/after/post")]


def test_mending_the_first_brings_back_what_was_left_out_for_it_in_whatever_order_they_stand() -> None:
    posts = [a_post("annonce", after={"post": "recette"}), a_post("recette", ("site",))]
    rows = {wish.delivery.id: wish.delivery for wish in wished(*posts).values()}
    standing = {
        name: (skipped if row.follows else failed)(row, "the text is too long", CHANGE)
        for name, row in rows.items()
    }

    mended = [posts[0], {**posts[1], "text": "Voici la recette, plus court."}]
    change = diff(wished(*mended).values(), standing, CHANGE)

    assert sorted(one.after.id for one in change.change) == sorted(rows)


@pytest.mark.parametrize(("letters", "fits"), [(477, True), (478, False)])
def test_the_address_of_the_other_is_counted_before_it_is_known(letters: int, *, fits: bool) -> None:
    text = "x" * (letters - 1) + " {url}"  # Mastodon takes 500, and counts an address as 23

    errors = found(a_post("recette", ("site",)), a_post("annonce", text=text, after={"post": "recette"}))

    assert (("E502", "/posts/1/text") not in errors) is fits
