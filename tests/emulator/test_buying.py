"""From a campaign in the plan to amounts on the ad platform, figures read back, and a report in S3."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from parution.aws.budgets_table import BudgetsTable
from parution.buying.campaigns import Allocation
from tests.emulator.newsroom import PARIS, Newsroom, a_plan, a_post, soon, until

LINES = ("fb-video", "ig-reel", "ig-story")


def a_campaign(today: datetime) -> dict[str, Any]:
    day = today.date()
    return {
        "id": "noel",
        "budget": 150_000,
        "currency": "EUR",
        "flight": [day.isoformat(), (day + timedelta(days=23)).isoformat()],
        "formats": [
            {"id": "fb-video", "network": "facebook", "format": "video", "min": 20_000, "max": 80_000},
            {"id": "ig-reel", "network": "instagram", "format": "reel", "max": 90_000},
            {"id": "ig-story", "network": "instagram", "format": "story", "max_share": 0.2},
        ],
    }


@pytest.fixture(scope="module")
def bought(newsroom: Newsroom) -> Allocation:
    """A brand with a post that was published and a campaign whose first day was bought."""
    newsroom.store_secret("masto-buys", "mastodon")
    newsroom.store_secret("ads-buys", "ads")
    plan = a_plan(
        "buys",
        posts=[a_post("buys-1", soon(20))],
        ad_accounts=[{"id": "regie", "platform": "sandbox", "account": "secret:ads-buys"}],
        campaigns=[a_campaign(datetime.now(PARIS))],
    )
    result = newsroom.upload("buys", plan)
    assert result["status"] == "imported", result["problems"]
    newsroom.invoke("AllocateBudgetFunction", "buys")
    (allocation,) = budgets(newsroom).allocations("buys", "noel")
    until(lambda: _known(newsroom, allocation) == allocation.amounts, within=60)
    return allocation


def budgets(newsroom: Newsroom) -> BudgetsTable:
    return BudgetsTable(newsroom.stack.session.client("dynamodb"), newsroom.stack.outputs["BudgetsTable"])


def _known(newsroom: Newsroom, allocation: Allocation) -> dict[str, int]:
    table = budgets(newsroom)
    return {line: table.line_day("buys", "noel", line, allocation.day).known for line in allocation.amounts}


def _on_the_platform(newsroom: Newsroom, allocation: Allocation) -> dict[str, int]:
    """What the ad platform itself says, by line."""
    ads = newsroom.here.sandboxes["ads"]
    headers = {"Authorization": f"Bearer {ads.secret['token']}"}
    with httpx.Client(base_url=ads.url, headers=headers, timeout=5) as client:
        objects = client.get("/ad_objects").json()["ad_objects"]
        return {
            one["name"].rsplit("/", 1)[1]: client.get(
                f"/ad_objects/{one['id']}/budgets/{allocation.day}"
            ).json()["amount"]
            for one in objects
            if one["name"].startswith("buys/noel/")
        }


def test_the_days_budget_is_split_to_the_cent_with_its_proof(bought: Allocation) -> None:
    assert tuple(sorted(bought.amounts)) == LINES
    assert sum(bought.amounts.values()) == bought.budget == 150_000 // 24
    assert bought.answer["status"] == "optimal"
    assert bought.answer["gap"] <= 1e-6


def test_the_ad_platform_has_exactly_the_amounts_of_the_allocation(
    newsroom: Newsroom, bought: Allocation
) -> None:
    assert _on_the_platform(newsroom, bought) == bought.amounts


def test_exposure_stays_within_the_cap_and_the_ledger_adds_up(newsroom: Newsroom, bought: Allocation) -> None:
    table = budgets(newsroom)
    account = table.account("buys", "noel")
    assert account is not None

    reserved = sum(
        entry.amount for entry in table.entries("buys", "noel") if entry.kind in {"reserved", "released"}
    )

    assert account.cap == 150_000
    assert account.spent + account.reserved <= account.cap
    assert account.reserved == reserved >= bought.budget


def test_allocating_again_the_same_day_changes_nothing(newsroom: Newsroom, bought: Allocation) -> None:
    before = list(budgets(newsroom).entries("buys", "noel"))

    newsroom.invoke("AllocateBudgetFunction", "buys")

    assert list(budgets(newsroom).allocations("buys", "noel")) == [bought]
    assert list(budgets(newsroom).entries("buys", "noel")) == before


def test_results_are_read_back_and_the_report_stands_in_s3(newsroom: Newsroom, bought: Allocation) -> None:
    until(lambda: newsroom.published("buys", "buys-1"), within=60)
    evening = {"today": bought.day.isoformat(), "gone": 0.9}
    httpx.post(f"{newsroom.here.sandboxes['ads'].url}/_sandbox/day", json=evening, timeout=5)

    newsroom.invoke("CollectInsightsFunction", "buys")
    newsroom.invoke("WriteReportFunction", "buys")

    latest = json.loads(newsroom.object("ReportsBucket", "reports/brand=buys/latest.json") or b"{}")
    assert latest["folder"].startswith("reports/brand=buys/period=month/dt=")
    files = {
        name: newsroom.object("ReportsBucket", f"{latest['folder']}/{name}") or b""
        for name in ("report.json", "report.html", "report.csv", "manifest.json")
    }
    assert json.loads(files["manifest.json"])["complete"] is True
    assert b"buys-1" in files["report.html"]
    assert b"<script" not in files["report.html"]
    account = budgets(newsroom).account("buys", "noel")
    assert account is not None
    assert account.spent > 0
    assert json.loads(files["report.json"])
    assert datetime.now(UTC).strftime("%Y-%m") in latest["folder"]
