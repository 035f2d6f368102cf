"""A plan document moved in time: what an example needs whose own dates have passed."""

import copy
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from parution.plan.model import OPEN_TIMES
from parution.plan.times import zone

_UNTIL = re.compile(r"(?<=UNTIL=)[\d-]+", re.ASCII)


def shifted(
    document: dict[str, Any], instants: Sequence[datetime], first_day: date | None = None
) -> dict[str, Any]:
    """Give the document with its first posts at the given instants, and its campaigns near them.

    Campaigns keep their length and their distance from each other; the earliest begins on ``first_day``,
    by default the day of the first instant in the brand's zone. Later posts keep their distance from the
    last one that was moved to an instant. Seconds count, fractions are dropped. Open times stay open; their
    windows, and posts that come again, move by whole weeks to a later day than the first instant.
    """
    moved = copy.deepcopy(document)
    place = zone(moved["brand"]["timezone"])
    walls = [each.astimezone(place).replace(microsecond=0) for each in instants]
    posts = moved.get("posts", [])
    _move_open(posts, walls)
    _move_posts([post for post in posts if post["at"] not in OPEN_TIMES and "repeat" not in post], walls)
    day = first_day or (walls[0].date() if walls else None)
    if day is not None:
        _move_campaigns(moved.get("campaigns", []), day)
    return moved


def _move_posts(posts: list[dict[str, Any]], walls: list[datetime]) -> None:
    old = [datetime.fromisoformat(post["at"]) for post in posts]
    for post, wall in zip(posts, walls, strict=False):
        post["at"] = wall.replace(tzinfo=None).isoformat()
        post.pop("fold", None)
        if wall.replace(fold=0).astimezone(UTC) != wall.replace(fold=1).astimezone(UTC):
            post["fold"] = wall.fold
    if not walls or len(walls) >= len(posts):
        return
    # Whole days, so that the hours that readers keep stay as they were planned.
    last = len(walls) - 1
    days = timedelta(days=(walls[last].date() - old[last].date()).days + 1)
    for post, at in zip(posts[last + 1 :], old[last + 1 :], strict=True):
        post["at"] = (at + days).isoformat(timespec="minutes")


def _move_open(posts: list[dict[str, Any]], walls: list[datetime]) -> None:
    """Move windows and series by whole weeks, so that their days of the week stay."""
    days = [date.fromisoformat(post["window"][0]) for post in posts if "window" in post]
    days += [date.fromisoformat(post["at"][:10]) for post in posts if "repeat" in post]
    if not days or not walls:
        return
    by = timedelta(weeks=(walls[0].date() - min(days)).days // 7 + 1)
    for post in posts:
        if "window" in post:
            post["window"] = _later(post["window"], by)
        if "repeat" in post:
            post["at"] = (datetime.fromisoformat(post["at"]) + by).isoformat(timespec="minutes")
            post["repeat"] = _UNTIL.sub(lambda found: str(date.fromisoformat(found[0]) + by), post["repeat"])
        if "except" in post:
            post["except"] = _later(post["except"], by)


def _later(days: list[str], by: timedelta) -> list[str]:
    return [str(date.fromisoformat(day) + by) for day in days]


def _move_campaigns(campaigns: list[dict[str, Any]], day: date) -> None:
    flights = [[date.fromisoformat(each) for each in campaign["flight"]] for campaign in campaigns]
    for campaign, flight in zip(campaigns, flights, strict=True):
        by = day - min(first for first, _ in flights)
        campaign["flight"] = [(each + by).isoformat() for each in flight]
        pace, at, turning = campaign.get("pacing", "even").partition("@")
        if at:
            campaign["pacing"] = f"{pace}@{date.fromisoformat(turning) + by}"
        reserve = campaign.get("guardrails", {}).get("reserve")
        if reserve:
            reserve["until"] = (date.fromisoformat(reserve["until"]) + by).isoformat()
