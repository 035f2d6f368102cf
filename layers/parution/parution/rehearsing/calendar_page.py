"""The calendar: the rehearsed period as one HTML file, no script, nothing fetched, light, dark and paper."""

import base64
import hashlib
import json
import re
from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, cast, override
from urllib.parse import quote

from babel.dates import format_date, format_interval
from markupsafe import Markup

from parution.plan.languages import language_for, told_in
from parution.rehearsing.contract import CampaignOfMoney, DayOfMoney, Rehearsal, Showing
from parution.rehearsing.looks import Look
from parution.reporting.posts import ON_TIME
from parution.reporting.templates import template
from parution.reporting.words import Catalogue, Words, network_name, printable

# More would make the page heavier than 300 kB; all of them are in rehearsal.json.
MOST_PREVIEWS = 150
MOST_IN_A_DAY = 6

_TRIED = ("published", "unconfirmed", "failed", "missed", "checking", "sending")
_TROUBLED = ("unconfirmed", "failed", "missed", "checking", "sending", "held")

_ENTITY = re.compile(r"(?P<url>https?://[^\s<>\"]+)|(?<![\w&/])(?P<tag>[#@]\w[\w@.-]*\w)")


class CalendarWords(Words):
    """The report's words, with the calendar's own texts beside them."""

    def __init__(self, locale: str, timezone: str) -> None:
        super().__init__(locale, timezone)
        self._texts = {**self._texts, **_catalogue(self.language)}

    def usd(self, amount: float) -> str:
        """Write dollars; less than a cent is said to be so."""
        cents = round(amount * 100)
        return f"<\u00a0{self.money(1, 'USD')}" if amount > 0 and cents == 0 else self.money(cents, "USD")

    def weekday_of(self, day: date, *, short: bool = False) -> str:
        return format_date(day, "ccc" if short else "EEEE", locale=self.locale)

    @override
    def days(self, first: date, last: date, *, short: bool = False) -> str:
        """Write an interval; ``short`` leaves the year out."""
        if not short:
            return super().days(first, last)
        return format_interval(first, last, "MMMd", locale=self.locale).replace("\u2009", "\u202f")


class Card(NamedTuple):
    """A post on a channel with the parts that follow it."""

    anchor: str
    first: Showing
    later: tuple[Showing, ...]


class Day(NamedTuple):
    """One day: its cards, and what campaigns may spend on it."""

    day: date
    inside: bool  # of the period, and of the month shown
    cards: tuple[Card, ...]
    money: tuple[tuple[CampaignOfMoney, DayOfMoney], ...]


class MonthGrid(NamedTuple):
    first: date
    weeks: tuple[tuple[Day, ...], ...]


class Week(NamedTuple):
    anchor: str
    first: date
    last: date
    days: tuple[Day, ...]  # those on which something happens


def calendar_page(rehearsal: Rehearsal, locale: str | None = None) -> bytes:
    """Write the calendar in the brand's language, or another: ``locale`` as `en-GB`."""
    words = CalendarWords(locale or rehearsal.brand.locale, rehearsal.period.timezone)
    book = _Book(rehearsal, words)
    style = _style() + _crops(rehearsal.showings)
    text = template(Path(__file__).parent / "calendar.html.j2").render(
        found=rehearsal,
        problems=[told_in(language_for(words.tag), one) for one in rehearsal.problems],
        words=words,
        say=words.say,
        style=Markup(style),  # noqa: S704 (our own style sheet, and numbers)
        policy=_policy(style),
        book=book,
        body=lambda text, look: _body(text, look, words),
        place=quote,
        crop=_crop_name,
        network_name=network_name,
        most=MOST_IN_A_DAY,
        on_time=ON_TIME.total_seconds(),
        chart=lambda campaign: _chart(campaign, words),
        fees=sum(cost.usd for cost in rehearsal.costs if cost.what == "network"),
        usd={cost.what: cost.usd for cost in rehearsal.costs},
    )
    return text.encode()


