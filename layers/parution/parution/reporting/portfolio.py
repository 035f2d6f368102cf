"""The portfolio: an agency's brands side by side, each as its newest report tells it.

Money is added in one currency alone, at rates that a person gave with their day; amounts without a rate stay
apart. What a brand's results are worth beside another's nobody has said: they are not added at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from parution.money import Currency
from parution.plan.model import MailAddress
from parution.records import Id, Instant, Record
from parution.reporting.contract import Figure, derived, money
from parution.reporting.rates import Rates
from parution.reporting.words import printable

SCHEMA = "parution.portfolio/1"

type Tone = Literal["act", "watch", "good", "none"]
_PRESSING: Sequence[Tone] = ("act", "watch", "good", "none")


class Subscription(Record):
    """Who is mailed the portfolio, and when."""

    every: str | None = None
    to: tuple[MailAddress, ...] = ()


class Order(Record):
    """What a portfolio is made of: its brands and rates, as the workspace and the rates' file say."""

    id: Id
    name: str
    locale: str
    timezone: str
    brands: tuple[Id, ...]
    rates: Rates
    subscriptions: tuple[Subscription, ...] = ()


# ---------------------------------------------------------------- what is read of a report
class _Part(BaseModel):
    """A part of report.json: of an older or a newer one what is not known here is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Number(_Part):
    value: int | float | None


class _Campaign(_Part):
    id: str
    state: Literal["ahead", "running", "over"]
    currency: Currency
    budget: _Number
    spent: _Number
    planned: _Number
    projected: _Number


class _Brand(_Part):
    id: Id
    name: str
    locale: str


class _Month(_Part):
    first: date
    last: date


class _Verdict(_Part):
    tone: Tone
    text: str
    language: str


class _Posts(_Part):
    expected: _Number
    on_time: _Number
    not_out: _Number


class Reported(_Part):
    """What the portfolio takes from a brand's report."""

    generated_at: Instant
    brand: _Brand
    period: _Month
    verdict: _Verdict
    campaigns: tuple[_Campaign, ...]
    posts_summary: _Posts


# ---------------------------------------------------------------- the contract
class Money(Record):
    """A brand's campaigns in one currency, or a sum over brands; what nobody has read yet is left out.

    ``unread`` are the campaigns that no figure has come back for.
    """

    currency: Currency
    campaigns: int
    budget: Figure
    spent: Figure
    planned: Figure
    projected: Figure
    pace: Figure
    unread: tuple[str, ...] = ()


class BrandLine(Record):
    """One brand. ``converted`` is None where a currency of its campaigns has no rate."""

    brand: str
    name: str
    report: str  # the key of its report.json
    generated_at: Instant
    first: date
    last: date
    tone: Tone
    verdict: str
    language: str
    running: int
    money: tuple[Money, ...]
    converted: Money | None
    expected: Figure
    on_time: Figure
    not_out: Figure


class Portfolio(Record):
    """``apart`` holds, for each currency without a rate, what is in no total."""

    schema_: str = Field(alias="schema")
    generated_at: Instant  # when the newest of its reports was
    id: str
    name: str
    locale: str
    timezone: str
    currency: Currency
    rates: Rates
    brands: tuple[BrandLine, ...]
    missing: tuple[str, ...]  # brands that have no report yet
    total: Money
    apart: tuple[Money, ...]


def portfolio_of(order: Order, reports: Sequence[tuple[str, Reported]]) -> Portfolio:
    """Put reports, each with its key, side by side: what most needs somebody first, then the larger."""
    rates = order.rates
    lines = sorted((_line(key, one, rates) for key, one in reports), key=_pressing)
    every = [amount for line in lines for amount in line.money]
    used = sorted({amount.currency for amount in every} & rates.rates.keys())
    known = [amount for amount in every if rates.has(amount.currency)]
    apart = [amount for amount in every if not rates.has(amount.currency)]
    found = {line.brand for line in lines}
    return Portfolio(
        schema=SCHEMA,
        generated_at=max(one.generated_at for _, one in reports),
        id=order.id,
        name=printable(order.name),
        locale=order.locale,
        timezone=order.timezone,
        currency=rates.into,
        rates=rates.model_copy(update={"rates": {one: rates.rates[one] for one in used}}),
        brands=tuple(lines),
        missing=tuple(brand for brand in order.brands if brand not in found),
        total=_sum(rates.into, [_converted(amount, rates) for amount in known]),
        apart=tuple(
            _sum(currency, [amount for amount in apart if amount.currency == currency])
            for currency in sorted({amount.currency for amount in apart})
        ),
    )


