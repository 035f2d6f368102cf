"""Exchange rates as a person gives them, all of one day and from one source, never guessed."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from parution.money import Currency, decimals
from parution.records import Record


class Rates(Record):
    """What one unit of each currency is worth in ``into``."""

    into: Currency
    as_of: date | None = None
    source: str = ""
    rates: dict[Currency, float] = {}

    def has(self, currency: str) -> bool:
        return currency == self.into or currency in self.rates

    def convert(self, minor: int, currency: str) -> int:
        """Give an amount in minor units of ``into``, rounded half to even. Raises KeyError without a rate."""
        if currency == self.into:
            return minor
        # As the rate was written: the digits of a float, not the binary number next to them.
        whole = Decimal(minor).scaleb(-decimals(currency)) * Decimal(repr(self.rates[currency]))
        return int(whole.scaleb(decimals(self.into)).quantize(Decimal(1), ROUND_HALF_EVEN))
