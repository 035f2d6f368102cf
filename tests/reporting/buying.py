"""A campaign that the buying desk has bought day by day: its moves, rules, proposals and what it learned.

`python -m tests.reporting.buying` keeps its first days anew, for the golden report of them.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from parution.buying.campaigns import Allocation
from parution.buying.curves import Hill
from parution.buying.desk import BuyingDesk
from parution.plan.model import Plan
from tests.buying.doubles import FakePlatform, FakeQueue
from tests.reporting.months import MARTIN, NOEL, Month, in_paris

# What the lines truly bring; nobody but the sandbox knows it.
TRUTH = {
    "fb-video": Hill(kind="hill", ceiling=26.0, half_spend=5200.0, slope=1.0),
    "ig-reel": Hill(kind="hill", ceiling=15.0, half_spend=2600.0, slope=1.4),
    "ig-story": Hill(kind="hill", ceiling=3.0, half_spend=2400.0, slope=1.0),
    "fb-carrousel": Hill(kind="hill", ceiling=6.0, half_spend=1500.0, slope=1.0),
}
LINES: list[dict[str, Any]] = [
    {"id": "fb-video", "network": "facebook", "format": "video", "min": 20000, "max": 80000},
    {"id": "ig-reel", "network": "instagram", "format": "reel", "max_share": 0.4},
    {"id": "ig-story", "network": "instagram", "format": "story", "minimum_daily": 400},
    {"id": "fb-carrousel", "network": "facebook", "format": "carousel"},
]
RAILS = {
    "approve_above": 0.05,
    "max_move_per_day": 0.2,
    "test_share": 0.08,
    "explore_share": 0.08,
    "stop_if": {"cost_per_result_above": 1500, "after_spend": 8000},
    "protect_learning": False,
}
DAYS = Path(__file__).parent / "days.json"
FOURTH = in_paris(4, 12, 40)
WEAVE = (1.0, 0.93, 0.99, 1.0, 0.96, 0.9, 1.0)


def a_plan(locale: str = "fr-FR", lines: Sequence[dict[str, Any]] = LINES, **rails: Any) -> Plan:
    facts = NOEL.model_dump(by_alias=True) | {"formats": [*lines], "guardrails": RAILS | rails}
    plan = MARTIN.model_dump(by_alias=True) | {"campaigns": [facts]}
    plan["brand"]["locale"] = locale
    return Plan.model_validate(plan)


def bought(plan: Plan, until: datetime) -> Month:
    """Give the month as it stands at ``until``: every morning allocated, every amount set and read back."""
    month, platform, queue = Month(plan), FakePlatform(1.0), FakeQueue()
    desk = BuyingDesk(month.posts, month.budgets, month.insights, platform, queue, holds=month.posts)
    for number in range((until.date() - NOEL.flight[0]).days + 1):
        day = NOEL.flight[0] + timedelta(days=number)
        morning = in_paris(day.day, 5, 0)
        desk.allocate(month.brand, morning)
        for order in sorted(queue.take(), key=lambda one: one.line):
            desk.apply(order, morning)
        if day < until.date():
            _spend(month, plan, day, morning + timedelta(hours=23))
    return month


def _spend(month: Month, plan: Plan, day: date, read_at: datetime) -> None:
    (campaign,) = plan.campaigns
    for number, line in enumerate(campaign.lines):
        weave = WEAVE[(day.day + number) % 7]
        spend = int(month.budgets.line_day(month.brand, campaign.id, line.id, day).known * weave)
        results = round(TRUTH[line.id].value(spend) * weave)
        month.spend(campaign, line.id, day, read_at, spend=spend, results=results)


def bought_once() -> tuple[Month, datetime]:
    """Give the month of four days as they were kept, so that its report is the same on every machine."""
    month, (campaign,) = Month(a_plan()), a_plan().campaigns
    month.open_account(campaign)
    for document in json.loads(DAYS.read_text(encoding="utf-8")):
        allocation = Allocation.model_validate(document)
        month.budgets.keep_allocation(allocation)
        for line, amount in allocation.amounts.items():
            month.tell(campaign, line, allocation.day, amount)
        if allocation.day < FOURTH.date():
            _spend(month, month.plan, allocation.day, allocation.at + timedelta(hours=23))
    return month, FOURTH


def write() -> None:
    month = bought(a_plan(), FOURTH)
    kept = month.budgets.allocations(month.brand, month.plan.campaigns[0].id)
    documents = [one.model_dump(mode="json", exclude_defaults=True) for one in kept]
    DAYS.write_text(json.dumps(documents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def allocation_of(month: Month, day: date) -> Allocation:
    kept = month.budgets.allocation(month.brand, month.plan.campaigns[0].id, day)
    assert kept
    return kept


if __name__ == "__main__":
    write()
