"""The report's languages: texts from the catalogues, numbers, money and dates as the locale writes them.

Nothing that belongs together breaks over two lines: inside a number, and between a number and its unit,
stand only no-break spaces (U+00A0, U+202F).
"""

import json
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cache
from math import floor, log10
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, format_percent

from parution.buying.campaigns import Because
from parution.money import decimals

LANGUAGES = ("en", "fr")
NO_BREAK = "\u00a0"
MINUS = "\u2212"

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONGEST = 312  # digits of the largest float, and the three places that Babel rounds to
_MANY, _FINEST = 100, 4  # expected results: from so many on whole ones, and never more decimals
# Of a reason's values those that are amounts.
_MONEY = frozenset({"spent", "told", "least", "allowance", "above"})
_NON_CHARACTER = 0xFFFE  # the last two code points of each plane

NETWORKS = {
    "linkedin": "LinkedIn",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "wordpress": "WordPress",
    "google_plus": "Google+",
}

type Catalogue = dict[str, str | dict[str, str]]


@cache
def catalogue(language: str) -> Catalogue:
    """Read the texts of a language. Raises FileNotFoundError for one that there is none of."""
    folder, texts = Path(__file__).parent, cast("Catalogue", {})
    for name in (f"{language}.json", f"mail.{language}.json", f"portfolio.{language}.json"):
        texts |= json.loads((folder / name).read_text(encoding="utf-8"))
    return texts


