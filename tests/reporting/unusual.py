"""Months out of the ordinary: nothing planned, a stop in a crisis, figures that platforms corrected."""

import json
from datetime import UTC, date, datetime, timedelta

from parution.guarding.holds import Scope
from parution.plan.model import Plan
from parution.publishing.content import Content
from parution.publishing.deliveries import State
from parution.publishing.history import Edge
from parution.reporting.gathering import folder_of, home_of, run_of
from tests.builders import a_delivery
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris

BRAND = "boulangerie-martin"
STOPPED_AT, RESUMED_AT = in_paris(6, 15, 10), in_paris(8, 9, 0)
REASON = "Rumeur d'intoxication sur le marché : on se tait jusqu'aux analyses."


def empty() -> Month:
    """A month in which nothing is planned; its objective has no campaign either."""
    return Month(Plan.model_validate({**MARTIN.model_dump(by_alias=True), "campaigns": ()}))


def after_a_crisis() -> Month:
    """The bakery stopped everything for two days: a post was held and came later, nothing was bought."""
    month = bakery(without=frozenset({date(2026, 12, 7)}))
    due_at, out_at = in_paris(7, 8, 0), RESUMED_AT + timedelta(minutes=30)
    content = Content(text="Lundi, c'est brioche.", language="fr-FR", tags=("produit",))
    month.posts.keep_content(BRAND, "brioche", content)
    row = a_delivery(
        brand=BRAND,
        post="brioche",
        channel="fb",
        network="facebook",
        due_at=out_at,
        shifted_from=due_at,
        content=content.hash,
        state=State.PUBLISHED,
        version=2,
        published_at=out_at + timedelta(seconds=0.6),
        remote_id="brioche",
        url="https://facebook.example/p/brioche",
        wake_at=None,
    )
    month.posts.create(row)
    month.history.append(_edges(row.id, due_at))
    month.count("brioche", "fb", "facebook", MID_FLIGHT, likes=71, shares=4, replies=9)
    return month


def _edges(delivery: str, due_at: datetime) -> list[Edge]:
    released = f"released (brand={BRAND})"
    told = (
        (State.PLANNED, 1, "import_plan", "imported", datetime(2026, 11, 21, 18, 5, tzinfo=UTC)),
        (State.HELD, 1, "deliver_post", REASON, due_at),
        (State.PLANNED, 2, "claire@martin.example", released, RESUMED_AT),
        (State.PUBLISHED, 2, "deliver_post", "published", RESUMED_AT + timedelta(minutes=30)),
    )
    return [
        Edge(delivery=delivery, fence=fence, state=state, version=version, actor=actor, cause=cause, at=at)
        for fence, (state, version, actor, cause, at) in enumerate(told)
    ]


def stopped(scope: Scope, month: Month) -> Month:
    """Place a hold that still stands."""
    before = month.posts.standing()
    month.posts.change(before, before.with_hold(scope, REASON, "claire@martin.example", STOPPED_AT))
    return month


def tell(month: Month, now: datetime) -> None:
    """Keep a report as one that readers have, without drawing its page."""
    report = month.report(now)
    folder = folder_of(month.brand, report.period, now)
    month.files.write(f"{folder}/report.json", report.model_dump_json(by_alias=True).encode(), "")
    pointer = {"run": run_of(now), "folder": folder, "manifest": f"{folder}/manifest.json"}
    month.files.point(f"{home_of(month.brand)}/latest.json", run_of(now), json.dumps(pointer).encode())


def corrected(by: int = 0, results: int = -9) -> Month:
    """A report was written an hour ago; since then the platform has corrected a day that was over."""
    month = bakery(posts=False)
    tell(month, MID_FLIGHT - timedelta(hours=1))
    day = date(2026, 12, 8)
    read = next(
        row for row in month.insights.newest_lines(BRAND, NOEL.id) if (row.line, row.day) == ("fb-video", day)
    )
    month.spend(
        NOEL,
        "fb-video",
        day,
        MID_FLIGHT + timedelta(minutes=5),
        spend=read.spend + by,
        results=max(0, (read.results or 0) + results),
        clicks=read.clicks,
        impressions=read.impressions,
    )
    return month