def _line(key: str, report: Reported, rates: Rates) -> BrandLine:
    currencies = sorted({campaign.currency for campaign in report.campaigns})
    amounts = tuple(_in(currency, report.campaigns) for currency in currencies)
    has_rates = all(rates.has(currency) for currency in currencies)
    converted = [_converted(amount, rates) for amount in amounts] if has_rates else None
    posts = report.posts_summary
    return BrandLine(
        brand=report.brand.id,
        name=printable(report.brand.name),
        report=key,
        generated_at=report.generated_at,
        first=report.period.first,
        last=report.period.last,
        tone=report.verdict.tone,
        verdict=printable(report.verdict.text),
        language=report.verdict.language,
        running=sum(campaign.state == "running" for campaign in report.campaigns),
        money=amounts,
        converted=_sum(rates.into, converted) if converted is not None else None,
        expected=_count(posts.expected, report),
        on_time=_count(posts.on_time, report),
        not_out=_count(posts.not_out, report),
    )


def _pressing(line: BrandLine) -> tuple[int, int, str]:
    budget = int(line.converted.budget.value or 0) if line.converted else 0
    return _PRESSING.index(line.tone), -budget, line.brand


def _count(number: _Number, report: Reported) -> Figure:
    return Figure(value=number.value, unit="count", source="posts", read_at=report.generated_at)


# ---------------------------------------------------------------- sums
def _in(currency: str, campaigns: Iterable[_Campaign]) -> Money:
    mine = [campaign for campaign in campaigns if campaign.currency == currency]
    read = [campaign for campaign in mine if campaign.spent.value is not None]
    return _money(
        currency,
        len(mine),
        budget=_added(one.budget for one in mine),
        spent=_added(one.spent for one in read),
        # What was planned by now of those campaigns alone whose spend is known: or pace would compare unlike.
        planned=_added(one.planned for one in read),
        projected=_added(one.projected for one in mine) if _all_projected(mine) else None,
        unread=tuple(one.id for one in mine if one.spent.value is None),
    )


def _all_projected(campaigns: Iterable[_Campaign]) -> bool:
    return all(campaign.projected.value is not None for campaign in campaigns)


def _added(numbers: Iterable[_Number]) -> int | None:
    given = [int(number.value) for number in numbers if number.value is not None]
    return sum(given) if given else None


def _converted(amount: Money, rates: Rates) -> Money:
    def convert(figure: Figure) -> int | None:
        return rates.convert(int(figure.value), amount.currency) if figure.value is not None else None

    return _money(
        rates.into,
        amount.campaigns,
        budget=convert(amount.budget),
        spent=convert(amount.spent),
        planned=convert(amount.planned),
        projected=convert(amount.projected),
        unread=amount.unread,
    )


def _sum(currency: str, amounts: Sequence[Money]) -> Money:
    def added(name: str) -> int | None:
        given = list(_values(amounts, name))
        return sum(given) if given else None

    projected = added("projected") if all(one.projected.value is not None for one in amounts) else None
    return _money(
        currency,
        sum(one.campaigns for one in amounts),
        budget=added("budget"),
        spent=added("spent"),
        planned=added("planned"),
        projected=projected,
        unread=tuple(name for one in amounts for name in one.unread),
    )


def _values(amounts: Iterable[Money], name: str) -> Iterator[int]:
    for amount in amounts:
        figure: Figure = getattr(amount, name)
        if figure.value is not None:
            yield int(figure.value)


def _money(currency: str, campaigns: int, *, unread: tuple[str, ...], **values: int | None) -> Money:
    spent, planned = values["spent"], values["planned"]
    figures = {name: money(value, currency, "derived") for name, value in values.items()}
    pace = derived(spent / planned if spent is not None and planned else None, "ratio")
    return Money(currency=currency, campaigns=campaigns, pace=pace, unread=unread, **figures)
