"""Organic and paid side by side, the best and weakest posts, and what is known of the community.

A reaction is a like, a share or a reply; of these three, those that the network gives. How often a post was
seen is read where the network counts it; how many people saw it is read by no connector, so that organic
reach, and any share of it, is unknown.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from math import sqrt
from statistics import median
from zoneinfo import ZoneInfo

from parution.measuring.insights import LineInsight
from parution.plan.model import Campaign
from parution.publishing.deliveries import State
from parution.reporting.contract import (
    Both,
    Community,
    DayOfBoth,
    Figure,
    NetworkOfBoth,
    Period,
    PostRow,
    Ranked,
    Ranking,
    derived,
    money,
)

# Younger posts are still being seen: beside older ones they would look weak.
LEAST_AGE = timedelta(hours=48)
# Of fewer posts the best and the weakest say nothing.
LEAST_POSTS = 4
# So many of a channel give it a usual number of its own.
_OWN_USUAL = 3
_MOST_SHOWN = 5
# Half the width of 80 % on the square root of a count, whose standard deviation is a half.
_OFF = 0.5 * 1.2816


def reactions(row: PostRow) -> Figure:
    """Add the reactions that the network gives; None when it gives none of them."""
    known = [figure.value for figure in (row.likes, row.shares, row.replies) if figure.value is not None]
    return row.likes.model_copy(update={"value": int(sum(known)) if known else None})


def community(rows: Sequence[PostRow]) -> Community:
    """Give what is known of comments: their number. Nothing reads the comments themselves yet."""
    return Community(
        received=_added(row.replies for row in rows),
        answered=Figure(value=None, unit="ratio", source="network"),
        first_response_median=Figure(value=None, unit="seconds", source="network"),
        first_response_90=Figure(value=None, unit="seconds", source="network"),
        open_too_long=Figure(value=None, unit="count", source="network"),
        missing=("comments_not_read",),
    )


# ---------------------------------------------------------------- the best and the weakest
def ranking(rows: Iterable[PostRow], now: datetime) -> Ranking | None:
    """Rank the posts that are old enough, each beside its channel's median; None of too few."""
    judged = [
        row
        for row in rows
        if row.published_at
        and row.published_at + LEAST_AGE <= now
        and row.reactions
        and row.reactions.value is not None
    ]
    if len(judged) < LEAST_POSTS:
        return None
    ordered = sorted((_ranked(row, judged) for row in judged), key=_best_first)
    shown = min(_MOST_SHOWN, len(ordered) // 2)
    return Ranking(
        kpi="reactions",
        judged=Figure(value=len(judged), unit="count", source="posts"),
        least_age=derived(LEAST_AGE.total_seconds(), "seconds"),
        top=tuple(ordered[:shown]),
        flop=tuple(reversed(ordered[-shown:])),
    )


def _ranked(row: PostRow, judged: Sequence[PostRow]) -> Ranked:
    count = _count(row)
    own = [_count(one) for one in judged if one.channel == row.channel]
    usual = median(own if len(own) >= _OWN_USUAL else [_count(one) for one in judged])
    figure = row.reactions or row.likes
    return Ranked(
        post=row.post,
        channel=row.channel,
        reactions=figure,
        reactions_low=derived(max(0.0, sqrt(count) - _OFF) ** 2, "count"),
        reactions_high=derived((sqrt(count) + _OFF) ** 2, "count"),
        times=derived(count / usual if usual else None, "ratio"),
    )


def _best_first(ranked: Ranked) -> tuple[float, float, str, str]:
    return -(ranked.times.value or 0), -(ranked.reactions.value or 0), ranked.post, ranked.channel


def _count(row: PostRow) -> int:
    return int(row.reactions.value or 0) if row.reactions else 0


# ---------------------------------------------------------------- both halves
def both(
    rows: Sequence[PostRow],
    bought: Sequence[tuple[Campaign, Sequence[LineInsight]]],
    period: Period,
    now: datetime,
) -> Both:
    """Put what posts and what ads brought in the period beside each other, by day and by network."""
    zone = ZoneInfo(period.timezone)
    today = now.astimezone(zone).date()
    days = [period.first + timedelta(days=step) for step in range((period.last - period.first).days + 1)]
    by_day = defaultdict(list)
    for row in _published(rows):
        by_day[row.due_at.astimezone(zone).date()].append(row)
    reads = _reads_of(bought, period)
    return Both(
        days=tuple(
            _day(day, by_day[day], [read for _, _, read in reads if read.day == day])
            for day in days
            if day <= today
        ),
        networks=tuple(_networks(rows, bought, reads)),
    )


def _published(rows: Iterable[PostRow]) -> list[PostRow]:
    return [row for row in rows if row.state == State.PUBLISHED]


def _reads_of(
    bought: Sequence[tuple[Campaign, Sequence[LineInsight]]], period: Period
) -> list[tuple[Campaign, str | None, LineInsight]]:
    found = []
    for campaign, reads in bought:
        networks = {line.id: line.network for line in campaign.lines}
        found += [
            (campaign, networks.get(read.line), read)
            for read in reads
            if period.first <= read.day <= period.last
        ]
    return found


def _day(day: date, rows: Sequence[PostRow], reads: Sequence[LineInsight]) -> DayOfBoth:
    return DayOfBoth(
        day=day,
        organic=_added(row.reactions for row in rows),
        paid=_claimed("clicks", reads),
    )


def _networks(
    rows: Sequence[PostRow],
    bought: Sequence[tuple[Campaign, Sequence[LineInsight]]],
    reads: Sequence[tuple[Campaign, str | None, LineInsight]],
) -> Iterable[NetworkOfBoth]:
    posted = _published(rows)
    lines = {line.network for campaign, _ in bought for line in campaign.lines}
    for network in sorted({row.network for row in posted} | lines):
        own = [row for row in posted if row.network == network]
        claimed = [read for _, where, read in reads if where == network]
        told = [row for row in own if row.reactions and row.reactions.value is not None]
        total = _added(row.reactions for row in own)
        clicks, seen = _claimed("clicks", claimed), _claimed("impressions", claimed)
        yield NetworkOfBoth(
            network=network,
            posts=Figure(value=len(own), unit="count", source="posts"),
            views=_added(row.views for row in own),
            reactions=total,
            reactions_per_post=derived((total.value or 0) / len(told) if told else None, "count"),
            reach=Figure(value=None, unit="count", source="network"),
            impressions=seen,
            clicks=clicks,
            click_rate=derived(
                clicks.value / seen.value if clicks.value is not None and seen.value else None, "ratio"
            ),
            spent=tuple(_spent(network, reads)),
        )


def _spent(network: str, reads: Sequence[tuple[Campaign, str | None, LineInsight]]) -> Iterable[Figure]:
    """Add what the platforms claim was spent, by currency: two of them are never added."""
    spent = defaultdict(list)
    for campaign, where, read in reads:
        if where == network:
            spent[campaign.currency].append(read)
    for currency, found in sorted(spent.items()):
        read_at = max(read.read_at for read in found)
        yield money(sum(read.spend for read in found), currency, "platform", read_at=read_at)


def _claimed(name: str, reads: Sequence[LineInsight]) -> Figure:
    known = [getattr(read, name) for read in reads if getattr(read, name) is not None]
    read_at = max((read.read_at for read in reads), default=None)
    return Figure(value=sum(known) if known else None, unit="count", source="platform", read_at=read_at)


def _added(figures: Iterable[Figure | None]) -> Figure:
    known = [figure for figure in figures if figure and figure.value is not None]
    return Figure(
        value=sum(int(figure.value or 0) for figure in known) if known else None,
        unit="count",
        source="network",
        read_at=max((figure.read_at for figure in known if figure.read_at), default=None),
        revisable=any(figure.revisable for figure in known),
    )
