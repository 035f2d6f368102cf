"""Days that come again: a part of RFC 5545's recurrence rules, counted on the brand's calendar.

The days are found by python-dateutil; the clock's own changes are no matter of theirs.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Literal, NamedTuple

from dateutil import rrule

from parution.plan.times import YEARS

MOST = 400  # days of one rule: more than a year of days, and no file makes rows without end

_FREQUENCIES: Mapping[str, Literal[1, 2, 3]] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
}
_WEEKDAYS = {day: getattr(rrule, day) for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")}
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_LIKE = "write it like FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=2026-12-24"
_PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL")


class NotARule(ValueError):
    """Says what is wrong, and what to write instead."""

    def __init__(self, wrong: str, instead: str = _LIKE) -> None:
        super().__init__(wrong)
        self.wrong, self.instead = wrong, instead


class Rule(NamedTuple):
    frequency: str
    interval: int
    weekdays: tuple[tuple[int | None, str], ...]  # which one of the month (-1 the last), and the day
    month_days: tuple[int, ...]
    times: int | None
    until: date | None  # the last day on which it may fall


def read_rule(text: str) -> Rule:
    """Read `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;COUNT=10`. Raises NotARule."""
    parts = _parts(text)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise NotARule(f"'{frequency}' is not a frequency", "write FREQ=DAILY, FREQ=WEEKLY or FREQ=MONTHLY")
    rule = Rule(
        frequency,
        _number(parts, "INTERVAL") or 1,
        tuple(_weekday(each, frequency) for each in _listed(parts, "BYDAY")),
        tuple(_month_day(each, frequency) for each in _listed(parts, "BYMONTHDAY")),
        _number(parts, "COUNT"),
        _until(parts.get("UNTIL")),
    )
    if (rule.times is None) is (rule.until is None):
        wrong = "it has no end" if rule.times is None else "it has two ends"
        raise NotARule(wrong, "add one of COUNT=10 and UNTIL=2026-12-24, and only one")
    return rule


def days(rule: Rule, first: date) -> list[date]:
    """Give the days of a rule from a day on, itself included where the rule has it.

    Raises NotARule where there are more than MOST, or where the first day is none of them.
    """
    made = rrule.rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(first, time.min),
        interval=rule.interval,
        count=rule.times,
        until=datetime.combine(rule.until, time.min) if rule.until else None,
        byweekday=[_WEEKDAYS[day](nth) if nth else _WEEKDAYS[day] for nth, day in rule.weekdays] or None,
        bymonthday=rule.month_days or None,
    )
    found = [each.date() for each in islice(made, MOST + 1)]
    _check_days(rule, first, found)
    return found


def _check_days(rule: Rule, first: date, found: Sequence[date]) -> None:
    if rule.until is not None and rule.until < first:
        raise NotARule(f"it ends on {rule.until}, before it begins on {first}", "write a later UNTIL")
    if len(found) > MOST:
        hint = f"end it with UNTIL={found[MOST - 1]}, and plan the rest later"
        raise NotARule(f"it has more than {MOST} days", hint)
    if not found:
        raise NotARule("it has no day at all", "look at BYDAY, BYMONTHDAY and UNTIL")
    if found[0] != first:
        day = list(_WEEKDAYS)[first.weekday()]
        raise NotARule(f"{first} ({day}) is none of its days", f"let it begin on {found[0]}, its first one")
    if found[-1].year not in YEARS:
        raise NotARule(f"it goes on until {found[-1].year}", "write an earlier end")


def _parts(text: str) -> Mapping[str, str]:
    parts: dict[str, str] = {}
    for written in text.removeprefix("RRULE:").rstrip(";").split(";"):
        name, equals, value = written.partition("=")
        if not (equals and value) or name not in _PARTS:
            raise NotARule(f"'{written}' is not understood", f"write {', '.join(_PARTS)}, each with = and ;")
        if name in parts:
            raise NotARule(f"{name} stands twice", "keep one of them")
        parts[name] = value
    return parts


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _number(parts: Mapping[str, str], name: str) -> int | None:
    if name not in parts:
        return None
    if not re.fullmatch(r"[1-9]\d{0,3}", parts[name], re.ASCII):
        raise NotARule(f"{name}={parts[name]} is not a number from 1 on", f"write {name}=2")
    return int(parts[name])


def _weekday(text: str, frequency: str) -> tuple[int | None, str]:
    found = _DAY.fullmatch(text)
    if found is None:
        raise NotARule(f"'{text}' is not a day", "write MO, TU, WE, TH, FR, SA or SU")
    if found[1] and frequency != "MONTHLY":
        raise NotARule(f"'{text}' counts inside a month", f"write {found[2]}, or FREQ=MONTHLY")
    return int(found[1]) if found[1] else None, found[2]


def _month_day(text: str, frequency: str) -> int:
    if not re.fullmatch(r"-?([1-9]|[12]\d|3[01])", text, re.ASCII):
        raise NotARule(f"'{text}' is not a day of a month", "write 1 to 31, or -1 for the last")
    if frequency != "MONTHLY":
        raise NotARule("BYMONTHDAY needs FREQ=MONTHLY", "write FREQ=MONTHLY, or BYDAY")
    return int(text)


def _until(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)  # 2026-12-24, and 20261224 as RFC 5545 has it
    except ValueError as error:
        raise NotARule(f"'{text}' is not a date", "write UNTIL=2026-12-24") from error
