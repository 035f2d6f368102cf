"""The report as a record: its sections put together, with what a reader must know about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parution.measuring.insights import PostInsight
from parution.measuring.schedule import READ_UNTIL
from parution.plan.model import Brand
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State
from parution.records import Record
from parution.reporting.alerts import alerts
from parution.reporting.campaigns import CampaignInputs, campaign_figures
from parution.reporting.contract import (
    SCHEMA,
    BrandFacts,
    CampaignFigures,
    Compared,
    Figure,
    Note,
    Period,
    PlanFacts,
    PostRow,
    PostsSummary,
    Report,
)
from parution.reporting.objectives import progress, totals
from parution.reporting.organic import both, community, ranking
from parution.reporting.posts import ON_TIME, post_rows, summary
from parution.reporting.restated import restated
from parution.reporting.stops import Stop
from parution.reporting.timing import timing
from parution.reporting.upkeep import upkeep
from parution.reporting.verdict import NONE_YET, verdict
from parution.reporting.words import Words, printable


class ReportInputs(Record):
    """All that was read for one report."""

    row: BrandRow
    now: datetime
    campaigns: tuple[CampaignInputs, ...]
    deliveries: tuple[tuple[Delivery, Content], ...]  # of the period
    post_insights: tuple[PostInsight, ...]
    stops: tuple[Stop, ...] = ()
    compared: Compared | None = None
    before: Report | None = None  # the one that it is compared with


def month_of(now: datetime, timezone: str) -> Period:
    """Give the brand's local month in which ``now`` falls."""
    first = now.astimezone(ZoneInfo(timezone)).date().replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period(first=first, last=last, timezone=timezone)


def report_of(inputs: ReportInputs) -> Report:
    """Build the report; the same inputs give the same record."""
    brand, now = inputs.row.plan.brand, inputs.now
    period, zone = month_of(now, brand.timezone), ZoneInfo(brand.timezone)
    campaigns = tuple(campaign_figures(one, zone, now) for one in inputs.campaigns)
    posts = post_rows(inputs.deliveries, inputs.post_insights, now)
    counted, deliveries = summary(posts, now), [delivery for delivery, _ in inputs.deliveries]
    days, over = (period.last - period.first).days + 1, now.astimezone(zone).day - 1
    report = Report(
        schema=SCHEMA,
        generated_at=now,
        brand=_brand_facts(brand),
        period=period,
        plan=PlanFacts(**inputs.row.model_dump(include=set(PlanFacts.model_fields))),
        verdict=NONE_YET,
        campaigns=campaigns,
        posts=posts,
        posts_summary=counted,
        notes=tuple(_notes(inputs, campaigns, posts)),
        terms=_terms(campaigns, posts, counted),
        totals=tuple(totals(campaigns)),
        objectives=tuple(
            progress(inputs.row.plan.objectives, campaigns, f"{period.first:%Y-%m}", over / days)
        ),
        both=both(posts, [(one.campaign, one.insights) for one in inputs.campaigns], period, now),
        ranking=ranking(posts, now),
        timing=timing(posts, zone),
        community=community(posts),
        alerts=alerts(
            inputs.stops,
            deliveries,
            [allocation for one in inputs.campaigns for allocation in one.allocations],
            period,
            now,
        ),
        compared=inputs.compared,
        restated=restated(inputs.before, campaigns, zone),
        cost=upkeep(
            inputs.row.plan,
            inputs.deliveries,
            [day for one in inputs.campaigns for day in one.line_days],
            period,
            now,
        ),
    )
    words = Words(brand.locale, brand.timezone)
    return report.model_copy(update={"verdict": verdict(report, words)})


def _brand_facts(brand: Brand) -> BrandFacts:
    facts = brand.model_dump(include=set(BrandFacts.model_fields))
    return BrandFacts.model_validate({**facts, "name": printable(brand.name)})


def _notes(
    inputs: ReportInputs, campaigns: Sequence[CampaignFigures], posts: Sequence[PostRow]
) -> Iterable[Note]:
    yield Note(code="clock", values={"zone": inputs.row.plan.brand.timezone})
    for given in inputs.campaigns:
        yield from _ledger_notes(given)
    for campaign in campaigns:
        yield from _campaign_notes(campaign)
    if any(campaign.results.value is not None for campaign in campaigns):
        yield Note(code="claimed")
    if any(day.spent.revisable for campaign in campaigns for day in campaign.days):
        yield Note(code="revisable", values={"n": READ_UNTIL.days})
    if any(post.state == State.SKIPPED for post in posts):
        yield Note(code="skipped", values={"n": sum(post.state == State.SKIPPED for post in posts)})
    if posts:
        yield Note(code="on_time", values={"n": int(ON_TIME.total_seconds())})
    if any(campaign.currency != inputs.row.plan.brand.currency for campaign in campaigns):
        yield Note(code="currencies")


def _campaign_notes(campaign: CampaignFigures) -> Iterable[Note]:
    if campaign.spent.read_at:
        read_at = campaign.spent.read_at.isoformat()
        yield Note(code="read_at", values={"campaign": campaign.id, "read_at": read_at})
    elif campaign.state != "ahead":
        yield Note(code="nothing_read", values={"campaign": campaign.id})
    for line in campaign.lines:
        if line.days_without_figures:
            values: dict[str, str | int] = {"campaign": campaign.id, "line": line.id}
            yield Note(code="days_missing", values={**values, "n": len(line.days_without_figures)})


def _ledger_notes(inputs: CampaignInputs) -> Iterable[Note]:
    """Say where the ledger and what was read differ: such money is not lost, it is not booked yet."""
    campaign = inputs.campaign
    booked = {(row.line, row.day): row.spent for row in inputs.line_days}
    claimed = sum(row.spend - booked.get((row.line, row.day), 0) for row in inputs.insights)
    values: dict[str, str | int] = {"campaign": campaign.id, "currency": campaign.currency}
    if claimed:
        yield Note(code="not_booked", values={**values, "amount": claimed})
    apart = (inputs.account.spent if inputs.account else 0) - sum(booked.values())
    if apart:
        yield Note(code="ledger_apart", values={**values, "amount": apart})


def _terms(
    campaigns: Sequence[CampaignFigures], posts: Sequence[PostRow], counted: PostsSummary
) -> tuple[str, ...]:
    used = {
        "spent": bool(campaigns),
        "pace": any(campaign.state == "running" for campaign in campaigns),
        "projected": any(campaign.projected.value is not None for campaign in campaigns),
        "chances": any(_is_sure(campaign) for campaign in campaigns),
        "result": any(campaign.results.value is not None for campaign in campaigns),
        "cost_per_result": any(campaign.cost_per_result.value is not None for campaign in campaigns),
        "line": bool(campaigns),
        "marginal": any(campaign.allocation for campaign in campaigns),
        "on_time": bool(counted.expected.value),
        "revisable": any(campaign.spent.revisable for campaign in campaigns),
        "next_result": any(_has(line.next_result) for one in campaigns for line in one.lines),
        "click_rate": any(_has(line.click_rate) for one in campaigns for line in one.lines),
        "reaction": any(_has(post.reactions) for post in posts),
        "view": any(_has(post.views) for post in posts),
        "regularity": bool(counted.published.value),
    }
    return tuple(term for term, is_used in used.items() if is_used)


def _is_sure(campaign: CampaignFigures) -> bool:
    return campaign.state == "running" and _has(campaign.projected_low)


def _has(figure: Figure | None) -> bool:
    return figure is not None and figure.value is not None