class Words:
    """One reader's language, numbers and clock.

    A locale whose language has no catalogue is written in English, numbers included.
    """

    def __init__(self, locale: str, timezone: str) -> None:
        self.locale = _locale(locale)
        self.language = self.locale.language
        self.zone = ZoneInfo(timezone)
        self._texts = catalogue(self.language)

    @property
    def tag(self) -> str:
        """The locale as HTML's ``lang`` writes it: fr-FR."""
        return str(self.locale).replace("_", "-")

    def say(self, key: str, /, **values: object) -> str:
        """Give a text with its values; ``n`` chooses the plural. Raises KeyError for a missing text."""
        text, n = self._texts[key], values.pop("n", None)
        counted = n if isinstance(n, int | float) else None
        if isinstance(text, dict):
            text = text.get(self.locale.plural_form(counted or 0), text["other"])
        return text.format(n=self.count(counted) if counted is not None else "", **values)

    def because(self, because: Because, currency: str) -> str:
        """Say a reason: its money in this currency, its shares in percent."""
        values: dict[str, object] = dict(because.values)
        for name in _MONEY & values.keys():
            values[name] = self.money(int(because.values[name]), currency)
        if "share" in values:
            values["share"] = self.percent(float(because.values["share"]))
        if "results" in values:
            values["results"] = self.count(float(because.values["results"]))
        if "network" in values:
            values["network"] = network_name(str(values["network"]))
        return self.say(f"because.{because.code}", **values)

    def has(self, key: str) -> bool:
        """Say whether there is a text: of what others name, a new name may have none yet."""
        return key in self._texts

    # ---------------------------------------------------------------- numbers
    def money(self, minor: int, currency: str) -> str:
        amount = Decimal(minor).scaleb(-decimals(currency))
        return _money(format_currency(amount, currency, locale=self.locale))

    def round_money(self, minor: int, currency: str) -> str:
        """Write an amount without its decimals where it has none: 500 €."""
        if minor % 10 ** decimals(currency):
            return self.money(minor, currency)
        amount = Decimal(minor).scaleb(-decimals(currency))
        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return _typeset(format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False))

    def count(self, value: float) -> str:
        """Write a whole number; a fraction is rounded, half to even."""
        with localcontext(prec=_LONGEST):
            return _typeset(format_decimal(round(value), locale=self.locale))

    def decimal(self, value: float, places: int) -> str:
        return _typeset(
            format_decimal(Decimal(f"{value:.{places}f}"), f"#,##0.{'0' * places}", locale=self.locale)
        )

    def places(self, value: float) -> int:
        """Give the decimals of an expected number of results: a day's are few, and often parts of one."""
        size = abs(value)
        if size >= 1:
            return 0 if size >= _MANY else 1
        return min(_FINEST, 1 - floor(log10(size))) if size else 0

    def result(self, value: float, *, signed: bool = False, places: int | None = None) -> str:
        """Write an expected number of results: 124, 12.4, 0.31, and nothing finer than 0.0001."""
        places = self.places(value) if places is None else places
        value = round(value, places)
        written = self.decimal(value, places) if places and value else self.count(value)
        return f"+{written}" if signed and value > 0 else written

    def exact(self, value: float, *, signed: bool = False) -> str:
        """Write a counted number: whole ones as they are, parts as fine as they are meant."""
        return self.result(value, signed=signed, places=0 if float(value).is_integer() else None)

    def percent(self, ratio: float, places: int = 0) -> str:
        pattern = (
            None
            if places == 0
            else f"{self.locale.percent_formats[None].pattern}".replace("#,##0", "#,##0." + "0" * places)
        )
        return _typeset(format_percent(ratio, pattern, locale=self.locale))

    def of_unit(self, value: float, unit: str) -> str:
        """Write a number of a free unit: ``146 commandes``; near one, ``commandes : 1``."""
        if self.locale.plural_form(round(value)) == "one":
            return self.say("one_of_unit", number=self.count(value), unit=unit.replace(" ", NO_BREAK))
        return f"{self.count(value)}{NO_BREAK}{unit.replace(' ', NO_BREAK)}"

    # ---------------------------------------------------------------- time
    def day(self, day: date) -> str:
        """Write a day without its year: 24 déc."""
        return self._first(format_skeleton("MMMd", _noon(day), locale=self.locale), day)

    def weekday(self, number: int) -> str:
        """Write a weekday, short: 0 is Monday."""
        return _typeset(self.locale.days["stand-alone"]["abbreviated"][number])

    def long_day(self, day: date) -> str:
        return self._first(format_date(day, "long", locale=self.locale), day)

    def days(self, first: date, last: date) -> str:
        text = format_interval(first, last, "yMMMd", locale=self.locale)
        return self._first(text, first)

    def month(self, day: date) -> str:
        return _typeset(format_skeleton("yMMMM", _noon(day), locale=self.locale))

    def instant(self, instant: datetime) -> str:
        """Write an instant on the brand's clock: 3 déc. 08:00."""
        here = instant.astimezone(self.zone)
        return f"{self.day(here.date())}{NO_BREAK}{self.time(instant)}"

    def instant_text(self, text: str) -> str:
        return self.instant(datetime.fromisoformat(text))

    def time(self, instant: datetime) -> str:
        return _typeset(format_time(instant.astimezone(self.zone), "short", locale=self.locale))

    def duration(self, seconds: float) -> str:
        """Write a duration in the two units that matter: 0,4 s, 3 min, 2 h 10 min, 3 j."""
        seconds = round(seconds, 1)
        if seconds < _MINUTE:
            return f"{self._seconds(seconds)}{NO_BREAK}s"
        if seconds < _HOUR:
            return f"{self.count(seconds // _MINUTE)}{NO_BREAK}min"
        if seconds < _DAY:
            hours, minutes = divmod(seconds // _MINUTE, 60)
            return NO_BREAK.join((self.count(hours), "h", self.count(minutes), "min"))
        return self.say("days", n=seconds // _DAY)

    def _seconds(self, seconds: float) -> str:
        return _typeset(format_decimal(seconds, "0.0", locale=self.locale))

    def _first(self, text: str, day: date) -> str:
        # CLDR has no ordinals in dates; French writes the first of a month, and it alone, as one.
        if self.language == "fr" and day.day == 1 and text.startswith("1") and not text[1].isdigit():
            text = "1er" + text[1:]
        return _typeset(text)


def printable(text: str) -> str:
    """Leave out what no page, image or sheet can hold: control characters and Unicode's non-characters."""
    return "".join(
        char for char in text if unicodedata.category(char) != "Cc" and ord(char) & 0xFFFE != _NON_CHARACTER
    )


def network_name(network: str | None) -> str:
    """Give a network's name as it writes itself."""
    return NETWORKS.get(network or "", (network or "").capitalize())


def _locale(tag: str) -> Locale:
    try:
        locale = Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")
    return locale if locale.language in LANGUAGES else Locale("en")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 (a wall-clock day: no zone shall move it)


def _money(text: str) -> str:
    # A currency without a sign of its own stands apart from its number: TND 1.234.
    return _typeset(re.sub(r"(?<=[A-Za-z])(?=\d)", NO_BREAK, text))


def _typeset(text: str) -> str:
    # Some locales put a thin space, which may break, around the dash of an interval.
    return text.replace(" ", NO_BREAK).replace("\u2009", "\u202f").replace("-", MINUS)
