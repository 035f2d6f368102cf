from datetime import UTC, datetime, timedelta

import pytest

from parution.plan.schedule_syntax import check_expression
from parution.plan.schedule_times import occurrences
from parution.plan.times import zone

PARIS = zone("Europe/Paris")


def walls(expression: str, first: str, last: str) -> list[str]:
    """Give the wall-clock times of an expression in Paris from a day's midnight to another's."""
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=PARIS).astimezone(UTC) for day in (first, last))
    check_expression(expression)
    return [f"{at.astimezone(PARIS):%m-%d %H:%M}" for at in occurrences(expression, PARIS, begin, end)]


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(0 5 * * ? *)", ["12-29 05:00", "12-30 05:00", "12-31 05:00", "01-01 05:00"]),
        ("cron(0 7 ? * MON *)", []),
        ("cron(0 7 ? * WED,FRI *)", ["12-30 07:00", "01-01 07:00"]),
        ("cron(30 7 ? * 3-5 *)", ["12-29 07:30", "12-30 07:30", "12-31 07:30"]),
        ("cron(0 9 1 * ? *)", ["01-01 09:00"]),
        ("cron(0 9 L * ? *)", ["12-31 09:00"]),
        ("cron(0 0 30 DEC ? *)", ["12-30 00:00"]),
        ("cron(0 12 ? * * 2026)", ["12-29 12:00", "12-30 12:00", "12-31 12:00"]),
        ("cron(0 0/12 31 * ? *)", ["12-31 00:00", "12-31 12:00"]),
        ("cron(5,50 8 31 12 ? 2026)", ["12-31 08:05", "12-31 08:50"]),
    ],
)
def test_a_schedule_runs_when_its_expression_says(expression: str, times: list[str]) -> None:
    assert walls(expression, "2026-12-29", "2027-01-02") == times


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(0 9 15W * ? *)", ["08-14 09:00"]),  # the 15th is a Saturday
        ("cron(0 9 16W * ? *)", ["08-17 09:00"]),  # the 16th is a Sunday
        ("cron(0 9 1W * ? *)", ["08-03 09:00"]),  # a Saturday; never back into July
        ("cron(0 9 LW * ? *)", ["08-31 09:00"]),
        ("cron(0 9 ? * 6#3 *)", ["08-21 09:00"]),  # the third Friday
        ("cron(0 9 ? * FRIL *)", ["08-28 09:00"]),
    ],
)
def test_workdays_and_weekdays_of_a_month_are_found(expression: str, times: list[str]) -> None:
    assert walls(expression, "2026-08-01", "2026-09-01") == times


def test_a_time_inside_the_spring_jump_is_left_out() -> None:
    assert walls("cron(30 2 * * ? *)", "2027-03-27", "2027-03-30") == ["03-27 02:30", "03-29 02:30"]


def test_a_doubled_time_runs_once() -> None:
    assert walls("cron(30 2 * * ? *)", "2026-10-25", "2026-10-26") == ["10-25 02:30"]


def test_a_rate_counts_from_the_beginning_and_ends_before_the_end() -> None:
    begin = datetime(2026, 12, 1, 7, 20, tzinfo=UTC)

    found = list(occurrences("rate(2 hours)", PARIS, begin, begin + timedelta(hours=6)))

    assert [f"{at:%H:%M}" for at in found] == ["09:20", "11:20"]
