"""A plan document moved in time: what an example needs whose own dates have passed."""

import copy
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from parution.plan.times import zone


def shifted(
    document: dict[str, Any], instants: Sequence[datetime], first_day: date | None = None
) -> dict[str, Any]:
    """Give the document with its first posts at the given instants, and its campaigns near them.

    Campaigns keep their length and their distance from each other; the earliest begins on ``first_day``,
    by default the day of the first instant in the brand's zone. Later posts keep their distance from the
    last one that was moved to an instant. Seconds count, fractions are dropped.
    """
    moved = copy.deepcopy(document)
    place = zone(moved["brand"]["timezone"])
    walls = [each.astimezone(place).replace(microsecond=0) for each in instants]
    _move_posts(moved.get("posts", []), walls)
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
