"""When a reader's turn comes: the times that the plan's `every` names, on the brand's clock."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parution.plan.schedule_times import occurrences

# What nobody asked for more seldom is sent once a day, however often the report is written.
DAILY = "day@00:00"

_EVERY = re.compile(
    r"(?:(?P<day>day)|week:(?P<weekday>\w+)|month:(?P<date>\d+))@(?P<hour>\d\d):(?P<minute>\d\d)"
)
# Two months: a time that the clocks jump over once leaves a month without its turn.
_FURTHEST = timedelta(days=64)


def latest_turn(every: str | None, timezone: str, now: datetime) -> datetime:
    """Give the newest instant up to ``now`` that ``every`` names.

    It is written `day@HH:MM`, `week:mon@HH:MM` or `month:1@HH:MM`; ValueError for anything else. A time that
    the clocks jump over does not come on that day; a doubled one comes once.
    """
    expression = _as_cron(every or DAILY)
    turns = occurrences(expression, ZoneInfo(timezone), now - _FURTHEST, now + timedelta(microseconds=1))
    return max(turns)


def _as_cron(every: str) -> str:
    found = _EVERY.fullmatch(every)
    if found is None:
        raise ValueError(f"{every} names no times")
    clock = f"{int(found['minute'])} {int(found['hour'])}"
    if found["weekday"]:
        return f"cron({clock} ? * {found['weekday'].upper()} *)"
    return f"cron({clock} {found['date'] or '*'} * ? *)"
