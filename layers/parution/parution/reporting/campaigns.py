"""A campaign in figures: what was spent against the plan, what it brought, where its pace leads.

Money spent is the ledger's alone, so that lines, days and the account add up to the cent; results are
what the ad platforms claim. What nobody has given is None.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import fsum
from typing import Literal
from zoneinfo import ZoneInfo

from parution.buying.campaigns import Account, Allocation, LineDay
from parution.buying.curves import LARGEST_MONEY
from parution.buying.pacing import Flight, flight_of
from parution.measuring.insights import LineInsight
from parution.measuring.schedule import READ_UNTIL
from parution.plan.model import Campaign, Objective
from parution.records import Record
from parution.reporting.allocations import allocation_figures, next_results
from parution.reporting.contract import (
    BudgetChange,
    CampaignFigures,
    DayFigures,
    Figure,
    LineFigures,
    ObjectiveFigures,
    Pause,
    derived,
    money,
)
from parution.reporting.forecast import LEAST_DAYS, Between, Forecast, RecentDay
from parution.reporting.pace import elapsed, planned_by, planned_on, planned_to
from parution.reporting.words import printable

# The present pace is that of the last full days with figures: a week, so that each weekday counts once.
RECENT_DAYS = 7


class CampaignInputs(Record):
    """All that was read about one campaign."""

    campaign: Campaign
    objective: Objective | None
    account: Account | None
    line_days: tuple[LineDay, ...]
    insights: tuple[LineInsight, ...]
    allocation: Allocation | None
    previous: Allocation | None = None  # of the last day before, on which any money stood
    post_days: frozenset[date] = frozenset()
    pauses: tuple[Pause, ...] = ()
    allocations: tuple[Allocation, ...] = ()  # the newest of each day
    last_told: CampaignFigures | None = None  # in the report before this one


def campaign_figures(inputs: CampaignInputs, zone: ZoneInfo, now: datetime) -> CampaignFigures:
    """Build the figures of one campaign as they stand at ``now``."""
    campaign, grid = inputs.campaign, _Grid(inputs, zone, now)
    flight, objective = flight_of(campaign, inputs.post_days), _objective(inputs.objective)
    over, spent = elapsed(flight, zone, now), grid.spent()
    planned = planned_by(flight, over)
    pace = _Pace.of(flight, grid, spent, planned, over)
    results = grid.results(grid.read)
    recent_cost = _cost(*grid.recent_money_and_results()) or _cost(spent, results)
    split = allocation_figures(inputs.allocation, inputs.previous) if inputs.allocation else None
    ahead = _results_ahead(pace.forecast, results, recent_cost)
    target_cost = Fraction(campaign.budget) / Fraction(inputs.objective.target) if inputs.objective else None
    return CampaignFigures(
        id=campaign.id,
        state=grid.state,
        first=campaign.flight[0],
        last=campaign.flight[1],
        currency=campaign.currency,
        objective=objective,
        elapsed=derived(float(over), "days", read_at=now),
        days_left=derived(float(flight.days - over), "days", read_at=now),
        budget=money(campaign.budget, campaign.currency, "plan"),
        spent=grid.from_ledger(spent),
        reserved=grid.from_ledger(inputs.account.reserved if inputs.account else None),
        planned=money(planned, campaign.currency, "plan", read_at=now),
        pace=derived(spent / planned if spent is not None and planned else None, "ratio"),
        daily=grid.derived_money(pace.daily),
        needed_daily=grid.derived_money(pace.needed_daily),
        projected=grid.derived_money(pace.projected),
        exhausted_on=pace.exhausted_on,
        results=grid.claimed(results, objective.unit if objective else "count", grid.read),
        clicks=grid.claimed(_added(read.clicks for read in inputs.insights), "count", grid.read),
        impressions=grid.claimed(_added(read.impressions for read in inputs.insights), "count", grid.read),
        cost_per_result=grid.derived_money(_cost(spent, results)),
        target_cost=grid.derived_money(round(target_cost) if target_cost else None),
        projected_results=grid.derived_results(
            _projected_results(results, spent, pace.projected, recent_cost)
        ),
        recent_cost=grid.derived_money(recent_cost),
        days=_days(campaign, flight, grid, pace.forecast),
        lines=_lines(campaign, grid, objective, next_results(split) if split else {}),
        allocation=split,
        projected_low=grid.derived_money(round(pace.between.low) if pace.between else None),
        projected_high=grid.derived_money(round(pace.between.high) if pace.between else None),
        projected_results_low=grid.derived_results(ahead.low if ahead else None),
        projected_results_high=grid.derived_results(ahead.high if ahead else None),
        pauses=inputs.pauses,
        budget_changes=tuple(_budget_changes(campaign, inputs.last_told, now)),
    )


class _Grid:
    """Lines by days: the ledger's spend and the platform's newest word on each."""

    def __init__(self, inputs: CampaignInputs, zone: ZoneInfo, now: datetime) -> None:
        self._inputs, self._zone, self._now = inputs, zone, now
        self.today = now.astimezone(zone).date()
        self.ledger = {(row.line, row.day): row for row in inputs.line_days}
        self.read = {(row.line, row.day): row for row in inputs.insights}
        # A row of the ledger alone says nothing of what was spent: it may only hold a reservation.
        self.known = set(self.read) | {key for key, row in self.ledger.items() if row.spent or row.closed}

    @property
    def currency(self) -> str:
        return self._inputs.campaign.currency

    @property
    def state(self) -> Literal["ahead", "running", "over"]:
        first, last = self._inputs.campaign.flight
        return "ahead" if self.today < first else "over" if self.today > last else "running"

    def spent(self) -> int | None:
        """Give the account's spend: 0 before the flight, unknown while nothing was read."""
        account = self._inputs.account
        if self.known and account:
            return account.spent
        return 0 if self.state == "ahead" else None

    def spent_on(self, keys: Iterable[tuple[str, date]]) -> int | None:
        known = [key for key in keys if key in self.known]
        return sum(self.ledger[key].spent for key in known if key in self.ledger) if known else None

    def results(self, keys: Iterable[tuple[str, date]]) -> float | None:
        return _added(self.read[key].results for key in keys if key in self.read)

    def recent_days(self) -> list[date]:
        """Give the last full days with figures: the present one is not over, so it would look slow."""
        first = self._inputs.campaign.flight[0]
        return sorted({day for _, day in self.known if first <= day < self.today})[-RECENT_DAYS:]

    def recent(self, flight: Flight) -> list[RecentDay]:
        """Give the last full days with figures, as a forecast looks at them."""
        keys = {day: [key for key in self.known if key[1] == day] for day in self.recent_days()}
        return [
            RecentDay(planned_on(flight, day), self.spent_on(found) or 0, self.results(found))
            for day, found in keys.items()
        ]

    def recent_money_and_results(self) -> tuple[int | None, float | None]:
        days = set(self.recent_days())
        keys = [key for key in self.known if key[1] in days]
        return self.spent_on(keys), self.results(keys)

    def without_figures(self, line: str) -> tuple[date, ...]:
        return tuple(
            day
            for (name, day), row in sorted(self.ledger.items())
            if name == line and row.told and day < self.today and (line, day) not in self.known
        )

    def from_ledger(self, value: int | None, keys: Iterable[tuple[str, date]] | None = None) -> Figure:
        keys = list(self.known if keys is None else keys)
        open_keys = [key for key in keys if key in self.known and not self._closed(key)]
        return money(
            value,
            self._inputs.campaign.currency,
            "ledger",
            read_at=self._read_at(keys),
            revisable=bool(open_keys),
        )

    def claimed(self, value: float | None, unit: str, keys: Iterable[tuple[str, date]]) -> Figure:
        keys = [key for key in keys if key in self.read]
        young = any((self.today - day) < READ_UNTIL for _, day in keys)
        whole = int(value) if value is not None and float(value).is_integer() else value
        return Figure(value=whole, unit=unit, source="platform", read_at=self._read_at(keys), revisable=young)

    def derived_money(self, value: int | None) -> Figure:
        return money(value, self._inputs.campaign.currency, "derived")

    def derived_results(self, value: float | None) -> Figure:
        objective = self._inputs.objective
        return derived(value, printable(objective.unit) if objective else "count")

    def allocated(self, keys: Iterable[tuple[str, date]]) -> int | None:
        """Give what the platforms were told for these days, as it was read back."""
        told = [self.ledger[key].known for key in keys if key in self.ledger]
        return sum(told) if told else None

    def _closed(self, key: tuple[str, date]) -> bool:
        return key in self.ledger and self.ledger[key].closed

    def _read_at(self, keys: Iterable[tuple[str, date]]) -> datetime | None:
        return max((self.read[key].read_at for key in keys if key in self.read), default=None)


