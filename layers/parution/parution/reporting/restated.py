"""Restated figures: days that were over when the report before told them, and are told otherwise now."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from parution.reporting.contract import CampaignFigures, DayFigures, Figure, Report, Restated


def restated(
    before: Report | None, campaigns: Sequence[CampaignFigures], zone: ZoneInfo
) -> tuple[Restated, ...]:
    """Compare day by day. A figure that was unknown before is news, and not restated."""
    if before is None:
        return ()
    # On its own day figures grow; only what was over can be corrected.
    today = before.generated_at.astimezone(zone).date()
    earlier = {(one.id, one.currency): one for one in before.campaigns}
    pairs = ((earlier.get((one.id, one.currency)), one) for one in campaigns)
    return tuple(
        change
        for old, new in pairs
        if old
        for then, now in _days(old, new)
        if now.day < today
        for change in _changes(new.id, then, now)
    )


def _days(old: CampaignFigures, new: CampaignFigures) -> Iterator[tuple[DayFigures, DayFigures]]:
    told = {day.day: day for day in old.days}
    return ((told[day.day], day) for day in new.days if day.day in told)


def _changes(campaign: str, then: DayFigures, now: DayFigures) -> Iterator[Restated]:
    if _differs(then.spent, now.spent):
        yield Restated(campaign=campaign, day=now.day, figure="spent", before=then.spent, after=now.spent)
    if then.results and now.results and _differs(then.results, now.results):
        yield Restated(
            campaign=campaign, day=now.day, figure="results", before=then.results, after=now.results
        )


def _differs(then: Figure, now: Figure) -> bool:
    return then.value is not None and now.value is not None and then.value != now.value
