"""The report as a sheet: one row for each figure, for people's spreadsheets (RFC 4180, UTF-8)."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from parution.money import decimals
from parution.records import Record
from parution.reporting.contract import AllocationFigures, Figure, Report

HEADER = (
    "section", "campaign", "line", "post", "channel", "day", "figure",
    "value", "unit", "source", "read_at", "revisable", "text",
)  # fmt: skip

# A spreadsheet runs a cell that begins with one of these (or its full-width form); an apostrophe makes it
# text. After a semicolon too: where that parts the cells of a CSV, one cell of ours would become two.
_FORMULA = re.compile(r"(^|[;\t\r\n])(\s*)([=+@\-\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Place(NamedTuple):
    """What a figure is about; what does not apply is empty."""

    section: str
    campaign: str = ""
    line: str = ""
    post: str = ""
    channel: str = ""
    day: str = ""


def sheet(report: Report) -> tuple[bytes, int]:
    """Give the file and the number of its rows, the header not counted."""
    rows = list(_rows(report))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode(), len(rows)


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    yield _text_row(Place("verdict"), "verdict", report.verdict.text)
    yield from _figures(Place("posts"), report.posts_summary)
    for campaign in report.campaigns:
        yield from _figures(Place("campaign", campaign.id), campaign)
        for day in campaign.days:
            yield from _figures(Place("day", campaign.id, day=day.day.isoformat()), day)
        for line in campaign.lines:
            yield from _figures(Place("line", campaign.id, line.id), line)
        if campaign.allocation:
            yield from _split_rows(campaign.id, campaign.allocation)
    for post in report.posts:
        place = Place("post", post=post.post, channel=post.channel, day=post.due_at.isoformat())
        yield _text_row(place, f"state: {post.state}", " ".join(filter(None, (post.text, post.reason))))
        yield from _figures(place, post)


def _split_rows(campaign: str, split: AllocationFigures) -> Iterator[tuple[str, ...]]:
    day = split.day.isoformat()
    yield from _figures(Place("split", campaign, day=day), split)
    for cost in split.costs:
        place = Place("rule", campaign, ", ".join(cost.lines), day=day)
        for row in _figures(place, cost):
            yield (*row[:-1], cost.rule)
    for share in split.shares:
        yield from _figures(Place("share", campaign, share.line, day=day), share)
        for held in share.held:
            for row in _figures(Place("held", campaign, share.line, day=day), held):
                yield (*row[:-1], f"{held.rule}, yielded" if held.yielded else held.rule)
        if share.known:
            yield from _figures(Place("known", campaign, share.line, day=day), share.known)
    for proposal in split.proposed:
        yield from _figures(Place("proposed", campaign, proposal.line, day=day), proposal)


def _figures(place: Place, record: Record) -> Iterator[tuple[str, ...]]:
    named = ((name, getattr(record, name)) for name in type(record).model_fields)
    return (_figure_row(place, name, figure) for name, figure in named if isinstance(figure, Figure))


def _figure_row(place: Place, name: str, figure: Figure) -> tuple[str, ...]:
    unit = figure.currency if figure.unit == "minor" and figure.currency else figure.unit
    read_at = figure.read_at.isoformat() if figure.read_at else ""
    return (*place, name, _number(figure), unit, figure.source, read_at, str(figure.revisable).lower(), "")


def _text_row(place: Place, name: str, text: str) -> tuple[str, ...]:
    return (*place, name, "", "", "", "", "", text)


def _number(figure: Figure) -> str:
    if figure.value is None:
        return ""
    if figure.unit == "minor" and figure.currency:
        return str(Decimal(int(figure.value)).scaleb(-decimals(figure.currency)))
    return format(Decimal(repr(figure.value)), "f")


def _harmless(cell: str) -> str:
    return cell if _NUMBER.fullmatch(cell) else _FORMULA.sub(r"\1\2'\3", cell)
