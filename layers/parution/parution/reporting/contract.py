"""The report's contract: report.json is this, the page and the sheet are views of it."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from parution.buying.campaigns import Because
from parution.money import Currency
from parution.records import Instant, Record

SCHEMA = "parution.report/1"


class Figure(Record):
    """A number and what it is worth: its unit, where it comes from, when it was read, whether it may move.

    ``unit`` is ``minor`` for money (integers in the currency's minor unit), ``ratio`` (1 is the whole),
    ``seconds``, ``per_minor`` (results brought by one minor unit), ``results`` (expected of one day),
    ``count``, or the objective's own. A ``value`` that nobody gave is None, never 0. ``source`` is ``plan``,
    ``ledger``, ``platform``, ``network``, ``posts``, ``allocation``, ``estimate`` (the cost model's), or
    ``derived`` from other figures of this report. ``…_low`` and ``…_high`` are the bounds between which it
    lies with 80 %: P10 and P90.
    """

    value: int | float | None
    unit: str
    currency: Currency | None = None
    source: str
    read_at: Instant | None = None
    revisable: bool = False


def money(value: int | None, currency: str, source: str, **facts: Any) -> Figure:
    """Make an amount in minor units."""
    return Figure(value=value, unit="minor", currency=currency, source=source, **facts)


def derived(value: float | None, unit: str, **facts: Any) -> Figure:
    """Make a figure computed from other figures of the report."""
    return Figure(value=value, unit=unit, source="derived", **facts)


class BrandFacts(Record):
    id: str
    name: str
    locale: str
    timezone: str
    currency: Currency


class Period(Record):
    kind: Literal["month"] = "month"
    first: date
    last: date
    timezone: str


class PlanFacts(Record):
    key: str
    digest: str
    version: int
    imported_at: Instant


class DayFigures(Record):
    """One day of a campaign; the totals count from the flight's first day.

    ``ahead`` is what will be spent in all by the end of this day, of the days that are not over.
    """

    day: date
    planned: Figure
    spent: Figure
    planned_total: Figure
    spent_total: Figure
    results: Figure | None = None
    ahead: Figure | None = None
    ahead_low: Figure | None = None
    ahead_high: Figure | None = None


class Pause(Record):
    """A span in which a campaign's money was stopped; with no end it still is."""

    first: Instant
    last: Instant | None
    scope: str
    reason: str


class BudgetChange(Record):
    """Another budget than the report before this one knew, first seen at ``at``."""

    at: Instant
    before: Figure
    after: Figure


class LineFigures(Record):
    """One line over the whole flight; a line that has left the plan keeps what it spent."""

    id: str
    network: str | None
    format: str | None
    spent: Figure
    impressions: Figure
    clicks: Figure
    results: Figure
    cost_per_result: Figure
    days_without_figures: tuple[date, ...] = ()
    allocated: Figure | None = None  # what its platform was told, all days so far
    variance: Figure | None = None  # spent less allocated
    reach: Figure | None = None
    frequency: Figure | None = None
    click_rate: Figure | None = None  # clicks per impression
    cost_per_click: Figure | None = None
    cost_per_thousand: Figure | None = None  # impressions
    next_result: Figure | None = None  # what one more result would cost at today's amount


class CurvePoint(Record):
    """What a day at a spend is expected to bring."""

    spend: int
    results: float
    low: float | None = None
    high: float | None = None


class Held(Record):
    """A rule's limit on a line or on a group of lines, and what moving it by one minor unit would bring.

    ``rule`` is as the plan names it, or the constraint where none does. One that ``yielded`` gave way to a
    stronger rule.
    """

    group: str | None = None
    rule: str
    constraint: str
    limit: Figure
    price: Figure
    yielded: bool = False
    pointer: str = ""  # to the plan's field
    reason: str = ""  # in English
    because: Because | None = None  # the same, for the catalogues


class Known(Record):
    """What is known of a line's curve. Between ``low`` and ``high`` it is with 80 %.

    Not ``enough``: this is more what is known of such lines than what its own days say. ``cost`` is that of
    a result at the spend of ``at`` a day; by ``half`` a day the line brings half of what it can bring.
    """

    days: Figure
    results: Figure
    enough: bool
    at: Figure
    cost_low: Figure
    cost_high: Figure
    half: Figure
    changed_on: date | None = None
    changed_times: Figure | None = None
    changed_sure: Figure | None = None


class Share(Record):
    """What a line gets of a day's money, and what its last and its next minor unit bring.

    ``results`` is what the day is expected to bring, ``gain`` what it brings more than at ``before``, the
    amount of the day before; with 80 % they are from low to high, by what was known when it was decided.
    """

    line: str
    amount: Figure
    last: Figure
    next: Figure
    limit: str | None  # the constraint that binds it, as the allocator names it
    limit_price: Figure
    learned: str | None = None  # what is known of its curve, and how sure that is, in English
    before: Figure | None = None
    results: Figure | None = None
    results_low: Figure | None = None
    results_high: Figure | None = None
    gain: Figure | None = None
    gain_low: Figure | None = None
    gain_high: Figure | None = None
    held: tuple[Held, ...] = ()
    known: Known | None = None
    best: Figure | None = None  # what the best split gives it, where other amounts stand
    curve: tuple[CurvePoint, ...] = ()


class Cent(Record):
    """One minor unit of one line, and what it brings."""

    line: str
    gain: Figure


class RuleCost(Record):
    """What a rule keeps away on the day, were it alone left out; ``money`` is what that would cost today."""

    rule: str
    lines: tuple[str, ...]
    pointers: tuple[str, ...]
    results: Figure
    money: Figure


class Proposal(Record):
    """What a line would get with a person's yes."""

    line: str
    amount: Figure
    gain: Figure


class WhatIf(Record):
    """What the day's split would bring with so many times the money, under the same rules."""

    times: float
    budget: Figure
    results: Figure


class AllocationFigures(Record):
    """One day's split: ``next_cent`` is the best one not spent, ``last_cent`` the worst one spent.

    ``certified`` says that the first brings no more than the second, so that no exchange helps. ``proof``
    says why these amounts are the best ones: by ``cents``, by the ``bound`` that no amounts pass, as every
    line is at its ``limits``; or that they are not: ``open`` (out of time), ``kept`` (a change would bring
    no more than ``forgone``), ``lowered`` within the day. ``gain`` is against the day before, ``moved``
    against the same money in that day's proportions.
    """

    day: date
    at: Instant
    version: int
    status: str
    budget: Figure
    spent: Figure
    shadow_price: Figure
    gap: Figure
    leftover: Figure
    leftover_because: str | None
    next_cent: Cent | None
    last_cent: Cent | None
    certified: bool | None
    shares: tuple[Share, ...]
    proof: Literal["cents", "bound", "limits", "open", "kept", "lowered"] | None = None
    limited_by: str | None = None  # what set the day's amount
    limited_at: str = ""
    before_day: date | None = None
    before: Figure | None = None
    results: Figure | None = None
    gain: Figure | None = None
    moved: Figure | None = None
    upper_bound: Figure | None = None
    forgone: Figure | None = None
    lowered_because: str = ""  # in English
    lowered: tuple[Because, ...] = ()  # the same, for the catalogues
    approved_by: str | None = None  # who said yes to these amounts
    approved_at: Instant | None = None
    held_groups: tuple[Held, ...] = ()
    costs: tuple[RuleCost, ...] = ()
    proposed: tuple[Proposal, ...] = ()
    what_if: tuple[WhatIf, ...] = ()


class ObjectiveFigures(Record):
    id: str
    kpi: str
    unit: str
    period: str
    target: Figure


class ObjectiveProgress(Record):
    """An objective of the period beside what is known of it; ``to_date`` is the target's share by now.

    ``actual`` and ``forecast`` add up the campaigns that serve it. ``missing`` names why there is no figure.
    """

    id: str
    kpi: str
    unit: str
    period: str
    target: Figure
    to_date: Figure
    actual: Figure
    forecast: Figure
    forecast_low: Figure
    forecast_high: Figure
    campaigns: tuple[str, ...]
    missing: Literal["no_campaign", "not_read"] | None = None


class CampaignFigures(Record):
    """One campaign, its flight shown whole. ``planned`` is what the plan wanted spent by now."""

    id: str
    state: Literal["ahead", "running", "over"]
    first: date
    last: date
    currency: Currency
    objective: ObjectiveFigures | None
    elapsed: Figure  # days of the flight that are over, with the part of the present one
    days_left: Figure
    budget: Figure
    spent: Figure
    reserved: Figure
    planned: Figure
    pace: Figure
    daily: Figure  # mean of the last full days with figures, seven at most
    needed_daily: Figure  # what would spend the rest by the last day
    projected: Figure
    exhausted_on: date | None
    results: Figure
    clicks: Figure
    impressions: Figure
    cost_per_result: Figure
    target_cost: Figure
    projected_results: Figure
    recent_cost: Figure
    days: tuple[DayFigures, ...]
    lines: tuple[LineFigures, ...]
    allocation: AllocationFigures | None
    projected_low: Figure | None = None
    projected_high: Figure | None = None
    projected_results_low: Figure | None = None
    projected_results_high: Figure | None = None
    pauses: tuple[Pause, ...] = ()
    budget_changes: tuple[BudgetChange, ...] = ()


class Total(Record):
    """All campaigns of one currency; amounts of two currencies are never added."""

    currency: Currency
    campaigns: int
    budget: Figure
    spent: Figure
    planned: Figure
    projected: Figure
    projected_low: Figure
    projected_high: Figure


class PostRow(Record):
    """One delivery of the period."""

    post: str
    channel: str
    network: str
    text: str  # the beginning of it
    state: str
    on_time: bool | None  # None while it is not yet due, or when it was called off
    due_at: Instant
    published_at: Instant | None
    late: Figure
    url: str | None
    reason: str | None
    likes: Figure
    shares: Figure
    replies: Figure
    reactions: Figure | None = None  # of those three, what the network gives
    views: Figure | None = None  # how often it was shown or played, as the network counts it
    tags: tuple[str, ...] = ()
    part: int = 0  # of a thread; the network's figures are those of the first part


class PostsSummary(Record):
    """``expected`` were due by now and not called off; the median and the worst are of those published."""

    planned: Figure
    expected: Figure
    published: Figure
    on_time: Figure
    not_out: Figure
    median_late: Figure
    worst_late: Figure
    late_95: Figure | None = None
    late_99: Figure | None = None
    waiting: Figure | None = None  # for a yes
    held: Figure | None = None


class Ranked(Record):
    """A post beside the others of its channel: its reactions, and how many times the usual ones they are."""

    post: str
    channel: str
    reactions: Figure
    reactions_low: Figure
    reactions_high: Figure
    times: Figure


class Ranking(Record):
    """The best and the weakest of the posts that are old enough to be compared, by ``kpi``."""

    kpi: Literal["reactions"]
    judged: Figure
    least_age: Figure
    top: tuple[Ranked, ...]
    flop: tuple[Ranked, ...]


class Hour(Record):
    """Posts of one weekday (0 is Monday) and hour on the brand's clock."""

    weekday: int
    hour: int
    posts: Figure
    reactions: Figure  # per post


class Rhythm(Record):
    """How steadily a channel appears: ``regularity`` is 1 less the variation of the gaps, at least 0."""

    channel: str
    network: str
    posts: Figure
    regularity: Figure
    longest_gap: Figure


class Timing(Record):
    hours: tuple[Hour, ...]
    rhythms: tuple[Rhythm, ...]


class DayOfBoth(Record):
    """What both halves brought of one day: reactions to the posts of that day, and clicks on ads."""

    day: date
    organic: Figure
    paid: Figure


class NetworkOfBoth(Record):
    """A network's organic and paid figures side by side; they count different things and are not added."""

    network: str
    posts: Figure
    views: Figure | None = None  # of the posts; networks count them differently
    reactions: Figure
    reactions_per_post: Figure
    reach: Figure
    impressions: Figure
    clicks: Figure
    click_rate: Figure
    spent: tuple[Figure, ...]  # one for each currency


class Both(Record):
    days: tuple[DayOfBoth, ...]
    networks: tuple[NetworkOfBoth, ...]


class Community(Record):
    """Comments and their answers; ``missing`` names what no part of the system reads."""

    received: Figure
    answered: Figure
    first_response_median: Figure
    first_response_90: Figure
    open_too_long: Figure
    missing: tuple[str, ...] = ()


class Alert(Record):
    """Something that somebody had to know or decided; the catalogues phrase it by its code.

    A stop lasts until ``until``; with none it still stands. ``at_latest``: it began then or before.
    """

    code: str
    at: Instant
    until: Instant | None = None
    at_latest: bool = False
    by: str = ""
    lifted_by: str = ""
    campaign: str | None = None
    scope: str = ""
    reason: str = ""
    values: dict[str, str | int | float] = {}


class Compared(Record):
    """The report before this one, with which figures are compared."""

    folder: str
    at: Instant


class Restated(Record):
    """A figure of a day that was over when the report before told it, and is another one now."""

    campaign: str
    day: date
    figure: Literal["spent", "results"]
    before: Figure
    after: Figure


class Fee(Record):
    """What a network asks for the posts of the period."""

    network: str
    posts: Figure
    amount: Figure


class SystemCost(Record):
    """What the system itself costs in the period, estimated from what was counted, up to now, at list price.

    ``brand`` is this brand's own work; ``stack`` is what a stack costs that publishes nothing, which all of
    its brands share. Network fees are apart. Amounts are in US cents, rounded up.
    """

    brand: Figure
    stack: Figure
    fees: tuple[Fee, ...]
    counted: dict[str, Figure]


class Note(Record):
    """Something to know about the figures; the catalogues phrase it by its code."""

    code: str
    values: dict[str, str | int] = {}


class Verdict(Record):
    situation: str
    tone: Literal["good", "watch", "act", "none"]
    campaign: str | None
    action: str
    effect: Figure
    language: str
    text: str
    totals: str = ""  # of all campaigns, where there are several


class Report(Record):
    schema_: str = Field(alias="schema")
    generated_at: Instant
    brand: BrandFacts
    period: Period
    plan: PlanFacts
    verdict: Verdict
    campaigns: tuple[CampaignFigures, ...]
    posts: tuple[PostRow, ...]
    posts_summary: PostsSummary
    notes: tuple[Note, ...]
    terms: tuple[str, ...]
    totals: tuple[Total, ...] = ()
    objectives: tuple[ObjectiveProgress, ...] = ()
    both: Both | None = None
    ranking: Ranking | None = None
    timing: Timing | None = None
    community: Community | None = None
    alerts: tuple[Alert, ...] = ()
    compared: Compared | None = None
    restated: tuple[Restated, ...] = ()
    cost: SystemCost | None = None
