"""When posts appear: how steadily each channel does, and what each hour of the week brought."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from math import ceil
from statistics import fmean, pstdev
from zoneinfo import ZoneInfo

from parution.reporting.contract import Figure, Hour, PostRow, Rhythm, Timing, derived

# One gap has no variation.
_LEAST_POSTS = 3


def timing(rows: Sequence[PostRow], zone: ZoneInfo) -> Timing:
    """Give the hours in which something appeared, and the rhythm of each channel."""
    out = [row for row in rows if row.published_at and not row.part]
    return Timing(hours=tuple(_hours(out, zone)), rhythms=tuple(_rhythms(out)))


def quantile(values: Iterable[float], share: float) -> float | None:
    """Give the smallest value that so large a share of them does not pass; None of no values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def _hours(out: Sequence[PostRow], zone: ZoneInfo) -> Iterable[Hour]:
    cells = defaultdict(list)
    for row in out:
        here = _appeared(row).astimezone(zone)
        cells[here.weekday(), here.hour].append(row)
    for (weekday, hour), rows in sorted(cells.items()):
        known = [row.reactions.value for row in rows if row.reactions and row.reactions.value is not None]
        yield Hour(
            weekday=weekday,
            hour=hour,
            posts=Figure(value=len(rows), unit="count", source="posts"),
            reactions=derived(fmean(known) if known else None, "count"),
        )


def _rhythms(out: Sequence[PostRow]) -> Iterable[Rhythm]:
    channels = defaultdict(list)
    for row in out:
        channels[row.channel, row.network].append(_appeared(row))
    for (channel, network), instants in sorted(channels.items()):
        gaps = [(after - before).total_seconds() for before, after in pairwise(sorted(instants))]
        yield Rhythm(
            channel=channel,
            network=network,
            posts=Figure(value=len(instants), unit="count", source="posts"),
            regularity=derived(_regularity(gaps) if len(instants) >= _LEAST_POSTS else None, "ratio"),
            longest_gap=derived(max(gaps, default=None), "seconds"),
        )


def _regularity(gaps: Sequence[float]) -> float | None:
    mean = fmean(gaps)
    return max(0.0, 1 - pstdev(gaps) / mean) if mean else None


def _appeared(row: PostRow) -> datetime:
    return row.published_at or row.due_at