class _Pace(Record):
    daily: int | None = None
    needed_daily: int | None = None
    projected: int | None = None
    exhausted_on: date | None = None
    forecast: Forecast | None = None  # while there is a pace, and days to follow it to
    between: Between | None = None  # what is spent by the end; None while too few days tell how sure it is

    @classmethod
    def of(cls, flight: Flight, grid: _Grid, spent: int | None, planned: int, over: Fraction) -> "_Pace":
        """Follow the plan's own line on, steeper or flatter by as much as the last days were."""
        if spent is None:
            return cls()
        days_left = flight.days - over
        if not days_left:
            return cls(projected=spent)
        needed = int((flight.budget - spent) / days_left)
        days = grid.recent_days()
        recent = grid.spent_on(key for key in grid.known if key[1] in set(days))
        if recent is None:
            return cls(needed_daily=max(0, needed))
        forecast = Forecast(flight, grid.recent(flight), spent, planned)
        by_end = forecast.spend_by(flight.last)
        return cls(
            daily=round(Fraction(recent, len(days))),
            needed_daily=max(0, needed),
            projected=round(by_end.mid),
            exhausted_on=_exhausted_on(flight, grid.today, spent, planned, forecast.speed),
            forecast=forecast,
            between=by_end if len(forecast.days) >= LEAST_DAYS else None,
        )


