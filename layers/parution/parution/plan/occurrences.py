"""A post that comes again: each of its days a post of its own, named after the first and the day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parution.plan.appearances import SettledPost, settled_post
from parution.plan.model import OPEN_TIMES, Plan, Post, Variant
from parution.plan.problems import Problem, pointer_to, problem
from parution.plan.recurrence import NotARule, days, read_rule
from parution.plan.times import YEARS, existing, wall_clock, written

_LONGEST = 40 - len("-20261203")  # of a name that days are added to
_NONE, _NO_VARIANT = timedelta(0), Variant()


class Series(NamedTuple):
    """A recurring post: its days, and what is wrong with it."""

    posts: list[SettledPost]
    problems: list[Problem]


def series(number: int, plan: Plan, place: ZoneInfo) -> Series:
    """Write out the recurring post at a place of the plan.

    No posts come of one that is wrong. A time inside the spring jump moves behind it, and of a doubled one
    the first is meant: nobody looks at each of four hundred nights.
    """
    post = plan.posts[number]
    wrong = list(_mismatches(number, post))
    if wrong:
        return Series([], wrong)
    try:
        first = wall_clock(post.at)
        found = days(read_rule(post.repeat or ""), first.date())
        wrong = list(_exceptions(number, post, found))
        left = [datetime.combine(day, first.time()) for day in found if day not in post.except_]
        made = [_occurrence(number, post, at, place) for at in left]
    except NotARule as error:
        return Series([], [problem("E315", _pointer(number, "repeat"), error.wrong, error.instead)])
    except (OverflowError, ValueError):
        return Series([], [])  # the time itself is wrong, and told as that
    return Series(made, [*wrong, *_names(number, plan, made), *_shifts(number, made, left, place)])


def _pointer(number: int, *path: str | int) -> str:
    return pointer_to(("posts", number, *path))


def _mismatches(number: int, post: Post) -> Iterator[Problem]:
    if post.at in OPEN_TIMES:
        hint = "write the first time itself, such as 2026-12-03T08:00"
        yield problem(
            "E316", _pointer(number, "repeat"), f"'repeat' does not go with the time '{post.at}'", hint
        )
    if post.fold is not None:
        said = "'fold' does not go with 'repeat': of two equal times the first is meant"
        yield problem("E316", _pointer(number, "fold"), said, "remove fold")
    if len(post.id) > _LONGEST:
        said = f"each of its days is named after it, as in '{post.id}-20261203', which is too long"
        yield problem("E315", _pointer(number, "id"), said, f"write at most {_LONGEST} characters")


def _exceptions(number: int, post: Post, found: list[date]) -> Iterator[Problem]:
    for index, day in enumerate(post.except_):
        if day not in found:
            near = min(found, key=lambda other: abs(other - day))
            said = f"it would not appear on {day} anyway"
            yield problem("E315", _pointer(number, "except", index), said, f"write {near}, or remove it")
    if set(found) <= set(post.except_):
        yield problem("E315", _pointer(number, "except"), "no day is left", "take some days out of except")


def _occurrence(number: int, post: Post, at: datetime, place: ZoneInfo) -> SettledPost:
    walls = {
        channel: existing(_within(at + (post.variants.get(channel, _NO_VARIANT).at_offset or _NONE)), place)
        for channel in post.channels
    }
    return settled_post(post, number, walls, id=f"{post.id}-{at:%Y%m%d}")


def _within(wall: datetime) -> datetime:
    if wall.year not in YEARS:
        raise OverflowError(wall.year)
    return wall


def _names(number: int, plan: Plan, made: list[SettledPost]) -> Iterator[Problem]:
    others = {post.id for post in plan.posts}
    for post in made:
        if post.id in others:
            said = f"'{post.id}', its name on that day, is the name of another post"
            yield problem("E201", _pointer(number, "id"), said, "rename one of them")


def _shifts(
    number: int, made: list[SettledPost], asked: list[datetime], place: ZoneInfo
) -> Iterator[Problem]:
    """Tell of each night on which the clocks jump over it, once for all channels."""
    for post, at in zip(made, asked, strict=True):
        for channel, wall in post.walls.items():
            wanted = at + (post.variants.get(channel, _NO_VARIANT).at_offset or _NONE)
            if wall != wanted:
                said = f"{written(wanted)} does not exist in {place.key}: that day it appears at {wall:%H:%M}"
                yield problem(
                    "W313", _pointer(number, "repeat"), said, "nothing to do; except leaves the day out"
                )
                break
