"""Alerts and decisions: what somebody had to know, and what somebody decided, in their order."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from parution.buying.campaigns import Allocation
from parution.publishing.deliveries import Delivery, State
from parution.reporting.contract import Alert, Period
from parution.reporting.stops import Stop

# What a person must see to, or know: it did not appear as planned.
_OF_POSTS = {
    State.FAILED: "post_refused",
    State.MISSED: "post_missed",
    State.UNCONFIRMED: "post_unconfirmed",
}


def alerts(
    stops: Sequence[Stop],
    deliveries: Iterable[Delivery],
    allocations: Iterable[Allocation],
    period: Period,
    now: datetime,
) -> tuple[Alert, ...]:
    """Give what happened in the period, the latest first."""
    found = [
        *(_of_stop(stop) for stop in stops),
        *_of_posts(deliveries),
        *(alert for one in allocations for alert in _of_allocation(one, period, now)),
    ]
    return tuple(sorted(found, key=lambda alert: (alert.at, alert.code, alert.scope), reverse=True))


def _of_stop(stop: Stop) -> Alert:
    return Alert(
        code="stop",
        at=stop.first,
        until=stop.last,
        at_latest=stop.at_latest,
        by=stop.by,
        lifted_by=stop.lifted_by,
        campaign=stop.scope.campaign,
        scope=stop.scope.name,
        reason=stop.reason,
        values={"n": len(stop.held)},
    )


def _of_posts(deliveries: Iterable[Delivery]) -> Iterator[Alert]:
    for row in deliveries:
        code = _OF_POSTS.get(row.state)
        if code:
            yield Alert(
                code=code,
                at=row.changed.at,
                scope=row.id,
                reason=row.reason or "",
                values={"post": row.post, "channel": row.channel, "network": row.network},
            )


def _of_allocation(one: Allocation, period: Period, now: datetime) -> Iterator[Alert]:
    if not period.first <= one.day <= period.last or one.at > now:
        return
    amount: dict[str, str | int | float] = {"amount": sum(one.amounts.values()), "currency": one.currency}
    for because in one.lowered:
        yield Alert(
            code=f"lowered_{because.code}",
            at=one.at,
            campaign=one.campaign,
            values={**because.values, "currency": one.currency},
        )
    if one.approved and one.approved.amounts == one.amounts:
        yield Alert(
            code="approved", at=one.approved.at, by=one.approved.by, campaign=one.campaign, values=amount
        )
