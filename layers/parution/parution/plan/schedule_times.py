"""When a schedule runs: the instants of an expression of EventBridge Scheduler in its zone.

Source: docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, rrule, weekday

from parution.plan.times import NoSuchTime, instant

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_NEAREST = re.compile(r"(\d+)W")
_DAYS = (SU, MO, TU, WE, TH, FR, SA)  # AWS counts from Sunday, which is 1
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SATURDAY, _SUNDAY = 5, 6


class _Cron(NamedTuple):
    minutes: str
    hours: str
    days: str
    months: str
    weekdays: str
    years: str


def occurrences(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Give the instants from ``begin`` on and before ``end``, in UTC; a rate counts from ``begin``.

    The expression must be one that ``check_expression`` accepts. A time inside the spring jump is left
    out, and a doubled one runs once, as AWS has it.
    """
    if rate := _RATE.fullmatch(expression):
        every = timedelta(**{f"{rate[2]}s": int(rate[1])})
        at = begin + every
        while at < end:
            yield at
            at += every
        return
    cron = _Cron(*expression.removeprefix("cron(").removesuffix(")").upper().split())
    for day in _days(cron, begin.astimezone(zone).date(), end.astimezone(zone).date()):
        yield from (at for at in _times(cron, day, zone) if begin <= at < end)


def _times(cron: _Cron, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    for hour in _values(cron.hours, range(24)):
        for minute in _values(cron.minutes, range(60)):
            try:
                yield instant(datetime.combine(day, time(hour, minute)), zone).astimezone(UTC)
            except NoSuchTime:
                continue


def _days(cron: _Cron, first: date, last: date) -> Iterator[date]:
    years = set(_values(cron.years, range(1970, 2200)))
    found: Iterator[date]
    if near := _NEAREST.fullmatch(cron.days):
        found = map(_nearest_workday, _rule(cron, first, last, bymonthday=int(near[1])))
    elif cron.days == "LW":
        found = _rule(cron, first, last, byweekday=(MO, TU, WE, TH, FR), bysetpos=-1)
    elif cron.days == "L":
        found = _rule(cron, first, last, bymonthday=-1)
    elif cron.days != "?":
        found = _rule(cron, first, last, bymonthday=_values(cron.days, range(1, 32)))
    else:
        found = _rule(cron, first, last, byweekday=_weekdays(cron.weekdays))
    yield from (day for day in found if first <= day <= last and day.year in years)


def _rule(cron: _Cron, first: date, last: date, **days: object) -> Iterator[date]:
    months = _values(cron.months, range(1, 13), _MONTH_NAMES)
    # From the month's first day: a nearest workday may lie on the other side of the day that is asked for.
    begin = datetime.combine(first.replace(day=1), time())
    rule = rrule(
        MONTHLY,
        dtstart=begin,
        until=datetime.combine(last + timedelta(days=2), time()),
        bymonth=months,
        **days,  # type: ignore[arg-type]  # each caller names an argument of rrule's own
    )
    return (at.date() for at in rule)


def _nearest_workday(day: date) -> date:
    """Give the nearest day from Monday to Friday in the same month."""
    if day.weekday() == _SATURDAY:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.weekday() == _SUNDAY:
        monday = day + timedelta(days=1)
        return monday if monday.month == day.month else day - timedelta(days=2)
    return day


def _weekdays(text: str) -> list[weekday]:
    """Read `MON-FR`, `2,4`, `6#3` (the third Friday) and `6L` (the last one)."""
    if text == "L":  # by itself the last day of the week
        return [SA]
    if text.endswith("L"):
        return [_DAYS[_value(text[:-1], range(1, 8), _DAY_NAMES) - 1](-1)]
    if "#" in text:
        day, _, place = text.partition("#")
        return [_DAYS[_value(day, range(1, 8), _DAY_NAMES) - 1](int(place))]
    return [_DAYS[number - 1] for number in _values(text, range(1, 8), _DAY_NAMES)]


def _values(text: str, valid: range, names: tuple[str, ...] = ()) -> list[int]:
    return sorted({value for item in text.split(",") for value in _item(item, valid, names)})


def _item(item: str, valid: range, names: tuple[str, ...]) -> range:
    span, slash, step = item.partition("/")
    first, dash, last = span.partition("-")
    if span in {"*", "?"}:
        low, high = valid[0], valid[-1]
    else:
        low = _value(first, valid, names)
        # `5/15` runs from 5 to the end, `5` is 5 alone.
        high = _value(last, valid, names) if dash else valid[-1] if slash else low
    return range(low, high + 1, int(step) if slash else 1)


def _value(text: str, valid: range, names: tuple[str, ...]) -> int:
    return names.index(text) + valid[0] if text in names else int(text)
