"""The lake: a brand's days as JSON Lines, one file for each table, network and day, for Athena and the like.

A file is always written whole, from all that is known of its day, so that writing it again changes nothing.
Money is in minor units; what nobody has given is null.
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from parution.buying.campaigns import Allocation, LineDay
from parution.measuring.insights import LineInsight, PostInsight
from parution.measuring.schedule import READ_UNTIL
from parution.money import Currency
from parution.plan.model import Campaign, Objective
from parution.publishing.deliveries import Delivery, State
from parution.records import Record
from parution.reporting.posts import CALLED_OFF, ON_TIME

VERSION = 1
# Of a line that has left the plan, which alone knew its network.
NO_NETWORK = "unknown"


class Row(Record):
    """What the tables' rows share: where a row lies is in its file's key, and not in the row."""

    table: ClassVar[str]
    has_network: ClassVar[bool] = False
    may_move: ClassVar[bool] = False  # to another day; what was spent or decided stays on its own


class SpendRow(Row):
    """One line's day. ``told`` is the most that the platform was told, ``spent`` what the ledger booked."""

    table = "spend_daily"
    has_network = True

    campaign: str
    line: str
    format: str | None
    currency: Currency
    told: int | None
    spent: int | None
    claimed: int | None  # what the platform says was spent
    impressions: int | None
    clicks: int | None
    results: float | None
    read_at: str | None
    revisable: bool


class PostRow(Row):
    """One delivery on the local day that it was planned for."""

    table = "post_metrics"
    has_network = True
    may_move = True

    post: str
    part: int
    channel: str
    campaign: str | None
    state: str
    due_at: str
    published_at: str | None
    late_seconds: float | None
    likes: int | None
    shares: int | None
    replies: int | None
    views: int | None
    read_at: str | None
    revisable: bool


class AlertRow(Row):
    """A delivery that did not appear as planned, on its local day; a post on another day is no alert."""

    table = "alerts"
    may_move = True

    at: str
    kind: str  # the delivery's state, or "late"
    post: str
    part: int
    channel: str
    network: str
    reason: str | None


class ObjectiveRow(Row):
    """What a campaign brought for its objective on a day, and from its first day to this one."""

    table = "objectives_daily"

    objective: str
    campaign: str
    kpi: str
    unit: str
    target: float
    currency: Currency
    results: float | None
    spent: int | None
    results_total: float | None
    spent_total: int


class AllocationRow(Row):
    """A line's amount in the newest split of a day, and what it was then expected to bring."""

    table = "allocations"

    campaign: str
    line: str
    currency: Currency
    amount: int
    day_budget: int
    expected: float | None
    expected_low: float | None
    expected_high: float | None
    version: int
    status: str | None
    decided_at: str


TABLES: tuple[type[Row], ...] = (SpendRow, PostRow, AlertRow, ObjectiveRow, AllocationRow)


class CampaignDays(Record):
    """All that is known of one campaign's days."""

    campaign: Campaign
    objective: Objective | None
    line_days: tuple[LineDay, ...]
    insights: tuple[LineInsight, ...]
    allocations: tuple[Allocation, ...]


class LakeInputs(Record):
    """All that is known of a brand from ``first`` to ``last``, its local days."""

    brand: str
    timezone: str
    first: date
    last: date
    now: datetime
    campaigns: tuple[CampaignDays, ...]
    deliveries: tuple[Delivery, ...]
    post_insights: tuple[PostInsight, ...]


class LakeFile(Record):
    """One file: its bytes are gzip'ed JSON Lines, the same rows always the same bytes."""

    body: bytes
    rows: int


def lake_since(first: date) -> date:
    """Give the first day that a month's run writes: figures of the month before may still be revised."""
    return (first - timedelta(days=1)).replace(day=1)


def lake_files(inputs: LakeInputs, before: Iterable[str] = ()) -> dict[str, LakeFile]:
    """Give every file of these days by its key.

    ``before`` are the keys that an earlier run wrote: of posts, a day that has no row any more is written
    empty, for nothing is ever removed.
    """
    found: dict[str, list[Row]] = {}
    for network, day, row in _rows(inputs):
        if inputs.first <= day <= inputs.last:
            found.setdefault(_key(inputs.brand, network, day, row), []).append(row)
    emptied = (key for key in before if key not in found and _may_have_moved(key, inputs))
    files = {key: _file(rows) for key, rows in found.items()}
    return dict(sorted((files | {key: _file(()) for key in emptied}).items()))


def _key(brand: str, network: str, day: date, row: Row) -> str:
    of_network = f"network={network}/" if row.has_network else ""
    return f"lake/{row.table}/v={VERSION}/brand={brand}/{of_network}dt={day}/part-0.jsonl.gz"


def _may_have_moved(key: str, inputs: LakeInputs) -> bool:
    if not any(key.startswith(f"lake/{row.table}/") for row in TABLES if row.may_move):
        return False
    day = date.fromisoformat(key.rpartition("dt=")[2].partition("/")[0])
    return inputs.first <= day <= inputs.last


