"""Money: integers in the currency's minor unit, never a float."""

from typing import Annotated

from pydantic import Field

# 1234 means 12.34 EUR, 1234 JPY or 1.234 TND.
Minor = Annotated[int, Field(strict=True, ge=0)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

# ISO 4217 exponents that are not 2 (list one of 2024-06-25).
_NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())  # noqa: SIM905
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905


def decimals(currency: str) -> int:
    """Give the digits after the point of a currency: 2 for EUR, 0 for JPY, 3 for TND."""
    return 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2


def plain(amount: int, currency: str) -> str:
    """Write an amount for logs and terminals: ``12.34 EUR``. Reports use the reader's locale instead."""
    places = decimals(currency)
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(places + 1, "0")
    whole, fraction = (digits[:-places], digits[-places:]) if places else (digits, "")
    return f"{sign}{whole}{'.' if fraction else ''}{fraction} {currency}"
