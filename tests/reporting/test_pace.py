"""How far a flight has come, on clocks that jump."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from parution.buying.pacing import Flight
from parution.reporting.pace import elapsed, planned_by, planned_on

PARIS = ZoneInfo("Europe/Paris")
CHRISTMAS = Flight(150000, date(2026, 12, 1), date(2026, 12, 24))


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=PARIS), Fraction(0)),
        (datetime(2026, 12, 1, 0, 0, tzinfo=PARIS), Fraction(0)),
        (datetime(2026, 12, 1, 12, 0, tzinfo=PARIS), Fraction(1, 2)),
        (datetime(2026, 12, 10, 6, 0, tzinfo=PARIS), Fraction(37, 4)),
        (datetime(2026, 12, 24, 18, 0, tzinfo=PARIS), Fraction(95, 4)),
        (datetime(2026, 12, 25, 0, 0, tzinfo=PARIS), Fraction(24)),
        (datetime(2027, 3, 1, 0, 0, tzinfo=PARIS), Fraction(24)),
    ],
)
def test_a_flight_counts_local_days_and_the_part_of_the_present_one(now: datetime, days: Fraction) -> None:
    assert elapsed(CHRISTMAS, PARIS, now.astimezone(UTC)) == days


def test_noon_is_later_in_a_day_that_lost_an_hour() -> None:
    spring = Flight(1000, date(2026, 3, 29), date(2026, 3, 30))

    assert elapsed(spring, PARIS, datetime(2026, 3, 29, 12, 0, tzinfo=PARIS)) == Fraction(11, 23)


def test_noon_is_earlier_in_a_day_that_has_an_hour_twice() -> None:
    autumn = Flight(1000, date(2026, 10, 25), date(2026, 10, 26))

    assert elapsed(autumn, PARIS, datetime(2026, 10, 25, 12, 0, tzinfo=PARIS)) == Fraction(13, 25)


def test_the_days_plans_add_up_to_the_budget() -> None:
    bent = CHRISTMAS._replace(budget=100003, pacing="ahead:1.2@2026-12-15")
    days = [date(2026, 12, 1) + timedelta(days=step) for step in range(24)]

    assert sum(planned_on(bent, day) for day in days) == 100003


def test_a_day_outside_the_flight_plans_nothing() -> None:
    assert planned_on(CHRISTMAS, date(2026, 11, 30)) == 0
    assert planned_on(CHRISTMAS, date(2026, 12, 25)) == 0


def test_half_a_day_plans_half_of_its_money() -> None:
    assert planned_by(CHRISTMAS, Fraction(1, 2)) == 3125
