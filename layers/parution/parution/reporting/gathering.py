"""What is read for a report: all that is known of a brand's month, and the report before this one."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from parution.buying.campaigns import Allocation
from parution.buying.ports import Budgets
from parution.guarding.holds import Holds
from parution.measuring.ports import Insights
from parution.plan.model import Campaign, Plan
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery
from parution.publishing.history import History
from parution.publishing.ports import Deliveries
from parution.reporting.campaigns import CampaignInputs
from parution.reporting.contract import Compared, Period, Report
from parution.reporting.figures import ReportInputs, month_of
from parution.reporting.ports import ReportFiles
from parution.reporting.stops import Stop, may_have_been_held, pauses_of, stops_of

# With an amount older than this nobody compares today's.
_FURTHEST_BACK = 7


def home_of(brand: str) -> str:
    """Give the folder of a brand's reports."""
    return f"reports/brand={brand}"


def run_of(now: datetime) -> str:
    """Name a run by its instant; later ones sort after earlier ones."""
    return f"{now:%Y%m%dT%H%M%SZ}"


def folder_of(brand: str, period: Period, now: datetime) -> str:
    """Give the folder of one run's files."""
    return f"{home_of(brand)}/period=month/dt={period.first:%Y-%m}/run={run_of(now)}"


class Readings:
    """What one run reads, each thing once: report and lake tell of the same moment."""

    def __init__(self, brand: str, deliveries: Deliveries, insights: Insights, budgets: Budgets) -> None:
        self.deliveries = tuple(deliveries.of_brand(brand))
        self.post_insights = tuple(insights.newest_posts(brand))
        self.line_days = cache(lambda campaign: tuple(budgets.line_days(brand, campaign)))
        self.line_insights = cache(lambda campaign: tuple(insights.newest_lines(brand, campaign)))
        self.allocations = cache(lambda campaign: tuple(budgets.allocations(brand, campaign)))


class Gathering:
    """Reads a brand's month from the tables, and what was told of it before."""

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        insights: Insights,
        budgets: Budgets,
        files: ReportFiles,
        holds: Holds,
        history: History,
    ) -> None:
        self._deliveries, self._insights, self._budgets = deliveries, insights, budgets
        self._files, self._holds, self._history = files, holds, history

    def readings(self, brand: str) -> Readings:
        """Begin to read for one run."""
        return Readings(brand, self._deliveries, self._insights, self._budgets)

    def inputs(self, row: BrandRow, readings: Readings, now: datetime) -> ReportInputs:
        """Read everything for the report of the brand's month in which ``now`` falls."""
        brand = row.plan.brand
        period = month_of(now, brand.timezone)
        posts = tuple(self._posts(readings, period))
        stops = self._stops(brand.id, [delivery for delivery, _ in posts])
        compared = self._compared(brand.id, period, now)
        before = self._report(compared) if compared else None
        return ReportInputs(
            row=row,
            now=now,
            campaigns=tuple(
                self._campaign(row, campaign, readings, stops, before=before, now=now)
                for campaign in campaigns_of(row.plan, period, now)
            ),
            deliveries=posts,
            post_insights=readings.post_insights,
            stops=stops,
            compared=compared if before else None,
            before=before,
        )

    def _campaign(
        self,
        row: BrandRow,
        campaign: Campaign,
        readings: Readings,
        stops: Sequence[Stop],
        *,
        before: Report | None,
        now: datetime,
    ) -> CampaignInputs:
        plan, brand = row.plan, row.plan.brand
        today = now.astimezone(ZoneInfo(brand.timezone)).date()
        objectives = {objective.id: objective for objective in plan.objectives}
        allocations = readings.allocations(campaign.id)
        told = before.campaigns if before else ()
        return CampaignInputs(
            campaign=campaign,
            objective=objectives.get(campaign.objective or ""),
            account=self._budgets.account(brand.id, campaign.id),
            line_days=readings.line_days(campaign.id),
            insights=readings.line_insights(campaign.id),
            allocation=next((one for one in allocations if one.day == today), None),
            previous=_previous(allocations, today),
            post_days=frozenset(row.boosted_days.get(campaign.id, ())),
            pauses=pauses_of(campaign, brand.id, stops, allocations, now),
            allocations=allocations,
            last_told=next((one for one in told if one.id == campaign.id), None),
        )

    def _posts(self, readings: Readings, period: Period) -> Iterator[tuple[Delivery, Content]]:
        zone = ZoneInfo(period.timezone)
        for each in readings.deliveries:
            if period.first <= each.due_at.astimezone(zone).date() <= period.last:
                yield each, self._deliveries.content(each.brand, each.post, each.content)

    def _stops(self, brand: str, deliveries: Sequence[Delivery]) -> tuple[Stop, ...]:
        # A history is a query of its own: only what a release moved has one worth reading.
        moved = [row.id for row in deliveries if may_have_been_held(row)]
        histories = {name: self._history.of(name) for name in moved}
        return stops_of(brand, self._holds.standing().holds, deliveries, histories)

    # ---------------------------------------------------------------- the report before
    def _compared(self, brand: str, period: Period, now: datetime) -> Compared | None:
        """Give the newest earlier run; of a run that is written again, the one that it was compared with."""
        own = self._report_in(folder_of(brand, period, now))
        if own:
            return own.compared
        pointer = self._files.read(f"{home_of(brand)}/latest.json")
        latest = json.loads(pointer) if pointer else None
        if latest is None or latest["run"] >= run_of(now):
            return None
        found = self._report_in(latest["folder"])
        return Compared(folder=latest["folder"], at=found.generated_at) if found else None

    def _report(self, compared: Compared) -> Report | None:
        return self._report_in(compared.folder)

    def _report_in(self, folder: str) -> Report | None:
        body = self._files.read(f"{folder}/report.json")
        try:
            return Report.model_validate_json(body) if body else None
        except ValidationError:  # of a version that wrote other fields: nothing is compared with it
            return None


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


def _previous(allocations: Sequence[Allocation], today: date) -> Allocation | None:
    """Give the allocation of the last day on which money stood, up to a week back."""
    since = today - timedelta(days=_FURTHEST_BACK)
    found = (one for one in reversed(allocations) if since <= one.day < today and any(one.amounts.values()))
    return next(found, None)
