"""What the system itself costs a brand in the period: counted units, at the cost model's list prices."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from parution.buying.campaigns import LineDay
from parution.plan.model import Plan
from parution.plan.schedule_times import occurrences
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State
from parution.reporting import costs
from parution.reporting.contract import Fee, Figure, Period, SystemCost, money

# A: seconds that a worker has a ticket in hand: it wakes two before the instant.
_HELD = 3.0
# A: write units beside the history's, for each delivery: its row and its place in the due index.
_WRITES = 3
_CURRENCY = "USD"


def upkeep(
    plan: Plan,
    deliveries: Sequence[tuple[Delivery, Content]],
    line_days: Iterable[LineDay],
    period: Period,
    now: datetime,
) -> SystemCost:
    """Estimate the costs from the period's first instant to now."""
    zone = ZoneInfo(period.timezone)
    begin = datetime.combine(period.first, time.min, zone)
    end = min(now, datetime.combine(period.last + timedelta(days=1), time.min, zone))
    out = [(row, content) for row, content in deliveries if row.state is State.PUBLISHED]
    runs = {
        "collect_insights": _runs(plan.schedules.insights, zone, begin, end),
        "allocate_budget": _runs(plan.schedules.allocate, zone, begin, end),
        # This one is written, whatever the schedule says.
        "write_report": max(1, _runs(plan.schedules.report, zone, begin, end)),
        "apply_budget": sum(period.first <= day.day <= period.last and bool(day.told) for day in line_days),
        "deliver_post": len(out),
    }
    edges = sum(row.fence for row, _ in deliveries)
    consumed = costs.Consumed(
        runs=runs,
        held_seconds=_HELD * len(out),
        writes=edges + _WRITES * len(deliveries),
        edges=edges,
        figures=runs["collect_insights"],
        deliveries=len(deliveries),
    )
    return SystemCost(
        brand=_cents(sum(costs.of_the_brand(consumed).usd.values())),
        stack=_cents(costs.at_rest(1) * ((end - begin) / timedelta(days=1))),
        fees=tuple(_fees(out)),
        counted={
            "deliveries": _count(len(out)),
            "reads": _count(runs["collect_insights"]),
            "allocations": _count(runs["allocate_budget"]),
            "orders": _count(runs["apply_budget"]),
            "reports": _count(runs["write_report"]),
        },
    )


def _runs(expression: str | None, zone: ZoneInfo, begin: datetime, end: datetime) -> int:
    return sum(1 for _ in occurrences(expression, zone, begin, end)) if expression else 0


def _fees(out: Iterable[tuple[Delivery, Content]]) -> Iterator[Fee]:
    shown = defaultdict(list)
    for row, content in out:
        shown[row.network].append(content)
    for network, contents in sorted(shown.items()):
        asked = costs.fee_of(network, [one.body for one in contents], _described(contents))
        if asked:
            yield Fee(network=network, posts=_count(len(contents)), amount=_cents(asked))


def _described(contents: Iterable[Content]) -> int:
    files = (file for content in contents for file in content.media)
    return sum(bool(file.alt) and file.kind.startswith("image/") for file in files)


def _cents(usd: float) -> Figure:
    # Up: what is less than a cent is not nothing.
    return money(ceil(round(usd * 100, 6)), _CURRENCY, "estimate")


def _count(value: int) -> Figure:
    return Figure(value=value, unit="count", source="derived")
