"""Months in every situation that a verdict knows, for the golden sentences."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from parution.buying.campaigns import Because
from parution.guarding.holds import Scope
from parution.plan.model import Plan
from parution.publishing.deliveries import State
from tests.reporting.buying import FOURTH, bought_once
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, bakery, in_paris
from tests.reporting.unusual import BRAND, corrected, stopped

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
    other.posts.change(other.posts.standing(), month.posts.standing())
    other.files, other.history = month.files, month.history
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


def _with_a_waiting_post(month: Month) -> Month:
    month.publish(
        "voeux", "fil", "mastodon", in_paris(24, 8, 0), "Joyeux Noël", state=State.AWAITING_APPROVAL
    )
    return month


def _overspent() -> Month:
    month = _spent_out()
    month.spend(
        NOEL, "fb-video", MID_FLIGHT.date(), MID_FLIGHT + timedelta(minutes=1), spend=16200, results=22
    )
    return month


def _ahead_for_a_day() -> Month:
    """The bakery spent a sixth of its budget on the first day, and little since."""
    month = bakery(pace=0.8, posts=False)
    month.spend(NOEL, "fb-video", NOEL.flight[0], MID_FLIGHT + timedelta(minutes=1), spend=25000, results=40)
    return month


def _split(*, proposed: bool = False, **facts: object) -> Month:
    """The bakery's month with another standing of the day's split."""
    month = bakery(posts=False)
    kept = month.budgets.allocation(month.brand, NOEL.id, MID_FLIGHT.date())
    assert kept
    if proposed:
        facts["proposed"] = kept.amounts | {"ig-story": 1400}
    changed = {"version": kept.version + 1, "costs": {}, **facts}
    month.budgets.keep_allocation(kept.model_copy(update=changed))
    return month


def _unspendable(because: str) -> Month:
    month = bakery(posts=False)
    kept = month.budgets.allocation(month.brand, NOEL.id, MID_FLIGHT.date())
    assert kept
    answer = kept.answer | {"leftover": 2000, "leftover_because": because}
    month.budgets.keep_allocation(kept.model_copy(update={"version": 2, "answer": answer}))
    return month


def _two(currency: str) -> Month:
    """The bakery's month with a second campaign, still to come."""
    plan = MARTIN.model_dump(by_alias=True)
    galette = NOEL.model_dump(by_alias=True) | {
        "id": "galette",
        "objective": None,
        "budget": 40000,
        "currency": currency,
        "flight": ("2026-12-28", "2027-01-10"),
    }
    plan["campaigns"] = [*plan["campaigns"], galette]
    return bakery(posts=False, plan=Plan.model_validate(plan))


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
    "a little behind": (lambda: bakery(posts=False, without=frozenset({date(2026, 12, 7)})), MID_FLIGHT),
    "a little ahead": (_ahead_for_a_day, MID_FLIGHT),
    "stopped": (lambda: stopped(Scope(brand=BRAND), bakery(posts=False)), MID_FLIGHT),
    "stopped, posts alone": (
        lambda: stopped(Scope(), _without_campaigns(PLANNED, State.HELD)),
        in_paris(2, 8, 0),
    ),
    "posts wait for a yes": (lambda: _without_campaigns(State.AWAITING_APPROVAL), in_paris(2, 8, 0)),
    "on pace, a post waits for a yes": (lambda: _with_a_waiting_post(bakery(posts=False)), MID_FLIGHT),
    "first days": (lambda: bakery(posts=False, until=in_paris(3, 12, 40)), in_paris(3, 12, 40)),
    "out of reach": (lambda: bakery(yields=0.5, posts=False), MID_FLIGHT),
    "spent more than the budget": (_overspent, MID_FLIGHT),
    "a proposal waits for a yes": (lambda: _split(proposed=True), MID_FLIGHT),
    "bought for three days": (lambda: bought_once()[0], FOURTH),
    "amounts kept": (lambda: _split(forgone=0.31), MID_FLIGHT),
    "amounts lowered": (
        lambda: _split(
            lowered_because="fb-video overspent",
            lowered=(Because(code="line_overspent", values={"line": "fb-video"}),),
            amounts={"fb-video": 0, "ig-reel": 2452, "ig-story": 700},
        ),
        MID_FLIGHT,
    ),
    "a dear rule": (lambda: _split(costs={"max_move_per_day": 2.4}), MID_FLIGHT),
    "money that finds no use": (lambda: _unspendable("caps"), MID_FLIGHT),
    "money that would not pay": (lambda: _unspendable("curves stop paying"), MID_FLIGHT),
    "corrected": (lambda: corrected(by=412), MID_FLIGHT + timedelta(minutes=5)),
    "results corrected": (corrected, MID_FLIGHT + timedelta(minutes=5)),
    "two campaigns": (lambda: _two("EUR"), MID_FLIGHT),
    "two currencies": (lambda: _two("USD"), MID_FLIGHT),
}
