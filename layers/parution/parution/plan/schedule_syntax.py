"""EventBridge Scheduler's recurring expressions: rate(value unit) and cron(six fields).

Source: docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from typing import NamedTuple

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)", re.ASCII)
_CRON = re.compile(r"cron\(([^()]*)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"  # what else stands there, beside values, ranges and steps


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, special=r"\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
    _Field("year", 1970, 2199),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


class NotASchedule(ValueError):
    """Says what is wrong, and what to write instead."""

    def __init__(self, wrong: str, instead: str) -> None:
        super().__init__(wrong)
        self.wrong, self.instead = wrong, instead


def check_expression(text: str) -> None:
    """Accept what EventBridge Scheduler takes for a recurring schedule. Raises NotASchedule."""
    if rate := _RATE.fullmatch(text):
        _check_rate(int(rate[1]), rate[2], plural=bool(rate[3]))
    elif cron := _CRON.fullmatch(text):
        _check_cron(cron[1].split())
    elif text.startswith("at("):
        raise NotASchedule("at(...) runs only once", "write cron(...) or rate(...)")
    else:
        raise NotASchedule(f"'{text}' is neither rate(...) nor cron(...)", _suggestion(text))


def _suggestion(text: str) -> str:
    if len(fields := text.removeprefix("cron").strip("() ").split()) == len(_FIELDS) - 1:
        minutes, hours, day, month, weekday = fields
        weekday = "?" if weekday == "*" or day != "*" else weekday
        day = "?" if weekday != "?" else day
        return f"write cron({minutes} {hours} {day} {month} {weekday} *)"
    return "write rate(5 minutes), rate(1 hour) or cron(0 7 ? * MON *)"


def _check_rate(value: int, unit: str, *, plural: bool) -> None:
    if value == 0:
        raise NotASchedule("a rate of 0 never runs", f"write rate(1 {unit})")
    if plural == (value == 1):
        right = unit if value == 1 else f"{unit}s"
        raise NotASchedule(f"{value} goes with '{right}'", f"write rate({value} {right})")


def _check_cron(parts: list[str]) -> None:
    if len(parts) != len(_FIELDS):
        wanted = ", ".join(field.name for field in _FIELDS)
        raise NotASchedule(f"cron has {len(_FIELDS)} fields, here are {len(parts)}", f"write {wanted}")
    for field, part in zip(_FIELDS, parts, strict=True):
        _check_field(field, part.upper())
    if (parts[_DAY_OF_MONTH] == "?") is (parts[_DAY_OF_WEEK] == "?"):
        raise NotASchedule(
            "one of day of month and day of week is ?, and only one",
            "write cron(0 7 ? * MON *) for weekdays or cron(0 7 1 * ? *) for days of the month",
        )


def _check_field(field: _Field, part: str) -> None:
    if re.fullmatch(field.special, part):
        return
    for item in part.split(","):
        span, slash, step = item.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
            raise _wrong(field, item, "a step is a whole number above 0")
        if span != "*":
            _check_span(field, item, span)


def _check_span(field: _Field, item: str, span: str) -> None:
    first, dash, last = span.partition("-")
    low, high = _value(field, item, first), _value(field, item, last if dash else first)
    if low > high:
        raise _wrong(field, item, f"a range runs upwards: write {first}-{field.high},{field.low}-{last}")


def _value(field: _Field, item: str, text: str) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if not (text.isascii() and text.isdigit() and field.low <= int(text) <= field.high):
        names = f" or {field.names[0]}-{field.names[-1]}" if field.names else ""
        raise _wrong(field, item, f"write {field.low}-{field.high}{names}, *, a list or a range")
    return int(text)


def _wrong(field: _Field, item: str, instead: str) -> NotASchedule:
    return NotASchedule(f"'{item}' is not a {field.name}", instead)
