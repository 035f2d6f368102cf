"""How far a campaign's flight has come, and what its plan wants spent by then."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from parution.buying.pacing import Flight, planned


def elapsed(flight: Flight, zone: ZoneInfo, now: datetime) -> Fraction:
    """Give the days of the flight that are over, the present one by its hours (23 or 25 on some days)."""
    today = now.astimezone(zone).date()
    if today < flight.first:
        return Fraction(0)
    if today > flight.last:
        return Fraction(flight.days)
    # Across UTC, because local differences ignore the hour that a clock change adds or takes.
    start, end = (_midnight(today + timedelta(days=step), zone) for step in (0, 1))
    part = Fraction((now - start) // timedelta(seconds=1), (end - start) // timedelta(seconds=1))
    return flight.number(today) - 1 + part


def planned_by(flight: Flight, after: Fraction) -> int:
    """Give what shall be spent when so many days are over, in minor units, rounded down."""
    return int(planned(flight, after))


def planned_to(flight: Flight, day: date) -> int:
    """Give what shall be spent by the end of a day; a day outside the flight plans nothing more."""
    return planned_by(flight, Fraction(flight.number(day)))


def planned_on(flight: Flight, day: date) -> int:
    return planned_to(flight, day) - planned_to(flight, day - timedelta(days=1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(ZoneInfo("UTC"))
