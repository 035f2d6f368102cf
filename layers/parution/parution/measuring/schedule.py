"""How often a figure is read again: often while it is young, never once nothing changes any more."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# age below -> read again no sooner than this; an answer to a post comes within hours, and platforms
# restate a day's spend for a few days and its results for up to 28 (the longest attribution window).
READ_AGAIN = (
    (timedelta(days=1), timedelta(0)),
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=30), timedelta(days=1)),
)
READ_UNTIL = READ_AGAIN[-1][0]

# A schedule that fires a little early must not skip its turn.
_GRACE = timedelta(minutes=5)


def is_due(born: datetime, read_at: datetime | None, now: datetime) -> bool:
    """Say whether figures born at ``born`` and last read at ``read_at`` shall be read at ``now``."""
    age = now - born
    wait = next((again for below, again in READ_AGAIN if age < below), None)
    return wait is not None and (read_at is None or now - read_at >= wait - _GRACE)


def days_due(
    first: date, last: date, read_at: dict[date, datetime], zone: ZoneInfo, now: datetime
) -> list[date]:
    """Give the days of a flight whose figures shall be read at ``now``, of those that have begun.

    A day that was never read is due whatever its age, so that an outage of weeks is made good.
    """
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    begun = ((day, datetime.combine(day, time.min, zone).astimezone(UTC)) for day in days)
    return [
        day for day, born in begun if born <= now and (day not in read_at or is_due(born, read_at[day], now))
    ]
