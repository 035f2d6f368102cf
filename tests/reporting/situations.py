"""Months in every situation that a verdict knows, for the golden sentences."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from parution.plan.model import Plan
from parution.publishing.deliveries import State
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris

AFTER = datetime(2026, 12, 27, 9, 0, tzinfo=UTC)


def in_language(month: Month, locale: str) -> Month:
    """Give the same month to a reader of another language."""
    plan = month.plan
    spoken = plan.model_copy(update={"brand": plan.brand.model_copy(update={"locale": locale})})
    other = Month(spoken)
    other.insights, other.budgets, deliveries = (
        month.insights,
        month.budgets,
        list(month.posts.of_brand(month.brand)),
    )
    for delivery in deliveries:
        other.posts.keep_content(
            month.brand, delivery.post, month.posts.content(month.brand, delivery.post, delivery.content)
        )
        other.posts.create(delivery)
    return other


def _without_campaigns(*states: State, late: timedelta = timedelta(seconds=0.4)) -> Month:
    month = Month(Plan.model_validate({**MARTIN.model_dump(by_alias=True), "campaigns": ()}))
    for number, state in enumerate(states):
        month.publish(
            f"post-{number}", "fil", "mastodon", in_paris(3 + number, 8, 0), "Bonjour", state=state, late=late
        )
    return month


def _changed(**changes: object) -> Plan:
    facts = {**NOEL.model_dump(by_alias=True), **changes}
    return Plan.model_validate({**MARTIN.model_dump(by_alias=True), "campaigns": [facts]})


def _not_read_yet() -> Month:
    month = Month(MARTIN)
    month.open_account(NOEL)
    month.tell(NOEL, "fb-video", MID_FLIGHT.date(), 4200)
    return month


def _spent_out() -> Month:
    month = Month(MARTIN)
    month.open_account(NOEL)
    for step in range(10):
        day = NOEL.flight[0] + timedelta(days=step)
        month.tell(NOEL, "fb-video", day, 15000)
        month.spend(NOEL, "fb-video", day, MID_FLIGHT, spend=15000, results=21)
    return month


PUBLISHED, PLANNED, FAILED = State.PUBLISHED, State.PLANNED, State.FAILED

SITUATIONS: dict[str, tuple[Callable[[], Month], datetime]] = {
    "nothing": (_without_campaigns, MID_FLIGHT),
    "posts ahead": (lambda: _without_campaigns(PLANNED), in_paris(2, 8, 0)),
    "posts on time": (lambda: _without_campaigns(PUBLISHED, PUBLISHED, PUBLISHED), MID_FLIGHT),
    "posts late": (lambda: _without_campaigns(PUBLISHED, PUBLISHED, late=timedelta(minutes=4)), MID_FLIGHT),
    "posts not out": (lambda: _without_campaigns(PUBLISHED, FAILED), MID_FLIGHT),
    "campaign to come": (lambda: Month(_changed(flight=("2026-12-05", "2026-12-24"))), in_paris(2, 9, 0)),
    "no figures yet": (_not_read_yet, MID_FLIGHT),
    "on pace": (lambda: bakery(posts=False), MID_FLIGHT),
    "on pace, without an objective": (lambda: bakery(posts=False, plan=_changed(objective=None)), MID_FLIGHT),
    "on pace, a post not out": (bakery, MID_FLIGHT),
    "under pace": (lambda: bakery(pace=0.6, posts=False), MID_FLIGHT),
    "over pace": (lambda: bakery(pace=1.15, posts=False, plan=_changed(budget=130000)), MID_FLIGHT),
    "target short": (lambda: bakery(yields=0.7, posts=False), MID_FLIGHT),
    "target reached": (lambda: bakery(yields=2.4, posts=False), MID_FLIGHT),
    "no results": (lambda: bakery(yields=0.0, posts=False), MID_FLIGHT),
    "spent out": (_spent_out, MID_FLIGHT),
    "ended, reached": (lambda: bakery(posts=False, until=AFTER), AFTER),
    "ended, short": (lambda: bakery(posts=False, until=AFTER, yields=0.6), AFTER),
    "ended, without an objective": (
        lambda: bakery(posts=False, until=AFTER, plan=_changed(objective=None)),
        AFTER,
    ),
    "ended, no figures": (_not_read_yet, AFTER),
}