class _Book:
    """The period laid out in days, weeks and months."""

    def __init__(self, rehearsal: Rehearsal, words: Words) -> None:
        self._found, self._words = rehearsal, words
        self.cards = tuple(_cards(rehearsal.showings))
        self.previewed = frozenset(card.anchor for card in self.cards[:MOST_PREVIEWS])
        self._of_day: dict[date, list[Card]] = defaultdict(list)
        for card in self.cards:
            self._of_day[card.first.due_at.astimezone(words.zone).date()].append(card)
        self._money: dict[date, list[tuple[CampaignOfMoney, DayOfMoney]]] = defaultdict(list)
        for campaign in rehearsal.campaigns:
            for day in campaign.days:
                self._money[day.day].append((campaign, day))
        self._calendar = Calendar(words.locale.first_week_day)

    @property
    def months(self) -> Iterator[MonthGrid]:
        first, last = self._found.period.first, self._found.period.last
        month = first.replace(day=1)
        while month <= last:
            dates = self._calendar.monthdatescalendar(month.year, month.month)
            weeks = (tuple(self._day(day, month) for day in week) for week in dates)
            yield MonthGrid(month, tuple(week for week in weeks if any(day.inside for day in week)))
            month = (month + timedelta(days=31)).replace(day=1)

    @property
    def weeks(self) -> Iterator[Week]:
        days = [day for day in _days(self._found.period.first, self._found.period.last) if self._of_day[day]]
        for first, of_week in groupby(days, self._week_of):
            shown = tuple(day for day in map(self._day, of_week) if day.cards)
            yield Week(f"w{first:%m%d}", first, first + timedelta(days=6), shown)

    def _week_of(self, day: date) -> date:
        return day - timedelta(days=(day.weekday() - self._words.locale.first_week_day) % 7)

    def _day(self, day: date, month: date | None = None) -> Day:
        found = self._found.period
        inside = found.first <= day <= found.last and (month is None or day.month == month.month)
        if not inside:
            return Day(day, inside, (), ())
        return Day(day, inside, tuple(self._of_day[day]), tuple(self._money[day]))

    # ---------------------------------------------------------------- figures of the cards above
    @property
    def on_time(self) -> int:
        return sum(
            one.late is not None and one.late <= ON_TIME.total_seconds() for one in self._found.showings
        )

    @property
    def tried(self) -> int:
        return self._found.count(*_TRIED)

    @property
    def troubled(self) -> int:
        return self._found.count(*_TROUBLED)

    @property
    def channels(self) -> int:
        return len({(one.channel, one.network) for one in self._found.showings})

    @property
    def title(self) -> str:
        period = self._found.period
        whole = period.first.day == 1 and (period.last + timedelta(days=1)).day == 1
        if whole and period.first.month == period.last.month:
            return self._words.month(period.first)
        return self._words.days(period.first, period.last)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def _cards(showings: Iterable[Showing]) -> Iterator[Card]:
    parts: dict[tuple[str, str], list[Showing]] = defaultdict(list)
    for one in showings:
        parts[one.post, one.channel].append(one)
    for number, of_post in enumerate(sorted(parts.values(), key=_begins)):
        first, *later = sorted(of_post, key=lambda one: one.part)
        yield Card(f"p{number}", first, tuple(later))


def _begins(parts: Sequence[Showing]) -> tuple[object, ...]:
    return min(one.due_at for one in parts), parts[0].post, parts[0].channel


# ---------------------------------------------------------------------- texts and pictures
def _body(text: str, look: Look, words: Words) -> Markup:
    """Write a text as its network does: addresses shortened, and they and hashtags in another colour."""
    text, parts, last = printable_lines(text), [], 0
    for found in _ENTITY.finditer(text):
        shown = _address(found["url"], look) if found["url"] else found["tag"]
        link = Markup('<span class="link">{}</span>') if look.links or not found["url"] else Markup("{}")
        parts += [Markup.escape(text[last : found.start()]), link.format(shown)]
        last = found.end()
    body = Markup().join([*parts, Markup.escape(text[last:])])
    return body if text.strip() else Markup.escape(words.say("no_text"))


def printable_lines(text: str) -> str:
    """Leave out what no page can hold, but keep the lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _address(url: str, look: Look) -> str:
    if look.address is None:
        return url
    bare = re.sub(r"^https?://(www\.)?", "", url)
    return bare if len(bare) <= look.address else f"{bare[: look.address]}…"


def _crop_name(look: Look) -> str:
    """Name the class of a crop: `c800-1910` shows pictures whole from 0.8 to 1.91."""
    tallest, widest = (round((ratio or 0) * 1000) for ratio in (look.tallest, look.widest))
    return f"c{tallest}-{widest}"


def _crops(showings: Iterable[Showing]) -> str:
    """Write the rules of all crops: no picture taller or wider than its network's feed shows."""
    looks = {_crop_name(one.look): one.look for one in showings if one.pictures}
    rules = []
    for name, look in sorted(looks.items()):
        tall = f"max-height:{100 / look.tallest:.2f}cqw;" if look.tallest else ""
        wide = f"min-height:{100 / look.widest:.2f}cqw;" if look.widest else ""
        rules.append(f".{name} img,.{name} video{{{tall}{wide}}}")
    return "\n".join(rules)


# ---------------------------------------------------------------------- the money's chart
class _Bar(NamedTuple):
    x: float
    width: float
    amount: float  # heights
    spent: float
    label: str


class _Chart(NamedTuple):
    height: int
    bars: tuple[_Bar, ...]
    described: str


_WIDTH, _HEIGHT, _WIDEST = 720, 120, 48


def _chart(campaign: CampaignOfMoney, words: Words) -> _Chart | None:
    days = campaign.days
    highest = max((max(day.amount, day.spent) for day in days), default=0)
    if not highest:
        return None
    step = _WIDTH / len(days)
    width = min(step * 0.76, _WIDEST)
    bars = (
        _Bar(
            round((place + 0.5) * step - width / 2, 1),
            round(width, 1),
            round(day.amount / highest * _HEIGHT, 1),
            round(day.spent / highest * _HEIGHT, 1),
            str(day.day.day) if place % max(1, len(days) // 12) == 0 else "",
        )
        for place, day in enumerate(days)
    )
    amounts = [day.amount for day in days]
    described = words.say(
        "money.chart.desc",
        campaign=campaign.id,
        low=words.money(min(amounts), campaign.currency),
        high=words.money(max(amounts), campaign.currency),
        first=words.day(days[0].day),
        last=words.day(days[-1].day),
    )
    return _Chart(_HEIGHT, tuple(bars), described)


# ---------------------------------------------------------------------- files of this folder
def _policy(style: str) -> str:
    # This style sheet and the pictures beside the page; no script, frame or request to anywhere else.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    beside = "'self' file:"
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src {beside}; media-src {beside}; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _catalogue(language: str) -> Catalogue:
    text = (Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8")
    return cast("Catalogue", json.loads(text))


@cache
def _style() -> str:
    return (Path(__file__).parent / "calendar.css").read_text(encoding="utf-8")
