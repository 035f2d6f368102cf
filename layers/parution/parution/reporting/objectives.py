"""Objectives and totals: what the campaigns add up to, where they may be added."""

from collections.abc import Iterable, Sequence
from math import fsum, sqrt
from typing import Literal

from parution.plan.model import Objective
from parution.reporting.contract import CampaignFigures, Figure, ObjectiveProgress, Total, derived, money
from parution.reporting.words import printable


def progress(
    objectives: Iterable[Objective], campaigns: Sequence[CampaignFigures], month: str, gone: float
) -> Iterable[ObjectiveProgress]:
    """Give each objective of the month, and of the campaigns that are shown.

    ``gone`` is the share of the month that is over: what an objective without a campaign is held against.
    """
    for objective in objectives:
        serving = [one for one in campaigns if one.objective and one.objective.id == objective.id]
        if serving or objective.period == month:
            yield _progress(objective, serving, gone)


def _progress(objective: Objective, serving: Sequence[CampaignFigures], gone: float) -> ObjectiveProgress:
    unit = printable(objective.unit)
    target = Figure(value=_whole(objective.target), unit=unit, source="plan")
    shares = [(one.planned.value or 0) / (one.budget.value or 1) for one in serving] or [gone]
    known = [one.results for one in serving if one.results.value is not None]
    low, mid, high = _forecast(serving)
    return ObjectiveProgress(
        id=objective.id,
        kpi=objective.kpi,
        unit=unit,
        period=objective.period,
        target=target,
        to_date=derived(objective.target * fsum(shares) / len(shares), unit),
        actual=Figure(
            value=_whole(fsum(float(figure.value or 0) for figure in known)) if known else None,
            unit=unit,
            source="platform",
            read_at=max((figure.read_at for figure in known if figure.read_at), default=None),
            revisable=any(figure.revisable for figure in known),
        ),
        forecast=derived(mid, unit),
        forecast_low=derived(low, unit),
        forecast_high=derived(high, unit),
        campaigns=tuple(one.id for one in serving),
        missing=_missing(serving, known),
    )


def _missing(
    serving: Sequence[CampaignFigures], known: Sequence[Figure]
) -> Literal["no_campaign", "not_read"] | None:
    if not serving:
        return "no_campaign"
    return None if known else "not_read"


def _forecast(serving: Sequence[CampaignFigures]) -> tuple[float | None, float | None, float | None]:
    """Add the forecasts; doubts that have nothing to do with each other add up as their squares do."""
    mids = [_end_of(one) for one in serving]
    if not mids or any(mid is None for mid in mids):
        return None, None, None
    mid = fsum(value for value in mids if value is not None)
    offs = [_offs(one) for one in serving if one.state != "over"]
    if any(off is None for off in offs):
        return None, mid, None
    below, above = (sqrt(fsum(off[side] ** 2 for off in offs if off)) for side in (0, 1))
    return mid - below, mid, mid + above


def _end_of(campaign: CampaignFigures) -> float | None:
    return campaign.results.value if campaign.state == "over" else campaign.projected_results.value


def _offs(campaign: CampaignFigures) -> tuple[float, float] | None:
    low, high = campaign.projected_results_low, campaign.projected_results_high
    mid = campaign.projected_results.value
    if low is None or high is None or mid is None or low.value is None or high.value is None:
        return None
    return mid - low.value, high.value - mid


# ---------------------------------------------------------------- totals
def totals(campaigns: Sequence[CampaignFigures]) -> Iterable[Total]:
    """Add the campaigns up, one total for each currency: two of them are never added."""
    for currency in sorted({one.currency for one in campaigns}):
        yield _total(currency, [one for one in campaigns if one.currency == currency])


def _total(currency: str, campaigns: Sequence[CampaignFigures]) -> Total:
    projected = [_projected(one) for one in campaigns]
    mid = _sum([between[1] if between else None for between in projected])
    low = high = None
    if mid is not None:
        found = [between for between in projected if between]
        below, above = (sqrt(fsum((between[1] - between[side]) ** 2 for between in found)) for side in (0, 2))
        low, high = round(mid - below), round(mid + above)
    return Total(
        currency=currency,
        campaigns=len(campaigns),
        budget=money(_sum([one.budget.value for one in campaigns]), currency, "plan"),
        spent=money(_sum([one.spent.value for one in campaigns]), currency, "ledger"),
        planned=money(_sum([one.planned.value for one in campaigns]), currency, "plan"),
        projected=money(mid, currency, "derived"),
        projected_low=money(low, currency, "derived"),
        projected_high=money(high, currency, "derived"),
    )


def _projected(campaign: CampaignFigures) -> tuple[int, int, int] | None:
    """Give P10, the middle and P90 of a campaign's end; of one to come, that it spends its budget."""
    if campaign.state == "ahead":
        budget = int(campaign.budget.value or 0)
        return budget, budget, budget
    mid, low, high = campaign.projected, campaign.projected_low, campaign.projected_high
    if mid.value is None:
        return None
    if campaign.state == "over":
        return (int(mid.value),) * 3
    if low is None or high is None or low.value is None or high.value is None:
        return None
    return int(low.value), int(mid.value), int(high.value)


def _sum(values: Sequence[float | None]) -> int | None:
    """Add amounts; a sum of which one is unknown is unknown."""
    return None if not values or None in values else sum(int(value or 0) for value in values)


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value