def _file(rows: Sequence[Row]) -> LakeFile:
    lines = sorted(row.model_dump_json() for row in rows)
    text = "".join(f"{line}\n" for line in lines)
    # A gzip header holds the time: without one the same rows are the same bytes.
    return LakeFile(body=gzip.compress(text.encode(), mtime=0), rows=len(lines))


# ---------------------------------------------------------------- rows, each with its network and its day
def _rows(inputs: LakeInputs) -> Iterator[tuple[str, date, Row]]:
    zone = ZoneInfo(inputs.timezone)
    for known in inputs.campaigns:
        yield from _spend(known, inputs.now.astimezone(zone).date())
        yield from _objective(known)
        yield from _allocations(known)
    newest = {(one.post, one.channel): one for one in inputs.post_insights}
    for delivery in inputs.deliveries:
        day = delivery.due_at.astimezone(zone).date()
        yield (
            delivery.network,
            day,
            _post(delivery, newest.get((delivery.post, delivery.channel)), inputs.now),
        )
        if alert := _alert(delivery, inputs.now):
            yield delivery.network, day, alert


def _spend(known: CampaignDays, today: date) -> Iterator[tuple[str, date, Row]]:
    booked = {(row.line, row.day): row for row in known.line_days}
    read = {(row.line, row.day): row for row in known.insights}
    lines = {line.id: line for line in known.campaign.lines}
    for name, day in sorted(booked.keys() | read.keys()):
        line, row, insight = lines.get(name), booked.get((name, day)), read.get((name, day))
        yield (
            line.network if line else NO_NETWORK,
            day,
            SpendRow(
                campaign=known.campaign.id,
                line=name,
                format=line.format if line else None,
                currency=known.campaign.currency,
                told=row.told if row else None,
                # A day that nobody has read yet has spent something: how much is not known.
                spent=row.spent if row and (insight or row.closed) else None,
                claimed=insight.spend if insight else None,
                impressions=insight.impressions if insight else None,
                clicks=insight.clicks if insight else None,
                results=insight.results if insight else None,
                read_at=_instant(insight.read_at if insight else None),
                revisable=today - day < READ_UNTIL,
            ),
        )


def _objective(known: CampaignDays) -> Iterator[tuple[str, date, Row]]:
    objective, campaign = known.objective, known.campaign
    if objective is None:
        return
    results: float | None = None
    spent = 0
    for day, rows in _by_day(known.insights).items():
        on_day = _added(row.results for row in rows)
        results = on_day if results is None else results + (on_day or 0)
        spent_on_day = sum(row.spent for row in known.line_days if row.day == day)
        spent += spent_on_day
        yield (
            NO_NETWORK,
            day,
            ObjectiveRow(
                objective=objective.id,
                campaign=campaign.id,
                kpi=objective.kpi,
                unit=objective.unit,
                target=float(objective.target),
                currency=campaign.currency,
                results=on_day,
                spent=spent_on_day,
                results_total=results,
                spent_total=spent,
            ),
        )


def _allocations(known: CampaignDays) -> Iterator[tuple[str, date, Row]]:
    for split in known.allocations:
        for line, amount in split.amounts.items():
            foreseen = split.foreseen.get(line)
            expected = foreseen.results if foreseen else None
            yield (
                NO_NETWORK,
                split.day,
                AllocationRow(
                    campaign=known.campaign.id,
                    line=line,
                    currency=split.currency,
                    amount=amount,
                    day_budget=split.budget,
                    expected=expected.mid if expected else None,
                    expected_low=expected.low if expected else None,
                    expected_high=expected.high if expected else None,
                    version=split.version,
                    status=split.answer.get("status"),
                    decided_at=split.at.isoformat(),
                ),
            )


def _post(delivery: Delivery, insight: PostInsight | None, now: datetime) -> PostRow:
    out = delivery.published_at
    return PostRow(
        post=delivery.post,
        part=delivery.part,
        channel=delivery.channel,
        campaign=delivery.campaign,
        state=delivery.state,
        due_at=delivery.due_at.isoformat(),
        published_at=_instant(out),
        late_seconds=(out - delivery.due_at).total_seconds() if out else None,
        likes=insight.likes if insight else None,
        shares=insight.shares if insight else None,
        replies=insight.replies if insight else None,
        views=insight.views if insight else None,
        read_at=_instant(insight.read_at if insight else None),
        revisable=out is not None and now < out + READ_UNTIL,
    )


def _alert(delivery: Delivery, now: datetime) -> AlertRow | None:
    out, latest = delivery.published_at, delivery.due_at + ON_TIME
    if delivery.state in CALLED_OFF or (out or now) <= latest:
        return None
    return AlertRow(
        at=latest.isoformat(),
        kind="late" if delivery.state is State.PUBLISHED else delivery.state,
        post=delivery.post,
        part=delivery.part,
        channel=delivery.channel,
        network=delivery.network,
        reason=delivery.reason,
    )


def _by_day(insights: Iterable[LineInsight]) -> Mapping[date, list[LineInsight]]:
    days: dict[date, list[LineInsight]] = {}
    for row in sorted(insights, key=lambda row: row.day):
        days.setdefault(row.day, []).append(row)
    return days


def _added(values: Iterable[float | None]) -> float | None:
    given = [value for value in values if value is not None]
    return sum(given) if given else None


def _instant(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