def _exhausted_on(flight: Flight, today: date, spent: int, planned: int, speed: Fraction) -> date | None:
    rest = (max(today, flight.first) + timedelta(days=step) for step in range((flight.last - today).days))
    for day in rest:
        if spent + (planned_to(flight, day) - planned) * speed >= flight.budget:
            return day
    return None


def _days(
    campaign: Campaign, flight: Flight, grid: _Grid, forecast: Forecast | None
) -> tuple[DayFigures, ...]:
    wanted = {flight.first + timedelta(days=step) for step in range(flight.days)}
    last_known = max((day for _, day in grid.known), default=None)
    figures, total = [], 0
    for day in sorted(wanted | {day for _, day in grid.known}):
        keys = [key for key in grid.known if key[1] == day]
        spent = grid.spent_on(keys)
        total += spent or 0
        so_far = total if last_known and day <= last_known else None
        figures.append(
            DayFigures(
                day=day,
                planned=money(planned_on(flight, day), campaign.currency, "plan"),
                spent=grid.from_ledger(spent, keys),
                planned_total=money(planned_to(flight, day), campaign.currency, "plan"),
                spent_total=grid.derived_money(so_far),
                results=grid.claimed(grid.results(keys), grid.derived_results(None).unit, keys),
                **_ahead(day, grid, forecast),
            )
        )
    return tuple(figures)


def _ahead(day: date, grid: _Grid, forecast: Forecast | None) -> dict[str, Figure]:
    if forecast is None or not grid.today <= day <= forecast.flight.last:
        return {}
    by_then, is_sure = forecast.spend_by(day), len(forecast.days) >= LEAST_DAYS
    return {
        "ahead": grid.derived_money(round(by_then.mid)),
        "ahead_low": grid.derived_money(round(by_then.low) if is_sure else None),
        "ahead_high": grid.derived_money(round(by_then.high) if is_sure else None),
    }


