"""The portfolio as a page: one HTML file with the look of the brands' reports, no script, nothing fetched."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from parution.reporting.contract import Figure
from parution.reporting.letters import Front
from parution.reporting.page import ATTENTION, GOOD, OVER, UNDER, UNKNOWN, Card, content_policy, style_sheet
from parution.reporting.portfolio import BrandLine, Money, Portfolio
from parution.reporting.situations import PACE_TOLERANCE
from parution.reporting.templates import template
from parution.reporting.words import Words

_VERDICTS = {
    "act": "portfolio.act",
    "watch": "portfolio.watch",
    "good": "portfolio.good",
    "none": "portfolio.none",
}
GLYPHS = {"act": "!", "watch": "◆", "good": "✓", "none": "·"}


class Amount(NamedTuple):
    """A cell: the amount in the portfolio's currency, and in the brand's own where that is another."""

    told: str
    own: tuple[str, ...] = ()


class Row(NamedTuple):
    """One brand as the table shows it."""

    line: BrandLine
    glyph: str
    tone: str
    spent: Amount
    budget: Amount
    projected: Amount
    pace: str
    posts: str
    day: str


def portfolio_page(portfolio: Portfolio) -> bytes:
    words = Words(portfolio.locale, portfolio.timezone)
    shown = portfolio_front(portfolio, words)
    text = template(Path(__file__).parent / "portfolio.html.j2").render(
        portfolio=portfolio,
        front=shown,
        words=words,
        say=words.say,
        style=Markup(_style()),  # noqa: S704 (our own style sheet)
        policy=content_policy(_style()),
        glyph=GLYPHS[shown.tone],
        rows=[_row(line, portfolio.currency, words) for line in portfolio.brands],
        total=_totals(portfolio.total, words),
        apart=[(amount.currency, _totals(amount, words)) for amount in portfolio.apart],
        notes=list(_notes(portfolio, words)),
    )
    return text.encode()


def portfolio_front(portfolio: Portfolio, words: Words) -> Front:
    """Give what heads the page, and is the whole of a letter."""
    day = words.long_day(portfolio.generated_at.astimezone(words.zone).date())
    return Front(
        name=portfolio.name,
        title=words.say("portfolio.title", day=day),
        subject=words.say("portfolio.subject", name=portfolio.name, day=day),
        tone=_tone(portfolio),
        verdict=_verdict(portfolio, words),
        cards=_cards(portfolio, words),
        at=portfolio.generated_at,
        file_name=f"{portfolio.id}-{portfolio.generated_at.astimezone(words.zone):%Y-%m-%d}.html",
    )


# ---------------------------------------------------------------- the verdict
def _tone(portfolio: Portfolio) -> str:
    # The brands stand with the most pressing one first.
    return portfolio.brands[0].tone


def _verdict(portfolio: Portfolio, words: Words) -> str:
    tone, of = _tone(portfolio), len(portfolio.brands)
    pressing = [line.name for line in portfolio.brands if line.tone == tone]
    n = len(pressing) if tone in {"act", "watch"} else of
    said = words.say(_VERDICTS[tone], n=n, of=words.count(of), names=", ".join(pressing))
    total = portfolio.total
    if total.spent.value is not None and total.budget.value:
        said += words.say(
            "portfolio.spent", spent=_money(total.spent, words), budget=_money(total.budget, words)
        )
        if apart := _apart(portfolio, words):
            said += words.say("portfolio.spent.apart", apart=apart)
    return f"{said}."


def _apart(portfolio: Portfolio, words: Words) -> str:
    """Name what was spent without a rate; of what has spent nothing yet the table tells."""
    return ", ".join(_money(amount.spent, words) for amount in portfolio.apart if amount.spent.value)


# ---------------------------------------------------------------- cards
def _cards(portfolio: Portfolio, words: Words) -> list[Card]:
    return [
        _spent_card(portfolio, words),
        _pace_card(portfolio.total, words),
        _brands_card(portfolio, words),
        _posts_card(portfolio, words),
    ]


def _spent_card(portfolio: Portfolio, words: Words) -> Card:
    total, label = portfolio.total, words.say("portfolio.card.spent", currency=portfolio.currency)
    of = ""
    if total.spent.value is not None and total.budget.value:
        share = words.percent(total.spent.value / total.budget.value)
        of = words.say("portfolio.card.spent.of", budget=_money(total.budget, words), share=share)
    if apart := _apart(portfolio, words):
        mark = words.say("portfolio.card.spent.apart", apart=apart)
        return Card(label, _money(total.spent, words), of, ATTENTION, mark, "none")
    return Card(label, _money(total.spent, words), of)


def _pace_card(total: Money, words: Words) -> Card:
    label, pace = words.say("portfolio.card.pace"), total.pace.value
    if pace is None:
        return Card(label, UNKNOWN, "")
    of = words.say(
        "portfolio.card.pace.of", spent=_money(total.spent, words), planned=_money(total.planned, words)
    )
    if abs(pace - 1) <= PACE_TOLERANCE:
        return Card(label, words.percent(pace), of, GOOD, words.say("mark.good"), "good")
    key, glyph = ("mark.over", OVER) if pace > 1 else ("mark.under", UNDER)
    mark = words.say(key, share=words.percent(abs(pace - 1)))
    return Card(label, words.percent(pace), of, glyph, mark, "act")


def _brands_card(portfolio: Portfolio, words: Words) -> Card:
    n = sum(line.tone == "act" for line in portfolio.brands)
    of = words.say("portfolio.card.brands.of", of=words.count(len(portfolio.brands)))
    return Card(words.say("portfolio.card.brands"), words.count(n), of)


def _posts_card(portfolio: Portfolio, words: Words) -> Card:
    expected, on_time, out = (
        sum(int(getattr(line, name).value or 0) for line in portfolio.brands)
        for name in ("expected", "on_time", "not_out")
    )
    label = words.say("portfolio.card.posts")
    if not expected:
        return Card(label, UNKNOWN, "")
    number = words.say(
        "portfolio.card.posts.of", on_time=words.count(on_time), expected=words.count(expected)
    )
    if out:
        return Card(label, number, "", ATTENTION, words.say("portfolio.card.posts.out", n=out), "act")
    return Card(label, number, "")


# ---------------------------------------------------------------- the table
def _row(line: BrandLine, currency: str, words: Words) -> Row:
    pace = line.converted.pace if line.converted else _only(line).pace
    expected = line.expected.value
    return Row(
        line=line,
        glyph=GLYPHS[line.tone],
        tone=line.tone,
        spent=_amount(line, "spent", currency, words),
        budget=_amount(line, "budget", currency, words),
        projected=_amount(line, "projected", currency, words),
        pace=words.percent(pace.value) if pace.value is not None else UNKNOWN,
        posts=words.say(
            "portfolio.card.posts.of",
            on_time=words.count(line.on_time.value or 0),
            expected=words.count(expected),
        )
        if expected
        else UNKNOWN,
        day=words.instant(line.generated_at),
    )


def _only(line: BrandLine) -> Money:
    """Give the one amount of a brand, or one without a pace where it has several currencies."""
    (first, *others) = line.money
    return (
        first
        if not others
        else first.model_copy(update={"pace": Figure(value=None, unit="ratio", source="derived")})
    )


def _amount(line: BrandLine, name: str, currency: str, words: Words) -> Amount:
    if not line.money:
        return Amount(words.say("portfolio.no_campaign") if name == "spent" else UNKNOWN)
    own = tuple(_money(getattr(amount, name), words) for amount in line.money)
    if line.converted is None:
        return Amount(UNKNOWN, own)
    told = _money(getattr(line.converted, name), words)
    return Amount(told, own if {amount.currency for amount in line.money} != {currency} else ())


def _totals(amount: Money, words: Words) -> dict[str, str]:
    figures = {name: getattr(amount, name) for name in ("spent", "budget", "projected")}
    pace = words.percent(amount.pace.value) if amount.pace.value is not None else UNKNOWN
    return {**{name: _money(figure, words) for name, figure in figures.items()}, "pace": pace}


def _money(figure: Figure, words: Words) -> str:
    return words.money(int(figure.value), figure.currency or "") if figure.value is not None else UNKNOWN


# ---------------------------------------------------------------- what a reader must know
def _notes(portfolio: Portfolio, words: Words) -> Iterator[str]:
    rates = portfolio.rates
    if rates.rates and rates.as_of:
        told = [
            words.say("portfolio.note.rate", from_=currency, rate=_rate(rate, words), into=portfolio.currency)
            for currency, rate in rates.rates.items()
        ]
        day = words.long_day(rates.as_of)
        yield words.say("portfolio.note.rates", day=day, source=rates.source, rates=", ".join(told))
    if portfolio.apart:
        currencies = ", ".join(amount.currency for amount in portfolio.apart)
        yield words.say("portfolio.note.apart", currencies=currencies)
    if portfolio.missing:
        yield words.say("portfolio.note.missing", names=", ".join(portfolio.missing))
    unread = [
        f"{line.name}/{name}" for line in portfolio.brands for money in line.money for name in money.unread
    ]
    if unread:
        yield words.say("portfolio.note.unread", names=", ".join(unread))
    yield words.say("portfolio.note.results")
    yield words.say("portfolio.note.months")


def _rate(rate: float, words: Words) -> str:
    places = len(repr(rate).partition(".")[2])
    return words.decimal(rate, min(max(places, 2), 8))


@cache
def _style() -> str:
    return style_sheet() + (Path(__file__).parent / "portfolio.css").read_text(encoding="utf-8")
