"""Rules of days: what is understood, what is refused with the word to write, and the days themselves."""

from datetime import date

import pytest

from parution.plan.recurrence import NotARule, days, read_rule

THURSDAY = date(2026, 12, 3)


def of(rule: str, first: date = THURSDAY) -> list[str]:
    return [f"{day:%m-%d}" for day in days(read_rule(rule), first)]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=DAILY;COUNT=3", ["12-03", "12-04", "12-05"]),
        ("FREQ=DAILY;INTERVAL=2;UNTIL=2026-12-07", ["12-03", "12-05", "12-07"]),
        ("FREQ=DAILY;BYDAY=TH,FR;COUNT=3", ["12-03", "12-04", "12-10"]),
        ("FREQ=WEEKLY;UNTIL=20261217", ["12-03", "12-10", "12-17"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=2026-12-10", ["12-03", "12-08", "12-10"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3;", ["12-03", "12-17", "12-31"]),
        ("FREQ=MONTHLY;COUNT=3", ["12-03", "01-03", "02-03"]),
        ("FREQ=MONTHLY;BYDAY=1TH,-1TH;COUNT=4", ["12-03", "12-31", "01-07", "01-28"]),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=3,-1;COUNT=3", ["12-03", "12-31", "01-03"]),
    ],
)
def test_a_rule_gives_its_days(rule: str, found: list[str]) -> None:
    assert of(rule) == found


def test_a_month_without_the_day_is_left_out() -> None:
    assert of("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", date(2026, 12, 31)) == ["12-31", "01-31", "03-31"]


@pytest.mark.parametrize(
    ("rule", "wrong", "instead"),
    [
        ("every tuesday", "not understood", "FREQ"),
        ("FREQ=YEARLY;COUNT=3", "'YEARLY' is not a frequency", "FREQ=MONTHLY"),
        ("COUNT=3", "'' is not a frequency", "FREQ=DAILY"),
        ("FREQ=WEEKLY;BYHOUR=9;COUNT=3", "'BYHOUR=9' is not understood", "BYDAY"),
        ("FREQ=WEEKLY;COUNT=3;COUNT=4", "COUNT stands twice", "keep one"),
        ("FREQ=WEEKLY", "it has no end", "COUNT=10"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=2026-12-24", "it has two ends", "only one"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT=0 is not a number", "COUNT=2"),
        ("FREQ=WEEKLY;COUNT=three", "COUNT=three is not a number", "COUNT=2"),
        ("FREQ=WEEKLY;UNTIL=24/12/2026", "'24/12/2026' is not a date", "UNTIL=2026-12-24"),
        ("FREQ=WEEKLY;UNTIL=2026-02-30", "'2026-02-30' is not a date", "UNTIL=2026-12-24"),
        ("FREQ=WEEKLY;BYDAY=MA;COUNT=3", "'MA' is not a day", "MO, TU"),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=3", "counts inside a month", "write MO"),
        ("FREQ=WEEKLY;BYMONTHDAY=3;COUNT=3", "BYMONTHDAY needs FREQ=MONTHLY", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=3", "'32' is not a day of a month", "1 to 31"),
        ("FREQ=WEEKLY;UNTIL=2026-11-30", "before it begins", "later UNTIL"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", "2026-12-03 (TH) is none of its days", "begin on 2026-12-08"),
        ("FREQ=DAILY;COUNT=401", "more than 400 days", "UNTIL=2028-01-06"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12;UNTIL=2027-02-01", "begin", "2026-12-31"),
        ("FREQ=MONTHLY;INTERVAL=999;COUNT=4", "goes on until 2276", "earlier end"),
    ],
)
def test_what_is_no_rule_is_told_with_what_to_write(rule: str, wrong: str, instead: str) -> None:
    with pytest.raises(NotARule) as told:
        of(rule)

    assert wrong in told.value.wrong or wrong in told.value.instead
    assert instead in told.value.instead


def test_four_hundred_days_are_the_most() -> None:
    assert len(of("FREQ=DAILY;COUNT=400")) == 400
