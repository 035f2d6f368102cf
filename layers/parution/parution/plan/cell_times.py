"""Dates and times as people and spreadsheets write them; what can be read in two ways is refused."""

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal

from parution.plan.cells import Cell, Unreadable, plain

Order = Literal["dmy", "mdy"]

# Excel counts days from here (its 1900 has a 29th of February); the bounds are 2000 and 2100.
_DAY_ZERO = date(1899, 12, 30)
_SERIALS = range(36526, 73051)
_MINUTES = 1440
_HOURS = 24

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(.+))?")
_SIGNED = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})(?:[ T,à]+(.+))?")
_WORDED = re.compile(
    r"(?:[^\W\d]+\.?,? )?(?:(?P<day>\d{1,2})(?:er|st|nd|rd|th)?[ \-.]+(?P<month>[^\W\d]+)\.?"
    r"|(?P<name>[^\W\d]+)\.? (?P<after>\d{1,2})(?:st|nd|rd|th)?)[ ,\-]+(?P<year>\d{4}|\d{2})"
    r"(?:[ ,à]+(?P<clock>.+))?"
)
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")


def moment(cell: Cell, order: Order | None) -> tuple[date, time | None]:
    """Read a date, and the time that may stand behind it. Raises Unreadable."""
    text = cell.text.replace("\u00a0", " ").replace("\u202f", " ")
    try:
        return _moment(cell, text, order)
    except ValueError:
        said = f"'{cell.text}' is no date"
        raise Unreadable(cell.flaw("S009", said, "write it like 2026-12-03")) from None


def _moment(cell: Cell, text: str, order: Order | None) -> tuple[date, time | None]:
    if found := _ISO.fullmatch(text):
        return date(*map(int, found.groups()[:3])), _clock_behind(cell, found[4])
    if (found := _SERIAL.fullmatch(text)) and int(found[1]) in _SERIALS:
        minutes = round(float(f"0.{found[2] or 0}") * _MINUTES)
        at = datetime.combine(_DAY_ZERO, time()) + timedelta(days=int(found[1]), minutes=minutes)
        return at.date(), at.time() if found[2] else None
    if found := _SIGNED.fullmatch(text):
        return _signed(cell, found, order), _clock_behind(cell, found[4])
    if (found := _WORDED.fullmatch(text.casefold())) and (month := _months().get(_letters(found))):
        return date(_year(found["year"]), month, int(found["day"] or found["after"])), _clock_behind(
            cell, found["clock"]
        )
    raise ValueError(text)


def _letters(found: re.Match[str]) -> str:
    return plain(found["month"] or found["name"])


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text)  # noqa: PLR2004 (digits of 26)


def _signed(cell: Cell, found: re.Match[str], order: Order | None) -> date:
    """Read 01/12/2026. Where both readings are days and nobody said which, both are told."""
    one, other, year = int(found[1]), int(found[2]), _year(found[3])
    readings = {"dmy": (year, other, one), "mdy": (year, one, other)}
    days = {name: date(*parts) for name, parts in readings.items() if parts[1] <= 12}  # noqa: PLR2004 (months)
    if order is not None:
        if order not in days:
            said = f"'{cell.text}' is no date of the order {order}"
            raise Unreadable(cell.flaw("S009", said, f"write {next(iter(days.values()), '2026-12-03')}"))
        return days[order]
    if len(set(days.values())) > 1:
        said = f"'{cell.text}' may be {_long(days['dmy'])} or {_long(days['mdy'])}"
        hint = f"add --dates dmy or --dates mdy, or write {days['dmy']} or {days['mdy']}"
        raise Unreadable(cell.flaw("S002", said, hint))
    return days.popitem()[1] if days else date(year, other, one)  # which is none


def _long(day: date) -> str:
    return f"{day.day} {_ENGLISH[day.month - 1].capitalize()} {day.year}"


_ENGLISH = "january february march april may june july august september october november december".split()  # noqa: SIM905
_FRENCH = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()  # noqa: SIM905
_SHORTEST = 3


@cache
def _months() -> dict[str, int]:
    """Give every beginning of a month's name that means one month alone: dec, sept, juil."""
    meant: dict[str, set[int]] = {}
    for names in (_ENGLISH, _FRENCH):
        for number, name in enumerate(names, start=1):
            for length in range(_SHORTEST, len(name) + 1):
                meant.setdefault(name[:length], set()).add(number)
    return {name: min(numbers) for name, numbers in meant.items() if len(numbers) == 1}


_CLOCK = re.compile(
    r"(?P<hour>\d{1,2}) ?(?:(?:[h:.] ?)(?P<minute>[0-5]\d)?(?::(?P<second>[0-5]\d))?)?(?: ?min)?"
    r" ?(?P<half>am|pm|a\.m\.|p\.m\.)?"
)
# A part of a day; a day number before it says the same as the date.
_FRACTION = re.compile(r"(?:0|\d{5})?[.,](\d+)")


def clock_of(cell: Cell) -> time:
    """Read a time: 08:00, 8h, 8 h 30, 8:30 PM, Excel's 0,3333. Raises Unreadable."""
    text = cell.text.casefold().replace("\u00a0", " ").replace("\u202f", " ")
    seconds = _seconds(text)
    if seconds is None or seconds >= _MINUTES * 60:
        is_hour = text.isdecimal() and int(text) < _HOURS
        hint = f"write {int(text):02}:00" if is_hour else "write it like 08:00"
        raise Unreadable(cell.flaw("S011", f"'{cell.text}' is no time", hint))
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _seconds(text: str) -> int | None:
    """Give the seconds since midnight; None where the text is no time."""
    if text in {"midi", "noon"}:
        return _MINUTES // 2 * 60
    if found := _FRACTION.fullmatch(text):
        return round(float(f"0.{found[1]}") * _MINUTES) * 60
    found = _CLOCK.fullmatch(text)
    # A number alone may be an hour, or anything.
    if not found or text.isdecimal():
        return None
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 (of twelve)
            return None
        hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    return (hour * 60 + int(found["minute"] or 0)) * 60 + int(found["second"] or 0)


def _clock_behind(cell: Cell, text: str | None) -> time | None:
    return clock_of(cell._replace(text=text)) if text else None