def _budget_changes(
    campaign: Campaign, last_told: CampaignFigures | None, now: datetime
) -> Iterator[BudgetChange]:
    """Carry on what earlier reports noticed; a budget of another currency is another campaign's."""
    if last_told is None or last_told.currency != campaign.currency:
        return
    yield from last_told.budget_changes
    if last_told.budget.value != campaign.budget:
        after = money(campaign.budget, campaign.currency, "plan")
        yield BudgetChange(at=now, before=last_told.budget, after=after)


def _lines(
    campaign: Campaign, grid: _Grid, objective: ObjectiveFigures | None, nexts: dict[str, int]
) -> tuple[LineFigures, ...]:
    facts = {line.id: (line.network, printable(line.format)) for line in campaign.lines}
    gone = sorted({line for line, _ in grid.known} - set(facts))
    return tuple(
        _line(name, facts.get(name, (None, None)), grid, objective, nexts.get(name))
        for name in (*facts, *gone)
    )


def _line(
    name: str,
    facts: tuple[str | None, str | None],
    grid: _Grid,
    objective: ObjectiveFigures | None,
    next_result: int | None,
) -> LineFigures:
    keys = sorted(key for key in grid.known if key[0] == name)
    reads = [grid.read[key] for key in keys if key in grid.read]
    spent, results = grid.spent_on(keys), grid.results(keys)
    impressions = _added(read.impressions for read in reads)
    clicks = _added(read.clicks for read in reads)
    allocated = grid.allocated(key for key in grid.ledger if key[0] == name)
    variance = spent - allocated if spent is not None and allocated is not None else None
    return LineFigures(
        id=name,
        network=facts[0],
        format=facts[1],
        spent=grid.from_ledger(spent, keys),
        impressions=grid.claimed(impressions, "count", keys),
        clicks=grid.claimed(clicks, "count", keys),
        results=grid.claimed(results, objective.unit if objective else "count", keys),
        cost_per_result=grid.derived_money(_cost(spent, results)),
        days_without_figures=grid.without_figures(name),
        allocated=grid.from_ledger(allocated, keys),
        variance=grid.derived_money(variance),
        # No connector reads how many people were reached.
        reach=grid.claimed(None, "count", ()),
        frequency=grid.claimed(None, "count", ()),
        click_rate=derived(clicks / impressions if clicks is not None and impressions else None, "ratio"),
        cost_per_click=grid.derived_money(_cost(spent, clicks)),
        cost_per_thousand=grid.derived_money(_cost(spent, impressions / 1000 if impressions else None)),
        next_result=money(next_result, grid.currency, "allocation"),
    )


def _objective(objective: Objective | None) -> ObjectiveFigures | None:
    if objective is None:
        return None
    unit = printable(objective.unit)
    return ObjectiveFigures(
        id=objective.id,
        kpi=objective.kpi,
        unit=unit,
        period=objective.period,
        target=Figure(value=_whole(objective.target), unit=unit, source="plan"),
    )


def _results_ahead(forecast: Forecast | None, results: float | None, cost: int | None) -> Between | None:
    if forecast is None or results is None or not cost or len(forecast.days) < LEAST_DAYS:
        return None
    return forecast.results_by_end(results, Fraction(cost))


def _projected_results(
    results: float | None, spent: int | None, projected: int | None, cost: int | None
) -> float | None:
    if results is None or spent is None or projected is None or not cost:
        return None
    return results + (projected - spent) / cost


def _cost(spent: int | None, results: float | None) -> int | None:
    if spent is None or not results:
        return None
    cost = round(Fraction(spent) / Fraction(results))
    # Of a result that is next to nothing no cost can be told.
    return cost if cost <= LARGEST_MONEY else None


def _added(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _whole(fsum(known)) if known else None


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value
