"""The report as a sheet: one row for each figure, for people's spreadsheets.

Plain (RFC 4180, UTF-8, decimal points, ISO 8601), or as a French Excel opens it by a double click (byte order
mark, semicolons, decimal commas, JJ/MM/AAAA on the brand's clock).
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

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
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


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
    return written(HEADER, rows), len(rows)


def french_sheet(report: Report) -> tuple[bytes, int]:
    """Give the same rows as a French Excel reads them, and their number."""
    zone = ZoneInfo(report.brand.timezone)
    rows = [tuple(_in_french(dict(zip(HEADER, row, strict=True)), zone)) for row in _rows(report)]
    return french_written([_french(f"column.{name}") for name in HEADER], rows), len(rows)


def written(header: Iterable[str], rows: Iterable[Iterable[str]], separator: str = ",") -> bytes:
    """Write a CSV file (RFC 4180); no cell of it runs in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def french_written(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    # Without the byte order mark Excel takes UTF-8 for the code page of Windows.
    return b"\xef\xbb\xbf" + written(header, rows, ";")


def decimal_comma(number: str) -> str:
    return number.replace(".", ",")


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
    yield from _month_rows(report)
    for post in report.posts:
        place = Place("post", post=post.post, channel=post.channel, day=post.due_at.isoformat())
        yield _text_row(place, f"state: {post.state}", " ".join(filter(None, (post.text, post.reason))))
        yield from _figures(place, post)


def _month_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """Give what is about no single campaign: sums, both halves, hours, alerts, corrections, costs."""
    for total in report.totals:
        yield from _figures(Place("total", line=total.currency), total)
    for one in report.objectives:
        yield from _figures(Place("objective", ", ".join(one.campaigns), one.id), one)
    yield from _of_both(report)
    yield from _of_posts(report)
    if report.community:
        yield from _figures(Place("community"), report.community)
    yield from _happened(report)
    yield from _of_costs(report)


def _of_both(report: Report) -> Iterator[tuple[str, ...]]:
    if report.both is None:
        return
    for day in report.both.days:
        yield from _figures(Place("both", day=day.day.isoformat()), day)
    for network in report.both.networks:
        place = Place("network", channel=network.network)
        yield from _figures(place, network)
        yield from (_figure_row(place, "spent", spent) for spent in network.spent)


def _of_posts(report: Report) -> Iterator[tuple[str, ...]]:
    if report.ranking:
        ranked = [("top", post) for post in report.ranking.top]
        for name, post in (*ranked, *(("flop", post) for post in report.ranking.flop)):
            yield from _figures(Place(name, post=post.post, channel=post.channel), post)
    if report.timing:
        for hour in report.timing.hours:
            # Monday is 1, as ISO 8601 counts.
            yield from _figures(Place("hour", line=f"{hour.weekday + 1} {hour.hour:02}:00"), hour)
        for rhythm in report.timing.rhythms:
            yield from _figures(Place("rhythm", channel=rhythm.channel), rhythm)


def _of_costs(report: Report) -> Iterator[tuple[str, ...]]:
    if report.cost is None:
        return
    yield from _figures(Place("cost"), report.cost)
    yield from (_figure_row(Place("cost"), name, figure) for name, figure in report.cost.counted.items())
    for fee in report.cost.fees:
        yield from _figures(Place("fee", channel=fee.network), fee)


def _happened(report: Report) -> Iterator[tuple[str, ...]]:
    for alert in report.alerts:
        place = Place("alert", alert.campaign or "", alert.scope, day=alert.at.isoformat())
        yield _text_row(place, alert.code, alert.reason)
    for change in report.restated:
        for row in _figures(Place("restated", change.campaign, day=change.day.isoformat()), change):
            yield (*row[:-1], change.figure)


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
    for other in split.what_if:
        for row in _figures(Place("what_if", campaign, day=day), other):
            yield (*row[:-1], f"{other.times:g}")
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


def _in_french(row: dict[str, str], zone: ZoneInfo) -> Iterator[str]:
    for name, cell in row.items():
        match name:
            case "section" | "source":
                yield _french(f"{name}.{cell}", cell)
            case "figure":
                yield _french(f"figure.{cell}", cell)
            case "value":
                yield decimal_comma(cell)
            case "day" | "read_at":
                yield french_time(cell, zone)
            case "revisable":
                yield {"true": "oui", "false": "non"}.get(cell, cell)
            case _:
                yield cell


def french_time(text: str, zone: ZoneInfo) -> str:
    """Write an ISO day as JJ/MM/AAAA, an instant with the time of the zone's clock behind it."""
    if "T" in text:
        return f"{datetime.fromisoformat(text).astimezone(zone):%d/%m/%Y %H:%M:%S}"
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else ""


def _french(key: str, otherwise: str = "") -> str:
    return _texts().get(key, otherwise)


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = json.loads((Path(__file__).parent / "sheet.fr.json").read_text(encoding="utf-8"))
    return texts


def _harmless(cell: str) -> str:
    return cell if _NUMBER.fullmatch(cell) else _FORMULA.sub(r"\1\2'\3", cell)
