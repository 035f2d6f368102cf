"""The portfolio as a sheet: one row for each brand and currency, plain or as a French Excel opens it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from parution.money import decimals
from parution.reporting.contract import Figure
from parution.reporting.portfolio import BrandLine, Money, Portfolio
from parution.reporting.sheet import decimal_comma, french_time, french_written, written

_AMOUNTS = ("budget", "spent", "planned", "projected")
HEADER = (
    "brand", "name", "report", "generated_at", "first", "last", "tone", "running",
    "currency", "campaigns", *_AMOUNTS, "pace", "rate", "into", "converted_budget", "converted_spent",
    "expected", "on_time", "not_out", "verdict",
)  # fmt: skip
FRENCH_HEADER = (
    "marque", "nom", "rapport", "écrit le", "du", "au", "ton", "campagnes en cours",
    "monnaie", "campagnes", "budget", "dépensé", "prévu", "projeté", "rythme", "taux", "vers",
    "budget converti", "dépensé converti", "attendues", "à l'heure", "non parues", "verdict",
)  # fmt: skip
_TIMES, _NUMBERS = {3, 4, 5}, {*range(10, 16), 17, 18}


def portfolio_sheet(portfolio: Portfolio) -> tuple[bytes, int]:
    """Give the file (RFC 4180, decimal points) and the number of its rows, the header not counted."""
    rows = list(_rows(portfolio))
    return written(HEADER, rows), len(rows)


def french_portfolio_sheet(portfolio: Portfolio) -> tuple[bytes, int]:
    """Give the same rows as a French Excel reads them, and their number."""
    zone = ZoneInfo(portfolio.timezone)
    rows = [[_in_french(place, cell, zone) for place, cell in enumerate(row)] for row in _rows(portfolio)]
    return french_written(FRENCH_HEADER, rows), len(rows)


def _rows(portfolio: Portfolio) -> Iterator[tuple[str, ...]]:
    for line in portfolio.brands:
        head = (
            line.brand, line.name, line.report, line.generated_at.isoformat(),
            line.first.isoformat(), line.last.isoformat(), line.tone, str(line.running),
        )  # fmt: skip
        tail = (_number(line.expected), _number(line.on_time), _number(line.not_out), line.verdict)
        for cells in _of_money(line, portfolio):
            yield (*head, *cells, *tail)


def _of_money(line: BrandLine, portfolio: Portfolio) -> Iterator[tuple[str, ...]]:
    if not line.money:
        yield ("", "0", *("" for _ in _AMOUNTS), "", "", "", "", "")
    for amount in line.money:
        yield (amount.currency, str(amount.campaigns), *_amounts(amount), *_conversion(amount, portfolio))


def _amounts(amount: Money) -> Iterator[str]:
    for name in (*_AMOUNTS, "pace"):
        yield _number(getattr(amount, name))


def _conversion(amount: Money, portfolio: Portfolio) -> tuple[str, ...]:
    rates = portfolio.rates
    if not rates.has(amount.currency):
        return "", "", "", ""
    rate = "1" if amount.currency == rates.into else repr(rates.rates[amount.currency])
    converted = (
        rates.convert(int(figure.value), amount.currency) if figure.value is not None else None
        for figure in (amount.budget, amount.spent)
    )
    return (rate, rates.into, *(_whole(value, rates.into) for value in converted))


def _number(figure: Figure) -> str:
    if figure.value is None:
        return ""
    if figure.unit == "minor" and figure.currency:
        return _whole(int(figure.value), figure.currency)
    return format(Decimal(repr(figure.value)), "f")


def _whole(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Decimal(minor).scaleb(-decimals(currency)))


def _in_french(place: int, cell: str, zone: ZoneInfo) -> str:
    if place in _TIMES:
        return french_time(datetime.fromisoformat(cell).isoformat() if "T" in cell else cell, zone)
    return decimal_comma(cell) if place in _NUMBERS else cell
