"""How often figures are read again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parution.measuring.schedule import days_due, is_due

NOON = datetime(2026, 12, 10, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("age", "last_read", "due"),
    [
        (timedelta(minutes=10), None, True),
        (23 * HOUR, HOUR, True),
        (23 * HOUR, timedelta(minutes=1), True),
        (2 * DAY, HOUR, False),
        (2 * DAY, 6 * HOUR, True),
        (2 * DAY, 6 * HOUR - timedelta(minutes=4), True),  # a schedule that fired a little early
        (8 * DAY, 6 * HOUR, False),
        (8 * DAY, 24 * HOUR, True),
        (29 * DAY, None, True),
        (30 * DAY, None, False),
        (30 * DAY, 20 * DAY, False),
    ],
)
def test_a_figure_is_read_less_often_as_it_ages(
    age: timedelta,
    last_read: timedelta | None,
    due: bool,  # noqa: FBT001 (a parametrised fact)
) -> None:
    read_at = NOON - last_read if last_read is not None else None

    assert is_due(NOON - age, read_at, NOON) is due


def test_only_days_that_have_begun_on_the_local_clock_are_due() -> None:
    just_after_midnight = datetime(2026, 12, 9, 23, 30, tzinfo=UTC)  # the tenth in Paris

    due = days_due(date(2026, 12, 8), date(2026, 12, 12), {}, PARIS, just_after_midnight)

    assert due == [date(2026, 12, 8), date(2026, 12, 9), date(2026, 12, 10)]


def test_a_day_that_was_never_read_is_due_however_old() -> None:
    first, last = date(2026, 9, 1), date(2026, 9, 2)

    assert days_due(first, last, {first: NOON - 90 * DAY}, PARIS, NOON) == [last]
