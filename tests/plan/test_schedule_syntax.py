import pytest

from parution.plan.schedule_syntax import NotASchedule, check_expression


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(2 hours)", "rate(1 day)", "rate(7 days)",
        "cron(0 5 * * ? *)", "cron(0 7 ? * MON *)", "cron(*/15 8-18 ? * MON-FRI 2026-2027)", "cron(0 8 1 * ? *)",
        "cron(0,30 6,18 L * ? *)", "cron(0 6 LW * ? *)", "cron(0 6 15W * ? *)", "cron(0 9 ? * 2#1 *)",
        "cron(0 9 ? * FRIL *)", "cron(0 9 ? * 6L *)", "cron(5/10 * ? JAN,JUL tue *)", "cron(0 0-8/2 * * ? *)",
        "cron(0  5  *  *  ?  *)",
    ],
)  # fmt: skip
def test_what_eventbridge_takes_is_taken(expression: str) -> None:
    check_expression(expression)


@pytest.mark.parametrize(
    ("expression", "instead"),
    [
        ("rate(1 minutes)", "rate(1 minute)"),
        ("rate(5 minute)", "rate(5 minutes)"),
        ("rate(0 hours)", "rate(1 hour)"),
        ("rate(5 weeks)", "rate(5 minutes)"),
        ("rate(-5 minutes)", "rate(5 minutes)"),
        ("rate(1.5 hours)", "rate(5 minutes)"),
        ("rate( 5 minutes )", "rate(5 minutes)"),
        ("0 5 * * *", "cron(0 5 * * ? *)"),
        ("cron(0 7 * * MON)", "write minutes, hours"),
        ("0 7 * * MON", "cron(0 7 ? * MON *)"),
        ("0 7 1 * *", "cron(0 7 1 * ? *)"),
        ("daily", "rate(5 minutes), rate(1 hour)"),
        ("at(2026-12-24T18:00:00)", "write cron(...) or rate(...)"),
        ("cron(0 5 * * * *)", "cron(0 7 ? * MON *)"),
        ("cron(0 5 ? * ? *)", "cron(0 7 ? * MON *)"),
        ("cron(60 5 * * ? *)", "write 0-59"),
        ("cron(0 24 * * ? *)", "write 0-23"),
        ("cron(0 5 0 * ? *)", "write 1-31"),
        ("cron(0 5 32W * ? *)", "write 1-31"),
        ("cron(0 5 * 13 ? *)", "write 1-12 or JAN-DEC"),
        ("cron(0 5 ? * MONDAY *)", "write 1-7 or SUN-SAT"),
        ("cron(0 5 ? * 2#6 *)", "write 1-7 or SUN-SAT"),
        ("cron(0 5 ? * 0 *)", "write 1-7 or SUN-SAT"),
        ("cron(0 5 * * ? 1969)", "write 1970-2199"),
        ("cron(0 22-6 * * ? *)", "write 22-23,0-6"),
        ("cron(*/0 5 * * ? *)", "a step is a whole number above 0"),
        ("cron(*/x 5 * * ? *)", "a step is a whole number above 0"),
        ("cron(? 5 * * ? *)", "write 0-59"),
        ("cron(1, 5 * * ? *)", "write 0-59"),
        ("cron()", "write minutes, hours"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(expression: str, instead: str) -> None:
    with pytest.raises(NotASchedule) as refused:
        check_expression(expression)

    assert instead in refused.value.instead
