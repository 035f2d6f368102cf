"""The reporting desk: gathers what is known of a brand's month, and keeps the report's files."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parution.buying.campaigns import Allocation
from parution.buying.ports import Budgets
from parution.measuring.ports import Insights
from parution.plan.model import Campaign, Plan
from parution.plan.ports import BrandRow, Brands
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery
from parution.publishing.ports import Deliveries
from parution.records import Record
from parution.reporting.campaigns import CampaignInputs
from parution.reporting.contract import SCHEMA, Period, Report
from parution.reporting.figures import ReportInputs, month_of, report_of
from parution.reporting.page import page
from parution.reporting.ports import ReportFiles
from parution.reporting.sheet import sheet

# With an amount older than this nobody compares today's.
_FURTHEST_BACK = 7
HTML, JSON, CSV = "text/html; charset=utf-8", "application/json", "text/csv; charset=utf-8"


class Written(Record):
    """One run's files: the folder, the manifest, and whether ``latest.json`` names them."""

    folder: str
    manifest: str
    latest: bool


class ReportingDesk:
    """Writes a brand's report; a second time at the same instant, with the same facts, the same bytes."""

    def __init__(
        self,
        *,
        brands: Brands,
        deliveries: Deliveries,
        insights: Insights,
        budgets: Budgets,
        files: ReportFiles,
    ) -> None:
        self._brands, self._deliveries, self._insights = brands, deliveries, insights
        self._budgets, self._files = budgets, files

    def write(self, brand: str, now: datetime) -> Written | None:
        """Write the report of the brand's month; None when there is no such brand."""
        row, now = self._brands.brand(brand), now.astimezone(UTC).replace(microsecond=0)
        if row is None:
            return None
        report = report_of(self._inputs(row, now))
        return self._keep(report, now)

    # ---------------------------------------------------------------- gathering
    def _inputs(self, row: BrandRow, now: datetime) -> ReportInputs:
        brand = row.plan.brand
        period = month_of(now, brand.timezone)
        return ReportInputs(
            row=row,
            now=now,
            campaigns=tuple(
                self._campaign(row, campaign, now) for campaign in campaigns_of(row.plan, period, now)
            ),
            deliveries=tuple(self._posts(brand.id, period)),
            post_insights=tuple(self._insights.newest_posts(brand.id)),
        )

    def _campaign(self, row: BrandRow, campaign: Campaign, now: datetime) -> CampaignInputs:
        plan, brand = row.plan, row.plan.brand
        today = now.astimezone(ZoneInfo(brand.timezone)).date()
        objectives = {objective.id: objective for objective in plan.objectives}
        return CampaignInputs(
            campaign=campaign,
            objective=objectives.get(campaign.objective or ""),
            account=self._budgets.account(brand.id, campaign.id),
            line_days=tuple(self._budgets.line_days(brand.id, campaign.id)),
            insights=tuple(self._insights.newest_lines(brand.id, campaign.id)),
            allocation=self._budgets.allocation(brand.id, campaign.id, today),
            previous=self._previous(brand.id, campaign.id, today),
            post_days=frozenset(row.boosted_days.get(campaign.id, ())),
        )

    def _previous(self, brand: str, campaign: str, today: date) -> Allocation | None:
        """Give the allocation of the last day on which money stood, up to a week back."""
        days = (today - timedelta(days=back) for back in range(1, _FURTHEST_BACK + 1))
        found = (self._budgets.allocation(brand, campaign, day) for day in days)
        return next((one for one in found if one and any(one.amounts.values())), None)

    def _posts(self, brand: str, period: Period) -> Iterator[tuple[Delivery, Content]]:
        zone = ZoneInfo(period.timezone)
        for delivery in self._deliveries.of_brand(brand):
            if period.first <= delivery.due_at.astimezone(zone).date() <= period.last:
                yield delivery, self._deliveries.content(brand, delivery.post, delivery.content)

    # ---------------------------------------------------------------- keeping
    def _keep(self, report: Report, now: datetime) -> Written:
        run = f"{now:%Y%m%dT%H%M%SZ}"
        folder = f"reports/brand={report.brand.id}/period=month/dt={report.period.first:%Y-%m}/run={run}"
        table, rows = sheet(report)
        files = {
            "report.json": (_json(report.model_dump(mode="json", by_alias=True)), JSON),
            "report.html": (page(report), HTML),
            "report.csv": (table, CSV),
        }
        for name, (body, content_type) in files.items():
            self._files.write(f"{folder}/{name}", body, content_type)
        # The manifest says that the files above are whole, the pointer that the manifest is.
        manifest = _json(_manifest(report, {name: body for name, (body, _) in files.items()}, rows))
        self._files.write(f"{folder}/manifest.json", manifest, JSON)
        pointer = _json({"run": run, "folder": folder, "manifest": f"{folder}/manifest.json"})
        latest = self._files.point(f"reports/brand={report.brand.id}/latest.json", run, pointer)
        return Written(folder=folder, manifest=f"{folder}/manifest.json", latest=latest)


def campaigns_of(plan: Plan, period: Period, now: datetime) -> list[Campaign]:
    """Give the campaigns that overlap the period: running ones first, then those to come, larger first."""
    today = now.astimezone(ZoneInfo(period.timezone)).date()

    def order(campaign: Campaign) -> tuple[int, int, str]:
        first, last = campaign.flight
        return (2 if last < today else 1 if first > today else 0), -campaign.budget, campaign.id

    overlapping = (
        one for one in plan.campaigns if one.flight[0] <= period.last and one.flight[1] >= period.first
    )
    return sorted(overlapping, key=order)


def _manifest(report: Report, bodies: Mapping[str, bytes], rows: int) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "generated_at": report.generated_at.isoformat(),
        "plan": {"key": report.plan.key, "digest": report.plan.digest, "version": report.plan.version},
        "period": report.period.model_dump(mode="json"),
        "currency": report.brand.currency,
        "rows": {"campaigns": len(report.campaigns), "posts": len(report.posts), "report.csv": rows},
        "files": {
            name: {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in bodies.items()
        },
        "complete": True,
    }


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
